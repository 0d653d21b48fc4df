"""Whether the verdict on a candidate may be believed: bad ones are flagged, and plain resamples raise no alarm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.figures import Figure, Goal, Measurement, Section
from benchmarks.truth.bad_candidates import KINDS, spoilt
from benchmarks.truth.customer_sets import grouped
from benchmarks.truth.reference import reference_values
from segmentation.errors import BadTrainingData
from segmentation.evaluation.compare import compare
from segmentation.evaluation.comparison import Side, Verdict
from segmentation.evaluation.gate import objections
from segmentation.schema_data import default_schema
from segmentation.scoring.batch import BatchPredictor
from segmentation.training.points.dataset import gather
from segmentation.training.train import train_clean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.trained_sample import TrainedSample
    from segmentation.model import SegmentModel
    from segmentation.schema import Schema

_SEED: Final = 300
# Kind, groups and features of the generated sets beside the reference data.
_GENERATED: Final = (
    ("blobs", 4, 2),
    ("unequal sizes", 6, 2),
    ("stretched", 5, 2),
    ("noise", 3, 5),
    ("unequal sizes and spreads", 7, 5),
)
# Of the reference data, and of each generated set.
_REFERENCE: Final = "reference"
_RESAMPLES: Final = 40
_OF_GENERATED: Final = 8
# A click and `--promote` stop at both. A training that is refused outright raises instead.
_ALARMS: Final = (Verdict.DIFFERENT, Verdict.UNSAFE)
_REFUSED: Final = "refused"


@dataclass(frozen=True)
class Shop:
    """Customers, and the version in service that was trained with them."""

    name: str
    values: NDArray[np.float64]
    schema: Schema
    side: Side

    @classmethod
    def trained(cls, name: str, values: NDArray[np.float64], schema: Schema) -> Shop:
        """Train the version in service."""
        return cls(name, values, schema, _side(values, schema, None)[0])

    def verdict(self, values: NDArray[np.float64]) -> str:
        """Retrain with other customers, and return the verdict on that."""
        try:
            candidate, faults = _side(values, self.schema, self.side.model)
        except BadTrainingData:
            return _REFUSED
        return compare(candidate, self.side, faults, gather(values, self.schema)).verdict

    def resample(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """Draw as many customers again, with replacement."""
        return self.values[rng.choice(len(self.values), len(self.values))]


def measure(sample: TrainedSample, *, quick: bool) -> Section:
    """Retrain with spoilt customers and with resamples, and count the verdicts."""
    del sample
    rounds = {_REFERENCE: 2 if quick else _RESAMPLES}
    return measured(list(_shops(quick=quick)), list(KINDS), rounds, 1 if quick else _OF_GENERATED)


def measured(shops: Sequence[Shop], kinds: Sequence[str], rounds: Mapping[str, int], usual: int) -> Section:
    """Spoil each shop's customers in each way, and resample them: by the shop's name `rounds` times, else `usual`."""
    bad = {kind: [shop.verdict(_spoilt(kind, shop)) for shop in shops] for kind in kinds}
    plain = {
        shop.name: [shop.verdict(values) for values in _resamples(shop, rounds.get(shop.name, usual))] for shop in shops
    }
    every, again = [one for found in bad.values() for one in found], [one for found in plain.values() for one in found]
    figures = [
        Figure("bad candidates flagged", _alarms(every), f"of {len(every)}", Goal.least(round(44 / 48 * len(every)))),
        Figure("false alarms on resamples", _alarms(again) / len(again), "", Goal.most(0.05)),
    ]
    if reference := plain.get(_REFERENCE):
        worse, goal = float(reference.count(Verdict.WORSE)), Goal.most(round(5 / 40 * len(reference)))
        figures.append(Figure('"worse" said of reference resamples', worse, f"of {len(reference)}", goal))
    return Section(
        "truth, verdict: whether bad candidates are flagged and good ones are not",
        f"{len(shops)} sets, each spoilt in {len(kinds)} ways, and {len(again)} bootstrap samples of them. Flagged: "
        "unsafe, different, or refused.",
        (
            *(_measurement(kind, found) for kind, found in bad.items()),
            *(_measurement(f"resamples of {name}", found) for name, found in plain.items()),
        ),
        tuple(figures),
    )


def _side(values: NDArray[np.float64], schema: Schema, previous: SegmentModel | None) -> tuple[Side, tuple[str, ...]]:
    trained = train_clean(gather(values, schema), schema, previous=previous)
    faults = objections(trained.model, trained.report)
    return Side.of_report("now" if previous else "before", trained.model, trained.report), faults


def _shops(*, quick: bool) -> Iterator[Shop]:
    values = reference_values()
    if values is not None:
        yield Shop.trained(_REFERENCE, values, default_schema())
    for kind, k, features in _GENERATED[:1] if quick else _GENERATED:
        found = grouped(kind, k, features, _SEED)
        # Amounts of money are not negative, and a part of a year's amount is only that if nothing lies around 0.
        yield Shop.trained(kind, found.values - found.values.min(axis=0) + 20, found.schema)


def _spoilt(kind: str, shop: Shop) -> NDArray[np.float64]:
    one, other, *_ = shop.schema.cluster_indices
    rng = np.random.default_rng([_SEED, list(KINDS).index(kind)])
    values = shop.resample(rng)
    return spoilt(kind, values, BatchPredictor(shop.side.model).segments(values).astype(np.intp), (one, other), rng)


def _resamples(shop: Shop, rounds: int) -> Iterator[NDArray[np.float64]]:
    yield from (shop.resample(np.random.default_rng([_SEED, seed])) for seed in range(rounds))


def _alarms(verdicts: Sequence[str]) -> float:
    return float(sum(verdict in {*_ALARMS, _REFUSED} for verdict in verdicts))


def _measurement(subject: str, verdicts: Sequence[str]) -> Measurement:
    shown = (*(verdict for verdict in Verdict if verdict is not Verdict.FIRST), _REFUSED)
    return Measurement(subject, {str(verdict): verdicts.count(verdict) for verdict in shown})
