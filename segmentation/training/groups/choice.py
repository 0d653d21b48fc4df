"""How many segments: what inertia and silhouette say for each k, and what follows from both."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from kneed import KneeLocator

from segmentation.errors import BadTrainingData
from segmentation.training.bounds import SMALLEST_K
from segmentation.training.reports.training import KChoice, SweepPoint
from segmentation.writing.figures import figure

if TYPE_CHECKING:
    from segmentation.model import SegmentModel
    from segmentation.schema import Scale, Schema

# Silhouettes this near to the best do not decide by themselves. Tuned on generated sets with known groups
# (seeds 100 to 102 of `python -m benchmarks truth`); from .02 to .06 the rule is right within a hundredth as often.
CLOSE: Final = 0.03
# A few customers far from all others make these look like one group to the silhouette: against such a distance, they
# are all close together. The inertia tells: it levels off this much more sharply at the true k (second differences of
# its logarithm), while the silhouette there is still within `FAR` of the best. Tuned on 30 generated shops (seeds 300
# to 329 of `benchmarks.truth.scale`), of which 29 are right instead of 22; of 108 known sets (seed 100) and of 30
# subsamples of the reference data as many are right as without, from .2 to .6 and from .15 to .3.
SHARPER: Final = 0.4
FAR: Final = 0.25
# Another k must be better than the one in service by more than chance makes of it: as for the verdict.
CLEARLY_BETTER: Final = 0.05
# An inertia of 0 (as many clusters as there are points) has no logarithm; this share of the whole stands in for it.
_NO_INERTIA: Final = 1e-12


def choose_k(points: Sequence[SweepPoint], requested: int | None = None, in_service: int | None = None) -> KChoice:
    """Choose k as requested, else as in service, else by silhouette and inertia together; and say why.

    The rule: among the k whose silhouette is within .03 of the best, the one at which the curve of the inertia's
    logarithm bends most sharply; a larger k at which it bends far more sharply still, if its silhouette is within .25.
    The silhouette alone is misled by stray customers, unequal groups and remote ones into one or two segments more or
    fewer, and the inertia alone by groups of groups; on sets with known groups both together are right more often than
    each.

    Parameters
    ----------
    points
        What `sweep` measured.
    requested
        The k that a person asked for.
    in_service
        The k of the version in service. It is kept; if another is clearly better, the choice suggests that.

    Raises
    ------
    BadTrainingData
        When there are too few distinct points for the request or for any choice.

    Notes
    -----
    The elbow is found with kneedle (V. Satopää et al., "Finding a Kneedle in a Haystack", 2011).
    """
    highest, needed = points[-1].k, requested or SMALLEST_K
    if needed > highest:
        raise BadTrainingData(
            f"Too few customers for {needed} segments: counting those alike in every cluster feature once, the data "
            f"hold {highest}. Add data or choose a smaller k."
        )
    elbow = _elbow(points)
    scores = {point.k: point.silhouette for point in points if point.silhouette is not None}
    best = max(scores, key=scores.__getitem__) if scores else None
    if requested is not None:
        return KChoice(requested, elbow, best, f"k = {requested} was asked for; {_seen(elbow, best)}.")
    chosen = _chosen(points, scores, elbow, best)
    if in_service is not None and SMALLEST_K <= in_service <= highest:
        return _kept(in_service, chosen, scores)
    return chosen


def _chosen(points: Sequence[SweepPoint], scores: Mapping[int, float], elbow: int | None, best: int | None) -> KChoice:
    """Apply the rule, and say which evidence decided."""
    if best is None:
        if elbow is None:
            reason = f"The inertia curve has no elbow and no silhouette is defined, so k is the smallest, {SMALLEST_K}."
            return KChoice(SMALLEST_K, None, None, reason)
        return KChoice(elbow, elbow, None, f"The inertia curve bends at k = {elbow}.")
    bends = _bends(points)
    close = _sharpest(bends, scores, best)
    k = _far_sharper(bends, scores, best, close)
    if k != close:
        reason = (
            f"The silhouette is best at {best}. k = {k} was chosen: the inertia levels off far more sharply after {k}, "
            "so fewer segments would put distinct groups into one."
        )
        return KChoice(k, elbow, best, reason)
    if k == best:
        if elbow is None:
            reason = f"The inertia curve has no elbow, so k = {k}, where the silhouette is best."
        elif elbow == k:
            reason = f"The inertia curve bends at k = {k}, where the silhouette is best too."
        else:
            reason = f"The elbow says {elbow} and the silhouette {k}. The silhouette was followed: it is clearly best."
        return KChoice(k, elbow, best, reason)
    hardly = f"is hardly better there: {figure(scores[best])} against {figure(scores[k])}"
    if k == elbow:
        reason = f"The elbow says {k} and the silhouette {best}. The elbow was followed, since the silhouette {hardly}."
    else:
        seen = "The inertia curve has no elbow" if elbow is None else f"The elbow says {elbow}"
        reason = (
            f"{seen}, and the silhouette is best at {best}. k = {k} was chosen: the silhouette {hardly}, and the "
            f"inertia levels off most sharply after {k}."
        )
    return KChoice(k, elbow, best, reason)


def _bends(points: Sequence[SweepPoint]) -> dict[int, float]:
    """Return how sharply the curve of the inertia's logarithm bends at each k that has a k on either side."""
    least = points[0].inertia * _NO_INERTIA
    logs = {point.k: math.log(max(point.inertia, least)) if least > 0 else 0.0 for point in points}
    return {k: logs[k - 1] - 2 * logs[k] + logs[k + 1] for k in logs if k - 1 in logs and k + 1 in logs}


