"""*Show on the map*: one picture with the customer on it, for the person who clicked alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from stage import Stage

from bot.answers.answered_before import STALE
from bot.blocks.customers.on_map import ON_MAP
from bot.blocks.customers.segments import SENT
from bot.playground.workspace.records import Message

Read = Callable[[Message], str]


async def sent(stage: Stage) -> Message:
    """The message with the map, once it is there."""
    return await stage.pg.workspace.wait_for(
        lambda message: any(block["type"] == "image" for block in message.blocks), timeout=30
    )


async def test_the_map_comes_in_a_direct_message_and_the_channel_sees_nothing(stage: Stage, read: Read) -> None:
    workspace = stage.pg.workspace
    seen = await stage.segment("income=60 score=70")
    assert (await stage.pg.deliver.action(seen, ON_MAP)).ok
    message = await sent(stage)
    assert message.channel == workspace.direct_message(workspace.analyst).id
    assert message.text == "On the map: income 60, score 70. Standard; the nearest other segment is Target"
    image = next(block for block in message.blocks if block["type"] == "image")
    assert workspace.files.by_id[image["slack_file"]["id"]].is_image
    told = await workspace.wait_for(lambda one: one.text == SENT)
    assert (told.channel, told.ephemeral_to) == (seen.channel, workspace.analyst.id)
    assert [one for one in stage.public() if one.channel == seen.channel] == []


async def test_a_click_that_slack_delivers_twice_sends_one_map(stage: Stage) -> None:
    workspace = stage.pg.workspace
    seen = await stage.segment("age=35 income=60 score=70")
    await stage.pg.deliver.action(seen, ON_MAP)
    await sent(stage)
    click = next(one for one in reversed(workspace.deliveries) if one.kind == "interactive")
    assert (await stage.pg.deliver._interactive(click.payload)).ok
    await stage.bot.dependencies.follow_ups.wait(30)
    assert len([one for one in workspace.messages() if "On the map" in one.text]) == 1


async def test_a_picture_that_cannot_be_uploaded_is_said(stage: Stage, read: Read) -> None:
    seen = await stage.segment("age=35 income=60 score=70")
    stage.pg.faults.error("files.getUploadURLExternal", "storage_limit_reached", times=None)
    await stage.pg.deliver.action(seen, ON_MAP)
    told = await stage.pg.workspace.wait_for(lambda one: "I couldn't upload the chart" in one.text, timeout=30)
    assert told.ephemeral_to == stage.pg.workspace.analyst.id


async def test_a_button_that_was_tampered_with_is_answered(stage: Stage, read: Read) -> None:
    seen = await stage.segment("age=35 income=60 score=70")
    button = {"type": "button", "text": {"type": "plain_text", "text": "x"}, "action_id": ON_MAP, "value": "{}"}
    forged = replace(seen, blocks=({"type": "actions", "block_id": "b", "elements": [button]},))
    await stage.pg.deliver.action(forged, ON_MAP)
    told = await stage.pg.workspace.wait_for(lambda one: one.made_by == "response_url")
    assert read(told) == STALE
