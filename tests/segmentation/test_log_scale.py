"""Shops whose orders and money are lognormal: on a log scale the best customers are a segment, on a plain one outliers.

The scale is the schema's, so this follows it through training, gate, answers and stored form.
"""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from log_scale import plain, shop_customers, shop_schema, shop_trained
from reference import SHARED
from sklearn.metrics import adjusted_rand_score

from segmentation.answers.axis import Axis
from segmentation.evaluation.comparison import Side
from segmentation.evaluation.drift import drift_between, shares_onto
from segmentation.evaluation.gate import objections
from segmentation.evaluation.moves import moves_now
from segmentation.model_data import model_from_data
from segmentation.registry.artifact import compare_forms, model_bytes
from segmentation.schema import Scale, Schema
from segmentation.schema_data import parse_schema
from segmentation.scoring.batch import BatchPredictor
from segmentation.scoring.polars_expressions import with_answers
from segmentation.training.aggregates.profile import cell_centres
from segmentation.training.distributions import Distribution
from segmentation.training.groups.choice import k_in_service
from segmentation.training.points.cleaning import CleanData, clean
from segmentation.training.points.dataset import Budget, gather
from segmentation.training.reports.training import TrainingReport
from segmentation.training.space import Space
from segmentation.training.train import train

SCHEMA = shop_schema()
VALUES, GROUPS = shop_customers()
MOST_EUROS = 3


def agreement(seed: int, scale: Scale) -> float:
    """Score fresh customers of the same shop against their true groups."""
    values, groups = shop_customers(seed)
    return float(adjusted_rand_score(groups, BatchPredictor(shop_trained(scale).model).segments(values)))


def test_the_groups_of_a_lognormal_shop_are_found_on_a_log_scale_only() -> None:
    assert agreement(1, Scale.LOG) > 0.97
    assert agreement(1, Scale.PLAIN) < 0.9


def test_the_best_customers_are_a_segment_and_nothing_speaks_against_it() -> None:
    trained = shop_trained()
    best = max(trained.model.segments, key=lambda segment: segment.mean[2] or 0)
    assert best.customers == 40
    assert (trained.report.cleaning.outlier_rows, trained.report.cleaning.outlier_money) == (0, {})
    assert objections(trained.model, trained.report) == ()


def test_what_a_fence_leaves_out_is_stated_in_money_and_a_log_scale_named_as_the_way_out() -> None:
    report = shop_trained(Scale.PLAIN).report
    spent, returned = VALUES[:, 2], VALUES[:, 3]
    far = (VALUES[:, 1] > report.cleaning.outliers[0].above) | (spent > report.cleaning.outliers[1].above)
    assert report.cleaning.outlier_rows == far.sum() == 40
    assert report.cleaning.outlier_money == {
        "spent": pytest.approx(spent[far].sum() / spent.sum(), abs=1e-6),
        "returned": pytest.approx(np.nansum(returned[far]) / np.nansum(returned), abs=1e-6),
    }
    assert [outliers.log_suits for outliers in report.cleaning.outliers] == [True, True]
    assert sum('scale = "log"' in warning for warning in report.warnings) == 2
    assert any("The 40 rows left out as far outside the rest hold 72" in warning for warning in report.warnings)


def test_the_outcome_on_a_log_scale_is_known_before_it_is_advised() -> None:
    plain_one, log_one = shop_trained(Scale.PLAIN).report, shop_trained().report
    expected, found = log_one.structure, plain_one.structure_on_log
    assert expected is not None
    assert found is not None
    assert found.k == expected.k
    assert found.silhouette == pytest.approx(expected.silhouette)
    assert found.bars == pytest.approx(expected.bars)
    assert log_one.structure_on_log is None
    stored = json.loads(json.dumps(plain_one.to_data()))
    assert TrainingReport.from_data(stored) == plain_one
    del stored["structure_on_log"]
    assert TrainingReport.from_data(stored) == replace(plain_one, structure_on_log=None)


def test_centres_typical_values_and_cuts_are_in_the_features_own_units() -> None:
    model = shop_trained().model
    inside = BatchPredictor(model).segments(VALUES)
    for i, segment in enumerate(model.segments):
        assert segment.mean[2] == pytest.approx(VALUES[inside == i, 2].mean(), rel=0.05)
    assert max(model.tree.cuts[2]) > 1000
    assert model.spread[2] > 100


