"""Who moved between two files of the same customers, and whether the customers changed or the model did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

import polars as pl

from segmentation.movement.snapshot import CUSTOMER, SEGMENT_INDEX, About, Snapshot

# The name of the place where customers are that could not be scored.
NOT_SCORED: Final = ""
# Files with fewer customers in common than this share of the smaller one are of other customers.
LEAST_COMMON: Final = 0.5
_BEFORE: Final = "before"


@dataclass(frozen=True, slots=True)
class Movement:
    """What became of the customers of an earlier file.

    Parameters
    ----------
    since
        When the earlier file was scored: seconds since the epoch.
    version
        The version it was scored with.
    name
        What it was called.
    joined, left
        How many customers are new, and how many the later file lacks.
    table
        Customers in both files: how many, by their segment before and their segment now; `NOT_SCORED` stands for
        those that could not be scored.
    sizes
        The size of each segment in the earlier file.
    by_model
        How many of those that moved would be where they were if the model had not changed; None if it did not
        change, or if nobody could tell.
    earlier
        The id of the earlier file's snapshot, by which the movers can be listed; empty if they cannot be, because
        segments were renamed since or an older segbot compared the files.
    """

    since: float
    version: str
    joined: int
    left: int
    table: Mapping[str, Mapping[str, int]]
    sizes: Mapping[str, int]
    by_model: int | None = None
    name: str = ""
    earlier: str = ""

    @property
    def stayed(self) -> int:
        """How many customers are in the segment they were in."""
        return sum(row.get(before, 0) for before, row in self.table.items() if before != NOT_SCORED)

    @property
    def moved(self) -> int:
        """How many customers are in another segment than before; being scored or not doesn't count as a move."""
        return sum(
            count
            for before, row in self.table.items()
            for now, count in row.items()
            if before != now and NOT_SCORED not in (before, now)
        )

    @property
    def common(self) -> int:
        """How many customers are in both files."""
        return sum(sum(row.values()) for row in self.table.values())

    def to_data(self) -> dict[str, Any]:
        """Return the JSON-ready form."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Movement:
        """Rebuild it from `to_data`'s form; keys of later versions are ignored.

        Raises
        ------
        KeyError, TypeError
            When the data do not have that form.
        """
        return cls(**{field.name: data[field.name] for field in fields(cls) if field.name in data})


def compare(before: Snapshot, now: Snapshot, same_model: Snapshot | None = None) -> Movement:
    """Count who joined, left, stayed and moved between two snapshots under one key.

    Parameters
    ----------
    same_model
        The later file scored with the earlier file's model, if another one is in service by now: it tells the
        customers that changed from those whom only the model sees differently.
    """
    pairs = _paired(before, now)
    return Movement(
        since=before.about.taken,
        name=before.about.name,
        earlier=before.about.id,
        version=before.about.version,
        joined=now.customers.height - pairs.height,
        left=before.customers.height - pairs.height,
        table=_table(pairs, before.about.segments, now.about.segments),
        sizes=dict(before.about.sizes),
        by_model=None if same_model is None else _by_model(before, now, same_model),
    )


def common_share(before: Snapshot, now: Snapshot) -> float:
    """Return how many customers both files have, as a share of the smaller file's."""
    smaller = min(before.customers.height, now.customers.height)
    return before.customers.join(now.customers, on=CUSTOMER, how="semi").height / smaller if smaller else 0.0


def are_comparable(before: About, now: About) -> bool:
    """Say whether two files may be compared at all: same workspace, same features, same key."""
    return (before.team, before.population, before.key) == (now.team, now.population, now.key)


def movers(before: Snapshot, now: Snapshot) -> pl.DataFrame:
    """Return the customers in both files that moved: `customer` (UInt64), `before` and `segment` (names)."""
    pairs = _paired(before, now).drop_nulls()
    named = pairs.with_columns(
        _names(before.about.segments).gather(pairs[_BEFORE]).alias(_BEFORE),
        _names(now.about.segments).gather(pairs[SEGMENT_INDEX]).alias(SEGMENT_INDEX),
    )
    return named.filter(pl.col(_BEFORE) != pl.col(SEGMENT_INDEX))


def _by_model(before: Snapshot, now: Snapshot, same_model: Snapshot) -> int:
    """Count the customers that are elsewhere now, but would be where they were with the earlier model."""
    unmoved = movers(before, now).join(movers(before, same_model), on=CUSTOMER, how="anti")
    # Those that the earlier model cannot score stay out: of them nobody can tell.
    scored = same_model.customers.drop_nulls()
    return unmoved.join(scored, on=CUSTOMER, how="semi").height


def _paired(before: Snapshot, now: Snapshot) -> pl.DataFrame:
    """Return the customers in both files: `customer`, and the indices `before` and `segment`, null if not scored."""
    return before.customers.rename({SEGMENT_INDEX: _BEFORE}).join(now.customers, on=CUSTOMER)


def _table(pairs: pl.DataFrame, before: Sequence[str], now: Sequence[str]) -> dict[str, dict[str, int]]:
    counts = pairs.group_by(_BEFORE, SEGMENT_INDEX).len().sort(_BEFORE, SEGMENT_INDEX, nulls_last=True)
    table: dict[str, dict[str, int]] = {}
    for earlier, later, count in counts.iter_rows():
        row = table.setdefault(NOT_SCORED if earlier is None else before[earlier], {})
        row[NOT_SCORED if later is None else now[later]] = count
    return table


def _names(segments: Sequence[str]) -> pl.Series:
    return pl.Series(segments, dtype=pl.String)
