"""What is kept of training data: enough to tell drift and to estimate moves, and no rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace

import numpy as np
import pytest
from numpy.typing import NDArray
from reference import reference_trained, rfm_trained, sample_trained

from segmentation.evaluation.drift import LARGE, MODERATE, drift_index, population_stability_index, shares_onto
from segmentation.schema import Feature, Role, Schema
from segmentation.training.aggregates.profile import BINS, cell_centres, shares_of, training_profile
from segmentation.training.closeness import closeness_of
from segmentation.training.distributions import Distribution, TrainingProfile
from segmentation.training.points.cleaning import CleanData, clean
from segmentation.training.points.dataset import gather
from segmentation.training.samples.mall import sample_customers
from segmentation.training.train import Trained


def profile_of(values: NDArray[np.float64], trained: Trained | None = None) -> TrainingProfile:
    """Profile customers as if they were all in the sample model's first segment."""
    model = (trained or sample_trained()).model
    points, counts = np.unique(values, axis=0, return_counts=True)
    return training_profile(model, data_of(points, counts.astype(np.int64)), np.zeros(len(points), dtype=np.intp))


def data_of(points: NDArray[np.float64], counts: NDArray[np.int64]) -> CleanData:
    return CleanData(points, counts, points[0], sample_trained().report.cleaning)


def kept_of(trained: Trained) -> TrainingProfile:
    """Return the profile that every training of today keeps."""
    assert trained.report.profile is not None
    return trained.report.profile


def column(values: NDArray[np.float64]) -> Distribution:
    """Profile one feature: the age of customers that are all the same otherwise."""
    rows = np.column_stack([values, np.full(len(values), 50.0), np.full(len(values), 50.0)])
    found = profile_of(rows).distribution("age")
    assert found is not None
    return found


def shares(distribution: Distribution, values: NDArray[np.float64]) -> tuple[float, ...]:
    return shares_of(distribution, values, np.ones(len(values), dtype=np.int64))


# ---- the index


def test_equal_distributions_have_index_0() -> None:
    assert population_stability_index([0.2, 0.3, 0.5], [0.2, 0.3, 0.5]) == 0.0


def test_the_index_is_the_published_sum() -> None:
    before, now = [0.25, 0.25, 0.5], [0.5, 0.25, 0.25]
    expected = (0.5 - 0.25) * np.log(0.5 / 0.25) + (0.25 - 0.5) * np.log(0.25 / 0.5)
    assert population_stability_index(before, now) == pytest.approx(expected)
    assert population_stability_index(now, before) == pytest.approx(expected)  # it is symmetric


def test_an_empty_bin_gives_a_large_but_finite_index() -> None:
    assert LARGE < population_stability_index([0.5, 0.5, 0.0], [0.4, 0.4, 0.2]) < 10
    assert np.isfinite(population_stability_index([1.0, 0.0], [0.0, 1.0]))
    assert population_stability_index([1.0, 0.0], [1.0, 0.0]) == 0.0


def test_other_bins_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="2 and 3 bins"):
        population_stability_index([0.5, 0.5], [0.2, 0.3, 0.5])


@pytest.mark.parametrize("customers", [200, 500, 5000])
def test_sampling_alone_rarely_looks_like_drift(customers: int) -> None:
    rng = np.random.default_rng(1)
    drifted = 0
    for _ in range(200):
        before = column(rng.normal(40, 10, customers).round())
        index = drift_index(before.shares, shares(before, rng.normal(40, 10, customers).round()), customers, customers)
        drifted += index >= MODERATE
    assert drifted <= 20  # one in twenty by chance, and some for the rounding


def test_the_usual_marks_tell_small_moderate_and_large_shifts_apart() -> None:
    rng = np.random.default_rng(2)
    before = column(rng.normal(40, 10, 5000))
    for shift, low, high in ((1, 0.0, MODERATE), (4, MODERATE, LARGE), (10, LARGE, 10.0)):
        now = shares(before, rng.normal(40 + shift, 10, 5000))
        assert low <= drift_index(before.shares, now, 5000, 5000) < high, shift


