"""Jobs that an earlier version began are finished by this one: from a jobs database stored in the repository."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Final, cast

from dbos import DBOS

from bot.jobs.engine import Jobs
from bot.jobs.files.file_job import FileJobSteps
from bot.jobs.lists.steps import ListSteps
from bot.jobs.retrains.retrain_job import RetrainSteps
from bot.jobs.workflows import JobSteps
from bot.records.file_job import FileJob, ScoringOutcome, Upload
from bot.records.retrain_job import Material, MessageRef, Pictures, RetrainJob, TrainingOutcome

NO_LISTS: Final = cast("ListSteps", object())
STORED: Final = Path(__file__).parent / "stored" / "unfinished.sql"
OLD, NEW = "v20260101-000000-abcd", "v20260202-000000-beef"
STATUS: Final = "1700000001.000200"


def upload(file: str, *, private: bool = False) -> Upload:
    """What the stored jobs were told of their files."""
    thread, url = "1700000000.000100", "https://files.slack.com/files-pri/T1-F/customers.csv"
    return Upload(f"{file}.csv", 1234, url, thread, thread, private=private)


OUTCOME: Final = ScoringOutcome(
    {
        "rows": 3,
        "scored": 2,
        "rejected": 1,
        "segments": {"Target": 1, "Miser": 1},
        "model_version": OLD,
        "seconds": 0.5,
    },
    synthetic=True,
    labels={"age": "Age (years)", "income": "Annual income (k$)"},
)
RETRAIN: Final = RetrainJob("T1", "C1", "U2", "K1", file="F9", k=5, note="spring – “ç”", at=1700000001.5)
MATERIAL: Final = Material(
    "F9", "customers.csv", 4321, "https://files.slack.com/files-pri/T1-F9/customers.csv", uploader="U2"
)


class FileSteps:
    """Steps that remember what they were given."""

    def __init__(self) -> None:
        self.calls: dict[tuple[str, str], tuple[Any, ...]] = {}

    async def look(self, job: FileJob) -> Upload:
        """Only a file nobody has looked at yet comes here."""
        self.calls["look", job.file] = (job,)
        return upload(job.file)

    async def announce(self, job: FileJob, upload: Upload, ahead: int) -> str:
        """Only a file without a message comes here."""
        self.calls["announce", job.file] = (job, upload)
        assert ahead >= 0
        return STATUS

    def version(self) -> str:
        """The version that is in service by now."""
        return NEW

    async def score(self, job: FileJob, upload: Upload, status: str, version: str) -> ScoringOutcome:
        """Only a file without a result comes here."""
        self.calls["score", job.file] = (upload, status, version)
        return OUTCOME

    async def publish(self, job: FileJob, upload: Upload, status: str, outcome: ScoringOutcome) -> None:
        """Every file comes here."""
        self.calls["publish", job.file] = (upload, status, outcome)


class Retrain:
    """The steps of a retrain after its training; the others would fail, as they are not there."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    async def draw(self, outcome: TrainingOutcome) -> Pictures:
        """Remember the outcome."""
        self.calls.append((outcome,))
        return Pictures("F-elbow", "F-map")

    async def report(self, *given: object) -> None:
        """Remember all that a report is made of."""
        self.calls.append(given)

    async def detail(self, *given: object) -> None:
        """Remember what the details are made of."""
        self.calls.append(given)


@asynccontextmanager
async def taken_up(folder: Path) -> AsyncIterator[tuple[Jobs, FileSteps, Retrain]]:
    """Start on the stored database, and wait until nothing in it is unfinished."""
    with closing(sqlite3.connect(folder / "jobs.sqlite")) as connection:
        connection.executescript(STORED.read_text(encoding="utf-8"))
    files, retrain = FileSteps(), Retrain()
    steps = JobSteps(cast("FileJobSteps", files), cast("RetrainSteps", retrain), NO_LISTS)
    jobs = Jobs(f"sqlite:///{folder / 'jobs.sqlite'}", steps)
    await asyncio.to_thread(jobs.start)
    try:
        async with asyncio.timeout(60):
            while await DBOS.list_workflows_async(status=["ENQUEUED", "PENDING"]):  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)
        yield jobs, files, retrain
    finally:
        await asyncio.to_thread(jobs.stop, 0)


async def test_files_go_on_from_the_step_at_which_an_earlier_version_was_stopped(tmp_path: Path) -> None:
    async with taken_up(tmp_path) as (_, files, _retrain):
        one = FileJob("T1", "C1", "F1", "U1", at=1700000001.0)
        four = FileJob("T1", "C1", "F4", "U1", attempt=1, at=1700000004.25)
        assert {key for key in files.calls if key[0] == "look"} == {("look", "F4")}
        assert files.calls["look", "F4"] == (four,)
        assert {key[1] for key in files.calls if key[0] == "announce"} == {"F1", "F4"}
        assert files.calls["announce", "F1"] == (one, upload("F1"))
        assert {key[1] for key in files.calls if key[0] == "score"} == {"F1", "F2", "F4"}
        # The version was noted before the crash: another has come into service since.
        assert files.calls["score", "F2"] == (upload("F2", private=True), STATUS, OLD)
        assert files.calls["score", "F1"] == (upload("F1"), STATUS, NEW)
        assert {key[1] for key in files.calls if key[0] == "publish"} == {"F1", "F2", "F3", "F4"}
        assert files.calls["publish", "F3"] == (upload("F3"), STATUS, OUTCOME)


async def test_a_retrain_is_reported_by_a_later_version_and_not_trained_again(tmp_path: Path) -> None:
    async with taken_up(tmp_path) as (jobs, _files, retrain):
        trained = TrainingOutcome(NEW, OLD)
        message = MessageRef("D1", "1700000002.000300", elsewhere=True)
        assert retrain.calls == [
            (trained,),
            (RETRAIN, MATERIAL, message, trained, Pictures("F-elbow", "F-map")),
            (message, trained, Pictures("F-elbow", "F-map")),
        ]
        assert await jobs.knows(RETRAIN)
        assert await jobs.retraining() is None


async def test_every_stored_job_ends_well(tmp_path: Path) -> None:
    async with taken_up(tmp_path):
        ended = {one.workflow_id: one.status for one in await DBOS.list_workflows_async()}
    files = [f"file:T1:{file}:C1{score}" for file in ("F1", "F2", "F3", "F4") for score in ("", "/score")]
    expected = {name.replace("F4:C1", "F4:C1:1") for name in files} | {RETRAIN.id, "forget:T2:7a0eefbe"}
    assert ended == dict.fromkeys(expected, "SUCCESS")
