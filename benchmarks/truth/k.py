"""How often the number of groups is right: on sets whose groups are known, and on subsamples of the reference data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from benchmarks.figures import Figure, Goal, Measurement, Section
from benchmarks.truth.looks import FULL, QUICK, Extent, Look, known, ratings, share, subsamples

if TYPE_CHECKING:
    from benchmarks.trained_sample import TrainedSample
    from segmentation.training.reports.training import KChoice

_REFERENCE_K = 5


def measure(sample: TrainedSample, *, quick: bool) -> Section:
    """Choose k for every set, by the rule, by the elbow alone and by the silhouette alone."""
    del sample
    return measured(QUICK if quick else FULL)


def measured(extent: Extent) -> Section:
    """Choose k for the sets of an extent."""
    chosen = [(look, look.choice()) for look in known(extent)]
    again = [look.choice().k for look in subsamples(extent)]
    kinds = [_measurement(kind, [item for item in chosen if item[0].kind == kind]) for kind in extent.groups]
    right = share([choice.k == look.k for look, choice in chosen])
    of_ratings = share([look.choice().k == look.k for look in ratings(extent)])
    figures = [
        Figure("right k on known sets", right, "", Goal.least(0.93)),
        Figure("right k on sets of ratings from 1 to 7", of_ratings, ""),
    ]
    if again:
        fives, goal = float(again.count(_REFERENCE_K)), Goal.least(round(0.98 * len(again)))
        figures.append(Figure("reference subsamples with k = 5", fives, f"of {len(again)}", goal))
    return Section(
        "truth, k: how often the number of groups is right",
        f"{len(chosen)} sets with known groups (2 to 10, 2 and 5 features), {len(again)} subsamples of 90 % of the "
        "reference data; on seeds that nothing was tuned on. Shares of sets.",
        (*kinds, _measurement("all", chosen)),
        tuple(figures),
    )


def _measurement(subject: str, chosen: Sequence[tuple[Look, KChoice]]) -> Measurement:
    ways: dict[str, Callable[[KChoice], int | None]] = {
        "right k": lambda choice: choice.k,
        "elbow alone": lambda choice: choice.elbow,
        "silhouette alone": lambda choice: choice.silhouette,
    }
    shares = {name: share([way(choice) == look.k for look, choice in chosen]) for name, way in ways.items()}
    return Measurement(subject, {"sets": len(chosen), **shares})
