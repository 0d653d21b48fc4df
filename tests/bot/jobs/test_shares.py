"""Which share of a file an event is about."""

from __future__ import annotations

from typing import Any

import pytest

from bot.jobs.files.shares import OLDER, ids_of, share_of
from bot.records.file_job import FileJob
from bot.timings import JobTimings

AT = 1_700_000_000.0


def job(at: float = AT, shared: str | None = None) -> FileJob:
    """A job whose event came at that time."""
    return FileJob("T1", "C1", "F1", "U1", at=at, shared=f"{at:.6f}" if shared is None else shared)


def file_of(*after: float, channel: str = "C1") -> dict[str, Any]:
    """A file with shares so many seconds after the event."""
    return {"shares": {"public": {channel: [{"ts": f"{AT + seconds:.6f}"} for seconds in after]}}}


async def chosen(file: dict[str, Any], about: FileJob, *answered: float) -> float | None:
    """The share that is chosen, in seconds after the event; shares that are answered are given so too."""

    async def is_answered(share: dict[str, Any]) -> bool:
        return any(share["ts"] == f"{AT + seconds:.6f}" for seconds in answered)

    share = await share_of(about, file, is_answered)
    return None if share is None else round(float(share["ts"]) - AT, 3)


@pytest.mark.parametrize("after", [0.0, 0.4, 30.0, -OLDER, -1.0])
async def test_the_share_that_comes_with_its_event_is_taken_without_a_look_at_messages(after: float) -> None:
    assert await chosen(file_of(after), job(), after) == after


async def test_of_several_shares_the_one_of_the_event_is_taken() -> None:
    assert await chosen(file_of(-500, 1, 900), job()) == 1
    assert await chosen(file_of(-500, 0, 0.5), job()) == 0
    assert await chosen(file_of(-500, 900), job(shared=f"{AT - 500:.6f}")) == -500


async def test_an_earlier_share_is_taken_only_if_nobody_answered_it() -> None:
    assert await chosen(file_of(-500), job(), -500) is None
    assert await chosen(file_of(-500), job()) == -500
    assert await chosen(file_of(-900, -500), job(), -500) == -900


async def test_a_job_of_an_earlier_release_takes_the_nearest() -> None:
    assert await chosen(file_of(-500, -900), job(shared=""), -500) == -500


async def test_shares_elsewhere_and_shares_without_a_ts_do_not_count() -> None:
    assert await chosen(file_of(0, channel="C2"), job()) is None
    assert await chosen({"shares": {"public": {"C1": [{}]}}}, job()) is None
    assert await chosen({}, job()) is None


def test_a_share_is_looked_for_under_its_id_and_that_of_the_first_release() -> None:
    assert ids_of(job().again(), {"ts": "5.1"}) == ("file:T1:F1:C1:5.1", "file:T1:F1:C1")


def test_a_late_share_is_waited_for_about_a_minute() -> None:
    timings = JobTimings()
    assert 58 <= sum(timings.until_shared) + sum(timings.until_late) <= 65
