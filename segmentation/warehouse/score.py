"""A warehouse's table → a new table with the answers, or only their counts: the engine runs it all."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from segmentation.numbers.values import quote
from segmentation.scoring.result import assumed_notes, far_rows_note, renamed, result_names
from segmentation.warehouse.address import shown
from segmentation.warehouse.columns import feature_columns, fetch, score
from segmentation.warehouse.connections import open_warehouse
from segmentation.warehouse.expressions.answers import far_outside
from segmentation.warehouse.ids import id_column, id_of, repeated_ids, repeated_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from segmentation.model import SegmentModel
    from segmentation.warehouse.address import Address


@dataclass(frozen=True)
class WarehouseReport:
    """The result of scoring a table.

    Parameters
    ----------
    rows, scored, rejected
        Number of rows: rows = scored + rejected.
    segments
        Number of customers by segment name, in the model's order; 0 for a segment without any.
    into
        The table or file written; None if the rows were only counted.
    notes
        Which columns were read, which result columns were renamed, and what to check, as sentences.
    model_version
        The version that scored; empty for a model that was never saved.
    seconds
        Duration.
    duplicate_ids
        Number of rows whose id another row has too, the first of each id not counted; None if no column holds ids.
    """

    rows: int
    scored: int
    rejected: int
    segments: dict[str, int]
    into: str | None
    notes: tuple[str, ...]
    model_version: str
    seconds: float
    duplicate_ids: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the command line's JSON object."""
        return asdict(self)


def score_table(source: Address, model: SegmentModel, into: str | None = None) -> WarehouseReport:
    """Score a table where it is, without fetching it.

    Parameters
    ----------
    into
        A new table of the same database, or a new Parquet file; None to count only.

    Raises
    ------
    BadInput
        When the address, the table or the target cannot be used.
    NotReady
        When the warehouse cannot be reached.
    SegbotError
        When the warehouse refuses a query.
    """
    started = time.monotonic()
    with open_warehouse(source, writes=into is not None) as warehouse:
        table = warehouse.table(source.table)
        columns, names = feature_columns(table, model.schema), result_names(table.columns)
        ids = id_column(table, columns.values())
        answers = score(table, model)
        if into is not None:
            warehouse.write(answers, into)
            # The stored result is counted: the engine need not compute the answers a second time.
            answers = table = warehouse.written(into)
        # Counted, not summed: of a model that no value in bounds is far outside of, the condition is a constant.
        far = answers.count(where=far_outside(answers, columns, model))
        counted = answers.group_by(names[0]).agg(n=answers.count(), far=far)
        found = fetch(counted)
        repeated = None if ids is None else repeated_ids(id_of(table, ids), ids)
    counts: dict[str | None, int] = {segment: int(rows) for segment, rows, _ in found}
    rows, rejected = sum(counts.values()), counts.get(None, 0)
    far_rows = sum(int(number) for segment, _, number in found if segment is not None)
    return WarehouseReport(
        rows=rows,
        scored=rows - rejected,
        rejected=rejected,
        segments={name: counts.get(name, 0) for name in model.names},
        into=into and shown(into),
        notes=(
            *_column_notes(columns, names, model),
            *_repeated_notes(repeated, ids),
            *([far_rows_note(far_rows)] if far_rows else []),
        ),
        model_version=model.version,
        seconds=time.monotonic() - started,
        duplicate_ids=repeated,
    )


def _column_notes(columns: Mapping[str, str], names: tuple[str, ...], model: SegmentModel) -> Iterator[str]:
    yield f"Columns read: {', '.join(f'{feature} from {quote(name)}' for feature, name in columns.items())}."
    absent = [name for name in model.schema.names if name not in columns]
    if absent:
        yield f"The table has no column for {' or '.join(absent)}: the profile is without it."
    yield from assumed_notes(model, absent)
    if numbered := renamed(names):
        yield f"The table already has columns of these names, so in the result {numbered}."


def _repeated_notes(rows: int | None, ids: str | None) -> Iterator[str]:
    if rows and ids:
        yield f"{repeated_text(rows, ids)}; {'it' if rows == 1 else 'each'} was scored."
