"""How many segments a model may have; free of imports, so that commands and forms need not load scikit-learn."""

from __future__ import annotations

from typing import Final

SMALLEST_K: Final = 2
LARGEST_K: Final = 15


def is_k(number: int) -> bool:
    """Say whether a model may have this many segments.

    Examples
    --------
    >>> is_k(5), is_k(1), is_k(16)
    (True, False, False)
    """
    return SMALLEST_K <= number <= LARGEST_K
