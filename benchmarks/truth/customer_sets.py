"""Generated customers for `benchmarks.truth`: sets whose groups are known, and sets without any groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count, product
from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.schema import Feature, Role, Schema

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Customers spread over the whole box, as a share of those in groups.
_NOISE: Final = 0.05
_PER_GROUP: Final = (60, 120)
# Nearest centres are this many standard deviations apart.
_APART: Final = (5.0, 8.0)
_RATING: Final = 500
_LIMIT: Final = 10_000.0


@dataclass(frozen=True)
class CustomerSet:
    """Generated customers and their true number of groups.

    Parameters
    ----------
    kind
        How they were generated, in a word or two.
    k
        Groups; 1 for a set without.
    values
        (n, d) customers, in the units of `schema_of(d)`.
    fresh
        (m, d) more customers from the same source.
    """

    kind: str
    k: int
    values: NDArray[np.float64]
    fresh: NDArray[np.float64]

    @property
    def schema(self) -> Schema:
        """A schema in which every feature decides."""
        return schema_of(self.values.shape[1])


def schema_of(features: int) -> Schema:
    """Return a schema of cluster features that allows what is generated here, with no rules for names."""
    return Schema(
        name="generated",
        features=tuple(
            Feature(f"f{i}", f"Feature {i}", "", -_LIMIT, _LIMIT, Role.CLUSTER, decimals=3) for i in range(features)
        ),
        rules=(),
        borderline_below=0.3,
    )


def grouped(kind: str, k: int, features: int, seed: int) -> CustomerSet:
    """Generate customers in `k` groups.

    Parameters
    ----------
    kind
        One of `GROUPED`.
    """
    shape, rng = GROUPED[kind], np.random.default_rng([seed, k, features, list(GROUPED).index(kind)])
    spreads = rng.uniform(0.5, 1.5, k) if shape.spreads else np.ones(k)
    centres = _centres(k, features, spreads, rng)
    shares = np.exp(rng.uniform(0, np.log(5), k)) if shape.sizes else np.ones(k)
    forms = [_form(features, rng) if shape.stretched else np.eye(features) for _ in range(k)]
    total = int(rng.integers(*_PER_GROUP)) * k
    sizes = np.maximum(np.round(total * shares / shares.sum()), 20).astype(int)

    def draw() -> NDArray[np.float64]:
        parts = [
            centre + spread * rng.standard_normal((size, features)) @ form
            for centre, spread, size, form in zip(centres, spreads, sizes, forms, strict=True)
        ]
        if shape.noise:
            low, high = np.vstack(parts).min(axis=0), np.vstack(parts).max(axis=0)
            parts.append(rng.uniform(low, high, (int(_NOISE * total), features)))
        return np.round(rng.permutation(np.vstack(parts)), 3)

    return CustomerSet(kind, k, draw(), draw())


def rated(k: int, features: int, seed: int) -> CustomerSet:
    """Generate customers in `k` groups, each of which mostly rates everything low or high on a scale from 1 to 7."""
    rng = np.random.default_rng([seed, features, k])
    ends = np.array(list(product((2.0, 6.0), repeat=features)))
    centres = ends[rng.permutation(len(ends))[:k]]

    def draw() -> NDArray[np.float64]:
        around = centres[rng.integers(0, k, _RATING)]
        return np.clip(np.round(around + rng.normal(0, 0.8, around.shape)), 1, 7)

    return CustomerSet("rated from 1 to 7", k, draw(), draw())


def structureless(kind: str, features: int, rows: int, seed: int) -> CustomerSet:
    """Generate customers without groups.

    Parameters
    ----------
    kind
        One of `STRUCTURELESS`.
    """
    rng = np.random.default_rng([seed, features, rows, list(STRUCTURELESS).index(kind)])
    form = _form(features, rng)

    def draw() -> NDArray[np.float64]:
        return np.round(STRUCTURELESS[kind](rng, (rows, features), form), 3)

    return CustomerSet(kind, 1, draw(), draw())


@dataclass(frozen=True, slots=True)
class _Shape:
    """What is unlike in groups that are not plain blobs."""

    sizes: bool = False
    spreads: bool = False
    stretched: bool = False
    noise: bool = False


GROUPED: Final[Mapping[str, _Shape]] = {
    "blobs": _Shape(),
    "unequal sizes": _Shape(sizes=True),
    "unequal spreads": _Shape(spreads=True),
    "unequal sizes and spreads": _Shape(sizes=True, spreads=True),
    "stretched": _Shape(stretched=True),
    "noise": _Shape(noise=True),
}

_Draw = Callable[["np.random.Generator", tuple[int, int], "NDArray[np.float64]"], "NDArray[np.float64]"]
STRUCTURELESS: Final[Mapping[str, _Draw]] = {
    "uniform": lambda rng, shape, _form: rng.uniform(0, 100, shape),
    "one Gaussian": lambda rng, shape, _form: rng.normal(50, 10, shape),
    "stretched Gaussian": lambda rng, shape, form: 50 + 10 * rng.standard_normal(shape) @ form,
    "correlated": lambda rng, shape, _form: 50 + 8 * rng.standard_normal((shape[0], 1)) + rng.normal(0, 5, shape),
    "rounded uniform": lambda rng, shape, _form: rng.integers(1, 11, shape).astype(np.float64),
    "rounded Gaussian": lambda rng, shape, _form: np.round(rng.normal(20, 4, shape)),
    "skewed, gamma": lambda rng, shape, _form: rng.gamma(3.0, 10.0, shape),
    "skewed, lognormal": lambda rng, shape, _form: rng.lognormal(3.0, 0.6, shape),
}


def _centres(k: int, features: int, spreads: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Place centres at random, none nearer to another than a drawn number of their standard deviations."""
    apart = rng.uniform(*_APART)
    for tries in count():
        side = apart * k ** (1 / features) * (1.2 + tries / 200)
        centres: NDArray[np.float64] = rng.uniform(0, side, (k, features))
        distance = np.linalg.norm(centres[:, None] - centres[None], axis=2)
        needed = apart * (spreads[:, None] + spreads[None]) / 2
        if (distance + np.eye(k) * apart * 2 >= needed).all():
            return centres
    raise AssertionError  # pragma: no cover - `count` never ends


def _form(features: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a rotated stretching: a standard deviation of 1 to 2 along each axis, of mean 1 in all."""
    rotation, _ = np.linalg.qr(rng.standard_normal((features, features)))
    lengths = rng.uniform(1, 2.5, features)
    stretched: NDArray[np.float64] = np.diag(lengths / np.sqrt((lengths**2).mean())) @ rotation
    return stretched