def test_distances_are_measured_on_the_scale() -> None:
    model = shop_trained().model
    days, orders, spent = 40.0, 12.0, 900.0
    place = [days, math.log1p(orders), math.log1p(spent)]
    known = [
        math.dist([(value - model.mean[i]) * model.factor[i] for i, value in enumerate(place)], centroid)
        for centroid in model.centroids
    ]
    assert model.distances((days, orders, spent, 0.0)) == pytest.approx(known)


def test_every_way_of_asking_gives_the_same_answer() -> None:
    model = shop_trained().model
    rng = np.random.default_rng(4)
    low = np.array([feature.minimum for feature in SCHEMA.features])
    high = np.array([feature.maximum for feature in SCHEMA.features])
    points = np.vstack([VALUES[:300], rng.uniform(low, high, (300, 4)), low, high])
    segments, confidence, borderline = BatchPredictor(model).segments_with_confidence(points)
    frame = with_answers(pl.from_numpy(points, schema=list(SCHEMA.names)).fill_nan(None).lazy(), model).collect()
    for row, index, sure, edge, said in zip(
        points.tolist(), segments, confidence, borderline, frame.iter_rows(named=True), strict=True
    ):
        customer = {name: None if math.isnan(x) else x for name, x in zip(SCHEMA.names, row, strict=True)}
        answer = model.predict(customer)
        assert model.names[index] == said["segment"] == answer.segment
        assert [sure, said["confidence"]] == pytest.approx([answer.confidence] * 2, abs=1e-9)
        assert edge == answer.borderline


def test_the_two_stored_forms_agree_and_the_plain_one_reads_back() -> None:
    trained = shop_trained()
    compare_forms(trained.model, trained.pipelines)
    data = json.loads(model_bytes(trained.model))
    assert [feature.get("scale") for feature in data["schema"]["features"]] == [None, "log", "log", "log"]
    assert model_from_data(data) == replace(trained.model, version="")


def test_far_outside_is_judged_on_the_scale() -> None:
    model = shop_trained().model
    usual = {"recency": 40.0, "orders": 12.0, "returned": 5.0}
    # Twice the largest, which on a plain scale would be far outside of all.
    assert not model.explain({**usual, "spent": 2 * VALUES[:, 2].max()}).far_outside
    assert model.explain({**usual, "spent": 1e7, "orders": 9999}).far_outside


def test_advice_leads_where_it_says_in_the_features_own_units() -> None:
    model = shop_trained().model
    customer: dict[str, float | None] = {"recency": 45.0, "orders": 12.0, "spent": 850.0, "returned": 40.0}
    changes = model.explain(customer).changes
    assert {change.feature for change in changes} & {"orders", "spent"}
    for change in changes:
        there = model.predict({**customer, change.feature: change.value})
        assert (there.segment, there.borderline) == (change.segment, False)


def test_the_smallest_step_is_smallest_on_the_scale() -> None:
    mean, factor = math.log1p(100), 1.0
    axis = Axis(2, SCHEMA.features[2], mean, factor, spread=500.0)
    assert axis.apart(9, 99) == pytest.approx(axis.apart(99, 999)) == pytest.approx(math.log(10))
    assert axis.apart(-5, 0) == 0
    assert Axis(0, SCHEMA.features[0], 0.0, 1.0, spread=20.0).apart(10, 50) == 2


def test_a_stored_grid_gives_back_customers_in_their_units() -> None:
    side = Side.of_training(shop_trained())
    assert side.profile is not None
    assert side.profile.grid is not None
    centres = cell_centres(side.profile.grid, SCHEMA.features[:3])
    assert centres[:, 2].max() > 10_000
    assert np.median(np.repeat(centres[:, 2], side.profile.grid.counts)) == pytest.approx(
        np.median(VALUES[:, 2]), rel=0.3
    )
    moves = moves_now(side, side, None)
    assert moves is not None
    assert (moves.total, moves.moved) == (len(VALUES), 0)


