"""The command line as a whole process: `segbot predict` against the imports that it avoids."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from statistics import median

from benchmarks.figures import Figure, Goal, Measurement, Section
from benchmarks.trained_sample import TrainedSample, segbot_command
from benchmarks.turns import median_ratio, timed


def measure(sample: TrainedSample, *, quick: bool) -> Section:
    """Time three processes from start to exit."""
    seconds = timed(
        {
            "predict": _process(sample, segbot_command(), "predict", "age=35", "income=60", "score=70"),
            "imports": _process(sample, sys.executable, "-c", "import sklearn.tree, pandas"),
            "python": _process(sample, sys.executable, "-c", "pass"),
        },
        rounds=2 if quick else 11,
    )
    return Section(
        "process: `segbot predict` from start to end, against importing scikit-learn's trees and pandas",
        f"Median of {len(seconds['predict'])} rounds in turns; the ratio is taken within each round.",
        (
            Measurement("segbot predict age=35 income=60 score=70", {"ms": median(seconds["predict"]) * 1000}),
            Measurement('python -c "import sklearn.tree, pandas"', {"ms": median(seconds["imports"]) * 1000}),
            Measurement('python -c "pass"', {"ms": median(seconds["python"]) * 1000}),
        ),
        (
            Figure(
                "segbot predict's time / the imports'",
                median_ratio(seconds["predict"], seconds["imports"]),
                "×",
                Goal.most(0.25),
            ),
        ),
    )


def _process(sample: TrainedSample, *command: str) -> Callable[[], object]:
    """Return a function that runs a command to its end and checks that it succeeded."""

    def run() -> object:
        return subprocess.run(  # noqa: S603 - our own commands
            command, env=sample.environment, cwd=sample.folder, stdout=subprocess.DEVNULL, check=True, timeout=60
        )

    return run
