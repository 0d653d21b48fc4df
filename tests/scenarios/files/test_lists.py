"""*Get a list…* under a summary: a form, and the list, cut from the result in Slack, sent to whoever asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from dbos import DBOS
from files_harness import FilesHarness, at_work, customers, job_of, rows_of
from harness import Harness, elements, logged

from bot.blocks.files.lists import (
    CLOSE_BLOCK,
    COLUMNS_BLOCK,
    CONFIDENCE_BLOCK,
    FORM_BLOCK,
    GET_LIST,
    HASHED_BLOCK,
    ONLY_CLOSE,
    SEGMENTS_BLOCK,
    UNSEGMENTED,
    WITHOUT_CLOSE,
    XLSX,
)
from bot.blocks.inputs import ENTERED
from bot.jobs.durable_step import GAVE_UP
from bot.jobs.lists.steps import NOT_OURS, RESULT_GONE
from bot.playground.block_kit.render import render_message
from bot.playground.workspace.records import File, Message, User, View
from bot.records.list_job import ListJob
from bot.records.stored import decode
from bot.slack.access import GUEST, STRANGER
from bot.views.list_form import HASHED_TOO, NO_SEGMENT

pytestmark = pytest.mark.asyncio(loop_scope="module")
DATA = "id,email,age,income,score\n" + "".join(
    f"c{i},Person{i}@Shop.example,{20 + i % 50},{10 + i % 120},{i % 100}\n" for i in range(60)
)
BAD = "c99,nobody@shop.example,30,,50\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def harness_at_work(harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FilesHarness]:
    """A bot at work."""
    async with at_work(harness.copy(tmp_path_factory.mktemp("lists"))) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def files(harness_at_work: FilesHarness) -> AsyncIterator[FilesHarness]:
    """The bot at work; nothing is left behind by any test."""
    yield harness_at_work
    harness_at_work.pg.faults.clear()
    await harness_at_work.rest()
    assert harness_at_work.scratch == []
    for view in list(harness_at_work.pg.workspace.views.values()):
        if view.is_open:
            await harness_at_work.pg.deliver.view_closed(view)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def summary(harness_at_work: FilesHarness) -> Message:
    """The summary of a scored file."""
    file = harness_at_work.drop("May.csv", (DATA + BAD).encode())
    return await harness_at_work.end(file)


def scored_file(files: FilesHarness, summary: Message) -> File:
    """The result that a summary's button is about."""
    (value,) = (one["value"] for one in elements(summary.blocks))
    found: File = files.pg.workspace.files.by_id[json.loads(value)["file"]]
    return found


async def opened(files: FilesHarness, summary: Message, user: User | None = None) -> View:
    """Click, and return the form."""
    workspace = files.pg.workspace
    who = user or workspace.analyst
    before = {view.id for view in workspace.open_views(who)}
    await files.pg.deliver.action(summary, GET_LIST, user=who)
    (view,) = await workspace.wait_until(lambda: [one for one in workspace.open_views(who) if one.id not in before])
    found: View = view
    return found


def options(view: View, block_id: str) -> dict[str, str]:
    """The options of a menu in the form: values by text."""
    (block,) = (one for one in view.blocks if one["block_id"] == block_id)
    return {one["text"]["text"]: one["value"] for one in block["element"]["options"]}


def entered(**chosen: Any) -> Mapping[str, Mapping[str, Any]]:
    """What a submitted form says, by the names of its inputs."""
    blocks = {"segments": SEGMENTS_BLOCK, "confidence": CONFIDENCE_BLOCK, "close": CLOSE_BLOCK}
    blocks |= {"columns": COLUMNS_BLOCK, "hashed": HASHED_BLOCK, "form": FORM_BLOCK}
    return {blocks[name]: {ENTERED: value} for name, value in chosen.items()}


async def answer(files: FilesHarness, view: View, **chosen: Any) -> tuple[Message, File | None]:
    """Submit the form, and return what is said of the list, and the list."""
    workspace = files.pg.workspace
    reply = await files.pg.deliver.view_submission(view, entered(**chosen))
    assert reply.ok
    job = f"list:{workspace.team.id}:{view.id}"
    said = await workspace.wait_for(lambda one: job_of(one) == job and "I am cutting" not in one.text)
    await files.rest()
    title = f"({hashlib.sha256(job.encode()).hexdigest()[:8]})"
    sent = [one for one in workspace.files.by_id.values() if one.title.endswith(title)]
    assert len(sent) <= 1
    return said, next(iter(sent), None)


def listed(files: FilesHarness) -> list[Any]:
    """The log's entries about lists."""
    return [entry for entry in files.harness.registry.history() if entry.event == "listed"]


