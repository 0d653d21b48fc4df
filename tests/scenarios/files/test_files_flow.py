"""A CSV dropped into a channel: one message that turns into the summary, and the scored file in its thread."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from dbos import DBOS
from files_harness import FAST, FilesHarness, Gate, at_work, customers, gate, is_end, let_jobs_rest, rows_of, steps_of
from harness import EXAMPLE, Harness, elements, logged, mrkdwn_texts

from bot.blocks.files.lists import GET_LIST
from bot.blocks.files.summary import TRY_AGAIN
from bot.blocks.text import button
from bot.jobs.files import file_job
from bot.playground.workspace.api_json import file_json
from bot.playground.workspace.records import File, Json, Message
from bot.records.file_job import FileJob
from bot.timings import ProgressTimings
from segmentation.scoring.report import ScoreReport
from segmentation.scoring.score import score_file
from segmentation.training.samples.mall import sample_customers
from segmentation.training.train import Trained

__all__ = ["gate"]
FILE_JSON = "bot.playground.web_api.files.file_json"
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def harness_at_work(harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FilesHarness]:
    """A bot at work."""
    async with at_work(harness.copy(tmp_path_factory.mktemp("flow"))) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def files(harness_at_work: FilesHarness) -> AsyncIterator[FilesHarness]:
    """The bot at work; nothing is left behind by any test."""
    yield harness_at_work
    harness_at_work.pg.faults.clear()
    assert harness_at_work.scratch == []


async def test_a_file_is_seen_at_once_and_the_same_message_becomes_its_summary(
    files: FilesHarness, gate: Callable[[], Gate]
) -> None:
    held = gate()
    file = files.drop("customers.csv", customers(200))
    workspace = files.pg.workspace
    (seen,) = await workspace.wait_until(lambda: files.statuses(file))
    assert seen.text == "I have seen *customers.csv* and am scoring it…"
    assert seen.thread_ts == file.shares[workspace.general.id]
    held.opened.set()
    end = await files.end(file)
    assert end.ts == seen.ts
    assert end.text == "*customers.csv*: 200 of 200 rows scored. Target 64, Miser 20, Careful 56, Standard 60"
    kinds = ["section", "section", "actions", "table", "context"]
    assert [block["type"] for block in end.blocks] == kinds
    first, to_do, *_ = mrkdwn_texts(list(end.blocks))
    assert first == ("About a third of the customers in *customers.csv* are *Target*; 12 customers are close calls.")
    assert to_do.startswith("🟦🟦🟦🟦🟦🟦 *Target* 64 (32%) → Offer early access and premium lines")
    said = "\n".join(mrkdwn_texts(list(end.blocks)))
    assert f"({files.harness.versions[0]})" in said
    assert "synthetic sample customers" in said
    assert await workspace.wait_until(lambda: files.results(file))


async def test_a_file_unlike_the_training_is_said_to_be_and_one_like_it_is_not(files: FilesHarness) -> None:
    rows = sample_customers()
    for added, expected in ((0, False), (30, True)):
        lines = "".join(f"c{i},{age:g},{income + added:g},{score:g}\n" for i, (age, income, score) in enumerate(rows))
        said = files.said(await files.score("customers.csv", f"id,age,income,score\n{lines}".encode()))
        assert ("This file looks unlike what the model was trained on: annual income is higher" in said) is expected


async def test_the_result_has_all_rows_in_order_and_agrees_with_the_command(files: FilesHarness) -> None:
    data = customers(500)
    file = await files.score("customers.csv", data)
    result = await files.result(file)
    assert result.name == "customers.segments.csv"
    given, scored = rows_of(data), rows_of(result.data or b"")
    assert [row[:4] for row in scored] == given
    model = files.harness.registry.load_current()
    for row in scored[1::50]:
        prediction = model.predict({"age": float(row[1]), "income": float(row[2]), "score": float(row[3])})
        assert row[4] == prediction.segment
        assert float(row[5]) == pytest.approx(prediction.confidence, abs=1e-6)


async def test_an_event_delivered_twice_and_once_more_later_is_one_message_and_one_upload(files: FilesHarness) -> None:
    files.pg.faults.duplicate_events()
    file = await files.score("customers.csv", customers(20))
    await files.pg.deliver.settle()
    workspace = files.pg.workspace
    events = [one for one in workspace.deliveries if one.payload.get("event", {}).get("file_id") == file.id]
    assert len(events) == 2
    assert len({one.payload["event_id"] for one in events}) == 1
    assert (await files.pg.deliver.redeliver(events[0])).ok
    again = await files.pg.deliver.event(dict(events[0].payload["event"]))  # another event about the same upload
    assert again.ok
    await files.fence()
    assert len(files.statuses(file)) == 1
    assert len(files.results(file)) == 1


async def test_every_event_is_acknowledged_at_once_and_an_unknown_one_too(files: FilesHarness) -> None:
    await files.score("customers.csv", customers(20))
    files.pg.workspace.say(files.pg.workspace.analyst, files.pg.workspace.general, "hello")
    await files.pg.deliver.settle()
    events = [one for one in files.pg.workspace.deliveries if one.kind == "event"]
    assert events
    assert {(one.status, one.attempt) for one in events} == {(200, 0)}


async def assert_nothing_said(files: FilesHarness, file: File) -> None:
    """Of this file not a word."""
    await files.fence()
    assert files.statuses(file) == []
    # A result's title ends in the token of its job. The upload itself, and where it was shared, may be gone by now.
    workspace = files.pg.workspace
    events = [
        one.payload["event"] for one in workspace.deliveries if one.payload.get("event", {}).get("file_id") == file.id
    ]
    jobs = [FileJob(workspace.team.id, event["channel_id"], file.id, "", shared=event["event_ts"]) for event in events]
    assert jobs
    titles = [one.title for one in workspace.files.by_id.values()]
    assert not [title for title in titles if any(f"({job.token})" in title for job in jobs)]


def show_progress(files: FilesHarness, patch: pytest.MonkeyPatch, timings: ProgressTimings) -> None:
    """Let the bot at work show progress at that pace."""
    steps = steps_of(files.bot)
    patch.setattr(steps, "_timings", replace(FAST, jobs=replace(FAST.jobs, progress=timings)))


async def test_the_bots_own_uploads_are_not_scored(files: FilesHarness) -> None:
    file = await files.score("customers.csv", customers(20))
    result = await files.result(file)
    await files.pg.deliver.settle()
    assert [one for one in files.pg.workspace.deliveries if one.payload.get("event", {}).get("file_id") == result.id]
    await assert_nothing_said(files, result)


async def test_a_file_deleted_at_once_is_left_alone(files: FilesHarness) -> None:
    workspace = files.pg.workspace
    file = files.drop("customers.csv", customers(20))
    workspace.files.delete(workspace.files.by_id[file.id])
    await assert_nothing_said(files, file)


@pytest.mark.parametrize("name", ["photo.png", "report.pdf", "notes", "song.mp3"])
async def test_a_file_that_is_no_table_is_left_alone(files: FilesHarness, name: str) -> None:
    await assert_nothing_said(files, files.drop(name, b"\x89PNG\r\n\x1a\n"))


@contextmanager
def slack_says(**more: Any) -> Iterator[None]:
    """Let `files.info` tell other things of every file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FILE_JSON, lambda workspace, file: {**file_json(workspace, file), **more})
        yield


