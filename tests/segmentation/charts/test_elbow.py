"""The elbow chart, as a figure where words and positions matter."""

from __future__ import annotations

import pytest
from chart_cases import (
    SWEEP,
    Point,
    check_layout,
    words,
)

from segmentation.charts.elbow import elbow_chart, elbow_figure


def test_elbow_chart_says_that_both_agree() -> None:
    figure = elbow_figure(SWEEP, 5, 5, 5)
    assert "5 segments chosen" in words(figure)
    assert "Elbow and silhouette agree on 5" in words(figure)
    assert "k = 5: chosen, elbow" in words(figure)
    assert "k = 5: chosen, best" in words(figure)
    assert "disagree" not in words(figure)
    assert "synthetic" not in words(figure)
    check_layout(figure)


def test_elbow_chart_says_that_they_disagree() -> None:
    figure = elbow_figure(SWEEP, 4, 4, 6, synthetic=True)
    assert "Elbow and silhouette disagree: 4 and 6 · synthetic sample data" in words(figure)
    assert "k = 4: chosen, elbow" in words(figure)
    assert "k = 6: best" in words(figure)
    check_layout(figure)


@pytest.mark.parametrize(
    ("elbow_k", "silhouette_k", "said"),
    [
        (None, 5, "No clear elbow; the silhouette is best at 5"),
        (5, None, "The elbow is at 5"),
        (None, None, "Neither elbow nor silhouette"),
    ],
)
def test_elbow_chart_says_what_is_missing(elbow_k: int | None, silhouette_k: int | None, said: str) -> None:
    assert said in words(elbow_figure(SWEEP, 5, elbow_k, silhouette_k))


@pytest.mark.parametrize("chosen", [1, 2, 4, 5, 6, 10])
@pytest.mark.parametrize("best", [2, 6])
def test_elbow_labels_never_overlap(chosen: int, best: int) -> None:
    check_layout(elbow_figure(SWEEP, chosen, 5, best))


def test_elbow_chart_without_silhouettes_has_one_panel() -> None:
    sweep = [Point(k, 1e9 / k, None) for k in (3, 1, 2)]
    figure = elbow_figure(sweep, 1, None, None)
    assert len(figure.axes) == 1
    assert "1 segment chosen" in words(figure)
    assert "1,000M" in words(figure)
    check_layout(figure)


def test_elbow_chart_of_a_k_that_was_not_swept() -> None:
    check_layout(elbow_figure(SWEEP, 14, 5, 5))
    check_layout(elbow_figure([Point(3, 0.0, None)], 3, None, None))
    check_layout(elbow_figure([Point(k, 1.0, 0.5) for k in range(1, 41)], 30, 3, 40))


def test_elbow_chart_refuses_an_empty_sweep() -> None:
    with pytest.raises(ValueError, match="empty"):
        elbow_chart([], 5, 5, 5)
