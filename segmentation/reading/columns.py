"""A column of texts → numbers and faults. Polars reads the plain cells, `values.read_value` all others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import polars as pl

from segmentation.schema import Feature, Schema
from segmentation.values import Reason, ValueFault, parse_number, read_value

# A subset of the grammar in `values`: Polars must never accept a number that the documentation calls wrong.
_PLAIN: Final = r"^-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$"
_COMMA_PLAIN: Final = r"^-?[0-9]+(?:,[0-9]+)?(?:[eE][+-]?[0-9]+)?$"

FAULTS: Final = pl.Schema(
    {"row": pl.UInt32, "reason": pl.String, "sentence": pl.String, "fitting": pl.Boolean, "named": pl.Boolean}
)
_JUDGED: Final = {
    "text": pl.String,
    "value": pl.Float64,
    "reason": pl.String,
    "sentence": pl.String,
    "fitting": pl.Boolean,
    "named": pl.Boolean,
}


@dataclass(frozen=True, slots=True)
class ColumnReading:
    """One feature's cells.

    Parameters
    ----------
    values
        Float64, finite and in bounds; null if the cell is missing or faulty.
    faults
        Ascending rows without a value, as `FAULTS`: the row, `Reason`, the sentence, whether the value fits the
        bounds once divided by the unit's factor, and whether the cell holds the feature's own name, as in a repeated
        header.
    """

    values: pl.Series
    faults: pl.DataFrame


def read_column(texts: pl.Series, feature: Feature, schema: Schema, *, decimal_comma: bool) -> ColumnReading:
    """Read every cell of one feature's column as `values.read_value` would.

    Parameters
    ----------
    texts
        String, without nulls.
    """
    values = _plain_numbers(texts, decimal_comma=decimal_comma)
    rows = _without_value(values, feature)
    if not len(rows):
        return ColumnReading(values, FAULTS.to_frame(eager=True))
    judged = _judge(texts.gather(rows), feature, schema, decimal_comma=decimal_comma)
    values = values.scatter(rows, judged["value"])
    faults = judged.with_columns(rows.alias("row")).filter(pl.col("reason").is_not_null()).select(FAULTS.names())
    return ColumnReading(values, faults)


def read_numbers(
    numbers: pl.Series,
    texts: Callable[[pl.Series], pl.Series],
    feature: Feature,
    schema: Schema,
    *,
    decimal_comma: bool,
) -> ColumnReading:
    """Read a column whose plain numbers Polars has read while it split the lines.

    Parameters
    ----------
    numbers
        Integers or floats; null if the cell holds anything else.
    texts
        Returns the cells of the given rows as text.
    """
    values = numbers.cast(pl.Float64) + 0.0  # folds -0.0 into 0.0
    rows = _without_value(values, feature)
    if not len(rows):
        return ColumnReading(values, FAULTS.to_frame(eager=True))
    rest = read_column(texts(rows), feature, schema, decimal_comma=decimal_comma)
    faults = rest.faults.with_columns(pl.lit(rows).gather("row").alias("row"))
    return ColumnReading(values.scatter(rows, rest.values), faults)


def decimal_marks(texts: pl.Series) -> tuple[bool, bool]:
    """Return whether any cell is a number only with a decimal comma, and whether any only with a decimal point.

    >>> import polars as pl
    >>> decimal_marks(pl.Series(["35", "35,5", "n/a"]))
    (True, False)
    """
    odd = texts.filter(texts.str.contains(r"[.,]")).unique().to_list()
    comma = [(parse_number(text) is None, parse_number(text, decimal_comma=True) is None) for text in odd]
    return (True, False) in comma, (False, True) in comma


def _without_value(values: pl.Series, feature: Feature) -> pl.Series:
    """Return the rows whose value is null or out of bounds."""
    usable = values.is_between(feature.minimum, feature.maximum)
    if usable.null_count() == 0 and usable.all():
        return pl.Series(dtype=pl.UInt32)
    return (~usable.fill_null(value=False)).arg_true()


def _plain_numbers(texts: pl.Series, *, decimal_comma: bool) -> pl.Series:
    """Return the numbers that match the plain grammar; null for all other cells."""
    plain = texts.str.contains(_COMMA_PLAIN if decimal_comma else _PLAIN)
    pointed = texts.str.replace(",", ".", literal=True) if decimal_comma else texts
    numbers = pointed.cast(pl.Float64, strict=False) + 0.0  # folds -0.0 into 0.0
    return numbers.zip_with(plain, pl.Series([None], dtype=pl.Float64))


def _judge(texts: pl.Series, feature: Feature, schema: Schema, *, decimal_comma: bool) -> pl.DataFrame:
    """Read the given cells with `read_value`, each distinct text once."""
    distinct = texts.unique().to_list()
    judged: list[tuple[str, float | None, str | None, str | None, bool, bool]] = []
    for text in distinct:
        read = read_value(feature, text, decimal_comma=decimal_comma)
        if isinstance(read, ValueFault):
            named = read.reason is Reason.NOT_A_NUMBER and schema.find(text) is feature
            fitting = read.reason is Reason.OUT_OF_RANGE and read.suggestion is not None
            # A suggestion is written with a decimal point, which would mislead in a file with decimal commas.
            sentence = read.sentence if decimal_comma else read.advice
            judged.append((text, None, read.reason.value, sentence, fitting, named))
        else:
            judged.append((text, read, None, None, False, False))
    known = pl.DataFrame(judged, schema=_JUDGED, orient="row")
    return texts.to_frame("text").join(known, on="text", how="left", maintain_order="left")
