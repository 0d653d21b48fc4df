"""A table's usable customers for a training: each row's values, and what became of the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import polars as pl

from segmentation.numbers.value_sentences import grouped_rows, unknown_rows
from segmentation.reading.batch import UNKNOWN, Batch
from segmentation.reading.blocks import CleanBlock, RecordBlock
from segmentation.reading.ids.duplicates import DuplicateCounter, hashed
from segmentation.reading.numerals.units import Expected, UnitCheck
from segmentation.reading.problems import NOT_CUSTOMERS, Problem
from segmentation.reading.questions import Answers
from segmentation.reading.repeated_ids import RepeatedIds, count_repeats, refuse_order_lines
from segmentation.reading.source import opened_source
from segmentation.reading.table import DEFAULT_LIMITS, NOTHING_DECIDED, Limits, Table, in_order, open_table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from segmentation.schema import Schema

_NO_ID: Final = pl.Series([""])

T = TypeVar("T")


@dataclass(frozen=True)
class TrainingRows:
    """The outcome of reading a file's rows for training.

    Parameters
    ----------
    rows
        Number of customers' rows in the file, usable and rejected.
    rejected
        Number of rows left out, by the reason of the first fault in each.
    problems
        All kinds of fault, the commonest first.
    notes
        The mapping and what was assumed, as sentences.
    other_rows
        Rows that stand for no customer, such as totals, by kind; they count neither in `rows` nor in `rejected`.
    repeated
        What the ids say of rows that repeat one; None if no column holds ids or none repeats.
    """

    rows: int
    rejected: dict[str, int]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    other_rows: tuple[Problem, ...]
    repeated: RepeatedIds | None


def read_training_rows(
    source: Path,
    schema: Schema,
    digest: Callable[[NDArray[np.float64]], T],
    add: Callable[[T], None],
    *,
    limits: Limits = DEFAULT_LIMITS,
    answers: Answers = NOTHING_DECIDED,
    all_cells: bool = True,
    repeated: RepeatedIds | None = None,
) -> TrainingRows:
    """Read every usable customer of a file, block by block: however large the file, only a few blocks are in memory.

    A row is left out, and counted, under the same rules as in scoring: a missing cluster feature, a bad or
    out-of-range cell, a ragged line, a repeated header. Totals and the lines below a report are not customers at all. A
    missing profile feature is NaN.

    Parameters
    ----------
    digest
        Turns a block's (n, d) float64 values into a T: features in schema order, finite and in bounds, NaN for a
        missing profile feature. Several threads call it at once.
    add
        Receives each result of `digest`, in file order, in the calling thread.
    answers
        What a person has decided if the file can be read in several ways.
    all_cells
        As for `open_table`.
    repeated
        What an earlier reading of the same file found about its ids: of the rows of one id only the first then counts.

    Raises
    ------
    Undecided
        As `open_table` says, without `all_cells`.
    Question
        When the file can be read in several ways and `answers` does not say which.
    BadInput
        When the file as a whole cannot be used, or lists orders instead of customers.
    OSError
        When it cannot be read.
    """
    with opened_source(source, schema, sheet=answers.sheet, limits=limits) as opened:
        table = open_table(opened, schema, limits=limits, answers=answers, all_cells=all_cells)
        return _training_rows(table, digest, add, repeated)


def _training_rows(
    table: Table,
    digest: Callable[[NDArray[np.float64]], T],
    add: Callable[[T], None],
    repeated: RepeatedIds | None,
) -> TrainingRows:
    blocks, tally, rejected, ids = table.blocks(), table.tally(), Counter[str](), DuplicateCounter()
    unknown, grouped = Counter[str](), Counter[str]()
    others = {f.name: len(f.categories) for f in table.rows.whole.features if f.other}
    first = None if repeated is None else repeated.first
    rows = 0
    # There is no model yet: only the bounds tell a wrong unit.
    clustering = [table.rows.whole.features[i] for i in table.rows.whole.cluster_indices]
    units = UnitCheck([Expected(f, table.column(f.name), f.minimum, f.maximum) for f in clustering], table.factors)

    def read(numbered: tuple[int, CleanBlock | RecordBlock]) -> tuple[Batch, pl.Series | None, T]:
        number, block = numbered
        batch = table.rows.read(block)
        usable = _usable(batch)
        counted = usable if first is None else usable & first[number]
        values = batch.values if counted.all() else batch.values.filter(counted)
        hashes = None if batch.ids is None or first is not None else hashed(batch.ids.zip_with(usable, _NO_ID))
        return batch, hashes, digest(values.to_numpy())

    for batch, hashes, found in in_order(read, enumerate(blocks)):
        rows += batch.rows - batch.others
        batch.count(tally)
        units.add(batch)
        blocks.leave_out(batch.blank_lines)
        unknown.update(batch.lacking["name"].filter(batch.lacking["name"].str.ends_with(UNKNOWN)))
        grouped.update({name: batch.grouped(name, code) for name, code in others.items()})
        rejected.update(reason for reason in batch.rejected["reason"] if reason not in NOT_CUSTOMERS)
        if hashes is not None:
            ids.add(hashes)
        add(found)
    table.check_shape(blocks)
    units.check()
    notes = table.notes(blocks, tally)
    if repeated is None:
        refuse_order_lines(table.rows, table.blocks(), ids)
        if repeats := count_repeats(table.layout, ids):
            repeated = RepeatedIds(repeats, ids.first_rows() if ids.exact else None)
    elif first is not None:
        rows -= repeated.rows
    notes = (*notes, *_category_notes(table.rows.whole, unknown, grouped))
    notes = (*notes, repeated.note) if repeated is not None else notes
    return TrainingRows(rows, dict(rejected), tally.problems(), notes, tally.other_rows(), repeated)


def _category_notes(schema: Schema, unknown: Counter[str], grouped: Counter[str]) -> Iterator[str]:
    """Say of each category how many rows have one that the schema does not list."""
    for feature in schema.features:
        if rows := grouped[feature.name]:
            yield grouped_rows(feature, rows)
        if rows := unknown[f"{feature.name}{UNKNOWN}"]:
            yield (
                f"{unknown_rows(feature, rows)}, and counts as not given. To use it, add it to the categories in the "
                "schema, or write other = true to group all that are not listed."
            )


def _usable(batch: Batch) -> pl.Series:
    """Return whether each row is a customer that was not refused."""
    everyone = pl.Series([True]).new_from_index(0, batch.rows)
    return everyone.scatter(batch.rejected["row"], False)
