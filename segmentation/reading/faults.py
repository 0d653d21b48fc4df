"""What is wrong with the rows of a block: faults of cells and of whole rows → refused rows, lacking values, counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from segmentation.numbers.values import Reason, quote
from segmentation.reading.batch import UNKNOWN
from segmentation.reading.blocks import RowFault
from segmentation.reading.problems import EXAMPLES, WHOLE_ROW, RowReason, row_sentence
from segmentation.schema import Role

if TYPE_CHECKING:
    from segmentation.reading.columns import ColumnReading
    from segmentation.reading.layout import Layout
    from segmentation.schema import Schema


def gather_faults(given: Sequence[RowFault], totals: pl.Series, readings: Sequence[ColumnReading]) -> pl.DataFrame:
    """Gather all faults: of each row either one fault of the whole row or those of its cells."""
    if not given and totals.is_empty() and all(reading.faults.is_empty() for reading in readings):
        return pl.DataFrame()
    cells = pl.concat(
        [
            reading.faults.select("row", pl.lit(place, dtype=pl.Int16).alias("place"), pl.exclude("row"))
            for place, reading in enumerate(readings)
        ]
    )
    repeated = cells.filter("named").group_by("row").len().filter(pl.col("len") == len(readings))["row"].sort()
    rows = [
        *(RowFault(row, RowReason.REPEATED_HEADER, row_sentence(RowReason.REPEATED_HEADER)) for row in repeated),
        # A totals row is often shorter than the others; that is not what is worth saying about it.
        *(RowFault(row, RowReason.TOTALS, row_sentence(RowReason.TOTALS)) for row in totals),
        *given,
    ]
    whole = pl.DataFrame(
        [(fault.row, WHOLE_ROW, fault.reason.value, fault.sentence, False, False, None) for fault in rows],
        schema=cells.schema,
        orient="row",
    ).unique("row", keep="first", maintain_order=True)
    return pl.concat([whole, cells.join(whole, on="row", how="anti")]).sort("row", "place")


def without_numbers(given: Sequence[RowFault], schema: Schema, readings: Sequence[ColumnReading]) -> pl.Series:
    """Return the rows, UInt32, that hold a text in a column of numbers, and in none of these a number.

    Parameters
    ----------
    given
        Faults of whole rows: their cells are not those of the columns.
    schema
        The features that were read.
    """
    faults = [r.faults for r, f in zip(readings, schema.features, strict=True) if not f.is_category]
    if not faults or any(found.is_empty() for found in faults):
        return pl.Series(dtype=pl.UInt32)
    text = pl.col("reason") == Reason.NOT_A_NUMBER.value
    empty = pl.col("reason") == Reason.MISSING.value
    counted = (
        pl.concat(faults).filter(text | empty).group_by("row").agg(pl.len().alias("faults"), text.any().alias("text"))
    )
    rows = counted.filter((pl.col("faults") == len(faults)) & pl.col("text"))["row"].sort()
    return rows.filter(~rows.is_in([fault.row for fault in given]))


def settle(
    faults: pl.DataFrame, lines: int | pl.Series, schema: Schema, layout: Layout
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Part refused rows from those that only lack a profile value, and count the kinds of fault."""
    profile = [i for i, feature in enumerate(schema.features) if feature.role is Role.PROFILE]
    # A category nobody knows decides no more than one that is missing.
    unknown = pl.col("reason") == Reason.UNKNOWN_CATEGORY.value
    soft = ((pl.col("reason") == Reason.MISSING.value) | unknown) & pl.col("place").is_in(profile)
    hard = faults.filter(~soft)
    columns = pl.Series([in_column(layout.header[i]) for i in layout.columns])
    names = pl.Series(schema.names)
    where = (
        pl.when(pl.col("place") == WHOLE_ROW)
        .then(pl.lit(""))
        .otherwise(pl.lit(columns).gather(pl.col("place").clip(0)))
    )
    rejected = (
        hard.with_columns(note=where + pl.col("sentence"))
        .group_by("row", maintain_order=True)
        .agg(pl.col("reason").first(), pl.col("note").str.join("; "))
    )
    line = pl.col("row") + lines if isinstance(lines, int) else pl.lit(lines).gather(pl.col("row"))
    rejected = rejected.with_columns(note=pl.format(f"{layout.counted} {{}}, {{}}", line, "note"))
    lacking = (
        faults.filter(soft)
        .join(rejected, on="row", how="anti")
        .select("row", (pl.lit(names).gather(pl.col("place")) + _as_unknown(unknown)).alias("name"))
    )
    kinds = hard.group_by("place", "reason", "form", maintain_order=True).agg(
        pl.len().alias("count"), pl.col("fitting").sum(), pl.col("row").head(EXAMPLES).alias("rows")
    )
    return rejected, lacking, kinds


def in_column(name: str) -> str:
    """Say, before a sentence about a cell, which column it is in."""
    return f"column {quote(name)}: "


def nothing_settled() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return what `settle` returns if there are no faults."""
    return (
        pl.DataFrame(schema={"row": pl.UInt32, "reason": pl.String, "note": pl.String}),
        pl.DataFrame(schema={"row": pl.UInt32, "name": pl.String}),
        pl.DataFrame(schema={"place": pl.Int16, "reason": pl.String, "count": pl.UInt32}),
    )


def _as_unknown(unknown: pl.Expr) -> pl.Expr:
    return pl.when(unknown).then(pl.lit(UNKNOWN)).otherwise(pl.lit(""))
