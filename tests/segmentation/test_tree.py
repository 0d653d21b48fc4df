"""The plain tree: walks, rule paths, and smallest changes held against trying everything."""

from __future__ import annotations

import math
from itertools import pairwise, product

import numpy as np
import pytest
from campaigns import campaign
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.tree import LEAF, DecisionTree, Interval, Step

LIMITS = ((0.0, 10.0), (-5.0, 5.0), (0.0, 1.0))
SCALE = (2.0, 1.0, 0.25)
DECIMALS = (0, 0, 1)
# Feature 0 at most 3 → 0; above it, feature 1 at most 1.5 → 1, above → 2.
SMALL = DecisionTree(
    (0, LEAF, 1, LEAF, LEAF), (3.0, 0.0, 1.5, 0.0, 0.0), (1, -1, 3, -1, -1), (2, -1, 4, -1, -1), (0, 0, 1, 1, 2)
)


def random_tree(seed: int, depth: int = 4, segments: int = 4) -> DecisionTree:
    rng = np.random.default_rng(seed)
    feature: list[int] = []
    cut: list[float] = []
    left: list[int] = []
    right: list[int] = []
    segment: list[int] = []

    def grow(levels: int) -> int:
        node = len(feature)
        index = LEAF if levels == 0 or rng.random() < 0.1 else int(rng.integers(len(LIMITS)))
        low, high = LIMITS[index]
        feature.append(index)
        # Cuts on a grid, close together or beyond the limits: intervals without a round value, and unreachable ones.
        cut.append(0.0 if index == LEAF else float(rng.integers(int(low * 8) - 4, int(high * 8) + 5)) / 8)
        left.append(LEAF)
        right.append(LEAF)
        segment.append(int(rng.integers(segments)))
        if index != LEAF:
            left[node] = grow(levels - 1)
            right[node] = grow(levels - 1)
        return node

    grow(depth)
    return DecisionTree(tuple(feature), tuple(cut), tuple(left), tuple(right), tuple(segment))


def random_point(seed: int) -> list[float]:
    rng = np.random.default_rng(seed)
    return [float(rng.choice([round(rng.uniform(*limits), 1), *limits])) for limits in LIMITS]


def moved(x: list[float], feature: int, value: float) -> list[float]:
    return [*x[:feature], value, *x[feature + 1 :]]


def test_a_tree_goes_left_up_to_and_including_its_cut() -> None:
    assert SMALL.segment_of((3.0, 9, 0)) == 0
    assert SMALL.segment_of((math.nextafter(3, 4), 1.5, 0)) == 1
    assert SMALL.segment_of((4, 1.6, 0)) == 2
    assert SMALL.leaves == 3
    assert SMALL.cuts == {0: (3.0,), 1: (1.5,)}


def test_a_path_is_one_interval_a_feature() -> None:
    assert SMALL.path((2, 0, 0)) == {0: Interval(high=3.0)}
    assert SMALL.path((4, 0, 0)) == {0: Interval(low=3.0), 1: Interval(high=1.5)}
    twice = DecisionTree(
        (0, 0, LEAF, LEAF, LEAF), (8.0, 3.0, 0, 0, 0), (1, 3, -1, -1, -1), (2, 4, -1, -1, -1), (0, 0, 1, 0, 1)
    )
    assert twice.path((5, 0, 0)) == {0: Interval(3.0, 8.0)}


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_every_point_on_the_rules_of_a_path_gets_the_same_segment(seed: int, other: int) -> None:
    tree, x = random_tree(seed), random_point(other)
    path, segment = tree.path(x), tree.segment_of(x)
    rng = np.random.default_rng(other)
    for feature, interval in path.items():
        assert interval.low < x[feature] <= interval.high
        lowest, highest = math.nextafter(interval.low, math.inf), interval.high
        x[feature] = max(lowest, -99.0) if rng.random() < 0.5 else min(highest, 99.0)
    assert tree.path(x) == path
    assert tree.segment_of(x) == segment


def test_a_step_goes_to_the_nearest_round_value_inside() -> None:
    limits = ((0.0, 10.0), (-5.0, 5.0))
    assert SMALL.smallest_steps((2, 0), limits, (1, 1), (0, 0)) == [Step(0, 4.0, 1)]
    assert SMALL.smallest_steps((5, 0), limits, (1, 1), (0, 0)) == [Step(0, 3.0, 0), Step(1, 2.0, 2)]
    assert SMALL.smallest_steps((5, 0), limits, (4, 1), (0, 1)) == [Step(0, 3.0, 0), Step(1, 1.6, 2)]
    assert SMALL.smallest_steps((5, 0), limits, (1, 4), (0, 3)) == [Step(1, 1.501, 2), Step(0, 3.0, 0)]


def test_no_step_leaves_the_limits() -> None:
    assert SMALL.smallest_steps((5, 0), ((4.0, 10.0), (-5.0, 1.5)), (1, 1), (0, 0)) == []
    assert SMALL.smallest_steps((2, 0), ((0.0, 3.5), (-5.0, 5.0)), (1, 1), (0, 0)) == [Step(0, 3.1, 1)]


def test_a_step_into_an_interval_too_narrow_for_any_round_value_is_exact() -> None:
    high = 3.0 + 2**-40
    narrow = DecisionTree(
        (0, LEAF, 0, LEAF, LEAF), (3.0, 0, high, 0, 0), (1, -1, 3, -1, -1), (2, -1, 4, -1, -1), (0, 0, 1, 1, 0)
    )
    assert narrow.smallest_steps((1,), ((0.0, 10.0),), (1,), (0,)) == [Step(0, math.nextafter(3.0, 4), 1)]
    assert narrow.smallest_steps((9,), ((0.0, 10.0),), (1,), (0,)) == [Step(0, high, 1)]


