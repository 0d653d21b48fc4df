"""A candidate compared with the version in service: segments, who would move, drift, and the verdict they come to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from segmentation.evaluation.comparison import NOTHING_BEFORE, Comparison, SegmentChange, Side, Verdict
from segmentation.evaluation.drift import drift_between, joint_drift
from segmentation.evaluation.moves import moves_now, positions
from segmentation.evaluation.verdict import Evidence

if TYPE_CHECKING:
    from segmentation.answers.explanation import Segment
    from segmentation.model import SegmentModel
    from segmentation.training.points.cleaning import CleanData


def compare(
    candidate: Side,
    current: Side | None,
    objections: Sequence[str] = (),
    customers: CleanData | None = None,
    problem: str = "",
    against: str | None = None,
) -> Comparison:
    """Compare a candidate with the version in service.

    Parameters
    ----------
    candidate, current
        The two sides; `current` is None when there is no version in service, or none that can be read.
    objections
        What the gate says of the candidate.
    customers
        Those the candidate was trained with. Without them, moves and drift are estimated from its profile.
    problem
        Why the version in service cannot be read, in a sentence.
    against
        Its id, even if `current` is None because it cannot be read.
    """
    if current is None:
        reasons = problem or NOTHING_BEFORE
        return Comparison(
            against,
            Verdict.UNSAFE if objections else Verdict.BANDS if candidate.in_bands else Verdict.FIRST,
            (*candidate.cautions, *objections, reasons),
            _segments(candidate.model, None),
        )
    segments = _segments(candidate.model, current.model)
    moves = moves_now(candidate, current, customers)
    drift = tuple(drift_between(candidate, current, customers))
    joint = joint_drift(candidate, current, customers)
    evidence = Evidence(candidate, current, segments, moves, drift, joint)
    return Comparison(
        against=current.version,
        verdict=Verdict.UNSAFE if objections else evidence.verdict(),
        reasons=(*candidate.cautions, *objections, *evidence.reasons()),
        segments=segments,
        moves=moves,
        drift=drift,
        joint=joint,
    )


def _segments(candidate: SegmentModel, current: SegmentModel | None) -> tuple[SegmentChange, ...]:
    before = {} if current is None else {segment.name: segment for segment in current.segments}
    order = None if current is None else positions(current.schema.features, candidate.schema.features)

    def shares(segment: Segment | None, order: Sequence[int | None] | None) -> tuple[tuple[float, ...], ...]:
        if segment is None or not segment.shares or order is None:
            return ()
        return tuple(segment.shares_of(i) for i in order if i is not None)

    def change(name: str, state: str, old: Segment | None, new: Segment | None) -> SegmentChange:
        centre = None
        if old is not None and order is not None and None not in order:
            centre = tuple(old.mean[i] for i in order if i is not None)
        return SegmentChange(
            name=name,
            state=state,
            customers_before=None if old is None else old.customers,
            customers_now=None if new is None else new.customers,
            share_before=None if old is None else old.share,
            share_now=None if new is None else new.share,
            centre_before=centre,
            centre_now=None if new is None else new.mean,
            shares_before=shares(old, order) if centre is not None else (),
            shares_now=() if new is None else new.shares,
        )

    found = [
        change(segment.name, "matched" if segment.name in before else "new", before.get(segment.name), segment)
        for segment in candidate.segments
    ]
    found += [change(name, "gone", segment, None) for name, segment in before.items() if name not in candidate.names]
    return tuple(found)
