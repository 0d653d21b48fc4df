"""Files of every kind that people have, scored as whole processes in turns with Polars' rewrite of the same file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.figures import Section
from benchmarks.files.bench import ROUNDS, Bench
from benchmarks.files.drawn import FRACTIONAL, KINDS

if TYPE_CHECKING:
    from benchmarks.trained_sample import TrainedSample

ROWS: Final = 4_000_000
_QUICK_ROWS: Final = 120_000
# Files of many columns have a row for so many of the others.
_WIDE: Final = 4


def measure(sample: TrainedSample, *, quick: bool, rows: int | None = None) -> Section:
    """Score a file of each kind; `rows` is the size of those with few columns."""
    size = rows or (_QUICK_ROWS if quick else ROWS)
    bench = Bench(sample, sample.folder / "kinds", rounds=1 if quick else ROUNDS)
    for kind in KINDS.values():
        if kind is not FRACTIONAL:
            bench.compare(kind, size // _WIDE if kind.others else size)
    return Section(
        f"kinds: {size:,} customers from CSV to CSV, as whole processes with their imports",
        f"Medians of {bench.rounds} rounds in turns with Polars.",
        tuple(bench.measurements),
        tuple(bench.figures),
    )
