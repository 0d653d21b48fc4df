"""`/retrain` from the form to the report: what is asked, shown, and kept."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from files_harness import customers
from harness import EXAMPLE, Harness, live_markup, logged
from retrain_harness import RetrainHarness, buttons, candidate_of, real_harness, retraining, sample_file

from bot.blocks.models.retrain import FILE_BLOCK
from bot.records.retrain_job import RetrainJob, Running
from bot.views.retrain_form import NO_FILE, NO_TABLE
from segmentation.training.train import Trained, train_clean

__all__ = ["real_harness"]
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at_the_desk(real_harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RetrainHarness]:
    """A bot at work."""
    async with retraining(real_harness.copy(tmp_path_factory.mktemp("flow"))) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def desk(at_the_desk: RetrainHarness) -> AsyncIterator[RetrainHarness]:
    """The bot at work; nothing is left behind by any test."""
    yield at_the_desk
    at_the_desk.pg.faults.clear()
    at_the_desk.trainer.release()
    at_the_desk.trainer.failure = None
    await at_the_desk.files.rest()
    assert at_the_desk.files.scratch == []
    for user in (at_the_desk.workspace.admin, at_the_desk.workspace.owner):
        for view in at_the_desk.workspace.open_views(user):
            await at_the_desk.pg.deliver.view_closed(view)


async def test_the_form_opens_asks_for_a_file_k_and_a_note_and_says_what_will_happen(desk: RetrainHarness) -> None:
    view = await desk.form()
    said = json.dumps(view.body, ensure_ascii=False)
    for words in ("Retrain the model", "Nothing changes until", "Number of segments", "Automatic", "10 segments"):
        assert words in said
    assert [block["type"] for block in view.blocks] == ["section", "input", "input", "input"]
    assert json.loads(view.body["private_metadata"]) == {"channel": desk.workspace.general.id}
    assert view.blocks[2]["element"]["initial_option"]["value"] == "auto"


async def test_k_of_the_command_is_chosen_in_the_form(desk: RetrainHarness) -> None:
    view = await desk.form("k=7")
    assert view.blocks[2]["element"]["initial_option"]["value"] == "7"


async def test_a_form_becomes_a_report_that_compares(desk: RetrainHarness) -> None:
    view = await desk.form()
    file = desk.choose("customers.csv", sample_file(income=3))
    before = set(desk.jobs())
    desk.trainer.hold()
    reply = await desk.submit(view, file, k="5", note="spring\ncampaign")
    assert reply.ok
    assert not desk.trainer.opened.is_set()  # the training is not waited for
    assert desk.workspace.open_views(desk.workspace.admin) == []
    seen = await desk.seen(before)
    assert seen.channel == desk.workspace.general.id
    assert "Retraining on customers.csv with 5 segments" in desk.said(seen)
    assert f"asked for by <@{desk.workspace.admin.id}>" in seen.blocks[-1]["elements"][0]["text"]
    desk.trainer.release()
    end = await desk.end(before)
    assert end.ts == seen.ts
    said = desk.said(end)
    for words in (
        "Promote: 22 of 200 customers move, quality is better",
        "New: Spender",
        "note: spring campaign",
        f"compared with {desk.files.harness.versions[0]}",
    ):
        assert words in said, words
    details = desk.details(end)
    for words in (
        "200 in the file, 200 used",
        "k = 5 was asked for",
        "Spender (new)",
        "Target – 38 → 37 customers (19% → 18%)",
        "22 of the 200 customers in this file (11%)",
        "Annual income: 0.02 – none",
        "rules match the clusters with fidelity",
        "stability on other samples",
    ):
        assert words in details, words
        assert words not in said, words
    assert "the current model was trained with" not in details
    assert [block["type"] for block in end.blocks].count("image") == 1
    (thread,) = desk.thread(end)
    assert [block["type"] for block in thread.blocks].count("image") == 2
    assert buttons(end) == ["promote_model", "name_segments", "discard_model"]
    assert not live_markup(end.text)
    manifest = desk.registry.manifest(candidate_of(end))
    assert manifest.created_by == f"slack:{desk.workspace.admin.id}"
    assert manifest.note == "spring campaign"
    assert manifest.run.startswith(f"retrain:{desk.workspace.team.id}:")
    assert desk.registry.current() == desk.files.harness.versions[0]  # nothing changes by itself


async def test_each_step_is_shown_as_it_passes(desk: RetrainHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    cleaned = threading.Event()

    def once_cleaned(*customers: Any, progress: Callable[[str], None], **options: Any) -> Trained:
        def tell(step: str) -> None:
            progress(step)
            assert cleaned.wait(60)

        return train_clean(*customers, progress=tell, **options)

    monkeypatch.setattr("segmentation.versions.retraining.train_clean", once_cleaned)
    desk.trainer.hold()
    before = set(desk.jobs())
    desk.workspace.upload(desk.workspace.analyst, desk.workspace.general, "customers.csv", sample_file())
    await desk.type("latest")
    await desk.workspace.wait_for(lambda one: "Retraining on customers.csv: Downloading" in one.text, timeout=20)
    told: list[str] = []

    def ended() -> bool | None:
        now = desk.now(seen)
        if not told or told[-1] != now.text:
            told.append(now.text)
        return "candidate" in now.text or None

    seen = await desk.seen(before)
    desk.trainer.release()
    await desk.workspace.wait_until(lambda: "✓ Cleaning" in str(desk.now(seen).blocks) or None)
    cleaned.set()
    await desk.workspace.wait_until(ended, 60)
    edits = [one.args for one in desk.workspace.calls_to("chat.update") if one.args["ts"] == seen.ts]
    shown = "\n".join(str(one["blocks"]) for one in edits)
    for step in ("Downloading", "Reading", "Cleaning"):
        assert f"✓ {step}" in shown, step
    assert told[-1].startswith(("🟢", "🟡", "🟠", "🔴"))


async def test_latest_takes_the_last_table_a_person_uploaded_in_this_channel(desk: RetrainHarness) -> None:
    workspace = desk.workspace
    scored = await desk.files.score("older.csv", customers(60))
    await desk.files.result(scored)  # the bot's own upload is newer, and does not count
    other = workspace.upload(workspace.analyst, workspace.customers, "elsewhere.csv", sample_file())
    workspace.upload(workspace.analyst, workspace.general, "photo.png", b"\x89PNG\r\n\x1a\n")
    workspace.upload(workspace.analyst, workspace.general, "later.docx", b"PK\x03\x04")
    end = await desk.latest(sample_file(), "k=4 latest")
    assert "from customers.csv, 200 rows" in desk.said(end)
    request = desk.trainer.requests[-1]
    assert (request.k, request.origin, request.actor) == (4, "customers.csv", f"slack:{workspace.admin.id}")
    assert other.id not in desk.jobs()[-1]


async def test_without_a_table_in_the_channel_latest_says_what_to_do(desk: RetrainHarness) -> None:
    workspace = desk.workspace
    channel = workspace.direct_message(workspace.owner)
    before = set(desk.jobs())
    await desk.type("latest", workspace.owner, channel)
    end = await desk.end(before)
    assert "Nobody has uploaded a table in this channel." in end.text
    assert buttons(end) == []


@pytest.mark.parametrize(
    ("name", "fault"), [("", NO_FILE), ("report.pdf", NO_TABLE), ("photo.png", NO_TABLE), ("notes", NO_TABLE)]
)
async def test_a_form_without_a_usable_file_says_so_beside_the_field(
    desk: RetrainHarness, name: str, fault: str
) -> None:
    view = await desk.form()
    before = desk.jobs()
    file = desk.choose(name, b"x") if name else None
    reply = await desk.submit(view, file)
    assert reply.body == {"response_action": "errors", "errors": {FILE_BLOCK: fault}}
    (still,) = desk.workspace.open_views(desk.workspace.admin)
    assert still.errors == {FILE_BLOCK: fault}
    good = desk.choose("customers.csv", sample_file())
    await desk.submit(still, good)
    end = await desk.end(set(before))  # exactly one job came of it
    assert len(desk.jobs()) == len(before) + 1
    await desk.discard(end)


async def test_what_is_acknowledged_is_noted(desk: RetrainHarness) -> None:
    jobs = desk.files.bot.dependencies.jobs
    view = await desk.form()
    desk.trainer.hold()
    before = set(desk.jobs())
    await desk.submit(view, desk.choose("customers.csv", sample_file()))
    running = await jobs.retraining()
    assert running is not None
    assert running.job.key == view.id
    desk.trainer.release()
    await desk.end(before)
    desk.trainer.hold()
    before = set(desk.jobs())
    await desk.type("latest")
    assert await jobs.retraining() is not None
    desk.trainer.release()
    await desk.end(before)


async def test_slack_is_answered_in_time_however_long_the_noting_takes(
    desk: RetrainHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs, go_on = desk.files.bot.dependencies.jobs, asyncio.Event()
    retrain, view = jobs.retrain, await desk.form()

    async def late(job: RetrainJob) -> Running | None:
        await go_on.wait()
        return await retrain(job)

    monkeypatch.setattr(jobs, "retrain", late)
    monkeypatch.setattr(desk.files.bot.dependencies.follow_ups, "_seconds", 0.05)
    before = set(desk.jobs())
    reply = await desk.submit(view, desk.choose("customers.csv", sample_file()))
    assert reply.ok
    assert await jobs.retraining() is None
    go_on.set()
    await desk.end(before)


async def test_a_form_submitted_twice_is_one_retrain(desk: RetrainHarness) -> None:
    view = await desk.form()
    file = desk.choose("customers.csv", sample_file())
    before = set(desk.jobs())
    await asyncio.gather(*(desk.submit(view, file) for _ in range(3)))
    await desk.end(before)
    await desk.submit(view, file)  # once more, when it is done
    await desk.files.fence()
    assert len(set(desk.jobs()) - before) == 1
    assert len([one for one in desk.jobs() if one not in before]) == 1


async def test_a_second_request_is_told_whose_run_is_on(desk: RetrainHarness) -> None:
    workspace = desk.workspace
    forms = [await desk.form(), await desk.form(user=workspace.owner)]
    desk.trainer.hold()
    before = set(desk.jobs())
    await desk.submit(forms[0], desk.choose("customers.csv", sample_file()))
    await desk.trainer.begun()
    who = f"@{workspace.admin.id}"
    for answer in (
        await desk.told("", workspace.owner),
        await desk.told("latest", workspace.owner),
        await desk.next_ephemeral(
            lambda: desk.submit(forms[1], desk.choose("mine.csv", sample_file(), workspace.owner)), workspace.owner
        ),
    ):
        assert "One retrain at a time" in answer
        assert who in answer
        assert "UTC" in answer
    status = await desk.told("status", workspace.owner)
    assert "A retrain is running" in status
    assert who in status
    assert "training" in status
    desk.trainer.release()
    end = await desk.end(before)
    assert len(set(desk.jobs()) - before) == 1
    await desk.discard(end)
    assert "No retrain is running." in await desk.told("status")


async def test_two_who_ask_at_the_same_moment_are_one_run(desk: RetrainHarness) -> None:
    workspace = desk.workspace
    workspace.upload(workspace.analyst, workspace.general, "customers.csv", sample_file())
    desk.trainer.hold()
    before, known = set(desk.jobs()), {message.ts for message in workspace.messages()}
    people = [workspace.admin, workspace.owner] * 3
    await asyncio.gather(*(desk.type("latest", one) for one in people))
    told = await workspace.wait_until(
        lambda: (
            (
                (found := [m for m in workspace.messages() if m.ts not in known and "One retrain at" in m.text])
                and len(found) >= 5
                and found
            )
            or None
        ),
        20,
    )
    assert len(told) >= 5
    desk.trainer.release()
    await desk.end(before)
    assert len(set(desk.jobs()) - before) == 1


async def test_a_file_name_is_shown_as_text_and_never_as_a_path(desk: RetrainHarness) -> None:
    view = await desk.form()
    before = set(desk.jobs())
    file = desk.choose("<!channel> `x` ../../etc/passwd & co.csv", sample_file())
    await desk.submit(view, file, note="<@U012AB3CD> & <!here>")
    end = await desk.end(before)
    texts = json.dumps(end.blocks) + end.text
    assert "<!channel>" not in texts
    assert "<!here>" not in texts
    assert "<@U012AB3CD>" not in texts
    assert "&lt;!channel&gt;" in texts
    assert Path(desk.trainer.requests[-1].source).name == "customers.csv"


async def test_help_and_misread_commands_are_answered_to_anybody_at_once(desk: RetrainHarness) -> None:
    asked = len(desk.workspace.calls_to("users.info"))
    for text, words in (("help", "How to ask"), ("?", "How to ask"), ("lastest", "did you mean “latest”?")):
        message = await desk.type(text, desk.workspace.guest)
        assert message is not None
        assert message.ephemeral_to == desk.workspace.guest.id
        assert words in desk.said(message)
    assert len(desk.workspace.calls_to("users.info")) == asked


async def test_where_no_table_is_configured_that_is_said(desk: RetrainHarness) -> None:
    before = set(desk.jobs())
    told = await desk.told("table=customers")
    assert told.endswith("No table is configured: the person who runs segbot can name tables in SEGBOT_TABLES.")
    assert set(desk.jobs()) == before


async def test_where_the_bot_may_not_write_whoever_asked_is_told_directly(desk: RetrainHarness) -> None:
    workspace = desk.workspace
    view = await desk.form(channel=workspace.outside)
    before = set(desk.jobs())
    await desk.submit(view, desk.choose("customers.csv", sample_file()))
    seen = await desk.seen(before)
    assert seen.channel == workspace.direct_message(workspace.admin).id
    end = await desk.end(before)
    assert end.ts == seen.ts
    posts = [one.args["blocks"] for one in workspace.calls_to("chat.postMessage") if one.answer.get("ts") == seen.ts]
    assert f"I am not in <#{workspace.outside.id}>" in str(posts)
    announcement = await desk.discard(end)
    assert announcement.channel == seen.channel


async def test_an_order_that_cannot_be_told_in_the_channel_is_told_directly(desk: RetrainHarness) -> None:
    workspace = desk.workspace
    view = await desk.form(channel=workspace.outside)
    workspace.change_user(workspace.admin, is_admin=False)
    desk.files.bot.dependencies.access._allowed_until.clear()
    try:
        await desk.submit(view, desk.choose("customers.csv", sample_file()))
        direct = workspace.direct_message(workspace.admin)
        told = await workspace.wait_for(lambda one: one.channel == direct.id and "Only workspace admins" in one.text)
    finally:
        workspace.change_user(workspace.admin, is_admin=True)
    assert told.made_by == "chat.postMessage"


async def test_a_form_slack_does_not_open_in_time_is_said(desk: RetrainHarness) -> None:
    desk.pg.faults.error("views.open", "expired_trigger_id")
    with logged() as stream:
        assert "Please type /retrain again." in await desk.told("")
    assert "expired_trigger_id" in stream.getvalue()
    desk.pg.faults.drop("views.open", times=None)
    assert "Please type /retrain again." in await desk.told("")


async def test_history_lists_versions_newest_first_with_who_when_from_what_and_state(desk: RetrainHarness) -> None:
    end = await desk.latest(sample_file(income=1))
    version = candidate_of(end)
    listed = await desk.told("history")
    row = entry(listed, version)
    assert "waiting for a decision, " in row
    assert f"@{desk.workspace.admin.id}" in row
    assert "customers.csv, 200 rows" in row
    assert "UTC" in row
    first = desk.files.harness.versions[0]
    assert listed.index(version) < listed.index(first)
    assert "in service" in entry(listed, first)
    await desk.discard(end)
    assert "discarded" in entry(await desk.told("history"), version)


def entry(history: str, version: str) -> str:
    """What the history says of a version: the lines with its name and with its id."""
    lines = [line for line in history.splitlines() if line]
    at = next(at for at, line in enumerate(lines) if version in line)
    return "\n".join(lines[at - 1 : at + 1])


async def test_commands_are_answered_while_a_retrain_runs(desk: RetrainHarness) -> None:
    desk.trainer.hold()
    before = set(desk.jobs())
    desk.workspace.upload(desk.workspace.analyst, desk.workspace.general, "customers.csv", sample_file())
    await desk.type("latest")
    await desk.trainer.begun()
    reply = await desk.pg.deliver.command("/segment", EXAMPLE)
    assert reply.message is not None
    assert "confidence" in reply.message.text
    assert not desk.trainer.opened.is_set()
    desk.trainer.release()
    await desk.end(before)


async def test_logs_hold_no_values_names_or_notes(desk: RetrainHarness) -> None:
    with logged("DEBUG") as stream:
        view = await desk.form()
        before = set(desk.jobs())
        await desk.submit(view, desk.choose("geheim.csv", sample_file()), note="Canaria")
        end = await desk.end(before)
        await desk.discard(end)
        await desk.told("history")
    log = stream.getvalue()
    install = desk.workspace.install
    for canary in ("geheim", "Canaria", install.bot_token, install.signing_secret, "hooks/", '"adam"'):
        assert canary not in log
    assert '"retrained"' in log
