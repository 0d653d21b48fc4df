"""A candidate beside the version in service: names, moves, drift, and a verdict that follows its stated rule."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from reference import (
    FIVE_NAMES,
    KEY,
    reference_trained,
    reference_values,
    rfm_schema,
    rfm_trained,
    rfm_values,
    sample_trained,
)

from segmentation.errors import BrokenArtifact, UnknownVersion
from segmentation.evaluation.compare import compare
from segmentation.evaluation.comparison import Comparison, Moves, Side, Verdict
from segmentation.evaluation.drift import LARGE, drift_between, joint_drift
from segmentation.registry.manifest import Manifest
from segmentation.registry.registry import Registry
from segmentation.schema import Schema
from segmentation.schema_data import default_schema
from segmentation.scoring.batch import BatchPredictor
from segmentation.training import distillation
from segmentation.training import train as training
from segmentation.training.points.cleaning import CleanData, clean
from segmentation.training.reports.training import TrainingReport
from segmentation.training.resampling import resample
from segmentation.training.samples.mall import sample_customers
from segmentation.training.train import Trained, train
from segmentation.versions.version_comparison import compare_versions, side_of_version
from segmentation.writing.figures import percent

SCHEMA = default_schema()


def real() -> Trained:
    """Return the sample model as if its customers had been real."""
    return replace(sample_trained(), model=replace(sample_trained().model, synthetic=False))


def side(trained: Trained, version: str = "v1") -> Side:
    return replace(Side.of_training(trained), version=version)


def customers(values: NDArray[np.float64], schema: Schema = SCHEMA) -> CleanData:
    return clean(values, schema)


@cache
def other() -> Trained:
    """Another training on customers of the same kind, which kept the names."""
    return train(sample_customers(seed=3), SCHEMA, seed=3, previous=real().model)


def measured(side: Side, **measures: float | None) -> Side:
    return replace(side, **measures)  # type: ignore[arg-type]  # by name, in tests


def quick(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(training, "resample", partial(resample, rounds=2))  # slow, and not the question here
    patch.setattr(distillation, "GENERATED", 50_000)  # a tree that knows less has it harder


# ---- the verdict


def verdict(**measures: float | None) -> Verdict:
    """Judge the sample model against itself with other measures."""
    before = measured(side(real()), silhouette=0.5, stability=0.9, fidelity=0.95)
    now = measured(side(real(), ""), silhouette=0.5, stability=0.9, fidelity=0.95)
    return compare(measured(now, **measures), before, customers=customers(sample_customers())).verdict


@pytest.mark.parametrize(
    ("measures", "expected"),
    [
        ({}, Verdict.SIMILAR),
        ({"silhouette": 0.549}, Verdict.SIMILAR),
        ({"silhouette": 0.56}, Verdict.BETTER),
        ({"silhouette": 0.451}, Verdict.SIMILAR),
        ({"silhouette": 0.44}, Verdict.WORSE),
        ({"stability": 0.96}, Verdict.BETTER),
        ({"stability": 0.84}, Verdict.WORSE),
        ({"fidelity": 0.962}, Verdict.BETTER),
        ({"fidelity": 0.938}, Verdict.WORSE),
        ({"silhouette": 0.56, "stability": 0.84}, Verdict.SIMILAR),
        ({"silhouette": None}, Verdict.SIMILAR),
        ({"silhouette": None, "fidelity": 0.99}, Verdict.BETTER),
    ],
)
def test_a_measure_counts_only_beyond_its_tolerance(measures: dict[str, float | None], expected: Verdict) -> None:
    assert verdict(**measures) is expected


def test_bands_are_looked_at_first_until_somebody_has_accepted_them() -> None:
    groups, bands = side(real()), replace(side(real(), ""), in_bands=True)
    assert compare(bands, None).verdict is Verdict.BANDS
    assert compare(bands, groups).verdict is Verdict.BANDS
    assert compare(bands, side(sample_trained())).verdict is Verdict.BANDS
    # Bands take the place of bands as any version takes the place of another.
    assert compare(bands, replace(groups, in_bands=True)).verdict is Verdict.SIMILAR
    assert compare(groups, replace(bands, version="v1")).verdict is Verdict.SIMILAR
    assert compare(bands, None, ("Too few rows.",)).verdict is Verdict.UNSAFE
    assert [one for one in Verdict if one.look_first] == [Verdict.DIFFERENT, Verdict.BANDS]


def test_the_measures_are_told_with_both_values() -> None:
    before = measured(side(real()), silhouette=0.5, stability=0.9, fidelity=0.95)
    now = measured(side(real(), ""), silhouette=0.6, stability=0.8, fidelity=0.951)
    reasons = compare(now, before).reasons
    assert reasons[:3] == (
        "The silhouette is better: 0.500 before, 0.600 now.",
        "The stability is worse: 0.900 before, 0.800 now.",
        "The fidelity is about the same: 0.950 before, 0.951 now (up to 0.01 may be chance).",
    )


def test_without_a_version_in_service_it_is_the_first() -> None:
    found = compare(side(real(), ""), None)
    assert (found.verdict, found.against, found.moves, found.drift) == (Verdict.FIRST, None, None, ())
    assert found.reasons == ("There is no version in service to compare with.",)
    assert [(change.name, change.state) for change in found.segments] == [(name, "new") for name in FIVE_NAMES]


@pytest.mark.parametrize("current", [None, "v1"])
def test_an_objection_beats_everything_else(current: str | None) -> None:
    better = measured(side(real(), ""), silhouette=0.99)
    found = compare(better, None if current is None else side(real()), ("Too few rows.",))
    assert found.verdict is Verdict.UNSAFE
    assert found.reasons[0] == "Too few rows."
    assert len(found.reasons) > 1


def test_against_generated_customers_it_is_the_first_that_knows_real_ones() -> None:
    found = compare(measured(side(other(), ""), silhouette=0.1), side(sample_trained()))
    assert found.verdict is Verdict.FIRST
    assert found.against == "v1"
    assert found.reasons[0].startswith("The version in service was trained on generated sample customers")
    assert any("is worse" in reason for reason in found.reasons)
    assert found.telling_reasons == found.reasons[:1]
    assert found.moves is not None
    both = compare(side(sample_trained(), ""), side(sample_trained()))
    assert both.verdict is Verdict.SIMILAR  # the playground compares one with another


def test_a_segment_that_is_gone_makes_it_worse_and_never_better() -> None:
    values = sample_customers()
    without = train(values[values[:, 1] + values[:, 2] < 130], SCHEMA, k=4)
    assert "Target" not in without.model.names
    before = measured(side(real()), silhouette=0.5, stability=0.9, fidelity=0.95)
    now = measured(side(without, ""), silhouette=0.5, stability=0.9, fidelity=0.95)
    calm = replace(before, profile=without.report.profile)  # nothing has drifted
    assert compare(now, calm).verdict is Verdict.WORSE
    assert compare(measured(now, silhouette=0.9), calm).verdict is Verdict.SIMILAR
    assert "No longer there: Target." in compare(now, calm).reasons


@cache
def shifted() -> tuple[Trained, CleanData]:
    """Train on the same customers with incomes 1.7 times as high."""
    richer = sample_customers() * [1, 1.7, 1]
    return train(richer, SCHEMA, previous=None), customers(richer)


def test_drift_does_not_excuse_many_moves() -> None:
    trained, richer = shifted()
    before = measured(side(real()), silhouette=0.5, stability=0.9, fidelity=0.95)
    now = measured(side(trained, ""), silhouette=0.5, stability=0.9, fidelity=0.95)
    drifted = compare(now, before, customers=richer)
    assert drifted.moves is not None
    assert drifted.moves.moved > 0.2 * drifted.moves.total
    assert [drift.level for drift in drifted.drift] == ["none", "large", "none"]
    assert drifted.verdict is Verdict.DIFFERENT
    better = compare(measured(now, silhouette=0.9), before, customers=richer)
    assert better.verdict is Verdict.DIFFERENT
    moved, drift, *_, told = better.reasons
    assert (
        moved == f"{drifted.moves.moved} of 200 customers ({percent(drifted.moves.moved / 200)}) would change segment."
    )
    assert drift.startswith("Annual income has drifted from the customers")
    assert told != moved
    assert better.reasons.count(moved) == better.reasons.count(drift) == 1


def test_many_moves_alone_are_different() -> None:
    trained, richer = shifted()
    before = replace(side(real()), profile=trained.report.profile)  # nothing has drifted
    found = compare(side(trained, ""), before, customers=richer)
    assert {drift.level for drift in found.drift} == {"none"}
    assert found.verdict is Verdict.DIFFERENT
    assert found.reasons[0].endswith("would change segment.")


def test_large_drift_alone_is_different() -> None:
    found = compare(side(real(), ""), side(real()), customers=shifted()[1])
    assert found.moves is not None
    assert found.moves.moved == 0
    assert found.verdict is Verdict.DIFFERENT
    assert found.reasons[0].startswith("Annual income has drifted")
    assert found.reasons[1].startswith("The silhouette is about the same")


@pytest.mark.parametrize(("used", "expected"), [(0.8, Verdict.SIMILAR), (0.7999, Verdict.DIFFERENT)])
def test_many_rows_left_out_are_different(used: float, expected: Verdict) -> None:
    found = compare(replace(side(real(), ""), used=used), side(real()), customers=customers(sample_customers()))
    assert found.verdict is expected
    assert (found.reasons[0] == "More than 20% of the rows were left out: 20%.") is (expected is Verdict.DIFFERENT)


def test_the_share_of_rows_used_comes_from_the_report() -> None:
    cleaning = replace(real().report.cleaning, rows=400, rejected={"missing": 150, "totals": 50})
    assert side(real()).used == 1.0
    assert side(replace(real(), report=replace(real().report, cleaning=cleaning))).used == pytest.approx(200 / 350)


def test_samples_too_small_to_show_a_drift_are_not_called_different() -> None:
    few = replace(real().report.profile, customers=20)  # type: ignore[type-var]  # a training keeps one
    before = replace(side(real()), profile=few)
    rng = np.random.default_rng(5)
    some = sample_customers()[rng.choice(200, 40, replace=False)] + [0, 12, 0]
    found = compare(side(real(), ""), before, customers=customers(some))
    income = next(drift for drift in found.drift if drift.feature == "income")
    assert income.index >= LARGE
    assert income.level == "chance"
    assert found.verdict is Verdict.SIMILAR
    assert not any("has drifted" in reason for reason in found.reasons)
    assert Comparison.from_data(json.loads(json.dumps(found.to_data()))) == found


def test_resamples_of_the_same_customers_seldom_drift() -> None:
    """False alarms stay under 5 % of pairs of small samples, each with three features."""
    rng = np.random.default_rng(0)
    values = sample_customers()
    alarms = 0
    for _ in range(100):
        part = customers(values[rng.integers(0, 200, 50)])
        found = drift_between(side(real(), ""), side(real()), part)
        alarms += any(drift.level in {"moderate", "large"} for drift in found)
    assert alarms < 5


# ---- what the features say together


def mixed_up() -> NDArray[np.float64]:
    """Return the sample with its incomes shuffled between customers."""
    values = sample_customers()
    values[:, 1] = np.random.default_rng(2).permutation(values[:, 1])
    return values


def test_a_shuffled_column_is_different_though_no_feature_has_drifted() -> None:
    found = compare(side(real(), ""), side(real()), customers=customers(mixed_up()))
    assert {drift.level for drift in found.drift} == {"none"}
    assert found.joint is not None
    assert (found.joint.feature, found.joint.level) == ("distance from the centre", "large")
    assert found.verdict is Verdict.DIFFERENT
    assert found.reasons[0].startswith("Customers are not as close to the centres of the version in service as those")
    assert found.reasons[0].endswith("Check that the values of no column are mixed up between rows.")
    assert Comparison.from_data(json.loads(json.dumps(found.to_data()))) == found


def test_what_drifts_together_is_said_only_if_no_feature_says_it_by_itself() -> None:
    richer = shifted()[1]
    found = compare(side(real(), ""), side(real()), customers=richer)
    assert found.joint is not None
    assert found.joint.level == "large"
    assert found.reasons[0].startswith("Annual income has drifted")
    assert found.reasons[1].startswith("The silhouette is about the same")


def test_resamples_of_the_same_customers_seldom_drift_together() -> None:
    values, rng = sample_customers(), np.random.default_rng(0)
    current, alarms = side(real()), 0
    for _ in range(100):
        found = joint_drift(side(real(), ""), current, customers(values[rng.integers(0, 200, 200)]))
        alarms += found is not None and found.level == "large"
    assert alarms == 0


def test_versions_that_keep_no_closeness_are_compared_without() -> None:
    kept = real().report.profile
    assert kept is not None
    old = replace(side(real()), profile=replace(kept, closeness=None))
    found = compare(side(real(), ""), old, customers=customers(mixed_up()))
    assert (found.joint, found.verdict) == (None, Verdict.SIMILAR)
    data = found.to_data()
    del data["joint"]
    assert Comparison.from_data(data) == found


def test_other_features_say_nothing_together() -> None:
    found = compare(side(rfm_trained(), ""), side(real()), customers=customers(rfm_values(), rfm_schema()))
    assert found.joint is None


# ---- values in another unit


def test_the_unit_is_suspected_when_half_of_a_column_is_in_another() -> None:
    values = sample_customers()
    values[::2, 1] = np.round(values[::2, 1] / 12, 1)
    trained = train(values, SCHEMA, k=5, previous=real().model)
    found = compare(side(trained, ""), side(real()), customers=customers(values))
    assert found.verdict is Verdict.DIFFERENT
    unit = "It looks as if about 50% of the values were in another unit: multiplied by 12 they fit."
    (said,) = [reason for reason in found.reasons if "in another unit" in reason]
    assert said.startswith("Annual income has drifted")
    assert said.endswith(unit)


def test_a_drift_that_no_unit_explains_says_nothing_of_units() -> None:
    trained, richer = shifted()
    found = compare(side(trained, ""), side(real()), customers=richer)
    assert any("has drifted" in reason for reason in found.reasons)
    assert not any("in another unit" in reason for reason in found.reasons)


# ---- segments


def test_segments_are_told_before_and_now() -> None:
    found = compare(side(other(), ""), side(real()), customers=customers(sample_customers(seed=3)))
    assert [(change.name, change.state) for change in found.segments] == [(name, "matched") for name in FIVE_NAMES]
    target = found.segments[0]
    before, now = real().model.segment("Target"), other().model.segment("Target")
    assert (target.customers_before, target.share_before, target.centre_before) == (
        before.customers,
        before.share,
        before.mean,
    )
    assert (target.customers_now, target.share_now, target.centre_now) == (now.customers, now.share, now.mean)


def test_new_segments_and_gone_ones_are_told_apart() -> None:
    four = train(sample_customers(), SCHEMA, k=3, previous=real().model)
    found = compare(side(four, ""), side(real()))
    gone = [change for change in found.segments if change.state == "gone"]
    assert {change.name for change in gone} == set(FIVE_NAMES) - set(four.model.names)
    assert {(change.customers_now, change.share_now, change.centre_now) for change in gone} == {(None, None, None)}
    assert all(change.centre_before is not None for change in gone)
    back = compare(side(real(), ""), side(four))
    assert {change.name for change in back.segments if change.state == "new"} == {change.name for change in gone}


# ---- moves


def test_moves_are_counted_customer_by_customer() -> None:
    values = sample_customers(seed=3)
    found = compare(side(other(), ""), side(real()), customers=customers(values)).moves
    assert found is not None
    before, now = (BatchPredictor(model).segments(values) for model in (real().model, other().model))
    expected = np.zeros((5, 5), dtype=int)
    np.add.at(expected, (before, now), 1)
    assert found == Moves(FIVE_NAMES, FIVE_NAMES, tuple(map(tuple, expected.tolist())), estimated=False)
    assert (found.total, found.moved) == (200, int((before != now).sum()))


def test_a_segment_that_only_changed_its_place_in_the_list_moves_nobody() -> None:
    moves = Moves(("A", "B"), ("B", "C", "A"), ((1, 2, 30), (40, 5, 0)), estimated=False)
    assert (moves.total, moves.moved) == (78, 8)


def test_moves_are_estimated_well_from_a_candidate_s_aggregates() -> None:
    coarse = train(sample_customers(), SCHEMA, k=4, previous=real().model)
    estimated = compare(side(coarse, ""), side(real())).moves
    values = sample_customers()
    before, now = (BatchPredictor(model).segments(values) for model in (real().model, coarse.model))
    names = np.array(real().model.names)[before], np.array(coarse.model.names)[now]
    assert estimated is not None
    assert estimated.estimated
    assert estimated.total == 200
    assert abs(estimated.moved - int((names[0] != names[1]).sum())) <= 10


def test_without_rows_the_candidate_s_customers_are_estimated_too() -> None:
    found = compare(side(other(), ""), side(real()))
    assert found.moves is not None
    assert found.moves.estimated
    assert any(reason.startswith("About ") or reason.startswith("None of") for reason in found.reasons)
    exact = compare(side(other(), ""), side(real()), customers=customers(sample_customers(seed=3)))
    assert exact.moves is not None
    assert abs(found.moves.moved - exact.moves.moved) <= 10
    for estimated, counted in zip(found.drift, exact.drift, strict=True):
        assert abs(estimated.index - counted.index) < 0.08


# ---- versions that know other features, or less


def test_a_version_with_other_features_is_compared_by_names_alone() -> None:
    found = compare(side(rfm_trained(), ""), side(real()), customers=customers(rfm_values(), rfm_schema()))
    assert found.moves is None
    assert found.drift == ()
    assert found.reasons == (
        "The two versions use different features, so I can't tell who would change segment.",
        f"No longer there: {'; '.join(FIVE_NAMES)}.",
        f"New: {'; '.join(rfm_trained().model.names)}.",
    )
    assert found.verdict is Verdict.DIFFERENT
    assert {change.state for change in found.segments} == {"new", "gone"}
    assert all(change.centre_before is None for change in found.segments)
    assert compare(side(real(), ""), side(rfm_trained())).moves is None


def retold(schema: Schema, **changes: object) -> Schema:
    """Return the schema with its income feature changed."""
    features = tuple(
        replace(feature, **changes) if feature.name == "income" else feature  # type: ignore[arg-type]  # in tests
        for feature in schema.features
    )
    return replace(schema, features=features)


def test_the_same_feature_in_another_unit_is_another_feature() -> None:
    before = replace(real(), model=replace(real().model, schema=retold(SCHEMA, unit="k€")))
    found = compare(side(real(), ""), side(before), customers=customers(sample_customers()))
    assert found.moves is None
    assert [drift.feature for drift in found.drift] == ["age", "score"]


def test_a_schema_that_orders_the_same_features_otherwise_is_compared_whole() -> None:
    schema = replace(SCHEMA, features=(SCHEMA.features[2], SCHEMA.features[0], SCHEMA.features[1]))
    turned = train(sample_customers()[:, [2, 0, 1]], schema)
    found = compare(side(turned, ""), side(real()), customers=customers(sample_customers()[:, [2, 0, 1]], schema))
    assert found.moves is not None
    assert found.moves.total == 200
    assert found.moves.moved <= 6
    assert [drift.feature for drift in found.drift] == ["score", "age", "income"]
    assert found.segments[0].centre_before == tuple(real().model.segments[0].mean[i] for i in (2, 0, 1))


def test_a_profile_feature_the_candidate_does_not_know_is_imputed() -> None:
    schema = replace(SCHEMA, features=SCHEMA.features[1:])
    short = train(sample_customers()[:, 1:], schema)
    found = compare(side(short, ""), side(real()), customers=customers(sample_customers()[:, 1:], schema))
    assert found.moves is not None
    assert found.moves.total == 200
    assert found.segments[0].centre_before == real().model.segments[0].mean[1:]


def test_customers_outside_the_other_version_s_bounds_are_left_out() -> None:
    narrow = replace(real(), model=replace(real().model, schema=retold(SCHEMA, maximum=60.0)))
    found = compare(side(real(), ""), side(narrow), customers=customers(sample_customers()))
    assert found.moves is not None
    assert found.moves.total == int((sample_customers()[:, 1] <= 60).sum())
    estimated = compare(side(real(), ""), side(narrow)).moves
    assert estimated is not None
    assert 0 < estimated.total < 200


def test_a_version_from_before_profiles_were_kept_is_compared_as_far_as_can_be() -> None:
    old = replace(side(real()), profile=None)
    found = compare(side(other(), ""), old, customers=customers(sample_customers(seed=3)))
    assert found.moves is not None
    assert found.drift == ()
    assert (
        "The version in service kept no profile of its customers, so I can't tell how far they have drifted."
        in found.reasons
    )
    back = compare(replace(side(other(), ""), profile=None), side(real()))
    assert back.moves is None
    assert back.drift == ()


# ---- drift in words


def test_drift_is_told_with_its_index_and_mark() -> None:
    richer = sample_customers() * [1, 1.7, 1]
    found = compare(side(real(), ""), side(real()), customers=customers(richer))
    (income,) = [drift for drift in found.drift if drift.level != "none"]
    assert income.feature == "income"
    assert income.index > 0.25
    (told,) = [reason for reason in found.reasons if "drifted" in reason]
    assert told.startswith("Annual income has drifted from the customers the version in service was trained with")
    assert told.endswith("(large from 0.25 on).")


# ---- stored, and read again


def test_a_comparison_comes_back_from_json_as_it_was() -> None:
    for found in (
        compare(side(other(), ""), side(real()), customers=customers(sample_customers(seed=3))),
        compare(side(rfm_trained(), ""), side(real())),
        compare(side(real(), ""), None, ("Too few rows.",)),
    ):
        assert Comparison.from_data(json.loads(json.dumps(found.to_data(), allow_nan=False))) == found


def test_the_customers_of_before_are_in_no_table_and_stored_estimates_of_them_are_still_read() -> None:
    found = compare(side(other(), ""), side(real()), customers=customers(sample_customers(seed=3)))
    data = json.loads(json.dumps(found.to_data()))
    assert data["moves_before"] is None
    estimate = {"names_before": ["A"], "names_now": ["B"], "counts": [[3]], "estimated": True}
    stored = Comparison.from_data({**data, "moves_before": estimate})
    assert stored == replace(found, moves_before=Moves(("A",), ("B",), ((3,),), estimated=True))


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "models", KEY)


def save(registry: Registry, trained: Trained, **more: Any) -> str:
    return registry.save(trained, actor="U1", source="test", **more)


def test_versions_are_compared_from_what_their_manifests_keep(registry: Registry) -> None:
    old, new = save(registry, real()), save(registry, other(), objections=("Too few rows.",))
    found = compare_versions(registry, new, old)
    assert (found.against, found.verdict) == (old, Verdict.UNSAFE)
    assert found.moves is not None
    assert found.moves.estimated
    assert [drift.feature for drift in found.drift] == ["age", "income", "score"]
    assert compare_versions(registry, old, None).verdict is Verdict.FIRST


def test_the_comparison_made_at_training_time_is_kept_for_the_same_version(registry: Registry) -> None:
    old, another = save(registry, real()), save(registry, rfm_trained())
    exact = compare(Side.of_training(other()), side(real(), old), customers=customers(sample_customers(seed=3)))
    new = save(registry, other(), comparison=exact)
    assert compare_versions(registry, new, old) == exact
    assert compare_versions(registry, new, another).against == another
    assert compare_versions(registry, new, None).against is None


def test_a_current_version_that_cannot_be_read_is_a_reason_and_no_crash(registry: Registry, tmp_path: Path) -> None:
    old, new = save(registry, real()), save(registry, other())
    (tmp_path / "models" / old / "model.json").write_text("{}")
    for current, told in ((old, "model.json is not the file that was saved"), ("gone", "There is no model version")):
        found = compare_versions(registry, new, current)
        assert (found.against, found.verdict) == (current, Verdict.FIRST)
        assert found.reasons[0].startswith("There is nothing to compare with: ")
        assert told in found.reasons[0]
    with pytest.raises(BrokenArtifact):
        compare_versions(registry, old, new)
    with pytest.raises(UnknownVersion):
        compare_versions(registry, "gone", new)


def test_a_manifest_without_a_profile_is_no_crash() -> None:
    report = json.loads(json.dumps(real().report.to_data()))
    del report["profile"]
    manifest = Manifest("v1", "t", "U1", "test", "", "c", {}, {}, [], TrainingReport.from_data(report))
    old = side_of_version(real().model, manifest)
    assert (old.version, old.silhouette, old.profile) == ("v1", real().report.silhouette, None)
    assert compare(side(other(), ""), old).against == "v1"


# ---- on the reference customers


def names_of(model_names: tuple[str, ...], answers: NDArray[np.int8]) -> NDArray[np.str_]:
    return np.array(model_names)[answers]


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_a_retrain_with_another_seed_keeps_the_names_of_97_percent(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    values, before = reference_values(), reference_trained()
    quick(monkeypatch)
    again = train(values, SCHEMA, seed=seed, previous=before.model)
    found = compare(side(again, ""), side(before), customers=customers(values))
    assert {change.state for change in found.segments} == {"matched"}
    assert found.moves is not None
    assert found.moves.total == 200
    assert found.moves.moved <= 0.03 * 200
    assert found.verdict is Verdict.SIMILAR


@pytest.mark.parametrize("removed", FIVE_NAMES)
def test_a_segment_whose_customers_are_missing_is_gone_and_the_others_keep_their_names(
    removed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    values, before = reference_values(), reference_trained()
    quick(monkeypatch)
    here = names_of(before.model.names, BatchPredictor(before.model).segments(values)) != removed
    # Left to itself, a retrain keeps the five segments in service and splits one of the others.
    again = train(values[here], SCHEMA, k=4, previous=before.model)
    found = compare(side(again, ""), side(before), customers=customers(values[here]))
    states = {change.name: change.state for change in found.segments}
    assert states == {name: "gone" if name == removed else "matched" for name in FIVE_NAMES}
    assert f"No longer there: {removed}." in found.reasons
    assert again.report.gone == (removed,)
    assert found.moves is not None
    assert found.moves.moved <= 0.03 * found.moves.total
    # Four in ten of the customers are Standard: without them both cluster features have another distribution.
    expected = {Verdict.DIFFERENT} if removed == "Standard" else {Verdict.WORSE, Verdict.SIMILAR}
    assert found.verdict in expected
