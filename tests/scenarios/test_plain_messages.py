"""People write to segbot in their own words, directly or by mentioning it: one answer each, and never to a bot."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from stage import Stage

from bot.blocks.conversation import SUGGESTED
from bot.playground.workspace.records import Channel, Message
from bot.slack.access import STRANGER

Read = Callable[[Message], str]


def direct(stage: Stage) -> Channel:
    return stage.pg.workspace.direct_message(stage.pg.workspace.analyst)


async def answer_to(stage: Stage, asked: Message) -> Message:
    """The one message of the bot's after another one, in its channel."""
    await stage.pg.deliver.settle()
    bot, workspace = stage.pg.workspace.bot.id, stage.pg.workspace

    def answered() -> Message | None:
        return next((m for m in workspace.messages(asked.channel) if m.user == bot and m.ts > asked.ts), None)

    return await workspace.wait_until(answered)


async def said(stage: Stage, text: str, channel: Channel | None = None, thread: str | None = None) -> Message:
    workspace = stage.pg.workspace
    return await answer_to(stage, workspace.say(workspace.analyst, channel or direct(stage), text, thread))


def _says(read: Read, after: str, words: str, message: Message) -> bool:
    return message.ts > after and words in read(message)


async def test_a_customer_in_plain_words_is_answered_as_the_command_does(stage: Stage, read: Read) -> None:
    text = read(await said(stage, "35 years, 60k, score 70"))
    command = await stage.type("/segment", "age=35 income=60 score=70")
    assert text == read(command)


async def test_segments_one_segment_help_and_what_is_unclear_are_answered(stage: Stage, read: Read) -> None:
    assert "5 customer segments" in read(await said(stage, "which segments are there?"))
    assert "made up from averages" in read(await said(stage, "what is a Target?"))
    assert "You can write" in read(await said(stage, "hello"))
    unclear = await said(stage, "the weather is nice")
    assert "I didn't understand that" in read(unclear)
    assert "confidence" not in read(unclear).casefold()
    assert read(await said(stage, "thanks")) == "You're welcome."


async def test_what_can_be_clicked_answers(stage: Stage, read: Read) -> None:
    hello = await said(stage, "hi")
    for what, expected in (("example", "onfidence"), ("segments", "5 customer segments"), ("files", "Drop a CSV")):
        await stage.pg.deliver.action(hello, f"{SUGGESTED}:{what}")
        shown = await stage.pg.workspace.wait_for(partial(_says, read, hello.ts, expected))
        assert shown.ephemeral_to == stage.pg.workspace.analyst.id


async def test_a_pasted_table_is_scored_as_a_table(stage: Stage, read: Read) -> None:
    shown = await said(stage, "name\tage\tincome\tscore\nAnn\t35\t87\t82\nBob\t50\t88\tmany")
    text = read(shown)
    assert "1 of 2 rows scored" in text
    (table,) = [block for block in shown.blocks if block["type"] == "table"]
    head, ann, bob = [[cell["text"] for cell in row] for row in table["rows"]]
    assert head == ["segment", "confidence", "note", "name", "age", "income", "score"]
    assert ann[0] == "Target"
    assert bob[0] == "–"
    assert "score" in bob[2]


async def test_a_mention_is_answered_in_its_thread_and_other_talk_is_not(stage: Stage, read: Read) -> None:
    workspace = stage.pg.workspace
    workspace.say(workspace.analyst, workspace.general, "the income is 60 and the score 70")
    asked = workspace.say(workspace.analyst, workspace.general, f"<@{workspace.bot.id}> income 60 score 70 age 35")
    answer = await answer_to(stage, asked)
    assert answer.thread_ts == asked.ts
    assert "Standard" in read(answer)
    assert [m for m in workspace.messages(workspace.general.id) if m.user == workspace.bot.id] == [answer]


async def test_a_thread_continues(stage: Stage) -> None:
    workspace = stage.pg.workspace
    first = workspace.say(workspace.analyst, direct(stage), "hello")
    await answer_to(stage, first)
    within = await said(stage, "segments", thread=first.ts)
    assert within.thread_ts == first.ts


