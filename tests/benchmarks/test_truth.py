from dataclasses import replace

import numpy as np
import pytest
from reference import sample_trained

import benchmarks.__main__ as runner
from benchmarks.figures import Section
from benchmarks.truth import fidelity, k, scale, structure, verdict
from benchmarks.truth.bad_candidates import KINDS, spoilt
from benchmarks.truth.looks import Extent, Look, known, subsamples
from segmentation.evaluation.comparison import Side
from segmentation.schema_data import default_schema
from segmentation.training.samples.mall import sample_customers

TINY = Extent((200,), (2,), (2,), (200,), 1, ("blobs",), ("uniform",))


def figures(section: Section) -> dict[str, float]:
    return {figure.name: figure.value for figure in section.figures}


def test_chooses_k_for_each_kind_of_set() -> None:
    section = k.measured(TINY)
    assert [item.subject for item in section.measurements][-1] == "all"
    assert section.measurements[-1].values["sets"] == 1
    assert figures(section)["right k on known sets"] == 1


def test_counts_the_sets_in_which_no_groups_are_said() -> None:
    section = structure.measured(TINY)
    found = figures(section)
    assert found["no groups said of known sets"] == 0
    assert found["no groups said where there are none"] == 1
    assert [(item.subject, item.values) for item in section.measurements] == [
        ("uniform", {"sets": 1, "no groups said": 1})
    ]


@pytest.mark.long
def test_a_log_scale_finds_the_customers_of_a_shop_and_a_plain_one_leaves_out_their_money() -> None:
    section = scale.measured([scale.shop(0)])
    plain, log = (item.values for item in section.measurements)
    assert log["agreement"] > plain["agreement"]
    assert (log["best are a segment"], log["money left out"]) == (1, 0)
    assert plain["money left out"] > 0.2
    assert all(figure.goal is not None and figure.goal.met(figure.value) for figure in section.figures)


def test_looks_at_a_set_once_a_run() -> None:
    first, again = next(known(TINY)), next(known(TINY))
    assert first is again


def test_a_subsample_is_nine_tenths_of_the_reference_data() -> None:
    found: list[Look] = list(subsamples(TINY))
    if not found:
        pytest.skip("the reference data are not beside the project")
    assert found[0].points.counts.sum() == 180


@pytest.mark.parametrize("kind", KINDS)
def test_each_way_to_spoil_a_file_leaves_the_customers_given_as_they_were(kind: str) -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(50, 10, (60, 3))
    kept, labels = values.copy(), np.arange(60) % 4 // 2
    spoiled = spoilt(kind, values, labels, (1, 2), rng)
    assert np.array_equal(values, kept)
    assert spoiled.shape != values.shape or not np.array_equal(spoiled, values)


def test_a_shuffled_column_keeps_its_values_and_loses_its_customers() -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(50, 10, (60, 3))
    spoiled = spoilt("a column shuffled", values, np.zeros(60, dtype=np.intp), (1, 2), rng)
    assert np.array_equal(np.sort(spoiled[:, 1]), np.sort(values[:, 1]))
    assert (spoiled[:, 1] != values[:, 1]).mean() > 0.9
    assert np.array_equal(spoiled[:, [0, 2]], values[:, [0, 2]])


def test_half_in_another_unit_is_half_of_one_column() -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(50, 10, (60, 3))
    spoiled = spoilt("half in another unit", values, np.zeros(60, dtype=np.intp), (1, 2), rng)
    changed = spoiled != values
    assert changed.sum(axis=0).tolist() == [0, 30, 0]
    assert np.allclose(spoiled[changed] * 12, values[changed])


def test_flags_a_spoilt_file_and_not_a_resample() -> None:
    model = replace(sample_trained().model, synthetic=False)
    side = replace(Side.of_training(sample_trained()), model=model)
    shop = verdict.Shop("sample", sample_customers(), default_schema(), side)
    section = verdict.measured([shop], ["60 % overwritten by the median"], {"sample": 1}, 0)
    assert figures(section) == {"bad candidates flagged": 1, "false alarms on resamples": 0}
    spoiled, resampled = (item.values for item in section.measurements)
    assert spoiled["different"] + spoiled["unsafe"] == 1
    assert resampled["similar"] + resampled["better"] + resampled["worse"] == 1


def test_asks_customers_that_a_training_has_not_seen_for_its_fidelity() -> None:
    section = fidelity.measured(("blobs",), (2,), 1, 0)
    assert [item.subject for item in section.measurements] == ["blobs"]
    values = section.measurements[0].values
    assert values["reported"] == min(values["generated"], values["held out"])
    assert 0.95 < values["unseen"] <= 1
    assert figures(section)["fidelity reported, off by at most"] == abs(values["reported"] - values["unseen"])


def test_a_piece_of_a_part_runs_by_itself() -> None:
    assert runner.modules(["truth"], ["k"]) == ["truth.k"]
    assert runner.modules(["truth"], []) == [f"truth.{piece}" for piece in runner.PIECES["truth"]]
    assert runner.modules(["predict", "truth"], ["verdict", "k"]) == ["truth.k", "truth.verdict"]


def test_says_which_pieces_there_are_when_one_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        runner.main(["truth", "--only", "everything"])
    assert "there is no piece everything of truth; choose from k, structure" in capsys.readouterr().err
