"""The app is removed: its jobs end at once, and nothing of the workspace is kept."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from typing import Any

import pytest
import pytest_asyncio
from dbos import DBOS
from files_harness import SECONDS, FilesHarness, Gate, at_work, customers, gate, is_end, let_jobs_rest
from harness import Harness, logged

pytestmark = pytest.mark.asyncio(loop_scope="module")
__all__ = ["gate"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def files(harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FilesHarness]:
    """A bot at work."""
    async with at_work(harness.copy(tmp_path_factory.mktemp("uninstall"))) as started:
        yield started


def kept(files: FilesHarness, *words: str) -> list[tuple[str, str]]:
    """The rows of the jobs database in which one of the words occurs, with their tables."""
    found = []
    with closing(sqlite3.connect(files.harness.settings.state_dir / "jobs.sqlite")) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            rows = [str(row) for row in database.execute(f'SELECT * FROM "{table}"')]  # noqa: S608 - its own names
            found += [(table, row) for row in rows if any(word in row for word in words)]
    return found


async def forgotten(files: FilesHarness, *words: str) -> None:
    """Wait until nothing is kept."""
    async with asyncio.timeout(SECONDS):
        while kept(files, *words):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.02)


EVENTS: dict[str, dict[str, Any]] = {
    "app_uninstalled": {"type": "app_uninstalled"},
    "tokens_revoked": {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U1"]}},
}


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
async def test_jobs_end_and_what_was_kept_is_deleted(
    files: FilesHarness, gate: Callable[[], Gate], event: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = files.pg.workspace
    finished = await files.score("finished.csv", customers(5))
    held = gate()
    running = files.drop("running.csv", customers(5))
    await held.entered.wait()
    waiting = [files.drop(f"waiting{i}.csv", customers(5)) for i in range(3)]
    await workspace.wait_until(lambda: all(files.statuses(file) for file in waiting) or None)
    everything = [file.id for file in (finished, running, *waiting)]
    assert kept(files, *everything)
    assert files.scratch

    cancel, answered = DBOS.cancel_workflows_async, threading.Event()

    async def cancel_after_the_answer(ids: list[str]) -> None:
        while not answered.is_set():  # noqa: ASYNC110 - set in another loop
            await asyncio.sleep(0.01)
        await cancel(ids)

    monkeypatch.setattr(DBOS, "cancel_workflows_async", cancel_after_the_answer)
    assert (await files.pg.deliver.event(event)).ok
    answered.set()
    await forgotten(files, *everything, "finished.csv", "running.csv", "waiting")
    assert files.scratch == []
    assert held.running == 0  # the scoring itself was ended, not only forgotten
    for file in (running, *waiting):
        assert not any(is_end(one) for one in files.statuses(file))
        assert files.results(file) == []
    assert len(held.folders) == 1  # none of those that waited was begun

    held.opened.set()
    await files.score("installed-again.csv", customers(5))  # the bot itself is well
    assert kept(files, *everything) == []


async def test_a_file_that_gets_in_line_while_others_are_cancelled_is_cancelled_too(
    files: FilesHarness, gate: Callable[[], Gate], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, held = files.pg.workspace, gate()
    running = files.drop("running.csv", customers(5))
    await held.entered.wait()
    enqueue, cancel, listed = DBOS.enqueue_workflow_async, DBOS.cancel_workflows_async, threading.Event()

    async def get_in_line(*arguments: Any) -> Any:
        while not listed.is_set():  # noqa: ASYNC110 - set in another loop
            await asyncio.sleep(0.01)
        return await enqueue(*arguments)

    async def cancel_late(ids: list[str]) -> None:
        listed.set()
        while len(held.folders) < 2:  # noqa: ASYNC110 - set in a thread
            await asyncio.sleep(0.01)
        await cancel(ids)

    monkeypatch.setattr(DBOS, "enqueue_workflow_async", get_in_line)
    monkeypatch.setattr(DBOS, "cancel_workflows_async", cancel_late)
    # Another person's file is begun at once.
    late = files.drop("late.csv", customers(5), user=workspace.admin)
    await workspace.wait_until(lambda: files.statuses(late) or None, SECONDS)
    assert (await files.pg.deliver.event({"type": "app_uninstalled"})).ok
    await forgotten(files, running.id, late.id)
    assert held.running == 0
    assert not any(is_end(one) for one in files.statuses(late))
    assert files.results(late) == []


async def test_a_members_own_revoked_token_changes_nothing(files: FilesHarness) -> None:
    file = await files.score("customers.csv", customers(5))
    with logged() as stream:
        assert (await files.pg.deliver.event({"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}})).ok
        await files.fence()
    assert kept(files, file.id)
    assert "workspace forgotten" not in stream.getvalue()


async def test_a_workspace_without_jobs_is_forgotten_too(files: FilesHarness) -> None:
    with logged() as stream:
        for _ in range(2):
            assert (await files.pg.deliver.event({"type": "app_uninstalled"})).ok
        async with asyncio.timeout(10):
            while stream.getvalue().count("workspace forgotten") < 2:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.02)


async def test_an_event_without_a_workspace_is_acknowledged(
    files: FilesHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.playground.delivery import payloads  # noqa: PLC0415 - patched here only

    whole = payloads.event_payload
    nowhere: dict[str, Any] = {"team_id": "", "context_team_id": None, "authorizations": []}
    monkeypatch.setattr(payloads, "event_payload", lambda *arguments: {**whole(*arguments), **nowhere})
    assert (await files.pg.deliver.event({"type": "app_uninstalled"})).ok


async def test_while_jobs_are_not_running_slack_is_asked_to_say_it_again(
    files: FilesHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_jobs_rest(monkeypatch, files.bot)
    reply = await files.pg.deliver.event({"type": "app_uninstalled"})
    assert (reply.status, reply.attempts) == (503, 4)
