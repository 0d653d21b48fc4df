"""Whether customers without groups are told, and never customers in groups: and how long telling takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.figures import Figure, Goal, Measurement, Section
from benchmarks.truth.looks import FULL, QUICK, Extent, Look, known, subsamples, without

if TYPE_CHECKING:
    from benchmarks.trained_sample import TrainedSample
    from segmentation.training.reports.training import Structure

Found = tuple[Look, "Structure | None", float]


def measure(sample: TrainedSample, *, quick: bool) -> Section:
    """Look for groups in sets without any, in sets with known groups, and in subsamples of the reference data."""
    del sample
    return measured(QUICK if quick else FULL)


def measured(extent: Extent) -> Section:
    """Look for groups in the sets of an extent."""
    none, groups, reference = (
        [(look, *look.structure()) for look in looks(extent)] for looks in (without, known, subsamples)
    )
    seconds = [taken for found in (none, groups, reference) for *_, taken in found]
    told = Goal.least(round(58 / 64 * len(none)))
    return Section(
        "truth, structure: whether customers without groups are told",
        f"{len(none)} sets without groups (200 to 2,000 rows, 2 and 5 features), {len(groups)} with known groups, "
        f"{len(reference)} subsamples of 90 % of the reference data; on seeds that nothing was tuned on.",
        tuple(_measurement(kind, [item for item in none if item[0].kind == kind]) for kind in extent.none),
        (
            Figure("no groups said where there are none", _said(none), f"of {len(none)}", told),
            Figure("no groups said of known sets", _said(groups), f"of {len(groups)}", Goal.most(0)),
            Figure("no groups said of reference subsamples", _said(reference), f"of {len(reference)}", Goal.most(0)),
            Figure("time to tell, median", float(np.median(seconds)), "s", Goal.most(1)),
            Figure("time to tell, 99 of 100", float(np.quantile(seconds, 0.99)), "s", Goal.most(1)),
        ),
    )


def _measurement(subject: str, found: Sequence[Found]) -> Measurement:
    return Measurement(subject, {"sets": len(found), "no groups said": _said(found)})


def _said(found: Sequence[Found]) -> float:
    return float(sum(structure is not None and not structure.grouped for _, structure, _ in found))
