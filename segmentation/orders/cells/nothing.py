"""What programs write for nothing, in cells that hold an id, a currency, a date or an amount."""

from __future__ import annotations

from typing import Final

import polars as pl

NOTHING: Final = frozenset({"", "nan", "null", "none", "nat", "n/a", "#n/a", "-"})
_LONGEST: Final = max(map(len, NOTHING))


def is_nothing(texts: pl.Series) -> pl.Series:
    """Tell which trimmed texts stand for nothing."""
    return texts.str.to_lowercase().is_in(list(NOTHING))


def nulled(texts: pl.Series) -> pl.Series:
    """Return trimmed texts, null for those that stand for nothing."""
    # Looking at each text takes long, and what stands for nothing is short.
    short = (texts.str.len_bytes() <= _LONGEST).arg_true()
    nothing = short.filter(is_nothing(texts.gather(short)))
    return texts if nothing.is_empty() else texts.scatter(nothing, None)
