"""Bands of density lie where customers are, and the map is darker there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from chart_cases import DEFAULT_NAMES, SPEND, check_layout, colours, customers, model, words

from segmentation.charts.density_bands import BANDS, density_bands
from segmentation.charts.map_axes import DARKER, MapAxes, map_axes_of
from segmentation.charts.map_drawing import DENSE, TINT
from segmentation.charts.segment_map import map_figure, segment_map
from segmentation.charts.sheet.ink import INK, TEXT_CONTRAST, contrast, mix
from segmentation.density import Density
from segmentation.model import SegmentModel
from segmentation.palette import PALETTE, colour_of


def crowd(x: int, y: int) -> Density:
    """A thousand customers in one cell of twenty by twenty, and one in each other."""
    counts = np.ones((20, 20), dtype=int)
    counts[y, x] = 1000
    return Density(("income", "score"), (10.0, 0.0), (6.0, 5.0), tuple(map(tuple, counts.tolist())))


def axes_of(known: SegmentModel) -> MapAxes:
    return map_axes_of(known, np.empty((0, len(known.schema.features))), None)


def test_the_innermost_band_is_where_most_customers_are() -> None:
    known = replace(model(), density=crowd(12, 15))
    x, y = np.arange(10, 130, 1.0), np.arange(0, 100, 1.0)
    bands = density_bands(known.density, axes_of(known), x, y)
    assert bands.shape == (100, 120)
    rows, columns = np.nonzero(bands == len(BANDS))
    # The middle of the cell, in the features' units.
    assert abs(x[columns].mean() - (10 + 12.5 * 6)) < 1
    assert abs(y[rows].mean() - 15.5 * 5) < 1
    assert bands[0, 0] < len(BANDS) - 1


def test_bands_hold_the_shares_that_they_stand_for() -> None:
    rng = np.random.default_rng(1)
    spots = rng.normal((60, 50), (15, 12), (20_000, 2))
    counts, _, _ = np.histogram2d(spots[:, 1], spots[:, 0], bins=30, range=((0, 100), (0, 120)))
    density = Density(("income", "score"), (0.0, 0.0), (4.0, 100 / 30), tuple(map(tuple, counts.astype(int).tolist())))
    known = replace(model(), density=density)
    x, y = np.linspace(0, 120, 601), np.linspace(0, 100, 501)
    bands = density_bands(density, axes_of(known), x, y)
    mine = bands[np.rint(spots[:, 1].clip(0, 100) * 5).astype(int), np.rint(spots[:, 0].clip(0, 120) * 5).astype(int)]
    for band, share in enumerate(BANDS, 1):
        assert abs((mine >= band).mean() - share) < 0.05


def test_no_density_or_one_over_other_features_has_no_bands() -> None:
    known, x = model(), np.arange(5.0)
    others = replace(crowd(1, 1), features=("score", "income"))
    empty = replace(crowd(1, 1), counts=((0,) * 20,) * 20)
    for density in (None, others, empty):
        assert not density_bands(density, axes_of(known), x, x).any()


def test_one_feature_has_bands_along_it() -> None:
    density = Density(("spend",), (0.0,), (100.0,), ((1, 1, 50, 1, 1, 1, 0, 1),))
    known = replace(model(["a", "b"], SPEND, [(200.0,), (600.0,)]), density=density)
    bands = density_bands(density, axes_of(known), np.array([250.0, 750.0]), np.array([0.2, 0.8]))
    assert (bands[0] == bands[1]).all()
    assert bands[0, 0] == len(BANDS)
    assert bands[0, 1] < len(BANDS)
    figure = map_figure(known)
    check_layout(figure)
    assert DARKER in words(figure)


def test_the_map_is_darker_where_customers_are_and_says_so() -> None:
    known = replace(model(), density=crowd(12, 15))
    figure = map_figure(known)
    assert f"5 segments · {DARKER}" in words(figure)
    seen = colours(segment_map(known))
    assert any(mix(colour_of(name, DEFAULT_NAMES), DENSE[-1], towards=1.0).upper() in seen for name in DEFAULT_NAMES)
    assert segment_map(known) == segment_map(known)


def test_points_stand_instead_of_the_density() -> None:
    known = replace(model(), density=crowd(12, 15))
    assert DARKER not in words(map_figure(known, customers(50)))
    assert segment_map(known, customers(50)) == segment_map(model(), customers(50))


def test_a_model_without_density_has_one_tint_a_region() -> None:
    assert DARKER not in words(map_figure(model()))
    seen = colours(segment_map(model()))
    for name in DEFAULT_NAMES:
        tints = [mix(colour_of(name, DEFAULT_NAMES), tint, towards=1.0).upper() for tint in (TINT, *DENSE)]
        assert [tint in seen for tint in tints] == [True, False, False, False, False]


def test_the_axes_reach_as_far_as_the_customers() -> None:
    known = replace(model(), density=crowd(12, 15))
    assert map_figure(known).axes[0].get_xlim()[1] > map_figure(model()).axes[0].get_xlim()[1]


def test_text_is_read_on_every_band() -> None:
    for look in PALETTE:
        for tint in (TINT, *DENSE):
            assert contrast(INK, mix(look.colour, tint, towards=1.0)) >= TEXT_CONTRAST
    assert len(DENSE) == len(BANDS)
