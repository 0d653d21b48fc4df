"""Files of the same customers, month after month: the summary says who moved, and uninstalling forgets it all."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping

import pytest
import pytest_asyncio
from files_harness import SECONDS, FilesHarness, at_work, job_of, rows_of
from harness import Harness, elements

from bot.blocks.files.file_comparison import COMPARE, EARLIER, LATER
from bot.blocks.files.history import CHART_TITLE
from bot.blocks.files.lists import GET_LIST, MOVED, MOVED_BLOCK, SEGMENTS_BLOCK
from bot.blocks.inputs import ENTERED
from bot.blocks.times import day_of
from bot.jobs.remembering import NOT_REMEMBERED
from bot.playground.block_kit import rules
from bot.playground.workspace.records import File, Message, User
from bot.slack.access import NOT_ADMIN, NOT_LISTED
from segmentation.errors import NoDatabase
from segmentation.movement.remembering import FORGOTTEN
from segmentation.movement.snapshot import About

pytestmark = pytest.mark.asyncio(loop_scope="module")
TARGET, MISER, SPENDER, CAREFUL = "30,87,82", "30,88,17", "30,26,79", "30,26,21"
JANUARY = {"a1": TARGET, "a2": TARGET, "a3": MISER, "a4": SPENDER, "a5": CAREFUL, "a6": CAREFUL}
# a2 and a3 moved, a6 left, a7 and a8 joined.
FEBRUARY = {"a1": TARGET, "a2": MISER, "a3": TARGET, "a4": SPENDER, "a5": CAREFUL, "a7": TARGET, "a8": CAREFUL}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def files(harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FilesHarness]:
    async with at_work(harness.copy(tmp_path_factory.mktemp("movement"))) as at:
        yield at


def table(customers: Mapping[str, str], prefix: str = "") -> bytes:
    rows = [f"{prefix}{customer},{values}" for customer, values in customers.items()]
    return "\n".join(["customer_id,age,income,score", *rows, ""]).encode()


def remembered(files: FilesHarness) -> list[About]:
    memory, team = files.bot.dependencies.memory, files.pg.workspace.team.id
    return memory.history(team, files.bot.dependencies.live.get())


async def asked(files: FilesHarness, text: str, user: User | None = None) -> Message:
    """What `/segments` says later, to the analyst or somebody else."""
    user = user or files.pg.workspace.analyst
    seen = {message.ts for message in files.pg.workspace.messages()}
    await files.pg.deliver.command("/segments", text, user=user)
    return await files.pg.workspace.wait_for(lambda message: message.ephemeral_to == user.id and message.ts not in seen)


async def test_the_second_file_says_who_moved_and_the_first_has_nothing_to_compare_with(files: FilesHarness) -> None:
    first = await files.score("january.csv", table(JANUARY, "two"))
    assert "Since" not in files.said(first)
    said = files.said(await files.score("february.csv", table(FEBRUARY, "two")))
    assert f"Since january.csv of {day_of(remembered(files)[-2].taken)}" in said
    assert "2 of 5 customers in both files moved to another segment; 2 joined, 1 left" in said
    assert "Target → Miser: 1" in said
    assert "Miser → Target: 1" in said


async def test_a_file_dropped_again_is_no_new_month(files: FilesHarness) -> None:
    await files.score("january.csv", table(JANUARY, "again"))
    await files.score("february.csv", table(FEBRUARY, "again"))
    known = len(remembered(files))
    said = files.said(await files.score("february once more.csv", table(FEBRUARY, "again")))
    assert "2 of 5 customers in both files moved" in said
    assert len(remembered(files)) == known


async def test_the_history_is_a_table_and_a_line_for_each_segment(files: FilesHarness) -> None:
    await files.score("january.csv", table(JANUARY, "history"))
    await files.score("february.csv", table(FEBRUARY, "history"))
    shown = await asked(files, "history")
    (chart,) = [block for block in shown.blocks if block["type"] == "data_visualization"]
    series = {one["name"]: [point["value"] for point in one["data"]] for one in chart["chart"]["series"]}
    assert series["Target"][-2:] == [2, 3]
    assert series["Careful"][-2:] == [2, 2]
    (rows,) = [block["rows"] for block in shown.blocks if block["type"] == "table"]
    assert [cell["text"] for cell in rows[1]][1:3] == ["3", "2"], "a row for each segment, the newest file first"
    assert len(rows[0]) <= 4, "a phone's table is narrow"
    assert "february.csv" in str(shown.blocks)


async def test_a_workspace_without_the_chart_block_gets_a_picture(
    files: FilesHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await files.score("january.csv", table(JANUARY, "picture"))
    await files.score("february.csv", table(FEBRUARY, "picture"))
    monkeypatch.delitem(rules.BLOCKS, "data_visualization")
    shown = await asked(files, "history")
    assert {block["type"] for block in shown.blocks}.isdisjoint({"image", "data_visualization"})
    # A picture in a message that only one person sees may stay hidden from that person.
    direct = files.pg.workspace.direct_message(files.pg.workspace.analyst).id
    sent = await files.pg.workspace.wait_for(lambda one: one.channel == direct and one.text.startswith(CHART_TITLE))
    (image,) = sent.blocks
    assert "Target 2 to 3" in image["alt_text"]
    file = files.pg.workspace.files.by_id[image["slack_file"]["id"]]
    assert file.data is not None
    assert file.data.startswith(b"\x89PNG")


async def test_two_files_are_compared_by_the_menus(files: FilesHarness) -> None:
    for name, customers in (("january", JANUARY), ("february", FEBRUARY), ("march", {**FEBRUARY, "a1": CAREFUL})):
        await files.score(f"{name}.csv", table(customers, "compare"))
    january, february, march = remembered(files)[-3:]
    shown = await asked(files, "compare")
    assert "1 of 7 customers in both files moved" in str(shown.blocks)
    (rows,) = [block["rows"] for block in shown.blocks if block["type"] == "table"]
    head, *body = [[cell["text"] for cell in row] for row in rows]
    target = next(row for row in body if row[0].endswith("Target"))
    assert target[head.index(next(cell for cell in head if cell.endswith("Careful")))] == "1"

    async def chosen(first: About, second: About) -> Message:
        state = {EARLIER: first.id, LATER: second.id}
        seen = {message.ts: message.blocks for message in files.pg.workspace.messages()}
        await files.pg.deliver.action(shown, COMPARE, state=state)
        return await files.pg.workspace.wait_for(lambda message: seen.get(message.ts) != message.blocks)

    # The earlier one comes first, whichever menu it was chosen in.
    assert "3 of 5 customers in both files moved" in str((await chosen(march, january)).blocks)
    assert "2 of 5 customers in both files moved" in str((await chosen(january, february)).blocks)
    assert "same file twice" in str((await chosen(january, january)).blocks)


async def test_files_without_a_customer_in_common_and_a_forgotten_one_are_told(files: FilesHarness) -> None:
    await files.score("january.csv", table(JANUARY, "alone"))
    await files.score("others.csv", table(JANUARY, "apart"))
    shown = await asked(files, "compare")
    assert "no customer in common" in str(shown.blocks)
    store = files.bot.dependencies.memory._memory.store
    store.forget_before(remembered(files)[-1].taken)
    await files.pg.deliver.action(shown, COMPARE)
    await files.pg.workspace.wait_for(lambda message: "I have no two files" in message.text)


async def list_of_movers(files: FilesHarness, summary: Message, only_moved: bool = True) -> tuple[Message, File | None]:
    """Click *Get a list…* under a summary, ask for everybody who moved, and return what is said and the list."""
    workspace, analyst = files.pg.workspace, files.pg.workspace.analyst
    known = {view.id for view in workspace.open_views(analyst)}
    await files.pg.deliver.action(summary, GET_LIST)
    (view,) = await workspace.wait_until(lambda: [one for one in workspace.open_views(analyst) if one.id not in known])
    (menu,) = [block for block in view.blocks if block["block_id"] == SEGMENTS_BLOCK]
    everybody = [one["value"] for one in menu["element"]["options"]]
    entered = {SEGMENTS_BLOCK: {ENTERED: everybody}, MOVED_BLOCK: {ENTERED: [MOVED] if only_moved else []}}
    assert (await files.pg.deliver.view_submission(view, entered)).ok
    job = f"list:{workspace.team.id}:{view.id}"
    said = await workspace.wait_for(lambda one: job_of(one) == job and "I am cutting" not in one.text)
    await files.rest()
    title = f"({hashlib.sha256(job.encode()).hexdigest()[:8]})"
    return said, next((one for one in workspace.files.by_id.values() if one.title.endswith(title)), None)


async def test_a_list_holds_only_those_who_moved_until_the_earlier_file_is_forgotten(files: FilesHarness) -> None:
    first = await files.end(files.drop("january.csv", table(JANUARY, "movers")))
    assert "since" not in json.loads(elements(first.blocks)[0]["value"])
    summary = await files.end(files.drop("february.csv", table(FEBRUARY, "movers")))
    earlier = remembered(files)[-2].id
    assert json.loads(elements(summary.blocks)[0]["value"])["since"] == earlier
    said, file = await list_of_movers(files, summary)
    assert file is not None
    head, *rows = rows_of(file.data or b"")
    assert head[-1] == "segment_before"
    assert [(row[0], row[head.index("segment")], row[-1]) for row in rows] == [
        ("moversa2", "Miser", "Target"),
        ("moversa3", "Target", "Miser"),
    ]
    assert "2 of 7 rows" in said.text
    assert "only customers who moved since the last file" in str(said.blocks)
    entry = next(one for one in reversed(list(files.harness.registry.history())) if one.event == "listed")
    assert entry.note.startswith("list of those who moved: ")
    _, everybody = await list_of_movers(files, summary, only_moved=False)
    assert everybody is not None
    assert len(rows_of(everybody.data or b"")) == 1 + len(FEBRUARY)
    files.bot.dependencies.memory._memory.store.forget_before(remembered(files)[-1].taken)
    said, file = await list_of_movers(files, summary)
    assert file is None
    assert said.text == f"I couldn't cut your list. {FORGOTTEN}"


async def test_what_cannot_be_read_is_said_and_the_file_is_scored_all_the_same(
    files: FilesHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = files.bot.dependencies.memory._memory.store

    def away() -> object:
        raise NoDatabase("OperationalError")

    monkeypatch.setattr(store._database, "transaction", away)
    said = files.said(await files.score("january.csv", table(JANUARY, "away")))
    assert "6 of 6 rows scored" in said
    assert NOT_REMEMBERED in said
    told = await asked(files, "history")
    assert "database" in told.text
    portrait = await asked(files, "Target")
    assert "Suggested action" in str(portrait.blocks), "what the model says of a segment takes no database"
    assert "january.csv" not in str(portrait.blocks)


async def test_only_an_admin_makes_segbot_forget_and_then_nothing_is_left(files: FilesHarness) -> None:
    workspace = files.pg.workspace
    await files.score("january.csv", table(JANUARY, "forget"))
    refused = await asked(files, "forget")
    assert NOT_LISTED in refused.text or NOT_ADMIN in refused.text
    known = len(remembered(files))
    assert known
    told = await asked(files, "forget", workspace.admin)
    assert f"forgotten all {known} files" in told.text or "forgotten the one file" in told.text
    assert remembered(files) == []
    told = await asked(files, "Forget.", workspace.admin)
    assert "I remembered no files" in told.text
    assert "no files to compare yet" in (await asked(files, "history")).text


async def test_anything_else_is_answered_with_what_the_command_takes(files: FilesHarness) -> None:
    await files.pg.deliver.command("/segments", "what?")
    answer = await files.pg.workspace.wait_for(lambda message: message.text.startswith("How to use /segments"))
    assert "/segments history" in str(answer.blocks)


async def test_uninstalling_forgets_the_files_too(files: FilesHarness) -> None:
    await files.score("january.csv", table(JANUARY, "gone"))
    assert remembered(files)
    assert (await files.pg.deliver.event({"type": "app_uninstalled"})).ok
    async with asyncio.timeout(SECONDS):
        while remembered(files):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.02)
