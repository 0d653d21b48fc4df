"""One value of a table as an Ibis expression: a double that is the same in every engine, or NULL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Column, NumericValue

    from segmentation.schema import Feature

# More than any squared distance that a stored model can have (see `model_data`).
FAR: Final = 1e300
# A decimal of at most this many digits is one exact double divided by another, and every engine rounds that alike.
_EXACT_DIGITS: Final = 15
# A decimal of more digits, which only PostgreSQL has, can be too large or too small for a double.
_DIGITS_IN_RANGE: Final = 38
# Half the smallest double: anything nearer to zero is zero as a double.
_HALF_THE_LEAST: Final = "2.4703282292062328e-324"


def double(value: float) -> NumericValue:
    """Write a number so that every engine reads the same double."""
    return ibis.literal(repr(float(value))).cast("float64")


def usable_value(column: Column, feature: Feature) -> NumericValue:
    """Return a numeric column as doubles, NULL if it is missing, out of bounds or not a number."""
    value = as_double(column)
    return ibis.cases((inside(value, feature), value))


def as_double(column: Column) -> NumericValue:
    """Return a numeric column as doubles, correctly rounded, which not every engine does for long decimals.

    A decimal beyond every double becomes a number beyond all bounds, since some engines refuse to convert it.
    """
    kind = column.type()
    if not kind.is_decimal():
        return column.cast("float64")
    if kind.precision is None or kind.precision > _DIGITS_IN_RANGE:
        return ibis.cases(
            (column.between(_decimal(f"-{FAR}"), _decimal(f"{FAR}")), _flushed_decimal(column)),
            (~is_missing(column), double(FAR)),
        )
    return column.cast("string").cast("float64") if kind.precision > _EXACT_DIGITS else column.cast("float64")


def _flushed_decimal(column: Column) -> NumericValue:
    """Return a decimal in range as a double; zero if it is too small for one, which some engines refuse to convert."""
    vanishes = (column > _decimal(f"-{_HALF_THE_LEAST}")) & (column < _decimal(_HALF_THE_LEAST))
    return ibis.cases((vanishes, double(0)), else_=column.cast("float64"))


def _decimal(text: str) -> NumericValue:
    return ibis.literal(text).cast("decimal")


def is_missing(column: Column) -> BooleanValue:
    """Say whether a value is NULL; for Spark, Ibis's own `isnull` says that of NaN too."""
    return (column == column).isnull()  # noqa: PLR0124 - NULL where the column is, and only there


def inside(value: NumericValue, feature: Feature) -> BooleanValue:
    """Say whether a value is within a feature's bounds."""
    # NaN is above everything or unordered, depending on the engine: either way not between.
    return between(value, feature.minimum, feature.maximum)


def between(value: NumericValue, least: float, most: float) -> BooleanValue:
    """Say whether a value is from `least` to `most`, both included."""
    return value.between(double(least), double(most))
