"""Lines on disk as the kernel has them, in parts, and the orders that it makes of a part's lines if it can."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from segmentation.orders.bulk.library import LINE_RECORD, NO_CUSTOMER, NO_DAY, NO_NUMBER, OrderKernel, TooOdd

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Lines that are held before they are written.
_HELD: Final = 1 << 18
_MOST_CURRENCIES: Final = 1 << 16


class Currencies:
    """The currencies of a file, each with a number; 0 is none."""

    def __init__(self) -> None:
        self.names: list[str | None] = [None]

    def numbers(self, texts: pl.Series) -> NDArray[np.uint16]:
        """Return the number of each currency.

        Raises
        ------
        TooOdd
            When there are too many.
        """
        if texts.null_count() == len(texts):
            return np.zeros(len(texts), dtype=np.uint16)
        known = texts.unique()
        self.names += [name for name in known if name not in self.names]
        if len(self.names) > _MOST_CURRENCIES:
            raise TooOdd
        numbers = pl.Series([self.names.index(name) for name in known], dtype=pl.UInt16)
        return texts.replace_strict(known, numbers, return_dtype=pl.UInt16).to_numpy()

    def texts(self, numbers: NDArray[np.uint16]) -> pl.Series:
        """Return the currency, String, that each number stands for."""
        if len(self.names) == 1:
            return pl.repeat(None, len(numbers), dtype=pl.String, eager=True)
        return pl.Series(self.names, dtype=pl.String).gather(pl.Series(np.ascontiguousarray(numbers)))


class LineStore:
    """Lines on disk in parts that fit in memory; the lines of one order are in one part.

    Parameters
    ----------
    folder
        Where to keep them.
    lines
        About how many there will be.
    part_lines
        About how many one part has.
    """

    def __init__(self, kernel: OrderKernel, folder: Path, lines: int, part_lines: int) -> None:
        self._kernel = kernel
        self._held: list[NDArray[Any]] = []
        self._rows = 0
        folder.mkdir(parents=True)
        self._paths = [folder / f"{number:08}.lines" for number in range(max(1, -(-lines // part_lines)))]
        self._currencies = Currencies()

    def add(self, lines: pl.DataFrame) -> None:
        """Take in lines whose orders and customers are numbers."""
        records = np.empty(lines.height, dtype=LINE_RECORD)
        for name, lacking in (("order", 0), ("amount", NO_NUMBER), ("refund", NO_NUMBER), ("customer", NO_CUSTOMER)):
            records[name] = lines[name].fill_null(lacking).to_numpy()
        records["day"] = lines["day"].to_physical().fill_null(NO_DAY).to_numpy()
        records["currency"] = self._currencies.numbers(lines["currency"])
        for name in ("state", "hash"):
            records[name] = lines[name].to_numpy()
        self._held.append(records)
        self._rows += lines.height
        if self._rows >= _HELD:
            self.flush()

    def remove(self) -> None:
        """Throw the lines away."""
        self._held.clear()
        for path in self._paths:
            path.unlink(missing_ok=True)

    def flush(self) -> None:
        """Write what is held."""
        if self._held:
            parted, ends = self._kernel.part(np.concatenate(self._held), len(self._paths))
            self._held, self._rows = [], 0
            for path, start, end in zip(self._paths, [0, *ends], ends, strict=False):
                if end > start:
                    with path.open("ab") as file:
                        parted[start:end].tofile(file)

    def parts(self) -> Iterator[StoredPart]:
        """Yield the parts that have lines."""
        for path in self._paths:
            if path.exists():
                yield StoredPart(self._kernel, np.fromfile(path, dtype=LINE_RECORD), self._currencies)


@dataclass(frozen=True)
class StoredPart:
    """The lines of one part."""

    kernel: OrderKernel
    records: NDArray[Any]
    currencies: Currencies

    def lines(self) -> pl.DataFrame:
        """Return them as `LINE`, but orders (UInt64) and customers (UInt32) are numbers."""
        of = self.records
        return pl.DataFrame(
            {
                "order": _nulled(of["order"], 0),
                "customer": _nulled(of["customer"], NO_CUSTOMER),
                "day": _nulled(of["day"], NO_DAY).cast(pl.Date),
                "amount": _nulled(of["amount"], NO_NUMBER),
                "refund": _nulled(of["refund"], NO_NUMBER),
                "currency": self.currencies.texts(of["currency"]),
                "state": pl.Series(of["state"]),
                "hash": pl.Series(of["hash"]),
            }
        )

    def orders(self) -> pl.DataFrame | None:
        """Return what the lines of each order add up to, as `OrderMaker` does; None if they are not all plain."""
        of = self.kernel.group(self.records)
        if of is None:
            return None
        same = ("lines", "filled", "paid", "most", "least", "payments", "back", "most_back", "refund", "most_refund")
        return pl.DataFrame(
            {
                "customer": _nulled(of["customer"], NO_CUSTOMER),
                "currency": self.currencies.texts(of["currency"]),
                "day": _nulled(of["day"], NO_DAY).cast(pl.Date),
                "until": _nulled(of["until"], NO_DAY).cast(pl.Date),
                **{name: pl.Series(of[name]) for name in (*same, "state")},
            }
        )


def _nulled(values: NDArray[Any], lacking: int) -> pl.Series:
    found = pl.Series(np.ascontiguousarray(values))
    gaps = found == lacking
    return found.set(gaps, None) if gaps.any() else found