async def test_the_list_comes_directly_to_whoever_asked_and_holds_the_segments_rows(
    files: FilesHarness, summary: Message
) -> None:
    workspace = files.pg.workspace
    view = await opened(files, summary)
    name, value = next(iter(options(view, SEGMENTS_BLOCK).items()))
    said, file = await answer(files, view, segments=[value])
    direct = workspace.direct_message(workspace.analyst)
    assert said.channel == direct.id
    assert file is not None
    assert set(file.shares) == {direct.id}
    assert file.name == "May.list.csv"
    rows = rows_of(scored_file(files, summary).data or b"")
    assert rows_of(file.data or b"") == [rows[0], *(row for row in rows if row[5] == name)]
    assert f"{len(rows_of(file.data or b'')) - 1} of 61 rows of *May.segments.csv*" in said.text
    assert f"Chosen: {name}" in render_message(said)


async def test_who_was_given_how_many_of_which_segments_is_logged_and_never_whom(
    files: FilesHarness, summary: Message
) -> None:
    view = await opened(files, summary, files.pg.workspace.owner)
    name, value = next(iter(options(view, SEGMENTS_BLOCK).items()))
    before = len(listed(files))
    with logged() as stream:
        _, file = await answer(files, view, segments=[value])
    assert file is not None
    (entry,) = listed(files)[before:]
    count = len(rows_of(file.data or b"")) - 1
    assert entry.actor == f"slack:{files.pg.workspace.owner.id}"
    assert entry.note == f"list: {name} {count}"
    assert entry.details == {"job": f"list:{files.pg.workspace.team.id}:{view.id}", "rows": count}
    assert "list sent" in stream.getvalue()
    assert "shop.example" not in f"{entry}{stream.getvalue()}".casefold()


async def test_the_lists_of_all_segments_and_the_unsegmented_hold_each_row_once(
    files: FilesHarness, summary: Message
) -> None:
    _, *rows = rows_of(scored_file(files, summary).data or b"")
    found: list[list[str]] = []
    for value in options(await opened(files, summary), SEGMENTS_BLOCK).values():
        _, file = await answer(files, await opened(files, summary), segments=[value])
        assert file is not None
        found += rows_of(file.data or b"")[1:]
    assert sorted(found) == sorted(rows)
    assert len(rows) == 61


async def test_hashed_addresses_come_alone(files: FilesHarness, summary: Message) -> None:
    view = await opened(files, summary)
    column = options(view, HASHED_BLOCK)["From the column email"]
    said, file = await answer(files, view, segments=[UNSEGMENTED], hashed=column)
    assert file is not None
    hashed = hashlib.sha256(b"nobody@shop.example").hexdigest()
    assert rows_of(file.data or b"") == [["Email"], [hashed]]
    assert "SHA-256 of the addresses in email" in render_message(said)
    assert listed(files)[-1].note == "hashed addresses: without a segment 1"


async def test_every_choice_of_the_form_reaches_the_list(files: FilesHarness, summary: Message) -> None:
    everybody = list(options(await opened(files, summary), SEGMENTS_BLOCK).values())
    rows = rows_of(scored_file(files, summary).data or b"")[1:]
    close = [row[0] for row in rows if row[-1].startswith("borderline")]
    sure = [row[0] for row in rows if row[6] and float(row[6]) >= 0.9]
    assert close
    assert sure
    for chosen, ids in (
        ({"close": ONLY_CLOSE}, close),
        ({"close": WITHOUT_CLOSE}, [row[0] for row in rows if row[0] not in close]),
        ({"confidence": "0.9"}, sure),
    ):
        _, file = await answer(files, await opened(files, summary), segments=everybody, columns=["0"], **chosen)
        assert file is not None
        assert rows_of(file.data or b"") == [["id"], *([one] for one in ids)]
    _, file = await answer(files, await opened(files, summary), segments=everybody, form=XLSX)
    assert file is not None
    assert (file.name, (file.data or b"")[:2]) == ("May.list.xlsx", b"PK")


async def test_a_form_submitted_twice_gives_one_list(files: FilesHarness, summary: Message) -> None:
    view = await opened(files, summary)
    before = len(listed(files))
    said, file = await answer(files, view, segments=[UNSEGMENTED])
    again, same = await answer(files, view, segments=[UNSEGMENTED])
    await files.rest()
    assert (again.ts, same) == (said.ts, file)
    assert len(listed(files)) == before + 1


