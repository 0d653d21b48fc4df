"""A CSV turned into a candidate: `train_file` against the usual pandas + scikit-learn retrain, elbow sweep included.

`python -m benchmarks training`, or `python -m benchmarks.training ROWS` for another size. Both run in a process of
their own, on the same file, in the same run. Their time runs from opening the file to the stored or fitted model;
imports are timed separately. Then both models' centres are compared on all rows: by inertia, and by how much the two
ways of dividing the customers agree.

The naive retrain follows the tutorials: pandas.read_csv, dropna, StandardScaler, KMeans(n_init=10) for k = 1…10 on all
rows, the elbow, and a decision tree on the labels. (A silhouette on all rows would take days, so it has none.)
"""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from benchmarks.figures import Figure, Goal, Measurement, Section

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from benchmarks.trained_sample import TrainedSample

_ROWS: Final = 1_000_000
_QUICK_ROWS: Final = 200_000
_ROUNDS: Final = 3
# Beside them, a training alone on this many rows.
_MANY_ROWS: Final = 10_000_000
_TIMEOUT: Final = 3600
_MIB_FROM_KIB: Final = 1024
_COLUMNS: Final = ("Annual Income (k$)", "Spending Score (1-100)")
# The required speed-up from a number of rows on, largest first.
_GOALS: Final = ((10_000_000, 60), (1_000_000, 8))


def measure(sample: TrainedSample, *, quick: bool) -> Section:
    """Retrain on one generated file: with `train_file` a few times, in the naive way once; then on a larger file."""
    folder = sample.folder / "training"
    section = _measure(folder, _QUICK_ROWS if quick else _ROWS, rounds=1 if quick else _ROUNDS)
    return section if quick else replace(section, figures=(*section.figures, *_many(folder)))


def _many(folder: Path) -> Iterator[Figure]:
    """Train on a large file, with nothing to compare it with."""
    source = folder / "many.csv"
    _generate(source, _MANY_ROWS)
    run = _run("segbot", source)
    name = f"{_MANY_ROWS:,} rows: from the start of the process to the stored candidate"
    yield Figure(name, run["seconds"] + run["imports"], "s", Goal.most(6))
    yield Figure(f"{_MANY_ROWS:,} rows: CPU time", run["cpu"], "s")
    yield Figure(f"{_MANY_ROWS:,} rows: peak memory", run["peak MB"], "MB", Goal.most(1000))


def _measure(folder: Path, rows: int, rounds: int) -> Section:
    folder.mkdir()
    source = folder / "customers.csv"
    _generate(source, rows)
    ours = [_run("segbot", source) for _ in range(rounds)]
    naive = _run("naive", source)
    inertia, alike = _judge(source, naive["centres"], ours[0]["centres"])
    # The naive retrain takes minutes, so it runs once and is compared with the median of ours.
    seconds = _median(ours, "seconds")
    whole = median(run["seconds"] + run["imports"] for run in ours)
    goal = next((Goal.least(least) for from_rows, least in _GOALS if rows >= from_rows), None)
    return Section(
        f"training: {rows:,} customers from a CSV to a model, against pandas with scikit-learn",
        f"train_file: median of {rounds}; the other once. Times exclude imports unless they are named.",
        tuple(
            Measurement(
                subject,
                {
                    "rows": rows,
                    "s": _median(runs, "seconds"),
                    "imports s": _median(runs, "imports"),
                    "CPU s": _median(runs, "cpu"),
                    "peak MB": max(run["peak MB"] for run in runs),
                    "k": runs[0]["k"],
                },
            )
            for subject, runs in (("train_file", ours), ("pandas + scikit-learn, k = 1…10 on all rows", [naive]))
        ),
        (
            Figure("pandas + scikit-learn's time / train_file's", naive["seconds"] / seconds, "×", goal),
            Figure("the same with imports", (naive["seconds"] + naive["imports"]) / whole, "×"),
            Figure("CPU time of the whole processes, theirs / train_file's", naive["cpu"] / _median(ours, "cpu"), "×"),
            Figure("train_file's peak memory", max(run["peak MB"] for run in ours), "MB", Goal.most(1000)),
            Figure("models of one file that differ", len({run["model"] for run in ours}) - 1, "", Goal.most(0)),
            Figure("inertia on all rows, train_file's / the other's, less 1", inertia - 1, "", Goal.most(1e-4)),
            Figure("adjusted Rand index of the two on all rows", alike, "", Goal.least(0.99)),
        ),
    )


def _peak_memory() -> float:
    """Return this process's peak resident memory in MB; on Linux without what the parent used before `exec`."""
    status = Path("/proc/self/status")
    if status.exists() and (found := re.search(r"VmHWM:\s*([0-9]+) kB", status.read_text())):
        return int(found[1]) / _MIB_FROM_KIB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MIB_FROM_KIB


def _median(runs: list[dict[str, Any]], name: str) -> float:
    return float(median(run[name] for run in runs))


