"""A light HTTP client that keeps several requests in flight: raw sockets on asyncio, requests built in advance."""

from __future__ import annotations

import asyncio
import gc
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from statistics import quantiles
from time import perf_counter
from typing import Final, cast

import uvloop

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)
# Seconds to wait for the last answers after the time is up.
_PATIENCE: Final = 20.0


class WrongAnswer(Exception):
    """A server gave an unexpected answer, or none."""


@dataclass(frozen=True, slots=True)
class Pace:
    """A server's pace under one load: requests per second; median and 99th percentile of the latency in seconds.

    Parameters
    ----------
    answers
        How many there were.
    """

    rate: float
    p50: float
    p99: float
    answers: int


def run_load(port: int, requests: list[bytes], expected: bytes, concurrency: int, seconds: float) -> Pace:
    """Send requests over `concurrency` keep-alive connections, each of which waits for its answer.

    Parameters
    ----------
    requests
        Whole HTTP requests, sent in turn.
    expected
        A text that every answer must contain; its status must be 200.
    seconds
        For how long to send requests.

    Raises
    ------
    WrongAnswer
        At the first unexpected answer.
    OSError
        When nothing listens at the port.
    """
    gc.collect()
    gc.disable()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_run_load(port, requests, expected, concurrency, seconds))
    finally:
        gc.enable()


class _Load:
    """State that the connections share."""

    def __init__(self, requests: list[bytes], expected: bytes, done: asyncio.Future[None]) -> None:
        self.requests: Iterator[bytes] = cycle(requests)
        self.expected = expected
        self.done = done
        self.open = 0
        self.end = 0.0
        self.latencies: list[float] = []

    def finish(self, error: Exception | None = None) -> None:
        if self.done.done():
            return
        if error is not None:
            self.done.set_exception(error)
        elif not self.open:
            self.done.set_result(None)


class _Connection(asyncio.Protocol):
    """One connection: a request, its answer, the next request."""

    def __init__(self, load: _Load) -> None:
        self._load = load
        self._transport: asyncio.Transport
        self._received = b""
        self._sent = 0.0
        self._over = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's isn't a subclass of it
        self._load.open += 1

    def send(self) -> None:
        self._sent = perf_counter()
        self._transport.write(next(self._load.requests))

    def data_received(self, data: bytes) -> None:
        self._received += data
        head = self._received.find(b"\r\n\r\n")
        if head < 0:
            return
        length = _LENGTH.search(self._received, 0, head + 2)
        if length is not None and len(self._received) < head + 4 + int(length[1]):
            return
        now = perf_counter()
        load, answer = self._load, self._received
        if length is None or not answer.startswith(b"HTTP/1.1 200 ") or load.expected not in answer:
            self._close(WrongAnswer(answer[:200].decode(errors="replace")))
            return
        load.latencies.append(now - self._sent)
        self._received = b""
        if now < load.end:
            self.send()
        else:
            self._close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._over:
            self._close(WrongAnswer(f"the server closed the connection: {exc or 'no reason given'}"))

    def _close(self, error: Exception | None = None) -> None:
        self._over = True
        self._load.open -= 1
        self._transport.close()
        self._load.finish(error)


async def _run_load(port: int, requests: list[bytes], expected: bytes, concurrency: int, seconds: float) -> Pace:
    loop = asyncio.get_running_loop()
    load = _Load(requests, expected, loop.create_future())
    connections = [
        (await loop.create_connection(lambda: _Connection(load), "127.0.0.1", port))[1] for _ in range(concurrency)
    ]
    started = perf_counter()
    load.end = started + seconds
    for connection in connections:
        connection.send()
    await asyncio.wait_for(load.done, seconds + _PATIENCE)
    elapsed = perf_counter() - started
    answers = len(load.latencies)
    if answers < 2:
        return Pace(answers / elapsed, elapsed, elapsed, answers)
    percentiles = quantiles(load.latencies, n=100, method="inclusive")
    return Pace(answers / elapsed, percentiles[49], percentiles[98], answers)
