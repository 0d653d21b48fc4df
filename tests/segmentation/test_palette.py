"""Every segment has a look of its own, and keeps it."""

from __future__ import annotations

import itertools
import subprocess
import sys

import numpy as np
import numpy.typing as npt
import pytest
from chart_cases import (
    DEFAULT_NAMES,
    LONG_NAMES,
)

from segmentation.palette import FURTHER, PALETTE, colour_of, look_of, square_of


def test_default_names_keep_their_colours_whoever_else_is_there() -> None:
    alone = {name: look_of(name, [name]) for name in DEFAULT_NAMES}
    assert {name: look_of(name, DEFAULT_NAMES) for name in DEFAULT_NAMES} == alone
    crowd = [*LONG_NAMES[:5], *DEFAULT_NAMES]
    assert {name: look_of(name, crowd) for name in DEFAULT_NAMES} == alone
    assert [square_of(name, DEFAULT_NAMES) for name in DEFAULT_NAMES] == [
        "🟦",
        "🟪",
        "🟧",
        "🟩",
        "🟫",
    ]


def test_colours_do_not_depend_on_the_order_of_names() -> None:
    expected = [colour_of(name, LONG_NAMES) for name in LONG_NAMES]
    assert [colour_of(name, LONG_NAMES[::-1]) for name in LONG_NAMES] == expected
    assert [colour_of(name, sorted(LONG_NAMES)) for name in LONG_NAMES] == expected


def test_ten_segments_differ_in_colour_marker_and_emoji() -> None:
    looks = [look_of(name, LONG_NAMES) for name in LONG_NAMES]
    for part in ("colour", "marker", "square"):
        assert len({getattr(look, part) for look in looks}) == 10


def test_fifteen_segments_differ_in_colour_and_marker_and_the_first_ten_are_as_ever() -> None:
    names = [f"segment {i}" for i in range(15)]
    for part in ("colour", "marker"):
        assert len({getattr(look_of(name, names), part) for name in names}) == 15
    # Further colours come last: with eleven segments one has such a colour.
    eleven = {look_of(name, names[:11]).colour for name in names[:11]}
    assert eleven > {look.colour for look in PALETTE}


def test_twenty_segments_still_differ_in_colour_and_marker_together() -> None:
    names = [f"segment {i}" for i in range(20)]
    assert len({(look_of(n, names).colour, look_of(n, names).marker) for n in names}) == 20


def test_a_new_segment_of_a_default_name_moves_no_other_colour() -> None:
    names = ["Champions", "At risk", "Loyal"]
    before = [colour_of(name, names) for name in names]
    assert [colour_of(name, [*names, *DEFAULT_NAMES]) for name in names] == before


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        colour_of("Nobody", DEFAULT_NAMES)


def test_palette_colours_stay_apart_for_colour_blind_eyes() -> None:
    # Full dichromacy after Machado, Oliveira & Fernandes (2009), on linear RGB; CIE76 distance.
    simulations = {
        "normal": np.eye(3),
        "protanopia": np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
        "deuteranopia": np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
        "tritanopia": np.array([[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]]),
    }
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])

    def lab(colour: str, simulation: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        xyz = to_xyz @ np.clip(simulation @ linear, 0, 1) / [0.9505, 1.0, 1.089]
        x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
        return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])

    for eyes, simulation in simulations.items():
        for a, b in itertools.combinations([look.colour for look in (*PALETTE, *FURTHER)], 2):
            assert np.linalg.norm(lab(a, simulation) - lab(b, simulation)) > 15, (eyes, a, b)


def test_the_palette_needs_no_plotting_library() -> None:
    code = "import sys, segmentation.palette; sys.exit('matplotlib' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
