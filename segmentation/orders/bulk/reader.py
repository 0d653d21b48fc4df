"""Blocks of an order export → lines whose orders and customers are numbers; what is not plain is read exactly."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from segmentation.errors import BadInput
from segmentation.numbers.number_forms import MARKS
from segmentation.orders.bulk.library import OrderKernel
from segmentation.orders.bulk.line_store import LineStore
from segmentation.orders.bulk.names import CustomerNames
from segmentation.orders.bulk.plan import OrderPlan, suits
from segmentation.orders.bulk.run import Run
from segmentation.orders.cells.dates import read_days
from segmentation.orders.cells.states import State
from segmentation.orders.headings import Role
from segmentation.orders.line_currencies import Said, currencies
from segmentation.orders.lines import (
    LineCounts,
    LinePart,
    LineReader,
    ignored,
    of_other_years,
    states_of,
    tell_cancelled,
    unread,
)
from segmentation.reading.blocks import CleanBlock, RecordBlock, WholeRecords, WholeRecordsBlock, clean_rows
from segmentation.reading.records.reader import RecordReader, ShapeCounts
from segmentation.scoring.kernel.odd_rows import read_odd
from segmentation.scoring.kernel.use import wanted_kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.orders.evidence import Seen

# A file of so many different dates has times beside them: they are not kept.
_MOST_DATES: Final = 1 << 16


@dataclass(frozen=True)
class Plain:
    """The plain rows of a block.

    Parameters
    ----------
    lines
        As `LINE`, without customers, but the order is the hash of its number.
    customers
        Who bought: the block, the hash of each text, where that starts, and its size.
    dated
        The lines whose date was read.
    """

    lines: pl.DataFrame
    customers: tuple[bytes, NDArray[np.uint64], NDArray[np.uint32], NDArray[np.uint32]]
    dated: pl.Series
    dates: pl.Series
    forms: NDArray[np.int64]
    statuses: dict[str, int]
    contradicted: Counter[Said]
    other_years: frozenset[str]


@dataclass(frozen=True)
class Exact:
    """Rows of a block that were read exactly: how many, their cells, and their lines with hashes of orders' numbers."""

    rows: int
    cells: pl.DataFrame
    part: LinePart


@dataclass(frozen=True)
class BulkPart:
    """What was made of a block."""

    plain: Plain | None
    exact: list[Exact]
    counts: ShapeCounts


