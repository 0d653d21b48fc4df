"""Sources of customers to draw any number of samples from: a shop's next export is another sample of its customers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.truth.customer_sets import schema_of
from segmentation.schema import Scale
from segmentation.schema_data import default_schema

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.schema import Schema

_GROUPS: Final = 5
_LARGEST: Final = 9_999.0


@dataclass(frozen=True)
class Source:
    """Where samples of customers come from.

    Parameters
    ----------
    schema
        What a sample's columns are.
    k
        The segments to train.
    rows
        The customers of one sample.
    draw
        Draws so many customers, (rows, d), independently of all other draws.
    """

    schema: Schema
    k: int
    rows: int
    draw: Callable[[int, np.random.Generator], NDArray[np.float64]]

    def sample(self, seed: int) -> NDArray[np.float64]:
        """Draw one sample."""
        return self.draw(self.rows, np.random.default_rng(seed))


def source(kind: str, features: int, rows: int) -> Source:
    """Return a source of one of `KINDS`."""
    return KINDS[kind](features, rows)


def reference_source(values: NDArray[np.float64]) -> Source:
    """Return the source that the reference data stand for: samples are drawn from them with replacement."""
    return Source(
        default_schema(), _GROUPS, len(values), lambda rows, rng: values[rng.integers(len(values), size=rows)]
    )


def _groups(apart: float, noise: float = 0.0) -> Callable[[int, int], Source]:
    """Return round groups; the nearest centres are `apart` standard deviations from each other."""

    def made(features: int, rows: int) -> Source:
        rng = np.random.default_rng([features, _GROUPS])
        centres = rng.uniform(0, 1, (_GROUPS, features))
        gaps = np.linalg.norm(centres[:, None] - centres[None], axis=2) + np.eye(_GROUPS) * features
        centres *= apart / gaps.min()
        low, high = centres.min(axis=0) - 3, centres.max(axis=0) + 3

        def draw(rows: int, rng: np.random.Generator) -> NDArray[np.float64]:
            found: NDArray[np.float64] = centres[rng.integers(_GROUPS, size=rows)]
            found = found + rng.standard_normal((rows, features))
            strays = rng.random(rows) < noise
            found[strays] = rng.uniform(low, high, (int(strays.sum()), features))
            return np.asarray(np.round(found, 3), dtype=np.float64)

        return Source(schema_of(features), _GROUPS, rows, draw)

    return made


def _shops(scale: Scale) -> Callable[[int, int], Source]:
    """Return four kinds of customers whose values are heavy-tailed: lognormal."""

    def made(features: int, rows: int) -> Source:
        rng = np.random.default_rng([features, 4])
        middles, widths = rng.uniform(0, 4, (4, features)), rng.uniform(0.3, 0.7, (4, features))

        def draw(rows: int, rng: np.random.Generator) -> NDArray[np.float64]:
            kinds = rng.integers(4, size=rows)
            logs = middles[kinds] + widths[kinds] * rng.standard_normal((rows, features))
            return np.asarray(np.round(np.minimum(np.exp(logs), _LARGEST), 3), dtype=np.float64)

        plain = schema_of(features)
        scaled = tuple(replace(feature, minimum=0.0, scale=scale) for feature in plain.features)
        return Source(replace(plain, features=scaled), 4, rows, draw)

    return made


def _correlated(features: int, rows: int) -> Source:
    """Return customers on one long axis, cut into five parts: no groups, as many real shops have none."""

    def draw(rows: int, rng: np.random.Generator) -> NDArray[np.float64]:
        along = 8 * rng.standard_normal((rows, 1))
        return np.round(50 + along + 5 * rng.standard_normal((rows, features)), 3)

    return Source(schema_of(features), _GROUPS, rows, draw)


KINDS: Final[Mapping[str, Callable[[int, int], Source]]] = {
    "clear groups": _groups(6.0),
    "overlapping groups": _groups(3.0),
    "groups and strays": _groups(5.0, noise=0.05),
    "one axis": _correlated,
    "heavy-tailed": _shops(Scale.PLAIN),
    "heavy-tailed, log scale": _shops(Scale.LOG),
}
