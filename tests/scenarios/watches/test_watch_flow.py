"""`/segments watch`: checks on a schedule, posts only what changed, once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from time import time

import pytest
import pytest_asyncio
from dbos import DBOS
from harness import Harness
from retrain_harness import buttons, real_harness
from watch_harness import WEEK, WatchHarness, watching, write_table

from bot.blocks.files.watch import DELETE, PAUSE, RESUME, RETRAIN
from bot.blocks.text import button
from bot.playground.block_kit.render import render_message
from segmentation.errors import BadInput, NotReady
from segmentation.watching.watch import Kind

__all__ = ["real_harness"]
pytestmark = pytest.mark.asyncio(loop_scope="function")


@pytest_asyncio.fixture
async def desk(real_harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WatchHarness]:
    """A bot that knows one table, which holds the customers its model was trained on."""
    folder = tmp_path_factory.mktemp("watch")
    async with watching(real_harness.copy(folder / "bot"), folder) as started:
        yield started


async def due_of(desk: WatchHarness) -> float:
    """When the one watch is due next."""
    (watch,) = desk.steps.store.every()
    return watch.schedule.next(time())


async def test_a_watch_tells_what_changed_and_why_and_nothing_else(desk: WatchHarness) -> None:
    said = await desk.type("watch table=customers every monday 9:00")
    due = await due_of(desk)
    assert "I'll check the table customers every Monday at 9:00 (Etc/UTC)" in said
    assert f"next on {datetime.fromtimestamp(due, UTC):%a %-d %b %Y} at 9:00" in said
    assert await desk.pass_to(due - 1) == []
    assert desk.checker.checks == 0
    assert await desk.pass_to(due) == []
    assert desk.checker.checks == 1
    write_table(desk.source, income=20)
    (told,) = await desk.pass_to(due + WEEK)
    text = render_message(told)
    assert "Something changed in customers" in text
    assert "in the model's training it had" in text
    assert "income is higher" in text
    assert RETRAIN in buttons(told)
    assert any(block["type"] == "data_visualization" for block in told.blocks)
    # What was told is not told again while it stays as it is.
    assert await desk.pass_to(due + 2 * WEEK) == []


async def test_a_failure_is_told_once_and_so_is_its_end(desk: WatchHarness) -> None:
    await desk.type("watch table=customers every day 9:00")
    due, day = await due_of(desk), WEEK / 7
    desk.steps._timings = replace(desk.steps._timings, until_checked=(0.0, 0.0))
    desk.checker.failure = NotReady("The warehouse can't be reached.")
    (told,) = await desk.pass_to(due)
    assert "I couldn't check customers. The warehouse can't be reached." in render_message(told)
    assert await desk.pass_to(due + day) == []
    desk.checker.failure = None
    (told,) = await desk.pass_to(due + 2 * day)
    assert "I can check customers again" in render_message(told)
    assert RETRAIN not in buttons(told)
    assert await desk.pass_to(due + 3 * day) == []


async def test_the_button_retrains_on_the_table_once(desk: WatchHarness) -> None:
    await desk.type("watch table=customers every monday 9:00 by=1")
    write_table(desk.source, income=20)
    (told,) = await desk.pass_to(await due_of(desk))
    desk.desk.trainer.failure = BadInput("That is enough for this test.")
    await desk.desk.click(told, RETRAIN)
    assert "couldn't train" in desk.desk.said(await desk.desk.end(set()))
    again = await desk.desk.next_ephemeral(lambda: desk.desk.click(told, RETRAIN), desk.desk.workspace.admin)
    assert "Somebody clicked this before." in again
    assert [request.table for request in desk.desk.trainer.requests] == ["customers"]
    assert len(desk.desk.jobs()) == 1


async def test_watches_are_listed_paused_resumed_and_deleted(desk: WatchHarness) -> None:
    await desk.type("watch table=customers every month on the 1st 9:00")
    listed = await desk.type("watches")
    assert "customers is checked every month on the 1st at 9:00" in listed
    workspace, store = desk.desk.workspace, desk.steps.store
    (watch,) = store.every()
    due = watch.schedule.next(time())
    for action, now in ((PAUSE, True), (RESUME, False)):
        await desk.desk.click(workspace.messages()[-1], action)
        (watch,) = await workspace.wait_until(lambda now=now: [one for one in store.every() if one.paused is now], 20)
        if now:
            assert await desk.pass_to(due) == []
            assert desk.checker.checks == 0
    await desk.desk.click(workspace.messages()[-1], DELETE)
    assert await workspace.wait_until(lambda: not store.every(), 20)
    assert "Nothing is watched." in await desk.type("watches")


async def test_a_retrain_on_a_schedule_proposes_a_candidate_and_promotes_nothing(desk: WatchHarness) -> None:
    current = desk.desk.registry.current()
    said = await desk.desk.told("every monday 9:00 table=customers k=5")
    assert "I'll train on the table customers every Monday at 9:00" in said
    (watch,) = desk.steps.store.every()
    assert (watch.kind, watch.k) == (Kind.RETRAIN, 5)
    await desk.pass_to(watch.schedule.next(time()))
    said = desk.desk.said(await desk.desk.end(set()))
    assert "Candidate" in said
    await desk.pass_to(watch.schedule.next(time()) + 1)
    assert len(desk.desk.jobs()) == 1
    assert desk.desk.registry.current() == current


async def test_only_admins_set_up_and_see_watches(desk: WatchHarness) -> None:
    analyst = desk.desk.workspace.analyst
    for text in ("watch table=customers every monday 9:00", "watches"):
        assert "Only workspace admins and owners may change the model." in await desk.type(text, analyst)
    assert desk.steps.store.every() == []


async def test_what_is_not_understood_is_refused_with_what_to_type(desk: WatchHarness) -> None:
    said = await desk.type("watch table=customers every fortnight 9:00")
    assert "I can't read when" in said
    assert "/segments watch table=NAME every monday 9:00" in said
    assert "I know no table called “orders”. I know these: customers." in await desk.type(
        "watch table=orders every day 9:00"
    )
    assert desk.steps.store.every() == []


@pytest.mark.parametrize("change", [{"is_shared": True}, {"is_archived": True}])
async def test_a_channel_that_outsiders_read_or_is_closed_gets_nothing_and_its_person_does(
    desk: WatchHarness, change: dict[str, bool]
) -> None:
    await desk.type("watch table=customers every monday 9:00")
    workspace = desk.desk.workspace
    workspace.change_channel(workspace.general, **change)
    write_table(desk.source, income=20)
    (told,) = await desk.pass_to(await due_of(desk))
    assert told.channel != workspace.general.id
    assert "Something changed in customers" in render_message(told)


async def test_a_client_that_refuses_the_chart_gets_the_words_and_the_button(desk: WatchHarness) -> None:
    await desk.type("watch table=customers every monday 9:00")
    write_table(desk.source, income=20)
    desk.desk.pg.faults.error("chat.postMessage", "invalid_blocks")
    (told,) = await desk.pass_to(await due_of(desk))
    assert "annual income is higher" in render_message(told).casefold()
    assert RETRAIN in buttons(told)
    assert not any(block["type"] == "data_visualization" for block in told.blocks)


async def test_an_uninstalled_workspace_leaves_no_watch_behind(desk: WatchHarness) -> None:
    await desk.type("watch table=customers every monday 9:00")
    due = await due_of(desk)
    assert await desk.pass_to(due) == []
    bot = desk.desk.files.bot
    await bot.dependencies.jobs.forget_team(desk.desk.workspace.team.id)
    await desk.desk.files.rest()
    assert desk.steps.store.every() == []
    assert b"customers" not in (desk.desk.files.harness.settings.state_dir / "watches.sqlite").read_bytes()
    prefix = f"watch:{desk.desk.workspace.team.id}:"
    assert await DBOS.list_workflows_async(workflow_id_prefix=prefix) == []
    assert await desk.pass_to(due + WEEK) == []


async def test_a_table_without_usable_rows_and_one_that_is_gone_are_failures(desk: WatchHarness) -> None:
    await desk.type("watch table=customers every day 9:00")
    due, day = await due_of(desk), WEEK / 7
    desk.steps._timings = replace(desk.steps._timings, until_checked=())
    write_table(desk.source, income=1e6)
    (told,) = await desk.pass_to(due)
    assert "None of the table's 200 rows can be scored." in render_message(told)
    desk.source.unlink()
    assert await desk.pass_to(due + day) == []
    write_table(desk.source)
    (told,) = await desk.pass_to(due + 2 * day)
    assert "I can check customers again" in render_message(told)
    desk.source.unlink()
    (told,) = await desk.pass_to(due + 3 * day)
    said = render_message(told)
    assert "Please ask the person who runs segbot to look at SEGBOT_TABLES." in said
    assert ".parquet" not in said


async def test_times_are_in_the_persons_own_zone_and_in_utc_if_slack_does_not_say(desk: WatchHarness) -> None:
    workspace = desk.desk.workspace
    workspace.change_user(workspace.admin, tz="Asia/Tokyo")
    said = await desk.type("watch table=customers every day 9:00")
    assert "every day at 9:00 (Asia/Tokyo)" in said
    assert datetime.fromtimestamp(await due_of(desk), UTC).hour == 0
    # The first question is whether the person is an admin, which is remembered by now.
    desk.desk.pg.faults.error("users.info", "user_not_visible")
    said = await desk.type("watch table=customers every day 9:00")
    assert "I don't know your time zone, so these times are in UTC." in said
    assert datetime.fromtimestamp(await due_of(desk), UTC).hour == 9
    workspace.change_user(workspace.admin, tz="Mars/Olympus")
    assert "I don't know your time zone" in await desk.type("watch table=customers every day 9:00")


async def test_buttons_of_another_release_or_of_a_table_that_was_taken_out_are_refused(desk: WatchHarness) -> None:
    await desk.type("watch table=customers every day 9:00 by=1")
    write_table(desk.source, income=20)
    (told,) = await desk.pass_to(await due_of(desk))
    workspace = desk.desk.workspace

    async def clicked(action: str, value: str) -> str:
        block = {"type": "actions", "block_id": "b", "elements": [button("Do it", action, value)]}
        message = replace(workspace.message(told.channel, told.ts), blocks=[block])
        workspace.put(message)
        return await desk.desk.next_ephemeral(lambda: desk.desk.click(message, action), workspace.admin)

    for action, value in ((PAUSE, "{}"), (DELETE, "no json"), (RESUME, '{"kind": "x", "table": "customers"}')):
        assert "This button can no longer be used. See /segments watches." in await clicked(action, value)
    assert "I know no table called “orders”." in await clicked(RETRAIN, '{"table": "orders", "key": "1"}')
    assert len(desk.steps.store.every()) == 1
    assert desk.desk.jobs() == []
