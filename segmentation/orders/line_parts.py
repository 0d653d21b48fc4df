"""Lines of orders kept on disk, in parts that fit in memory."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import polars as pl


class Part(Protocol):
    """Some lines of a file, with all lines of each of their orders."""

    def lines(self) -> pl.DataFrame:
        """Return the lines, as `LINE`, or with numbers for their orders (UInt64) and customers (UInt32)."""

    def orders(self) -> pl.DataFrame | None:
        """Return one row an order, as `OrderMaker` makes them; None if that is left to it."""


class LineParts:
    """Lines on disk in parts that fit in memory; the lines of one order are in one part.

    Parameters
    ----------
    folder
        Where to make a folder for each part.
    lines
        About how many there will be.
    part_lines
        About how many one part has.
    """

    def __init__(self, folder: Path, lines: int, part_lines: int) -> None:
        self._most = part_lines
        self._held: list[pl.DataFrame] = []
        self._rows = self._files = 0
        self.folders = [folder / f"{number:08}" for number in range(max(1, -(-lines // part_lines)))]
        for own in self.folders:
            own.mkdir(parents=True)

    def add(self, lines: pl.DataFrame) -> None:
        """Take in some more; as many as a part has are held before they are written."""
        self._held.append(lines)
        self._rows += lines.height
        if self._rows >= self._most or len(self.folders) == 1:
            self.flush()

    def remove(self) -> None:
        """Throw the lines away."""
        self._held.clear()
        for own in self.folders:
            shutil.rmtree(own)

    def flush(self) -> None:
        """Write what is held."""
        if not self._held:
            return
        held, self._held, self._rows = pl.concat(self._held), [], 0
        parts = {0: held}
        if len(self.folders) > 1:
            order, customer = pl.col("order"), pl.col("customer")
            key = pl.when(order.is_not_null()).then(order.hash()).when(customer.is_not_null()).then(customer.hash())
            keyed = held.with_columns((key.otherwise("hash") % len(self.folders)).alias("part")).partition_by(
                "part", as_dict=True, include_key=False
            )
            parts = {int(number): lines for (number,), lines in keyed.items()}
        for number, lines in parts.items():
            path = self.folders[number] / f"{self._files:08}.parquet"
            lines.write_parquet(path, compression="uncompressed", statistics=False)
        self._files += 1

    def parts(self) -> Iterator[LinesOnDisk]:
        """Yield the parts that have lines."""
        return (LinesOnDisk(own) for own in self.folders if any(own.iterdir()))


@dataclass(frozen=True)
class LinesOnDisk:
    """The lines of one part."""

    folder: Path

    def lines(self) -> pl.DataFrame:
        """Return them."""
        return pl.read_parquet(self.folder / "*.parquet")

    def orders(self) -> None:
        """Nothing is known of their orders yet."""
