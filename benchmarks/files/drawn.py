"""Files of customers as people have them, drawn with seeds that no test uses: each kind is a habit of exports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.figures import Goal

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

_SEED: Final = 20_261_127
_PART: Final = 500_000
_FEATURES: Final = ("Age", "Annual Income (k$)", "Spending Score (1-100)")
_NAMES: Final = ("Ann Lee", "Bo Chen", "Carla Diaz", "Dev Patel", "Eve Stone", "Finn Marsh")
_NAMES_ELSEWHERE: Final = ("Zoë Müller", "Çağla Şahin", "Łukasz Żak", "Søren Ås", "José Peña", "Иван Петров")
_OTHER_COLUMNS: Final = 24


class Quotes(Enum):
    """Which cells are quoted."""

    NONE = auto()
    NAMES = auto()
    ALL = auto()
    RARE = auto()


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Parameters
    ----------
    words
        What sets it apart.
    goal
        How many times as long as Polars' rewrite scoring may take.
    whole
        Whether all its numbers are whole.
    names
        The names in its column of names; without that column if empty.
    others
        How many more columns it has.
    quotes
        Which cells are quoted; of the rare ones, 1 row in 20,000 has one.
    missing
        The share of feature cells that are empty.
    ragged_every
        One row in so many has a field too many; 0 for none.
    """

    words: str
    goal: Goal
    whole: bool = False
    text_ids: bool = False
    names: tuple[str, ...] = ()
    others: int = 0
    delimiter: str = ","
    line_end: str = "\n"
    decimal_comma: bool = False
    quotes: Quotes = Quotes.NONE
    missing: float = 0.0
    ragged_every: int = 0


_MOST: Final = Goal.most(1.5)
FRACTIONAL: Final = Kind("numbers with decimals", Goal.most(1.3))
KINDS: Final = {
    "fractional": FRACTIONAL,
    "whole": Kind("whole numbers", Goal.most(1.3), whole=True),
    "text_ids": Kind("ids with letters", _MOST, text_ids=True),
    "non_ascii": Kind("names beyond ASCII", _MOST, names=_NAMES_ELSEWHERE),
    "tab": Kind("tabs between cells", _MOST, names=_NAMES, delimiter="\t"),
    "crlf": Kind("CRLF at line ends", _MOST, line_end="\r\n"),
    "quoted_names": Kind("a quoted text column", _MOST, names=_NAMES, quotes=Quotes.NAMES),
    "quoted": Kind("all cells quoted", _MOST, names=_NAMES, quotes=Quotes.ALL),
    "german": Kind(
        "a German export: semicolons, decimal commas", _MOST, names=_NAMES, delimiter=";", decimal_comma=True
    ),
    "wide": Kind("29 columns", _MOST, names=_NAMES, others=_OTHER_COLUMNS),
    "wide_quoted": Kind(
        "29 columns, a quoted cell in 1 row of 20,000", _MOST, names=_NAMES, others=_OTHER_COLUMNS, quotes=Quotes.RARE
    ),
    "missing": Kind("0.1 % of the feature cells empty", Goal.most(2), missing=0.001),
    "ragged": Kind("a field too many in 1 row of 10,000", Goal.most(2), names=_NAMES, ragged_every=10_000),
}


def draw(kind: Kind, rows: int, target: Path) -> None:
    """Write a file of a kind."""
    import polars as pl  # noqa: PLC0415 - keeps it out of other competitors' processes

    with target.open("wb") as file:
        for start in range(0, rows, _PART):
            frame = pl.DataFrame(dict(_columns(kind, start, min(_PART, rows - start))))
            frame.write_csv(
                file,
                include_header=start == 0,
                separator=kind.delimiter,
                line_terminator=kind.line_end,
                quote_style="always" if kind.quotes is Quotes.ALL else "never",
                decimal_comma=kind.decimal_comma,
            )


def _columns(kind: Kind, start: int, count: int) -> Iterator[tuple[str, pl.Series]]:
    """Yield the columns of some rows: by name, their cells."""
    import numpy as np  # noqa: PLC0415 - keeps it out of other competitors' processes
    import polars as pl  # noqa: PLC0415 - keeps it out of other competitors' processes

    from segmentation.training.samples.mall import sample_customers  # noqa: PLC0415 - keeps it out of other competitors' processes

    rng = np.random.default_rng([_SEED, start])
    number = pl.Series(np.arange(start + 1, start + count + 1))
    yield "CustomerID", ("C-" + number.cast(pl.String).str.zfill(9)) if kind.text_ids else number
    if kind.names:
        names = pl.Series(kind.names).gather(rng.integers(len(kind.names), size=count))
        quoted = number % 20_000 == 7 if kind.quotes is Quotes.RARE else pl.Series([kind.quotes is Quotes.NAMES])
        longer = number % kind.ragged_every == 3 if kind.ragged_every else pl.Series([False])
        last_first = names.str.replace(" ", f"{kind.delimiter} ")
        yield (
            "Name",
            pl.select(
                pl.when(quoted).then('"' + last_first + '"').when(longer).then(last_first).otherwise(names)
            ).to_series(),
        )
    customers = sample_customers(-(-count // 200), seed=_SEED + start)[:count] + rng.normal(0, 0.5, (count, 3))
    for name, values, (low, high), decimals in zip(
        _FEATURES, customers.T, ((18, 75), (0, 200), (0, 100)), (0, 2, 1), strict=True
    ):
        rounded = pl.Series(np.round(np.clip(values, low, high), 0 if kind.whole else decimals))
        cells = rounded.cast(pl.Int64) if kind.whole or not decimals else rounded
        yield name, cells if not kind.missing else cells.set(pl.Series(rng.random(count) < kind.missing), None)
    for at in range(kind.others):
        yield (f"Other {at + 1}", _other(at, count, rng))


def _other(at: int, count: int, rng: np.random.Generator) -> pl.Series:
    """Return the cells of a column that is not a feature: words, dates, whole numbers and fractions by turns."""
    import polars as pl  # noqa: PLC0415 - keeps it out of other competitors' processes

    if at % 4 == 0:
        return pl.Series(["north", "south", "east", "west"]).gather(rng.integers(4, size=count))
    if at % 4 == 1:
        return pl.Series(rng.integers(19_000, 20_500, count)).cast(pl.Int32).cast(pl.Date).cast(pl.String)
    return pl.Series(rng.integers(1_000_000, size=count)) if at % 4 == 2 else pl.Series(rng.random(count).round(4))
