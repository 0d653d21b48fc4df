"""What can go wrong with a retrain, from bad data to an unwilling Slack: said, and the model stays in service."""

from __future__ import annotations

import asyncio
import errno
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO

import pytest
import pytest_asyncio
from files_harness import FAST, job_of, let_jobs_rest
from harness import Harness, logged
from retrain_harness import RetrainHarness, buttons, candidate_of, real_harness, retrain_steps, retraining, sample_file
from slack_sdk.errors import SlackApiError

from bot.actions.retrain_again import KNOWN
from bot.blocks.model_names import model_text
from bot.blocks.models.naming import NAME_SEGMENTS
from bot.blocks.models.retrain import TRY_AGAIN
from bot.blocks.models.retrain_report import DISCARD, PROMOTE
from bot.blocks.reply import Reply
from bot.blocks.text import button
from bot.jobs.retrains import retrain_job
from bot.jobs.retrains.training_request import NotTrained
from bot.playground.faults.faults import RESPONSE_URL
from bot.records.failure import DISK
from segmentation.errors import BrokenArtifact, NoDatabase, NotReady, UnknownVersion

__all__ = ["real_harness"]
DECISIONS = [PROMOTE, NAME_SEGMENTS, DISCARD]
pytestmark = pytest.mark.asyncio(loop_scope="module")
UNTOUCHED = "The model in service has not changed."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at_the_desk(real_harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RetrainHarness]:
    """A bot at work."""
    async with retraining(real_harness.copy(tmp_path_factory.mktemp("faults"))) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def desk(at_the_desk: RetrainHarness) -> AsyncIterator[RetrainHarness]:
    """The bot at work; the same model is in service after every test, and no file is left."""
    before = at_the_desk.registry.current()
    yield at_the_desk
    at_the_desk.pg.faults.clear()
    at_the_desk.trainer.failure = None
    at_the_desk.trainer.release()
    await at_the_desk.files.rest()
    assert at_the_desk.registry.current() == before
    assert at_the_desk.files.scratch == []


BAD: dict[str, tuple[bytes, str]] = {
    "two rows": (b"age,income,score\n35,60,70\n20,30,40\n", "Only 2 rows could be used"),
    "constant columns": (b"age,income,score\n" + b"35,60,70\n" * 80, "can't tell customers apart"),
    "all missing": (b"age,income,score\n" + b"30,,\n" * 80, "None of the 80 rows can be used"),
    "separators only": (b"age,income,score\n" + b",,\n" * 80, "The file has a header but no rows."),
    "not a table": (b"%PDF-1.7", "PDF"),
    "no such columns": (b"a,b\n1,2\n", "income"),
    "empty": (b"\n", "empty"),
}


@pytest.mark.parametrize(("data", "told"), BAD.values(), ids=BAD)
async def test_bad_data_end_in_a_refusal_that_says_what_to_fix(desk: RetrainHarness, data: bytes, told: str) -> None:
    versions = len(desk.registry.versions())
    end = await desk.latest(data)
    said = desk.said(end)
    assert "I couldn't train on customers.csv." in said
    assert told in said
    assert UNTOUCHED in said
    assert buttons(end) == []  # the same file would fail again
    assert len(desk.registry.versions()) == versions


@pytest.mark.parametrize("value", ["1e12", pytest.param("1e308", marks=pytest.mark.long), "nan"])
async def test_one_absurd_value_is_left_out_and_said(desk: RetrainHarness, value: str) -> None:
    end = await desk.latest(sample_file() + f"30,{value},50\n".encode())
    assert "201 in the file, 200 used; left out: 1 " in desk.details(end)
    await desk.discard(end)


async def test_a_report_whose_message_somebody_deleted_is_posted_anew(desk: RetrainHarness) -> None:
    workspace = desk.workspace
    workspace.upload(workspace.analyst, workspace.general, "customers.csv", sample_file())
    before, known = set(desk.jobs()), {message.ts for message in workspace.messages()}
    desk.trainer.hold()
    await desk.type("k=5 latest")
    status = await desk.seen(before)
    await desk.trainer.begun()
    workspace.remove(desk.now(status))
    desk.trainer.release()
    report = await workspace.wait_for(
        lambda one: one.ts not in known and one.ts != status.ts and buttons(one) == DECISIONS,
        timeout=30,
    )
    assert report.channel == status.channel
    await desk.discard(report)


