"""What a training sees in a set of customers before it grows a tree; each set is looked at once a run."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.truth.customer_sets import GROUPED, STRUCTURELESS, grouped, rated, structureless
from benchmarks.truth.reference import reference_values
from segmentation.schema_data import default_schema
from segmentation.training.groups.choice import choose_k
from segmentation.training.groups.rounded import spread_steps
from segmentation.training.groups.structure import find_structure
from segmentation.training.groups.sweep import sweep
from segmentation.training.points.dataset import gather
from segmentation.training.space import Points, Space

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.schema import Schema
    from segmentation.training.reports.training import KChoice, Structure, SweepPoint


@dataclass(frozen=True, slots=True)
class Extent:
    """How many sets to look at.

    Parameters
    ----------
    seeds, features, ks
        Of the sets with known groups, each combination once a kind.
    rows
        Of the sets without groups, each number once a kind with each number of features.
    subsamples
        Of the reference data.
    groups, none
        The kinds of sets with known groups, and of sets without.
    """

    seeds: Sequence[int]
    features: Sequence[int]
    ks: Sequence[int]
    rows: Sequence[int]
    subsamples: int
    groups: Sequence[str] = tuple(GROUPED)
    none: Sequence[str] = tuple(STRUCTURELESS)


# Tuning used the seeds 100 to 102.
FULL: Final = Extent((200, 201, 202), (2, 5), range(2, 11), (200, 500, 1000, 2000), 100)
QUICK: Final = Extent((200,), (2, 5), (2, 6, 10), (200,), 10)


@dataclass(frozen=True)
class Look:
    """A set of customers, and what a sweep over k measured on it.

    Parameters
    ----------
    kind, k
        How the customers were made, and their true number of groups; 1 if they are in none.
    points
        The customers in scaled space.
    swept
        Inertia and silhouette for each k.
    """

    kind: str
    k: int
    points: Points
    swept: tuple[SweepPoint, ...]

    @classmethod
    def at(cls, kind: str, k: int, values: NDArray[np.float64], schema: Schema) -> Look:
        """Look at (n, d) values in schema order."""
        points = spread_steps(Space.of(gather(values, schema), schema).coarse, 0)
        return cls(kind, k, points, sweep(points.points, points.counts, 0, points.scatter))

    def choice(self) -> KChoice:
        """Choose k as a first training does."""
        return choose_k(self.swept)

    def structure(self) -> tuple[Structure | None, float]:
        """Look for groups as a training does; and the seconds that this took."""
        began = time.perf_counter()
        found = find_structure(self.points.points, self.points.counts, self.swept, 0)
        return found, time.perf_counter() - began


def known(extent: Extent) -> Iterator[Look]:
    """Look at the sets with known groups."""
    for seed in extent.seeds:
        for features in extent.features:
            for kind in extent.groups:
                for k in extent.ks:
                    yield _known(kind, k, features, seed)


def ratings(extent: Extent) -> Iterator[Look]:
    """Look at the sets of ratings with known groups."""
    for seed in extent.seeds:
        for features in (2, 3):
            for k in (2, 3, 4):
                found = rated(k, features, seed)
                yield Look.at(found.kind, k, found.values, found.schema)


def without(extent: Extent) -> Iterator[Look]:
    """Look at the sets without groups."""
    for features in extent.features:
        for rows in extent.rows:
            for kind in extent.none:
                found = structureless(kind, features, rows, extent.seeds[0])
                yield Look.at(kind, 1, found.values, found.schema)


def subsamples(extent: Extent) -> Iterator[Look]:
    """Look at subsamples of 90 % of the reference data; at none if these are not there."""
    for seed in range(extent.seeds[0], extent.seeds[0] + extent.subsamples):
        found = _subsample(seed)
        if found is not None:
            yield found


def share(right: Sequence[bool]) -> float:
    """Return the share of what is true."""
    return float(np.mean(right))


@cache
def _known(kind: str, k: int, features: int, seed: int) -> Look:
    found = grouped(kind, k, features, seed)
    return Look.at(kind, k, found.values, found.schema)


@cache
def _subsample(seed: int) -> Look | None:
    values = reference_values()
    if values is None:
        return None
    kept = np.random.default_rng(seed).choice(len(values), len(values) * 9 // 10, replace=False)
    return Look.at("reference", 5, values[kept], default_schema())
