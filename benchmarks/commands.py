"""`/segment` through segbot's server against an empty Bolt listener and an empty ASGI app, each in its own process."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles
from time import monotonic, sleep, time
from typing import Final
from urllib.parse import quote_plus, urlencode

from slack_sdk.signature import SignatureVerifier

from benchmarks.baselines import ASGI, BOLT, GREETING, HOST
from benchmarks.figures import Figure, Goal, Measurement, Section
from benchmarks.traffic.load import Pace, WrongAnswer, run_load
from benchmarks.traffic.ports import free_port
from benchmarks.trained_sample import TrainedSample, segbot_command
from benchmarks.turns import median_ratio, rotated
from bot.app import Bot
from bot.serving import uvicorn_config
from bot.settings import load_settings, load_slack_settings, read_environment
from bot.timings import DEFAULT_TIMINGS

CONCURRENCY: Final = (1, 16, 64)
SEGBOT, EMPTY_BOLT, EMPTY_ASGI = "segbot", "empty Bolt listener", "empty ASGI app"
_SIGNING_SECRET: Final = "benchmark-signing-secret"
# More than the slower servers can answer in one round.
_REQUESTS: Final = 4000
_WARM_UP_SECONDS: Final = 0.5
_START_SECONDS: Final = 30.0
# The settings of segbot's uvicorn that the others get too; its protocol, which bounds connections, is built on theirs.
_SETTINGS: Final = ("loop", "ws", "access_log", "server_header", "timeout_graceful_shutdown")
_PROTOCOL: Final = "httptools"
# Of the fields of /proc/PID/stat behind the command's name: the ticks in user and in system mode.
_TICKS: Final = slice(11, 13)
_MICROSECONDS: Final = 1e6


@dataclass(frozen=True, slots=True)
class _Competitor:
    """A server under test: its port, a text that all its answers contain, and its process."""

    port: int
    expected: bytes
    process: int = 0

    def cpu_seconds(self) -> float:
        """Return the CPU time that its process has used."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[_TICKS])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class _Round:
    """One round of a server: its pace, and the CPU time of its process, which other load hardly changes."""

    pace: Pace
    cpu: float


def measure(sample: TrainedSample, *, quick: bool) -> Section:
    """Load the three servers in turns, at each concurrency."""
    rounds, seconds = (3, 0.25) if quick else (15, 0.6)
    found: dict[tuple[str, int], list[_Round]] = {}
    rng = random.Random(1)
    with _competitors(sample) as competitors:
        for concurrency in CONCURRENCY:
            for name in competitors:
                found[name, concurrency] = []
            for turn in range(rounds):
                # New customers each round, so that no server could answer from a cache.
                requests = signed_requests(_REQUESTS, rng)
                for name in rotated(competitors, turn):
                    server = competitors[name]
                    before = server.cpu_seconds()
                    pace = run_load(server.port, requests, server.expected, concurrency, seconds)
                    found[name, concurrency].append(_Round(pace, server.cpu_seconds() - before))
    return Section(
        "commands: /segment over HTTP, against a listener that only acknowledges",
        f"{rounds} rounds of {seconds} s in turns, each server in its own process. Rates and p50: the median round, "
        "ratios within each round; p99: the lower quartile of rounds, since other load can only raise it. CPU: of the "
        "server's process, in all rounds.",
        tuple(_measurement(name, concurrency, found[name, concurrency]) for name, concurrency in found),
        _figures(found),
    )


