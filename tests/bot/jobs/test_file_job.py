"""The parts of a file's job that need no Slack: names, order, progress."""

from __future__ import annotations

import asyncio
import gc
import threading
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.progress import RowProgress
from bot.records.file_job import RESULT_MARK, FileJob, Upload, result_name
from bot.timings import ProgressTimings

JOB = FileJob("T1", "C1", "F1", "U1", at=7.0)


def test_a_job_is_named_by_what_it_is_about() -> None:
    assert JOB.id == "file:T1:F1:C1"
    assert FileJob("T1", "C1", "F1", "U2").id == JOB.id  # the same upload, whoever Slack says it was
    again = JOB.again()
    assert (again.id, again.again().id) == ("file:T1:F1:C1:1", "file:T1:F1:C1:2")
    assert len({JOB.token, again.token}) == 2
    assert JOB.token == FileJob("T1", "C1", "F1", "U1").token


def test_a_share_of_a_file_is_a_job_of_its_own_and_jobs_of_an_earlier_release_keep_their_ids() -> None:
    first, second = replace(JOB, shared="5.000100"), replace(JOB, shared="9.000200")
    assert first.id == "file:T1:F1:C1:5.000100"
    assert first.again().id == "file:T1:F1:C1:5.000100:1"
    assert len({first.id, second.id, JOB.id}) == 3
    assert first.of_share("5.000300").id == "file:T1:F1:C1:5.000300"
    assert first.of_share("") == first
    assert JOB.of_share("5.000300") == JOB
    assert (first.later().id, first.later().waited) == (first.id, 1)
    assert first.later().again().waited == 0


def test_jobs_stand_in_the_order_they_were_asked_for() -> None:
    later = FileJob("T1", "C1", "F0", "U1", at=8.0)
    twin = FileJob("T1", "C1", "F2", "U1", at=7.0)
    assert sorted([later, twin, JOB], key=lambda job: job.order) == [JOB, twin, later]


def test_a_file_that_could_not_be_looked_at_is_refused_and_may_be_tried_again() -> None:
    upload = Upload.unseen("Because.")
    assert (upload.refusal, upload.retry, upload.thread) == ("Because.", True, "")


@given(st.text(max_size=400), st.sampled_from([".csv", ".xlsx", ".csv.gz", ".zip"]))
def test_a_results_name_is_safe_and_never_empty(name: str, suffix: str) -> None:
    made = result_name(name, suffix)
    stem, mark, ending = made.rpartition(RESULT_MARK)
    assert mark
    assert ending in {suffix, ".tsv", ".tab", ".txt"}
    assert 0 < len(stem) <= 80
    assert not set(made) & set("/\\<>&*`=+@|:\"'\n\r\t\0\u202e")
    assert stem[0] not in " ._-"


FAST = ProgressTimings(first_rows=0.01, rows=0.01, edit=0.01)


@pytest.mark.parametrize(
    ("name", "suffix", "result"),
    [
        ("May.csv", ".csv", "May.segments.csv"),
        ("May.TSV", ".csv", "May.segments.tsv"),
        ("May.txt", ".csv", "May.segments.txt"),
        ("May", ".csv", "May.segments.csv"),
        ("May.xlsx", ".csv", "May.segments.csv"),
        ("May.xls", ".xlsx", "May.segments.xlsx"),
        ("May.csv", ".xlsx", "May.segments.xlsx"),
        ("May.csv.gz", ".csv.gz", "May.segments.csv.gz"),
        ("May.zip", ".zip", "May.segments.zip"),
        (".zip", ".zip", "customers.segments.zip"),
    ],
)
def test_a_result_ends_as_its_upload_or_as_what_it_is(name: str, suffix: str, result: str) -> None:
    assert result_name(name, suffix) == result


async def test_progress_is_told_until_the_work_is_done() -> None:
    told: list[int] = []
    enough = threading.Event()

    async def tell(rows: int) -> None:
        told.append(rows)
        if len(told) == 3:
            enough.set()

    progress = RowProgress(tell, FAST)

    def work() -> str:
        progress.report(42)
        enough.wait(5)
        return "done"

    assert await progress.watch(work) == "done"
    assert told[-1] == 42


async def test_work_that_is_short_is_not_talked_about() -> None:
    async def tell(_rows: int) -> None:
        raise AssertionError

    progress = RowProgress(tell, ProgressTimings())
    assert await progress.watch(lambda: 1) == 1


async def test_a_message_slack_takes_too_long_for_is_given_up() -> None:
    begun = threading.Event()

    async def tell(_rows: int) -> None:
        begun.set()
        await asyncio.Event().wait()

    progress = RowProgress(tell, FAST)
    assert await progress.watch(lambda: begun.wait(5))


async def test_what_the_work_raises_is_raised() -> None:
    async def tell(_rows: int) -> None:
        """Take it."""

    with pytest.raises(ZeroDivisionError):
        await RowProgress(tell, FAST).watch(lambda: 1 // 0)


async def test_work_nobody_waits_for_ends_before_its_folder_is_taken_away(caplog: pytest.LogCaptureFixture) -> None:
    async def tell(_rows: int) -> None:
        """Take it."""

    progress = RowProgress(tell, FAST)
    begun, ended = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        try:
            while True:
                progress.report(1)
        finally:
            ended.set()

    watching = asyncio.create_task(progress.watch(work))
    await asyncio.to_thread(begun.wait, 5)
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching
    assert ended.is_set()
    # How it ended is nobody's trouble: asyncio would note, with a traceback, what nobody looked at.
    gc.collect()
    assert caplog.text == ""
