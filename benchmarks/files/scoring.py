"""CSV files of several sizes scored by `segbot score`, as whole processes, beside Polars' rewrite and the usual script.

Polars' rewrite scans the same file, adds a constant column and writes the result: about what copying the file through
the fastest CSV reader costs. Every process runs from its start to its end, imports included, in turns with the other.
A look at a file whose columns nobody knows and the exact path are measured beside them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.figures import Figure, Goal, Section
from benchmarks.files.bench import ROUNDS, Bench
from benchmarks.files.drawn import FRACTIONAL, draw

if TYPE_CHECKING:
    from benchmarks.trained_sample import TrainedSample

ROWS: Final = 10_000_000
_QUICK_ROWS: Final = 300_000
# Beside the main size: what a tenth and three times as many rows take.
_SMALLER, _LARGER = 10, 3
_MEMORY: Final = Goal.most(256)
_SCRIPT: Final = Goal.least(15)


def measure(sample: TrainedSample, *, quick: bool, rows: int | None = None) -> Section:
    """Score files of three sizes; `rows` is the middle one. The slow competitors get the smallest."""
    size = rows or (_QUICK_ROWS if quick else ROWS)
    bench = Bench(sample, sample.folder / "scoring", rounds=1 if quick else ROUNDS)
    script = _compare_smallest(bench, size // _SMALLER)
    ours = bench.compare(FRACTIONAL, size)
    look = bench.run("a look", size, bench.other("look", bench.source))
    draw(FRACTIONAL, size * _LARGER, bench.source)
    largest = bench.run("segbot score", size * _LARGER, bench.segbot())
    bench.figures += [
        Figure(f"{size:,} rows: peak memory", ours.peak, "MB", _MEMORY),
        Figure(f"{size * _LARGER:,} rows: peak memory", largest.peak, "MB", _MEMORY),
        Figure(
            f"{size:,} rows: times as fast as pandas + scikit-learn with a tenth of them, by the row",
            script / (ours.seconds / size),
            "×",
            _SCRIPT,
        ),
        Figure(
            f"{size:,} rows: CPU time of a look at unknown columns / scoring's", look.cpu / ours.cpu, "×", Goal.most(1)
        ),
        Figure(f"{size:,} rows: a look's peak memory", look.peak, "MB", Goal.most(512)),
    ]
    return Section(
        f"scoring: {size:,} customers with decimals from CSV to CSV, as whole processes with their imports",
        f"Medians of {bench.rounds} rounds in turns with Polars; everything else once.",
        tuple(bench.measurements),
        tuple(bench.figures),
    )


def _compare_smallest(bench: Bench, size: int) -> float:
    """Score the smallest file; return how many seconds the usual script takes for a row of it."""
    ours = bench.compare(FRACTIONAL, size)
    script = bench.run("pandas + scikit-learn", size, bench.other("pandas", bench.source, bench.target, bench.folder))
    exact = bench.run("the exact path", size, bench.other("exact", bench.source, bench.target, bench.folder))
    bench.figures += [
        Figure(f"{size:,} rows: times as fast as pandas + scikit-learn", script.seconds / ours.seconds, "×", _SCRIPT),
        Figure(f"{size:,} rows: the exact path, every row", size / exact.seconds, "rows/s", Goal.least(300_000)),
        Figure(f"{size:,} rows: peak memory", ours.peak, "MB", _MEMORY),
    ]
    return script.seconds / size
