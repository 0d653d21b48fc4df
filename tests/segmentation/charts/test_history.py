"""The chart of sizes over time: a line and a legend entry for each segment, and nothing is clipped."""

from __future__ import annotations

import pytest
from chart_cases import DEFAULT_NAMES, LONG_NAMES, check_layout, colours, words

from segmentation.charts.history import history_chart, history_figure
from segmentation.palette import colour_of


def test_each_segment_has_a_line_in_its_colour_and_its_name_below() -> None:
    sizes = {name: [10 * place, 10 * place + 5, 80 - place] for place, name in enumerate(DEFAULT_NAMES, 1)}
    figure = history_figure(["3 Oct", "3 Nov", "3 Dec"], sizes)
    said = words(figure)
    assert "Target: 10 → 79" in said
    assert all(name in said for name in (*DEFAULT_NAMES, "3 Oct", "3 Nov", "3 Dec", "3 files · 5 segments"))
    check_layout(figure)
    seen = colours(history_chart(["3 Oct", "3 Nov", "3 Dec"], sizes))
    assert all(seen[colour_of(name, DEFAULT_NAMES)] > 500 for name in DEFAULT_NAMES)


@pytest.mark.parametrize("files", [1, 2, 20])
def test_long_names_many_files_and_gaps_clip_nothing(files: int) -> None:
    sizes = {name: [None if i % 3 == 1 else 999_999_999 // (i + 1) for i in range(files)] for name in LONG_NAMES}
    days = [f"{i + 1} Oct 2026" for i in range(files)]
    check_layout(history_figure(days, sizes))


def test_nothing_is_drawn_as_nothing() -> None:
    check_layout(history_figure(["3 Oct"], {"Target": [0]}))


def test_many_segments_have_numbers_in_the_order_of_their_newest_sizes() -> None:
    sizes: dict[str, list[int | None]] = {
        name: [50, 100 - place, None if place == 9 else 10 * place] for place, name in enumerate(LONG_NAMES)
    }
    figure = history_figure(["3 Oct", "3 Nov", "3 Dec"], sizes)
    check_layout(figure)
    # Each number stands at its line's end and in the legend; the higher of its two texts is the one at the line.
    levels = [
        max(text.get_position()[1] for text in figure.texts if text.get_text() == str(number))
        for number in range(1, 11)
    ]
    newest = [next(size for size in reversed(line) if size is not None) for line in sizes.values()]
    assert sorted(range(10), key=levels.__getitem__) == sorted(range(10), key=newest.__getitem__)


def test_days_are_written_only_where_there_is_room() -> None:
    days = [f"{i + 1} Oct, 14:3{i % 10}" for i in range(20)]
    figure = history_figure(days, {name: [7] * 20 for name in LONG_NAMES})
    check_layout(figure)
    assert days[0] in words(figure)
    assert days[1] not in words(figure)


def test_a_long_name_is_shortened_but_not_its_sizes() -> None:
    figure = history_figure(["3 Oct", "3 Nov"], {name: [123_456, 234_567] for name in LONG_NAMES})
    check_layout(figure)
    assert words(figure).count("123,456 → 234,567") == len(LONG_NAMES)


def test_a_segment_no_file_has_is_only_named() -> None:
    sizes: dict[str, list[int | None]] = {name: [None, None] for name in LONG_NAMES[:6]}
    check_layout(history_figure(["3 Oct", "3 Nov"], sizes))
    check_layout(history_figure(["3 Oct", "3 Nov"], {**sizes, "Target": [1, 2]}))
