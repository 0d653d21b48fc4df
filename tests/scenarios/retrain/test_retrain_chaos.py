"""The bot killed at any instant of a retrain: it goes on after the restart, with one message and one candidate."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from files_harness import job_of
from harness import Harness
from retrain_harness import buttons, candidate_of, real_harness, sample_file

from benchmarks.chaos import EVENTS_PATH, BotProcess
from benchmarks.traffic.ports import free_port
from bot.commands import LISTED
from bot.playground.server import Playground
from bot.playground.workspace.records import Message

__all__ = ["real_harness"]


@asynccontextmanager
async def served(harness: Harness) -> AsyncIterator[tuple[Playground, BotProcess]]:
    """A workspace, and the bot as a process of its own that can be killed."""
    port = free_port()
    async with Playground(commands=LISTED) as pg:
        process = BotProcess({**harness.env, **pg.settings_env()}, port)
        pg.deliver.request_url = f"http://127.0.0.1:{port}{EVENTS_PATH}"
        await process.start()
        try:
            yield pg, process
        finally:
            await process.end(signal.SIGTERM)


def statuses(pg: Playground) -> list[Message]:
    """The messages of retrains."""
    return [one for one in pg.workspace.messages() if job_of(one).startswith("retrain:")]


async def ended(pg: Playground) -> Message:
    """The message of the one retrain, once it is a report."""
    return await pg.workspace.wait_for(lambda one: one in statuses(pg) and bool(buttons(one)), timeout=90)


async def retrain(pg: Playground) -> None:
    """Ask for a retrain."""
    workspace = pg.workspace
    workspace.upload(workspace.analyst, workspace.general, "customers.csv", sample_file(income=2))
    assert (await pg.deliver.command("/retrain", "latest k=5", user=workspace.admin)).ok


def check(pg: Playground, harness: Harness, report: Message) -> None:
    """One message, one candidate, the same model in service, nothing left behind."""
    assert [one.ts for one in statuses(pg)] == [report.ts]
    candidates = [info.version for info in harness.registry.versions() if info.version not in harness.versions]
    assert candidates == [candidate_of(report)]
    assert not [info for info in harness.registry.versions() if info.problem]
    assert harness.registry.current() == harness.versions[0]
    scratch = harness.settings.state_dir / "scratch"
    assert not scratch.is_dir() or list(scratch.iterdir()) == []


async def test_killed_while_it_trains_it_goes_on_after_the_restart(real_harness: Harness, tmp_path: Path) -> None:
    harness = real_harness.copy(tmp_path)
    async with served(harness) as (pg, process):
        await retrain(pg)
        await pg.workspace.wait_for(lambda one: one in statuses(pg) and "✓ Downloading" in str(one.blocks), timeout=60)
        await process.end(signal.SIGKILL)
        await process.start()
        report = await ended(pg)
        check(pg, harness, report)


@pytest.mark.long
async def test_killed_again_and_again_at_random_instants(real_harness: Harness, tmp_path: Path) -> None:
    rng = random.Random(11)  # noqa: S311 - spreads the instants, no secret
    harness = real_harness.copy(tmp_path)
    async with served(harness) as (pg, process):
        await retrain(pg)
        for _ in range(3):
            await asyncio.sleep(rng.uniform(0.1, 2.5))  # the instant is what is random
            await process.end(signal.SIGKILL)
            await process.start()
        report = await ended(pg)
        check(pg, harness, report)
        assert (await pg.deliver.action(report, "promote_model", user=pg.workspace.admin)).ok
        await pg.workspace.wait_for(lambda one: "is now in service" in one.text, timeout=20)
        assert harness.registry.current() == candidate_of(report)