def test_customers_within_a_bin_are_spread_evenly_on_the_scale() -> None:
    feature = replace(SCHEMA.features[2], minimum=0)
    known = Distribution("spent", (9.0, 999.0), (0.0, 1.0, 0.0))
    assert shares_onto(known, (99.0,), feature) == pytest.approx((0.5, 0.5))
    assert shares_onto(known, (504.0,)) == pytest.approx((0.5, 0.5))


def test_customers_of_the_same_shop_have_not_drifted_and_richer_ones_have() -> None:
    side, fresh = Side.of_training(shop_trained()), shop_customers(6)[0]
    assert {drift.level for drift in drift_between(side, side, clean(fresh, SCHEMA))} <= {"none", "chance"}
    fresh[:, 2] *= 3
    levels = {drift.feature: drift.level for drift in drift_between(side, side, clean(fresh, SCHEMA))}
    assert levels["spent"] == "large"


def test_the_order_of_the_rows_makes_no_difference() -> None:
    shuffled = np.random.default_rng(2).permutation(VALUES)
    for schema in (SCHEMA, plain(SCHEMA)):
        one, other = clean(VALUES, schema), clean(shuffled, schema)
        assert one.report == other.report
        assert np.array_equal(one.points, other.points)


def binned(values: np.ndarray[tuple[int, int], np.dtype[np.float64]], schema: Schema) -> CleanData:
    return gather(values, schema, budget=Budget(exact_points=100))


def test_many_customers_are_binned_on_the_scale() -> None:
    values, groups = shop_customers(repeat=5)
    exact, data = clean(values, SCHEMA), binned(values, SCHEMA)
    assert data.cells is not None
    assert data.scatter is not None
    space, known = Space.of(data, SCHEMA), Space.of(exact, SCHEMA)
    assert space.scaler.mean_ == pytest.approx(known.scaler.mean_, rel=0.01)
    assert space.scaler.scale_ == pytest.approx(known.scaler.scale_, rel=0.01)
    # Money of less than a euro differs on this scale as much as that of thousands, so bins must be that fine there.
    assert len(np.unique(data.points[data.points[:, 2] < 200, 2])) > MOST_EUROS
    fitted = space.fit(4, seed=0)
    centres = fitted.cluster_centers_
    usable = values[:, :3]
    scaled = (np.column_stack([usable[:, 0], np.log1p(usable[:, 1:])]) - space.scaler.mean_[:3]) / (
        space.scaler.scale_[:3]
    )
    nearest = ((scaled[:, None] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)
    assert adjusted_rand_score(groups, nearest) > 0.97


def test_bins_state_the_same_money_as_the_rows_one_by_one() -> None:
    schema = plain(SCHEMA)
    exact, data = clean(VALUES, schema).report, binned(VALUES, schema).report
    assert data.outlier_rows == exact.outlier_rows == 40
    assert data.outlier_money == pytest.approx(exact.outlier_money, abs=1e-4)
    assert [outliers.log_suits for outliers in data.outliers] == [True, True]


def test_a_k_found_on_one_scale_is_not_kept_on_another() -> None:
    model = shop_trained().model
    assert k_in_service(SCHEMA, model) == len(model.segments)
    assert k_in_service(plain(SCHEMA), model) is None


@pytest.mark.long
def test_a_real_shop_s_long_tail_is_a_segment() -> None:
    """RFM of a real shop: with `scale = "log"` no objection calls the best customers mistakes."""
    path = SHARED / "cases" / "outliers" / "rfm-long-tail.csv"
    if not path.exists():
        pytest.skip("the cases are not beside the project")
    text = (
        (SHARED / "cases" / "rfm.toml")
        .read_text(encoding="utf-8")
        .replace("minimum = 0\nmaximum = 3650", "minimum = -3650\nmaximum = 3650", 1)
    )
    for unit in ('unit = "orders"', 'unit = "€"'):
        text = text.replace(unit, f'{unit}\nscale = "log"')
    with path.open(newline="", encoding="utf-8") as file:
        rows = [[float(row[name]) for name in ("recency", "frequency", "total_spent")] for row in csv.DictReader(file)]
    trained = train(np.array(rows), parse_schema(text, "rfm.toml"))
    assert not any("outliers" in objection for objection in objections(trained.model, trained.report))
    assert trained.report.cleaning.outlier_rows == 0
    best = max(trained.model.segments, key=lambda segment: segment.mean[2] or 0)
    assert best.share > 0.2
