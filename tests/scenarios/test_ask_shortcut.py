"""*Ask about a customer*: the form from anywhere, answered where somebody chose or in a direct message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from harness import Harness
from stage import Stage, Staging

from bot.playground.workspace.records import Message, View
from bot.shortcuts.ask_customer import SHORTCUT
from bot.slack.access import STRANGER
from bot.slack.modals import TOO_LATE

Read = Callable[[Message], str]
FILLED = {"feature_income": {"entered": "60"}, "feature_score": {"entered": "70"}}


async def opened(stage: Stage) -> View:
    """The form after the shortcut."""
    assert (await stage.pg.deliver.shortcut(SHORTCUT)).ok
    workspace = stage.pg.workspace
    (view,) = await workspace.wait_until(lambda: workspace.open_views(workspace.analyst))
    return view


async def test_the_answer_comes_in_a_direct_message_if_nothing_is_chosen(stage: Stage, read: Read) -> None:
    view = await opened(stage)
    assert (await stage.pg.deliver.view_submission(view, FILLED)).ok
    workspace = stage.pg.workspace
    told = await workspace.wait_for(lambda one: one.user == workspace.bot.id)
    assert told.channel == workspace.direct_message(workspace.analyst).id
    assert "Standard" in read(told)
    assert not workspace.calls_to("chat.postEphemeral")


async def test_the_answer_comes_where_somebody_chose_for_them_alone(stage: Stage, read: Read) -> None:
    view = await opened(stage)
    workspace = stage.pg.workspace
    # segbot is not in there, and need not be.
    chosen = {**FILLED, "where": {"entered": workspace.outside.id}}
    assert (await stage.pg.deliver.view_submission(view, chosen)).ok
    told = await workspace.wait_for(lambda one: one.user == workspace.bot.id)
    assert (told.channel, told.ephemeral_to) == (workspace.outside.id, workspace.analyst.id)
    assert "Standard" in read(told)


async def test_a_fault_in_the_form_is_told_in_the_form(stage: Stage) -> None:
    view = await opened(stage)
    assert (await stage.pg.deliver.view_submission(view, {})).ok
    (still,) = stage.pg.workspace.open_views(stage.pg.workspace.analyst)
    assert "Enter at least one value" in still.errors["feature_income"]


async def test_a_request_sent_twice_opens_one_form(stage: Stage) -> None:
    await opened(stage)
    workspace = stage.pg.workspace
    (delivery,) = [one for one in workspace.deliveries if one.kind == "interactive"]
    assert (await stage.pg.deliver.repeat(delivery)).ok
    await stage.type("/segments", "help")
    assert len(workspace.calls_to("views.open")) == 1


async def test_a_stranger_gets_no_form(stage: Stage, read: Read) -> None:
    workspace = stage.pg.workspace
    assert (await stage.pg.deliver.shortcut(SHORTCUT, user=workspace.external)).ok
    told = await workspace.wait_for(lambda one: one.user == workspace.bot.id)
    assert read(told) == STRANGER
    assert not workspace.calls_to("views.open")


async def test_a_form_that_does_not_open_in_time_is_told(stage: Stage, read: Read) -> None:
    workspace = stage.pg.workspace
    stage.pg.faults.error("views.open", "expired_trigger_id")
    assert (await stage.pg.deliver.shortcut(SHORTCUT)).ok
    told = await workspace.wait_for(lambda one: one.user == workspace.bot.id)
    assert read(told) == TOO_LATE


async def test_without_a_model_the_person_is_told(
    staging: Staging, harness: Harness, read: Read, tmp_path: Path
) -> None:
    empty = replace(harness, folder=tmp_path)
    (tmp_path / "var").mkdir()
    async with staging(empty) as stage:
        workspace = stage.pg.workspace
        assert (await stage.pg.deliver.shortcut(SHORTCUT)).ok
        told = await workspace.wait_for(lambda one: one.user == workspace.bot.id)
        assert "model" in read(told)
        assert not workspace.calls_to("views.open")
