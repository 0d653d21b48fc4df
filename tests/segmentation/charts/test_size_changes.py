"""Sizes before and after: the title says the finding, each row both figures, and nothing is clipped."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from chart_cases import DEFAULT_NAMES, LONG_NAMES, check_layout, colours, words

from segmentation.charts.captions import sizes_text
from segmentation.charts.size_changes import size_changes_chart, size_changes_figure
from segmentation.palette import colour_of


@dataclass(frozen=True)
class Size:
    name: str
    customers_before: int | None
    customers_now: int | None
    share_before: float | None
    share_now: float | None


SIZES = [
    Size(name, before, now, before / 200, now / 250)
    for name, before, now in zip(DEFAULT_NAMES, (39, 35, 22, 23, 81), (60, 40, 27, 29, 94), strict=True)
]


def test_the_title_says_what_changed_most_and_each_row_says_both_sizes() -> None:
    figure = size_changes_figure(SIZES)
    said = words(figure)
    assert said.startswith("Target grows most, by 4 percentage points | Share of customers, before → now")
    for expected in (*DEFAULT_NAMES, "20% → 24%", "39 → 60", "40% → 38%", "81 → 94"):
        assert expected in said
    check_layout(figure)
    seen = colours(size_changes_chart(SIZES))
    assert all(seen[colour_of(name, DEFAULT_NAMES)] > 1000 for name in DEFAULT_NAMES)


def test_bars_are_as_long_as_the_shares() -> None:
    (axes,) = size_changes_figure(SIZES).axes
    lengths = [bar.get_width() for bar in axes.patches]  # type: ignore[attr-defined]  # bars are rectangles
    assert lengths == [share for size in SIZES for share in (size.share_before, size.share_now)]
    assert axes.get_xlim() == (0, 81 / 200)


def test_new_and_gone_segments_have_one_bar_and_a_dash() -> None:
    sizes = [Size("Target", 39, None, 0.5, None), Size("Fresh", None, 20, None, 0.4), Size("Miser", 39, 30, 0.5, 0.6)]
    figure = size_changes_figure(sizes)
    for expected in ("The largest change: Target is gone", "50% → –", "39 → –", "– → 40%", "– → 20"):
        assert expected in words(figure)
    assert len(figure.axes[0].patches) == 4
    # The colours of those that are left are those of the report, which knows only them.
    seen = colours(size_changes_chart(sizes))
    assert all(seen[colour_of(name, ["Fresh", "Miser"])] > 1000 for name in ("Fresh", "Miser"))


@pytest.mark.parametrize(
    ("before", "now", "title"),
    [
        (0.2, 0.201, "All segments keep their size"),
        (0.2, 0.19, "Target shrinks most, by 1 percentage point"),
        (None, 0.2, "Segment sizes"),
    ],
)
def test_the_title_is_never_more_than_the_figures_say(before: float | None, now: float, title: str) -> None:
    customers = None if before is None else 20
    assert words(size_changes_figure([Size("Target", customers, 21, before, now)])).split(" | ")[0] == title


def test_sizes_of_a_first_model_stand_alone() -> None:
    sizes = [Size(name, None, 40, None, 0.2) for name in DEFAULT_NAMES]
    figure = size_changes_figure(sizes)
    assert "→" not in words(figure)
    assert len(figure.axes[0].patches) == len(sizes)
    assert sizes_text(sizes) == "Segment sizes. Share of customers: " + ", ".join(
        f"{name} 20%" for name in DEFAULT_NAMES
    )


def test_segments_of_other_columns_are_not_compared() -> None:
    now = [Size("Champions", None, 38, None, 0.27), Size("Less frequent", None, 103, None, 0.73)]
    gone = [Size("Target", 39, None, 0.195, None), Size("Standard", 161, None, 0.805, None)]
    figure = size_changes_figure([*now, *gone])
    assert words(figure).split(" | ")[:2] == ["Segment sizes", "Share of customers"]
    assert "Target" not in words(figure)
    assert [bar.get_width() for bar in figure.axes[0].patches] == [0.27, 0.73]  # type: ignore[attr-defined]  # rectangles
    assert sizes_text([*now, *gone]) == "Segment sizes. Share of customers: Champions 27%, Less frequent 73%"


def test_the_alternative_text_says_what_is_seen() -> None:
    assert sizes_text(SIZES) == (
        "Target grows most, by 4 percentage points. Share of customers, before → now: "
        "Target 20% → 24%, Miser 18% → 16%, Spender 11% → 11%, Careful 12% → 12%, Standard 40% → 38%"
    )


@pytest.mark.parametrize("largest", [0, 1, 999_999_999])
def test_long_names_and_large_sizes_clip_nothing(largest: int) -> None:
    sizes = [Size(name, largest // (i + 1), largest // (i + 2), 0.3, 0.002) for i, name in enumerate(LONG_NAMES)]
    figure = size_changes_figure(sizes)
    check_layout(figure)
    assert "30% → <1%" in words(figure)


def test_the_same_sizes_give_the_same_bytes() -> None:
    assert size_changes_chart(SIZES) == size_changes_chart(SIZES)