def test_one_leaf_has_nothing_to_change() -> None:
    leaf = DecisionTree((LEAF,), (0.0,), (LEAF,), (LEAF,), (0,))
    assert leaf.smallest_steps((1,), ((0.0, 10.0),), (1,), (0,)) == []
    assert leaf.path((1,)) == {}
    leaf.check(1, 1)


@settings(max_examples=campaign(60, 300))
@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_no_smaller_change_reaches_a_segment_than_the_one_found(seed: int, other: int) -> None:
    tree, x = random_tree(seed), random_point(other)
    steps = {step.segment: step for step in tree.smallest_steps(x, LIMITS, SCALE, DECIMALS)}
    exact: dict[int, float] = {}
    rounded: dict[int, float] = {}
    for feature, (low, high) in enumerate(LIMITS):
        edges = [edge for cut in tree.cuts.get(feature, ()) for edge in (cut, math.nextafter(cut, math.inf))]
        grid = np.round(np.arange(low, high + 1e-9, 10.0 ** -DECIMALS[feature]), DECIMALS[feature]).tolist()
        for best, values in ((exact, edges), (rounded, grid)):
            for value in (*values, low, high):
                if low <= value <= high:
                    segment = tree.segment_of(moved(x, feature, value))
                    best[segment] = min(best.get(segment, math.inf), abs(value - x[feature]) / SCALE[feature])
    home = tree.segment_of(x)
    assert steps.keys() == exact.keys() - {home}
    for segment, step in steps.items():
        low, high = LIMITS[step.feature]
        distance = abs(step.value - x[step.feature]) / SCALE[step.feature]
        assert low <= step.value <= high
        assert tree.segment_of(moved(x, step.feature, step.value)) == segment
        assert exact[segment] <= distance <= rounded.get(segment, math.inf)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_steps_come_smallest_first_and_at_most_one_a_segment(seed: int, other: int) -> None:
    x = random_point(other)
    steps = random_tree(seed).smallest_steps(x, LIMITS, SCALE, DECIMALS)
    distances = [abs(step.value - x[step.feature]) / SCALE[step.feature] for step in steps]
    assert distances == sorted(distances)
    assert len({step.segment for step in steps}) == len(steps)


class TableFreeTree(DecisionTree):
    """A tree that always has too many cells to hold."""

    most_cells = 0


def test_a_tree_with_too_many_cells_to_hold_finds_the_same_steps() -> None:
    for seed in range(40):
        tree, x = random_tree(seed), random_point(seed)
        held = tree.smallest_steps(x, LIMITS, SCALE, DECIMALS)
        walking = TableFreeTree(tree.feature, tree.cut, tree.left, tree.right, tree.segment)
        assert walking.smallest_steps(x, LIMITS, SCALE, DECIMALS) == held
        assert walking._cells is None


@given(st.integers(0, 2**32 - 1))
def test_a_well_formed_tree_passes_its_check(seed: int) -> None:
    random_tree(seed).check(len(LIMITS), 4)


@pytest.mark.parametrize(
    ("part", "node", "value"),
    [
        ("feature", 0, 3),
        ("feature", 0, -2),
        ("feature", 0, 1.0),
        ("feature", 0, LEAF),
        ("feature", 1, 0),
        ("cut", 0, math.nan),
        ("cut", 0, math.inf),
        ("left", 0, 0),
        ("left", 2, 1),
        ("left", 0, 5),
        ("left", 0, 1.5),
        ("right", 0, -1),
        ("right", 1, 2),
        ("right", 0, "2"),
        ("segment", 1, 3),
        ("segment", 1, -1),
        ("segment", 0, 0.5),
    ],
)
def test_an_index_that_leads_astray_is_refused(part: str, node: int, value: object) -> None:
    SMALL.check(3, 3)
    values = list(getattr(SMALL, part))
    values[node] = value
    with pytest.raises(ValueError, match="tree"):
        DecisionTree(**{**vars_of(SMALL), part: tuple(values)}).check(3, 3)


@pytest.mark.parametrize("part", ["feature", "cut", "left", "right", "segment"])
def test_parts_of_different_length_are_refused(part: str) -> None:
    with pytest.raises(ValueError, match="differ in length"):
        DecisionTree(**{**vars_of(SMALL), part: getattr(SMALL, part)[:-1]}).check(3, 3)
    with pytest.raises(ValueError, match="differ in length"):
        DecisionTree((), (), (), (), ()).check(3, 3)


def vars_of(tree: DecisionTree) -> dict[str, tuple[int, ...]]:
    return {part: getattr(tree, part) for part in ("feature", "cut", "left", "right", "segment")}


@settings(max_examples=campaign(60, 500), deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_runs_are_the_segments_along_a_feature(seed: int, point: int) -> None:
    tree = random_tree(seed)
    # Lines that were asked about before are remembered: the second customer may be on one of them, or on others.
    for x, feature in product((random_point(point), random_point(point + 1)), range(len(LIMITS))):
        runs = tree.runs(feature, x)
        assert (runs[0][0], runs[-1][1]) == (-math.inf, math.inf)
        for (_, high, segment), (low, _, following) in pairwise(runs):
            assert high == low
            assert segment != following
        for low, high, segment in runs:
            inside = [math.nextafter(low, math.inf), high if high < math.inf else low + 1 if low > -math.inf else 0.0]
            assert all(tree.segment_of(moved(x, feature, value)) == segment for value in inside)
