"""Cells, column by column → the XML of a worksheet's rows, made in bulk.

Texts are written as texts, in their cells, so that none of them can become a formula. Numbers are written with all the
digits they need, so that every one is read back as the same number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import polars as pl
from xlsxwriter.utility import xl_col_to_name

from segmentation.reading.spreadsheet.cells import Kind
from segmentation.reading.spreadsheet.text_columns import each, number_texts

# UTF-16 units.
LONGEST_TEXT: Final = 32_767
CELLS: Final[Mapping[str, type[pl.DataType]]] = {
    "row": pl.UInt32,
    "kind": pl.UInt8,
    "number": pl.Float64,
    "text": pl.String,
    "style": pl.UInt32,
}
# Characters that XML cannot hold, or would change, are written by their numbers; so is the underscore of a text that
# looks like such a number.
_BY_NUMBER: Final = "[\x00-\x08\x0b-\x1f\ufffe\uffff]"
_NUMBERED: Final = "_x[0-9A-Fa-f]{4}_"
_ESCAPED: Final = re.compile(f"{_BY_NUMBER}|_(?=x[0-9A-Fa-f]{{4}}_)")
# The spaces around a text are kept if its element says so.
_SPACED: Final = pl.col("text").str.contains(r"^\s|\s$")
_KEPT: Final = ' xml:space="preserve"'
_ODD: Final = pl.col("text").str.contains(f"{_BY_NUMBER}|{_NUMBERED}") | (
    pl.col("text").str.len_chars() > LONGEST_TEXT // 2
)
# In this order: the first one's entity holds none of the others.
_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def cells_of(rows: pl.Series, kind: Kind, values: pl.Series, styles: pl.Series | int) -> pl.DataFrame:
    """Return cells with the columns `CELLS`, all of one kind and, if `styles` is a number, of one style."""
    return pl.select(
        row=rows,
        kind=pl.lit(int(kind)),
        number=values if kind is Kind.NUMBER else None,
        text=None if kind is Kind.NUMBER else values,
        style=styles,
    ).cast(pl.Schema(CELLS))


def rows_xml(columns: Mapping[int, pl.DataFrame]) -> bytes:
    """Return the rows that some cells are in.

    Parameters
    ----------
    columns
        By their places in the sheet, counted from 0, the cells of columns, with the columns `CELLS`: the row, counted
        from 0, ascending; the kind, neither UNCALCULATED nor an error that Excel does not know; the value, in `number`
        or in `text`; the place of the style, 0 for none. Of two cells in one place the last is written.
    """
    filled = {at: _last_of_each(cells) for at, cells in sorted(columns.items()) if cells.height}
    if not filled:
        return b""
    rows = np.unique(np.concatenate([cells["row"].to_numpy() for cells in filled.values()]))
    written = [_placed(_cells_xml(at, cells), cells["row"], rows) for at, cells in filled.items()]
    start = '<row r="' + pl.Series(rows + 1).cast(pl.String) + '">'
    frame = pl.DataFrame([series.alias(str(i)) for i, series in enumerate((start, *written))])
    lines = frame.select(pl.concat_str(pl.all(), pl.lit("</row>"), ignore_nulls=True)).to_series()
    return str(lines.str.join("")[0]).encode()


def _last_of_each(cells: pl.DataFrame) -> pl.DataFrame:
    repeated = cells["row"] == cells["row"].shift(-1)
    return cells.filter(~repeated.fill_null(value=False)) if repeated.any() else cells


def _placed(written: pl.Series, own: pl.Series, rows: np.ndarray[tuple[int], np.dtype[np.uint32]]) -> pl.Series:
    """Return a column's cells beside all the rows; null for a row without one."""
    if len(own) == len(rows):
        return written
    places = pl.Series(np.searchsorted(rows, own.to_numpy()))
    return pl.Series([None], dtype=pl.String).new_from_index(0, len(rows)).scatter(places, written)


def _cells_xml(at: int, cells: pl.DataFrame) -> pl.Series:
    """Return the cells of one column as XML."""
    kinds = [Kind(kind) for kind in cells["kind"].unique()]
    if len(kinds) == 1:
        return _of_one_kind(kinds[0], at, cells)
    written = pl.Series([""], dtype=pl.String).new_from_index(0, cells.height)
    for kind in kinds:
        own = (cells["kind"] == kind).arg_true()
        written = written.scatter(own, _of_one_kind(kind, at, cells[own]))
    return written


def _of_one_kind(kind: Kind, at: int, cells: pl.DataFrame) -> pl.Series:
    start: list[str | pl.Series] = [f'<c r="{xl_col_to_name(at)}', (cells["row"] + 1).cast(pl.String)]
    styles = cells["style"]
    if styles.n_unique() == 1:
        start.append(_style_xml(int(styles[0])))
    else:
        start.append(each(_style_xml, styles))
    return _joined([*start, *_VALUES[kind](cells)])


def _style_xml(style: float) -> str:
    return f'" s="{style}"' if style else '"'


def _joined(parts: list[str | pl.Series]) -> pl.Series:
    series = {str(i): part for i, part in enumerate(parts) if isinstance(part, pl.Series)}
    named = [pl.col(str(i)) if str(i) in series else pl.lit(part) for i, part in enumerate(parts)]
    return pl.DataFrame(series).select(pl.concat_str(named)).to_series()


def _number_xml(cells: pl.DataFrame) -> list[str | pl.Series]:
    return ["><v>", number_texts(cells["number"]), "</v></c>"]


def _boolean_xml(cells: pl.DataFrame) -> list[str | pl.Series]:
    return [' t="b"><v>', number_texts(cells["number"]), "</v></c>"]


def _error_xml(cells: pl.DataFrame) -> list[str | pl.Series]:
    # An error is written as the formula that is nothing but that error.
    return [' t="e"><f>', cells["text"], "</f><v>", cells["text"], "</v></c>"]


def _text_xml(cells: pl.DataFrame) -> list[str | pl.Series]:
    texts = cells["text"]
    # Most columns need nothing of this, and one look tells.
    spaced, odd, *marked = cells.select(
        _SPACED.any().alias("spaced"),
        _ODD.any().alias("odd"),
        *(pl.col("text").str.contains(mark, literal=True).any().alias(mark) for mark in _ENTITIES),
    ).row(0)
    kept = cells.select(pl.when(_SPACED).then(pl.lit(_KEPT)).otherwise(pl.lit(""))).to_series() if spaced else ""
    if odd:
        at = cells.select(_ODD).to_series().arg_true()
        texts = texts.scatter(at, each(_escaped, texts.gather(at)))
    for mark, there in zip(_ENTITIES, marked, strict=True):
        if there:
            texts = texts.str.replace_all(mark, _ENTITIES[mark], literal=True)
    return [' t="inlineStr"><is><t', kept, ">", texts, "</t></is></c>"]


_VALUES: Final[Mapping[Kind, Callable[[pl.DataFrame], list[str | pl.Series]]]] = {
    Kind.TEXT: _text_xml,
    Kind.NUMBER: _number_xml,
    Kind.DATE: _number_xml,
    Kind.BOOLEAN: _boolean_xml,
    Kind.ERROR: _error_xml,
}


def _escaped(text: str) -> str:
    """Return a text, cut to the length of a cell's, with the characters that are written by their numbers."""
    cut = text.encode("utf-16-le")[: 2 * LONGEST_TEXT].decode("utf-16-le", "ignore")
    return _ESCAPED.sub(lambda match: f"_x{ord(match[0]):04X}_", cut)
