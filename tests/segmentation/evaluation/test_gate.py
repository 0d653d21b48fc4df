"""The gate: what makes a candidate unsafe, and that each objection names the value, the limit and the way out."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray
from order_groups import continuous_trained
from reference import MALL_CUSTOMERS, reference_trained, reference_values, rfm_trained, sample_trained

from segmentation.evaluation.gate import cautions, objections
from segmentation.evaluation.thresholds import Thresholds
from segmentation.schema_data import default_schema, load_schema
from segmentation.training import train as training
from segmentation.training.distributions import FarOut
from segmentation.training.points.dataset import gather_file
from segmentation.training.reports.cleaning import Outliers
from segmentation.training.reports.training import Structure, TrainingReport
from segmentation.training.reports.warnings import cleaning_warnings
from segmentation.training.resampling import resample
from segmentation.training.samples.mall import sample_customers
from segmentation.training.train import Trained, train, train_clean

SCHEMA = default_schema()


def faults(trained: Trained, thresholds: Thresholds | None = None) -> tuple[str, ...]:
    return objections(trained.model, trained.report, thresholds or Thresholds())


def with_report(**changes: object) -> Trained:
    report: TrainingReport = replace(sample_trained().report, **changes)  # type: ignore[arg-type]  # by name, in tests
    return replace(sample_trained(), report=report)


def trained_on(values: NDArray[np.float64], k: int | None = None) -> Trained:
    return train(values, SCHEMA, k=k)


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the stability out: it is slow, and not the question."""
    monkeypatch.setattr(training, "resample", partial(resample, rounds=2))


def test_the_reference_the_sample_and_another_schema_s_customers_are_safe() -> None:
    for trained in (reference_trained(), sample_trained(), rfm_trained()):
        assert faults(trained) == ()


def test_too_few_rows_are_unsafe() -> None:
    (fault,) = faults(trained_on(sample_customers()[:49]))
    assert fault.startswith("Only 49 rows could be used. With fewer than 50, ")
    assert fault.endswith("add rows and train again.")
    assert faults(trained_on(sample_customers()[:50])) == ()
    assert faults(sample_trained(), Thresholds(rows=200)) == ()
    assert "fewer than 201" in faults(sample_trained(), Thresholds(rows=201))[0]


@pytest.mark.parametrize(
    ("customers", "share", "limit"),
    [(4, 0.02, "4 of 200 customers; at least 5 must"), (200, 0.0099, "200 of 200 customers; at least 1% must")],
)
def test_a_segment_that_is_too_small_is_unsafe(customers: int, share: float, limit: str) -> None:
    model = sample_trained().model
    small = replace(model.segments[2], customers=customers, share=share)
    segments = (*model.segments[:2], small, *model.segments[3:])
    (fault,) = faults(replace(sample_trained(), model=replace(model, segments=segments)))
    assert fault.startswith(f"Spender holds only {limit} be in each segment.")
    assert fault.endswith("Train with a smaller k, or add data.")
    just = replace(small, customers=5, share=0.01)
    segments = (*model.segments[:2], just, *model.segments[3:])
    assert faults(replace(sample_trained(), model=replace(model, segments=segments))) == ()


@pytest.mark.parametrize(
    ("measure", "limit", "what"),
    [
        ("silhouette", 0.2, "The segments overlap: the silhouette is 0.199, and at least 0.2 is needed."),
        ("stability", 0.7, "the bootstrap stability is 0.699, and at least 0.7 is needed."),
        ("fidelity", 0.85, "its fidelity is 0.849, and at least 0.85 is needed."),
        ("fidelity_held_out", 0.85, "its fidelity on customers it had not seen is 0.849, and at least 0.85 is needed."),
    ],
)
def test_a_measure_below_its_limit_is_unsafe_and_never_rounded_up_to_it(measure: str, limit: float, what: str) -> None:
    (fault,) = faults(with_report(**{measure: limit - 0.00001}))
    assert what in fault
    assert "Train with" in fault
    assert faults(with_report(**{measure: limit})) == ()
    assert faults(with_report(**{measure: 0.5}), Thresholds(silhouette=0.5, stability=0.5, fidelity=0.5)) == ()


def test_the_lower_of_both_fidelities_decides() -> None:
    (fault,) = faults(with_report(fidelity=0.5, fidelity_held_out=0.6))
    assert "its fidelity is 0.500," in fault
    (fault,) = faults(with_report(fidelity=0.5, fidelity_held_out=None))
    assert "its fidelity is 0.500," in fault


def test_a_silhouette_that_is_not_defined_is_unsafe() -> None:
    (fault,) = faults(with_report(silhouette=None))
    assert fault.startswith("No silhouette is defined")


def test_customers_without_any_structure_are_unsafe() -> None:
    rng = np.random.default_rng(1)
    values = np.column_stack([np.full(60, 40.0), rng.normal(50, 2, 60).round(), rng.normal(50, 2, 60).round()])
    assert any("change with the sample" in fault for fault in faults(trained_on(values, k=9)))


