"""The chart of segment sizes, as a figure and as the PNG people see."""

from __future__ import annotations

import pytest
from chart_cases import (
    DEFAULT_NAMES,
    LONG_NAMES,
    check_layout,
    colours,
    words,
)

from segmentation.charts.distribution import distribution_chart, distribution_figure
from segmentation.palette import NOT_SCORED, NOT_SCORED_COLOUR, colour_of


def test_distribution_lists_the_largest_first_and_not_scored_last() -> None:
    counts = {"Target": 39, NOT_SCORED: 60, "Miser": 35, "Standard": 81, "Careful": 23}
    figure = distribution_figure(counts, DEFAULT_NAMES, synthetic=True)
    said = words(figure)
    order = [said.index(name) for name in ("Standard", "Target", "Miser", "Careful", "Spender", NOT_SCORED)]
    assert order == sorted(order)
    assert "238 rows, 178 of them in 5 segments · synthetic sample data" in said
    assert "81 · 34.0%" in said
    assert "60 · 25.2%" in said
    check_layout(figure)
    seen = colours(distribution_chart(counts, DEFAULT_NAMES))
    assert seen[NOT_SCORED_COLOUR] > 1000
    assert all(seen[colour_of(name, DEFAULT_NAMES)] > 1000 for name in counts if name != NOT_SCORED)


@pytest.mark.parametrize("largest", [0, 1, 999_999_999])
def test_distribution_of_long_names_clips_nothing(largest: int) -> None:
    counts = {name: largest // (i + 1) for i, name in enumerate(LONG_NAMES)}
    figure = distribution_figure({**counts, NOT_SCORED: 1}, LONG_NAMES)
    check_layout(figure)
    assert "…" not in words(figure)


def test_distribution_of_nothing_and_of_very_little() -> None:
    assert "0 customers in 5 segments" in words(distribution_figure({}, DEFAULT_NAMES))
    assert "7 · 100%" in words(distribution_figure({"Everyone": 7}, ["Everyone"]))
    assert "0 · 0%" in words(distribution_figure({"Target": 7}, DEFAULT_NAMES))
    assert "1 · <0.1%" in words(distribution_figure({"Target": 1, "Miser": 99_999}, DEFAULT_NAMES))
