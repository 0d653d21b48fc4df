"""Whether confidence, stability and advice come true when the model is trained anew on fresh customers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from benchmarks.figures import Figure, Goal, Measurement, Section
from benchmarks.truth.reference import reference_values
from benchmarks.truth.sources import KINDS, Source, reference_source, source
from segmentation.scoring.batch import BatchPredictor
from segmentation.training.clustering import adjusted_rand_index
from segmentation.training.train import Trained, train

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.trained_sample import TrainedSample
    from segmentation.model import SegmentModel

_SEED: Final = 700
_ASKED: Final = 1000
_ADVISED: Final = 40
_BINS: Final = 10
_SIZES: Final = (200, 1000)
_MODELS: Final = 9
# Where K-Means has two nearly equally good optima, nine models say by chance which of them is the usual one: the error
# of one source was .14 with nine models and .06 with fifty.
_TIED: Final = frozenset({("heavy-tailed", 2)})
_MODELS_IF_TIED: Final = 50


@dataclass(frozen=True, slots=True)
class Borne:
    """What the models of one source said, and how it came true.

    Parameters
    ----------
    margin, confidence, kept
        (n,) of each customer and model: both stated figures, and in how many of the other models the segment stayed.
    stated_stability, stability
        (m,) of each model: stated, and the adjusted Rand index with the others.
    held
        (a,) of each advised change: the share of the other models in which it leads to its segment.
    """

    margin: NDArray[np.float64]
    confidence: NDArray[np.float64]
    kept: NDArray[np.float64]
    stated_stability: NDArray[np.float64]
    stability: NDArray[np.float64]
    held: NDArray[np.float64]


def measure(sample: TrainedSample, *, quick: bool) -> Section:
    """Train each source's models, and as many again on fresh customers."""
    del sample
    if quick:
        return measured(("overlapping groups",), (2,), (200,), 3)
    return measured(tuple(KINDS), (2, 5), _SIZES, _MODELS, _MODELS_IF_TIED)


def measured(
    kinds: Sequence[str], features: Sequence[int], sizes: Sequence[int], models: int, if_tied: int | None = None
) -> Section:
    """Train so many models for each source: each kind, number of features and size; other numbers of those tied."""
    sources = {
        f"{kind}, {d} features, {n} rows": (source(kind, d, n), if_tied or models if (kind, d) in _TIED else models)
        for kind in kinds
        for d in features
        for n in sizes
    }
    values = reference_values()
    if values is not None:
        sources["reference data, resampled"] = (reference_source(values), models)
    found = {name: borne(*one) for name, one in sources.items()}
    errors = [calibration_error(one.confidence, one.kept) for one in found.values()]
    margins = [calibration_error(one.margin, one.kept) for one in found.values()]
    off = [float(abs(one.stated_stability.mean() - one.stability.mean())) for one in found.values()]
    held = np.concatenate([one.held for one in found.values()])
    return Section(
        "truth, confidence: whether a customer keeps the segment as often as stated when the model is trained anew",
        f"{models} models a source, {if_tied or models} of those with two nearly equally good divisions, each on a "
        f"sample of its own and judged by all others, trees included; {_ASKED} "
        "fresh customers each. Errors are expected calibration errors over ten bins.",
        tuple(_measurement(name, one) for name, one in found.items()),
        (
            Figure("calibration error of the confidence, at most", max(errors), "", Goal.most(0.05)),
            Figure("calibration error of the margin, at most", max(margins), ""),
            Figure("stability stated, off by at most", max(off), ""),
            Figure("advice that holds after a retrain", _mean(held), f"of {len(held)}", Goal.least(0.95)),
        ),
    )


def borne(one: Source, models: int) -> Borne:
    """Train models on samples of a source, and look how often each is borne out by the others.

    Each is judged by all others: where K-Means has two nearly equally good ways to divide customers, a few models would
    say by chance which of them is the usual one.
    """
    trained = [train(one.sample(_SEED + seed), one.schema, k=one.k, seed=seed) for seed in range(models)]
    parts = [_borne(one, seed, trained) for seed in range(models)]
    return Borne(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Borne)))


def _borne(one: Source, seed: int, every: Sequence[Trained]) -> Borne:
    trained, others = every[seed], [other.model for other in (*every[:seed], *every[seed + 1 :])]
    model, asked = trained.model, one.draw(_ASKED, np.random.default_rng(_SEED + 50 + seed))
    segments, confidence, _ = BatchPredictor(model).segments_with_confidence(asked)
    answers = np.array([_answers(model, other, asked) for other in others])
    alone = np.ones(len(asked), dtype=np.int64)
    return Borne(
        np.array([model.predict(customer).margin for customer in _customers(model, asked)]),
        confidence,
        (answers == segments).mean(axis=0),
        np.array([trained.report.stability]),
        np.array([np.mean([adjusted_rand_index(segments.astype(np.int32), each, alone) for each in answers])]),
        np.array(list(_held(model, others, asked[:_ADVISED])), dtype=np.float64),
    )


def _held(model: SegmentModel, others: Sequence[SegmentModel], asked: NDArray[np.float64]) -> Iterator[float]:
    """Yield for each change that the model advises the share of the others in which it leads to the segment."""
    for customer in _customers(model, asked):
        for change in model.explain(customer).changes:
            there = np.array([list({**customer, change.feature: change.value}.values())])
            yield float(np.mean([model.names[_answers(model, other, there)[0]] == change.segment for other in others]))


def _customers(model: SegmentModel, asked: NDArray[np.float64]) -> list[dict[str, float]]:
    return [dict(zip(model.schema.names, row, strict=True)) for row in asked.tolist()]


def _answers(model: SegmentModel, other: SegmentModel, asked: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return the other model's answers as indices of the model's segments, matched by centre."""
    clustering = list(model.schema.cluster_indices)
    mean, factor = (np.array(part)[clustering] for part in (model.mean, model.factor))
    its_mean, its_factor = (np.array(part)[clustering] for part in (other.mean, other.factor))
    centres = (np.array(other.centroids) / its_factor + its_mean - mean) * factor
    off = centres[:, None] - np.array(model.centroids)[None]
    matched = linear_sum_assignment((off**2).sum(axis=2))[1].astype(np.int32)
    return np.asarray(matched[BatchPredictor(other).segments(asked)])


def calibration_error(stated: NDArray[np.float64], came_true: NDArray[np.float64]) -> float:
    """Return the expected calibration error (M. P. Naeini et al., 2015) of (n,) stated shares over ten equal bins.

    >>> calibration_error(np.array([0.9, 0.9, 0.5]), np.array([1.0, 1.0, 0.5]))
    0.0666...
    """
    bins = np.minimum((stated * _BINS).astype(np.intp), _BINS - 1)
    # In each bin the sum of what was stated too much is as good as its mean times its customers.
    return float(np.abs(np.bincount(bins, weights=stated - came_true)).sum() / len(stated))


def _measurement(name: str, one: Borne) -> Measurement:
    return Measurement(
        name,
        {
            "confidence": _mean(one.confidence),
            "kept": _mean(one.kept),
            "error": calibration_error(one.confidence, one.kept),
            "margin's error": calibration_error(one.margin, one.kept),
            "stability": _mean(one.stated_stability),
            "came true": _mean(one.stability),
            "advice held": _mean(one.held),
            "advised": float(len(one.held)),
        },
    )


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else float("nan")
