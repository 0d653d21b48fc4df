"""A file that segbot scored, read again: any form and dialect a result can have, block by block in bounded memory."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import polars as pl

from segmentation.errors import BadInput, OtherColumns
from segmentation.numbers.values import trim
from segmentation.reading.blocks import Blocks, CleanBlock, RecordBlock
from segmentation.reading.encoding import Encoded, Limits, inspect
from segmentation.reading.encodings.raw_bytes import shown
from segmentation.reading.layout import DELIMITERS, Layout
from segmentation.reading.questions import Question
from segmentation.reading.rows import RowReader
from segmentation.reading.shape import UNKNOWN_COLUMNS
from segmentation.reading.source import opened_source
from segmentation.reading.table import DEFAULT_LIMITS
from segmentation.schema import Feature, Role, Schema
from segmentation.scoring.formula_guard import unguarded, unguarded_cells
from segmentation.scoring.result import RESULT_COLUMNS

NOT_SCORED: Final = (
    "This is not a file that segbot scored: it has no columns segment, confidence and note side by side. "
    "Score it first, then cut the list from the result."
)
_ADDED: Final = len(RESULT_COLUMNS)
_NAMES: Final = tuple(re.compile(rf"{name}(?:_[0-9]+)?") for name in RESULT_COLUMNS)
# What scoring may add to a file that was just within the limits.
_LONGER_HEADER: Final = 1024
# By these a workbook's sheet is found; nothing is read by them.
_SHEET: Final = Schema(
    "scored", tuple(Feature(name, name, "", 0, 1, Role.CLUSTER) for name in (RESULT_COLUMNS[0], RESULT_COLUMNS[2])), ()
)


@dataclass(frozen=True)
class ScoredTable:
    """A scored file's table.

    Parameters
    ----------
    encoded, layout
        How its bytes become text, and the text cells.
    first
        The position of the column `segment`; `confidence` and `note` follow it.
    workbook
        Whether it was a workbook, whose cells have no apostrophes against formulas.
    limits
        How much of it is accepted.
    """

    encoded: Encoded
    layout: Layout
    first: int
    workbook: bool
    limits: Limits

    @property
    def header(self) -> tuple[str, ...]:
        """The headings as people read them."""
        return tuple(self.plain(name) for name in self.layout.header)

    def plain(self, cell: str) -> str:
        """Return a cell of a result as it was before it was guarded."""
        return cell if self.workbook else unguarded(cell)

    def plain_cells(self, cells: pl.Series) -> pl.Series:
        """Return a column's cells as they were before they were guarded."""
        return cells if self.workbook else unguarded_cells(cells)

    def segments(self, frame: pl.DataFrame) -> pl.Series:
        """Return each row's segment without the spaces around it; empty for a row without one."""
        return self.plain_cells(frame[f"c{self.first}"]).str.strip_chars().fill_null("")

    def frames(self) -> Iterator[pl.DataFrame]:
        """Yield the rows as they stand in the file, in order.

        Yields
        ------
        pl.DataFrame
            String columns ``c0``, ``c1``, … by position; no row is blank.

        Raises
        ------
        BadInput
            When a row does not fit the header, so that nobody can tell which of its cells is the segment.
        """
        reader = RowReader(UNKNOWN_COLUMNS, UNKNOWN_COLUMNS, self.layout, self.limits)
        for block in Blocks(self.encoded, self.layout, self.limits):
            _check(block)
            cells = reader.cells(block)
            # Blank lines are not rows: blocks of clean lines may still hold some.
            yield cells.filter(pl.any_horizontal(pl.all() != "")) if isinstance(block, CleanBlock) else cells


@contextmanager
def opened_scored(path: Path, *, limits: Limits = DEFAULT_LIMITS, scratch: Path | None = None) -> Iterator[ScoredTable]:
    """Open a result of `score_file`, also one that a spreadsheet saved again.

    Parameters
    ----------
    limits
        How large a file may be that is scored; its result may be larger.
    scratch
        Where to write on the way, for archives and workbooks; None for the system's own folder.

    Raises
    ------
    BadInput
        When it is not a scored file, or cannot be read.
    OSError
        When it cannot be read, or there is no room.
    """
    limits = replace(
        limits,
        file_bytes=2 * limits.file_bytes,
        columns=limits.columns + _ADDED,
        header_bytes=limits.header_bytes + _LONGER_HEADER,
    )
    try:
        with opened_source(path, _SHEET, limits=limits, scratch=scratch) as source:
            encoded = inspect(source.text, limits)
            layout, first = _laid_out(encoded, limits)
            yield ScoredTable(encoded, layout, first, source.workbook is not None, limits)
    except OtherColumns as error:
        raise BadInput(NOT_SCORED) from error
    except Question as question:
        raise BadInput(
            "Several sheets of this workbook hold scored customers. Keep the one to cut the list from."
        ) from question


def _laid_out(encoded: Encoded, limits: Limits) -> tuple[Layout, int]:
    """Return the layout of a file whose first line is a result's header, and where the result's columns begin."""
    head = b""
    for chunk in encoded.chunks():
        head += chunk
        if len(head) > limits.header_bytes:
            break
    text = head[: limits.header_bytes].decode(errors="ignore")
    for delimiter in DELIMITERS:
        fields, end = _first_record(text, delimiter)
        first = _first_added(fields)
        if first is None or len(fields) > limits.columns:
            continue
        line = text[:end]
        layout = Layout(
            delimiter=delimiter,
            header=tuple(fields),
            columns=(),
            id_column=None,
            line_end="\r\n" if line.endswith("\r\n") else "\n",
            first_line=len(io.StringIO(line, newline=None).readlines()) + 1,
            separator_line=False,
            blank_lines=0,
            size=len(line.encode()),
        )
        return layout, first
    raise BadInput(NOT_SCORED)


def _first_record(text: str, delimiter: str) -> tuple[list[str], int]:
    """Return the first record's fields and its length; without fields if its quotes do not close."""
    end = 0

    def fed() -> Iterator[str]:
        nonlocal end
        for line in io.StringIO(text, newline=""):
            end += len(line)
            yield line

    try:
        return next(csv.reader(fed(), delimiter=delimiter, strict=True), []), end
    except csv.Error:
        return [], 0


def _first_added(header: list[str]) -> int | None:
    """Return where `segment`, `confidence`, `note` begin, the last time they stand side by side."""
    names = [trim(name).casefold() for name in header]
    for first in range(len(names) - _ADDED, -1, -1):
        if all(form.fullmatch(name) for form, name in zip(_NAMES, names[first:], strict=False)):
            return first
    return None


def _check(block: CleanBlock | RecordBlock) -> None:
    if isinstance(block, RecordBlock) and block.faults:
        fault = block.faults[0]
        raise BadInput(
            f"Line {block.lines[fault.row]} doesn't fit the header: {shown(fault.sentence)}. The file was changed "
            "since it was scored; score it again, then cut the list."
        )
