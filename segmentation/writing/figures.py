"""Measures and shares in writing: the same figure reads the same in every reason, report, table and tab.

Both are cut off, not rounded: a stability of .69951 that is too small must not read "0.7" beside a limit of 0.7.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from typing import Final

_SMALLEST_PERCENT: Final = Decimal("0.1")


def figure(value: float, decimals: int = 3) -> str:
    """Write a measure, such as a silhouette, with all its digits after the point.

    >>> figure(0.69951), figure(0.7), figure(0.2499, 2)
    ('0.699', '0.700', '0.24')
    """
    return str(_cut_off(value, decimals))


def percent(share: float) -> str:
    """Write a share (0 to 1) in percent, to a tenth.

    >>> percent(0.79996), percent(0.125), percent(0.2), percent(0.0004), percent(0.0)
    ('79.9%', '12.5%', '20%', 'under 0.1%', '0%')
    """
    written = _cut_off(100 * Decimal(repr(float(share))), 1)
    if share > 0 and written < _SMALLEST_PERCENT:
        return f"under {_SMALLEST_PERCENT}%"
    return f"{str(written).removesuffix('.0')}%"


def _cut_off(value: float | Decimal, decimals: int) -> Decimal:
    # From the shortest digits that read back as the value: 100 * 0.57 is 56.99… in floating point.
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value) + 0.0))
    return exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_FLOOR)
