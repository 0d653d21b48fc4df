"""`/segment` while the bot scores, and then trains on, files of a million rows, against an idle bot; and small files.

The workspace runs in this process; the bot is a real `segbot serve` process, called from a thread.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import signal
import socket
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter, time
from typing import Final
from urllib.parse import urlencode

from slack_sdk.signature import SignatureVerifier

from benchmarks.chaos import EVENTS_PATH, HEADER, BotProcess, is_summary
from benchmarks.figures import Figure, Goal, Measurement, Section
from benchmarks.trained_sample import TrainedSample, trained_sample
from bot.blocks.inputs import ENTERED
from bot.blocks.models.retrain import FILE_BLOCK
from bot.playground.server import Playground
from bot.playground.workspace.records import File, Message, User

HOST: Final = "127.0.0.1"
COMMANDS: Final = 20
LARGE_FILES: Final = 5
LARGE_ROWS: Final = 1_000_000
SMALL_ROWS: Final = 200
_PAUSE: Final = 0.05
_SECONDS: Final = 90.0


def measure(sample: TrainedSample, *, quick: bool) -> Section:
    """Call an idle bot, then a busy one, time small files, and call the bot during a retrain."""
    rows = LARGE_ROWS // 10 if quick else LARGE_ROWS
    taken = asyncio.run(_measure(sample, rows, small_files=3 if quick else 10))
    idle, busy, small, retrain = taken.idle, taken.busy, taken.small, taken.retrain
    return Section(
        "during_jobs: /segment answered by an idle bot, while files are scored, and while a model is trained",
        f"{len(idle)} commands one after another; then {len(busy)} while {LARGE_FILES} files of {rows:,} rows are "
        f"fetched, scored and shared; then {len(small)} files of {SMALL_ROWS} rows, from event to summary; then "
        f"{len(retrain)} commands while a model is trained on {rows:,} rows, from form to report.",
        (
            _latencies("idle", idle),
            _latencies("during jobs", busy),
            _latencies("during a retrain", retrain),
            _latencies("small file", small),
        ),
        (
            Figure("/segment during jobs, p99", _p99(busy), "s", Goal.most(1)),
            Figure("/segment during jobs / idle, p50", median(busy) / median(idle), "×"),
            Figure(f"/segment while a model is trained on {rows:,} rows, p99", _p99(retrain), "s", Goal.most(1)),
            Figure("/segment idle, p99", _p99(idle), "s"),
            Figure(f"/retrain on {rows:,} rows, form to report", taken.retrain_seconds, "s"),
            Figure(f"a file of {SMALL_ROWS} rows, upload to summary, p50", median(small), "s", Goal.most(1.5)),
        ),
    )


@dataclass(frozen=True)
class _Taken:
    """Durations in seconds: of each answer when idle, busy or training; of each small file; of the retrain."""

    idle: list[float]
    busy: list[float]
    small: list[float]
    retrain: list[float]
    retrain_seconds: float


def _latencies(subject: str, seconds: list[float]) -> Measurement:
    values = {"p50 ms": median(seconds) * 1000, "p99 ms": _p99(seconds) * 1000, "longest ms": max(seconds) * 1000}
    return Measurement(subject, values)


def _p99(seconds: list[float]) -> float:
    return quantiles(seconds, n=100, method="inclusive")[98]


async def _measure(sample: TrainedSample, rows: int, small_files: int) -> _Taken:
    with socket.create_server((HOST, 0)) as listener:
        port = int(listener.getsockname()[1])
    async with Playground() as playground:
        bot = BotProcess({**sample.environment, **playground.settings_env()}, port)
        await bot.start()
        try:
            playground.deliver.request_url = f"http://{HOST}:{port}{EVENTS_PATH}"
            ask = _Asker(playground, port)
            # The first file pays for late imports, so it is not timed.
            await _scored(playground, _drop(playground, "first.csv", SMALL_ROWS))
            idle = await asyncio.to_thread(ask.run, COMMANDS)
            busy = await _busy(playground, ask, rows)
            small = []
            for number in range(small_files):
                started = perf_counter()
                await _scored(playground, _drop(playground, f"small{number}.csv", SMALL_ROWS))
                small.append(perf_counter() - started)
            started = perf_counter()
            retrain = await _retraining(playground, ask, rows)
            seconds = perf_counter() - started
        finally:
            await bot.end(signal.SIGTERM)
    return _Taken(idle, busy, small, retrain, seconds)


async def _retraining(playground: Playground, ask: _Asker, rows: int) -> list[float]:
    """Submit the form of `/retrain` with a large file, and call `/segment` until the report arrives."""
    workspace = playground.workspace
    await playground.deliver.command("/retrain", user=workspace.admin)
    (view,) = await workspace.wait_until(lambda: workspace.open_views(workspace.admin) or None, _SECONDS)
    file = workspace.files.hold(workspace.admin.id, "customers.csv", _customers(rows))
    finished = threading.Event()
    asking = asyncio.create_task(asyncio.to_thread(ask.run, COMMANDS, finished))
    try:
        await playground.deliver.view_submission(view, {FILE_BLOCK: {ENTERED: file.id}})
        await workspace.wait_for(lambda message: "candidate" in message.text, timeout=_SECONDS)
    finally:
        finished.set()
    return await asking


async def _busy(playground: Playground, ask: _Asker, rows: int) -> list[float]:
    """Drop the large files, from different people as far as possible, and call `/segment` until all are scored."""
    workspace = playground.workspace
    people = [workspace.analyst, workspace.admin, workspace.owner, workspace.guest]
    data = _customers(rows)
    finished = threading.Event()
    files = [
        _drop(playground, f"large{number}.csv", rows, people[number % len(people)], data)
        for number in range(LARGE_FILES)
    ]
    asking = asyncio.create_task(asyncio.to_thread(ask.run, COMMANDS, finished))
    try:
        await asyncio.gather(*(_scored(playground, file) for file in files))
    finally:
        finished.set()
    return await asking


class _Asker:
    """Calls `/segment` over HTTP, signed as by Slack."""

    def __init__(self, playground: Playground, port: int) -> None:
        self._verifier = SignatureVerifier(playground.workspace.install.signing_secret)
        self._port = port
        fields = {
            "team_id": playground.workspace.team.id,
            "channel_id": playground.workspace.general.id,
            "user_id": playground.workspace.analyst.id,
            "command": "/segment",
            "text": "age=35 income=60 score=70",
            "response_url": f"{playground.url}hooks/commands/T/none",
            "trigger_id": "1.2.3",
        }
        self._body = urlencode(fields).encode()

    def run(self, least: int, finished: threading.Event | None = None) -> list[float]:
        """Call at least `least` times, and until `finished` if given; return the seconds of each answer."""
        taken: list[float] = []
        pause = threading.Event()
        while len(taken) < least or (finished is not None and not finished.is_set()):
            taken.append(self._once())
            pause.wait(_PAUSE)
        return taken

    def _once(self) -> float:
        stamp = str(int(time()))
        signature = self._verifier.generate_signature(timestamp=stamp, body=self._body) or ""
        headers: Mapping[str, str] = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signature,
        }
        connection = http.client.HTTPConnection(HOST, self._port, timeout=30)
        started = perf_counter()
        connection.request("POST", EVENTS_PATH, self._body, dict(headers))
        answer = json.loads(connection.getresponse().read())
        taken = perf_counter() - started
        connection.close()
        assert "confidence" in json.dumps(answer)
        return taken


def _customers(rows: int) -> bytes:
    body = "".join(f"c{i},{20 + i % 50},{10 + i % 120},{i % 100}\n" for i in range(rows))
    return (HEADER + body).encode()


def _drop(playground: Playground, name: str, rows: int, user: User | None = None, data: bytes = b"") -> File:
    workspace = playground.workspace
    return workspace.upload(user or workspace.analyst, workspace.general, name, data or _customers(rows))


async def _scored(playground: Playground, file: File) -> None:
    def ended(message: Message) -> bool:
        payload = (message.metadata or {}).get("event_payload") or {}
        return f":{file.id}:" in str(payload.get("job")) and is_summary(message.text)

    await playground.workspace.wait_for(ended, timeout=_SECONDS)


def main() -> None:
    """Measure and print the table."""
    with trained_sample() as sample:
        sys.stdout.write(f"{measure(sample, quick='--quick' in sys.argv).to_text()}\n")


if __name__ == "__main__":
    main()