@pytest.mark.parametrize(("mode", "name"), [("tombstone", "customers.csv"), ("hidden_by_limit", "photo.png")])
async def test_a_file_that_is_no_longer_there_is_left_alone(files: FilesHarness, mode: str, name: str) -> None:
    workspace = files.pg.workspace
    with slack_says(mode=mode):
        file = files.drop(name, customers(20), workspace.direct_message(workspace.analyst))
        await files.pg.workspace.wait_until(
            lambda: [c for c in files.pg.workspace.calls if c.args.get("file") == file.id]
        )
    await assert_nothing_said(files, file)


@pytest.mark.parametrize("traits", [{"is_external": True}, {"mode": "external"}])
async def test_a_file_stored_elsewhere_is_answered(files: FilesHarness, traits: dict[str, Any]) -> None:
    with slack_says(**traits):
        file = files.drop("customers.csv", customers(20))
        end = await files.end(file)
    assert end.text == ("I couldn't score *customers.csv*. It is stored outside Slack. Please upload the file itself.")


async def test_a_file_is_waited_for_until_slack_says_where_it_was_shared(files: FilesHarness) -> None:
    with slack_says(shares={}):
        file = files.drop("customers.csv", customers(20))
        await files.pg.workspace.wait_until(
            lambda: [c for c in files.pg.workspace.calls if c.args.get("file") == file.id]
        )
    assert "20 of 20 rows scored" in (await files.end(file)).text


