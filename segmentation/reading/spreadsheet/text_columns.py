"""Many cells → their texts, as `cell_text` and its kin write them one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Final

import polars as pl

from segmentation.numbers.values import BLANK
from segmentation.reading.spreadsheet.cells import Cell, Kind, cell_text, number_text

# Between these, Polars writes numbers as Python does: without an exponent.
_PLAIN_FROM: Final = 1e-4
_PLAIN_BELOW: Final = 1e16
# Where `str.splitlines` breaks lines.
_LINE_BREAKS: Final = "[\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]"


def column_texts(cells: pl.DataFrame, formats: Sequence[str]) -> pl.Series:
    """Return the texts of cells, as `cell_text` writes them.

    Parameters
    ----------
    cells
        Cells with the columns `CELLS`, in any order.
    formats
        The codes of their number formats.
    """
    kinds = [Kind(kind) for kind in cells["kind"].unique()]
    if len(kinds) == 1:
        return _written(kinds[0], cells, formats)
    texts = cells["text"]
    for kind in kinds:
        at = (cells["kind"] == kind).arg_true()
        texts = texts.scatter(at, _written(kind, cells[at], formats))
    return texts


def number_texts(numbers: pl.Series) -> pl.Series:
    """Return the texts of numbers, as `number_text` writes them."""
    size = numbers.abs()
    plain = ((size >= _PLAIN_FROM) & (size < _PLAIN_BELOW)) | (size == 0)
    texts = numbers.cast(pl.String).str.strip_suffix(".0")
    return texts if plain.all() else texts.scatter((~plain).arg_true(), each(number_text, numbers.filter(~plain)))


def each(write: Callable[[float], str] | Callable[[str], str], values: pl.Series) -> pl.Series:
    """Write values that are not worth a rule in bulk, one by one; equal ones once."""
    different = values.unique()
    written = pl.Series([write(value) for value in different], dtype=pl.String)
    return values.replace_strict(different, written, return_dtype=pl.String)


def are_filled(cells: pl.DataFrame) -> pl.Series:
    """Tell which cells hold more than blanks.

    A row of formulas without results is a row of empty texts, which every reader of the text takes for a blank line.
    """
    is_text = pl.col("kind").is_in([Kind.TEXT, Kind.UNCALCULATED])
    return cells.select(~is_text | (pl.col("text").str.strip_chars(BLANK) != "")).to_series()


def _written(kind: Kind, cells: pl.DataFrame, formats: Sequence[str]) -> pl.Series:
    """Return the texts of cells that are all of one kind."""
    if kind is Kind.NUMBER:
        return number_texts(cells["number"])
    if kind in {Kind.TEXT, Kind.ERROR}:
        texts = cells["text"]
        broken = texts.str.contains(_LINE_BREAKS)
        if not broken.any():
            return texts
        return texts.scatter(broken.arg_true(), each(lambda text: cell_text(Cell(kind, text)), texts.filter(broken)))
    if kind is Kind.DATE:
        return _dates(cells, formats)
    values = cells["number"] if kind is Kind.BOOLEAN else cells["text"]
    return each(lambda value: cell_text(Cell(kind, value)), values)


def _dates(cells: pl.DataFrame, formats: Sequence[str]) -> pl.Series:
    texts = pl.Series([""], dtype=pl.String).new_from_index(0, cells.height)
    for place in cells["format"].unique():
        own, code = cells["format"] == place, formats[place]
        texts = texts.scatter(own.arg_true(), each(partial(_date, code), cells["number"].filter(own)))
    return texts


# The pieces of a sheet have many days in common.
@lru_cache(maxsize=1 << 14)
def _date(code: str, serial: float) -> str:
    return cell_text(Cell(Kind.DATE, serial, code))
