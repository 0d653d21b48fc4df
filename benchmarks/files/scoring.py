"""CSV files scored by `segbot score`, as whole processes, beside Polars' own rewrite and the usual script.

Polars' rewrite scans the same file, adds a constant column and writes the result: about what copying the file through
the fastest CSV reader costs. Every process runs from its start to its end, imports included, in turns with the other.
A look at a file whose columns nobody knows and the exact path are measured beside them.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import joblib

from benchmarks.figures import Figure, Goal, Measurement, Section
from benchmarks.files.drawn import FRACTIONAL, KINDS, Kind, draw
from benchmarks.files.processes import Program, Taken, in_turns, middle
from benchmarks.trained_sample import TrainedSample, segbot_command
from benchmarks.turns import median_ratio
from segmentation.model_data import model_to_data

_HERE: Final = str(Path(__file__).resolve().parents[2])

ROWS: Final = 10_000_000
_QUICK_ROWS: Final = 300_000
_ROUNDS: Final = 3
# Beside the main size: what a tenth and three times as many rows take.
_SMALLER, _LARGER = 10, 3
# How many of the main file's rows the files of the other kinds have, and those of 29 columns.
_OF_A_KIND: Final = 0.4
_OF_A_WIDE_KIND: Final = 0.1
_MEMORY: Final = Goal.most(256)
_SCRIPT: Final = Goal.least(15)


def measure(sample: TrainedSample, *, quick: bool, rows: int | None = None) -> Section:
    """Score files of every kind, and files of several sizes; `rows` is the size of the main one."""
    size = rows or (_QUICK_ROWS if quick else ROWS)
    bench = _Bench(sample, sample.folder / "scoring", rounds=1 if quick else _ROUNDS)
    bench.folder.mkdir()
    bench.store_model()
    _compare_sizes(bench, size)
    for kind in KINDS.values():
        if kind is not FRACTIONAL:
            bench.compare(kind, int(size * (_OF_A_WIDE_KIND if kind.others else _OF_A_KIND)))
    return Section(
        f"scoring: {size:,} customers from CSV to CSV as whole processes, imports included",
        f"Medians of {bench.rounds} rounds in turns with Polars; everything else once.",
        tuple(bench.measurements),
        tuple(bench.figures),
    )


def _compare_sizes(bench: _Bench, rows: int) -> None:
    """Score fractional files of three sizes; let the slow competitors have the smaller two."""
    for size in (rows // _SMALLER, rows):
        ours = bench.compare(FRACTIONAL, size)
        script = bench.run(
            "pandas + scikit-learn", size, bench.other("pandas", bench.source, bench.target, bench.folder)
        )
        bench.figures += [
            Figure(f"{size:,} rows: peak memory", ours.peak, "MB", _MEMORY),
            Figure(
                f"{size:,} rows: times as fast as pandas + scikit-learn", script.seconds / ours.seconds, "×", _SCRIPT
            ),
        ]
        if size < rows:
            exact = bench.run("the exact path", size, bench.other("exact", bench.source, bench.target, bench.folder))
            bench.figures.append(
                Figure("the exact path, every row", size / exact.seconds, "rows/s", Goal.least(300_000))
            )
        else:
            look = bench.run("a look", size, bench.other("look", bench.source))
            bench.figures += [
                Figure(f"{size:,} rows: a look at unknown columns, its CPU time / scoring's", look.cpu / ours.cpu, "×"),
                Figure(f"{size:,} rows: a look's peak memory", look.peak, "MB", Goal.most(512)),
            ]
    size = rows * _LARGER
    draw(FRACTIONAL, size, bench.source)
    largest = bench.run("segbot score", size, bench.segbot())
    bench.figures.append(Figure(f"{size:,} rows: peak memory", largest.peak, "MB", _MEMORY))


@dataclass
class _Bench:
    """The model in service, a folder for the files, and what was measured so far."""

    sample: TrainedSample
    folder: Path
    rounds: int
    measurements: list[Measurement] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)

    @property
    def source(self) -> Path:
        """The file to score, drawn anew each time."""
        return self.folder / "customers.csv"

    @property
    def target(self) -> Path:
        """Where results go."""
        return self.folder / "result.csv"

    def store_model(self) -> None:
        """Write the model for those that do not read a registry."""
        (self.folder / "model.json").write_text(json.dumps(model_to_data(self.sample.trained.model)))
        joblib.dump(self.sample.trained.pipelines, self.folder / "pipelines.joblib")

    def segbot(self) -> Program:
        """Return the process that scores the file."""
        command = [segbot_command(), "score", str(self.source), str(self.target), "--force", "--json"]
        return Program(command, {**self.sample.environment, "PYTHONPATH": _HERE})

    def other(self, name: str, *arguments: object) -> Program:
        """Return a competitor's process."""
        command = [sys.executable, "-m", "benchmarks.files.competitors", name, *map(str, arguments)]
        return Program(command, {**self.sample.environment, "PYTHONPATH": _HERE})

    def run(self, subject: str, rows: int, program: Program) -> Taken:
        """Run a process once."""
        taken = program.run(self.folder / "output")
        self._add(subject, rows, taken)
        return taken

    def compare(self, kind: Kind, rows: int) -> Taken:
        """Score a file of a kind in turns with Polars' rewrite of it; return what scoring took."""
        draw(kind, rows, self.source)
        programs = {
            "segbot": self.segbot(),
            "polars": self.other("polars", self.source, self.folder / "copy.csv", kind.delimiter),
        }
        taken = in_turns(programs, self.rounds, self.folder)
        report = json.loads((self.folder / "segbot").read_text())
        assert report["rows"] == rows, report
        ours, theirs = taken["segbot"], taken["polars"]
        self._add(f"segbot score, {kind.words}", rows, middle(ours))
        self._add(f"Polars' rewrite, {kind.words}", rows, middle(theirs))
        seconds, cpu = (
            median_ratio([getattr(run, of) for run in ours], [getattr(run, of) for run in theirs])
            for of in ("seconds", "cpu")
        )
        name = f"{rows:,} rows, {kind.words}: time / that of Polars' rewrite"
        self.figures.append(Figure(name, seconds, "×", kind.goal, cpu))
        if kind.ragged_every:
            speed = rows / middle(ours).seconds
            self.figures.append(Figure(f"{rows:,} rows, {kind.words}", speed, "rows/s", Goal.least(700_000)))
        return middle(ours)

    def _add(self, subject: str, rows: int, taken: Taken) -> None:
        values = {"rows": rows, "s": taken.seconds, "CPU s": taken.cpu, "peak MB": taken.peak}
        self.measurements.append(Measurement(subject, values))
