"""A CSV scored into a CSV: `score_file` against Polars' own rewrite and the usual pandas + scikit-learn script.

A look at the same file, as if nobody knew its columns, is measured beside it.

`python -m benchmarks scoring`, or `python -m benchmarks.scoring ROWS` for another size. Every competitor runs in a
process of its own, so that its peak memory is its own. Its time runs from opening the file to closing the result,
without imports.
"""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from benchmarks.figures import Figure, Goal, Measurement, Section
from benchmarks.turns import median_ratio, rotated

if TYPE_CHECKING:
    from benchmarks.trained_sample import TrainedSample

_ROWS: Final = 10_000_000
_QUICK_ROWS: Final = 200_000
# The two slow competitors run once, on at most this many rows, and are compared by time per row.
_SLOW_ROWS: Final = 1_000_000
_ROUNDS: Final = 5
_TIMEOUT: Final = 600
_MIB_FROM_KIB: Final = 1024
_SUBJECTS: Final = {
    "segbot": "score_file",
    "look": "look_at and propose, as for a file whose columns nobody knows",
    "exact": "score_file, every row read by the exact path",
    "polars": "Polars scan_csv → sink_csv, a constant column added",
    "pandas": "pandas + scikit-learn, as usually written",
}
_HEADER: Final = ("CustomerID", "Age", "Annual Income (k$)", "Spending Score (1-100)")


def measure(sample: TrainedSample, *, quick: bool) -> Section:
    """Run the fast competitors on one generated file, and the slow ones on a smaller file."""
    return _measure(sample, _QUICK_ROWS if quick else _ROWS, rounds=3 if quick else _ROUNDS)


def _measure(sample: TrainedSample, rows: int, rounds: int) -> Section:
    folder = sample.folder / "scoring"
    folder.mkdir()
    _store(sample, folder)
    slow_rows = min(rows, _SLOW_ROWS)
    whole, part = folder / "customers.csv", folder / "part.csv"
    _generate(whole, rows)
    _generate(part, slow_rows)
    fast: dict[str, list[dict[str, float]]] = {"segbot": [], "polars": [], "look": []}
    for turn in range(rounds):
        for name in rotated(fast, turn):
            fast[name].append(_run(name, whole, folder))
    slow = {name: _run(name, part, folder) for name in ("segbot", "exact", "pandas")}
    seconds = {name: [run["seconds"] for run in runs] for name, runs in fast.items()}
    peaks = {name: max(run["peak MB"] for run in runs) for name, runs in fast.items()}
    return Section(
        f"scoring: {rows:,} customers from CSV to CSV, against Polars' own rewrite and pandas with scikit-learn",
        f"Median of {rounds} rounds in turns; the exact path and pandas once, on {slow_rows:,} rows.",
        (
            *(_measurement(name, rows, median(seconds[name]), peaks[name]) for name in fast),
            *(_measurement(name, slow_rows, run["seconds"], run["peak MB"]) for name, run in slow.items()),
        ),
        (
            Figure(
                "score_file's time / Polars'", median_ratio(seconds["segbot"], seconds["polars"]), "×", Goal.most(1.8)
            ),
            Figure(
                "pandas + scikit-learn's time / score_file's, by the row",
                slow["pandas"]["seconds"] / slow_rows / (median(seconds["segbot"]) / rows),
                "×",
                Goal.least(15),
            ),
            Figure(
                "look_at's time / score_file's", median_ratio(seconds["look"], seconds["segbot"]), "×", Goal.most(1)
            ),
            Figure("look_at's peak memory", peaks["look"], "MB", Goal.most(512)),
            Figure("score_file's peak memory", peaks["segbot"], "MB", Goal.most(512)),
            Figure("exact path", slow_rows / slow["exact"]["seconds"], "rows/s", Goal.least(300_000)),
        ),
    )


def _measurement(name: str, rows: int, seconds: float, peak: float) -> Measurement:
    return Measurement(_SUBJECTS[name], {"rows": rows, "s": seconds, "µs a row": seconds / rows * 1e6, "peak MB": peak})


def _store(sample: TrainedSample, folder: Path) -> None:
    import joblib  # noqa: PLC0415 - keeps it out of other competitors' processes

    from segmentation.model_data import model_to_data  # noqa: PLC0415 - keeps it out of other competitors' processes

    (folder / "model.json").write_text(json.dumps(model_to_data(sample.trained.model)))
    joblib.dump(sample.trained.pipelines, folder / "pipelines.joblib")