async def test_a_file_shared_nowhere_is_left_alone(files: FilesHarness) -> None:
    with slack_says(shares={}):
        file = files.drop("customers.csv", customers(20))
        asked = lambda: len([c for c in files.pg.workspace.calls if c.args.get("file") == file.id]) == 6  # noqa: E731 - named for what it waits for
        await files.pg.workspace.wait_until(asked)
    await assert_nothing_said(files, file)


async def test_somebody_from_another_organisation_is_refused_politely(files: FilesHarness) -> None:
    workspace = files.pg.workspace
    file = files.drop("customers.csv", customers(20), workspace.partners, workspace.external)
    end = await files.end(file)
    assert end.text == (
        "I couldn't score *customers.csv*. I work for members of this workspace only. "
        "Please ask a colleague there to upload it."
    )
    assert not [block for block in end.blocks if block["type"] == "actions"]
    assert not files.results(file)


@pytest.mark.parametrize("word", ["user_not_found", "user_not_visible"])
async def test_somebody_slack_does_not_tell_of_is_a_stranger(files: FilesHarness, word: str) -> None:
    files.pg.faults.error("users.info", word)
    file = await files.score("customers.csv", customers(20))
    assert "I work for members of this workspace only." in files.said(file)


async def test_in_a_channel_others_read_the_result_goes_to_whoever_uploaded_it(files: FilesHarness) -> None:
    workspace = files.pg.workspace
    file = files.drop("partners.csv", customers(20), workspace.partners, workspace.admin)
    end = await files.end(file)
    assert end.text.startswith("*partners.csv* is scored. People outside your organisation read this channel")
    assert [block["type"] for block in end.blocks] == ["section"]
    assert not files.results(file)
    direct = workspace.direct_message(workspace.admin)
    private = await workspace.wait_for(lambda message: message.channel == direct.id and message.files)
    (result,) = (workspace.files.by_id[name] for name in private.files)
    assert result.name == "partners.segments.csv"
    assert len(rows_of(result.data or b"")) == 21
    (summary,) = (one for one in workspace.messages(direct) if one.text.startswith("*partners.csv*: 20 of 20 rows"))
    assert [one["action_id"] for one in elements(summary.blocks)] == [GET_LIST]
    assert json.loads(elements(summary.blocks)[0]["value"])["file"] == result.id
    public = [one for one in workspace.messages(workspace.partners) if one.user == workspace.bot.id]
    assert not [one for one in public if "Target" in f"{one.text}{one.blocks}"]


async def test_a_reply_in_a_thread_is_answered_in_that_thread(files: FilesHarness) -> None:
    workspace = files.pg.workspace
    root = workspace.say(workspace.analyst, workspace.general, "here are the files")
    file, _path = workspace.files.announce(workspace.analyst.id, "customers.csv", 5)
    workspace.files.complete(workspace.files.receive(file, customers(20)), "customers.csv")
    with shares_in_thread(root):
        workspace.files.share_later([file.id], workspace.general.id, workspace.analyst.id, "", root.ts)
        end = await files.end(file)
    assert end.thread_ts == root.ts


@contextmanager
def shares_in_thread(root: Message) -> Iterator[None]:
    """Let `files.info` say that files are shared in this thread, as Slack does."""

    def told(workspace: Any, file: File) -> Json:
        found = file_json(workspace, file)
        for kind in found["shares"].values():
            for shares in kind.values():
                shares[0]["thread_ts"] = root.ts
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FILE_JSON, told)
        yield


