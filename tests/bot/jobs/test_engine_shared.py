"""Jobs: what is taken up, forgotten and refused; on PostgreSQL, what a replica does for others and without them."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from dbos import DBOS
from harness import logged
from postgres_cluster import PostgresCluster, database
from sqlalchemy.exc import DBAPIError

from bot.jobs.engine import Jobs
from bot.jobs.files.file_job import FileJobSteps
from bot.jobs.heartbeat import Heartbeat
from bot.jobs.lists.steps import ListSteps
from bot.jobs.retrains.retrain_job import RetrainSteps
from bot.jobs.workflows import JobSteps
from bot.records.file_job import FileJob
from bot.timings import HeartbeatTimings, JobTimings, Timings
from segmentation.errors import NoDatabase, NotReady

JOB = FileJob("T1", "C1", "F1", "U1")


class Steps:
    """Steps that find nothing to do, and remember that they were asked."""

    def __init__(self) -> None:
        self.looked: list[str] = []
        self.asked = threading.Event()

    async def look(self, job: FileJob) -> None:
        """Say that there is nothing to say about the file."""
        self.looked.append(job.file)
        self.asked.set()


# Everything happens soon.
JOBS = JobTimings(poll=0.02, first_pause=0.01, enqueue=10.0)
HEARTBEAT = HeartbeatTimings(beat=0.05, fresh=2.4, dead=3.0)


@asynccontextmanager
async def started(
    steps: Steps, url: str, address: str = "", *, works: bool = True, timings: JobTimings = JOBS
) -> AsyncIterator[Jobs]:
    running = Jobs(
        url,
        JobSteps(cast("FileJobSteps", steps), cast("RetrainSteps", object()), cast("ListSteps", object())),
        address,
        works=works,
        timings=Timings(HEARTBEAT, timings),
    )
    await asyncio.to_thread(running.start)
    try:
        yield running
    finally:
        await asyncio.to_thread(running.stop, 0)


async def until(true: Callable[[], Any], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(true):  # noqa: ASYNC110 - of other threads
            await asyncio.sleep(0.01)


def finished() -> set[str]:
    return {one.workflow_id for one in DBOS.list_workflows(status="SUCCESS")}


async def test_jobs_that_ended_a_week_ago_are_forgotten_and_later_ones_recognised(tmp_path: Path) -> None:
    steps = Steps()
    old, young = JOB, FileJob("T1", "C1", "F2", "U1")
    at_every_round = replace(JOBS, cleaning=0.0)
    async with started(steps, f"sqlite:///{tmp_path / 'jobs.sqlite'}", timings=at_every_round) as running:
        for job in (old, young):
            await running.enqueue(job)
        await until(lambda: len(finished()) == 2)
        week = JOBS.retention.total_seconds()
        with sqlite3.connect(tmp_path / "jobs.sqlite") as connection:
            for job, age in ((old, week + 60), (young, week - 60)):
                connection.execute(
                    "UPDATE workflow_status SET completed_at = ? WHERE workflow_uuid = ?",
                    (int((time.time() - age) * 1000), job.id),
                )
        connection.close()
        await until(lambda: finished() == {young.id})
        await running.enqueue(young)
        await running.enqueue(old)
        await until(lambda: len(finished()) == 2)
        # The two were under way at once, in any order; the one that was forgotten is done anew.
        assert sorted(steps.looked[:2]) == ["F1", "F2"]
        assert steps.looked[2:] == ["F1"]


async def test_what_a_dead_replica_was_working_on_is_taken_up(postgres_url: str, postgres_address: str) -> None:
    idle, steps = Steps(), Steps()
    async with started(idle, postgres_url, postgres_address, works=False) as running:
        await running.enqueue(JOB)
        assert not running.works
    with database(postgres_address) as connection:
        # As it is left by a process that was killed at work.
        claimed = connection.execute(
            "UPDATE dbos.workflow_status SET status = 'PENDING', executor_id = 'somebody-dead'"
        )
        assert claimed.rowcount == 1
    with logged() as log:
        async with started(steps, postgres_url, postgres_address):
            assert await asyncio.to_thread(steps.asked.wait, 30)
            await until(lambda: finished() == {JOB.id})
    assert "jobs of dead replicas are taken up" in log.getvalue()
    assert idle.looked == []


async def test_a_replica_that_was_declared_dead_takes_a_new_name_and_works_on(
    postgres_url: str, postgres_address: str
) -> None:
    steps = Steps()
    async with started(steps, postgres_url, postgres_address) as running:
        assert running._heartbeat is not None
        name = running._heartbeat.replica
        await asyncio.wait_for(running.assured(), 5)
        with database(postgres_address) as connection:
            connection.execute("DELETE FROM segbot.replicas")
        await until(lambda: running.running and running._heartbeat is not None and running._heartbeat.replica != name)
        await asyncio.wait_for(running.assured(), 5)
        await running.enqueue(JOB)
        await until(lambda: finished() == {JOB.id})
        with database(postgres_address) as connection:
            names = [row[0] for row in connection.execute("SELECT name FROM segbot.replicas")]
        assert names == [running._heartbeat.replica]
    with database(postgres_address) as connection:
        assert connection.execute("SELECT name FROM segbot.replicas").fetchall() == []


@pytest.mark.parametrize(("owner", "name"), [(Heartbeat, "register"), (Jobs, "_launch")])
async def test_a_replica_that_cannot_start_again_at_once_says_so_and_does_later(
    postgres_url: str, postgres_address: str, monkeypatch: pytest.MonkeyPatch, owner: type, name: str
) -> None:
    async with started(Steps(), postgres_url, postgres_address) as running:
        failing, tried = threading.Event(), threading.Event()
        failing.set()
        undisturbed = getattr(owner, name)

        def flapping(*given: object) -> None:
            if failing.is_set():
                tried.set()
                raise NoDatabase("OperationalError")
            undisturbed(*given)

        monkeypatch.setattr(owner, name, flapping)
        with database(postgres_address) as connection:
            connection.execute("DELETE FROM segbot.replicas")
        await until(lambda: tried.is_set() and not running.running)
        assert "shared database can't be used" in running.problem
        failing.clear()
        await until(lambda: running.running)
        await asyncio.wait_for(running.assured(), 5)
        assert running.problem == ""
        await running.enqueue(JOB)
        await until(lambda: finished() == {JOB.id})


async def test_nothing_visible_is_done_until_it_is_sure_that_nobody_took_over(
    postgres_url: str, postgres_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with started(Steps(), postgres_url, postgres_address) as running:
        with monkeypatch.context() as patch:
            patch.setattr(Heartbeat, "fresh", False)
            waiting = asyncio.create_task(running.assured())
            done, _ = await asyncio.wait([waiting], timeout=0.2)
            assert not done
        await asyncio.wait_for(waiting, 5)


async def test_where_one_is_alone_nobody_is_asked(tmp_path: Path) -> None:
    async with started(Steps(), f"sqlite:///{tmp_path / 'jobs.sqlite'}") as running:
        await asyncio.wait_for(running.assured(), 1)
        assert running.problem == ""


async def test_while_the_database_is_away_jobs_are_sent_back_and_done_later(
    postgres_cluster: PostgresCluster, postgres_url: str, postgres_address: str
) -> None:
    steps = Steps()
    async with started(steps, postgres_url, postgres_address) as running:
        await asyncio.to_thread(postgres_cluster.stop)
        try:
            await until(lambda: running.problem)
            with pytest.raises(NotReady):
                await running.enqueue(JOB)
            with pytest.raises(NotReady):
                await running.forget_team("T1")
            unused: Any = object()
            late = Jobs(postgres_url, JobSteps(unused, unused, unused), postgres_address)
            with pytest.raises(NoDatabase):
                await asyncio.to_thread(late.start)
        finally:
            await asyncio.to_thread(postgres_cluster.start)
        await until(lambda: not running.problem)
        await running.enqueue(JOB)
        assert await asyncio.to_thread(steps.asked.wait, 30)


async def test_a_database_that_refuses_is_as_good_as_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_arguments: object) -> None:
        raise DBAPIError("INSERT …", (), psycopg.errors.ReadOnlySqlTransaction("cannot execute INSERT: “secret”"))

    async with started(Steps(), f"sqlite:///{tmp_path / 'jobs.sqlite'}") as running:
        monkeypatch.setattr(DBOS, "enqueue_workflow", refused)
        with logged() as log, pytest.raises(NotReady):
            await running.enqueue(JOB)
    assert "the jobs database did not answer" in log.getvalue()
    assert "secret" not in log.getvalue()


async def test_a_database_that_does_not_answer_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    impatient = replace(JOBS, enqueue=0.05)
    async with started(Steps(), f"sqlite:///{tmp_path / 'jobs.sqlite'}", timings=impatient) as running:
        monkeypatch.setattr(DBOS, "enqueue_workflow", lambda *_arguments: released.wait(30))
        with logged() as log, pytest.raises(NotReady):
            await running.enqueue(JOB)
        released.set()
    assert "the jobs database did not answer" in log.getvalue()


async def test_forgetting_waits_for_work_that_does_not_end_in_time(tmp_path: Path) -> None:
    async with started(Steps(), f"sqlite:///{tmp_path / 'jobs.sqlite'}", timings=replace(JOBS, let_go=1.0)) as running:
        await running.enqueue(JOB)
        await until(lambda: finished() == {JOB.id})
        with logged() as log:
            with running.workflows.running.running(JOB.team):
                await running.forget_team(JOB.team)
                await until(lambda: "a step failed" in log.getvalue())
                assert JOB.id in await asyncio.to_thread(finished)
            await until(lambda: "workspace forgotten" in log.getvalue())
    assert "TimeoutError" in log.getvalue()


async def test_what_a_later_version_added_or_dropped_does_not_stop_a_stored_job(tmp_path: Path) -> None:
    steps = Steps()
    database = tmp_path / "jobs.sqlite"
    async with started(Steps(), f"sqlite:///{database}", works=False) as running:
        await running.enqueue(JOB)
    with sqlite3.connect(database) as connection:
        (stored,) = connection.execute("SELECT inputs FROM workflow_input").fetchone()
        changed = json.loads(stored)
        (job,) = changed["positionalArgs"]
        del job["attempt"], job["at"]
        job["since_dropped"] = "x"
        connection.execute("UPDATE workflow_input SET inputs = ?", (json.dumps(changed),))
    connection.close()
    async with started(steps, f"sqlite:///{database}"):
        await until(lambda: finished() == {JOB.id})
    assert steps.looked == [JOB.file]
