"""No number of segments is advised that the training has seen fail."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reference import reference_trained

from segmentation.evaluation.other_k import clearer_k, smaller_k
from segmentation.evaluation.thresholds import DEFAULT_THRESHOLDS
from segmentation.training.reports.cleaning import Outliers
from segmentation.training.reports.training import Structure, SweepPoint, TrainingReport

GROUPED = Structure(3, 0.5, {"box": 0.4})
UNGROUPED = Structure(3, 0.3, {"box": 0.4})
NO_USE = "Another k wouldn't help."


def report(k: int, structure: Structure | None, silhouettes: dict[int, float | None]) -> TrainingReport:
    known = reference_trained().report
    sweep = tuple(SweepPoint(i, 1.0, silhouette) for i, silhouette in silhouettes.items())
    return replace(known, sweep=sweep, structure=structure, choice=replace(known.choice, k=k))


@pytest.mark.parametrize(
    ("k", "structure", "silhouettes", "said"),
    [
        (
            6,
            GROUPED,
            {1: None, 2: 0.3, 3: 0.5, 6: 0.4},
            "Train with k = 3, which suits these customers best, or add data.",
        ),
        (3, GROUPED, {2: 0.3, 3: 0.5, 6: 0.4}, "Train with a smaller k, or add data."),
        (3, GROUPED, {2: 0.19, 3: 0.5}, "A smaller k would give a silhouette below 0.2: add data."),
        (2, Structure(2, 0.5, {"box": 0.4}), {2: 0.5, 3: 0.4}, "Add data."),
        (6, None, {2: 0.3, 6: 0.4}, "Train with a smaller k, or add data."),
        (6, UNGROUPED, {2: 0.3, 6: 0.4}, NO_USE),
    ],
)
def test_a_smaller_k_is_advised_only_if_it_may_pass(
    k: int, structure: Structure | None, silhouettes: dict[int, float | None], said: str
) -> None:
    assert smaller_k(report(k, structure, silhouettes), DEFAULT_THRESHOLDS, "add data", bands=False) == said


@pytest.mark.parametrize(
    ("structure", "silhouettes", "begins"),
    [
        (GROUPED, {2: 0.6, 3: 0.5, 9: 0.1}, "Train with k = 3, which has a silhouette of 0.500, or on features"),
        (None, {2: 0.6, 3: 0.5, 9: 0.1}, "Train with k = 2, which has a silhouette of 0.600, or on features"),
        (GROUPED, {2: 0.1, 3: 0.15, 9: 0.1}, "No k reaches that: train on features that tell customers apart better"),
        (UNGROUPED, {2: 0.6, 3: 0.3, 9: 0.1}, NO_USE),
    ],
)
def test_the_k_that_suits_is_named_for_a_clearer_silhouette(
    structure: Structure | None, silhouettes: dict[int, float | None], begins: str
) -> None:
    said = clearer_k(report(9, structure, silhouettes), DEFAULT_THRESHOLDS, bands=False)
    assert said.startswith(begins)


def test_bands_may_be_fewer_though_there_are_no_groups() -> None:
    spread = report(5, UNGROUPED, {2: 0.3, 3: 0.3, 5: 0.25})
    assert smaller_k(spread, DEFAULT_THRESHOLDS, "add data", bands=True).startswith("Train with k = 3")


def test_a_log_scale_on_which_there_are_groups_is_advised_unless_a_smaller_k_suits() -> None:
    tail = Outliers("income", 30, 0.0, 100.0, left_out=False, log_suits=True)
    known = report(3, GROUPED, {2: 0.3, 3: 0.5})
    known = replace(known, cleaning=replace(known.cleaning, outliers=(tail,)), structure_on_log=GROUPED)
    said = 'On a log scale the groups are clear: give income scale = "log" in the schema and train again.'
    assert smaller_k(known, DEFAULT_THRESHOLDS, "add data", bands=False) == said
    assert clearer_k(known, DEFAULT_THRESHOLDS, bands=False) == said
    many = replace(known, choice=replace(known.choice, k=6))
    assert smaller_k(many, DEFAULT_THRESHOLDS, "add data", bands=False).startswith("Train with k = 3")
    neither = replace(known, structure_on_log=UNGROUPED)
    assert smaller_k(neither, DEFAULT_THRESHOLDS, "add data", bands=False) == "Train with a smaller k, or add data."
