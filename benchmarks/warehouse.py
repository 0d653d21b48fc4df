"""Tables of one to a hundred million rows, scored and trained on where they are: DuckDB, Spark, scikit-learn.

`python -m benchmarks warehouse`, or `python -m benchmarks.warehouse ROWS …` for other sizes. Every competitor runs in
a process of its own; its time excludes imports and the start of Spark. The files are generated and removed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.figures import Figure, Measurement, Section

if TYPE_CHECKING:
    from benchmarks.trained_sample import TrainedSample

_ROWS: Final = (1_000_000, 10_000_000, 100_000_000)
_QUICK_ROWS: Final = (100_000, 1_000_000)
# Beyond this, K-Means on all rows takes hours, and more memory than a small machine has.
_MOST_FOR_SKLEARN: Final = 10_000_000
_BYTES_A_ROW: Final = 60
_K: Final = 5
_TIMEOUT: Final = 3600


def measure(sample: TrainedSample, *, quick: bool) -> Section:
    """Run all competitors on generated tables."""
    return _measure(sample, _QUICK_ROWS if quick else _ROWS)


def _measure(sample: TrainedSample, sizes: Sequence[int]) -> Section:
    from segmentation.model_data import model_to_data  # noqa: PLC0415 - keeps it out of other competitors' processes

    folder = sample.folder / "warehouse"
    folder.mkdir()
    (folder / "model.json").write_text(json.dumps(model_to_data(sample.trained.model)))
    measurements, seconds = [], dict[tuple[str, int], float]()
    for rows in sizes:
        if shutil.disk_usage(folder).free < rows * _BYTES_A_ROW:
            continue
        table = folder / f"{rows}.parquet"
        _generate(table, rows)
        for name in _COMPETITORS:
            if name == "K-Means on all rows, scikit-learn" and rows > _MOST_FOR_SKLEARN:
                continue
            load = os.getloadavg()[0]
            found = _run(name, table, folder)
            seconds[name, rows] = found
            values = {"rows": rows, "s": found, "µs a row": found / rows * 1e6, "load before": load}
            measurements.append(Measurement(name, values))
        table.unlink()
    return Section(
        "warehouse: Parquet scored into Parquet, and counted for training",
        "Once each, on this machine's cores: one for each Spark executor, all of them for DuckDB.",
        tuple(measurements),
        tuple(_growth(seconds, sizes)),
    )


def _growth(seconds: Mapping[tuple[str, int], float], sizes: Sequence[int]) -> list[Figure]:
    """Return the cost of each further million rows, between the smallest and the largest size of each competitor."""
    found = []
    for name in _COMPETITORS:
        done = [rows for rows in sizes if (name, rows) in seconds]
        if len(done) > 1:
            more = (seconds[name, done[-1]] - seconds[name, done[0]]) / (done[-1] - done[0])
            found.append(Figure(f"{name}: each further million rows", more * 1e6, "s"))
    return found


def _generate(target: Path, rows: int) -> None:
    """Write customers in five groups, with fractional incomes and scores."""
    import duckdb  # noqa: PLC0415 - keeps it out of other competitors' processes

    centres = "[86.5, 88.2, 25.7, 26.3, 55.3][1 + i % 5], [82.1, 17.1, 79.4, 20.9, 49.5][1 + i % 5]"
    query = f"""
        COPY (
            SELECT i AS id, 18 + hash(i) % 58 AS age,
                greatest(0, income + 8 * sqrt(-2 * ln(u)) * cos(2 * pi() * v)) AS income,
                least(100, greatest(0, score + 8 * sqrt(-2 * ln(u)) * sin(2 * pi() * v))) AS score
            FROM (
                SELECT i, (1 + hash(i + 1) % 1000000) / 1000001 AS u, (hash(i + 2) % 1000000) / 1000000 AS v,
                    UNNEST([ROW({centres})], recursive := true)
                FROM range({rows}) AS numbers(i)
            ) AS drawn(i, u, v, income, score)
        ) TO '{target}' (FORMAT parquet)
    """  # noqa: S608 - our own numbers
    with duckdb.connect() as connection:
        connection.execute(query)


def _run(name: str, table: Path, folder: Path) -> float:
    command = [sys.executable, "-m", "benchmarks.warehouse", "--competitor", name, str(table), str(folder)]
    environment = os.environ | {"SPARK_LOCAL_IP": "127.0.0.1"}
    done = subprocess.run(  # noqa: S603 - our own
        command, check=True, stdout=subprocess.PIPE, text=True, timeout=_TIMEOUT, env=environment
    )
    return float(done.stdout.splitlines()[-1])


def _score(url: str, table: str) -> Callable[[Path], float]:
    def run(folder: Path) -> float:
        from segmentation.model_data import model_from_data  # noqa: PLC0415 - keeps it out of other competitors' processes
        from segmentation.warehouse.address import Address  # noqa: PLC0415 - keeps it out of other competitors' processes
        from segmentation.warehouse.columns import score  # noqa: PLC0415 - keeps it out of other competitors' processes
        from segmentation.warehouse.connections import open_warehouse  # noqa: PLC0415 - keeps it out of other competitors' processes

        model = model_from_data(json.loads((folder / "model.json").read_text()))
        target = folder / "scored.parquet"
        with open_warehouse(Address(url, table), writes=True) as warehouse:
            started = time.perf_counter()
            warehouse.write(score(warehouse.table(table), model), str(target))
            seconds = time.perf_counter() - started
        shutil.rmtree(target) if target.is_dir() else target.unlink()
        return seconds

    return run


def _train(url: str, table: str) -> Callable[[Path], float]:
    def run(_folder: Path) -> float:
        from segmentation.schema_data import default_schema  # noqa: PLC0415 - keeps it out of other competitors' processes
        from segmentation.training.train import train_clean  # noqa: PLC0415 - keeps it out of other competitors' processes
        from segmentation.warehouse.address import Address  # noqa: PLC0415 - keeps it out of other competitors' processes
        from segmentation.warehouse.connections import open_warehouse  # noqa: PLC0415 - keeps it out of other competitors' processes
        from segmentation.warehouse.counts import training_counts  # noqa: PLC0415 - keeps it out of other competitors' processes

        with open_warehouse(Address(url, table)) as warehouse:
            started = time.perf_counter()
            data = training_counts(warehouse.table(table), default_schema()).data
            train_clean(data, default_schema(), k=_K)
            return time.perf_counter() - started

    return run


def _spark(workers: int) -> None:
    """Start Spark's small local cluster, which `open_warehouse` then joins.

    Master and workers run in this process's Java; the executors, which do the work, are processes of their own.
    """
    from pyspark.sql import SparkSession  # noqa: PLC0415 - keeps it out of other competitors' processes

    builder = SparkSession.builder.master(f"local-cluster[{workers},1,2048]").config("spark.ui.enabled", "false")
    settings = {"spark.executor.memory": "2g", "spark.driver.host": "127.0.0.1", "spark.sql.shuffle.partitions": "8"}
    for name, value in settings.items():
        builder = builder.config(name, value)
    builder.getOrCreate()


def _sklearn(table: Path) -> float:
    import polars as pl  # noqa: PLC0415 - keeps it out of other competitors' processes
    from sklearn.cluster import KMeans  # noqa: PLC0415 - keeps it out of other competitors' processes
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415 - keeps it out of other competitors' processes

    started = time.perf_counter()
    points = StandardScaler().fit_transform(pl.read_parquet(table, columns=["income", "score"]).to_numpy())
    KMeans(_K, n_init=10, random_state=0).fit(points)
    return time.perf_counter() - started


def _on_spark(workers: int, run: Callable[[str, str], Callable[[Path], float]]) -> Callable[[Path, Path], float]:
    def start(table: Path, folder: Path) -> float:
        _spark(workers)
        return run("spark://local", str(table))(folder)

    return start


_COMPETITORS: Final[Mapping[str, Callable[[Path, Path], float]]] = {
    "score, DuckDB": lambda table, folder: _score(str(table), "")(folder),
    "score, Spark, one worker": _on_spark(1, _score),
    "score, Spark, two workers": _on_spark(2, _score),
    "training, k = 5, DuckDB": lambda table, folder: _train(str(table), "")(folder),
    "training, k = 5, Spark, two workers": _on_spark(2, _train),
    "K-Means on all rows, scikit-learn": lambda table, _folder: _sklearn(table),
}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--competitor"]:
        print(_COMPETITORS[sys.argv[2]](Path(sys.argv[3]), Path(sys.argv[4])))
    else:
        # A late import: it loads scikit-learn, which would slow the start of every competitor.
        from benchmarks.trained_sample import trained_sample

        with trained_sample() as trained:
            print(_measure(trained, [int(text) for text in sys.argv[1:]] or _ROWS).to_text())
