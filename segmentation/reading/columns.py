"""A column of texts → numbers and faults. Polars reads the plain cells, `values.read_value` all others.

Categories are read as the numbers that stand for them, their codes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import polars as pl

from segmentation.numbers.number_forms import (
    EXACT_BELOW,
    GROUPING,
    MILLION,
    NUMBER_PATTERNS,
    PLAIN_STYLE,
    DressKind,
    NumberStyle,
    form_of,
    ungrouped,
)
from segmentation.numbers.values import Reason, ValueFault, folded, is_number, read_value, styled_number
from segmentation.schema import Feature, Schema

# A subset of the grammar in `values`: Polars must never accept a number that the documentation calls wrong.
_PLAIN: Final = f"^-?{ungrouped('.')}$"
_COMMA_PLAIN: Final = f"^-?{ungrouped(',')}$"
# What is another number with the other decimal mark.
_DOUBTFUL: Final = "^-?[1-9][0-9]{{0,2}}[{}][0-9]{{3}}$"

_THOUSANDS_OR_DECIMALS: Final = re.compile(r"[0-9],[0-9]{3}(?![0-9])")

# A cell with the feature's own name, as in a repeated header, is refused for one of these.
_ANOTHER_TEXT: Final = frozenset({Reason.NOT_A_NUMBER, Reason.UNKNOWN_CATEGORY})


class Undecided(Exception):
    """A cell calls for a look at the whole file before any of its rows is read."""


@cache
def _faults() -> pl.Schema:
    """Return the columns of `ColumnReading.faults`."""
    return pl.Schema(
        {
            "row": pl.UInt32,
            "reason": pl.String,
            "sentence": pl.String,
            "fitting": pl.Boolean,
            "named": pl.Boolean,
            "form": pl.String,
        }
    )


def none_beyond() -> pl.Series:
    """Return what a column has beyond its bounds if that is nothing, Float64."""
    return pl.Series(dtype=pl.Float64)


@dataclass(frozen=True, slots=True)
class ColumnReading:
    """One feature's cells.

    Parameters
    ----------
    values
        Float64, finite and in bounds; null if the cell is missing or faulty.
    faults
        Ascending rows without a value, as UInt32 and texts: the row, `Reason`, the sentence, whether the value fits the
        bounds once divided by the unit's factor, whether the cell holds the feature's own name, as in a repeated
        header, and what it holds instead of a number, as `form_of` says.
    beyond
        Float64 numbers out of bounds.
    """

    values: pl.Series
    faults: pl.DataFrame
    beyond: pl.Series = field(default_factory=none_beyond)


def read_column(texts: pl.Series, feature: Feature, schema: Schema, *, style: NumberStyle) -> ColumnReading:
    """Read every cell of one feature's column as `values.read_value` would.

    Parameters
    ----------
    texts
        String, without nulls.

    Raises
    ------
    Undecided
        When the style was assumed and a cell holds a number in another form.
    """
    if feature.is_category:
        return _read_categories(texts, feature, schema)
    values = _plain_numbers(texts, style=style)
    rows = _without_value(values, feature)
    if not len(rows):
        return ColumnReading(values, _faults().to_frame(eager=True))
    judged = _judge(texts.gather(rows), feature, schema, style=style)
    values = values.scatter(rows, judged["value"])
    faults = judged.with_columns(rows.alias("row")).filter(pl.col("reason").is_not_null()).select(_faults().names())
    return ColumnReading(values, faults, judged["beyond"].drop_nulls())


def _read_categories(texts: pl.Series, feature: Feature, schema: Schema) -> ColumnReading:
    """Read each distinct cell once; however many there are, no more are kept than the block has rows."""
    judged = _judge(texts, feature, schema, style=PLAIN_STYLE)
    faults = judged.with_row_index("row").filter(pl.col("reason").is_not_null()).select(_faults().names())
    return ColumnReading(judged["value"], faults)


def read_numbers(
    numbers: pl.Series,
    texts: Callable[[pl.Series], pl.Series],
    feature: Feature,
    schema: Schema,
    *,
    style: NumberStyle,
) -> ColumnReading:
    """Read a column whose plain numbers Polars has read while it split the lines.

    Parameters
    ----------
    numbers
        Integers or floats; null if the cell holds anything else.
    texts
        Returns the cells of the given rows as text.
    """
    values = _scaled(numbers.cast(pl.Float64), style.factor) + 0.0  # folds -0.0 into 0.0
    rows = _without_value(values, feature)
    if not len(rows):
        return ColumnReading(values, _faults().to_frame(eager=True))
    rest = read_column(texts(rows), feature, schema, style=style)
    faults = rest.faults.with_columns(pl.lit(rows).gather("row").alias("row"))
    return ColumnReading(values.scatter(rows, rest.values), faults, rest.beyond)


def all_numbers(texts: pl.Series, *, style: NumberStyle) -> pl.Series:
    """Return every number of a column, Float64 in the feature's unit, in bounds or not; null for any other cell."""
    numbers = _plain_numbers(texts, style=style)
    rows = numbers.is_null().arg_true()
    if not len(rows):
        return numbers
    cells = texts.gather(rows)
    distinct = cells.unique()
    read = pl.Series([styled_number(folded(text), style) for text in distinct], dtype=pl.Float64)
    return numbers.scatter(rows, cells.replace_strict(distinct, read, return_dtype=pl.Float64))