async def test_while_files_wait_each_says_how_many_are_ahead(files: FilesHarness, gate: Callable[[], Gate]) -> None:
    await files.rest()
    held = gate()
    workspace = files.pg.workspace
    first = files.drop("first.csv", customers(5))
    await held.entered.wait()
    for ahead in (1, 2, 3):
        file = files.drop(f"next{ahead}.csv", customers(5))
        (seen,) = await workspace.wait_until(lambda file=file: files.statuses(file))  # type: ignore[misc]  # mypy infers no default
        assert seen.text == f"I have seen *next{ahead}.csv* and am scoring it… Queued, {ahead} ahead."
        await settled(files, file)
    held.opened.set()
    await files.end(first)
    await files.fence()


async def settled(files: FilesHarness, file: File) -> None:
    """Wait until a file stands in its person's line."""
    workspace = files.pg.workspace
    shared = file.shares[workspace.general.id]
    wanted = f"file:{workspace.team.id}:{file.id}:{workspace.general.id}:{shared}/score"
    async with asyncio.timeout(10):
        while await DBOS.get_workflow_status_async(wanted) is None:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)


async def test_many_files_dropped_one_after_another_number_themselves(
    files: FilesHarness, gate: Callable[[], Gate]
) -> None:
    await files.rest()
    held = gate()
    workspace = files.pg.workspace
    dropped = []
    for i in range(8):
        dropped.append(files.drop(f"many{i}.csv", customers(5)))
        await files.pg.deliver.settle()
    await workspace.wait_until(lambda: all(files.statuses(file) for file in dropped) or None, 20)
    texts = [files.statuses(file)[0].text for file in dropped]
    assert sorted(text.partition("Queued, ")[2] for text in texts) == ["", *(f"{i} ahead." for i in range(1, 8))]
    held.opened.set()
    for file in dropped:
        await files.end(file)


async def test_one_persons_many_files_do_not_hold_up_anothers(files: FilesHarness, gate: Callable[[], Gate]) -> None:
    await files.rest()
    held = gate()
    workspace = files.pg.workspace
    many = [files.drop(f"many{i}.csv", customers(5)) for i in range(6)]
    await held.entered.wait()
    free = gate()
    free.opened.set()
    other = files.drop("one.csv", customers(5), user=workspace.admin)
    assert "5 of 5 rows scored" in (await files.end(other)).text
    assert not [file for file in many if any(is_end(one) for one in files.statuses(file))]
    assert held.running == 1  # one of them at a time
    held.opened.set()
    for file in many:
        await files.end(file)


async def test_a_long_scoring_says_how_far_it_is(
    files: FilesHarness, gate: Callable[[], Gate], monkeypatch: pytest.MonkeyPatch
) -> None:
    show_progress(files, monkeypatch, ProgressTimings(first_rows=0.05, rows=0.05))
    held = gate()
    file = files.drop("large.csv", customers(5))
    told = await files.pg.workspace.wait_for(lambda message: "12,345 rows done" in message.text)
    assert told.text == "Scoring *large.csv*: 12,345 rows done…"
    held.opened.set()
    end = await files.end(file)
    assert end.ts == told.ts


@pytest.mark.parametrize("fault", ["drop", "hang", "rate_limit", "error"])
async def test_progress_that_cannot_be_told_does_not_disturb_the_scoring(
    files: FilesHarness, gate: Callable[[], Gate], monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    show_progress(files, monkeypatch, ProgressTimings(first_rows=0.02, rows=0.1, edit=0.1))
    held = gate()
    faults = files.pg.faults
    if fault == "error":
        faults.error("chat.update", "message_not_found", times=None)
    elif fault == "rate_limit":
        faults.rate_limit("chat.update", retry_after=9, times=None)
    else:
        getattr(faults, fault)("chat.update", times=None)
    with logged() as stream:
        file = files.drop("large.csv", customers(5))
        async with asyncio.timeout(10):
            while "progress could not be told" not in stream.getvalue():  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)
    faults.clear()
    held.opened.set()
    assert "5 of 5 rows scored" in (await files.end(file)).text
    assert len(held.folders) == 1  # scored once