async def test_the_pieces_of_a_thread_make_one_customer(stage: Stage, read: Read) -> None:
    workspace = stage.pg.workspace
    first = workspace.say(workspace.analyst, direct(stage), "35 years, income 60")
    assert "depends on the spending score" in read(await answer_to(stage, first))
    # A message outside the thread stands alone.
    assert "depends on the annual income" in read(await said(stage, "score 70"))
    whole = read(await said(stage, "score 70", thread=first.ts))
    assert whole == read(await said(stage, "35 years, income 60, score 70"))
    # That customer is complete: what follows is about another one.
    assert "depends on the annual income" in read(await said(stage, "score 70", thread=first.ts))


async def test_a_message_is_answered_alone_if_the_thread_cannot_be_read(stage: Stage, read: Read) -> None:
    workspace = stage.pg.workspace
    first = workspace.say(workspace.analyst, direct(stage), "35 years, income 60")
    await answer_to(stage, first)
    stage.pg.faults.error("conversations.replies", "missing_scope")
    assert "depends on the annual income" in read(await said(stage, "score 70", thread=first.ts))


async def test_a_reply_also_sent_to_the_conversation_is_answered_in_its_thread(stage: Stage, read: Read) -> None:
    workspace = stage.pg.workspace
    first = workspace.say(workspace.analyst, direct(stage), "hello")
    await answer_to(stage, first)
    ts = workspace.ids.ts()
    event = {"type": "message", "subtype": "thread_broadcast", "channel_type": "im", "channel": first.channel}
    words = {"user": workspace.analyst.id, "text": "segments", "ts": ts, "thread_ts": first.ts, "event_ts": ts}
    assert (await stage.pg.deliver.event({**event, **words})).ok
    told = await workspace.wait_for(lambda one: one.user == workspace.bot.id and one.ts > ts)
    assert told.thread_ts == first.ts
    assert "5 customer segments" in read(told)


async def test_bots_edits_and_files_get_no_answer_and_no_message_gets_two(stage: Stage) -> None:
    workspace = stage.pg.workspace
    asked = workspace.say(workspace.analyst, direct(stage), "hello")
    await answer_to(stage, asked)
    event = {
        "type": "message",
        "channel_type": "im",
        "channel": asked.channel,
        "user": workspace.analyst.id,
        "text": "hello",
        "ts": asked.ts,
        "event_ts": asked.ts,
    }
    for change in (
        {},
        {"ts": "9.1", "bot_id": "B1"},
        {"ts": "9.2", "subtype": "message_changed"},
        {"ts": "9.3", "edited": {"user": "U1", "ts": "9"}},
        {"ts": "9.4", "files": [{"id": "F1"}], "subtype": "file_share"},
        {"ts": "9.5", "user": "USLACKBOT"},
        {"ts": "9.6", "user": ""},
        {"ts": "9.7", "channel_type": "channel"},
    ):
        assert (await stage.pg.deliver.event({**event, **change})).ok
    # Whatever came of these has been sent once this has been answered.
    last = await said(stage, "thanks")
    mine = [m for m in workspace.messages(asked.channel) if m.user == workspace.bot.id]
    assert len(mine) == 2
    assert mine[-1] == last


async def test_a_stranger_is_told_nothing_of_the_segments(stage: Stage, read: Read) -> None:
    workspace = stage.pg.workspace
    asked = workspace.say(workspace.external, workspace.partners, f"<@{workspace.bot.id}> segments")
    told = await answer_to(stage, asked)
    assert read(told) == STRANGER
    assert told.ephemeral_to == workspace.external.id


async def test_where_others_read_along_a_member_is_answered_privately(stage: Stage, read: Read) -> None:
    workspace = stage.pg.workspace
    asked = workspace.say(workspace.admin, workspace.partners, f"<@{workspace.bot.id}> segments")
    told = await answer_to(stage, asked)
    assert told.ephemeral_to == workspace.admin.id
    assert "5 customer segments" in read(told)


async def test_a_failure_is_told_with_a_reference_and_typed_text_is_not_logged(
    stage: Stage, read: Read, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.events.message.reply_to_message", lambda *_: 1 / 0)
    told = await said(stage, "income 61.25 and more")
    assert "something went wrong" in read(told)
    assert "61.25" not in caplog.text
