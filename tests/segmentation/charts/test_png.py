"""The files: small, alike every time, drawn without global state."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from chart_cases import (
    LONG_NAMES,
    SWEEP,
    customers,
    model,
    pixels,
)
from matplotlib.colors import to_rgb

from segmentation.charts.distribution import distribution_chart
from segmentation.charts.elbow import elbow_chart
from segmentation.charts.segment_map import segment_map
from segmentation.charts.sheet.ink import GROUND, RULE
from segmentation.charts.sheet.sheet import WIDTH


def test_same_input_gives_same_bytes_also_in_threads() -> None:
    known, points = model(), customers(500)

    def draw(_: int) -> tuple[bytes, bytes, bytes]:
        return (
            segment_map(known, points, (35, 60, 70)),
            elbow_chart(SWEEP, 5, 4, 6),
            distribution_chart({"Target": 3, "Miser": 2}, known.names),
        )

    with ThreadPoolExecutor(2) as pool:
        drawn = list(pool.map(draw, range(3)))
    assert set(drawn) == {draw(0)}


def test_files_are_small_and_as_wide_as_promised() -> None:
    files = [
        segment_map(model(LONG_NAMES), customers(5000), (35, 60, 70)),
        elbow_chart(SWEEP, 5, 4, 6),
        distribution_chart(dict.fromkeys(LONG_NAMES, 7), LONG_NAMES),
    ]
    for file in files:
        assert len(file) < 150_000
        picture = pixels(file)
        height, width, _ = picture.shape
        assert width == WIDTH
        assert height <= 1.35 * width
        # Opaque and framed, so that it is a card of its own on a light page and on a dark one.
        assert np.allclose(picture[[0, -1]][:, [0, -1], :3], to_rgb(RULE))
        assert np.allclose(picture[4, 4, :3], to_rgb(GROUND))


def test_global_plotting_state_stays_untouched() -> None:
    code = (
        "import sys; from segmentation.charts.distribution import distribution_chart;"
        "distribution_chart({'Target': 1}, ['Target']); sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
