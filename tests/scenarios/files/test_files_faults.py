"""Slack slow, failing, lying: the result is the same a little later, or people see why not and can try again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any, Final

import pytest
import pytest_asyncio
from files_harness import FAST, MOST_BYTES, FilesHarness, at_work, customers, is_end, job_of, rows_of, steps_of
from harness import Harness

from bot.blocks.files.summary import TRY_AGAIN
from bot.jobs.durable_step import GAVE_UP
from bot.playground.faults.faults import Faults
from bot.playground.web_api import chat
from bot.playground.web_api import files as file_methods
from bot.playground.web_api.call import Call
from bot.playground.workspace.records import File, Json

pytestmark = pytest.mark.asyncio(loop_scope="module")

METHODS: Final = (
    "auth.test",
    "files.info",
    "users.info",
    "conversations.info",
    "conversations.replies",
    "chat.postMessage",
    "download",
    "files.list",
    "files.getUploadURLExternal",
    "upload",
    "files.completeUploadExternal",
    "chat.update",
)


class LostAnswers:
    """Methods that are done once more than they answer."""

    def __init__(self) -> None:
        self.lose: set[str] = set()

    def patch(self, patch: pytest.MonkeyPatch, methods: dict[str, Any], name: str) -> None:
        """Let a method of the workspace lose its answer when asked to."""
        method = methods[name]

        def run(call: Call) -> Json:
            answer: Json = method.run(call)
            if name in self.lose:
                self.lose.remove(name)
                raise RuntimeError("the answer is lost on the way")
            return answer

        patch.setitem(methods, name, replace(method, run=run))


LOST: Final = LostAnswers()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def harness_at_work(harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FilesHarness]:
    """A bot at work."""
    with pytest.MonkeyPatch.context() as patch:
        LOST.patch(patch, chat.METHODS, "chat.postMessage")
        LOST.patch(patch, file_methods.METHODS, "files.completeUploadExternal")
        async with at_work(harness.copy(tmp_path_factory.mktemp("faults"))) as started:
            yield started


@pytest_asyncio.fixture(loop_scope="module")
async def files(harness_at_work: FilesHarness) -> AsyncIterator[FilesHarness]:
    """The bot at work; no fault outlives its test, and nothing is left behind."""
    yield harness_at_work
    harness_at_work.pg.faults.clear()
    assert harness_at_work.scratch == []


async def assert_scored_once(files: FilesHarness, file: File) -> None:
    """One message, the summary; one result with all rows in order."""
    (status,) = files.statuses(file)
    assert status.text.startswith("*customers.csv*: 30 of 30 rows scored.")
    rows = rows_of((await files.result(file)).data or b"")
    assert [row[0] for row in rows[1:]] == [f"c{i}" for i in range(30)]
    assert len(files.results(file)) == 1


ONCE: dict[str, Callable[[Faults, str], None]] = {
    "429": lambda faults, method: faults.rate_limit(method, retry_after=0),
    "500": lambda faults, method: faults.server_error(method, status=500),
    "502": lambda faults, method: faults.server_error(method, status=502),
    "503": lambda faults, method: faults.server_error(method, status=503),
    "a dropped connection": lambda faults, method: faults.drop(method),
    "internal_error": lambda faults, method: faults.error(method, "internal_error"),
}


@pytest.mark.parametrize("strike", ONCE.values(), ids=ONCE)
async def test_a_fault_at_every_step_changes_nothing_but_the_time(
    files: FilesHarness, strike: Callable[[Faults, str], None]
) -> None:
    steps_of(files.bot)._message._me = ""
    for method in METHODS:
        strike(files.pg.faults, method)
    file = await files.score("customers.csv", customers(30))
    await assert_scored_once(files, file)
    struck = {fault.method for fault in files.pg.faults.active}
    assert struck <= {"auth.test"}  # the bot's introduction may have taken it


async def test_no_answer_at_every_step_changes_nothing_but_the_time(
    files: FilesHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files.bot.client, "timeout", 0.2)
    # So little time may be too little for an innocent call on a busy machine, too.
    patient = replace(FAST, slack=replace(FAST.slack, between_uploads=(0.01,) * 30, upload_silence=0.5))
    monkeypatch.setattr(steps_of(files.bot), "_timings", patient)
    for method in METHODS[1:]:
        files.pg.faults.hang(method)
    file = await files.score("customers.csv", customers(30))
    await assert_scored_once(files, file)


@pytest.mark.parametrize("method", ["chat.postMessage", "files.completeUploadExternal"])
async def test_a_call_whose_answer_is_lost_is_not_done_twice(files: FilesHarness, method: str) -> None:
    LOST.lose.add(method)
    file = await files.score("customers.csv", customers(30))
    assert not LOST.lose
    await files.fence()
    await assert_scored_once(files, file)


async def test_the_pause_slack_asks_for_is_kept(files: FilesHarness) -> None:
    files.pg.faults.rate_limit("download", retry_after=1)
    began = asyncio.get_running_loop().time()
    file = await files.score("customers.csv", customers(30))
    assert asyncio.get_running_loop().time() - began >= 1
    await assert_scored_once(files, file)


FOR_GOOD: dict[str, tuple[Callable[[Faults], None], str]] = {
    "download 503": (
        lambda faults: faults.server_error("download", times=None),
        "Slack didn't deliver the whole file, although it was asked three times.",
    ),
    "download 429": (
        lambda faults: faults.rate_limit("download", retry_after=0, times=None),
        "Slack didn't deliver the whole file",
    ),
    "truncated": (lambda faults: faults.truncate_download(times=None), "Slack didn't deliver the whole file"),
    "stalled": (lambda faults: faults.stall_download(times=None), "Slack didn't deliver the"),
    "dropped": (lambda faults: faults.drop("download", times=None), "Slack didn't deliver the whole file"),
    "a web page": (
        lambda faults: faults.html_download(times=None),
        "Slack sent a web page instead of the file: the app lacks the scope files:read, or is not in this channel.",
    ),
    "redirected": (
        lambda faults: faults.redirect_download("http://127.0.0.1:9/", times=None),
        "Slack didn't hand out the file (HTTP 302).",
    ),
    "no upload address": (
        lambda faults: faults.server_error("files.getUploadURLExternal", status=502, times=None),
        "I couldn't upload the result: Slack answered unknown_error.",
    ),
    "no answer to the listing": (
        lambda faults: faults.drop("files.list", times=None),
        "I couldn't upload the result: Slack didn't answer in time.",
    ),
    "no scope to upload": (
        lambda faults: faults.missing_scope("files.getUploadURLExternal", "files:write"),
        "I couldn't upload the result: the app lacks the scope files:write.",
    ),
    "upload refused": (
        lambda faults: faults.server_error("upload", status=500, times=None),
        "The upload failed: Slack's file server answered 500.",
    ),
}


@pytest.mark.parametrize(("strike", "sentence"), FOR_GOOD.values(), ids=FOR_GOOD)
async def test_a_lasting_fault_is_said_and_trying_again_works_once(
    files: FilesHarness, strike: Callable[[Faults], None], sentence: str
) -> None:
    strike(files.pg.faults)
    file = await files.score("customers.csv", customers(30))
    (failed,) = files.statuses(file)
    assert failed.text.startswith(f"I couldn't score *customers.csv*. {sentence}")
    assert not files.results(file)
    files.pg.faults.clear()

    presses = [files.pg.deliver.action(failed, TRY_AGAIN) for _ in range(3)]
    assert all(reply.ok for reply in await asyncio.gather(*presses))
    end = await files.end(file, attempt=1)
    await files.fence()
    assert end.text.startswith("*customers.csv*: 30 of 30 rows scored.")
    assert len(files.statuses(file, attempt=1)) == 1
    assert len(files.results(file)) == 1
    first = files.pg.workspace.message(failed.channel, failed.ts)
    assert first is not None
    assert first.text == "Trying again – watch this thread."
    assert not [block for block in first.blocks if block["type"] == "actions"]


async def test_the_token_is_seen_by_no_other_host(files: FilesHarness) -> None:
    seen: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.read(65_536))
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        files.pg.faults.redirect_download(f"http://127.0.0.1:{port}/elsewhere", times=None)
        file = await files.score("customers.csv", customers(30))
    assert "HTTP 302" in files.said(file)
    assert seen == []


async def test_a_truncated_and_then_a_stalled_download_are_fetched_anew(files: FilesHarness) -> None:
    files.pg.faults.truncate_download()
    files.pg.faults.stall_download()
    await assert_scored_once(files, await files.score("customers.csv", customers(30)))


async def test_a_file_over_the_limit_is_refused_before_it_is_fetched(files: FilesHarness) -> None:
    before = len(files.pg.workspace.calls_to("download"))
    file = await files.score("customers.csv", b"x" * (MOST_BYTES + 1))
    assert files.statuses(file)[0].text == (
        "I couldn't score *customers.csv*. It is larger than the limit of 4 MB. Send it in parts."
    )
    assert len(files.pg.workspace.calls_to("download")) == before


async def test_a_file_that_cannot_be_looked_at_is_answered_in_the_channel_and_can_be_tried_again(
    files: FilesHarness,
) -> None:
    files.pg.faults.missing_scope("files.info", "files:read")
    file = files.drop("customers.csv", customers(30))
    failed = await files.end(file)
    assert failed.text == (
        "I couldn't score *the file you shared*. I couldn't look at it: the app lacks the scope files:read."
    )
    assert failed.thread_ts is None
    files.pg.faults.clear()
    await files.pg.deliver.action(failed, TRY_AGAIN)
    end = await files.end(file, attempt=1)
    assert end.text.startswith("*customers.csv*: 30 of 30 rows scored.")
    assert end.thread_ts == next(iter(file.shares.values()))


async def test_slack_failing_before_the_file_is_known_is_said_too(files: FilesHarness) -> None:
    files.pg.faults.server_error("files.info", times=None)
    file = files.drop("customers.csv", customers(30))
    failed = await files.end(file)
    assert failed.text == f"I couldn't score *the file you shared*. {GAVE_UP}"
    assert "Try again" in str(failed.blocks)


async def test_a_thread_that_may_not_be_read_is_answered_all_the_same(files: FilesHarness) -> None:
    files.pg.faults.missing_scope("conversations.replies", "channels:history")
    await assert_scored_once(files, await files.score("customers.csv", customers(30)))


async def test_a_bug_while_scoring_is_a_visible_failure(files: FilesHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("c1,35,60,70")

    monkeypatch.setattr("bot.jobs.files.file_job.score_file", fail)
    file = await files.score("customers.csv", customers(30))
    assert files.statuses(file)[0].text == f"I couldn't score *customers.csv*. {GAVE_UP}"


async def test_a_panic_while_scoring_is_a_visible_failure(files: FilesHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    class Panic(BaseException):
        """Polars' panics are no `Exception`."""

    def panic(*_: object, **__: object) -> None:
        raise Panic

    monkeypatch.setattr("bot.jobs.files.file_job.score_file", panic)
    file = await files.score("customers.csv", customers(30))
    assert files.statuses(file)[0].text == f"I couldn't score *customers.csv*. {GAVE_UP}"


