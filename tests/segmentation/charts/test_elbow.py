"""The elbow chart, as a figure where words and positions matter."""

from __future__ import annotations

import pytest
from chart_cases import (
    SWEEP,
    Point,
    check_layout,
    words,
)

from segmentation.charts.captions import elbow_text
from segmentation.charts.elbow import elbow_chart, elbow_figure


def test_elbow_chart_says_that_both_agree() -> None:
    figure = elbow_figure(SWEEP, 5, 5, 5)
    assert words(figure).startswith("5 segments: the curve bends here, and the silhouette agrees | 1 to 10 segments")
    assert "k = 5: chosen, elbow" in words(figure)
    assert "k = 5: chosen, best" in words(figure)
    assert "synthetic" not in words(figure)
    check_layout(figure)


def test_elbow_chart_says_that_they_disagree() -> None:
    figure = elbow_figure(SWEEP, 4, 4, 6, synthetic=True)
    assert "4 segments: the curve bends here, the silhouette is best at 6" in words(figure)
    assert "1 to 10 segments tried · synthetic sample data" in words(figure)
    assert "k = 4: chosen, elbow" in words(figure)
    assert "k = 6: best" in words(figure)
    check_layout(figure)


@pytest.mark.parametrize(
    ("chosen", "elbow", "silhouette", "said"),
    [
        (5, 5, 5, "5 segments: the curve bends here, and the silhouette agrees"),
        (5, 5, 6, "5 segments: the curve bends here, the silhouette is best at 6"),
        (5, 5, None, "5 segments: the curve bends here, there is no silhouette to compare"),
        (5, 4, 5, "5 segments: the silhouette is best here, the curve bends at 4"),
        (5, None, 5, "5 segments: the silhouette is best here, the curve has no clear bend"),
        (5, 4, 6, "5 segments, between the bend at 4 and the best silhouette at 6"),
        (5, 6, 4, "5 segments, between the bend at 6 and the best silhouette at 4"),
        (5, 3, 4, "5 segments, though the curve bends at 3 and the silhouette is best at 4"),
        (5, 3, 3, "5 segments, though bend and silhouette both say 3"),
        (5, None, 4, "5 segments, though the curve has no clear bend and the silhouette is best at 4"),
        (5, 4, None, "5 segments, though the curve bends at 4 and there is no silhouette to compare"),
        (1, None, None, "1 segment, though the curve has no clear bend and there is no silhouette to compare"),
    ],
)
def test_the_title_says_why_so_many(chosen: int, elbow: int | None, silhouette: int | None, said: str) -> None:
    assert words(elbow_figure(SWEEP, chosen, elbow, silhouette)).split(" | ")[0] == said
    assert elbow_text(chosen, elbow, silhouette).startswith(f"{said}. ")


@pytest.mark.parametrize("chosen", [1, 2, 4, 5, 6, 10])
@pytest.mark.parametrize("best", [2, 6])
def test_elbow_labels_never_overlap(chosen: int, best: int) -> None:
    check_layout(elbow_figure(SWEEP, chosen, 5, best))


def test_elbow_chart_without_silhouettes_has_one_panel() -> None:
    sweep = [Point(k, 1e9 / k, None) for k in (3, 1, 2)]
    figure = elbow_figure(sweep, 1, None, None)
    assert len(figure.axes) == 1
    assert "1 to 3 segments tried" in words(figure)
    assert "1,000M" in words(figure)
    check_layout(figure)


def test_elbow_chart_of_a_k_that_was_not_swept() -> None:
    check_layout(elbow_figure(SWEEP, 14, 5, 5))
    check_layout(elbow_figure([Point(3, 0.0, None)], 3, None, None))
    check_layout(elbow_figure([Point(k, 1.0, 0.5) for k in range(1, 41)], 30, 3, 40))


def test_elbow_chart_refuses_an_empty_sweep() -> None:
    with pytest.raises(ValueError, match="empty"):
        elbow_chart([], 5, 5, 5)
