"""Run the benchmarks: `python -m benchmarks [PART …] [--only PIECE …] [--rows N] [--quick] [--write] [--json FILE]`.

Figures are printed beside their goals; with --write README's table gets them.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any, Final, Protocol, cast

from benchmarks.figures import Section
from benchmarks.published import machine, publish
from benchmarks.trained_sample import TrainedSample, trained_sample

# By the name of each part, the module with its function `measure`. Those not in the default take minutes each.
_BY_DEFAULT: Final[Mapping[str, str]] = {
    "commands": "commands",
    "predict": "predict",
    "process": "process",
    "batch": "batch",
    "scoring": "files.scoring",
    "kinds": "files.kinds",
    "workbooks": "files.workbooks",
    "training": "training",
    "during_jobs": "during_jobs",
}
PARTS: Final[Mapping[str, str]] = {**_BY_DEFAULT, "orders": "files.orders", "truth": "truth", "warehouse": "warehouse"}
# A part made of pieces is a package with a module a piece, so that each can run by itself.
PIECES: Final[Mapping[str, Sequence[str]]] = {"truth": ("k", "structure", "fidelity", "verdict", "confidence", "scale")}
# The modules whose size `--rows` sets.
_SIZED: Final = frozenset({"files.scoring", "files.kinds"})
_PARTS_HELP: Final = f"What to run: {', '.join(PARTS)}. By default: {', '.join(_BY_DEFAULT)}."
_ONLY_HELP: Final = f"Run only this piece of truth ({', '.join(PIECES['truth'])}); may be given again."


class Measure(Protocol):
    """The function of each part: measure with the sample model, in full or quickly."""

    def __call__(self, sample: TrainedSample, *, quick: bool, **size: int) -> Section:
        """Return the measurements."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the parts named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure segbot beside its competitors.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=_PARTS_HELP)
    parser.add_argument("--only", action="append", default=[], metavar="PIECE", help=_ONLY_HELP)
    parser.add_argument("--quick", action="store_true", help="Take fewer rounds: for a look, not to publish.")
    parser.add_argument("--rows", type=int, metavar="N", help="How many rows the files of scoring and kinds have.")
    parser.add_argument("--write", action="store_true", help="Write the figures of these parts to README's table.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="Write the figures to FILE too.")
    given = parser.parse_args(arguments)
    # Installed programs have their compiled modules; without them each process would compile them anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if unknown := [part for part in given.parts if part not in PARTS]:
        parser.error(f"there is no part {', '.join(unknown)}; choose from {', '.join(PARTS)}")
    parts, pieces = given.parts or _BY_DEFAULT, [piece for part in given.parts for piece in PIECES.get(part, ())]
    if unknown := [piece for piece in given.only if piece not in pieces]:
        parser.error(f"there is no piece {', '.join(unknown)} of {', '.join(parts)}; choose from {', '.join(pieces)}")
    if given.write and (given.quick or given.only):
        parser.error("--write publishes whole runs: leave out --quick and --only")
    # On SIGTERM too, leave through the context managers that stop the servers.
    signal.signal(signal.SIGTERM, _leave)
    print(f"{machine()}. Compare the ratios: each is taken within one run.")
    sections = {}
    with trained_sample() as sample:
        for module in modules(parts, given.only):
            measure = cast("Measure", import_module(f"benchmarks.{module}").measure)
            size = {"rows": given.rows} if module in _SIZED and given.rows else {}
            sections[module] = measure(sample, quick=given.quick, **size)
            print(f"\n{sections[module].to_text()}", flush=True)
            if given.write and module in _BY_DEFAULT.values():
                publish(module, sections[module], datetime.now(UTC).date())
    if given.json is not None:
        given.json.write_text(json.dumps(_data(machine(), sections, quick=given.quick), indent=2) + "\n")


def modules(parts: Iterable[str], only: Sequence[str]) -> list[str]:
    """Return the modules that measure these parts, without the package's name; none but those of pieces in `only`."""
    pieces = [(PARTS[part], piece) for part in parts for piece in PIECES.get(part, ("",))]
    return [f"{module}.{piece}" if piece else module for module, piece in pieces if not only or piece in only]


def _data(where: str, sections: dict[str, Section], *, quick: bool) -> dict[str, Any]:
    return {
        "machine": where,
        "quick": quick,
        "parts": {part: section.to_data() for part, section in sections.items()},
    }


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
