"""Ids that occur more than once: how many, in bounded memory, and which row is the first of each."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Final, Protocol, runtime_checkable

import polars as pl

_MOST: Final = 10_000_000
_AT_ONCE: Final = 1_000_000
# Of a hash.
_BYTES: Final = 8


@runtime_checkable
class Hashable(Protocol):
    """Ids in a form that takes next to no memory until their hashes are needed."""

    def __len__(self) -> int:
        """Return how many ids there are."""

    def hashes(self) -> memoryview:
        """Return their hashes, UInt64."""


class DuplicateCounter:
    """Counts repeated texts by their 64-bit hashes, at most `most` of them at a time.

    Beyond that it keeps every second id, then every fourth, and so on, chosen by hash. It keeps all occurrences of an
    id or none, so the count of the kept ids, scaled up, estimates the whole without bias.

    >>> import polars as pl
    >>> counter = DuplicateCounter()
    >>> counter.add(hashed(pl.Series(["A1", "A2", "A1", ""])))
    >>> counter.duplicates(), counter.exact
    (1, True)
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most, self._held, self._halvings = most, 0, 0
        self._hashes: list[pl.Series] = []
        self._distinct: list[pl.Series | memoryview] = []
        self._unhashed: list[Hashable] = []
        self._known: tuple[int, int] | None = None

    @property
    def exact(self) -> bool:
        """Whether every id was kept."""
        return self._halvings == 0

    def add(self, ids: pl.Series | memoryview | Hashable, *, distinct: bool = False) -> None:
        """Count some more ids, given as `hashed` returns them, as UInt64 in memory, or unhashed; a null is not an id.

        Parameters
        ----------
        distinct
            Whether it is known that none of them, nor of all others that are added so, repeats another.
        """
        # Told apart without a look at Polars, which plain files are scored without.
        if distinct and isinstance(ids, Hashable):
            self._known = None
            self._unhashed.append(ids)
        elif distinct and isinstance(ids, memoryview) and not self._halvings:
            # As long as there are no others, nothing but their number is needed.
            self._distinct.append(ids)
            self._hold(len(ids))
        else:
            kept = self._kept(_series(ids))
            (self._distinct if distinct else self._hashes).append(kept)
            self._hold(len(kept))

    def _hold(self, more: int) -> None:
        self._known = None
        self._held += more
        while self._held > self._most:
            self._halvings += 1
            self._hashes = [self._kept(part) for part in self._hashes]
            self._distinct = [self._kept(_series(part)) for part in self._distinct]
            self._held = sum(map(len, self._hashes)) + sum(map(len, self._distinct))

    def duplicates(self) -> int:
        """Return how many ids repeat an earlier one: an estimate unless `exact`."""
        kept, distinct = self._counted()
        return (kept - distinct) << self._halvings

    def rows_an_id(self) -> float:
        """Return how many rows an id has on average; 0 without ids."""
        kept, distinct = self._counted()
        return kept / distinct if distinct else 0.0

    def first_rows(self) -> list[pl.Series]:
        """Return, for each series that was added, whether each of its ids is there for the first time.

        A null is always there for the first time. Meaningful only while `exact`.
        """
        if not self._hashes:
            return []
        together = pl.concat(self._hashes)
        first, parts, start = together.is_first_distinct() | together.is_null(), [], 0
        for part in self._hashes:
            parts.append(first.slice(start, len(part)))
            start += len(part)
        return parts

    def _counted(self) -> tuple[int, int]:
        """Return the number of kept ids and of distinct ones among them, counted once: millions take time."""
        if self._known is None:
            # Unhashed ids are all there, of the others only a share.
            held = sum(map(len, self._distinct)) + (sum(map(len, self._unhashed)) >> self._halvings)
            self._known = held, held
            if self._hashes:
                together = pl.concat(self._hashes).drop_nulls()
                distinct = together.unique()
                # Of ids known to be distinct there may be any number: only the others are kept twice.
                parts = _together((*self._distinct, *self._unhashed))
                again = sum(int(part.is_in(distinct.implode()).sum()) for part in parts)
                self._known = held + len(together), held + len(distinct) - again
        return self._known

    def _kept(self, hashes: pl.Series) -> pl.Series:
        return hashes.filter(hashes % (1 << self._halvings) == 0) if self._halvings else hashes


def _together(parts: Iterable[pl.Series | memoryview | Hashable]) -> Iterator[pl.Series]:
    """Yield the hashes of some parts, many at a time: looking for others among them has its price each time."""
    gathered: list[pl.Series] = []
    for part in parts:
        gathered.append(_series(part))
        if sum(map(len, gathered)) >= _AT_ONCE:
            yield pl.concat(gathered)
            gathered = []
    if gathered:
        yield pl.concat(gathered)


def _series(ids: pl.Series | memoryview | Hashable) -> pl.Series:
    if isinstance(ids, memoryview):
        return hashes_in(ids)
    return hashes_in(ids.hashes()) if isinstance(ids, Hashable) else ids


def hashes_in(memory: memoryview | bytearray) -> pl.Series:
    """Return the UInt64 that are in memory; numpy, which would do the same, takes a tenth of a second to load."""
    data = bytes(memory)
    if not data:
        return pl.Series(dtype=pl.UInt64)
    together = pl.Array(pl.UInt64, len(data) // _BYTES)
    return pl.Series([data]).bin.reinterpret(dtype=together, endianness=sys.byteorder).explode()


def hashed(ids: pl.Series) -> pl.Series:
    """Return the hash of each id; null for those that are empty."""
    hashes = ids.hash()
    empty = (ids == "").arg_true()
    return hashes.scatter(empty, None) if len(empty) else hashes