async def test_a_step_that_is_repeated_sends_nothing_twice(files: FilesHarness, summary: Message) -> None:
    view = await opened(files, summary)
    await answer(files, view, segments=[UNSEGMENTED])
    await files.rest()
    (stored,) = await DBOS.list_workflows_async(workflow_ids=[f"list:{files.pg.workspace.team.id}:{view.id}"])
    assert stored.input is not None
    assert "shop.example" not in json.dumps(stored.input["args"])
    steps, job = files.bot.dependencies.jobs.workflows.lists.steps, decode(ListJob, stored.input["args"][0])
    known, entries = len(files.pg.workspace.files.by_id), len(listed(files))
    message = await steps.announce(job)
    outcome = await steps.cut(job, message)
    assert outcome.rows == 1
    assert (len(files.pg.workspace.files.by_id), len(listed(files))) == (known, entries)


async def test_a_click_that_slack_delivers_twice_opens_one_form(files: FilesHarness, summary: Message) -> None:
    workspace = files.pg.workspace
    await opened(files, summary)
    known, said = len(workspace.open_views(workspace.analyst)), len(workspace.messages())
    click = next(one for one in reversed(workspace.deliveries) if one.kind == "interactive")
    calls = len(workspace.calls_to("views.open"))
    assert (await files.pg.deliver._interactive(click.payload)).ok
    await files.bot.dependencies.follow_ups.wait(30)
    assert len(workspace.calls_to("views.open")) == calls
    assert (len(workspace.open_views(workspace.analyst)), len(workspace.messages())) == (known, said)


async def test_a_list_that_cannot_be_uploaded_is_said_with_what_to_do(files: FilesHarness, summary: Message) -> None:
    view = await opened(files, summary)
    files.pg.faults.error("files.getUploadURLExternal", "missing_scope")
    said, file = await answer(files, view, segments=["0"])
    assert file is None
    assert said.text.startswith("I couldn't cut your list. I couldn't upload the result: the app lacks the scope")
    assert said.text.endswith(" Click *Get a list…* again in a while.")


