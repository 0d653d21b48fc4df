"""Which other number of segments, or other scale, to advise: nothing that the training has seen fail already.

Every training measures the silhouette of each k, and whether customers are in groups at all and on a log scale. Advice
to train again that these figures speak against would only lead to a second refusal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from segmentation.training.bounds import SMALLEST_K
from segmentation.training.reports.warnings import BETTER_FEATURES, log_suited
from segmentation.writing.figures import figure
from segmentation.writing.plain import format_number

if TYPE_CHECKING:
    from segmentation.evaluation.thresholds import Thresholds
    from segmentation.training.reports.training import TrainingReport

_FUTILE: Final = "Another k wouldn't help."


def smaller_k(report: TrainingReport, thresholds: Thresholds, otherwise: str, *, bands: bool) -> str:
    """Say which smaller k to train with.

    Parameters
    ----------
    otherwise
        What else would help: "add data".
    bands
        Whether customers in no groups may be cut into bands.
    """
    if _without_groups(report, bands=bands):
        return _FUTILE
    k = report.choice.k
    smaller = [i for i in _passing(report, thresholds) if i < k]
    if report.structure is not None and report.structure.k in smaller:
        return f"Train with k = {report.structure.k}, which suits these customers best, or {otherwise}."
    if scale := _scale(report):
        return scale
    if report.sweep and not smaller:
        if k == SMALLEST_K:
            return f"{otherwise[0].upper()}{otherwise[1:]}."
        return f"A smaller k would give a silhouette below {format_number(thresholds.silhouette)}: {otherwise}."
    return f"Train with a smaller k, or {otherwise}."


def clearer_k(report: TrainingReport, thresholds: Thresholds, *, bands: bool) -> str:
    """Say which k to train with for a silhouette that is high enough."""
    if _without_groups(report, bands=bands):
        return _FUTILE
    if scale := _scale(report):
        return scale
    passing = _passing(report, thresholds)
    if not passing:
        return f"No k reaches that: {BETTER_FEATURES}."
    suited = report.structure.k if report.structure is not None else None
    k = suited if suited in passing else max(passing, key=passing.__getitem__)
    return (
        f"Train with k = {k}, which has a silhouette of {figure(passing[k])}, or on features that tell customers apart "
        "better."
    )


def _without_groups(report: TrainingReport, *, bands: bool) -> bool:
    return report.in_bands and not bands


def _scale(report: TrainingReport) -> str:
    """Return the advice to use a log scale if customers are in groups on it; empty otherwise."""
    if report.structure_on_log is None or not report.structure_on_log.grouped:
        return ""
    names = " and ".join(log_suited(report.cleaning))
    return f'On a log scale the groups are clear: give {names} scale = "log" in the schema and train again.'


def _passing(report: TrainingReport, thresholds: Thresholds) -> dict[int, float]:
    """Return the silhouettes that are high enough, by k."""
    return {
        point.k: point.silhouette
        for point in report.sweep
        if point.silhouette is not None and point.silhouette >= thresholds.silhouette
    }
