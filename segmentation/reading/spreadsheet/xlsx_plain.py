"""An xlsx worksheet's rows as nearly every program writes them, read in bulk; the others are only told apart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from segmentation.reading.spreadsheet.cell_blocks import CELLS
from segmentation.reading.spreadsheet.cells import GENERAL, MOST_COLUMNS, Kind
from segmentation.reading.spreadsheet.number_format import is_date
from segmentation.reading.spreadsheet.xlsx_cell_tags import cell_tags
from segmentation.reading.spreadsheet.xml_tokens import Elements, TagBytes, TagNames, tokens_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


class _Tag(IntEnum):
    ROW = 1
    ROW_END = 2
    CELL = 3
    CELL_END = 4
    EMPTY_CELL = 5
    VALUE = 6
    VALUE_END = 7
    INLINE = 8
    INLINE_END = 9
    TEXT = 10
    TEXT_END = 11
    FORMULA = 12
    FORMULA_END = 13
    EMPTY_FORMULA = 14


_NAMES: Final[Mapping[str, int]] = {
    "row ": _Tag.ROW,
    "/row": _Tag.ROW_END,
    "c ": _Tag.CELL,
    "/c": _Tag.CELL_END,
    "v": _Tag.VALUE,
    "/v": _Tag.VALUE_END,
    "is": _Tag.INLINE,
    "/is": _Tag.INLINE_END,
    "t": _Tag.TEXT,
    't xml:space="preserve"': _Tag.TEXT,
    "/t": _Tag.TEXT_END,
    "f": _Tag.FORMULA,
    "f ": _Tag.FORMULA,
    "/f": _Tag.FORMULA_END,
}
# What such a tag is if it ends itself.
_CLOSED: Final[Mapping[int, int]] = {_Tag.ROW: 0, _Tag.CELL: _Tag.EMPTY_CELL, _Tag.FORMULA: _Tag.EMPTY_FORMULA}
_TAGS: Final = TagNames(_NAMES, _CLOSED)
_FOLLOWING: Final[Mapping[int, tuple[int, ...]]] = {
    _Tag.ROW_END: (_Tag.ROW,),
    **dict.fromkeys((_Tag.ROW, _Tag.CELL_END, _Tag.EMPTY_CELL), (_Tag.CELL, _Tag.EMPTY_CELL, _Tag.ROW_END)),
    _Tag.CELL: (_Tag.VALUE, _Tag.INLINE, _Tag.FORMULA, _Tag.EMPTY_FORMULA, _Tag.CELL_END),
    _Tag.FORMULA: (_Tag.FORMULA_END,),
    **dict.fromkeys((_Tag.FORMULA_END, _Tag.EMPTY_FORMULA), (_Tag.VALUE,)),
    _Tag.VALUE: (_Tag.VALUE_END,),
    _Tag.INLINE: (_Tag.TEXT,),
    _Tag.TEXT: (_Tag.TEXT_END,),
    _Tag.TEXT_END: (_Tag.INLINE_END,),
    **dict.fromkeys((_Tag.VALUE_END, _Tag.INLINE_END), (_Tag.CELL_END,)),
}
# How far before its value a cell begins, by the tag before the value.
_BACK_TO_CELL: Final = np.zeros(len(_Tag) + 1, np.intp)
_BACK_TO_CELL[[_Tag.CELL, _Tag.INLINE, _Tag.EMPTY_FORMULA, _Tag.FORMULA_END]] = (1, 2, 2, 3)
_AFTER_FORMULA: Final = (_Tag.FORMULA_END, _Tag.EMPTY_FORMULA)
_ROW: Final = r'^row r="([0-9]{1,7})"(?: [\w:.]+="[^"<>&]*")*$'
_HIDDEN: Final = r' hidden="(?:1|true|on)"'
# What a cell is, by its type; those that are dates among the numbers are told by their style.
_KINDS: Final[Mapping[str, int]] = {
    "n": Kind.NUMBER,
    "s": Kind.TEXT,
    "str": Kind.TEXT,
    "inlineStr": Kind.TEXT,
    "b": Kind.BOOLEAN,
    "e": Kind.ERROR,
}
_TRUTHS: Final[Mapping[str, float]] = {"0": 0.0, "1": 1.0, "false": 0.0, "true": 1.0}
_ERROR: Final = r"^[#A-Z0-9/!?_]+$"
_ITEM, _ITEM_ENDED, _ITEM_TEXT, _ITEM_TEXT_ENDED = 1, 2, 3, 4
_ITEM_TAGS: Final = TagNames(
    {"si": _ITEM, "/si": _ITEM_ENDED, "t": _ITEM_TEXT, 't xml:space="preserve"': _ITEM_TEXT, "/t": _ITEM_TEXT_ENDED}
)
_ITEM_FOLLOWING: Final = {
    _ITEM_ENDED: (_ITEM,),
    _ITEM: (_ITEM_TEXT,),
    _ITEM_TEXT: (_ITEM_TEXT_ENDED,),
    _ITEM_TEXT_ENDED: (_ITEM_ENDED,),
}
# "_x000D_" stands for a carriage return, "_x005F_" for the underscore of a text that looks like that.
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class PlainTexts:
    """The items of a piece of a workbook's table of texts that are one plain text.

    Parameters
    ----------
    texts
        Their texts.
    odd
        Runs of items that are left to the parser: the first of each, and the first after it.
    """

    texts: pl.Series
    odd: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class PlainRows:
    """The rows of a piece that are plain.

    Parameters
    ----------
    cells
        Their cells, with the columns `CELLS`; the places of formats are those of the reader's `formats`.
    rows
        The number of each row of the piece, counted from 0; meaningless for a row that is not plain.
    odd
        Runs of rows that are left to the parser: the first of each, and the first after it.
    hidden
        The numbers of the plain rows that the spreadsheet does not show.
    """

    cells: pl.DataFrame
    rows: NDArray[np.int64]
    odd: list[tuple[int, int]]
    hidden: frozenset[int]


class PlainRowsReader:
    """Reads the plain rows of a worksheet, piece by piece.

    Parameters
    ----------
    shared
        The workbook's table of texts.
    formats
        The number format's code of each cell style. Cells without a style have the first.
    days_later
        What is added to dates so that they count from the end of 1899.
    """

    def __init__(self, shared: pl.Series, formats: Sequence[str], days_later: int) -> None:
        self._shared, self._days_later = shared, days_later
        self.formats, self._dates = formats_of(formats)
        self._general = len(formats)

    def read(self, xml: bytes) -> PlainRows | None:
        """Read a piece that consists of whole rows; None if only the parser can tell."""
        tokens = tokens_of(xml)
        if tokens is None:
            return None
        tags = tokens["tag"]
        piece = TagBytes(xml)
        kinds = _TAGS.of(piece, tags)
        elements = Elements(kinds, _Tag.ROW_END, _FOLLOWING)
        rows, hidden = _rows(tags, kinds, elements)
        at = np.flatnonzero((kinds == _Tag.VALUE) | (kinds == _Tag.TEXT))
        before = kinds[at - 1]
        cells = cell_tags(piece, np.maximum(at - _BACK_TO_CELL[before], 0))
        cells = cells.with_columns(tokens["text"].gather(at), formula=np.isin(before, _AFTER_FORMULA)).with_columns(
            number=pl.col("text").cast(pl.Float64, strict=False), index=pl.col("text").cast(pl.UInt32, strict=False)
        )
        elements.mark_odd(at[~cells.select(self._is_plain()).to_series().to_numpy()])
        of = elements.of(at)
        plain = cells.with_columns(row=rows[of]).filter(~elements.odd[of])
        return PlainRows(
            self._cells(plain), rows, elements.odd_runs(), frozenset(rows[hidden & ~elements.odd].tolist())
        )

    def _is_plain(self) -> pl.Expr:
        """Tell whether a cell is read here: its tag and its value are as usual, without entities."""
        kind, text = pl.col("type"), pl.col("text")
        readable = (
            pl.when(kind == "n")
            .then(pl.col("number").is_finite())
            .when(kind == "s")
            .then(pl.col("index") < len(self._shared))
            .when(kind == "b")
            .then(text.is_in([*_TRUTHS]))
            .when(kind == "e")
            .then(text.str.contains(_ERROR))
            .otherwise(~text.str.contains("&", literal=True))
        )
        # A formula without a result is told by the parser.
        return (pl.col("column") < MOST_COLUMNS).fill_null(value=False) & (
            pl.when(text == "").then(~pl.col("formula")).otherwise(readable.fill_null(value=False))
        )

    def _cells(self, plain: pl.DataFrame) -> pl.DataFrame:
        """Make cells, with the columns `CELLS`, of what stands in the sheet; those without a value are left out."""
        kind, is_date_format = pl.col("type"), pl.col("format").is_in(self._dates)
        # Only what there is: most sheets have two types of cells, and many no styles.
        types = [name for name in _KINDS if name in set(plain["type"].unique())]
        date = (kind == "n") & is_date_format
        return (
            plain.with_columns(self._format(plain))
            .select(
                pl.col("row"),
                pl.col("column"),
                pl.coalesce(
                    pl.when(date).then(int(Kind.DATE)),
                    *(pl.when(kind == name).then(int(_KINDS[name])) for name in types),
                    pl.lit(None, pl.Int32),
                ).alias("kind"),
                pl.coalesce(
                    pl.when(date).then(pl.col("number") + self._days_later),
                    # Folds -0.0 into 0.0.
                    pl.when(kind == "n").then(pl.col("number") + 0.0),
                    *([_truths()] if "b" in types else []),
                ).alias("number"),
                pl.coalesce(*(self._texts(name, plain) for name in types), pl.lit(None, pl.String)).alias("text"),
                pl.col("format"),
            )
            .filter(pl.col("number").is_not_null() | (pl.col("text") != ""))
            .cast(pl.Schema(CELLS))
        )

    def _format(self, plain: pl.DataFrame) -> pl.Expr:
        """Return the places of the cells' formats."""
        style = pl.lit(0, pl.UInt32)
        if plain["style"].null_count() < plain.height:
            style = pl.col("style").fill_null(0)
        without = (style >= self._general) | pl.col("type").is_in(["b", "e"])
        return pl.when(without).then(self._general).otherwise(style).alias("format")

    def _texts(self, name: str, plain: pl.DataFrame) -> pl.Expr:
        """Return the texts of the cells of one type; null for all others."""
        is_type = pl.col("type") == name
        if name == "s":
            return pl.when(is_type).then(self._shared.gather(plain.select(pl.when(is_type).then("index")).to_series()))
        if name == "e":
            return pl.when(is_type).then("text")
        if name in {"str", "inlineStr"}:
            return pl.when(is_type).then(unescaped_texts(plain["text"]))
        return pl.lit(None, pl.String)


