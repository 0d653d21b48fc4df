"""A workspace and a whole bot, talking over signed HTTP, for the tests of files; its clocks run fast."""

from __future__ import annotations

import asyncio
import csv
import io
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest
from dbos import DBOS
from harness import Harness
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.http_retry.builtin_interval_calculators import FixedValueRetryIntervalCalculator

from bot.app import Bot
from bot.cli.service.playground import bot_on_loopback
from bot.commands import LISTED
from bot.jobs.files import file_job
from bot.jobs.files.customer_maps import CustomerMaps
from bot.jobs.files.file_job import FileJobSteps
from bot.jobs.queues import UNFINISHED
from bot.playground.delivery.courier import Timing
from bot.playground.page.first_minute import FirstMinute
from bot.playground.server import Playground
from bot.playground.workspace import workspace
from bot.playground.workspace.records import Channel, File, Message, User
from bot.settings import load_slack_settings
from bot.slack.transfers.downloads import Downloader, Patience
from bot.timings import JobTimings, ProgressTimings, SlackTimings, Timings
from segmentation.reading.table import Limits
from segmentation.scoring.report import ScoreReport
from segmentation.scoring.score import score_file

HEADER: Final = "id,age,income,score\n"
PATIENCE: Final = Patience(total=60.0, silence=1.0, first_pause=0.01)
MOST_BYTES: Final = 4 << 20
SECONDS: Final = 60.0
# Every pause is short, and every deadline long: a busy machine is not what these tests are about.
FAST: Final = Timings(
    jobs=JobTimings(
        poll=0.05,
        first_pause=0.01,
        enqueue=30.0,
        until_shared=(0.02, 0.1, 0.2),
        until_late=(0.1, 0.2),
        progress=ProgressTimings(steps=0.05),
    ),
    slack=SlackTimings(asking=30.0, opening=30.0, showing=30.0, between_uploads=(0.01, 0.02, 0.03, 0.04)),
)
_ENDS: Final = ("rows scored", "row scored", "couldn't score", "is scored.")


def customers(rows: int, start: int = 0) -> bytes:
    """A file of so many good rows."""
    return (
        HEADER + "".join(f"c{i},{20 + i % 50},{10 + i % 120},{i % 100}\n" for i in range(start, start + rows))
    ).encode()


def rows_of(data: bytes, delimiter: str = ",") -> list[list[str]]:
    """The records of a CSV."""
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def is_end(message: Message) -> bool:
    """Whether a job's message says how the job ended."""
    return any(words in message.text for words in _ENDS)


def job_of(message: Message) -> str:
    """The job a message belongs to; empty for other messages."""
    return str(((message.metadata or {}).get("event_payload") or {}).get("job") or "")


@dataclass(frozen=True)
class FilesHarness:
    """A running bot in its workspace."""

    pg: Playground
    bot: Bot
    harness: Harness

    def drop(self, name: str, data: bytes, channel: Channel | None = None, user: User | None = None) -> File:
        """Drop a file into a channel."""
        workspace = self.pg.workspace
        return workspace.upload(user or workspace.analyst, channel or workspace.general, name, data)

    async def score(self, name: str, data: bytes, channel: Channel | None = None, user: User | None = None) -> File:
        """Drop a file and wait for the end of its job."""
        file = self.drop(name, data, channel, user)
        await self.end(file)
        return file

    async def end(self, file: File, attempt: int = 0, seconds: float = SECONDS) -> Message:
        """The message of a file's job once the job has ended."""

        def ended() -> Message | None:
            return next((one for one in self.statuses(file, attempt) if is_end(one)), None)

        return await self.pg.workspace.wait_until(ended, seconds)

    def statuses(self, file: File, attempt: int | None = None) -> list[Message]:
        """The messages of a file's job, of one attempt or all."""
        found = [one for one in self.pg.workspace.messages() if f":{file.id}:" in job_of(one)]
        if attempt is None:
            return found
        # A share's ts has a point, the number of an attempt has none.
        return [one for one in found if job_of(one).rpartition(":")[2].isdigit() == bool(attempt)]

    def said(self, file: File) -> str:
        """All that a file's one message says."""
        (status,) = self.statuses(file)
        return f"{status.text}\n{status.blocks}"

    def results(self, file: File) -> list[File]:
        """The files the bot has shared in the thread of an upload."""
        workspace = self.pg.workspace
        (channel, ts), *_ = file.shares.items()
        names = [name for message in workspace.thread(channel, ts)[1:] for name in message.files]
        return [workspace.files.by_id[name] for name in names]

    async def result(self, file: File) -> File:
        """The one result in the thread of an upload, as soon as Slack shows it."""
        found = await self.pg.workspace.wait_until(lambda: self.results(file), SECONDS)
        (one,) = found
        return one

    async def fence(self) -> None:
        """Wait until everything that was under way has ended: the analyst's files are scored one after another."""
        await self.pg.deliver.settle()
        await self.score("fence.csv", customers(1))
        await self.rest()

    async def rest(self) -> None:
        """Wait until no job is noted as unfinished; the message that ends one is a moment earlier."""
        async with asyncio.timeout(SECONDS):
            while await DBOS.list_workflows_async(status=UNFINISHED):  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)

    @property
    def scratch(self) -> list[Path]:
        """Whatever lies in the scratch folder."""
        folder = self.harness.settings.state_dir / "scratch"
        return list(folder.iterdir()) if folder.is_dir() else []


