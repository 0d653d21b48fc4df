"""Whether a model may be believed: how often the number of groups is right, and whether customers without any are told.

`python -m benchmarks truth`. Everything is generated from seeds that nothing was tuned on (tuning used seeds 100 to
102), except for the reference data, which are read from beside the project if they are there.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.customer_sets import GROUPED, STRUCTURELESS, CustomerSet, grouped, structureless
from benchmarks.figures import Figure, Goal, Measurement, Section
from segmentation.schema_data import default_schema
from segmentation.training.dataset import gather
from segmentation.training.groups.choice import choose_k
from segmentation.training.groups.structure import find_structure
from segmentation.training.groups.sweep import sweep
from segmentation.training.space import Space

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.trained_sample import TrainedSample
    from segmentation.schema import Schema
    from segmentation.training.report import KChoice, Structure

_SEEDS: Final = (200, 201, 202)
_FEATURES: Final = (2, 5)
_KS: Final = range(2, 11)
_ROWS: Final = (200, 500, 1000, 2000)
_SUBSAMPLES: Final = 100
_REFERENCE: Final = Path(__file__).parents[2] / "shared" / "data" / "Mall_Customers.csv"
_REFERENCE_K: Final = 5

Found = tuple["KChoice", "Structure | None"]


def measure(sample: TrainedSample, *, quick: bool) -> Section:
    """Count groups in sets with known groups, in sets without, and in subsamples of the reference data."""
    del sample
    known = list(_known(_SEEDS[:1] if quick else _SEEDS, _KS[::4] if quick else _KS))
    found = [(each, *_look(each.values, each.schema)) for each in known]
    without = [_look(each.values, each.schema)[1] for each in _without(_ROWS[:1] if quick else _ROWS)]
    again = list(_reference(_SUBSAMPLES // 10 if quick else _SUBSAMPLES))
    right, none = _share([choice.k == each.k for each, choice, _ in found]), f"of {len(without)}"
    kinds = [_measurement(kind, [item for item in found if item[0].kind == kind]) for kind in GROUPED]
    return Section(
        "truth: the number of groups, and whether there are any",
        f"{len(known)} sets with known groups, {len(without)} without, {len(again)} subsamples of 90 % of the "
        "reference data; on seeds that nothing was tuned on. Shares of sets.",
        (*kinds, _measurement("all", found)),
        (
            Figure("right k on known sets", right, "", Goal.least(0.93)),
            Figure("no groups said where there are none", _said(without), none, _goal(58 / 64, without)),
            Figure("no groups said of known sets", _said([structure for *_, structure in found]), "", Goal.most(0)),
            *_reference_figures(again),
        ),
    )


def _goal(share: float, sets: Sequence[object]) -> Goal:
    return Goal.least(round(share * len(sets)))


def _known(seeds: Sequence[int], ks: Sequence[int]) -> Iterator[CustomerSet]:
    for seed in seeds:
        for features in _FEATURES:
            for kind in GROUPED:
                yield from (grouped(kind, k, features, seed) for k in ks)


def _without(sizes: Sequence[int]) -> Iterator[CustomerSet]:
    for features in _FEATURES:
        for rows in sizes:
            yield from (structureless(kind, features, rows, _SEEDS[0]) for kind in STRUCTURELESS)


def _look(values: NDArray[np.float64], schema: Schema) -> Found:
    """Choose k and look for groups as a training does, without growing a tree."""
    points = Space.of(gather(values, schema), schema).coarse
    swept = sweep(points.points, points.counts, 0, points.scatter)
    return choose_k(swept), find_structure(points.points, points.counts, swept, 0)


def _reference(subsamples: int) -> Iterator[Found]:
    if not _REFERENCE.exists():
        return
    with _REFERENCE.open(newline="") as file:
        values = np.array([[float(cell) for cell in row[2:]] for row in list(csv.reader(file))[1:]])
    for seed in range(_SEEDS[0], _SEEDS[0] + subsamples):
        kept = np.random.default_rng(seed).choice(len(values), len(values) * 9 // 10, replace=False)
        yield _look(values[kept], default_schema())


def _reference_figures(again: Sequence[Found]) -> Iterator[Figure]:
    if not again:
        return
    fives = float(sum(choice.k == _REFERENCE_K for choice, _ in again))
    yield Figure("reference subsamples with k = 5", fives, f"of {len(again)}", _goal(0.98, again))
    yield Figure("no groups said of reference subsamples", _said([found for _, found in again]), "", Goal.most(0))


def _measurement(subject: str, found: Sequence[tuple[CustomerSet, KChoice, Structure | None]]) -> Measurement:
    ways: dict[str, Callable[[KChoice], int | None]] = {
        "right k": lambda choice: choice.k,
        "elbow alone": lambda choice: choice.elbow,
        "silhouette alone": lambda choice: choice.silhouette,
    }
    shares = {name: _share([way(choice) == each.k for each, choice, _ in found]) for name, way in ways.items()}
    return Measurement(subject, {"sets": len(found), **shares})


def _said(structures: Sequence[Structure | None]) -> float:
    return float(sum(structure is not None and not structure.grouped for structure in structures))


def _share(right: Sequence[bool]) -> float:
    return float(np.mean(right))
