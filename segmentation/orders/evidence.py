"""One pass over an order export: how its dates and numbers are written, and which statuses there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from segmentation.numbers.number_forms import NumberStyle
from segmentation.numbers.values import BLANK
from segmentation.orders.answers import Discounts, OrderAnswers, ask_all
from segmentation.orders.cells.amounts import AMOUNT
from segmentation.orders.cells.dates import DateEvidence, trimmed
from segmentation.orders.cells.discounts import DiscountEvidence
from segmentation.orders.cells.states import status_questions
from segmentation.orders.headings import Role
from segmentation.orders.mapping import OrderColumns
from segmentation.reading.blocks import CleanBlock, RecordBlock
from segmentation.reading.numerals.evidence import Evidence
from segmentation.reading.numerals.numbers import Column, common_mark, style_notes, style_of
from segmentation.reading.questions import Question
from segmentation.reading.table import Table

MONEY: Final = (Role.AMOUNT, Role.PRICE, Role.QUANTITY, Role.REFUND)
# A column with more different values than this says something else than a status.
_MOST_STATUSES: Final = 1000


def order_rows(
    table: Table, block: CleanBlock | RecordBlock, used: Collection[int], *, all_cells: bool = False
) -> pl.DataFrame:
    """Return a block's cells without totals, rows that do not fit the header, and rows whose used columns are empty.

    Parameters
    ----------
    used
        Positions of the columns that are looked at.
    all_cells
        Whether the cells of all columns are returned.
    """
    cells = table.rows.cells(block, None if all_cells else {0, *used})
    out = set(table.rows.labelled(block).totals)
    if isinstance(block, RecordBlock):
        out |= {fault.row for fault in block.faults}
    if out:
        rows = pl.int_range(pl.len())
        cells = cells.filter(~rows.is_in(sorted(out)))
    names = [f"c{at}" for at in used]
    if (trimmed(cells[names[0]]) == "").any():
        cells = cells.filter(pl.any_horizontal(pl.col(names).str.strip_chars(BLANK) != ""))
    return cells


@dataclass(frozen=True)
class Forms:
    """How the cells of an order export are written.

    Parameters
    ----------
    dates
        What its dates say of the order of day and month.
    styles
        By role, how numbers are written.
    discounts
        What its discounts are; None if it has none.
    notes
        What was assumed of its numbers, as sentences.
    rows
        Rows that may be order lines.
    others
        Rows that are none: totals, blank rows, rows that do not fit the header.
    """

    dates: DateEvidence
    styles: dict[Role, NumberStyle]
    discounts: Discounts | None
    notes: tuple[str, ...]
    rows: int
    others: int

    def read_alike(self, other: Forms, answers: OrderAnswers) -> bool:
        """Tell whether lines are read the same way as by other forms."""
        ways, others = (
            (forms.styles, forms.discounts, forms.dates.orders(answers.days, answers.serials))
            for forms in (self, other)
        )
        return ways == others


@dataclass
class Seen:
    """What the cells of an order export say of how they are written."""

    dates: DateEvidence = field(default_factory=DateEvidence)
    numbers: dict[Role, Evidence] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    discounts: DiscountEvidence = field(default_factory=DiscountEvidence)
    rows: int = 0
    others: int = 0

    @classmethod
    def nothing(cls, columns: OrderColumns) -> Seen:
        """Begin without any cells."""
        return cls(numbers={role: Evidence(AMOUNT) for role in MONEY if role in columns.places})

    def add(self, rows: int, cells: pl.DataFrame, columns: OrderColumns) -> None:
        """Take in the cells of a block of so many rows, as `order_rows` returns them."""
        self.rows += cells.height
        self.others += rows - cells.height
        self.dates.add(cells[f"c{columns.places[Role.DATE]}"])
        for role, evidence in self.numbers.items():
            evidence.add(trimmed(cells[f"c{columns.places[role]}"]))
        if Role.DISCOUNT in columns.places:
            self.discounts.add(cells[f"c{columns.places[Role.DISCOUNT]}"])
        if Role.STATUS in columns.places and len(self.statuses) <= _MOST_STATUSES:
            texts = trimmed(cells[f"c{columns.places[Role.STATUS]}"])
            self.statuses.update(dict(texts.value_counts().iter_rows()))

    def add_plain(
        self,
        rows: int,
        dates: pl.Series,
        numbers: Mapping[Role, tuple[int, Mapping[str, int]]],
        statuses: Mapping[str, int],
    ) -> None:
        """Take in rows that somebody else has read.

        Parameters
        ----------
        dates
            Their different dates.
        numbers
            By role, how many numbers are whole, and how many have which decimal mark.
        statuses
            How many rows have each.
        """
        self.rows += rows
        self.dates.add(dates)
        for role, (whole, settled) in numbers.items():
            self.numbers[role].add_counts(whole, settled)
        if len(self.statuses) <= _MOST_STATUSES:
            self.statuses.update(statuses)

    def forms(self, columns: OrderColumns, typed: frozenset[int], answers: OrderAnswers) -> Forms:
        """Decide how the cells that were taken in are read.

        Parameters
        ----------
        typed
            Positions of a workbook's columns of number cells.

        Raises
        ------
        Question
            When dates, numbers or statuses can be read in several ways.
        """
        styles: dict[Role, NumberStyle] = {}
        weighed = {
            role: Column(columns.name(role), AMOUNT, evidence, columns.places[role] in typed)
            for role, evidence in self.numbers.items()
        }
        ask_all(_questions(self, columns, weighed, answers, styles))
        notes = [note for role, style in styles.items() for note in style_notes(weighed[role], style)]
        discounts = None
        if Role.DISCOUNT in columns.places:
            discounts = self.discounts.read_as(answers.discounts)
            notes += self.discounts.note(columns.name(Role.DISCOUNT), answers.discounts)
        return Forms(self.dates, styles, discounts, tuple(notes), self.rows, self.others)


def _questions(
    seen: Seen,
    columns: OrderColumns,
    weighed: Mapping[Role, Column],
    answers: OrderAnswers,
    styles: dict[Role, NumberStyle],
) -> Iterator[Question]:
    yield from seen.dates.questions(columns.name(Role.DATE), answers.days)
    yield from seen.dates.exchanged_questions(columns.name(Role.DATE), answers.serials)
    mark = common_mark([column.evidence for column in weighed.values() if not column.typed])
    for role, column in weighed.items():
        try:
            styles[role] = style_of(column, mark, answers.file)
        except Question as question:
            yield question
    if Role.DISCOUNT in columns.places:
        yield from seen.discounts.questions(columns.name(Role.DISCOUNT), answers.discounts)
    if Role.STATUS in columns.places:
        yield from status_questions(columns.name(Role.STATUS), seen.statuses, answers)
