"""Run the benchmarks: `python -m benchmarks [PART …] [--only PIECE …] [--quick] [--json FILE]`.

Figures are printed beside their goals.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any, Final, Protocol, cast

from benchmarks.figures import Section
from benchmarks.trained_sample import TrainedSample, trained_sample

# Each part is a module of this package with a function `measure`. Those not in the default take minutes each.
_BY_DEFAULT: Final = ("commands", "predict", "process", "batch")
PARTS: Final = (*_BY_DEFAULT, "scoring", "workbooks", "training", "truth", "during_jobs", "warehouse")
# A part made of pieces is a package with a module a piece, so that each can run by itself.
PIECES: Final[Mapping[str, Sequence[str]]] = {"truth": ("k", "structure", "fidelity", "verdict", "confidence", "scale")}
_PARTS_HELP: Final = f"What to run: {', '.join(PARTS)}. By default: {', '.join(_BY_DEFAULT)}."
_ONLY_HELP: Final = f"Run only this piece of truth ({', '.join(PIECES['truth'])}); may be given again."


class Measure(Protocol):
    """The function of each part: measure with the sample model, in full or quickly."""

    def __call__(self, sample: TrainedSample, *, quick: bool) -> Section:
        """Return the measurements."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the parts named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure segbot beside its competitors.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=_PARTS_HELP)
    parser.add_argument("--only", action="append", default=[], metavar="PIECE", help=_ONLY_HELP)
    parser.add_argument("--quick", action="store_true", help="Take fewer rounds: for a look, not to publish.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="Write the figures to FILE too.")
    given = parser.parse_args(arguments)
    if unknown := [part for part in given.parts if part not in PARTS]:
        parser.error(f"there is no part {', '.join(unknown)}; choose from {', '.join(PARTS)}")
    parts, pieces = given.parts or _BY_DEFAULT, [piece for part in given.parts for piece in PIECES.get(part, ())]
    if unknown := [piece for piece in given.only if piece not in pieces]:
        parser.error(f"there is no piece {', '.join(unknown)} of {', '.join(parts)}; choose from {', '.join(pieces)}")
    # On SIGTERM too, leave through the context managers that stop the servers.
    signal.signal(signal.SIGTERM, _leave)
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}. Compare the ratios: each is taken within one run.")
    sections = {}
    with trained_sample() as sample:
        for module in modules(parts, given.only):
            measure = cast("Measure", import_module(f"benchmarks.{module}").measure)
            sections[module] = measure(sample, quick=given.quick)
            print(f"\n{sections[module].to_text()}", flush=True)
    if given.json is not None:
        given.json.write_text(json.dumps(_data(machine, sections, quick=given.quick), indent=2) + "\n")


def modules(parts: Sequence[str], only: Sequence[str]) -> list[str]:
    """Return the modules that measure these parts, without the package's name; none but those of pieces in `only`."""
    pieces = [(part, piece) for part in parts for piece in PIECES.get(part, ("",))]
    return [f"{part}.{piece}" if piece else part for part, piece in pieces if not only or piece in only]


def _data(machine: str, sections: dict[str, Section], *, quick: bool) -> dict[str, Any]:
    return {
        "machine": machine,
        "quick": quick,
        "parts": {part: section.to_data() for part, section in sections.items()},
    }


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
