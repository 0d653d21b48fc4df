"""Spark for the tests: a standalone cluster on loopback with `--long`, two workers; else within the driver."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pyspark
import pytest
from campaigns import campaign
from pyspark import SparkContext

from benchmarks.traffic.ports import free_port

WORKERS: Final = 2
_HOST: Final = "127.0.0.1"
_START_WITHIN: Final = 240.0
# What Spark's own start script passes, as far as master and workers need it; and quick to start, for a short life.
_JAVA: Final = (
    "-Xmx256m",
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.util=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
)
# All workers before any work, so that a test may count on each.
_DEFAULTS: Final = """\
spark.driver.bindAddress {host}
spark.driver.host {host}
spark.driver.memory 1g
spark.executor.memory 640m
spark.sql.shuffle.partitions 4
spark.cores.max {workers}
spark.scheduler.minRegisteredResourcesRatio 1.0
spark.scheduler.maxRegisteredResourcesWaitingTime {wait:.0f}s
spark.sql.warehouse.dir file:{folder}/warehouse
"""


class SparkCluster:
    """A master and its workers, ended by their ids; without workers Spark runs where the driver runs."""

    def __init__(self, folder: Path, home: Path, workers: int) -> None:
        self._folder, self._home, self._workers = folder, home, workers
        self._processes: list[subprocess.Popen[bytes]] = []
        self.url = f"spark://{_HOST}:{free_port()}" if workers else "spark://local"
        (folder / "spark-defaults.conf").write_text(
            _DEFAULTS.format(host=_HOST, folder=folder, workers=WORKERS, wait=_START_WITHIN)
        )
        self.environment = {
            "SPARK_HOME": str(home),
            "SPARK_CONF_DIR": str(folder),
            "SPARK_LOCAL_IP": _HOST,
            "SPARK_SCALA_VERSION": "2.13",
            "SPARK_LOCAL_DIRS": str(folder / "local"),
        }

    def start(self) -> None:
        """Start all and wait until every worker has registered."""
        if not self._workers:
            return
        port = self.url.rpartition(":")[2]
        self._run("master.Master", "--host", _HOST, "--port", port, "--webui-port", "0")
        for number in range(self._workers):
            work = str(self._folder / f"worker-{number}")
            options = ("--cores", "1", "--memory", "1g", "--webui-port", "0", "--work-dir", work)
            self._run("worker.Worker", "--host", _HOST, *options, self.url)
        self._wait_for("Registering worker", self._workers)

    def stop(self) -> None:
        """End every process that was started here."""
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _run(self, name: str, *arguments: str) -> None:
        with (self._folder / f"{name}-{len(self._processes)}.log").open("wb") as log:
            self._processes.append(
                subprocess.Popen(
                    [
                        java() or "java",
                        *_JAVA,
                        "-cp",
                        f"{self._folder}:{self._home}/jars/*",
                        f"org.apache.spark.deploy.{name}",
                        *arguments,
                    ],
                    env=os.environ | self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
            )

    def _wait_for(self, said: str, times: int) -> None:
        log = self._folder / "master.Master-0.log"
        until = time.monotonic() + _START_WITHIN
        while log.read_text(errors="replace").count(said) < times:
            alive = all(process.poll() is None for process in self._processes)
            assert alive, "a Spark process ended"
            assert time.monotonic() < until, "the Spark cluster did not start in time"
            time.sleep(0.1)


def java() -> str | None:
    """Where Java is; None where it is not installed."""
    home = os.environ.get("JAVA_HOME")
    return f"{home}/bin/java" if home else shutil.which("java")


@pytest.fixture(scope="session")
def spark_cluster() -> Iterator[SparkCluster]:
    """A running cluster that this process may connect to; in short runs Spark without one."""
    if java() is None:
        pytest.skip("Java is not installed (Debian: openjdk-17-jre-headless)")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="segbot-spark-")))
        cluster = SparkCluster(folder, Path(pyspark.__file__).parent, campaign(0, WORKERS))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in cluster.environment.items():
            patch.setenv(name, value)
        stack.callback(cluster.stop)
        cluster.start()
        stack.callback(end_gateway)
        yield cluster


def end_gateway() -> None:
    """End the Java process through which this one spoke to Spark."""
    if (gateway := SparkContext._gateway) is not None:
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(timeout=30)
        SparkContext._gateway = SparkContext._jvm = None