async def test_the_file_lies_in_a_private_folder_and_only_while_it_is_scored(
    files: FilesHarness, gate: Callable[[], Gate]
) -> None:
    held = gate()
    file = files.drop("customers.csv", customers(5))
    await held.entered.wait()
    (folder,) = files.scratch
    assert folder == held.folders[0]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
    assert {(path.name, stat.S_IMODE(path.stat().st_mode)) for path in folder.iterdir()} == {("upload", 0o600)}
    held.opened.set()
    await files.end(file)
    assert files.scratch == []


async def test_a_job_finishes_with_the_version_it_began_with_and_says_which(
    files: FilesHarness, gate: Callable[[], Gate], retrained: Trained
) -> None:
    registry, live = files.harness.registry, files.bot.dependencies.live
    before = registry.current()
    assert before is not None
    held = gate()
    file = files.drop("customers.csv", customers(20))
    await held.entered.wait()
    later = registry.save(retrained, actor="tests", source="sample")
    registry.promote(later, actor="tests")
    await asyncio.to_thread(live.refresh)
    assert live.get().version == later
    held.opened.set()
    await files.end(file)
    assert f"({before})" in files.said(file)
    assert f"({later})" not in files.said(file)
    following = await files.score("customers.csv", customers(20))
    assert f"({later})" in files.said(following)


async def test_a_job_that_is_taken_up_again_keeps_its_version(
    files: FilesHarness, monkeypatch: pytest.MonkeyPatch, trained: Trained
) -> None:
    registry, live = files.harness.registry, files.bot.dependencies.live
    before = registry.current()
    assert before is not None
    broken: list[str] = []

    def once_broken(*arguments: Any, **more: Any) -> ScoreReport:
        if not broken:
            # As if the process had died here; the model changes before the step runs again.
            broken.append(registry.save(trained, actor="tests", source="sample"))
            registry.promote(broken[0], actor="tests")
            live.refresh()
            raise ConnectionError
        return score_file(*arguments, **more)

    monkeypatch.setattr(file_job, "score_file", once_broken)
    file = await files.score("customers.csv", customers(20))
    assert broken[0] != before
    assert live.get().version == broken[0]
    assert f"({before})" in files.said(file)