def formats_of(formats: Sequence[str]) -> tuple[tuple[str, ...], list[int]]:
    """Return the formats of cells, at last that of cells without one, and the places of those that show dates."""
    all_of_them = (*formats, GENERAL)
    return all_of_them, [place for place, code in enumerate(all_of_them) if is_date(code)]


def read_plain_texts(xml: bytes) -> PlainTexts | None:
    """Read whole items of a workbook's table of texts; None if only the parser can tell."""
    tokens = tokens_of(xml)
    if tokens is None:
        return None
    kinds = _ITEM_TAGS.of(TagBytes(xml), tokens["tag"])
    items, at = Elements(kinds, _ITEM_ENDED, _ITEM_FOLLOWING), np.flatnonzero(kinds == _ITEM_TEXT)
    texts = tokens["text"].gather(at)
    items.mark_odd(at[texts.str.contains("&", literal=True).to_numpy()])
    return PlainTexts(unescaped_texts(texts.filter(~items.odd[items.of(at)])), items.odd_runs())


def _truths() -> pl.Expr:
    """Return 1 or 0 for the cells that are true or false."""
    return pl.when(pl.col("type") == "b").then(
        pl.col("text").replace_strict(_TRUTHS, default=None, return_dtype=pl.Float64)
    )


def _rows(tags: pl.Series, kinds: NDArray[np.uint8], elements: Elements) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return each row's number, counted from 0, and whether it is hidden; mark those whose tag is unusual."""
    at = np.flatnonzero(kinds == _Tag.ROW)
    starts, of = tags.gather(at), elements.of(at)
    numbers = starts.str.extract(_ROW).cast(pl.Int64)
    elements.mark_odd(at[numbers.is_null().to_numpy()])
    rows, hidden = np.zeros(len(elements.odd), np.int64), np.zeros(len(elements.odd), np.bool_)
    rows[of] = numbers.fill_null(0).to_numpy() - 1
    hidden[of] = starts.str.contains(_HIDDEN).to_numpy()
    return rows, hidden


def unescaped_texts(texts: pl.Series) -> pl.Series:
    """Return texts with the characters that workbooks write by their numbers."""
    escaped = texts.str.contains("_x", literal=True)
    if not escaped.any():
        return texts
    at = escaped.arg_true()
    return texts.scatter(at, [unescaped(text) for text in texts.gather(at)])


def unescaped(text: str) -> str:
    """Return a text with the characters that workbooks write by their numbers.

    >>> unescaped("a_x0041_b _x005F_x0041_")
    'aAb _x0041_'
    """
    if "_x" not in text:
        return text
    found = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    # Two halves of a character are joined; one alone isn't a character.
    return found.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