async def test_a_list_whose_scored_file_never_comes_is_given_up(
    files: FilesHarness, summary: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError

    view = await opened(files, summary)
    monkeypatch.setattr(files.bot.dependencies.jobs.workflows.lists.steps._downloader, "fetch", broken)
    said, _ = await answer(files, view, segments=["0"])
    assert said.text == f"I couldn't cut your list. {GAVE_UP} Click *Get a list…* again in a while."


async def test_nobody_chosen_is_said_in_the_form(files: FilesHarness, summary: Message) -> None:
    view = await opened(files, summary)
    reply = await files.pg.deliver.view_submission(view, entered(segments=[]))
    assert reply.body == {"response_action": "errors", "errors": {SEGMENTS_BLOCK: NO_SEGMENT}}
    columns = options(view, COLUMNS_BLOCK)
    reply = await files.pg.deliver.view_submission(
        view, entered(segments=[UNSEGMENTED], columns=[columns["email"]], hashed=columns["email"])
    )
    assert reply.body == {"response_action": "errors", "errors": {COLUMNS_BLOCK: HASHED_TOO}}


async def test_when_nobody_fits_that_is_said_and_nothing_sent(files: FilesHarness, summary: Message) -> None:
    before = len(listed(files))
    said, file = await answer(files, await opened(files, summary), segments=[UNSEGMENTED], confidence="0.5")
    assert file is None
    assert said.text.startswith("Nobody in *May.segments.csv* fits what you chose")
    assert len(listed(files)) == before


@pytest.mark.parametrize(("who", "sentence"), [("guest", GUEST), ("external", STRANGER)])
async def test_guests_and_strangers_are_refused_and_that_is_logged(
    files: FilesHarness, summary: Message, who: str, sentence: str
) -> None:
    workspace = files.pg.workspace
    user: User = getattr(workspace, who)
    await files.pg.deliver.action(summary, GET_LIST, user=user)
    await workspace.wait_for(lambda one: one.ephemeral_to == user.id and one.text == sentence)
    assert workspace.open_views(user) == []
    refused = [entry for entry in files.harness.registry.history() if entry.event == "refused"][-1]
    assert (refused.actor, refused.note) == (f"slack:{user.id}", f"{GET_LIST}: {sentence}")


async def test_somebody_who_has_become_a_guest_since_is_refused_when_submitting(
    files: FilesHarness, summary: Message
) -> None:
    workspace = files.pg.workspace
    view, before = await opened(files, summary, workspace.admin), len(listed(files))
    staff = workspace.admin
    workspace.change_user(staff, is_guest=True, is_admin=False)
    try:
        await files.pg.deliver.view_submission(view, entered(segments=[UNSEGMENTED]))
        await workspace.wait_for(lambda one: one.ephemeral_to == staff.id and one.text == GUEST)
        await files.rest()
    finally:
        workspace.put_user(staff)
    assert len(listed(files)) == before


async def test_a_button_that_knows_only_the_file_asks_for_names(files: FilesHarness, summary: Message) -> None:
    workspace, name = files.pg.workspace, json.loads(elements(summary.blocks)[0]["value"])["segments"][0]
    value = json.dumps({"file": scored_file(files, summary).id})
    old = with_button(summary, value)
    workspace.put(old)
    try:
        view = await opened(files, old)
        said, file = await answer(files, view, segments=f"{name.upper()}, ", columns="segment, ID")
        assert file is not None
        header, *rows = rows_of(file.data or b"")
        assert header == ["segment", "id"]
        assert {row[0] for row in rows} == {name}
        said, file = await answer(files, await opened(files, old), segments="Nonesuch")
        assert file is None
        assert "No row of this file is in the segment “Nonesuch”. Its segments are" in said.text
        said, _ = await answer(files, await opened(files, old), segments=name, hashed="phone")
        assert "The file has no column “phone”." in said.text
    finally:
        workspace.put(summary)


def with_button(summary: Message, value: str) -> Message:
    """The summary with another value of its button."""
    button = {**elements(summary.blocks)[0], "value": value}
    blocks = [{**one, "elements": [button]} if one["type"] == "actions" else one for one in summary.blocks]
    return replace(summary, blocks=tuple(blocks))


@pytest.mark.parametrize("value", ["", "{}", "[]", "null", '{"file"'])
async def test_a_button_that_cannot_be_read_is_said_to_be_old(
    files: FilesHarness, summary: Message, value: str
) -> None:
    workspace = files.pg.workspace
    workspace.put(old := with_button(summary, value))
    try:
        before = {one.ts for one in workspace.messages()}
        await files.pg.deliver.action(old, GET_LIST)
        await workspace.wait_for(lambda one: one.ts not in before and one.text.startswith("This button can no longer"))
    finally:
        workspace.put(summary)


async def test_a_file_that_is_not_a_result_is_never_cut(files: FilesHarness, summary: Message) -> None:
    workspace = files.pg.workspace
    other = files.drop("private.csv", b"id,segment,confidence,note\n1,Target,1,\n", workspace.customers)
    workspace.put(old := with_button(summary, json.dumps({"file": other.id})))
    try:
        said, file = await answer(files, await opened(files, old), segments="Target")
    finally:
        workspace.put(summary)
    assert file is None
    assert NOT_OURS in said.text


async def test_the_button_works_when_the_job_is_long_forgotten(files: FilesHarness) -> None:
    end = await files.end(files.drop("old.csv", customers(20)))
    await files.rest()
    stored = await DBOS.list_workflows_async(load_input=False, load_output=False)
    await DBOS.delete_workflows_async([one.workflow_id for one in stored])
    view = await opened(files, end)
    _, file = await answer(files, view, segments=[next(iter(options(view, SEGMENTS_BLOCK).values()))])
    assert file is not None


async def test_a_result_that_was_deleted_is_said_to_be_gone(files: FilesHarness) -> None:
    end = await files.end(files.drop("gone.csv", customers(20)))
    view = await opened(files, end)
    files.pg.workspace.files.delete(scored_file(files, end))
    said, file = await answer(files, view, segments=["0"])
    assert file is None
    assert said.text == f"I couldn't cut your list. {RESULT_GONE}"


async def test_what_slack_refuses_is_said(files: FilesHarness, summary: Message) -> None:
    view = await opened(files, summary)
    files.pg.faults.error("files.info", "missing_scope")
    said, _ = await answer(files, view, segments=["0"])
    assert said.text == "I couldn't cut your list. I couldn't look at the file: the app lacks the scope files:read."


async def test_a_form_that_slack_opens_too_late_is_said(files: FilesHarness, summary: Message) -> None:
    files.pg.faults.error("views.open", "expired_trigger_id")
    await files.pg.deliver.action(summary, GET_LIST)
    await files.pg.workspace.wait_for(lambda one: "took too long to open the form" in one.text)


async def test_an_uninstalled_workspaces_lists_are_forgotten(files: FilesHarness, summary: Message) -> None:
    view = await opened(files, summary)
    await answer(files, view, segments=[UNSEGMENTED])
    await files.rest()
    team = files.pg.workspace.team.id
    await files.bot.dependencies.jobs.forget_team(team)
    await files.rest()
    assert await DBOS.list_workflows_async(workflow_id_prefix=f"list:{team}:") == []