def signed_requests(count: int, rng: random.Random) -> list[bytes]:
    """Make HTTP requests as Slack sends them, each with other values and its own signature; valid for five minutes."""
    verifier, timestamp = SignatureVerifier(_SIGNING_SECRET), str(int(time()))
    made = []
    for number in range(count):
        text = f"age={rng.randint(18, 75)} income={rng.randint(100, 1500) / 10} score={rng.randint(1, 99)}"
        body = _body(text, number)
        signature = verifier.generate_signature(timestamp=timestamp, body=body)
        head = (
            "POST /slack/events HTTP/1.1\r\n"
            f"Host: {HOST}\r\n"
            "User-Agent: Slackbot 1.0 (+https://api.slack.com/robots)\r\n"
            "Accept-Encoding: gzip,deflate\r\n"
            "Accept: application/json,*/*\r\n"
            f"X-Slack-Signature: {signature}\r\n"
            f"X-Slack-Request-Timestamp: {timestamp}\r\n"
            f"Content-Length: {len(body)}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


def _body(text: str, number: int) -> bytes:
    fields = {
        "token": "gIkuvaNzQIHg97ATvDxqgjtO",
        "team_id": "T012AB3CD",
        "team_domain": "acme",
        "channel_id": "C012AB3CD",
        "channel_name": "general",
        "user_id": "U012AB3CD",
        "user_name": "analyst",
        "command": "/segment",
        "text": text,
        "api_app_id": "A012AB3CD",
        "is_enterprise_install": "false",
        "response_url": "https://hooks.slack.com/commands/T012AB3CD/1234567890123/abcdefghijklmnopqrstuvwx",
        "trigger_id": f"{number}.1234567890.0123456789abcdef0123456789abcdef",
    }
    return urlencode(fields, quote_via=quote_plus).encode()


def _measurement(name: str, concurrency: int, rounds: list[_Round]) -> Measurement:
    return Measurement(
        f"{name}, {concurrency} at once",
        {
            "requests/s": median(one.pace.rate for one in rounds),
            "p50 ms": median(one.pace.p50 for one in rounds) * 1000,
            "p99 ms": _tail(rounds) * 1000,
            "CPU µs": _cpu(rounds) * _MICROSECONDS,
        },
    )


def _tail(rounds: list[_Round]) -> float:
    """Return the lower quartile of the rounds' 99th percentiles, in seconds."""
    return quantiles((one.pace.p99 for one in rounds), n=4, method="inclusive")[0]


def _cpu(rounds: list[_Round]) -> float:
    """Return the CPU time of an answer, in seconds."""
    return sum(one.cpu for one in rounds) / sum(one.pace.answers for one in rounds)


def _figures(rounds: dict[tuple[str, int], list[_Round]]) -> tuple[Figure, ...]:
    found = []
    for concurrency in CONCURRENCY:
        ours = rounds[SEGBOT, concurrency]
        for name in (EMPTY_BOLT, EMPTY_ASGI):
            theirs = rounds[name, concurrency]
            against_bolt = name == EMPTY_BOLT
            found.append(
                Figure(
                    f"segbot's rate / the {name}'s, {concurrency} at once",
                    median_ratio([one.pace.rate for one in ours], [one.pace.rate for one in theirs]),
                    "×",
                    Goal.least(0.85) if against_bolt and concurrency == 16 else None,
                )
            )
            if against_bolt:
                found.append(
                    Figure(
                        f"segbot's p99 / the {name}'s, {concurrency} at once",
                        _tail(ours) / _tail(theirs),
                        "×",
                        Goal.most(1.3) if concurrency == 64 else None,
                    )
                )
                found.append(
                    Figure(f"segbot's CPU / the {name}'s, {concurrency} at once", _cpu(ours) / _cpu(theirs), "×")
                )
    return tuple(found)


@contextmanager
def _competitors(sample: TrainedSample) -> Iterator[dict[str, _Competitor]]:
    """Run the three servers, warmed up, until the block ends."""
    # A port where nothing listens: segbot asks Slack for its own identity at start, and serves without the answer.
    slack = {"SLACK_BOT_TOKEN": "xoxb-benchmark", "SLACK_SIGNING_SECRET": _SIGNING_SECRET}
    with socket.socket() as reserved, ExitStack() as running:
        reserved.bind((HOST, 0))
        address = f"http://{HOST}:{reserved.getsockname()[1]}/api/"
        environment = {**sample.environment, **slack, "SLACK_API_URL": address}
        settings = _uvicorn_settings(environment)
        ports = {name: free_port() for name in (SEGBOT, EMPTY_BOLT, EMPTY_ASGI)}
        python = (sys.executable, "-m", "benchmarks.baselines")
        commands = {
            SEGBOT: (segbot_command(), "serve", "--host", HOST, "--port", str(ports[SEGBOT])),
            EMPTY_BOLT: (*python, BOLT, str(ports[EMPTY_BOLT]), settings),
            EMPTY_ASGI: (*python, ASGI, str(ports[EMPTY_ASGI]), settings),
        }
        greeting = GREETING.encode()
        expected = {SEGBOT: b"onfidence", EMPTY_BOLT: greeting, EMPTY_ASGI: greeting}
        found = {}
        for name, command in commands.items():
            server = _Competitor(ports[name], expected[name])
            process = running.enter_context(_server(command, environment, sample.folder, server))
            found[name] = replace(server, process=process)
        yield found


def _uvicorn_settings(environment: dict[str, str]) -> str:
    """Return the settings with which segbot runs uvicorn, as JSON."""
    values = read_environment(environment)
    config = uvicorn_config(Bot(load_settings(values), load_slack_settings(values)), HOST, 0)
    return json.dumps({"http": _PROTOCOL, **{name: getattr(config, name) for name in _SETTINGS}})


@contextmanager
def _server(
    command: tuple[str, ...], environment: dict[str, str], folder: Path, competitor: _Competitor
) -> Iterator[int]:
    """Run a server until the block ends and yield its process id; if it does not start, the error shows its log."""
    log = folder / f"{competitor.port}.log"
    here = str(Path(__file__).resolve().parents[1])
    with (
        log.open("wb") as output,
        subprocess.Popen(  # noqa: S603 - our own commands
            command, env={**environment, "PYTHONPATH": here}, cwd=folder, stdout=output, stderr=output
        ) as process,
    ):
        try:
            _wait_until_answered(process, competitor, log)
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(DEFAULT_TIMINGS.serving.connections / 2)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_answered(process: subprocess.Popen[bytes], competitor: _Competitor, log: Path) -> None:
    requests, deadline = signed_requests(_REQUESTS, random.Random(0)), monotonic() + _START_SECONDS
    while True:
        try:
            run_load(competitor.port, requests, competitor.expected, 16, _WARM_UP_SECONDS)
        except (WrongAnswer, OSError) as error:
            if process.poll() is not None or monotonic() > deadline:
                raise WrongAnswer(f"{error}\n{log.read_text(errors='replace')[-2000:]}") from error
            sleep(0.1)
        else:
            return
