"""*Score this file*: tables of one message, also of one from before segbot came; what cannot be scored is said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

import pytest
import pytest_asyncio
from files_harness import FilesHarness, at_work, customers, is_end
from harness import Harness

from bot.blocks.files.summary import TRY_AGAIN
from bot.playground.block_kit.render import render_message
from bot.playground.workspace.records import Channel, File, Message, User
from bot.shortcuts.score_file import SHORTCUT
from bot.slack.access import STRANGER

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def files(harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FilesHarness]:
    """A bot at work."""
    async with at_work(harness.copy(tmp_path_factory.mktemp("shortcut"))) as started:
        yield started


def message_of(files: FilesHarness, file: File) -> Message:
    (channel, ts), *_ = file.shares.items()
    message = files.pg.workspace.message(channel, ts)
    assert message is not None
    return message


async def asked(files: FilesHarness, message: Message, user: User | None = None) -> str:
    """What the person reads, alone, after the shortcut on a message."""
    workspace = files.pg.workspace
    person = user or workspace.analyst
    before = workspace.ids.ts()
    assert (await files.pg.deliver.shortcut(SHORTCUT, user=person, message=message)).ok
    told = await workspace.wait_for(lambda one: one.ts > before and one.ephemeral_to == person.id)
    assert told.channel == message.channel
    return render_message(told)


def unseen(files: FilesHarness, channel: Channel, name: str = "early.csv") -> File:
    """A file that segbot never heard of, in a channel."""
    workspace = files.pg.workspace
    events = workspace.install.events
    workspace.change_install(events=events - {"file_shared"})
    try:
        return workspace.upload(workspace.analyst, channel, name, customers(20))
    finally:
        workspace.change_install(events=events)


async def test_a_file_from_before_segbot_came_is_scored(files: FilesHarness) -> None:
    file = unseen(files, files.pg.workspace.customers)
    told = await asked(files, message_of(files, file), files.pg.workspace.admin)
    assert "scoring early.csv" in told
    assert "20 of 20 rows scored" in (await files.end(file)).text


async def test_a_file_scored_before_is_scored_once_more_only_by_a_click(files: FilesHarness) -> None:
    file = await files.score("once.csv", customers(20))
    workspace, message = files.pg.workspace, message_of(files, file)
    assert "I have scored once.csv before" in await asked(files, message)
    await files.rest()
    assert len(files.statuses(file)) == 1
    told = await workspace.wait_for(lambda one: one.ephemeral_to == workspace.analyst.id)
    assert (await files.pg.deliver.action(told, TRY_AGAIN)).ok
    again = await files.end(file, attempt=1)
    assert again.thread_ts == message.ts
    assert "20 of 20 rows scored" in again.text
    # The number of the next attempt is free, too.
    assert "I have scored once.csv before" in await asked(files, message)
    told = await workspace.wait_for(lambda one: one.ephemeral_to == workspace.analyst.id)
    assert (await files.pg.deliver.action(told, TRY_AGAIN)).ok
    ended = await workspace.wait_until(
        lambda: [one for one in files.statuses(file, attempt=1) if is_end(one) and one.ts > again.ts]
    )
    assert len(ended) == 1


async def test_a_request_sent_twice_is_one_job(files: FilesHarness) -> None:
    file = unseen(files, files.pg.workspace.customers, "twice.csv")
    await asked(files, message_of(files, file))
    deliveries = files.pg.workspace.deliveries
    delivery = next(one for one in reversed(deliveries) if one.payload.get("callback_id") == SHORTCUT)
    assert (await files.pg.deliver.repeat(delivery)).ok
    await files.end(file)
    await files.rest()
    assert len(files.statuses(file)) == 1


async def test_a_message_without_a_table_says_so(files: FilesHarness) -> None:
    workspace = files.pg.workspace
    words = workspace.say(workspace.analyst, workspace.general, "no file here")
    assert "There is no CSV or Excel file in this message" in await asked(files, words)
    photo = workspace.upload(workspace.analyst, workspace.general, "photo.png", b"\x89PNG\r\n\x1a\n")
    assert "There is no CSV or Excel file in this message" in await asked(files, message_of(files, photo))


async def test_segbots_own_result_is_no_file_to_score(files: FilesHarness) -> None:
    file = await files.score("mine.csv", customers(5))
    result = await files.result(file)
    assert "There is no CSV or Excel file in this message" in await asked(files, message_of(files, result))


@pytest.mark.parametrize("private", [False, True])
async def test_in_a_channel_segbot_is_not_in_it_says_how_to_invite_it(files: FilesHarness, private: bool) -> None:
    workspace = files.pg.workspace
    channel = workspace.private if private else workspace.outside
    person = workspace.admin if private else workspace.analyst
    file = workspace.upload(person, channel, "outside.csv", customers(5))
    assert "/invite @segbot" in await asked(files, message_of(files, file), person)


async def test_a_stranger_is_refused_and_a_members_answer_to_a_partners_file_goes_to_the_member(
    files: FilesHarness,
) -> None:
    workspace = files.pg.workspace
    file = await files.score("theirs.csv", customers(20), workspace.partners, workspace.external)
    message = message_of(files, file)
    assert await asked(files, message, workspace.external) == STRANGER
    assert "scoring" in await asked(files, message, workspace.admin)
    direct = workspace.direct_message(workspace.admin)
    said = partial(_says, direct, "20 of 20 rows scored")
    await workspace.wait_for(said)
    assert not any("20 of 20" in one.text for one in workspace.messages(workspace.partners))


async def test_in_a_direct_message_with_segbot_it_works_too(files: FilesHarness) -> None:
    workspace = files.pg.workspace
    file = unseen(files, workspace.direct_message(workspace.analyst), "direct.csv")
    await asked(files, message_of(files, file))
    assert "20 of 20 rows scored" in (await files.end(file)).text


def _says(channel: Channel, words: str, message: Message) -> bool:
    return message.channel == channel.id and words in message.text


async def test_several_files_of_a_message_are_all_told_of(files: FilesHarness) -> None:
    workspace = files.pg.workspace
    first, second = (unseen(files, workspace.customers, name) for name in ("one.csv", "two.csv"))
    message = message_of(files, first)
    both = workspace.put(replace(message, files=(first.id, second.id)))
    told = await asked(files, both)
    assert "scoring one.csv" in told
    assert "scoring two.csv" in told
    await files.end(first)


async def test_while_slack_cannot_be_asked_the_person_is_told(files: FilesHarness) -> None:
    file = unseen(files, files.pg.workspace.customers, "later.csv")
    files.pg.faults.error("conversations.info", "fatal_error")
    assert "something went wrong" in await asked(files, message_of(files, file))
    # What failed may be tried again.
    assert "scoring later.csv" in await asked(files, message_of(files, file))
    await files.end(file)