async def test_a_workspace_that_refuses_a_block_gets_the_figures_in_words_and_the_button(files: FilesHarness) -> None:
    files.pg.faults.error("chat.update", "invalid_blocks")
    file = await files.score("customers.csv", customers(30))
    (status,) = files.statuses(file)
    assert [block["type"] for block in status.blocks] == ["section", "actions"]
    assert status.blocks[0]["text"]["text"].startswith("*customers.csv*: 30 of 30 rows scored. ")
    await assert_scored_once(files, file)


async def test_a_job_ends_in_plain_words_when_slack_refuses_every_block(files: FilesHarness) -> None:
    files.pg.faults.error("chat.update", "invalid_blocks", times=2)
    file = await files.score("customers.csv", customers(30))
    (status,) = files.statuses(file)
    assert status.blocks == ()
    assert status.text.startswith("*customers.csv*: 30 of 30 rows scored.")
    await assert_scored_once(files, file)


async def test_a_summary_for_a_message_that_was_deleted_ends_the_job(files: FilesHarness) -> None:
    files.pg.faults.error("chat.update", "message_not_found")
    file = files.drop("customers.csv", customers(30))
    await files.result(file)
    await files.fence()
    assert [is_end(one) for one in files.statuses(file)] == [False]
    assert job_of(files.statuses(file)[0])
