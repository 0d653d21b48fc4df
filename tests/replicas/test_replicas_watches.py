"""Watches with two replicas: one killed while it checks, the database away, a clock set back: exactly one post each."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from time import time
from typing import Final

import pytest
from files_harness import job_of
from postgres_cluster import PostgresCluster
from replicas_harness import HURRY
from watch_harness import WEEK, write_table

from benchmarks.chaos import BotProcess
from benchmarks.replicas_chaos import KEY, TIMING, put_model_in_service
from benchmarks.traffic.ports import free_port
from bot.playground.server import Playground
from segmentation.watching.schedule import Every, Schedule
from segmentation.watching.store import WatchStore
from segmentation.watching.watch import Kind, Seen, Watch

TABLES: Final = ("north", "south", "west")
PYTHON: Final = [sys.executable, "-c"]


@asynccontextmanager
async def replicas(folder: Path, url: str, playground: Playground) -> AsyncIterator[list[BotProcess]]:
    """Start two replicas that know the tables; stop them at the end."""
    for name in TABLES:
        write_table(folder / f"{name}.parquet", income=20)
    shared = {
        **playground.settings_env(),
        "SEGBOT_DATABASE_URL": url,
        "SEGBOT_SIGNING_KEY": KEY,
        "SEGBOT_TABLES": ",".join(f"{name}={folder / name}.parquet" for name in TABLES),
    }
    found = [
        BotProcess(
            {**shared, "SEGBOT_STATE_DIR": str(folder / f"state{number}")}, free_port(), PYTHON, [HURRY, "serve"]
        )
        for number in range(2)
    ]
    try:
        await asyncio.gather(*(one.start() for one in found))
        yield found
    finally:
        await asyncio.gather(*(one.end(signal.SIGTERM) for one in found if one.alive))


async def until(true: Callable[[], bool]) -> None:
    """Wait for something in the database."""
    async with asyncio.timeout(120):
        while not await asyncio.to_thread(true):  # noqa: ASYNC110 - of other processes
            await asyncio.sleep(0.05)


@pytest.mark.long
async def test_each_due_moment_is_told_exactly_once(
    tmp_path: Path, postgres_url: str, postgres_cluster: PostgresCluster
) -> None:
    await asyncio.to_thread(put_model_in_service, tmp_path, postgres_url)
    store = WatchStore.open(tmp_path, postgres_url.replace("+psycopg", "", 1))
    async with Playground(timing=TIMING) as playground:
        workspace = playground.workspace
        set_up = time() - WEEK - 60
        watches = [
            Watch(
                workspace.team.id,
                workspace.general.id,
                workspace.admin.id,
                Kind.WATCH,
                table,
                Schedule(Every.WEEK, 0, 540),
                since=set_up,
                ran=set_up,
            )
            for table in TABLES
        ]

        def told() -> list[str]:
            return sorted(job for one in workspace.messages() if (job := job_of(one)).startswith("watch:"))

        def checked() -> bool:
            return all(one.seen.checked for one in store.every())

        async with replicas(tmp_path, postgres_url, playground) as (first, second):
            for watch in watches:
                await asyncio.to_thread(store.put, watch)
            # Each replica checks one table at a time, so one of these is under way when the first replica dies.
            await until(lambda: all(one.ran > set_up for one in store.every()))
            await first.end(signal.SIGKILL)
            await asyncio.to_thread(postgres_cluster.stop)
            await asyncio.to_thread(postgres_cluster.start)
            await first.start()
            await until(checked)
            once = told()
            assert len(once) == len(set(once)) == len(TABLES)
            # As a replica whose clock is wrong would: what was taken up already is taken up again.
            for watch in await asyncio.to_thread(store.every):
                await asyncio.to_thread(store.put, replace(watch, ran=set_up, seen=Seen()))
            await until(lambda: all(one.ran > set_up for one in store.every()))
            assert await second.end(signal.SIGTERM) == 0
            assert await first.end(signal.SIGTERM) == 0
            assert told() == once
            assert not any(one.seen.checked for one in store.every())