# ---- distributions


def test_bins_hold_about_as_many_customers_each() -> None:
    found = column(np.random.default_rng(3).normal(40, 10, 4000))
    assert sum(found.shares) == pytest.approx(1)
    assert len(found.shares) == len(found.edges) + 1
    assert BINS <= len(found.shares) <= BINS + 4
    inner = found.shares[3:-3]
    assert max(inner) < 1.5 / BINS
    assert list(found.edges) == sorted(set(found.edges))


def test_counts_weigh_as_much_as_that_many_rows() -> None:
    values = sample_customers()
    doubled = np.vstack([values, values])
    one, two = profile_of(values), profile_of(doubled)
    assert one.distributions == two.distributions
    assert (one.customers, two.customers) == (200, 400)
    assert one.grid is not None
    assert two.grid is not None
    assert tuple(2 * count for count in one.grid.counts) == two.grid.counts


@pytest.mark.parametrize("now", [39.0, 41.0, 18.0, 90.0])
def test_a_feature_that_never_varied_and_now_differs_has_drifted(now: float) -> None:
    before = column(np.full(300, 40.0))
    assert drift_index(before.shares, shares(before, np.full(300, 40.0)), 300, 300) == 0.0
    assert drift_index(before.shares, shares(before, np.full(300, now)), 300, 300) > LARGE


def test_shares_in_other_bins_are_estimated_well() -> None:
    rng = np.random.default_rng(4)
    mine, other = column(rng.normal(42, 9, 3000).round()), column(rng.normal(40, 10, 3000).round())
    rows = rng.normal(42, 9, 3000).round()
    estimated = shares_onto(column(rows), other.edges)
    assert sum(estimated) == pytest.approx(1)
    exact = shares(other, rows)
    difference = drift_index(other.shares, estimated, 3000, 3000) - drift_index(other.shares, exact, 3000, 3000)
    assert abs(difference) < 0.02
    assert shares_onto(mine, mine.edges) == pytest.approx(mine.shares)


# ---- the grid and what is far out


def test_the_grid_counts_every_customer_near_where_they_are() -> None:
    values = sample_customers()
    grid = kept_of(sample_trained()).grid
    assert grid is not None
    assert grid.features == ("income", "score")
    assert sum(grid.counts) == 200
    assert min(grid.counts) >= 1
    centres = np.repeat(cell_centres(grid, sample_trained().model.schema.features[1:]), grid.counts, axis=0)
    ends = np.array(grid.low), np.array(grid.low) + 20 * np.array(grid.step)
    inside = values[((values[:, 1:] >= ends[0]) & (values[:, 1:] <= ends[1])).all(axis=1)]
    assert len(inside) > 190
    nearest = [np.abs((centres - row[1:]) / np.array(grid.step)).max(axis=1).min() for row in inside]
    assert max(nearest) <= 0.5 + 1e-9


def test_many_cluster_features_get_a_coarser_grid_or_none() -> None:
    assert kept_of(rfm_trained()).grid is not None
    rng = np.random.default_rng(5)
    few = profile_of(rng.uniform((0, 0, 0, 0), (700, 40, 200, 9000), (20_000, 4)), rfm_trained())
    assert few.grid is not None
    assert len(few.grid.cells) <= 1000
    assert few.grid.step[0] > 50  # seven hundred days in fewer than twenty steps
    assert sum(few.grid.counts) == 20_000


def test_more_cluster_features_than_any_grid_holds_get_none() -> None:
    features = tuple(Feature(f"f{i}", f"F{i}", "", 0.0, 1.0, Role.CLUSTER) for i in range(6))
    many = Schema("many", features, ())
    model = replace(
        sample_trained().model, schema=many, centroids=((0.0,) * 6,) * 5, mean=(0.5,) * 6, factor=(1.0,) * 6
    )
    points = np.random.default_rng(7).uniform(0, 1, (5000, 6))
    counts = np.ones(5000, dtype=np.int64)
    assert training_profile(model, data_of(points, counts), np.zeros(5000, dtype=np.intp)).grid is None