async def test_a_report_whose_channel_was_archived_goes_to_whoever_asked(desk: RetrainHarness) -> None:
    workspace = desk.workspace
    where = workspace.customers
    workspace.upload(workspace.analyst, where, "customers.csv", sample_file())
    before, known = set(desk.jobs()), {message.ts for message in workspace.messages()}
    desk.trainer.hold()
    await desk.type("k=5 latest", channel=where)
    await desk.seen(before)
    await desk.trainer.begun()
    workspace.change_channel(where, is_archived=True)
    try:
        desk.trainer.release()
        report = await workspace.wait_for(
            lambda one: one.ts not in known and one.channel != where.id and buttons(one) == DECISIONS,
            timeout=30,
        )
        assert workspace.channels[report.channel].kind == "im"
        await desk.discard(report)
    finally:
        workspace.change_channel(where, is_archived=False)


async def test_a_training_process_that_dies_is_said_and_can_be_tried_again(desk: RetrainHarness) -> None:
    desk.trainer.failure = NotTrained("The training process was ended by the system (signal 9). Please try again.")
    failed = await desk.latest(sample_file(), "k=5 latest")
    assert "was ended by the system (signal 9)" in desk.said(failed)
    assert UNTOUCHED in desk.said(failed)
    assert buttons(failed) == [TRY_AGAIN]
    desk.trainer.failure = None
    # Another file is the latest by now; the button means the one that failed.
    desk.workspace.upload(desk.workspace.analyst, desk.workspace.general, "later.csv", sample_file())
    before = set(desk.jobs())
    await asyncio.gather(*(desk.click(failed, TRY_AGAIN) for _ in range(3)))
    end = await desk.end(before)
    assert "from customers.csv" in desk.said(end)
    assert desk.trainer.requests[-1].k == 5
    assert len(set(desk.jobs()) - before) == 1
    await desk.workspace.wait_until(lambda: buttons(desk.now(failed)) == [] or None)
    assert "was ended by the system (signal 9)" in desk.said(failed)  # why it failed stays to be read
    assert "Somebody tried again" in desk.said(failed)
    # The very message as it was, with its button: a phone that was offline for a day.
    told = await desk.next_ephemeral(lambda: desk.click(failed, TRY_AGAIN), desk.workspace.admin)
    assert told == KNOWN
    assert "was ended by the system (signal 9)" in desk.said(failed)
    assert len(set(desk.jobs()) - before) == 1
    await desk.discard(end)


async def test_a_button_that_cannot_be_taken_away_does_not_cost_the_new_attempt(desk: RetrainHarness) -> None:
    desk.trainer.failure = NotTrained("It died.")
    failed = await desk.latest(sample_file())
    desk.trainer.failure = None
    before = set(desk.jobs())
    desk.pg.faults.server_error(RESPONSE_URL, times=None)
    with logged() as stream:
        await desk.click(failed, TRY_AGAIN)
        end = await desk.end(before)
    assert "a button could not be taken away" in stream.getvalue()
    assert buttons(desk.now(failed)) == [TRY_AGAIN]
    desk.pg.faults.clear()
    # Pressed once more, it goes, and the attempt that has ended is not called a new one.
    told = await desk.next_ephemeral(lambda: desk.click(failed, TRY_AGAIN), desk.workspace.admin)
    assert told == KNOWN
    assert buttons(desk.now(failed)) == []
    assert len(set(desk.jobs()) - before) == 1
    await desk.discard(end)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "[]",
        '{"key": "x", "file": "F1", "k": 99, "note": "", "attempt": 1}',
        '{"key": "x", "file": "F1", "k": null, "note": "", "attempt": 0}',
        '{"key": "x", "file": "F1", "k": null, "note": "", "attempt": 21}',
    ],
)
async def test_a_try_again_that_was_tampered_with_is_answered(desk: RetrainHarness, value: str) -> None:
    message = desk.statuses()[-1]
    forged = replace(
        message, blocks=({"type": "actions", "block_id": "b", "elements": [button("x", TRY_AGAIN, value)]},)
    )
    told = await desk.next_ephemeral(lambda: desk.click(forged, TRY_AGAIN), desk.workspace.admin)
    assert "Type /retrain" in told


