"""Two replicas on one PostgreSQL behind nginx: any may die, freeze or be stopped, and nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest
from campaigns import campaign
from postgres_cluster import PostgresCluster, database
from replicas_harness import HURRY, LAST_SECONDS, changed_source, needs_nginx, readiness

import bot
import segmentation
from benchmarks.chaos import EVENTS_PATH, BotProcess, is_summary, statuses, uploads
from benchmarks.replicas_chaos import Harness, Plan, harness, run
from bot.blocks.customers.segment import SHARE

pytestmark = needs_nginx
ASKED = "age=35 income=60 score=70"
PYTHON = [sys.executable, "-c"]


async def answered(running: Harness) -> bool:
    """Whether a command is answered just now."""
    return "confidence" in str((await running.playground.deliver.command("/segment", ASKED)).body)


async def nothing_lost_or_doubled(running: Harness) -> None:
    """Every file has one message, the summary, and one result, complete."""
    await running.shown()
    known = statuses(running.playground)
    assert len(known) == len({job for job, _ in known}) == running.dropped
    assert all(is_summary(text) for _, text in known)
    assert uploads(running.playground, running.rows) == (running.dropped, running.dropped, 0)


async def test_replicas_of_old_and_new_code_finish_each_others_jobs_when_killed(
    tmp_path: Path, postgres_url: str
) -> None:
    for package in (bot, segmentation):
        folder = Path(package.__path__[0])
        shutil.copytree(folder, tmp_path / "new" / folder.name, ignore=shutil.ignore_patterns("__pycache__"))
    changed_source(tmp_path / "new")
    new = f"import sys\nsys.path.insert(0, {str(tmp_path / 'new')!r})\n{HURRY}"
    files, kills = campaign(2, 6), campaign(1, 2)
    plan = Plan(files=files, kills=kills, redelivered=2 * files, rest=0, seed=3, victims=(0, 1))
    result = await run(tmp_path, postgres_url, plan, PYTHON, [[HURRY, "serve"], [new, "serve"]])
    assert (result.lost, result.doubled_messages, result.doubled_uploads, result.wrong_rows) == (0, 0, 0, 0)
    assert (result.files, result.kills, result.redelivered) == (files, kills, 2 * files)
    assert result.slowest < 30
    # On a machine that is very busy with other tests a command may wait for longer than nginx does.
    assert result.commands_failed <= result.commands // 20


@pytest.mark.long
async def test_frost_a_database_away_and_sigterm_lose_and_double_nothing(
    tmp_path: Path, postgres_url: str, postgres_cluster: PostgresCluster
) -> None:
    serving = [HURRY, "serve"]
    async with harness(tmp_path, postgres_url, PYTHON, rows=20_000, arguments=[serving, serving]) as running:
        first, second = running.replicas
        await _a_click_that_reaches_both_is_shared_once(running)
        await _a_replica_frozen_and_thawed_does_no_harm(running, first, postgres_url)
        await _while_the_database_is_away_commands_are_answered_and_files_wait(running, postgres_cluster)
        await _sigterm_says_not_ready_first_then_drains(running, first)
        await nothing_lost_or_doubled(running)
        await asyncio.to_thread(postgres_cluster.stop)
        try:
            started = time.monotonic()
            assert await second.end(signal.SIGTERM) == 0
            assert time.monotonic() - started < LAST_SECONDS + 17
        finally:
            await asyncio.to_thread(postgres_cluster.start)


async def _a_click_that_reaches_both_is_shared_once(running: Harness) -> None:
    playground = running.playground
    reply = await playground.deliver.command("/segment", ASKED)
    asked = await playground.workspace.wait_for(lambda message: message.ephemeral_to is not None)
    assert reply.ok
    # nginx gives each request to the next replica.
    clicks = await asyncio.gather(*(playground.deliver.action(asked, SHARE) for _ in range(4)))
    assert all(click.ok for click in clicks)
    await playground.workspace.wait_for(
        lambda message: message.ts == asked.ts and not any(block["type"] == "actions" for block in message.blocks)
    )
    await playground.deliver.settle()
    shown = [
        one for one in playground.workspace.messages(playground.workspace.general) if one.made_by == "response_url"
    ]
    assert len([one for one in shown if one.ephemeral_to is None]) == 1


async def _a_replica_frozen_and_thawed_does_no_harm(running: Harness, victim: BotProcess, url: str) -> None:
    before = _replicas(url)
    for number in range(4):
        running.drop()
        if number == 1:
            await asyncio.sleep(0.4)
            victim.send(signal.SIGSTOP)
    try:
        assert await running.finish(40) < 30
        assert await answered(running)
        assert len(_replicas(url) & before) == 1  # it was declared dead
    finally:
        victim.send(signal.SIGCONT)
    # It finds itself declared dead, takes a new name and works again.
    async with asyncio.timeout(60):
        while len(_replicas(url) - before) != 1:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.05)
    for _ in range(4):
        running.drop()
    assert await running.finish(40) < 30


def _replicas(url: str) -> set[str]:
    """The names of those that are alive."""
    with database(url.replace("+psycopg", "", 1)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM segbot.replicas")}


async def _while_the_database_is_away_commands_are_answered_and_files_wait(
    running: Harness, cluster: PostgresCluster
) -> None:
    running.drop()
    await asyncio.to_thread(cluster.stop)
    away = time.monotonic()
    told = 0
    try:
        running.drop()
        while time.monotonic() - away < 10:
            assert await answered(running)
            status, page = await readiness(running.replicas[0])
            # It can answer, so it is ready; and it says what it cannot do.
            assert (status, page["ready"]) == (200, True)
            told += "shared database can't be used" in page["problems"].get("jobs", "")
            await asyncio.sleep(0.2)
        assert told > 5
    finally:
        await asyncio.to_thread(cluster.start)
    assert await running.finish(60) < 45
    async with asyncio.timeout(30):
        while (await readiness(running.replicas[0]))[1]["problems"]:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.05)


async def _sigterm_says_not_ready_first_then_drains(running: Harness, leaving: BotProcess) -> None:
    for _ in range(3):
        running.drop()
    watching = asyncio.create_task(_readiness_until_gone(leaving))
    started = time.monotonic()
    assert await leaving.end(signal.SIGTERM) == 0
    assert time.monotonic() - started < 25
    seen = await watching
    assert 503 in seen[: seen.index(0)]
    assert await running.finish(40) < 30
    assert await answered(running)


async def _readiness_until_gone(replica: BotProcess) -> list[int]:
    seen: list[int] = []
    while not seen or seen[-1] != 0:
        seen.append((await readiness(replica))[0])
        await asyncio.sleep(0.02)
    return seen


@pytest.mark.long
async def test_one_may_serve_and_another_work(
    tmp_path: Path, postgres_url: str, postgres_cluster: PostgresCluster
) -> None:
    split = [[HURRY, "serve", "--no-worker"], [HURRY, "worker"]]
    async with harness(tmp_path, postgres_url, PYTHON, rows=50, arguments=split) as running:
        serving, working = running.replicas
        # Slack's requests are for those that serve.
        running.playground.deliver.request_url = f"{serving.address}{EVENTS_PATH}"
        running.drop()
        await running.finish(20)
        assert await answered(running)
        for replica in running.replicas:
            await replica.ready()
        # Who only works has nothing to do while the database is away, and says so.
        await asyncio.to_thread(postgres_cluster.stop)
        try:
            async with asyncio.timeout(20):
                while (await readiness(working))[0] != 503:  # noqa: ASYNC110 - of another process
                    await asyncio.sleep(0.05)
            assert (await readiness(serving))[0] == 200
        finally:
            await asyncio.to_thread(postgres_cluster.start)
        await working.ready()
        # Without a worker files wait; commands do not.
        assert await working.end(signal.SIGTERM) == 0
        running.drop()
        await running.playground.deliver.settle()
        assert await answered(running)
        with contextlib.suppress(TimeoutError):
            await running.playground.workspace.wait_until(lambda: running.finished() > 1, 1.0)
        assert running.finished() == 1
        await working.start()
        await running.finish(30)
        await nothing_lost_or_doubled(running)
