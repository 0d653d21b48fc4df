"""One model and one file at a time, scored as whole processes; what was measured so far."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import joblib

from benchmarks.figures import Figure, Goal, Measurement
from benchmarks.files.drawn import Kind, draw
from benchmarks.files.processes import Program, Taken, in_turns, middle
from benchmarks.trained_sample import TrainedSample, segbot_command
from benchmarks.turns import median_ratio
from segmentation.model_data import model_to_data

ROUNDS: Final = 3
_HERE: Final = str(Path(__file__).resolve().parents[2])


@dataclass
class Bench:
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

    def __post_init__(self) -> None:
        """Write the model for those that do not read a registry."""
        self.folder.mkdir()
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
