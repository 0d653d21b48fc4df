"""Maps of features on a log scale have log axes, and every position stays in the feature's unit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from log_scale import plain, shop_customers, shop_trained

from segmentation.charts.comparison_map import comparison_figure
from segmentation.charts.map_axes import map_axes_of
from segmentation.charts.segment_map import map_figure
from segmentation.charts.sheet.sheet import log_ticks
from segmentation.model import SegmentModel

MODEL = shop_trained().model
VALUES = shop_customers()[0]


def ordered(model: SegmentModel) -> SegmentModel:
    """Let the map show orders first and money second: recency only describes."""
    recency, *others = model.schema.features
    schema = replace(model.schema, features=(replace(recency, role=model.schema.features[3].role), *others))
    return replace(model, schema=schema, centroids=tuple(row[1:] for row in model.centroids), seen=None)


def test_equal_ratios_are_equally_far_apart_on_the_map() -> None:
    (axes,) = map_figure(ordered(MODEL), VALUES.tolist()).axes
    places = axes.transData.transform([[9.0, 99.0], [99.0, 999.0], [999.0, 9999.0]])
    assert np.diff(places, axis=0) == pytest.approx(np.diff(places, axis=0)[[0, 0]])
    assert [tick.get_text() for tick in (*axes.get_xticklabels(), *axes.get_yticklabels())] == []


def test_who_is_near_on_the_scale_is_on_the_map() -> None:
    of = ordered(MODEL)
    usual = map_axes_of(of, VALUES, None).axes[1]
    assert usual.high > VALUES[:, 2].max()
    # Twice the most money is a long way on a plain axis, and a step on this one.
    wider = map_axes_of(of, np.vstack([VALUES, [40, 60, 2 * VALUES[:, 2].max(), 0]]), None).axes[1]
    assert usual.high < 2 * VALUES[:, 2].max() < wider.high


@pytest.mark.parametrize(
    ("low", "high", "origin", "most", "texts"),
    [
        (0.5, 130, 0, 8, ["1", "2", "5", "10", "20", "50", "100"]),
        (0.5, 60, 0, 4, ["1", "10"]),
        (10, 4e6, 0, 6, ["10", "100", "1,000", "10,000", "100,000", "1M"]),
        (1, 4e6, 0, 4, ["1", "100", "10,000", "1M"]),
        (-50, 900, -50, 6, ["-50", "-49", "-40", "50"]),
        # Less than a power of ten.
        (300, 420, 0, 6, ["300", "320", "340", "360", "380", "400", "420"]),
    ],
)
def test_ticks_of_a_log_axis_are_round_and_few(
    low: float, high: float, origin: float, most: int, texts: list[str]
) -> None:
    assert [text for _, text in log_ticks(low, high, origin, most)] == texts


def test_a_version_with_another_scale_is_not_drawn_on_the_same_axes() -> None:
    candidate = ordered(MODEL)
    assert len(comparison_figure(candidate, candidate).axes) == 2
    assert len(comparison_figure(candidate, replace(candidate, schema=plain(candidate.schema))).axes) == 1