def test_customers_in_no_groups_are_unsafe_whatever_k_was_asked_for() -> None:
    values = np.random.default_rng(4).uniform([20, 20, 0], [70, 140, 100], (300, 3)).round()
    for k in (None, 3):
        (fault,) = [fault for fault in faults(trained_on(values, k)) if "no groups" in fault]
        assert fault.startswith(
            "There are no groups in this data: in 4 segments the customers have a silhouette of 0.4"
        )
        assert fault.endswith("arbitrary: train on features that tell customers apart better, or add data.")


def test_bands_of_customers_in_no_groups_are_said_first_where_the_schema_wants_them() -> None:
    trained = continuous_trained()
    assert trained.report.in_bands
    assert faults(trained) == ()
    (caution,) = cautions(trained.model, trained.report)
    assert caution == (
        "Customers are spread evenly, in no groups. I cut them into 5 bands, but the borders are mine, not theirs: "
        f"about {round(100 * (1 - (trained.report.kept or 0)))} of 100 change segment with the next retrain. (In 2 "
        "segments the customers have a silhouette of 0.387, and random customers without groups reach 0.467.)"
    )
    before = replace(trained.report, kept=None)
    assert "not theirs. (In 2 segments" in cautions(trained.model, before)[0]
    # Long absence is how such customers are, on whatever scale: only where groups are wanted is a scale to blame.
    recency = Outliers("recency", 30, 0.0, 90.0, left_out=False, log_suits=True)
    assert trained.report.profile is not None
    profile = replace(trained.report.profile, far_out=(FarOut("Hibernating", "recency", 0.9, 0.0, 90.0),))
    cleaning = replace(trained.report.cleaning, outliers=(recency,))
    far = replace(trained, report=replace(trained.report, profile=profile, cleaning=cleaning))
    model = trained.model
    small = tuple(replace(one, share=0.09) if one.name == "Hibernating" else one for one in model.segments)
    assert faults(replace(far, model=replace(model, segments=small))) == ()
    strict = replace(model, segments=small, schema=replace(model.schema, bands=False))
    assert "Hibernating is set apart by one scale" in faults(replace(far, model=strict))[1]
    # The same customers are never praised under a schema that looks for groups.
    unwanted = replace(trained, model=replace(trained.model, schema=replace(trained.model.schema, bands=False)))
    (fault,) = faults(unwanted)
    assert fault.startswith("There are no groups in this data: in 2 segments ")
    assert cautions(unwanted.model, unwanted.report) == ()


def test_of_customers_in_groups_no_bands_are_said() -> None:
    model, report = sample_trained().model, sample_trained().report
    assert cautions(replace(model, schema=replace(model.schema, bands=True)), report) == ()


@pytest.mark.parametrize("on_log", [None, Structure(3, 0.6, {"box": 0.5}), Structure(3, 0.4, {"box": 0.5})])
def test_nobody_is_sent_to_a_log_scale_that_shows_no_groups(on_log: Structure | None) -> None:
    far = Outliers("income", 20, 0.0, 200.0, left_out=False, log_suits=True)
    model, known = sample_trained().model, sample_trained().report
    cleaning = replace(known.cleaning, outliers=(far,))
    assert known.profile is not None
    profile = replace(known.profile, far_out=(FarOut(model.names[0], "income", 1.0, 0.0, 200.0),))
    small = tuple(replace(one, share=0.05) for one in model.segments)
    trained = with_report(
        cleaning=cleaning, profile=profile, structure=Structure(7, 0.3, {"box": 0.4}), structure_on_log=on_log
    )
    no_groups, apart = faults(replace(trained, model=replace(model, segments=small)))
    (warning,) = cleaning_warnings(cleaning, model.schema, on_log)
    there = on_log is not None and on_log.grouped
    assert no_groups.startswith(f"There are no groups in this data{' on its present scale' if there else ''}: in 7 ")
    log_scale = 'On a log scale there are: give income scale = "log" in the schema and train again.'
    assert there is no_groups.endswith(log_scale)
    for said in (apart, warning):
        if on_log is None or there:
            assert said.endswith('largest customers: give income scale = "log" in the schema and train again.')
        else:
            assert 'scale = "log"' not in said
            assert said.endswith(
                "largest customers. There would be no groups on a log scale either: train on features that tell "
                "customers apart better, or add data."
            )


def test_a_version_from_before_groups_were_looked_for_is_not_blamed_for_it() -> None:
    assert faults(with_report(structure=None)) == ()


@pytest.mark.parametrize(
    ("path", "schema", "k"),
    [("model/eight.csv", None, 8), ("model/uniform.csv", None, 0), ("outliers/rfm-no-structure.csv", "rfm.toml", 0)],
)
def test_the_shared_cases_are_told_apart(path: str, schema: str | None, k: int) -> None:
    cases = MALL_CUSTOMERS.parents[1] / "cases"
    if not cases.exists():
        pytest.skip("the shared cases are not beside the project")
    known = load_schema(cases / schema) if schema else SCHEMA
    trained = train_clean(gather_file(cases / path, known).data, known)
    assert any("no groups in this data" in fault for fault in faults(trained)) == (k == 0)
    assert k in (0, trained.report.choice.k)


