"""Kills the bot at random instants while it scores files, and counts lost, doubled and leftover results.

The workspace runs in this process; the bot is a real `segbot serve` process, killed with SIGKILL and started again.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks.traffic.ports import free_port
from bot.playground.delivery.courier import Timing
from bot.playground.server import Playground
from segmentation.registry.registry import Registry
from segmentation.schema_data import default_schema
from segmentation.training.samples.mall import sample_customers
from segmentation.training.train import train

HEADER = "id,age,income,score\n"
EVENTS_PATH = "/slack/events"


@dataclass(frozen=True)
class Result:
    """The counts of a run; all but `files`, `kills` and `starts` should be 0."""

    files: int
    kills: int
    starts: int
    lost: int
    doubled_messages: int
    doubled_uploads: int
    wrong_rows: int
    leftovers: int

    @property
    def clean(self) -> bool:
        """Whether nothing was lost, doubled, wrong or left behind."""
        return not any((self.lost, self.doubled_messages, self.doubled_uploads, self.wrong_rows, self.leftovers))


class BotProcess:
    """The bot as a process of its own, on a fixed port."""

    def __init__(
        self,
        environment: dict[str, str],
        port: int,
        program: Sequence[str] | None = None,
        arguments: Sequence[str] = ("serve",),
    ) -> None:
        self._environment = {**os.environ, **environment, "SEGBOT_LOG_LEVEL": "ERROR"}
        self._port = port
        self._command = [*(program or [str(Path(sys.executable).parent / "segbot")]), *arguments]
        self.address = f"http://127.0.0.1:{port}"
        self._process: asyncio.subprocess.Process | None = None
        self.starts = 0

    async def start(self) -> None:
        """Start it and wait until it is ready."""
        self.starts += 1
        self._process = await asyncio.create_subprocess_exec(
            *self._command, "--port", str(self._port), env=self._environment
        )
        await self.ready()

    async def ready(self, seconds: float = 120) -> None:
        """Wait until `/readyz` answers 200."""
        async with asyncio.timeout(seconds), aiohttp.ClientSession() as session:
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"{self.address}/readyz") as response:
                        if response.status == 200:
                            return
                await asyncio.sleep(0.05)

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.returncode is None

    def send(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    async def end(self, number: signal.Signals) -> int:
        """Send the process a signal and wait until it exits."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)
        return await self._process.wait()


async def run(files: int, kills: int, seed: int, folder: Path, rows: int = 200) -> Result:
    """Drop `files` files, half of the events twice, while the bot is killed `kills` times; then count."""
    rng = random.Random(seed)
    models, state = folder / "models", folder / "state"
    _train(models, state)
    port = free_port()
    # Slack gives up after three retries; many more here, so that no event is lost only because the bot was down.
    async with Playground(timing=Timing(retry_delays=(0.3,) * 200)) as playground:
        environment = {
            **playground.settings_env(),
            "SEGBOT_MODELS_DIR": str(models),
            "SEGBOT_STATE_DIR": str(state),
        }
        process = BotProcess(environment, port)
        playground.deliver.request_url = f"http://127.0.0.1:{port}{EVENTS_PATH}"
        await process.start()
        dropping = asyncio.create_task(_drop(playground, files, rows, random.Random(seed + 1), kills * 0.7))
        for _ in range(kills):
            await asyncio.sleep(rng.uniform(0.05, 1.2))
            await process.end(signal.SIGKILL)
            await process.start()
        await dropping
        await playground.deliver.settle()
        await _finish(playground, files)
        await process.end(signal.SIGTERM)
        await process.start()
        scratch = state / "scratch"
        leftovers = sum(1 for _ in scratch.iterdir()) if scratch.is_dir() else 0
        await process.end(signal.SIGTERM)
        return _count(playground, files, kills, process.starts, leftovers, rows)


def _train(models: Path, state: Path) -> None:
    registry = Registry.open(models, state)
    trained = train(sample_customers(), default_schema(), synthetic=True)
    registry.promote(registry.save(trained, actor="chaos", source="sample customers"), actor="chaos")


async def _drop(playground: Playground, files: int, rows: int, rng: random.Random, seconds: float) -> None:
    """Drop the files over about `seconds` seconds; deliver every other event twice."""
    workspace = playground.workspace
    body = "".join(f"c{i},{20 + i % 50},{10 + i % 120},{i % 100}\n" for i in range(rows))
    for number in range(files):
        if number % 2:
            playground.faults.duplicate_events()
        workspace.upload(workspace.analyst, workspace.general, f"file{number}.csv", (HEADER + body).encode())
        await asyncio.sleep(rng.uniform(0, 2 * seconds / files))


def statuses(playground: Playground) -> list[tuple[str, str]]:
    """Return (job id, text) of every message that belongs to a job."""
    found = []
    for message in playground.workspace.messages():
        payload = (message.metadata or {}).get("event_payload") or {}
        if "job" in payload:
            found.append((str(payload["job"]), message.text))
    return found


def is_summary(text: str) -> bool:
    """Tell whether a message says how many of a file's rows were scored, be it only one."""
    return "rows scored" in text or "row scored" in text


def uploads(playground: Playground, rows: int) -> tuple[int, int, int]:
    """Return how many result files there are, how many names they have, and how many have a wrong number of rows."""
    store = playground.workspace.files.by_id.values()
    results = [file for file in store if file.user == playground.workspace.bot.id and file.shares]
    wrong = sum(1 for file in results if (file.data or b"").count(b"\n") != rows + 1)
    return len(results), len({file.name for file in results}), wrong


async def _finish(playground: Playground, files: int, seconds: float = 120) -> None:
    """Wait until every file has its final message, or the time is up."""

    def done(_message: object) -> bool:
        return len({job for job, text in statuses(playground) if is_summary(text)}) >= files

    with contextlib.suppress(TimeoutError):
        await playground.workspace.wait_for(done, timeout=seconds)


def _count(playground: Playground, files: int, kills: int, starts: int, leftovers: int, rows: int) -> Result:
    known = statuses(playground)
    finished = {job for job, text in known if is_summary(text)}
    results, names, wrong = uploads(playground, rows)
    return Result(
        files=files,
        kills=kills,
        starts=starts,
        lost=files - min(len(finished), names),
        doubled_messages=len(known) - len({job for job, _ in known}),
        doubled_uploads=results - names,
        wrong_rows=wrong,
        leftovers=leftovers,
    )


def main() -> None:
    """Run from the command line and print the counts."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(run(options.files, options.kills, options.seed, Path(folder)))
    sys.stdout.write(f"{result}\n")
    sys.exit(0 if result.clean else 1)


if __name__ == "__main__":
    main()
