"""segbot as an agent in Slack: what it suggests, what it says it is doing, and that neither is needed for an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from harness import Harness
from stage import Stage, Staging

from bot.blocks.conversation import PROMPTS
from bot.playground.workspace.records import Message
from bot.slack.agent import LOOKING

Read = Callable[[Message], str]


async def answer_to(stage: Stage, asked: Message) -> Message:
    """The bot's message after another one, in its channel."""
    workspace = stage.pg.workspace

    def answered() -> Message | None:
        mine = (m for m in workspace.messages(asked.channel) if m.user == workspace.bot.id)
        return next((m for m in mine if m.ts > asked.ts), None)

    return await workspace.wait_until(answered)


async def test_who_opens_the_conversation_gets_four_questions_and_each_is_answered(stage: Stage, read: Read) -> None:
    workspace = stage.pg.workspace
    direct = workspace.direct_message(workspace.analyst)
    assert (await stage.pg.deliver.open_messages(workspace.analyst)).ok
    prompts = await workspace.wait_until(lambda: workspace.agent.prompts.get(direct.id))
    assert len(prompts) == 4
    answers = []
    for prompt in (*prompts, PROMPTS[0]):
        asked = workspace.say(workspace.analyst, direct, prompt["message"])
        answers.append(read(await answer_to(stage, asked)))
    customer, segments, file, help_, example = answers
    assert "Standard" in customer
    assert "5 customer segments" in segments
    assert "Drop a CSV" in file
    assert "/invite @segbot" in help_
    assert "Suggested action" in example


async def test_nothing_of_the_model_is_suggested_to_a_stranger(stage: Stage) -> None:
    workspace = stage.pg.workspace
    await stage.pg.deliver.open_messages(workspace.external)

    def asked_who() -> bool:
        return any(call.args.get("user") == workspace.external.id for call in workspace.calls_to("users.info"))

    assert await workspace.wait_until(asked_who)
    # What was decided then is done by the time that this is answered.
    await answer_to(stage, workspace.say(workspace.analyst, workspace.direct_message(workspace.analyst), "thanks"))
    assert not workspace.agent.prompts


async def test_a_direct_message_says_what_is_done_until_its_thread_has_the_answer(stage: Stage) -> None:
    workspace = stage.pg.workspace
    asked = workspace.say(workspace.analyst, workspace.direct_message(workspace.analyst), "segments")
    answer = await answer_to(stage, asked)
    assert answer.thread_ts == asked.ts
    (status,) = workspace.calls_to("assistant.threads.setStatus")
    assert (status.args["thread_ts"], status.args["status"]) == (asked.ts, LOOKING)
    assert status.answer["ok"]
    methods = [call.method for call in workspace.calls]
    assert methods.index("assistant.threads.setStatus") < methods.index("chat.postMessage")
    assert not workspace.agent.statuses


async def test_where_slack_shows_no_agents_the_answer_comes_all_the_same(stage: Stage, read: Read) -> None:
    workspace = stage.pg.workspace
    workspace.change_install(scopes=workspace.install.scopes - {"assistant:write"})
    stage.pg.faults.error("assistant.threads.setStatus", "invalid_thread_ts")
    assert (await stage.pg.deliver.open_messages(workspace.analyst)).ok
    asked = workspace.say(workspace.analyst, workspace.direct_message(workspace.analyst), "segments")
    assert "5 customer segments" in read(await answer_to(stage, asked))
    assert not workspace.agent.prompts


async def test_a_failure_takes_the_status_line_away_too(
    stage: Stage, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = stage.pg.workspace
    monkeypatch.setattr("bot.events.message.reply_to_message", lambda *_: 1 / 0)
    asked = workspace.say(workspace.analyst, workspace.direct_message(workspace.analyst), "segments")
    assert "something went wrong" in read(await answer_to(stage, asked))
    assert len(workspace.calls_to("assistant.threads.setStatus")) == 1
    assert not workspace.agent.statuses


async def test_questions_that_have_one_answer_are_answered(stage: Stage, read: Read) -> None:
    workspace = stage.pg.workspace
    direct = workspace.direct_message(workspace.analyst)

    async def said(text: str) -> str:
        return read(await answer_to(stage, workspace.say(workspace.analyst, direct, text)))

    assert "admins and owners may change the model" in await said("who are the admins?")
    assert "/invite @segbot" in await said("how do I invite you to a channel?")
    assert "/retrain rollback" in await said("can I undo that?")
    assert "An admin trains a new model with `/retrain`" in await said("how do I retrain?")
    assert "/segments compare" in await said("who moved?")
    assert "Get a list…" in await said("I need a list")
    assert "/segments forget" in await said("delete my data")


async def test_help_in_every_command_says_where_to_look(stage: Stage, read: Read) -> None:
    for word in ("help", "Hilfe", "?", "what can you do?"):
        assert "/segments help" in read(await stage.type("/segment", word))
        assert "rollback" in read(await stage.type("/retrain", word))
        shown = read(await stage.type("/segments", word))
        assert "/invite @segbot" in shown
        assert "admins and owners" in shown
        assert "/retrain rollback" in shown


async def test_a_mention_in_a_direct_message_which_slack_tells_twice_is_answered_once(stage: Stage) -> None:
    workspace = stage.pg.workspace
    direct = workspace.direct_message(workspace.analyst)
    asked = workspace.say(workspace.analyst, direct, f"<@{workspace.bot.id}> segments")
    event = {"type": "app_mention", "channel": direct.id, "user": workspace.analyst.id, "text": asked.text}
    assert (await stage.pg.deliver.event({**event, "ts": asked.ts, "event_ts": asked.ts})).ok
    await answer_to(stage, asked)
    await answer_to(stage, workspace.say(workspace.analyst, direct, "thanks"))
    mine = [one for one in workspace.messages(direct) if one.user == workspace.bot.id]
    assert [one.thread_ts == asked.ts for one in mine] == [True, False]


async def test_without_a_model_help_is_given_all_the_same(
    staging: Staging, harness: Harness, read: Read, tmp_path: Path
) -> None:
    (tmp_path / "var").mkdir()
    async with staging(replace(harness, folder=tmp_path)) as stage:
        workspace = stage.pg.workspace
        direct = workspace.direct_message(workspace.analyst)
        told = read(await answer_to(stage, workspace.say(workspace.analyst, direct, "who are the admins?")))
        assert "admins and owners may change the model" in told
        assert "model" in told.split("\n")[0]
        assert "/segments NAME" in read(await stage.type("/segments", "help"))
        await stage.pg.deliver.open_messages(workspace.analyst)
        await answer_to(stage, workspace.say(workspace.analyst, direct, "segments"))
        assert not workspace.agent.prompts
