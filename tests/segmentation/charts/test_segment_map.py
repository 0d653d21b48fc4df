"""The segment map, as a figure where words and positions matter, and as the PNG people see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from chart_cases import (
    DEFAULT_NAMES,
    LONG_NAMES,
    RFM,
    SPEND,
    check_layout,
    colours,
    customers,
    model,
    pixels,
    split,
    words,
)
from harness import trained
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from segmentation.charts.captions import customers_text
from segmentation.charts.distribution import distribution_chart
from segmentation.charts.map_axes import MAX_POINTS
from segmentation.charts.map_drawing import TINT
from segmentation.charts.segment_map import map_figure, segment_map
from segmentation.charts.sheet.ink import GROUND, mix
from segmentation.charts.sheet.sheet import WIDTH
from segmentation.palette import colour_of
from segmentation.training.samples.mall import sample_customers
from segmentation.training.train import Trained

__all__ = ["trained"]


def test_map_names_axes_with_units_and_every_segment() -> None:
    figure = map_figure(model(), customers(200))
    for expected in ("Annual income (k$)", "Spending score (points)", "5 segments · 200 customers", *DEFAULT_NAMES):
        assert expected in words(figure)
    assert "synthetic" not in words(figure)
    check_layout(figure)


def test_map_labels_synthetic_data() -> None:
    assert "synthetic sample data" in words(map_figure(replace(model(), synthetic=True)))


def test_every_segments_colour_and_tint_is_on_the_map() -> None:
    seen = colours(segment_map(model()))
    for name in DEFAULT_NAMES:
        colour = colour_of(name, DEFAULT_NAMES)
        assert seen.get(colour, 0) > 100, name
        assert seen.get(mix(colour, TINT, towards=1.0).upper(), 0) > 1000, name


def test_map_regions_are_the_trees_answers() -> None:
    known = model(tree=split([(1, 40.0), (2, 30.0), (1, 70.0), (2, 60.0)]))
    figure = map_figure(known)
    axes = figure.axes[0]
    picture = pixels(segment_map(known))
    tints = {mix(colour_of(name, known.names), TINT, towards=1.0): i for i, name in enumerate(known.names)}
    checked = 0
    for x in np.linspace(*axes.get_xlim(), 23)[1:-1]:
        for y in np.linspace(*axes.get_ylim(), 19)[1:-1]:
            column, row = axes.transData.transform((x, y))
            colour = to_hex(tuple(picture[round(figure.bbox.height - row - 0.5), round(column - 0.5), :3].tolist()))
            if colour in tints:
                checked += 1
                assert tints[colour] == known.tree.segment_of([38.0, x, y])
    assert checked > 200


@pytest.mark.parametrize("count", [2, 5, 10])
@pytest.mark.parametrize("points", [0, 300])
def test_long_names_never_overlap_and_are_whole(count: int, points: int) -> None:
    known = model(LONG_NAMES[:count])
    figure = map_figure(known, customers(points), (35, 60, 70))
    check_layout(figure)
    assert "…" not in words(figure)
    assert "This customer" in words(figure)


def test_names_are_never_mathtext_and_never_warn() -> None:
    for known in (model(LONG_NAMES), model(["$a_b$", "\ud800", "\u200b", "x\n$y$", "ก"])):
        assert pixels(segment_map(known)).shape[1] == WIDTH
        assert pixels(distribution_chart(dict.fromkeys(known.names, 3), known.names)).shape[1] == WIDTH
    assert "$a_b$" in words(map_figure(model(["$a_b$", "b"])))


def test_highlight_is_pointed_out_and_shades_for_its_own_profile() -> None:
    aged = model(tree=split([(0, 30.0), (1, 50.0), (2, 50.0), (1, 90.0)]))
    assert "Regions shaded for Age 38 years" in words(map_figure(aged))
    figure = map_figure(aged, None, (25, 60, 70))
    assert "Regions shaded for Age 25 years" in words(figure)
    assert "off the map" not in words(figure)
    # At 25 the tree answers its first segment everywhere.
    tint = mix(colour_of("Target", DEFAULT_NAMES), TINT, towards=1.0).upper()
    assert colours(segment_map(aged, None, (25, 60, 70)))[tint] > 300_000


def test_a_far_highlight_does_not_squeeze_the_map() -> None:
    figure = map_figure(model(), None, (35, 950, 70))
    assert figure.axes[0].get_xlim()[1] < 200
    assert "This customer (off the map)" in words(figure)
    check_layout(figure)


def test_a_near_highlight_widens_the_map_but_not_beyond_the_bounds() -> None:
    axes = map_figure(model(), customers(50), (35, 180, 100)).axes[0]
    assert axes.get_xlim()[1] > 180
    assert axes.get_ylim()[1] == 100


def test_only_a_sample_of_many_points_is_drawn() -> None:
    figure = map_figure(model(), customers(10_000))
    drawn = sum(len(np.asarray(c.get_offsets())) for c in figure.axes[0].collections if len(c.get_paths()) == 1)
    assert drawn == MAX_POINTS
    assert "3,000 of 10,000 customers" in words(figure)


def test_map_of_another_schema_uses_its_first_two_cluster_features() -> None:
    means = [(20.0, 30.0, 2e6), (90.0, 8.0, 4e5), (300.0, 1.0, 1e5)]
    known = model(["Champions", "At risk", "Lost"], RFM, means, split([(0, 60.0), (2, 3e5)]))
    figure = map_figure(known, means)
    for expected in ("Days since last order (days)", "Orders a year", "Champions", "At risk", "Lost"):
        assert expected in words(figure)
    assert "Regions shaded for Spend a year 2000000 €" in words(figure)
    check_layout(figure)


@pytest.mark.parametrize("count", [2, 6, 10])
def test_one_cluster_feature_makes_a_strip(count: int) -> None:
    means = [(150.0 * (i + 1),) for i in range(count)]
    known = model(LONG_NAMES[:count], SPEND, means)
    figure = map_figure(known, [[v] for v in np.linspace(100, 1800, 200).tolist()], (400,))
    assert "Monthly spend (€)" in words(figure)
    assert "This customer" in words(figure)
    check_layout(figure)
    seen = colours(segment_map(known))
    assert all(seen.get(colour_of(name, known.names), 0) > 100 for name in known.names)


def test_segments_all_in_one_place_still_make_a_map() -> None:
    check_layout(map_figure(model(["a", "b"], means=[(38.0, 50.0, 50.0)] * 2, tree=split([(1, 50.0)]))))


def test_a_vector_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="reshape"):
        segment_map(model(), [[1.0, 2.0]])
    with pytest.raises(ValueError, match="reshape"):
        segment_map(model(), None, (1.0, 2.0))


def test_close_calls_are_hollow_and_the_note_says_so(trained: Trained) -> None:
    known, everybody = trained.model, sample_customers().tolist()
    close = [one for one in everybody if known.predict_at(one).borderline]
    clear = [one for one in everybody if not known.predict_at(one).borderline]
    assert close
    assert clear
    assert "200 customers · hollow: a close call" in words(map_figure(known, everybody))
    assert "hollow" not in words(map_figure(known, clear))

    def filled(figure: Figure) -> int:
        marks = [one for one in figure.axes[0].collections if isinstance(one, PathCollection)]
        return sum(
            len(np.asarray(one.get_offsets()))
            for one in marks
            if to_hex(np.asarray(one.get_facecolor())[0].tolist()).upper() != GROUND
        )

    assert filled(map_figure(known, everybody)) == len(clear)


def test_customers_are_said_in_words_with_those_that_are_close_calls(trained: Trained) -> None:
    known, everybody = trained.model, sample_customers().tolist()
    text = customers_text(known, everybody)
    assert text.startswith("200 customers on the segment map by annual income and spending score: Target ")
    calls = sum(known.predict_at(one).borderline for one in everybody)
    assert text.endswith(f". {calls} of them are close calls, drawn hollow")
    assert customers_text(known, [[38, 86.5, 82.1]]).endswith("spending score: Target 1")
