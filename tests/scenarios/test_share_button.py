"""*Share in channel*: posted once, for everybody, as it was seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from harness import logged
from stage import Stage

from bot.blocks.customers.segment import SHARE
from bot.playground.workspace.records import Message
from segmentation.training.train import Trained

Read = Callable[[Message], str]
STALE = "This button can no longer be used"


def with_value(message: Message, value: str, action_id: str = SHARE) -> Message:
    """The same message, its button carrying something else."""
    blocks = json.loads(json.dumps(message.blocks))
    next(one for one in blocks if one["type"] == "actions")["elements"][0] |= {"value": value, "action_id": action_id}
    return replace(message, blocks=tuple(blocks))


def words(read: Read, message: Message) -> str:
    """What an answer says, without its buttons and its small print."""
    blocks = [block for block in message.blocks if block["type"] != "actions"]
    return read(replace(message, blocks=tuple(blocks))).split("Model ")[0]


async def shared(stage: Stage) -> Message:
    """The message everybody sees, once it is there."""
    return await stage.pg.workspace.wait_for(
        lambda message: message.ephemeral_to is None and message.user == stage.pg.workspace.bot.id
    )


async def without_button(stage: Stage, message: Message) -> Message:
    """The asker's copy, once its button is gone."""
    return await stage.pg.workspace.wait_for(
        lambda now: now.ts == message.ts and not any(block["type"] == "actions" for block in now.blocks)
    )


async def test_posts_once_for_everybody_and_takes_the_button_away(stage: Stage, read: Read) -> None:
    seen = await stage.segment("age=30 income=87 score=82")
    assert (await stage.pg.deliver.action(seen, SHARE)).ok
    public = await shared(stage)
    own = await without_button(stage, seen)
    analyst = stage.pg.workspace.analyst.id
    assert f"shared by <@{analyst}>" in read(public)
    assert own.ephemeral_to == analyst
    assert len(stage.public()) == 1
    assert words(read, public) == words(read, seen)
    assert read(own).startswith("You shared this answer in the channel.")
    assert SHARE not in json.dumps(public.blocks)


async def test_a_second_click_before_the_button_is_gone_posts_nothing(stage: Stage) -> None:
    seen = await stage.segment("age=30 income=87 score=82")
    for _ in range(3):
        assert (await stage.pg.deliver.action(seen, SHARE)).ok
    await without_button(stage, seen)
    # The clicks are worked on in order of arrival: when a later answer of the bot is there, all of them are done.
    other = await stage.segment("age=45 income=26 score=21")
    await stage.pg.deliver.action(other, SHARE)
    await without_button(stage, other)
    assert len(stage.public()) == 2


async def test_shares_what_was_seen_although_another_version_is_in_service_now(
    stage: Stage, read: Read, retrained: Trained
) -> None:
    seen = await stage.segment("age=30 income=87 score=82")
    registry = stage.harness.registry
    registry.promote(registry.save(retrained, actor="tests", source="again"), actor="tests")
    stage.bot.dependencies.live.refresh()
    await stage.pg.deliver.action(seen, SHARE)
    text = read(await shared(stage))
    assert f"({stage.harness.versions[0]})" in text
    assert words(read, await shared(stage)) == words(read, seen)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("garbage", STALE),
        ("{}", STALE),
        ('{"version": "%s", "values": [35]}', STALE),
        ('{"version": "%s", "values": [35, 60, 70, 80]}', STALE),
        ('{"version": "%s", "values": [35, "NaN", 70]}', "Annual income nan is outside 0 to 1000 k$"),
        ('{"version": "%s", "values": [35, 60000, 70]}', "Annual income 60000 looks like dollars"),
        ('{"version": "../../etc", "values": [35, 60, 70]}', "A version id has"),
        ('{"version": "gone", "values": [35, 60, 70]}', "There is no model version gone"),
    ],
)
async def test_a_forged_value_is_refused_to_its_sender_alone(stage: Stage, read: Read, value: str, told: str) -> None:
    seen = await stage.segment("age=30 income=87 score=82")
    forged = with_value(seen, value.replace("%s", stage.harness.versions[0]))
    assert (await stage.pg.deliver.action(forged, SHARE)).ok
    answer = await stage.pg.workspace.wait_for(lambda message: message.made_by == "response_url")
    assert told in read(answer)
    assert answer.ephemeral_to == stage.pg.workspace.analyst.id
    assert stage.public() == []


async def test_a_broken_version_is_not_shared(stage: Stage, read: Read, retrained: Trained) -> None:
    seen = await stage.segment("age=30 income=87 score=82")
    registry = stage.harness.registry
    registry.promote(registry.save(retrained, actor="tests", source="again"), actor="tests")
    stage.bot.dependencies.live.refresh()
    stage.harness.break_version(stage.harness.versions[0])
    await stage.pg.deliver.action(seen, SHARE)
    answer = await stage.pg.workspace.wait_for(lambda message: message.made_by == "response_url")
    assert stage.harness.versions[0] in read(answer)
    assert stage.public() == []


async def test_a_button_nobody_knows_any_more_is_answered(stage: Stage, read: Read) -> None:
    seen = await stage.segment("age=30 income=87 score=82")
    assert (await stage.pg.deliver.action(with_value(seen, "x", "from_an_older_segbot"), "from_an_older_segbot")).ok
    answer = await stage.pg.workspace.wait_for(lambda message: message.made_by == "response_url")
    assert "This button is from an older version of segbot. Ask again with /segment." in read(answer)


async def test_a_share_slack_did_not_take_can_be_tried_again(stage: Stage, read: Read) -> None:
    seen = await stage.segment("age=30 income=87 score=82")
    stage.pg.faults.server_error("response_url", status=500)
    with logged("DEBUG") as stream:
        await stage.pg.deliver.action(seen, SHARE)
        answer = await stage.pg.workspace.wait_for(lambda message: message.made_by == "response_url")
    assert "Slack didn't take the answer (HTTP 500). Please try again." in read(answer)
    assert "/hooks/" not in stream.getvalue()
    await stage.pg.deliver.action(seen, SHARE)
    await shared(stage)