def impatient_handlers() -> list[AsyncRetryHandler]:
    """The retry handlers of the bot's client, without its pauses."""
    at_once = FixedValueRetryIntervalCalculator(0.01)
    return [
        AsyncConnectionErrorRetryHandler(max_retry_count=2, interval_calculator=at_once),
        AsyncRateLimitErrorRetryHandler(max_retry_count=2, interval_calculator=at_once),
        AsyncServerErrorRetryHandler(max_retry_count=2, interval_calculator=at_once),
    ]


@contextmanager
def fast_clocks() -> Iterator[pytest.MonkeyPatch]:
    """Let every pause be short, and every deadline long: a busy machine is not what these tests are about."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workspace, "TRIGGER_SECONDS", 60.0)
        # The pause Slack asks for is spread over a second more by the SDK.
        patch.setattr("random.random", lambda: 0.0)
        yield patch


@asynccontextmanager
async def at_work(
    harness: Harness, first_minute: FirstMinute | None = None, *, few: int = 0
) -> AsyncIterator[FilesHarness]:
    """Start a workspace and a bot on that harness; stop both at the end.

    Parameters
    ----------
    few
        Of how many customers at most the summary has a map.
    """
    timing = Timing(ack=30.0, retry_delays=(0.0, 0.05, 0.1), sharing=0.02)
    with fast_clocks():
        async with Playground(commands=LISTED, timing=timing, first_minute=first_minute) as pg:
            events = pg.workspace.install.events | {"app_uninstalled", "tokens_revoked", "message.channels"}
            pg.workspace.change_install(events=events)
            bot = Bot(harness.settings, load_slack_settings(pg.settings_env()), timings=FAST)
            bot.client.retry_handlers = impatient_handlers()
            bot.client.timeout = 30
            steps = steps_of(bot)
            steps._limits = replace(Limits(), file_bytes=MOST_BYTES)
            steps._downloader = Downloader(bot.slack, MOST_BYTES, PATIENCE)
            steps._uploads._tools = (steps._downloader, *steps._uploads._tools[1:3], steps._limits)
            # Drawing takes longer than all else about a small file, so only the tests about it let it happen.
            steps._maps = CustomerMaps(bot.client, FAST.slack, most=few)
            async with bot_on_loopback(bot) as (request_url, _server):
                pg.deliver.request_url = request_url
                yield FilesHarness(pg, bot, harness)


def steps_of(bot: Bot) -> FileJobSteps:
    """What the bot's jobs do."""
    return bot.dependencies.jobs.workflows.files.steps


def let_jobs_rest(patch: pytest.MonkeyPatch, bot: Bot) -> None:
    """Let jobs be as before their start; maintenance, which starts a wanted engine again, leaves them so."""
    for name in ("_wanted", "_running"):
        patch.setattr(bot.dependencies.jobs, name, False)


class Gate:
    """Scorings that wait until they are let go."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.opened = threading.Event()
        self.running = 0
        self.folders: list[Path] = []
        self._loop = asyncio.get_running_loop()

    def score(self, source: Path, target: Path, model: Any, **more: Any) -> ScoreReport:
        """Score, but not before the gate is open; says so now and then."""
        self.running += 1
        self.folders.append(source.parent)
        self._loop.call_soon_threadsafe(self.entered.set)
        try:
            while not self.opened.wait(0.01):
                more["progress"](12_345)
        finally:
            self.running -= 1
        return score_file(source, target, model, **more)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Gate]]:
    """Make a gate before every scoring."""
    made: list[Gate] = []

    def build() -> Gate:
        made.append(Gate())
        monkeypatch.setattr(file_job, "score_file", made[-1].score)
        return made[-1]

    yield build
    for one in made:
        one.opened.set()
