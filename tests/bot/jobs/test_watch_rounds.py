"""Rounds through the watches: two processes at once, a crash in between, a database away, clocks that are wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from dbos import error as engine_error

from bot.jobs.retrains.retrain_workflow import RetrainWorkflow
from bot.jobs.team_workflow import RunningTeams
from bot.jobs.watches.rounds import WatchRounds
from bot.jobs.watches.steps import WatchSteps
from bot.records.retrain_job import RetrainJob
from bot.records.watch import WatchRun
from bot.timings import JobTimings
from segmentation.errors import NoDatabase
from segmentation.watching.schedule import Every, Schedule
from segmentation.watching.store import WatchStore
from segmentation.watching.watch import Kind, Watch

DAY = 24 * 3600.0
START = 1_800_000_000.0
WATCH = Watch("T1", "C1", "U1", Kind.WATCH, "customers", Schedule(Every.DAY, 0, 540), since=START, ran=START)
DUE = WATCH.schedule.next(START)
RETRAIN = replace(WATCH, kind=Kind.RETRAIN, k=5)


class Steps:
    """Steps of which rounds only need the store."""

    def __init__(self, store: WatchStore) -> None:
        self.store = store


class Queue:
    """Takes jobs in as the engine does: the same id twice is one job."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.busy = False

    def enqueue(self, job: WatchRun | RetrainJob) -> None:
        """Take a job in."""
        if self.busy:
            raise engine_error.DBOSQueueDeduplicatedError("retrain:T1:1", "retrain", "retrain")
        self.asked.append(job.id)

    @property
    def jobs(self) -> list[str]:
        """The jobs there are."""
        return list(dict.fromkeys(self.asked))


class Desk:
    """Two processes' rounds on one store."""

    def __init__(self, folder: Path) -> None:
        self.store, self.queue = WatchStore.open(folder), Queue()
        self.rounds = [self._rounds() for _ in range(2)]

    def _rounds(self) -> WatchRounds:
        steps = cast("WatchSteps", Steps(self.store))
        retrains = cast("RetrainWorkflow", self.queue)
        found = WatchRounds(steps, RunningTeams(), retrains, JobTimings(watching=0.0))
        found._watches = cast("Any", self.queue)
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A store with one watch."""
    found = Desk(tmp_path)
    found.store.put(WATCH)
    yield found
    for one in found.store.every():
        found.store.delete(one.team, one.kind, one.table)


async def test_two_processes_take_a_moment_up_as_one_job(desk: Desk) -> None:
    with ThreadPoolExecutor(2) as pool:
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(pool, one.take_up, DUE) for one in desk.rounds))
    assert desk.queue.jobs == [f"watch:T1:customers:{DUE:.0f}"]
    asked = list(desk.queue.asked)
    for one in desk.rounds:
        one.take_up(DUE + 60)
    assert desk.queue.asked == asked


def test_a_crash_before_it_was_noted_takes_the_same_job_up_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: Any) -> None:
        raise NoDatabase("it went away")

    monkeypatch.setattr(desk.store, "take_up", crash)
    with pytest.raises(NoDatabase):
        desk.rounds[0].take_up(DUE)
    monkeypatch.undo()
    desk.rounds[1].take_up(DUE + 60)
    assert len(desk.queue.asked) == 2
    assert len(desk.queue.jobs) == 1


def test_a_database_that_is_away_is_made_up_for_once_it_is_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> list[Watch]:
        raise NoDatabase("it is away")

    monkeypatch.setattr(desk.store, "every", away)
    with pytest.raises(NoDatabase):
        desk.rounds[0].round()
    monkeypatch.undo()
    desk.rounds[0].take_up(DUE + 90)
    assert len(desk.queue.asked) == 1


def test_moments_missed_are_one_job(desk: Desk) -> None:
    desk.rounds[0].take_up(DUE + 3 * DAY + 5)
    assert desk.queue.asked == [f"watch:T1:customers:{DUE + 3 * DAY:.0f}"]


def test_a_clock_that_jumps_takes_no_moment_up_twice(desk: Desk) -> None:
    for now in (DUE, DUE - 2 * DAY, DUE + 60, DUE + DAY, DUE + DAY - 3600, DUE + DAY + 60):
        desk.rounds[0].take_up(now)
    assert desk.queue.jobs == [f"watch:T1:customers:{moment:.0f}" for moment in (DUE, DUE + DAY)]


def test_a_clock_that_was_far_ahead_does_not_silence_a_watch(desk: Desk) -> None:
    for now in (DUE + 100 * DAY, DUE, DUE + 60, DUE + DAY):
        desk.rounds[0].take_up(now)
    assert desk.queue.jobs == [f"watch:T1:customers:{moment:.0f}" for moment in (DUE + 100 * DAY, DUE + DAY)]


def test_a_scheduled_retrain_waits_until_another_is_done(desk: Desk) -> None:
    desk.store.put(RETRAIN)
    desk.store.delete("T1", Kind.WATCH, "customers")
    desk.queue.busy = True
    desk.rounds[0].take_up(DUE)
    assert desk.queue.asked == []
    desk.queue.busy = False
    desk.rounds[1].take_up(DUE + 600)
    desk.rounds[0].take_up(DUE + 900)
    assert desk.queue.asked == [f"retrain:T1:scheduled-customers-{DUE:.0f}"]


def test_without_watches_there_is_nothing_to_do() -> None:
    rounds = WatchRounds(None, RunningTeams(), cast("RetrainWorkflow", Queue()), JobTimings())
    rounds.define()
    rounds.round()
    assert rounds.store is None