def _generate(target: Path, rows: int) -> None:
    """Write customers in five segments like the public Mall Customers', with decimals, so that few are the same."""
    import numpy as np  # noqa: PLC0415 - keeps it out of other competitors' processes
    import polars as pl  # noqa: PLC0415 - keeps it out of other competitors' processes

    from segmentation.training.samples.mall import sample_customers  # noqa: PLC0415 - keeps it out of other competitors' processes

    part = min(rows, 1_000_000)
    with target.open("wb") as file:
        file.write(b"CustomerID,Age,Annual Income (k$),Spending Score (1-100)\n")
        for start in range(0, rows, part):
            rng = np.random.default_rng(start)
            values = sample_customers(part // 200, seed=start) + rng.normal(0, 0.5, (part, 3))
            frame = pl.from_numpy(np.round(np.clip(values, [18, 0, 0], [75, 200, 100]), 2))
            frame = pl.DataFrame({"id": np.arange(start + 1, start + part + 1)}).hstack(frame)
            file.write(frame.write_csv(include_header=False).encode())


def _run(name: str, source: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.training", "--competitor", name, str(source)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=_TIMEOUT)  # noqa: S603 - our own
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _compete(name: str, source: Path) -> None:
    """Act as one competitor: train once, and print time, peak memory and centres."""
    started = time.perf_counter()
    train = _COMPETITORS[name](source)
    imported = time.perf_counter()
    found = train()
    seconds = time.perf_counter() - imported
    print(
        json.dumps(
            {
                "seconds": seconds,
                "imports": imported - started,
                "cpu": time.process_time(),
                "peak MB": _peak_memory(),
                **found,
            }
        )
    )


def _segbot(source: Path) -> Callable[[], dict[str, Any]]:
    import hashlib  # noqa: PLC0415 - keeps it out of other competitors' processes
    import tempfile  # noqa: PLC0415 - keeps it out of other competitors' processes

    from segmentation.registry.artifact import model_bytes  # noqa: PLC0415 - keeps it out of other competitors' processes
    from segmentation.registry.registry import Registry  # noqa: PLC0415 - keeps it out of other competitors' processes
    from segmentation.schema_data import default_schema  # noqa: PLC0415 - keeps it out of other competitors' processes
    from segmentation.versions.retraining import train_file  # noqa: PLC0415 - keeps it out of other competitors' processes

    schema = default_schema()

    def train() -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as folder:
            run = train_file(source, Registry(Path(folder), b"0" * 32), schema, actor="benchmark")
        model, index = run.model, schema.cluster_indices
        return {
            "k": run.report.choice.k,
            "model": hashlib.sha256(model_bytes(model)).hexdigest(),
            "centres": [
                [value / model.factor[i] + model.mean[i] for value, i in zip(centre, index, strict=True)]
                for centre in model.centroids
            ],
        }

    return train


def _naive(source: Path) -> Callable[[], dict[str, Any]]:
    import pandas as pd  # noqa: PLC0415 - keeps it out of other competitors' processes
    from kneed import KneeLocator  # noqa: PLC0415 - keeps it out of other competitors' processes
    from sklearn.cluster import KMeans  # noqa: PLC0415 - keeps it out of other competitors' processes
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415 - keeps it out of other competitors' processes
    from sklearn.tree import DecisionTreeClassifier  # noqa: PLC0415 - keeps it out of other competitors' processes

    def train() -> dict[str, Any]:
        customers = pd.read_csv(source).dropna()
        scaler = StandardScaler()
        scaled = scaler.fit_transform(customers[list(_COLUMNS)])
        fits = [KMeans(n_clusters=k, n_init=10, random_state=0).fit(scaled) for k in range(1, 11)]
        inertia = [fit.inertia_ for fit in fits]
        elbow = KneeLocator(range(1, 11), inertia, curve="convex", direction="decreasing").knee
        chosen = fits[int(elbow or 5) - 1]
        DecisionTreeClassifier(random_state=0).fit(customers[["Age", *_COLUMNS]], chosen.labels_)
        centres = scaler.inverse_transform(chosen.cluster_centers_).tolist()
        return {"k": len(centres), "model": "", "centres": centres}

    return train


_COMPETITORS: Final[Mapping[str, Callable[[Path], Callable[[], dict[str, Any]]]]] = {
    "segbot": _segbot,
    "naive": _naive,
}


def _judge(source: Path, theirs: list[list[float]], ours: list[list[float]]) -> tuple[float, float]:
    """Return the ratio of our inertia to theirs on all rows, and the adjusted Rand index of the two labellings."""
    import numpy as np  # noqa: PLC0415 - keeps it out of other competitors' processes
    import polars as pl  # noqa: PLC0415 - keeps it out of other competitors' processes

    values = pl.read_csv(source, columns=list(_COLUMNS)).to_numpy().astype(np.float64)
    mean, deviation = values.mean(axis=0), values.std(axis=0)
    values = (values - mean) / deviation
    (one, their_inertia), (two, our_inertia) = (
        _nearest(values, (np.array(centres) - mean) / deviation) for centres in (theirs, ours)
    )
    table = np.zeros((len(theirs), len(ours)))
    np.add.at(table, (one, two), 1)
    return our_inertia / their_inertia, _adjusted_rand(table)


def _nearest(values: NDArray[np.float64], centres: NDArray[np.float64]) -> tuple[NDArray[np.intp], float]:
    import numpy as np  # noqa: PLC0415 - keeps it out of other competitors' processes

    squared = np.stack([((values - centre) ** 2).sum(axis=1) for centre in centres])
    return squared.argmin(axis=0), float(squared.min(axis=0).sum())


def _adjusted_rand(table: NDArray[np.float64]) -> float:
    """Return the adjusted Rand index of a table of two labellings (L. Hubert, P. Arabie, 1985)."""
    together, rows, columns, everything = (
        float((counts * (counts - 1) / 2).sum())
        for counts in (table, table.sum(axis=1), table.sum(axis=0), table.sum())
    )
    expected = rows * columns / everything
    return (together - expected) / ((rows + columns) / 2 - expected)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--competitor"]:
        _compete(sys.argv[2], Path(sys.argv[3]))
    else:
        import tempfile

        with tempfile.TemporaryDirectory() as temporary:
            print(
                _measure(Path(temporary) / "training", int(sys.argv[1]) if sys.argv[1:] else _ROWS, _ROUNDS).to_text()
            )
