"""A file that is shared again is answered again, in its thread; a share that shows up late is answered all the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from dbos import DBOS
from files_harness import SECONDS, FilesHarness, at_work, customers, is_end
from harness import Harness

from bot.playground.workspace.records import File, Message

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def files(harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FilesHarness]:
    """A bot at work."""
    async with at_work(harness.copy(tmp_path_factory.mktemp("shared_again"))) as at:
        yield at


async def answers(files: FilesHarness, file: File, count: int) -> list[Message]:
    """The ends of so many jobs of a file."""

    def ended() -> list[Message] | None:
        ends = [one for one in files.statuses(file) if is_end(one)]
        return ends if len(ends) == count else None

    found: list[Message] = await files.pg.workspace.wait_until(ended, SECONDS)
    return found


async def test_a_file_shared_again_is_answered_in_the_thread_of_the_new_share(files: FilesHarness) -> None:
    workspace = files.pg.workspace
    file = await files.score("customers.csv", customers(7))
    again = workspace.files.share_again(file, workspace.general.id, workspace.admin.id)
    first, second = await answers(files, file, 2)
    assert (first.thread_ts, second.thread_ts) == (file.shares[workspace.general.id], again)
    root = workspace.say(workspace.analyst, workspace.general, "Once more:")
    workspace.files.share_again(file, workspace.general.id, workspace.admin.id, root.ts)
    third = (await answers(files, file, 3))[-1]
    assert third.thread_ts == root.ts
    elsewhere = workspace.files.share_again(file, workspace.customers.id, workspace.admin.id)
    fourth = (await answers(files, file, 4))[-1]
    assert (fourth.channel, fourth.thread_ts) == (workspace.customers.id, elsewhere)
    assert all(one.text.startswith("*customers.csv*: 7 of 7 rows scored") for one in files.statuses(file))
    await files.rest()


async def test_every_event_of_a_share_is_one_job(files: FilesHarness) -> None:
    workspace = files.pg.workspace
    file = await files.score("customers.csv", customers(3))
    files.pg.faults.duplicate_events()
    workspace.files.share_again(file, workspace.general.id, workspace.analyst.id)
    await answers(files, file, 2)
    await files.pg.deliver.settle()
    events = [one for one in workspace.deliveries if one.payload.get("event", {}).get("file_id") == file.id]
    for event in events:
        assert (await files.pg.deliver.redeliver(event)).ok
    await files.fence()
    assert len(files.statuses(file)) == 2
    assert len({one.thread_ts for one in files.statuses(file)}) == 2


async def test_an_event_of_its_own_about_an_answered_share_is_not_answered(files: FilesHarness) -> None:
    workspace = files.pg.workspace
    file = await files.score("customers.csv", customers(3))
    event = next(one for one in workspace.deliveries if one.payload.get("event", {}).get("file_id") == file.id)
    later = {**event.payload["event"], "event_ts": f"{float(file.shares[workspace.general.id]) + 100:.6f}"}
    assert (await files.pg.deliver.event(later)).ok
    await files.fence()
    assert len(files.statuses(file)) == 1


async def test_a_share_that_slack_lists_late_is_answered_and_no_place_is_taken_meanwhile(
    files: FilesHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, workflow = files.pg.workspace, files.bot.dependencies.jobs.workflows.files
    monkeypatch.setattr(workflow, "_timings", replace(workflow._timings, until_late=(0.1,) * 500))
    workspace.files.lists_shares = False
    try:
        file = files.drop("late.csv", customers(4))
    finally:
        workspace.files.lists_shares = True

    async def delayed() -> bool:
        waiting = await DBOS.list_workflows_async(
            status="DELAYED", workflow_id_prefix=f"file:{workspace.team.id}:{file.id}"
        )
        return bool(waiting)

    async with asyncio.timeout(SECONDS):
        while not await delayed():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
    assert files.statuses(file) == []
    workspace.files.list_shares(file)
    (end,) = await answers(files, file, 1)
    assert end.text.startswith("*late.csv*: 4 of 4 rows scored")
    assert end.thread_ts == file.shares[workspace.general.id]
    await files.rest()
    assert len(files.statuses(file)) == 1


async def test_a_share_that_slack_never_lists_is_given_up(files: FilesHarness) -> None:
    workspace = files.pg.workspace
    workspace.files.lists_shares = False
    try:
        file = files.drop("never.csv", customers(4))
    finally:
        workspace.files.lists_shares = True
    await files.fence()
    assert files.statuses(file) == []
