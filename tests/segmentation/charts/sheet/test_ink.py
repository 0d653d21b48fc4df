"""Everything on a picture is read easily: text by 4.5 to 1, marks and outlines by 3 to 1, as WCAG 2.2 asks."""

from __future__ import annotations

import pytest

from segmentation.charts.map_drawing import TINT
from segmentation.charts.sheet.ink import (
    ACCENT,
    GREY,
    GROUND,
    INK,
    MARK_CONTRAST,
    SOFT_GREY,
    TEXT_CONTRAST,
    contrast,
    edge_of,
    mix,
    text_on,
)
from segmentation.palette import NOT_SCORED_COLOUR, PALETTE

COLOURS = [look.colour for look in PALETTE]


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#777777") == 1
    # The grey that is known to miss 4.5 by a hair, and the one that reaches it.
    assert contrast("#777777", "#FFFFFF") == contrast("#FFFFFF", "#777777") == pytest.approx(4.48, abs=0.005)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("text", [INK, GREY, ACCENT])
def test_text_is_read_on_the_ground(text: str) -> None:
    assert contrast(text, GROUND) >= TEXT_CONTRAST


@pytest.mark.parametrize("colour", COLOURS)
def test_text_is_read_in_a_segments_region_and_on_its_mark(colour: str) -> None:
    assert contrast(INK, mix(colour, TINT, towards=1.0)) >= TEXT_CONTRAST
    assert contrast(text_on(colour), colour) >= TEXT_CONTRAST


@pytest.mark.parametrize("colour", COLOURS)
def test_marks_and_bars_show_by_their_edges(colour: str) -> None:
    assert contrast(edge_of(colour), GROUND) >= MARK_CONTRAST
    assert contrast(edge_of(colour), mix(colour, TINT, towards=1.0)) >= MARK_CONTRAST


def test_bars_that_stand_back_show_by_their_edges() -> None:
    assert contrast(SOFT_GREY, GROUND) >= MARK_CONTRAST
    assert contrast(NOT_SCORED_COLOUR, GROUND) < MARK_CONTRAST  # which is why they have one