async def test_while_a_retrain_runs_a_failed_one_is_not_tried_again(desk: RetrainHarness) -> None:
    desk.trainer.failure = NotTrained("It died.")
    failed = await desk.latest(sample_file())
    desk.trainer.failure = None
    desk.trainer.hold()
    before = set(desk.jobs())
    await desk.type("latest")
    await desk.trainer.begun()
    told = await desk.next_ephemeral(lambda: desk.click(failed, TRY_AGAIN), desk.workspace.admin)
    assert "One retrain at a time" in told
    assert buttons(desk.now(failed)) == [TRY_AGAIN]
    desk.trainer.release()
    await desk.discard(await desk.end(before))


async def test_a_full_disk_in_the_middle_of_saving_is_told_and_the_bot_goes_on(
    desk: RetrainHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    versions = len(desk.registry.versions())
    with monkeypatch.context() as patch:
        patch.setattr("segmentation.registry.folder_storage.write_new", full)
        failed = await desk.latest(sample_file())
    assert "No space left on device" in desk.said(failed)
    assert buttons(failed) == [TRY_AGAIN]
    assert len(desk.registry.versions()) == versions
    before = set(desk.jobs())
    await desk.click(failed, TRY_AGAIN)
    await desk.discard(await desk.end(before))


@pytest.mark.parametrize("fault", ["server_error", "drop"])
async def test_a_file_slack_does_not_deliver_is_said(desk: RetrainHarness, fault: str) -> None:
    getattr(desk.pg.faults, fault)("download", times=None)
    end = await desk.latest(sample_file())
    assert "Slack didn't deliver the whole file" in desk.said(end)
    assert buttons(end) == [TRY_AGAIN]


async def test_a_web_page_instead_of_the_file_is_said(desk: RetrainHarness) -> None:
    desk.pg.faults.html_download(times=None)
    assert "the app lacks the scope files:read" in desk.said(await desk.latest(sample_file()))


@pytest.mark.parametrize("method", ["files.list", "chat.postMessage", "conversations.history"])
async def test_a_slack_that_fails_for_a_moment_is_asked_again(desk: RetrainHarness, method: str) -> None:
    desk.pg.faults.server_error(method, times=3)
    end = await desk.latest(sample_file())
    assert "Candidate" in desk.said(end)
    assert len([one for one in desk.jobs() if one == desk.jobs()[-1]]) == 1
    await desk.discard(end)


async def test_a_file_that_is_gone_is_said(desk: RetrainHarness) -> None:
    end = await desk.latest(sample_file(), strike=lambda: desk.pg.faults.error("files.list", "file_deleted"))
    assert "The file is no longer there." in desk.said(end)


async def test_without_the_scope_the_missing_one_is_named(desk: RetrainHarness) -> None:
    end = await desk.latest(
        sample_file(), strike=lambda: desk.pg.faults.missing_scope("files.list", "files:read", times=1)
    )
    assert "the app lacks the scope files:read" in desk.said(end)
    assert buttons(end) == [TRY_AGAIN]


@pytest.mark.parametrize(
    "traits", [{"is_external": True}, {"mode": "external"}, {"mode": "tombstone"}, {"size": 1 << 40}]
)
async def test_a_file_that_cannot_be_fetched_is_refused_before_it_is_tried(
    desk: RetrainHarness, monkeypatch: pytest.MonkeyPatch, traits: dict[str, Any]
) -> None:
    from bot.playground.workspace.api_json import file_json  # noqa: PLC0415 - the real one, before it is replaced

    monkeypatch.setattr("bot.playground.web_api.files.file_json", lambda w, file: {**file_json(w, file), **traits})
    trained = len(desk.trainer.requests)
    end = await desk.latest(sample_file())
    assert "I couldn't train on" in desk.said(end)
    assert len(desk.trainer.requests) == trained


async def test_charts_that_cannot_be_uploaded_do_not_cost_the_report(desk: RetrainHarness) -> None:
    desk.pg.faults.error("files.getUploadURLExternal", "storage_limit_reached", times=None)
    with logged() as stream:
        end = await desk.latest(sample_file())
    assert "the chart could not be uploaded" in stream.getvalue()
    assert [block for block in end.blocks if block["type"] == "image"] == []
    assert buttons(end)
    await desk.discard(end)


async def test_charts_that_cannot_be_drawn_do_not_cost_the_report(
    desk: RetrainHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(retrain_job, "draw_charts", fail)
    with logged() as stream:
        end = await desk.latest(sample_file())
    assert "a report goes without charts" in stream.getvalue()
    assert "Share of customers, before → now" in desk.said(end)
    assert "Would change segment" in desk.details(end)
    await desk.discard(end)


async def test_a_chart_that_slack_does_not_show_is_left_out(
    desk: RetrainHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.trainer.hold()
    before = set(desk.jobs())
    file = desk.workspace.upload(desk.workspace.analyst, desk.workspace.general, "customers.csv", sample_file())
    await desk.files.end(file)
    await desk.files.rest()
    await desk.type("latest")
    await desk.trainer.begun()
    seen = await desk.seen(before)
    await desk.workspace.wait_until(lambda: "Downloading" in desk.now(seen).text or None)
    desk.pg.faults.clear()
    steps = retrain_steps(desk.files)
    edit, refused = steps._message.edit, []

    async def refuse_pictures(channel: str, ts: str, reply: Any) -> None:
        if any(block["type"] == "image" for block in reply.blocks):
            refused.append(ts)
            desk.pg.faults.error("chat.update", "invalid_blocks")
        await edit(channel, ts, reply)

    monkeypatch.setattr(steps._message, "edit", refuse_pictures)
    desk.trainer.release()
    end = await desk.end(before)
    assert len(refused) == 1
    assert "image" not in [block["type"] for block in end.blocks]
    assert json.loads(end.blocks[-1]["elements"][0]["value"])["elbow"] == ""
    await desk.discard(end)


@pytest.mark.parametrize(
    ("refusals", "blocks", "said"),
    [(2, ["section", "actions"], "candidate "), (3, ["section"], "I couldn't show its report")],
)
async def test_a_retrain_ends_when_slack_refuses_the_report(
    desk: RetrainHarness, monkeypatch: pytest.MonkeyPatch, refusals: int, blocks: list[str], said: str
) -> None:
    steps = retrain_steps(desk.files)
    edit, refused = steps._message.edit, list[str]()

    async def refuse_reports(channel: str, ts: str, reply: Any) -> None:
        if "candidate" in reply.text and len(refused) < refusals:
            refused.append(ts)
            desk.pg.faults.error("chat.update", "msg_blocks_too_long")
        await edit(channel, ts, reply)

    monkeypatch.setattr(steps._message, "edit", refuse_reports)
    before = set(desk.jobs())
    desk.workspace.upload(desk.workspace.analyst, desk.workspace.general, "customers.csv", sample_file())
    await desk.type("latest")
    end = await desk.end(before)
    assert len(refused) == refusals
    assert [block["type"] for block in end.blocks] == blocks
    assert said in end.text
    if "actions" in blocks:
        await desk.discard(end)


async def test_progress_that_cannot_be_told_does_not_disturb_the_training(desk: RetrainHarness) -> None:
    desk.trainer.hold()
    before = set(desk.jobs())
    desk.workspace.upload(desk.workspace.analyst, desk.workspace.general, "customers.csv", sample_file())
    with logged() as stream:
        desk.pg.faults.error("chat.update", "message_not_found", times=3)
        await desk.type("latest")
        await stream.hear("progress could not be told")
        desk.pg.faults.clear()
        desk.trainer.release()
        end = await desk.end(before)
    assert "Candidate" in desk.said(end)
    await desk.discard(end)


async def test_a_step_that_runs_again_trains_no_second_candidate(
    desk: RetrainHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a crash between saving and noting that it was saved."""
    trained = len(desk.trainer.requests)
    steps = retrain_steps(desk.files)
    train, calls = steps.train, []

    async def twice(*arguments: Any) -> Any:
        calls.append(await train(*arguments))
        if len(calls) == 1:
            raise ConnectionError
        return calls[-1]

    monkeypatch.setattr(steps, "train", twice)
    end = await desk.latest(sample_file())
    assert calls[0] == calls[1]
    assert candidate_of(end) == calls[0].version
    assert len(desk.trainer.requests) == trained + 1
    await desk.discard(end)


def counted(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, *failures: Exception) -> list[object]:
    """Count the calls of a method, of which the first fail."""
    real = getattr(owner, name)
    calls: list[object] = []

    def call(*arguments: object, **more: object) -> object:
        calls.append(arguments)
        if len(calls) <= len(failures):
            raise failures[len(calls) - 1]
        return real(*arguments, **more)

    monkeypatch.setattr(owner, name, call)
    return calls


@pytest.mark.parametrize("error", [UnknownVersion("It was pruned."), BrokenArtifact("It is damaged.")])
async def test_a_candidate_that_is_gone_by_the_time_of_its_report_ends_in_plain_words_at_once(
    desk: RetrainHarness, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    asked = counted(monkeypatch, desk.files.bot.dependencies.candidates, "report", *[error] * 99)
    end = await desk.latest(sample_file())
    said = desk.said(end)
    version = desk.registry.versions()[-1].version
    assert f"The candidate {version} was saved, but I couldn't show its report." in said
    assert "/retrain history" in said
    assert len(asked) == 1
    assert buttons(end) == []
    monkeypatch.undo()
    desk.registry.discard(version, actor="tests")


async def test_a_report_slack_never_takes_ends_in_plain_words(
    desk: RetrainHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = retrain_steps(desk.files)._message
    edit, refused = message.edit, []

    async def refuse_reports(channel: str, ts: str, reply: Reply) -> None:
        if any(block["type"] in ("header", "actions") for block in reply.blocks):
            refused.append(ts)
            answer = SimpleNamespace(data={"ok": False, "error": "msg_too_long"})
            raise SlackApiError("refused", answer)  # type: ignore[no-untyped-call]  # slack_sdk annotates only a part
        await edit(channel, ts, reply)

    monkeypatch.setattr(message, "edit", refuse_reports)
    end = await desk.latest(sample_file())
    assert "was saved, but I couldn't show its report" in desk.said(end)
    desk.trainer.failure = NotTrained("It died.")
    failed = await desk.latest(sample_file())
    assert "I couldn't train on customers.csv. It died." in desk.said(failed)
    assert buttons(failed) == []
    # The report, the report without charts, the report's words with its buttons; the failure, its words with a button.
    assert refused == [end.ts] * 3 + [failed.ts] * 2


async def test_where_a_message_cannot_be_edited_any_more_the_end_is_a_message_of_its_own(desk: RetrainHarness) -> None:
    before = set(desk.jobs())
    desk.pg.faults.error("chat.update", "edit_window_closed", times=None)
    end = await desk.latest(sample_file())
    assert "was saved, but I couldn't show its report" in desk.said(end)
    first, last = [one for one in desk.statuses() if job_of(one) not in before]
    assert "Retraining on" in first.text
    assert (last.ts, last.channel) == (end.ts, first.channel)


async def test_a_database_that_is_away_right_after_the_save_does_not_cost_the_candidate(
    desk: RetrainHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurried = replace(FAST, jobs=replace(FAST.jobs, until_database=(0.01, 0.01)))
    monkeypatch.setattr(retrain_steps(desk.files), "_timings", hurried)
    trained = len(desk.trainer.requests)
    asked = counted(
        monkeypatch, desk.files.bot.dependencies.candidates, "compared_with", *[NoDatabase("OperationalError")] * 4
    )
    end = await desk.latest(sample_file())
    assert "Candidate" in desk.said(end)
    assert len(asked) == 5  # the step itself was tried again once
    assert len(desk.trainer.requests) == trained + 1
    await desk.discard(end)


async def test_a_disk_that_is_full_while_the_file_arrives_is_said_at_once(
    desk: RetrainHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained, made = len(desk.trainer.requests), []

    def on_a_full_disk(_target: Path) -> BinaryIO:
        made.append(1)
        return Path("/dev/full").open("wb")

    with monkeypatch.context() as patch:
        patch.setattr("bot.slack.transfers.downloads._create", on_a_full_disk)
        failed = await desk.latest(sample_file())
        scored = await desk.workspace.wait_for(lambda one: "couldn't score" in one.text, timeout=20)
    assert "This server couldn't read or write a file (No space left on device)" in desk.said(scored)
    assert DISK.format(problem="No space left on device") in desk.said(failed)
    assert buttons(failed) == [TRY_AGAIN]
    assert len(made) == 2  # the same file is scored too
    assert len(desk.trainer.requests) == trained
    before = set(desk.jobs())
    await desk.click(failed, TRY_AGAIN)
    await desk.discard(await desk.end(before))


async def test_a_machine_that_cannot_start_another_process_is_said_at_once(desk: RetrainHarness) -> None:
    trained = len(desk.trainer.requests)
    desk.trainer.failure = BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
    failed = await desk.latest(sample_file())
    assert DISK.format(problem="Resource temporarily unavailable") in desk.said(failed)
    assert buttons(failed) == [TRY_AGAIN]
    assert len(desk.trainer.requests) == trained + 1


async def test_what_nobody_expected_ends_in_a_visible_failure(desk: RetrainHarness) -> None:
    desk.trainer.failure = ZeroDivisionError("Canaria")
    with logged() as stream:
        end = await desk.latest(sample_file())
    assert "failed again and again" in desk.said(end)
    assert buttons(end) == [TRY_AGAIN]
    assert "Canaria" not in stream.getvalue()


async def test_without_jobs_retrains_are_refused_for_now(desk: RetrainHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    let_jobs_rest(monkeypatch, desk.files.bot)
    for text in ("", "latest", "status"):
        assert "I can't retrain just now." in await desk.told(text)
    with pytest.raises(NotReady):
        await desk.files.bot.dependencies.jobs.retraining()


async def test_while_the_jobs_database_is_away_the_status_names_the_model_in_service(
    desk: RetrainHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_jobs_rest(monkeypatch, desk.files.bot)
    told = await desk.told("status")
    assert "I can't tell right now whether a retrain is running. I can't retrain just now." in told
    assert f"In service: the {model_text(desk.registry.current() or '')}" in told


async def test_while_the_registry_is_away_too_the_status_names_what_answers(
    desk: RetrainHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = NoDatabase("OperationalError")
    counted(monkeypatch, desk.files.bot.dependencies.candidates, "in_service", away)
    told = await desk.told("status")
    assert f"(`{desk.registry.current()}`). {away.sentence}" in told
    assert "No retrain is running." in told
    monkeypatch.setattr(desk.files.bot.dependencies.live, "_model", None)
    counted(monkeypatch, desk.files.bot.dependencies.candidates, "in_service", away)
    assert away.sentence in await desk.told("status")


async def test_a_workspace_that_removes_the_app_takes_its_retrain_along(desk: RetrainHarness) -> None:
    desk.trainer.hold()
    before, versions = set(desk.jobs()), len(desk.registry.versions())
    desk.workspace.upload(desk.workspace.analyst, desk.workspace.general, "customers.csv", sample_file())
    await desk.type("latest")
    seen = await desk.seen(before)
    await desk.trainer.begun()
    with logged() as stream:
        assert (await desk.pg.deliver.event({"type": "app_uninstalled"})).ok
        # While it trains: that is given up, not waited for.
        await stream.hear("workspace forgotten")
    desk.trainer.release()
    await desk.files.rest()
    assert "Retraining on" in desk.now(seen).text
    assert await desk.files.bot.dependencies.jobs.retraining() is None
    assert len(set(desk.jobs()) - before) == 1
    assert len(desk.registry.versions()) == versions
