"""A warehouse's table → a new table with the answers, or just their number: run there, summed up here."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from segmentation.scoring.result import renamed, result_names
from segmentation.values import quote
from segmentation.warehouse.address import shown
from segmentation.warehouse.columns import feature_columns, fetch, score
from segmentation.warehouse.connections import open_warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from segmentation.model import SegmentModel
    from segmentation.warehouse.address import Address


@dataclass(frozen=True)
class WarehouseReport:
    """What became of a table.

    Parameters
    ----------
    rows, scored, rejected
        Number of rows: rows = scored + rejected.
    segments
        Customers in each of the model's segments, by name, in the model's order; 0 where there is none.
    into
        The table or file written; None where the rows were only counted.
    notes
        The mapping and what was assumed, as sentences.
    model_version
        The version that scored; empty for a model that was never saved.
    seconds
        How long it took.
    """

    rows: int
    scored: int
    rejected: int
    segments: dict[str, int]
    into: str | None
    notes: tuple[str, ...]
    model_version: str
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return the command line's JSON object."""
        return asdict(self)


def score_table(source: Address, model: SegmentModel, into: str | None = None) -> WarehouseReport:
    """Score a table where it is.

    Parameters
    ----------
    into
        A table that is not there yet, in the same place, or a Parquet file; None to count only.

    Raises
    ------
    BadInput
        When the address, the table or the target cannot be used.
    NotReady
        When the warehouse cannot be reached.
    SegbotError
        When it refuses something.
    """
    started = time.monotonic()
    with open_warehouse(source, writes=into is not None) as warehouse:
        table = warehouse.table(source.table)
        columns, names = feature_columns(table, model.schema), result_names(table.columns)
        answers = score(table, model)
        if into is not None:
            warehouse.write(answers, into)
            answers = warehouse.written(into)
        counted = answers.group_by(names[0]).agg(n=answers.count())
        counts: dict[str | None, int] = {segment: int(rows) for segment, rows in fetch(counted)}
    rows, rejected = sum(counts.values()), counts.get(None, 0)
    return WarehouseReport(
        rows=rows,
        scored=rows - rejected,
        rejected=rejected,
        segments={name: counts.get(name, 0) for name in model.names},
        into=into and shown(into),
        notes=tuple(_notes(columns, names)),
        model_version=model.version,
        seconds=time.monotonic() - started,
    )


def _notes(columns: Mapping[str, str], names: tuple[str, ...]) -> Iterator[str]:
    yield f"Columns read: {', '.join(f'{feature} from {quote(name)}' for feature, name in columns.items())}."
    if numbered := renamed(names):
        yield f"The table has such columns already, so in the result {numbered}."
