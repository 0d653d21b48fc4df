"""A comparison after people have renamed segments: the figures stay, the names are new, and both are said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from segmentation.evaluation.comparison import Comparison, Moves, SegmentChange, Verdict

if TYPE_CHECKING:
    from segmentation.model import SegmentModel


def renamed_comparison(comparison: Comparison, names: Mapping[str, str]) -> Comparison:
    """Return a candidate's comparison with new names for its segments; `names` are the new ones by the old."""
    segments = tuple(
        change if change.state == "gone" else _renamed_change(change, names.get(change.name, change.name))
        for change in comparison.segments
    )
    return replace(
        comparison,
        segments=segments,
        moves=None if comparison.moves is None else _renamed_moves(comparison.moves, names),
        moves_before=None if comparison.moves_before is None else _renamed_moves(comparison.moves_before, names),
    )


def names_only(before: SegmentModel, after: SegmentModel, said: str) -> Comparison:
    """Compare a version in service with itself under other names; `said` lists what is new."""
    segments = tuple(
        SegmentChange(
            name=new.name,
            state="matched",
            customers_before=old.customers,
            customers_now=new.customers,
            share_before=old.share,
            share_now=new.share,
            centre_before=old.mean,
            centre_now=new.mean,
            shares_before=old.shares,
            shares_now=new.shares,
            name_before=old.name if old.name != new.name else "",
        )
        for old, new in zip(before.segments, after.segments, strict=True)
    )
    reason = f"Only words differ ({said}): every customer stays in the same segment."
    return Comparison(before.version, Verdict.SIMILAR, (reason,), segments)


def _renamed_change(change: SegmentChange, name: str) -> SegmentChange:
    if name == change.name:
        return change
    before = (change.name_before or change.name) if change.state == "matched" else ""
    return replace(change, name=name, name_before="" if before == name else before)


def _renamed_moves(moves: Moves, names: Mapping[str, str]) -> Moves:
    now = tuple(names.get(name, name) for name in moves.names_now)
    # Customers whose segment only has another name have not moved.
    return replace(moves, names_now=now, same=tuple((old, names.get(new, new)) for old, new in moves.pairs))