def _generate(target: Path, rows: int) -> None:
    """Write customers like the public Mall Customers data: the same columns, the same ranges, ids ascending."""
    import polars as pl  # noqa: PLC0415 - keeps it out of other competitors' processes

    seeds = {"Age": (18, 71), "Annual Income (k$)": (15, 138), "Spending Score (1-100)": (1, 100)}
    number = pl.int_range(rows, dtype=pl.UInt64)
    pl.LazyFrame({"CustomerID": pl.select(number + 1).to_series()}).with_columns(
        (pl.col("CustomerID").hash(seed) % (high - low) + low).alias(name)
        for seed, (name, (low, high)) in enumerate(seeds.items())
    ).sink_csv(target)


def _run(name: str, source: Path, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.scoring", "--competitor", name, str(source), str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=_TIMEOUT)  # noqa: S603 - our own
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _compete(name: str, source: Path, folder: Path) -> None:
    """Act as one competitor: score once, and print time and peak memory."""
    score = _COMPETITORS[name](source, folder / "result.csv", folder)
    started = time.perf_counter()
    score()
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "peak MB": peak_memory()}))


def peak_memory() -> float:
    """Return this process's peak resident memory in MB; on Linux without what the parent used before `exec`."""
    status = Path("/proc/self/status")
    if status.exists() and (found := re.search(r"VmHWM:\s*([0-9]+) kB", status.read_text())):
        return int(found[1]) / _MIB_FROM_KIB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MIB_FROM_KIB


def _segbot(source: Path, target: Path, folder: Path) -> Callable[[], object]:
    from segmentation.model_data import model_from_data  # noqa: PLC0415 - keeps it out of other competitors' processes
    from segmentation.scoring.score import score_file  # noqa: PLC0415 - keeps it out of other competitors' processes

    model = model_from_data(json.loads((folder / "model.json").read_text()))
    return lambda: score_file(source, target, model)


def _look(source: Path, _target: Path, _folder: Path) -> Callable[[], object]:
    from segmentation.proposal.look import look_at  # noqa: PLC0415 - keeps it out of other competitors' processes
    from segmentation.proposal.propose import propose  # noqa: PLC0415 - keeps it out of other competitors' processes

    return lambda: propose(look_at(source), "customers")


def _exact(source: Path, target: Path, folder: Path) -> Callable[[], object]:
    from segmentation.model_data import model_from_data  # noqa: PLC0415 - keeps it out of other competitors' processes
    from segmentation.reading.table import open_table  # noqa: PLC0415 - keeps it out of other competitors' processes
    from segmentation.scoring.answer_table import answer_table  # noqa: PLC0415 - keeps it out of other competitors' processes
    from segmentation.scoring.score import score_table  # noqa: PLC0415 - keeps it out of other competitors' processes

    model = model_from_data(json.loads((folder / "model.json").read_text()))

    def score() -> None:
        # `score_file` looks at the beginning alone, too, if its numbers are plain.
        table = open_table(source, model.schema, exact=True, all_cells=False)
        score_table(table, target, model, answers=answer_table(model))

    return score


def _polars(source: Path, target: Path, _folder: Path) -> Callable[[], object]:
    import polars as pl  # noqa: PLC0415 - keeps it out of other competitors' processes

    scan = pl.scan_csv(source, infer_schema=False).with_columns(pl.lit("Standard").alias("segment"))
    return lambda: scan.sink_csv(target)


def _pandas(source: Path, target: Path, folder: Path) -> Callable[[], object]:
    import joblib  # noqa: PLC0415 - keeps it out of other competitors' processes
    import numpy as np  # noqa: PLC0415 - keeps it out of other competitors' processes
    import pandas as pd  # noqa: PLC0415 - keeps it out of other competitors' processes

    pipelines = joblib.load(folder / "pipelines.joblib")
    names = np.array([segment["name"] for segment in json.loads((folder / "model.json").read_text())["segments"]])

    def score() -> None:
        customers = pd.read_csv(source)
        features = customers[list(_HEADER[1:])].set_axis(["age", "income", "score"], axis=1)
        customers["segment"] = names[pipelines["classifier"].predict(features)]
        distances = np.sort(pipelines["clusterer"].transform(features), axis=1)
        customers["confidence"] = (1 - distances[:, 0] / distances[:, 1]).round(6)
        customers["note"] = np.where(customers["confidence"] < 0.3, "borderline", "")
        customers.to_csv(target, index=False)

    return score


_COMPETITORS: Final[Mapping[str, Callable[[Path, Path, Path], Callable[[], object]]]] = {
    "segbot": _segbot,
    "look": _look,
    "exact": _exact,
    "polars": _polars,
    "pandas": _pandas,
}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--competitor"]:
        _compete(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
    else:
        # A late import: it loads scikit-learn, which would count as memory of every competitor.
        from benchmarks.trained_sample import trained_sample

        with trained_sample() as trained:
            print(_measure(trained, int(sys.argv[1]) if sys.argv[1:] else _ROWS, _ROUNDS).to_text())