def test_reference_customers_are_not_far_out() -> None:
    assert kept_of(reference_trained()).far_out == ()


def test_a_segment_that_lies_apart_is_far_out() -> None:
    values = sample_customers()
    values[values[:, 1] > 90, 1] *= 5
    data = clean(values, sample_trained().model.schema)
    (far,) = training_profile(sample_trained().model, data, (data.points[:, 1] > 450).astype(np.intp)).far_out
    assert (far.segment, far.feature, far.share) == (sample_trained().model.names[1], "income", 1.0)
    assert far.below == 0  # not below what income can be
    assert 0 < far.above < 450


def test_customers_of_one_kind_have_not_drifted_however_finely_they_were_counted() -> None:
    features = (
        *(Feature(f"c{i}", f"C{i}", "", 0.0, 100.0, Role.CLUSTER) for i in range(2)),
        *(Feature(f"p{i}", f"P{i}", "", 0.0, 100.0, Role.PROFILE) for i in range(3)),
    )
    schema = Schema("five", features, ())
    rng = np.random.default_rng(3)
    customers = rng.gamma(4, 5, (300_000, 5)).clip(0, 100)
    many, few = gather(customers, schema), gather(customers[:10_000], schema)
    assert many.cells is not None
    assert few.cells is None
    labels = [np.zeros(len(data.points), dtype=np.intp) for data in (many, few)]
    model = replace(sample_trained().model, schema=schema)
    for known, other in (
        (training_profile(model, many, labels[0]), few),
        (training_profile(model, few, labels[1]), many),
    ):
        for index, before in enumerate(known.distributions):
            now = shares_of(before, *other.distribution(index))
            assert drift_index(before.shares, now, known.customers, int(other.weights.sum())) < 0.02


# ---- what is stored


@pytest.mark.parametrize("trained", [sample_trained, rfm_trained], ids=["sample", "rfm"])
def test_a_profile_comes_back_from_json_as_it_was(trained: Callable[[], Trained]) -> None:
    profile = kept_of(trained())
    assert TrainingProfile.from_data(json.loads(json.dumps(asdict(profile), allow_nan=False))) == profile


def test_a_profile_is_small_however_many_customers_there_were() -> None:
    rng = np.random.default_rng(6)
    values = rng.uniform((18, 10, 1), (75, 140, 99), (100_000, 3))
    assert len(json.dumps(asdict(profile_of(values)))) < 20_000


# ---- closeness


def test_closeness_divides_each_segment_by_its_own_distances() -> None:
    kept, model = kept_of(sample_trained()), sample_trained().model
    closeness = kept.closeness
    assert closeness is not None
    values = sample_customers()
    distances = np.array([model.distances(row) for row in values.tolist()])
    nearest, distance = distances.argmin(axis=1), distances.min(axis=1)
    for index, edges in enumerate(closeness.edges):
        inside = np.sort(distance[nearest == index])
        assert edges == pytest.approx(np.quantile(inside, np.arange(1, 10) / 10, method="inverted_cdf"))
    assert sum(closeness.shares) == pytest.approx(1)
    assert closeness.shares == pytest.approx((0.1,) * 10, abs=0.02)


def test_a_centre_nearest_to_nobody_has_bands_of_its_own() -> None:
    model = sample_trained().model
    points = np.array([[30.0, 86.0, 82.0]])
    found = closeness_of(model, points, np.array([7]))
    assert {edges == (0.0,) * 9 for edges in found.edges[1:]} == {True}


def test_profiles_from_before_closeness_was_kept_have_none() -> None:
    data = asdict(kept_of(sample_trained()))
    assert TrainingProfile.from_data(json.loads(json.dumps(data))) == kept_of(sample_trained())
    del data["closeness"]
    assert TrainingProfile.from_data(data).closeness is None
