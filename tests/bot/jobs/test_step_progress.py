"""Steps told while work goes on: in order, not too often, never after the end, never in the way."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.jobs.progress import StepProgress
from bot.timings import ProgressTimings

# Without the pause between two edits.
FAST = ProgressTimings(steps=0.0, edit=0.2)


class Told:
    """What was told; one can wait for it."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, ...]] = []
        self.heard = asyncio.Event()

    async def tell(self, steps: tuple[str, ...]) -> None:
        self.steps.append(steps)
        self.heard.set()


async def test_tells_each_step_with_those_before_it() -> None:
    told = Told()
    progress = StepProgress(told.tell, FAST)

    async def work() -> int:
        for step in ("Reading", "Reading", "Cleaning"):
            told.heard.clear()
            progress.report(step)
            if step == "Cleaning" or not told.steps:
                await told.heard.wait()
        return 7

    assert await progress.watch(work()) == 7
    assert told.steps == [("Reading",), ("Reading", "Cleaning")]


async def test_steps_that_pass_quickly_are_told_together() -> None:
    told = Told()
    progress = StepProgress(told.tell, replace(FAST, steps=60.0))

    async def work() -> None:
        progress.report("Reading")
        await told.heard.wait()
        progress.report("Cleaning")
        progress.report("Saving")

    await progress.watch(work())
    assert told.steps == [("Reading",)]


async def test_an_edit_that_hangs_or_fails_does_not_stop_the_work_or_the_next_edit() -> None:
    calls: list[int] = []
    second = asyncio.Event()

    async def tell(steps: tuple[str, ...]) -> None:
        calls.append(len(steps))
        if len(calls) == 1:
            progress.report("next")
            await asyncio.Event().wait()
        second.set()

    progress = StepProgress(tell, FAST)

    async def work() -> str:
        progress.report("first")
        await second.wait()
        return "done"

    assert await progress.watch(work()) == "done"
    assert calls == [1, 2]


async def test_nothing_is_told_once_the_work_is_done() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def tell(_steps: tuple[str, ...]) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    progress = StepProgress(tell, FAST)

    async def work() -> None:
        progress.report("only")
        await begun.wait()

    await progress.watch(work())
    assert ended.is_set()


async def test_what_the_work_raises_is_raised() -> None:
    async def work() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await StepProgress(Told().tell, FAST).watch(work())


async def test_work_nobody_waits_for_is_ended() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    watching = asyncio.create_task(StepProgress(Told().tell, FAST).watch(work()))
    await begun.wait()
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching
    assert ended.is_set()


async def test_a_fault_in_the_telling_is_logged_by_its_kind_and_does_not_disturb_the_work(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failed = asyncio.Event()

    async def tell(_steps: tuple[str, ...]) -> None:
        failed.set()
        raise ZeroDivisionError("quotes a cell")

    progress = StepProgress(tell, FAST)

    async def work() -> str:
        progress.report("only")
        await failed.wait()
        await asyncio.sleep(0)
        return "done"

    assert await progress.watch(work()) == "done"
    (record,) = caplog.records
    assert (record.getMessage(), record.__dict__["failure"]) == ("telling of progress has failed", "ZeroDivisionError")
    assert "quotes a cell" not in caplog.text
