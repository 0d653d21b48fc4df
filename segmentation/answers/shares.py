"""How a segment's customers are spread over the categories of a feature, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from segmentation.writing.plain import format_number

if TYPE_CHECKING:
    from segmentation.schema import Feature

# As the range of a number is stated: what holds for 80% of a segment's customers.
_MOST: Final = 0.8
_LEAST_SHOWN: Final = 0.01
# Rounding errors of shares must not ask for one category more.
_ROUNDING: Final = 1e-9


def typical_text(feature: Feature, mean: float | None, shares: Sequence[float]) -> str:
    """Write what is typical of a segment in a table's cell: the mean of a number, the commonest category and its share.

    Empty if no training customer of the segment has the feature.
    """
    if feature.is_category:
        return commonest_text(feature.codes, shares)
    return "" if mean is None else format_number(mean, 1)


def commonest_text(names: Sequence[str], shares: Sequence[float]) -> str:
    """Write the commonest category and its share; empty without shares.

    >>> commonest_text(("Basic", "Pro"), (0.39, 0.61))
    'Pro (61%)'
    """
    return next((f"{name} ({share_text(share)})" for name, share in _ranked(names, shares)), "")


def most_text(names: Sequence[str], shares: Sequence[float]) -> str:
    """Write the fewest categories that 80% of the customers are in, each with its share; empty without shares.

    >>> most_text(("Basic", "Pro", "other"), (0.3, 0.61, 0.09))
    'Pro 61%, Basic 30%'
    """
    reached, parts = 0.0, []
    for name, share in _ranked(names, shares):
        parts.append(f"{name} {share_text(share)}")
        reached += share
        if reached >= _MOST - _ROUNDING:
            break
    return ", ".join(parts)


def share_text(share: float) -> str:
    """Write a share in percent.

    >>> share_text(0.614), share_text(0.002)
    ('61%', 'under 1%')
    """
    return f"{share:.0%}" if share >= _LEAST_SHOWN or share == 0 else "under 1%"


def _ranked(names: Sequence[str], shares: Sequence[float]) -> Iterator[tuple[str, float]]:
    """Return categories that occur with their shares, the commonest first, equally common ones in their own order."""
    order = sorted(range(len(shares)), key=lambda code: -shares[code])
    return ((names[code], shares[code]) for code in order if shares[code] > 0)