def has_plain_points(data: bytes, delimiter: str) -> bool:
    """Return whether lines hold only digits, signs and points, each point between digits.

    Polars reads more forms of floats than the grammar in `values` allows; such lines have none of them.
    """
    import numpy as np  # noqa: PLC0415 - commands are answered without

    if b"/" in data or data.startswith(b"."):
        return False
    # On whole arrays numpy releases the GIL, so other threads keep running.
    text = np.frombuffer(data, dtype=np.uint8)
    known = text - np.uint8(ord("-")) <= ord("9") - ord("-")
    for other in (delimiter, "\n", "\r"):
        known |= text == ord(other)
    if not known.all():
        return False
    points = np.flatnonzero(text == ord("."))
    beside = np.concatenate([text[points - 1], text[points + 1]])
    return bool((beside - np.uint8(ord("0")) <= ord("9") - ord("0")).all())


def _without_value(values: pl.Series, feature: Feature) -> pl.Series:
    """Return the rows whose value is null or out of bounds."""
    usable = values.is_between(feature.minimum, feature.maximum)
    if usable.null_count() == 0 and usable.all():
        return pl.Series(dtype=pl.UInt32)
    return (~usable.fill_null(value=False)).arg_true()


def _plain_numbers(texts: pl.Series, *, style: NumberStyle) -> pl.Series:
    """Return the numbers Polars may read, in the feature's unit; null elsewhere."""
    if style.dress.kind is not DressKind.NONE:
        return pl.repeat(None, len(texts), dtype=pl.Float64, eager=True)
    cells, comma = texts, style.decimal == ","
    if style.grouped:
        plain = texts.str.contains(NUMBER_PATTERNS[style.decimal])
        texts = texts.str.replace_all(GROUPING[style.decimal], "")
    else:
        plain = texts.str.contains(_COMMA_PLAIN if comma else _PLAIN)
    if style.refused_marks:
        plain &= ~cells.str.contains(_DOUBTFUL.format(style.refused_marks))
    pointed = texts.str.replace(",", ".", literal=True) if comma else texts
    numbers = _scaled(pointed.cast(pl.Float64, strict=False), style.factor) + 0.0  # folds -0.0 into 0.0
    return numbers.zip_with(plain, pl.Series([None], dtype=pl.Float64))


def _scaled(numbers: pl.Series, factor: float) -> pl.Series:
    """Multiply as `number_forms.scaled` does."""
    if factor == 1:
        return numbers
    product = pl.col("n") * factor
    # By a column: a division by one number Polars makes a multiplication by its reciprocal, which rounds once more.
    million = pl.lit(pl.Series([MILLION]).new_from_index(0, len(numbers)))
    rounded = (product * MILLION + 0.5).floor() / million
    return (
        numbers.to_frame("n").select(pl.when(product.abs() < EXACT_BELOW).then(rounded).otherwise(product)).to_series()
    )


def _is_another(text: str, style: NumberStyle) -> bool:
    """Tell whether a text is a number in another form, or what to write instead depends on all cells."""
    return is_number(text) or (style.decimal == "," and _THOUSANDS_OR_DECIMALS.search(text) is not None)


def _judge(texts: pl.Series, feature: Feature, schema: Schema, *, style: NumberStyle) -> pl.DataFrame:
    """Read the given cells with `read_value`, each distinct text once."""
    distinct = texts.unique().to_list()
    judged: list[tuple[str, float | None, str | None, str | None, bool, bool, str | None, float | None]] = []
    for text in distinct:
        read = read_value(feature, text, style=style)
        if isinstance(read, ValueFault):
            if style.assumed and read.reason is Reason.NOT_A_NUMBER and _is_another(text, style):
                raise Undecided
            named = read.reason in _ANOTHER_TEXT and schema.find(text) is feature
            fitting = read.reason is Reason.OUT_OF_RANGE and read.suggestion is not None
            beyond = styled_number(folded(text), style) if read.reason is Reason.OUT_OF_RANGE else None
            form = form_of(folded(text), style) if read.reason is Reason.NOT_A_NUMBER else None
            judged.append((text, None, read.reason.value, read.advice, fitting, named, form, beyond))
        else:
            judged.append((text, read, None, None, False, False, None, None))
    columns = pl.Schema([("text", pl.String), ("value", pl.Float64), *_faults().items(), ("beyond", pl.Float64)])
    del columns["row"]
    known = pl.DataFrame(judged, schema=columns, orient="row")
    return texts.to_frame("text").join(known, on="text", how="left", maintain_order="left")
