"""Numbers and their legend: every name once and whole, every number apart from the others."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from chart_cases import DEFAULT_NAMES, LONG_NAMES, check_layout, colours, customers, model, words

from segmentation.charts.comparison_map import comparison_figure
from segmentation.charts.segment_map import map_figure, segment_map
from segmentation.charts.sheet.labels import pushed_apart
from segmentation.charts.sheet.legend import MOST_NAMED, legend_of, numbers_of
from segmentation.palette import colour_of

BOX = np.array([0.0, 0.0, 400.0, 300.0])


def test_few_segments_are_named_and_many_numbered() -> None:
    assert len(DEFAULT_NAMES) == MOST_NAMED
    assert numbers_of(DEFAULT_NAMES) == {}
    assert list(numbers_of(LONG_NAMES).items()) == [(name, at) for at, name in enumerate(LONG_NAMES, 1)]


def test_a_map_of_many_segments_has_numbers_and_a_legend() -> None:
    known = model(LONG_NAMES)
    figure = map_figure(known, customers(100), (35, 60, 70))
    check_layout(figure)
    said = words(figure).split(" | ")
    assert all(said.count(str(number)) >= 2 for number in range(1, 11))
    assert said.count("Big spender") == 1
    seen = colours(segment_map(known))
    assert all(seen[colour_of(name, LONG_NAMES)] > 500 for name in LONG_NAMES)


def test_a_segment_has_the_same_number_in_both_panels() -> None:
    candidate, current = model([*DEFAULT_NAMES[1:], "New", "Newer"]), model()
    figure = comparison_figure(candidate, current)
    check_layout(figure)
    said = words(figure).split(" | ")
    # Target is in service only, New in the candidate only, Miser in both; each once more in the legend.
    assert [said.count(str(number)) for number in (1, 2, 6)] == [2, 3, 2]
    assert {"Target", "New", "Newer"} <= set(said)


@pytest.mark.parametrize("count", [1, 3, 4, 15])
def test_a_legend_clips_nothing_whatever_the_number_of_names(count: int) -> None:
    names = [f"{name} {i}" for i, name in zip(range(count), itertools.cycle(LONG_NAMES), strict=False)]
    legend = legend_of(names, notes=dict.fromkeys(names, ": 1,000 → 2,000"))
    assert bool(legend.numbers) == (count > MOST_NAMED)
    assert legend.height >= 40 * math.ceil(count / 2)


def test_discs_in_one_place_are_pushed_apart_inside_the_box() -> None:
    places = np.vstack([np.full((12, 2), 5.0), [[200.0, 150.0], [204.0, 150.0], [200.0, 152.0]]])
    moved = pushed_apart(places, 16, BOX, fixed=1)
    assert moved[-1].tolist() == [200, 152]
    for a, b in itertools.combinations(moved, 2):
        assert math.hypot(*(a - b)) >= 32
    assert (moved >= 16 - 0.02).all()
    assert (moved[:, 0] <= 384 + 0.02).all()
    assert (pushed_apart(places, 16, BOX, fixed=1) == moved).all()


def test_discs_that_are_apart_stay_where_they_are() -> None:
    places = np.array([[50.0, 50.0], [120.0, 60.0]])
    assert np.abs(pushed_apart(places, 16, BOX) - places).max() < 0.02