def _sharpest(bends: Mapping[int, float], scores: Mapping[int, float], best: int) -> int:
    """Return the k with the sharpest bend among those whose silhouette is close to the best.

    The last k swept has no bend, and is chosen only if its silhouette is the best.
    """
    if best not in bends:
        return best
    close = [k for k, score in scores.items() if score >= scores[best] - CLOSE and k in bends]
    return max(close, key=bends.__getitem__)


def _far_sharper(bends: Mapping[int, float], scores: Mapping[int, float], best: int, close: int) -> int:
    """Return the larger k with the sharpest bend if it is far sharper than at `close`, else `close`."""
    if close not in bends:
        return close
    sharper = [
        k
        for k, bend in bends.items()
        if k > close and k in scores and scores[k] >= scores[best] - FAR and bend >= bends[close] + SHARPER
    ]
    return max(sharper, key=bends.__getitem__, default=close)


def _kept(k: int, chosen: KChoice, scores: Mapping[int, float]) -> KChoice:
    """Keep the k in service, so that a retrain changes nobody's segment without need; suggest a clearly better one."""
    kept = f"k = {k} was kept from the version in service"
    now, other = scores.get(k), scores.get(chosen.k)
    if chosen.k == k or now is None or other is None or other - now <= CLEARLY_BETTER:
        return KChoice(k, chosen.elbow, chosen.silhouette, f"{kept}; {_seen(chosen.elbow, chosen.silhouette)}.")
    reason = (
        f"{kept}, but k = {chosen.k} is clearly better: its silhouette is {figure(other)} against {figure(now)}. "
        f"Train with k = {chosen.k} to compare."
    )
    return KChoice(k, chosen.elbow, chosen.silhouette, reason, suggested=chosen.k)


def _seen(elbow: int | None, best: int | None) -> str:
    seen = f"the elbow says {elbow}" if elbow else "the inertia curve has no elbow"
    return f"{seen}, the silhouette is best at {best}" if best else seen


def _elbow(points: Sequence[SweepPoint]) -> int | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # kneed warns if there is no knee; the reason says so in our words
        knee = KneeLocator(
            [point.k for point in points],
            [point.inertia for point in points],
            curve="convex",
            direction="decreasing",
        ).knee
    return int(knee) if knee is not None and knee >= SMALLEST_K else None


def k_in_service(schema: Schema, previous: SegmentModel | None) -> int | None:
    """Return the number of segments to keep; none when the version in service was clustered on other features.

    A feature on another scale is another feature here: it may show more groups, or fewer.
    """
    if previous is None or _clustered_on(previous.schema) != _clustered_on(schema):
        return None
    return len(previous.segments)


def _clustered_on(schema: Schema) -> set[tuple[str, Scale]]:
    return {(schema.inputs[i].name, schema.inputs[i].scale) for i in schema.cluster_inputs}
