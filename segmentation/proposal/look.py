"""A look at a customer file whose columns nobody knows: what each of them is, from one pass over its values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segmentation.proposal.columns.column import Column, Kind
from segmentation.proposal.columns.numbers import Marks, NumberCells
from segmentation.proposal.gathering import Gathered, gather
from segmentation.proposal.kinds import Seen, judge
from segmentation.reading.numerals.numbers import common_mark
from segmentation.reading.questions import Answers
from segmentation.reading.shape import UNKNOWN_COLUMNS
from segmentation.reading.source import opened_source
from segmentation.reading.table import DEFAULT_LIMITS, NOTHING_DECIDED, Limits, Table, open_table


@dataclass(frozen=True)
class Look:
    """What a file's columns are.

    Parameters
    ----------
    rows
        Rows that may be customers.
    sampled
        How many of them were looked at closely.
    columns
        In file order.
    notes
        What was assumed about the file, as sentences.
    decimal
        The mark before fractions on which the file's columns agree, or that a person chose; None if nothing settles it.
    """

    rows: int
    sampled: int
    columns: tuple[Column, ...]
    notes: tuple[str, ...]
    decimal: str | None

    @property
    def id(self) -> Column | None:
        """The column that tells customers apart; None if none does."""
        return next((column for column in self.columns if column.kind is Kind.ID and not column.personal), None)

    def to_data(self) -> dict[str, Any]:
        """Return a JSON-ready form, without any cell."""
        return {
            "rows": self.rows,
            "id": self.id.name if self.id else None,
            "columns": [column.to_data() for column in self.columns],
            "notes": self.notes,
        }


def look_at(
    source: Path,
    *,
    limits: Limits = DEFAULT_LIMITS,
    answers: Answers = NOTHING_DECIDED,
    scratch: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> Look:
    """Look at a CSV, a workbook, or one of these in an archive, in one pass and bounded memory.

    Parameters
    ----------
    answers
        What a person has decided where the file can be read in several ways.
    scratch
        The folder for what is written on the way; the system's own if None.
    progress
        Called with the number of rows read so far.

    Raises
    ------
    Question
        When the file can be read in several ways and `answers` does not say which.
    BadInput
        When it is too large or holds no table.
    OSError
        When it cannot be read.
    """
    with opened_source(source, UNKNOWN_COLUMNS, sheet=answers.sheet, limits=limits, scratch=scratch) as opened:
        table = open_table(opened, UNKNOWN_COLUMNS, limits=limits)
        typed = frozenset[int]() if opened.workbook is None else opened.workbook.table.typed
        return _judged(table, gather(table, progress), typed, answers)


def _judged(table: Table, gathered: Gathered, typed: frozenset[int], answers: Answers) -> Look:
    seen = [
        Seen(name, gathered.sample[f"c{at}"], tally, gathered.rows, at == table.layout.id_column, at in typed)
        for at, (name, tally) in enumerate(zip(gathered.header, gathered.tallies, strict=True))
    ]
    weighed = [NumberCells.of(column.filled) for column in seen]
    mark = common_mark(
        [cells.evidence for column, cells in zip(seen, weighed, strict=True) if cells.are_numbers and not column.typed]
    )
    marks = Marks(mark, answers)
    columns = tuple(judge(*pair, marks) for pair in zip(seen, weighed, strict=True))
    notes = (*table.layout.notes(UNKNOWN_COLUMNS), *table.remarks, *table.encoded.notes)
    if gathered.others:
        lines = "1 line was" if gathered.others == 1 else f"{gathered.others:,} lines were"
        notes = (*notes, f"{lines} left out: totals, blank lines, or lines that don't fit the header.")
    return Look(gathered.rows, gathered.sample.height, columns, notes, answers.decimal or mark)
