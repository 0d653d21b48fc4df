"""`/segments`: the table at once, the map when Slack has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from harness import logged
from stage import Stage

from bot.blocks.customers.portrait import SHOW_SEGMENT, segment_menu
from bot.blocks.customers.segments import SENT
from bot.playground.workspace.records import Message

Read = Callable[[Message], str]


def is_map(message: Message) -> bool:
    return any(block["type"] == "image" for block in message.blocks)


async def later(stage: Stage) -> Message:
    """What came after the answer itself."""
    return await stage.pg.workspace.wait_for(lambda message: message.made_by == "response_url")


async def test_answers_at_once_and_sends_the_map_after(stage: Stage, read: Read) -> None:
    stage.pg.faults.hang("files.getUploadURLExternal")
    table = await stage.type("/segments")
    text = read(table)
    for name in ("Target", "Miser", "Spender", "Careful", "Standard"):
        assert name in text
    assert "5 customer segments" in text
    assert "synthetic sample customers" in text
    assert not any(is_map(message) for message in stage.pg.workspace.messages())
    stage.pg.faults.clear()


async def test_the_map_is_a_picture_uploaded_to_slack(stage: Stage) -> None:
    await stage.type("/segments")
    shown = await stage.pg.workspace.wait_for(is_map)
    workspace = stage.pg.workspace
    # A picture in a message that only one person sees may stay hidden from that person.
    assert (shown.ephemeral_to, shown.channel) == (None, workspace.direct_message(workspace.analyst).id)
    assert (await later(stage)).text == SENT
    file = stage.pg.workspace.files.by_id[shown.blocks[0]["slack_file"]["id"]]
    assert file.data is not None
    assert file.data.startswith(b"\x89PNG")
    assert file.name == f"segment-map-{stage.harness.versions[0]}.png"
    assert "Target" in shown.blocks[0]["alt_text"]


async def test_in_the_direct_message_the_map_is_all_that_follows(stage: Stage) -> None:
    workspace = stage.pg.workspace
    direct = workspace.direct_message(workspace.analyst)
    await stage.pg.deliver.command("/segments", channel=direct)
    assert (await workspace.wait_for(is_map)).channel == direct.id
    await stage.bot.dependencies.follow_ups.wait(30)
    assert not [one for one in workspace.messages() if one.made_by == "response_url"]


async def test_the_second_asker_is_shown_the_same_file(stage: Stage) -> None:
    workspace = stage.pg.workspace
    await stage.type("/segments")
    first = await workspace.wait_for(is_map)
    await stage.pg.deliver.command("/segments", user=workspace.admin)
    direct = workspace.direct_message(workspace.admin).id
    second = await workspace.wait_for(lambda message: is_map(message) and message.channel == direct)
    assert second.blocks[0]["slack_file"] == first.blocks[0]["slack_file"]
    assert len(workspace.calls_to("files.getUploadURLExternal")) == 1


async def test_a_deleted_map_is_uploaded_anew_for_the_next_asker(stage: Stage, read: Read) -> None:
    workspace = stage.pg.workspace
    await stage.type("/segments")
    first = await workspace.wait_for(is_map)
    workspace.files.by_id.clear()
    await stage.type("/segments")
    told = await workspace.wait_for(lambda message: message.made_by == "response_url" and message.text != SENT)
    assert "Slack didn't take the answer" in read(told)
    await stage.type("/segments")
    again = await workspace.wait_for(lambda message: is_map(message) and message.ts != first.ts)
    assert again.blocks[0]["slack_file"] != first.blocks[0]["slack_file"]


async def test_a_missing_scope_is_a_plain_sentence(stage: Stage, read: Read) -> None:
    stage.pg.faults.missing_scope("files.getUploadURLExternal", "files:write")
    await stage.type("/segments")
    answer = await later(stage)
    assert read(answer) == "I couldn't upload the chart: the app lacks the scope files:write."
    assert answer.ephemeral_to == stage.pg.workspace.analyst.id


async def test_says_so_when_slack_does_not_answer(stage: Stage, read: Read) -> None:
    stage.pg.faults.drop("upload", times=None)
    await stage.type("/segments")
    assert "Slack didn't answer in time" in read(await later(stage))


async def test_a_person_who_cannot_be_told_is_noted_in_the_log(stage: Stage) -> None:
    stage.pg.faults.missing_scope("files.getUploadURLExternal", "files:write")
    stage.pg.faults.server_error("response_url", times=None)
    with logged() as stream:
        await stage.type("/segments")
        await stream.hear("could not be told")
    assert "/hooks/" not in stream.getvalue()


async def test_without_a_map_the_table_and_the_bot_are_fine(stage: Stage) -> None:
    stage.pg.faults.missing_scope("files.getUploadURLExternal", "files:write")
    await stage.type("/segments")
    await later(stage)
    assert (await stage.segment("age=35 income=60 score=70")).blocks


async def test_one_segment_is_shown_whole_whatever_the_case(stage: Stage, read: Read) -> None:
    await stage.pg.deliver.command("/segments", " “target” ")
    text = read(await later(stage))
    assert "Suggested action" in text
    assert "From Standard: " in text
    assert "made up from averages, nobody's real values" in text
    assert "of the customers I was trained on" in text


async def test_choosing_a_segment_in_the_menu_shows_it(stage: Stage, read: Read) -> None:
    table = await stage.type("/segments")
    await stage.pg.workspace.wait_for(is_map)
    await stage.pg.deliver.action(table, SHOW_SEGMENT, value="Miser")
    shown = await stage.pg.workspace.wait_for(lambda message: "From *" in str(message.blocks))
    assert "Miser" in read(shown)
    assert shown.ephemeral_to == stage.pg.workspace.analyst.id


async def test_a_segment_that_is_not_there_any_more_is_named_with_those_that_are(stage: Stage, read: Read) -> None:
    table = await stage.type("/segments")
    await stage.pg.workspace.wait_for(is_map)
    menu = segment_menu(["Collector"])
    blocks = tuple({**block, **menu} if block["type"] == "actions" else block for block in table.blocks)
    await stage.pg.deliver.action(replace(table, blocks=blocks), SHOW_SEGMENT, value="Collector")
    told = await stage.pg.workspace.wait_for(lambda message: "no segment of that name" in message.text)
    assert "Careful" in read(told)
