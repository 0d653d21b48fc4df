"""The pass over a file's cells that decides how the numbers of each column are written, before any is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from types import MappingProxyType
from typing import Final, Protocol

import polars as pl

from segmentation.numbers.number_forms import NumberStyle
from segmentation.reading.blocks import Blocks, CleanBlock, RecordBlock, WholeRecords, WholeRecordsBlock
from segmentation.reading.encodings.raw_bytes import shown
from segmentation.reading.numerals.amounts import OtherColumn
from segmentation.reading.numerals.evidence import Evidence
from segmentation.reading.numerals.numbers import Column, common_mark, is_settled, style_notes, style_of
from segmentation.reading.questions import Answers
from segmentation.reading.rows import RowReader

# Bytes of a file's beginning by which its numbers are judged if not all cells are looked at: some thousand rows.
_BEGINNING: Final = 1 << 17
NOTHING_LEARNED: Final[Mapping[str, tuple[float, float]]] = MappingProxyType({})


@dataclass(frozen=True)
class ColumnStyles:
    """How the numbers of each feature's column are written, in schema order, and what was assumed, as sentences.

    `suspects` is whether some rows are totals only if their numbers add up others; None unless all rows were looked at.
    """

    styles: tuple[NumberStyle, ...]
    notes: tuple[str, ...]
    suspects: bool | None = None


class Survey(Protocol):
    """Counts plain cells faster than they can be read."""

    def whole_records(self, block: bytes) -> WholeRecords:
        """Tell which part of a block is whole records, as `Blocks` wants to know it."""

    def count(self, block: WholeRecordsBlock, evidence: Sequence[Evidence]) -> Sequence[RecordBlock]:
        """Tell the evidence of each column of numbers, in order, of plain cells, and return the rows with others."""


def find_styles(
    rows: RowReader,
    blocks: Callable[[int], Blocks],
    answers: Answers,
    *,
    survey: Callable[[RowReader], Survey | None] = lambda _: None,
    typed: frozenset[int] = frozenset(),
    learned: Mapping[str, tuple[float, float]] = NOTHING_LEARNED,
    all_cells: bool = True,
) -> ColumnStyles:
    """Decide from their cells how the numbers of the features' columns are written.

    Parameters
    ----------
    blocks
        Starts a pass over the file, in blocks of about so many bytes.
    survey
        Returns what counts plain cells, None without.
    typed
        Positions of columns whose numbers come from a workbook's number cells: their decimal mark is known.
    learned
        By feature name: the range a model learned from, which may tell what the cells leave open.
    all_cells
        Whether to look at all cells at once. Otherwise a file that begins with plain numbers is assumed to go on so,
        and reading a cell that does not raises `columns.Undecided`.

    Raises
    ------
    Question
        When cells can be read in two ways and neither the file nor `answers` says which.
    BadInput
        As a pass over the file does.
    """
    if not rows.layout.columns:  # a file that is only looked at
        return ColumnStyles((), ())
    whole, counting = rows.limits.block_bytes, survey(rows)
    if not all_cells:
        columns = _columns(rows, typed, learned)
        for block in _unsurveyed(columns, blocks(min(whole, _BEGINNING)), counting, most=1):
            _weigh(columns, rows, block)
        if all(column.evidence.is_uniform for column in columns):
            return _with_notes(columns, [_assumed(column, answers) for column in columns])
    columns, suspects = _columns(rows, typed, learned), False
    for block in _unsurveyed(columns, blocks(whole), counting):
        _weigh(columns, rows, block)
        suspects = suspects or not rows.labelled(block).suspects.is_empty()
    mark = common_mark([column.evidence for column in columns if not column.typed])
    if mark is None and not all(is_settled(column) for column in columns):
        mark = _mark_of_others(rows, blocks(whole), typed)
    styles = [style_of(column, mark, answers) for column in columns]
    return replace(_with_notes(columns, styles), suspects=suspects)


def _unsurveyed(
    columns: Sequence[Column], blocks: Blocks, survey: Survey | None, *, most: int | None = None
) -> Iterator[CleanBlock | RecordBlock]:
    """Yield a file's rows, of `most` blocks if that is given, but for those whose cells `survey` has counted."""
    if survey is None:
        yield from islice(blocks, most)
        return
    evidence = [column.evidence for column in columns if not column.feature.is_category]
    for block in islice(blocks.unread(survey.whole_records), most):
        yield from survey.count(block, evidence) if isinstance(block, WholeRecordsBlock) else [block]


def _columns(rows: RowReader, typed: frozenset[int], learned: Mapping[str, tuple[float, float]]) -> tuple[Column, ...]:
    """Return the features' columns, of whose cells nothing is known yet."""
    layout = rows.layout
    return tuple(
        Column(shown(layout.header[at]), feature, Evidence(feature, learned.get(feature.name)), at in typed)
        for feature, at in zip(rows.schema.features, layout.columns, strict=True)
    )


def _weigh(columns: Sequence[Column], rows: RowReader, block: CleanBlock | RecordBlock) -> None:
    """Take in what a block's cells say of the columns."""
    texts = _fitting_cells(rows, block, rows.layout.columns)
    for column, at in zip(columns, rows.layout.columns, strict=True):
        if column.feature.is_category:  # its texts say nothing of numbers
            continue
        column.evidence.add(texts[f"c{at}"])


def _fitting_cells(rows: RowReader, block: CleanBlock | RecordBlock, positions: Iterable[int]) -> pl.DataFrame:
    """Return the cells of the rows that fit the header.

    A row with a field too many has "70,9" in its last cell only because its surplus was joined to that.
    """
    cells = rows.cells(block, positions)
    if isinstance(block, CleanBlock) or not block.faults:
        return cells
    faulty = {fault.row for fault in block.faults}
    return cells.filter([row not in faulty for row in range(block.rows)])


def _with_notes(columns: Sequence[Column], styles: Sequence[NumberStyle]) -> ColumnStyles:
    notes = [note for pair in zip(columns, styles, strict=True) for note in style_notes(*pair)]
    return ColumnStyles(tuple(styles), tuple(notes))


def _assumed(column: Column, answers: Answers) -> NumberStyle:
    """Return the style of plain numbers, as far as the column's beginning settles what its mark means.

    A comma before three digits is always left to a look at the whole file, whose notes show such a cell.
    """
    style = style_of(column, None, answers)
    settled = column.typed or column.evidence.mark == "."
    return replace(style, refused_marks="" if settled else style.decimal, assumed=True)


def _mark_of_others(rows: RowReader, blocks: Blocks, typed: frozenset[int]) -> str | None:
    """Look for the decimal mark in the columns of amounts that hold no feature and were written by hand."""
    others = sorted(set(range(rows.layout.width)) - set(rows.layout.columns) - typed)
    columns = {at: OtherColumn() for at in others}
    if not columns:
        return None
    for block in blocks:
        texts = _fitting_cells(rows, block, others)
        for at, column in columns.items():
            column.add(texts[f"c{at}"])
    return common_mark([column.evidence for column in columns.values() if column.holds_amounts])
