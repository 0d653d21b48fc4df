"""Profiles say of segments with more than two deciding features what makes each different, and nothing is clipped."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from chart_cases import LONG_NAMES, RFM, SPEND, check_layout, colours, model, words
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from segmentation.charts.captions import (
    MAP_TITLE,
    PROFILES_TITLE,
    candidate_title,
    has_profiles,
    overview_text,
    overview_title,
)
from segmentation.charts.comparison_map import comparison_map
from segmentation.charts.overview import comparison_chart, overview_chart
from segmentation.charts.profiles import profiles_chart, profiles_figure
from segmentation.charts.segment_map import segment_map
from segmentation.model import SegmentModel
from segmentation.palette import colour_of
from segmentation.schema import Feature, Role, Schema

NAMES = ("Champions", "At risk", "Lost")
MEANS = [(20.0, 30.0, 2e6), (90.0, 8.0, 4e5), (300.0, 1.0, 120.0)]
WIDE = Schema(
    "wide",
    tuple(
        Feature(f"f{i}", f"{'Very long label of a feature, number ' * (i % 3)}{i}", "€", -1e9, 1e9, role)
        for i, role in enumerate([Role.PROFILE] * 2 + [Role.CLUSTER] * 8)
    ),
    (),
)


def shops() -> SegmentModel:
    known = model(NAMES, RFM, MEANS)
    return replace(known, mean=(120.0, 10.0, 5e5), factor=(0.01, 0.1, 1e-6))


def wide(count: int) -> SegmentModel:
    rng = np.random.default_rng(0)
    means = [tuple((rng.normal(0, 1, 10) * 10.0 ** np.arange(-2, 8)).tolist()) for _ in range(count)]
    return replace(model(LONG_NAMES[:count], WIDE, means), factor=tuple((10.0 ** -np.arange(-2, 8)).tolist()))


def lines(figure: Figure) -> list[Line2D]:
    return [artist for artist in figure.artists if isinstance(artist, Line2D)]


def rings(figure: Figure) -> list[Line2D]:
    return [line for line in lines(figure) if line.get_markerfacecolor() == "none"]


def test_each_segment_has_a_line_and_each_feature_its_outermost_values() -> None:
    figure = profiles_figure(shops())
    check_layout(figure)
    said = words(figure)
    assert said.startswith(f"{PROFILES_TITLE} | 3 segments")
    for expected in ("Days since last order (days)", "Orders a year", "Spend a year (€)", "20", "300", "120", "2M"):
        assert expected in said.split(" | ")
    assert all(name in said for name in NAMES)
    seen = colours(profiles_chart(shops()))
    assert all(seen[colour_of(name, NAMES)] > 500 for name in NAMES)


def test_places_are_standard_deviations_from_the_average() -> None:
    known = shops()
    figure = profiles_figure(known)
    (axes,) = figure.axes
    lost = next(line for line in lines(figure) if line.get_color() == colour_of("Lost", NAMES))
    across = np.asarray(lost.get_xdata(), dtype=float) * figure.bbox.width
    wanted = [(300 - 120) * 0.01, (1 - 10) * 0.1, (120 - 5e5) * 1e-6]
    places = axes.transData.transform([[level, 0.0] for level in wanted])[:, 0]
    assert across == pytest.approx(places, abs=1)


def test_rings_show_where_segments_were() -> None:
    known = shops()
    before = replace(known, segments=(replace(known.segments[0], mean=(200.0, 30.0, 2e6)), *known.segments[1:]))
    assert len(rings(profiles_figure(known, before))) == 2  # one, and its edge
    assert "rings: where they are in the model in service" in words(profiles_figure(known, before))
    check_layout(profiles_figure(known, before))
    assert not rings(profiles_figure(known, known))


def test_a_version_with_other_features_or_segments_has_no_rings() -> None:
    known = shops()
    other = replace(known, schema=replace(RFM, features=tuple(replace(f, unit="x") for f in RFM.features)))
    strangers = model(["a", "b", "c"], RFM, MEANS)
    for before in (None, other, strangers, model(["a", "b"], SPEND, [(1.0,), (2.0,)])):
        assert profiles_chart(known, before) == profiles_chart(known)


@pytest.mark.parametrize("count", [2, 5, 6, 10])
def test_many_features_and_long_names_clip_nothing(count: int) -> None:
    figure = profiles_figure(wide(count))
    check_layout(figure)
    said = words(figure)
    assert "8 of 10 features" in said
    # Those that decide; the first two only describe.
    assert "| 0 |" not in said.split("average")[-1]


def test_a_feature_that_no_customer_of_a_segment_states_has_no_value() -> None:
    known = shops()
    unknown = replace(known.segments[2], mean=(300.0, 1.0, None))
    figure = profiles_figure(replace(known, segments=(*known.segments[:2], unknown)))
    check_layout(figure)
    assert "120" not in words(figure).split(" | ")
    assert {"400,000", "2M"} <= set(words(figure).split(" | "))


def test_two_deciding_features_make_a_map_and_more_make_profiles() -> None:
    two, three = model(), shops()
    assert not has_profiles(two.schema)
    assert has_profiles(three.schema)
    assert overview_chart(two) == segment_map(two)
    assert overview_chart(three) == profiles_chart(three)
    assert comparison_chart(two, None) == comparison_map(two, None)
    assert comparison_chart(three, three) == profiles_chart(three, three)
    assert candidate_title(two.schema) == "Segment map of the candidate"
    assert candidate_title(three.schema) == "What makes each segment of the candidate different"
    assert (overview_title(two.schema), overview_title(three.schema)) == (MAP_TITLE, PROFILES_TITLE)


def test_alternative_texts_say_what_is_seen() -> None:
    assert overview_text(model()).startswith(
        "Segment map by annual income and spending score: Target around 86.5 k$ and 82.1 points, Miser around 88.2 k$"
    )
    assert overview_text(shops()) == (
        "What makes each segment different. "
        "Champions: orders a year far above average (30), spend a year far above average (2000000 €), "
        "days since last order far below average (20 days); "
        "At risk: near average in everything; "
        "Lost: days since last order far above average (300 days), orders a year below average (1)"
    )


def test_the_same_model_gives_the_same_bytes() -> None:
    assert profiles_chart(wide(6)) == profiles_chart(wide(6))


def test_words_need_no_plotting_library() -> None:
    code = "import sys, segmentation.charts.captions; sys.exit('matplotlib' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
