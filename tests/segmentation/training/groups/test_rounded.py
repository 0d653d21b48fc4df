"""Values rounded coarsely: their steps are not taken for groups, and everything else stays as it is."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from segmentation.evaluation.compare import compare
from segmentation.evaluation.comparison import Side, Verdict
from segmentation.schema import Feature, Role, Schema
from segmentation.training.groups.rounded import SAID, spread_steps
from segmentation.training.reports.training import TrainingReport
from segmentation.training.space import Points
from segmentation.training.train import train

SURVEY = Schema(
    "survey",
    (
        Feature("service", "Service", "", 1, 7, Role.CLUSTER, decimals=0),
        Feature("price", "Price", "", 1, 7, Role.CLUSTER, decimals=0),
    ),
    (),
    borderline_below=0.3,
)


def points(*columns: NDArray[np.float64]) -> Points:
    scaled = np.column_stack([(column - column.mean()) / column.std() for column in columns])
    distinct, counts = np.unique(scaled, axis=0, return_counts=True)
    return Points(distinct, counts.astype(np.int64), 0.5)


def answers(centres: list[tuple[int, int]], seed: int, spread: float = 0.8) -> NDArray[np.float64]:
    """Rate two things from 1 to 7, in as many groups as there are centres."""
    rng = np.random.default_rng(seed)
    around = np.array(centres, dtype=np.float64)[rng.integers(0, len(centres), 400)]
    return np.clip(np.round(around + rng.normal(0, spread, around.shape)), 1, 7)


@pytest.mark.parametrize("seed", range(4))
def test_ratings_in_two_groups_make_two_segments_and_not_one_for_each_pair_of_ratings(seed: int) -> None:
    report = train(answers([(2, 2), (6, 6)], seed), SURVEY, seed=seed).report
    assert report.choice.k == 2
    assert report.choice.reason.endswith(SAID)
    assert report.structure is not None
    assert report.structure.grouped


@pytest.mark.parametrize("seed", range(4))
def test_ratings_in_no_groups_are_called_so(seed: int) -> None:
    ratings = np.random.default_rng(seed).integers(1, 8, (400, 2)).astype(np.float64)
    report = train(ratings, SURVEY, seed=seed).report
    assert report.structure is not None
    assert not report.structure.grouped


@given(st.integers(4, 12), st.integers(0, 9), st.integers(20, 5000))
def test_customers_are_spread_over_half_a_step_to_either_side(values: int, seed: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    rated = np.concatenate([np.arange(values), rng.integers(0, values, rows)]).astype(np.float64)
    before = points(rated)
    after = spread_steps(before, seed)
    assert after.counts.sum() == before.counts.sum()
    assert after.counts.min() >= 1
    assert after.scatter == before.scatter
    step = np.diff(before.points[:, 0]).min()
    nearest = np.abs(after.points - before.points[:, 0]).argmin(axis=1)
    assert np.abs(after.points[:, 0] - before.points[nearest, 0]).max() <= step / 2 + 1e-9
    assert (np.bincount(nearest, weights=after.counts) == before.counts).all()
    assert len(after.points) > len(before.points)


SKEWED = np.random.default_rng(1).lognormal(0, 1, 300)


@pytest.mark.parametrize(
    "column",
    [
        SKEWED,
        np.repeat([0.0, 1.0], 150),
        np.repeat([1.0, 2.0, 3.0], 100),
        np.repeat([9.99, 19.99, 34.99, 79.50], 75),
        np.arange(300.0) % 13,
        np.log1p(np.arange(300.0) % 6),
    ],
    ids=["measured", "two values", "three values", "price tiers", "many values", "a log scale"],
)
def test_what_is_no_scale_of_a_few_whole_steps_stays_as_it_is(column: NDArray[np.float64]) -> None:
    there = points(column, SKEWED)
    assert spread_steps(there, 0) is there


def test_a_silhouette_from_before_steps_were_spread_is_not_compared() -> None:
    trained = train(answers([(2, 2), (6, 6)], 0), SURVEY)
    assert trained.report.steps_spread
    data = json.loads(json.dumps(trained.report.to_data()))
    assert TrainingReport.from_data(data) == trained.report
    del data["steps_spread"]
    before = Side.of_report("before", trained.model, replace(TrainingReport.from_data(data), silhouette=0.9))
    found = compare(Side.of_training(trained), before)
    assert found.verdict is Verdict.SIMILAR
    assert not any("silhouette" in reason for reason in found.reasons)


def test_what_is_many_steps_apart_stays_apart() -> None:
    visits = np.repeat([0.0, 1.0, 2.0, 19.0, 20.0, 21.0], 50)
    after = np.sort(spread_steps(points(visits), 0).points[:, 0]) * visits.std() + visits.mean()
    assert after[149] < 2.5
    assert after[150] > 18.5
    assert np.diff(after[:150]).max() < 0.2


def test_only_the_rounded_feature_is_moved() -> None:
    there = points(np.arange(300.0) % 5, SKEWED)
    spread = spread_steps(there, 0)
    assert sorted(spread.points[:, 1]) == sorted(there.points[:, 1])
    assert not np.isin(spread.points[:, 0], there.points[:, 0]).any()


def test_the_same_seed_spreads_alike() -> None:
    there = points(np.arange(300.0) % 5)
    assert (spread_steps(there, 3).points == spread_steps(there, 3).points).all()
    assert (spread_steps(there, 3).points != spread_steps(there, 4).points).all()
