"""Run the benchmarks, print figures beside goals: `python -m benchmarks [PART …] [--quick] [--json FILE]`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any, Final, Protocol, cast

from benchmarks.figures import Section
from benchmarks.trained_sample import TrainedSample, trained_sample

# Each part is a module of this package with a function `measure`. Those not in the default take minutes each.
_BY_DEFAULT: Final = ("commands", "predict", "process", "batch")
PARTS: Final = (*_BY_DEFAULT, "scoring", "workbooks", "training", "truth", "during_jobs", "warehouse")
_PARTS_HELP: Final = f"What to run: {', '.join(PARTS)}. By default: {', '.join(_BY_DEFAULT)}."


class Measure(Protocol):
    """The function of each part: measure with the sample model, in full or quickly."""

    def __call__(self, sample: TrainedSample, *, quick: bool) -> Section:
        """Return the measurements."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the parts named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure segbot beside its competitors.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=_PARTS_HELP)
    parser.add_argument("--quick", action="store_true", help="Take fewer rounds: for a look, not to publish.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="Write the figures to FILE too.")
    given = parser.parse_args(arguments)
    if unknown := [part for part in given.parts if part not in PARTS]:
        parser.error(f"there is no part {', '.join(unknown)}; choose from {', '.join(PARTS)}")
    # On SIGTERM too, leave through the context managers that stop the servers.
    signal.signal(signal.SIGTERM, _leave)
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}. Compare the ratios: each is taken within one run.")
    sections = {}
    with trained_sample() as sample:
        for part in given.parts or _BY_DEFAULT:
            measure = cast("Measure", import_module(f"benchmarks.{part}").measure)
            sections[part] = measure(sample, quick=given.quick)
            print(f"\n{sections[part].to_text()}", flush=True)
    if given.json is not None:
        given.json.write_text(json.dumps(_data(machine, sections, quick=given.quick), indent=2) + "\n")


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
