"""Whole processes, from their start to their end: what each took, in turns with its competitors."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.turns import rotated

_METER: Final = str(Path(__file__).with_name("meter.py"))
_TIMEOUT: Final = 1800


@dataclass(frozen=True, slots=True)
class Taken:
    """What a process took: seconds by the clock, seconds of CPU time, MB of memory at its peak."""

    seconds: float
    cpu: float
    peak: float


@dataclass(frozen=True, slots=True)
class Program:
    """A command line and its environment; None for this process's own."""

    command: Sequence[str]
    environment: Mapping[str, str] | None = None

    def run(self, output: Path) -> Taken:
        """Run it to its end; what it prints goes to `output`.

        Raises
        ------
        RuntimeError
            When it fails.
        """
        done = subprocess.run(  # noqa: S603 - our own commands
            [sys.executable, "-I", "-S", _METER, str(output), *self.command],
            env=self.environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=_TIMEOUT,
        )
        found = json.loads(done.stdout)
        if code := found.pop("code"):
            raise RuntimeError(f"{self.command[0]} ended with {code}: {output.read_text(errors='replace')[-2000:]}")
        return Taken(**found)


def in_turns(programs: Mapping[str, Program], rounds: int, folder: Path) -> dict[str, list[Taken]]:
    """Run programs in turns, each once a round; what each printed last is in the folder, under its name."""
    taken: dict[str, list[Taken]] = {name: [] for name in programs}
    for turn in range(rounds):
        for name in rotated(programs, turn):
            taken[name].append(programs[name].run(folder / name))
    return taken


def middle(runs: Sequence[Taken]) -> Taken:
    """Return the medians of some runs, and the highest peak."""
    return Taken(median(run.seconds for run in runs), median(run.cpu for run in runs), max(run.peak for run in runs))