# ---- segments made of outliers


def spoilt(share: float, factor: float) -> NDArray[np.float64]:
    """Return the reference customers, so many of them with incomes in another unit, which still are within bounds."""
    values = reference_values()
    well_off = np.flatnonzero(values[:, 1] >= 40)
    rng = np.random.default_rng(0)
    values[rng.choice(well_off, round(share * len(values)), replace=False), 1] *= factor
    return values


@pytest.mark.usefixtures("quickly")
@pytest.mark.parametrize("share", [0.06, 0.08, 0.1])
@pytest.mark.parametrize("factor", [5, 8])
def test_incomes_in_another_unit_that_make_a_segment_are_unsafe(share: float, factor: float) -> None:
    found = [fault for fault in faults(trained_on(spoilt(share, factor))) if "made of outliers" in fault]
    assert found
    assert "have annual income far outside the rest (above " in found[0]
    assert found[0].endswith("Check the units of these rows, correct or remove them, and train again.")


@pytest.mark.usefixtures("quickly")
def test_a_code_for_unknown_that_makes_a_segment_is_unsafe() -> None:
    values = reference_values()
    values[:14, 1] = 999
    assert any("made of outliers" in fault for fault in faults(trained_on(values)))


@pytest.mark.usefixtures("quickly")
def test_outliers_that_were_left_out_make_nothing_unsafe() -> None:
    trained = trained_on(spoilt(0.04, 8))
    assert trained.report.cleaning.outlier_rows == 8
    assert not any("made of outliers" in fault for fault in faults(trained))


@pytest.mark.usefixtures("quickly")
def test_a_group_of_its_own_is_a_segment_and_no_outliers() -> None:
    rng = np.random.default_rng(2)
    usual = np.column_stack([rng.normal(40, 9, 170), rng.normal(50, 5, 170), rng.normal(50, 15, 170)])
    rich = np.column_stack([rng.normal(40, 9, 40), rng.normal(300, 10, 40), rng.normal(80, 5, 40)])
    trained = trained_on(np.vstack([usual, rich]).round().clip(0, 999).clip(max=(100, 1000, 100)), k=2)
    profile = trained.report.profile
    assert profile is not None
    assert profile.far_out[0].share == 1.0
    assert faults(trained) == ()


@pytest.mark.usefixtures("quickly")
def test_a_skewed_feature_whose_tail_is_thin_is_no_objection() -> None:
    rng = np.random.default_rng(3)
    values = np.column_stack([rng.normal(40, 9, 400), rng.lognormal(4, 0.5, 400), rng.uniform(1, 100, 400)])
    trained = trained_on(values.round().clip(1, (100, 1000, 100)))
    assert not any("made of outliers" in fault for fault in faults(trained))


def ten_groups(low: int) -> NDArray[np.float64]:
    """Return ten groups of forty customers each, so many of them of a low income."""
    rng = np.random.default_rng(1)
    low_scores, scores = (80, 20), np.linspace(5, 95, 10)
    groups = [(60, low_scores[i]) if i < low else (500, scores[i]) for i in range(10)]
    parts = [np.column_stack([rng.normal(40, 8, 40), rng.normal(x, 6, 40), rng.normal(y, 1.5, 40)]) for x, y in groups]
    return np.vstack(parts).round(1).clip(1, (100, 1000, 100))


@pytest.mark.usefixtures("quickly")
def test_values_too_common_to_be_mistakes_are_not_called_outliers() -> None:
    trained = trained_on(ten_groups(low=2), k=10)
    assert trained.report.profile is not None
    assert [far.share for far in trained.report.profile.far_out] == [1.0, 1.0]
    assert any("80 rows have annual income far outside" in warning for warning in trained.report.warnings)
    assert any("too many to be mistakes, so they were kept" in warning for warning in trained.report.warnings)
    assert faults(trained) == ()
    # A handful among them may be mistakes all the same.
    first = trained.report.profile.far_out[0].segment
    segments = tuple(replace(one, share=0.04) if one.name == first else one for one in trained.model.segments)
    (fault,) = faults(replace(trained, model=replace(trained.model, segments=segments)))
    assert fault.startswith(f"{first} is made of outliers")


@pytest.mark.usefixtures("quickly")
def test_the_report_on_a_segment_of_outliers_does_not_say_that_they_are_no_mistakes() -> None:
    trained = trained_on(ten_groups(low=1), k=10)
    assert ["made of outliers" in fault for fault in faults(trained)] == [True]
    (warning,) = trained.report.warnings
    assert warning.startswith("40 rows have annual income far outside")
    assert "mistakes" not in warning
    assert warning.endswith("kept; check that they are in the same unit as the rest.")