async def test_without_a_model_people_are_told_and_can_try_again(
    files: FilesHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = files.bot.dependencies.live
    monkeypatch.setattr(live, "_model", None)
    monkeypatch.setattr(live, "refresh", lambda: None)
    file = await files.score("customers.csv", customers(20))
    assert "segbot train" in files.said(file)
    assert "Try again" in files.said(file)


async def test_commands_are_answered_while_large_files_are_scored(files: FilesHarness) -> None:
    workspace = files.pg.workspace
    people = [workspace.analyst, workspace.admin, workspace.owner]
    large = [files.drop("large.csv", customers(100_000), user=user) for user in people]
    await workspace.wait_until(lambda: all(files.statuses(file) for file in large) or None)
    replies = await asyncio.gather(*(files.pg.deliver.command("/segment", EXAMPLE) for _ in range(20)))
    assert all(reply.ok and reply.message is not None and "confidence" in str(reply.message) for reply in replies)
    for file in large:
        assert "100,000 of 100,000 rows scored" in (await files.end(file, seconds=60)).text


# The long one: a time of day may be any six digits.
CANARIES = ("Canaria", "313373133731337", "98.7654", "geheim")


async def test_no_value_name_token_or_secret_is_in_the_log(files: FilesHarness) -> None:
    workspace = files.pg.workspace
    data = (
        b"id,age,income,score,name\n"
        b"Canaria-1,35,98.7654,70,Frau Canaria\nCanaria-2,313373133731337,98.7654,70,x\nCanaria-3,Canaria,60,70,x\n"
    )
    with logged("DEBUG") as stream:
        mine = [await files.score("geheim.csv", data)]
        files.pg.faults.server_error("files.list", times=2)
        files.pg.faults.truncate_download()
        mine.append(await files.score("geheim.csv", data))
        mine.append(await files.score("geheim.csv", b"%PDF geheim Canaria"))
        files.pg.faults.server_error("download", times=None)
        file = await files.score("geheim.csv", data)
        mine.append(file)
        files.pg.faults.clear()
        (failed,) = files.statuses(file)
        await files.pg.deliver.action(failed, TRY_AGAIN)
        await files.end(file, attempt=1)
        files.pg.faults.error("users.info", "Canaria_Canaria")
        await files.score("geheim.csv", data)
        await files.pg.deliver.command("/segment", "age=313373133731337 income=98.7654 name=Canaria")
    log = stream.getvalue()
    install = workspace.install
    secrets = (install.bot_token, install.signing_secret, install.verification_token, "hooks/", "xoxb-")
    people = [user.name for user in (workspace.analyst, workspace.admin)] + ["Ana Lyst", "analyst"]
    for canary in (*CANARIES, *secrets):
        assert canary not in log.replace('"slack_error": "Canaria_Canaria"', "")
    for person in people:
        assert f'"{person}"' not in log
    # A large file of the test before may be done only now.
    scored = [
        json.loads(line) for line in log.splitlines() if '"file scored"' in line and any(one.id in line for one in mine)
    ]
    assert [(one["rows"], one["scored"], one["rejected"]) for one in scored] == [(3, 1, 2)] * 3
    for one in scored:
        assert one["job"].startswith(f"file:{workspace.team.id}:")
        assert one["team"] == workspace.team.id
        assert one["version"] == files.harness.registry.current()
        assert one["seconds"] >= 0


@pytest.mark.parametrize(
    "value",
    [
        "",
        "no json",
        "[]",
        "{}",
        '{"attempt": 0, "file": "F1", "user": "U1"}',
        '{"attempt": 99, "file": "F1", "user": "U1"}',
    ],
)
async def test_a_button_that_was_tampered_with_is_answered(files: FilesHarness, value: str) -> None:
    files.pg.faults.server_error("download", times=None)
    file = await files.score("customers.csv", customers(5))
    files.pg.faults.clear()
    (failed,) = files.statuses(file)
    changed = replace(
        failed, blocks=({"type": "actions", "block_id": "b", "elements": [button("x", TRY_AGAIN, value)]},)
    )
    await files.pg.deliver.action(changed, TRY_AGAIN)
    answer = await files.pg.workspace.wait_for(lambda message: message.made_by == "response_url")
    assert "Upload the file again." in answer.text
    files.pg.workspace.remove(answer)
    await files.fence()
    assert len(files.statuses(file)) == 1


async def test_files_are_refused_for_now_while_jobs_are_not_running(
    files: FilesHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_jobs_rest(monkeypatch, files.bot)
    file = files.drop("customers.csv", customers(5))
    first = await files.pg.workspace.wait_until(
        lambda: [one for one in files.pg.workspace.deliveries if one.payload.get("event", {}).get("file_id") == file.id]
    )
    assert first[0].status == 503
    monkeypatch.setattr(files.bot.dependencies.jobs, "_running", True)
    assert "5 of 5 rows scored" in (await files.end(file)).text  # Slack delivers it again


async def test_an_event_that_lacks_an_id_is_acknowledged_and_left_alone(files: FilesHarness) -> None:
    with logged() as stream:
        reply = await files.pg.deliver.event(
            {"type": "file_shared", "file_id": "", "channel_id": "C1", "user_id": "U1"}
        )
    assert reply.ok
    assert "a file event lacks an id" in stream.getvalue()


async def test_the_bot_asks_for_its_own_name_once(files: FilesHarness) -> None:
    steps_of(files.bot)._message._me = ""
    before = len(files.pg.workspace.calls_to("auth.test"))
    await files.score("customers.csv", customers(5))
    await files.score("customers.csv", customers(5))
    assert len(files.pg.workspace.calls_to("auth.test")) == before + 1
