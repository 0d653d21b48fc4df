"""Whether the fidelity that a training reports is what customers it has never seen will find."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from benchmarks.figures import Figure, Goal, Measurement, Section
from benchmarks.truth.customer_sets import GROUPED, STRUCTURELESS, grouped, structureless
from benchmarks.truth.reference import reference_values
from segmentation.schema_data import default_schema
from segmentation.training.train import train

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.trained_sample import TrainedSample
    from segmentation.schema import Schema

_SEED: Final = 400
_ROUNDS: Final = 3
_K: Final = 5
_ROWS: Final = 1000
# The reference data are few: so many pairs of halves are taken, one half to train with and one to ask about.
_HALVES: Final = 20
_REFERENCE: Final = "reference, halves"


@dataclass(frozen=True, slots=True)
class Judged:
    """What a training reported of its tree, and what customers that it has not seen say; shares, 0 to 1."""

    generated: float
    held_out: float
    unseen: float

    @property
    def reported(self) -> float:
        """The figure that the gate judges by."""
        return min(self.generated, self.held_out)

    @classmethod
    def of(cls, values: NDArray[np.float64], fresh: NDArray[np.float64], schema: Schema) -> Judged:
        """Train with some customers, and ask tree and centroids about fresh ones."""
        trained = train(values, schema, k=_K)
        frame = pd.DataFrame(fresh, columns=list(schema.names))
        answers = [pipeline.predict(frame) for pipeline in trained.pipelines.values()]
        held_out = trained.report.fidelity_held_out
        return cls(
            trained.report.fidelity,
            trained.report.fidelity if held_out is None else held_out,
            float(np.mean(answers[0] == answers[1])),
        )


def measure(sample: TrainedSample, *, quick: bool) -> Section:
    """Train with generated sets and with halves of the reference data."""
    del sample
    if quick:
        return measured(("blobs", "uniform"), (2,), 1, 2)
    return measured((*GROUPED, *STRUCTURELESS), (2, 5), _ROUNDS, _HALVES)


def measured(kinds: Sequence[str], features: Sequence[int], rounds: int, halves: int) -> Section:
    """Train with `rounds` sets of each kind and number of features, and with so many halves of the reference data."""
    found = {kind: [_generated(kind, count, seed) for seed in range(rounds) for count in features] for kind in kinds}
    if half := list(_halves(halves)):
        found[_REFERENCE] = half
    off = {kind: _mean(judged, "reported") - _mean(judged, "unseen") for kind, judged in found.items()}
    flattering = max(_mean(judged, "generated") - _mean(judged, "unseen") for judged in found.values())
    return Section(
        "truth, fidelity: whether the agreement of tree and clusters is what unseen customers find",
        f"Means over {rounds * len(features)} sets a kind with k = {_K}, and over {len(half)} halves of the reference "
        "data, whose other half is not seen. Reported is the lower of the first two.",
        tuple(_measurement(kind, judged) for kind, judged in found.items()),
        (
            Figure("fidelity reported, off by at most", max(map(abs, off.values())), "", Goal.most(0.01)),
            Figure("generated customers alone flatter by at most", flattering, ""),
        ),
    )


def _generated(kind: str, features: int, seed: int) -> Judged:
    if kind in GROUPED:
        found = grouped(kind, _K, features, _SEED + seed)
    else:
        found = structureless(kind, features, _ROWS, _SEED + seed)
    return Judged.of(found.values, found.fresh, found.schema)


def _halves(count: int) -> Iterator[Judged]:
    values = reference_values()
    if values is None:
        return
    for seed in range(_SEED, _SEED + count):
        mixed = np.random.default_rng(seed).permutation(values)
        seen, unseen = np.array_split(mixed, 2)
        yield Judged.of(seen, unseen, default_schema())


def _measurement(kind: str, judged: Sequence[Judged]) -> Measurement:
    names = ("generated", "held_out", "reported", "unseen")
    return Measurement(kind, {name.replace("_", " "): _mean(judged, name) for name in names})


def _mean(judged: Sequence[Judged], name: str) -> float:
    return float(np.mean([getattr(one, name) for one in judged]))