class BulkReader:
    """Reads the lines of one export.

    Attributes
    ----------
    names
        Who bought.
    """

    def __init__(self, kernel: OrderKernel, exact: LineReader) -> None:
        self._kernel = kernel
        self._table, self._columns, self._answers = exact.table, exact.columns, exact.answers
        self._plan = OrderPlan(exact.table, exact.columns, exact.forms)
        self._orders = exact.forms.dates.orders(exact.answers.days, exact.answers.serials)
        self._delimiter = exact.table.layout.delimiter
        self._exact = replace(exact, hash_rows=self._hash_rows)
        self._days: dict[str, tuple[int | None, bool]] = {}
        self.names = CustomerNames(kernel)

    def store(self, folder: Path, lines: int, part_lines: int) -> LineStore:
        """Return where to keep the lines; parameters as for `LineStore`."""
        return LineStore(self._kernel, folder, lines, part_lines)

    def whole_records(self, block: bytes) -> WholeRecords:
        """Tell which part of a block is whole records, as `Blocks` wants to know it."""
        return self._kernel.whole_records(block, self._delimiter)

    def read(self, block: WholeRecordsBlock | RecordBlock) -> BulkPart:
        """Read a block; any number of threads may at once.

        Raises
        ------
        BadInput
            As reading does.
        """
        if isinstance(block, RecordBlock):
            return self._exactly([block], ShapeCounts())
        run, layout, limits = Run(self._plan, block), self._table.layout, self._table.limits
        if self._kernel.read(self._plan.struct, block.data, run.struct):
            counts = ShapeCounts()
            try:
                odd = [records for records, _ in read_odd([(block, run.odd_rows)], layout, limits, counts)]
            except BadInput:
                # Which names a line of the odd rows alone; below it is the file's.
                pass
            else:
                counts.widths[layout.width] += run.rows
                return replace(self._exactly(odd, counts), plain=self._plain(block, run))
        counts = ShapeCounts()
        if rows := clean_rows(block.data, layout):
            counts.widths[layout.width] += rows
            return self._exactly([CleanBlock(block.data, block.first_line, rows)], counts)
        records = RecordReader(layout, limits, counts).read(block.data.decode(), block.first_line)
        return self._exactly(list(records), counts)

    def take(self, part: BulkPart, seen: Seen, counts: LineCounts) -> list[pl.DataFrame]:
        """Take in what was made of a block, after those before it; return its lines, whose customers are numbers.

        Raises
        ------
        TooOdd
            When the file holds what only the exact path reads.
        """
        lines = []
        if (plain := part.plain) is not None:
            seen.add_plain(plain.lines.height, plain.dates, self._forms_of(plain), plain.statuses)
            found = plain.lines.with_columns(self.names.numbers(*plain.customers).alias("customer"))
            dated = found if plain.dated.all() else found.filter(plain.dated)
            counts.add(LinePart(dated, found.height - dated.height, 0, {}, plain.contradicted, plain.other_years))
            lines.append(dated)
        for exact in part.exact:
            seen.add(exact.rows, exact.cells, self._columns)
            counts.add(exact.part)
            numbers = self.names.of_ids(exact.part.lines["customer"])
            lines.append(exact.part.lines.with_columns(numbers.alias("customer")))
        return [each.select(_COLUMNS) for each in lines if each.height]

    def _forms_of(self, plain: Plain) -> dict[Role, tuple[int, dict[str, int]]]:
        return {
            role: (whole, dict(zip(MARKS, (comma, point), strict=True)))
            for role, (whole, point, comma) in zip(self._plan.numbers, plain.forms.tolist(), strict=True)
        }

    def _exactly(self, blocks: Sequence[CleanBlock | RecordBlock], counts: ShapeCounts) -> BulkPart:
        found = []
        for block in blocks:
            cells = self._exact.cells_of(block)
            part = self._exact.read(cells)
            lines = part.lines.with_columns(self._kernel.hashed(part.lines["order"]).alias("order"))
            found.append(Exact(block.rows, cells, replace(part, lines=lines)))
        return BulkPart(None, found, counts)

    def _plain(self, block: WholeRecordsBlock, run: Run) -> Plain:
        words = {role: run.words(place) for place, role in enumerate(self._plan.words)}
        dates, which = words[Role.DATE]
        days, lacking = self._read_days(dates)
        states, statuses = self._states(words, run.rows)
        amounts = {role: run.amounts(place) for place, role in enumerate(self._plan.numbers)}
        money = self._exact.counted(self._exact.money_of(amounts, run.rows), self._ignored(words))
        money, states = self._exact.returned(money, states)
        currency, contradicted = pl.repeat(None, run.rows, dtype=pl.String, eager=True), Counter[Said]()
        if Role.CURRENCY in words:
            named, at = words[Role.CURRENCY]
            currency, contradicted = self._exact.currencies.of(currencies(named).gather(pl.Series(at)), None)
        lines = pl.DataFrame(
            {
                "order": run.orders,
                "day": days.gather(pl.Series(which)),
                "amount": money["amount"],
                "refund": money["refund"],
                "currency": currency,
                "state": states,
                "hash": run.hashes,
            }
        )
        dated = ~lacking.gather(pl.Series(which))
        other_years = of_other_years(dates.filter(lacking)) if lacking.any() else frozenset[str]()
        return Plain(lines, (block.data, *run.customers), dated, dates, run.forms, statuses, contradicted, other_years)

    def _read_days(self, texts: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Return the days, Date, of different texts, and which of them are there but no date."""
        known = self._days
        if len(known) > _MOST_DATES:
            self._days = known = {}
        new = [text for text in texts if text not in known]
        if new:
            cells = pl.Series(new, dtype=pl.String)
            days = read_days(cells, self._orders)
            found = zip(days.to_physical(), unread(days, cells), strict=True)
            known.update(zip(new, found, strict=True))
        read = [known[text] for text in texts]
        days = pl.Series([day for day, _ in read], dtype=pl.Int32).cast(pl.Date)
        return days, pl.Series([lacking for _, lacking in read], dtype=pl.Boolean)

    def _states(
        self, words: dict[Role, tuple[pl.Series, NDArray[np.uint32]]], rows: int
    ) -> tuple[pl.Series, dict[str, int]]:
        """Return each row's `State`, and how many rows have which status."""
        states, statuses = pl.repeat(int(State.UNSAID), rows, dtype=pl.UInt8, eager=True), dict[str, int]()
        if Role.STATUS in words:
            texts, which = words[Role.STATUS]
            states = states_of(texts, self._answers).gather(pl.Series(which))
            statuses = dict(zip(texts, np.bincount(which, minlength=len(texts)).tolist(), strict=True))
        if Role.CANCELLED in words:
            texts, which = words[Role.CANCELLED]
            cancelled = tell_cancelled(texts).gather(pl.Series(which))
            states = states.scatter(cancelled.arg_true(), State.CANCELLED)
        return states, statuses

    def _ignored(self, words: dict[Role, tuple[pl.Series, NDArray[np.uint32]]]) -> pl.Series | None:
        if Role.STATUS not in words or not self._answers.unpaid:
            return None
        texts, which = words[Role.STATUS]
        return ignored(texts, self._answers).gather(pl.Series(which))

    def _hash_rows(self, cells: pl.DataFrame) -> pl.Series:
        """Hash rows as the kernel does; one with a cell of several parts so that no plain row can be like it."""
        text = pl.concat_str(pl.all(), separator=self._delimiter)
        sizes = pl.concat_str(*(pl.col(name).str.len_bytes() for name in cells.columns), separator=" ")
        several = pl.any_horizontal(pl.all().str.contains(r"[\r\n]|" + re.escape(self._delimiter)))
        marked = pl.when(several).then(pl.concat_str(pl.lit("\0"), sizes, text)).otherwise(text)
        return self._kernel.hashed(cells.select(marked.alias("row")).to_series())


_COLUMNS: Final = ("order", "customer", "day", "amount", "refund", "currency", "state", "hash")


def bulk_reader(exact: LineReader) -> BulkReader | None:
    """Return what reads a file's lines with the kernel; None without a kernel, or if it does not suit the file."""
    kernel = wanted_kernel()
    if kernel is None or not suits(exact.table, exact.columns, exact.forms):
        return None
    return BulkReader(OrderKernel(kernel), exact)
