"""A workspace and a bot with one table to watch, for the tests of watches; time is handed in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import polars as pl
from harness import Harness
from retrain_harness import RetrainHarness, retraining

from bot.jobs.retrains import training_work
from bot.jobs.retrains.training_request import TrainingRequest, version_of
from bot.jobs.watches.steps import EVENT_TYPE, WatchSteps
from bot.playground.workspace.records import Message, User
from segmentation.training.samples.mall import sample_customers
from segmentation.watching.check import TableCheck

TABLE: Final = "customers"
FEATURES: Final = ("age", "income", "score")
WEEK: Final = 7 * 24 * 60 * 60


def write_table(path: Path, **added: float) -> None:
    """Write the sample customers; `added` adds so much to a column."""
    rows = sample_customers()
    columns = {name: rows[:, i] + added.get(name, 0.0) for i, name in enumerate(FEATURES)}
    pl.DataFrame(columns).write_parquet(path)


@dataclass
class HereChecker:
    """Checks as the process does, in a thread of this one; may be told to fail."""

    harness: Harness
    checks: int = 0
    failure: Exception | None = None

    async def check(self, table: str) -> TableCheck:
        """Count the table."""
        self.checks += 1
        if self.failure is not None:
            raise self.failure
        said: list[dict[str, str]] = []
        request = TrainingRequest("", None, "", "", "check", "", table=table, checks=True)
        await asyncio.to_thread(training_work.work, request, self.harness.settings, said.append)
        answer = version_of(said[-1])
        assert answer is not None

        return TableCheck.from_data(json.loads(answer))


@dataclass(frozen=True)
class WatchHarness:
    """A running bot in its workspace, its table, and a clock."""

    desk: RetrainHarness
    source: Path
    checker: HereChecker
    moments: list[float] = field(default_factory=list)

    @property
    def steps(self) -> WatchSteps:
        """What a check does."""
        steps = self.desk.files.bot.dependencies.jobs.workflows.watching.steps
        assert steps is not None
        return steps

    async def type(self, text: str, user: User | None = None) -> str:
        """Type `/segments` and return what its typist alone is told."""
        who = user or self.desk.workspace.admin
        return await self.desk.next_ephemeral(lambda: self.desk.pg.deliver.command("/segments", text, user=who), who)

    async def pass_to(self, now: float) -> list[Message]:
        """Let a moment come; return what is posted for what is due then."""
        before = len(self.told())
        await asyncio.to_thread(self.desk.files.bot.dependencies.jobs.workflows.watching.take_up, now)
        await self.desk.files.rest()
        return self.told()[before:]

    def told(self) -> list[Message]:
        """What checks have posted, the oldest first."""
        return [one for one in self.desk.workspace.messages() if (one.metadata or {}).get("event_type") == EVENT_TYPE]


@asynccontextmanager
async def watching(harness: Harness, folder: Path) -> AsyncIterator[WatchHarness]:
    """Start a workspace and a bot that knows the table `customers`; stop both at the end."""
    source = folder / "customers.parquet"
    write_table(source)
    with_table = replace(harness, more=(("SEGBOT_TABLES", f"{TABLE}={source}"),))
    async with retraining(with_table) as desk:
        checker = HereChecker(with_table)
        found = WatchHarness(desk, source, checker)
        found.steps._checker = checker
        yield found
