"""A density's counts → bands around the places where most customers are, at any positions on a map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from segmentation.scales import scaled

if TYPE_CHECKING:
    from segmentation.charts.map_axes import MapAxes
    from segmentation.charts.sheet.labels import Array
    from segmentation.density import Density
    from segmentation.schema import Feature

# The outermost band holds nearly all customers, the innermost the densest places.
BANDS: Final = (0.97, 0.8, 0.5, 0.25)
# Of D. W. Scott's normal reference rule for the kernel's width ("Multivariate Density Estimation", 1992): customers in
# several groups are far from one normal distribution, for which it would be right.
_OF_SCOTT: Final = 0.4
# In cells: fewer would show the grid.
_NARROWEST: Final = 0.8
_PADDING: Final = 8


def density_bands(density: Density | None, map_axes: MapAxes, x: Array, y: Array) -> npt.NDArray[np.intp]:
    """Return the band, shape (len(y), len(x)), that each position is in: 0 outside, `len(BANDS)` in the innermost.

    Parameters
    ----------
    density
        None, or one over other features, has no bands.
    x, y
        Values in the features' units.
    """
    nowhere = np.zeros((len(y), len(x)), dtype=np.intp)
    features = [axis.feature for axis in map_axes.axes]
    if density is None or not map_axes.shows(density):
        return nowhere
    counts = np.array(density.counts, dtype=np.float64)
    total = counts.sum()
    if not total:
        return nowhere
    # Across first, then upwards.
    for axis, feature in zip((1, 0), features, strict=False):
        counts = _smoothed(np.moveaxis(counts, axis, -1), total, len(features), feature)
        counts = np.moveaxis(counts, -1, axis)
    descending = np.sort(counts, axis=None)[::-1]
    held = np.cumsum(descending)
    thresholds = descending[np.searchsorted(held, np.array(BANDS) * held[-1])]
    values = _between(counts, 1, _cells(x, features[0], density, 0))
    # With one feature, the positions upwards mean nothing.
    values = _between(values, 0, _cells(y, features[1], density, 1)) if len(features) > 1 else values + nowhere
    return np.asarray(np.searchsorted(thresholds, values, side="right"))


def _cells(values: Array, feature: Feature, density: Density, at: int) -> Array:
    """Return positions in cells from the middle of the first padded one."""
    return np.asarray((scaled(values, feature) - density.low[at]) / density.step[at] - 0.5 + _PADDING)


def _smoothed(counts: Array, total: float, features: int, feature: Feature) -> Array:
    """Smooth along the last axis, with empty cells added at both ends; categories stay as they are."""
    padded = np.pad(counts, [(0, 0), (_PADDING, _PADDING)])
    if feature.is_category:
        return padded
    shares, cells = counts.sum(axis=0) / total, np.arange(counts.shape[1])
    spread = np.sqrt((shares * (cells - shares @ cells) ** 2).sum())
    width = max(_NARROWEST, _OF_SCOTT * spread * total ** (-1 / (features + 4)))
    away = np.arange(padded.shape[1])
    kernel = np.exp(-0.5 * ((away[:, None] - away) / width) ** 2)
    return np.asarray(padded @ (kernel / kernel.sum(axis=0)))


def _between(values: Array, axis: int, cells: Array) -> Array:
    """Interpolate linearly along an axis at positions in cells; beyond both ends there is nobody."""
    last = values.shape[axis] - 1
    below = np.clip(np.floor(cells), 0, last - 1).astype(np.intp)
    part = np.clip(cells - below, 0, 1)
    part = part if axis else part[:, None]
    return np.asarray(values.take(below, axis) * (1 - part) + values.take(below + 1, axis) * part)
