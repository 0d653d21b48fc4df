"""A workspace and a whole bot for the tests of `/retrain`; training happens in this process unless a test says so."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import joblib
import pytest
from files_harness import FilesHarness, at_work, job_of
from harness import Harness, mrkdwn_texts

from bot.blocks.inputs import ENTERED
from bot.blocks.models.retrain import FILE_BLOCK, K_BLOCK, NOTE_BLOCK
from bot.blocks.models.retrain_report import DISCARD, PROMOTE
from bot.blocks.models.versions import ROLL_BACK
from bot.jobs.retrains import training_work
from bot.jobs.retrains.retrain_job import RetrainSteps
from bot.jobs.retrains.training_request import TrainingRequest, version_of
from bot.playground.block_kit.render import render_message
from bot.playground.page.first_minute import FirstMinute
from bot.playground.workspace.records import Channel, File, Message, User, View
from segmentation.charts.comparison_map import comparison_map
from segmentation.charts.elbow import elbow_chart
from segmentation.charts.size_changes import size_changes_chart
from segmentation.evaluation.comparison import SegmentChange
from segmentation.model import SegmentModel
from segmentation.registry.artifact import model_bytes
from segmentation.registry.registry import Registry
from segmentation.schema_data import default_schema
from segmentation.training.samples.mall import sample_customers
from segmentation.training.train import Trained, train, train_clean

SECONDS: Final = 60.0
_ENDS: Final = ("candidate", "couldn't train")


def sample_file(rows: int = 200, **changed: float) -> bytes:
    """The sample customers as a CSV; `changed` adds so much to a column."""
    names = ("age", "income", "score")
    lines = [
        ",".join(f"{value + changed.get(name, 0):g}" for name, value in zip(names, row, strict=True))
        for row in sample_customers()[:rows]
    ]
    return (",".join(names) + "\n" + "\n".join(lines) + "\n").encode()


class Remembered:
    """Training and drawing, done once for the same question: their answers depend on nothing else."""

    def __init__(self) -> None:
        self._trained: dict[str, tuple[Trained, list[str]]] = {}
        self._charts: dict[str, bytes] = {}

    def train_clean(self, *customers: Any, progress: Callable[[str], None] | None = None, **options: Any) -> Trained:
        """Train; a second time, name the same steps and return the same."""
        say = progress or (lambda _step: None)
        key = joblib.hash((customers, options))
        if key not in self._trained:
            steps: list[str] = []

            def tell(step: str) -> None:
                steps.append(step)
                say(step)

            self._trained[key] = train_clean(*customers, progress=tell, **options), steps
            return self._trained[key][0]
        trained, steps = self._trained[key]
        for step in steps:
            say(step)
        return trained

    def elbow_chart(self, *sweep: Any, **more: Any) -> bytes:
        """Draw how k was chosen."""
        return self._drawn(joblib.hash((sweep, more)), partial(elbow_chart, *sweep, **more))

    def size_changes_chart(self, changes: Sequence[SegmentChange]) -> bytes:
        """Draw the sizes before and now."""
        return self._drawn(joblib.hash(("sizes", changes)), partial(size_changes_chart, changes))

    def comparison_map(self, candidate: SegmentModel, current: SegmentModel | None) -> bytes:
        """Draw both models' segments."""
        key = joblib.hash([model and model_bytes(model) for model in (candidate, current)])
        return self._drawn(key, partial(comparison_map, candidate, current))

    def _drawn(self, key: str, draw: Callable[[], bytes]) -> bytes:
        if key not in self._charts:
            self._charts[key] = draw()
        return self._charts[key]


_REMEMBERED: Final = Remembered()


@dataclass
class HereTrainer:
    """Trains as the process does, in a thread of this one; may be held, and may be told to fail."""

    harness: Harness
    requests: list[TrainingRequest] = field(default_factory=list)
    entered: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)
    failure: Exception | None = None

    def __post_init__(self) -> None:
        self.opened.set()

    async def train(self, request: TrainingRequest, progress: Callable[[str], None]) -> str:
        """Train and return the version."""
        self.requests.append(request)
        self.entered.set()
        if self.failure is not None:
            raise self.failure
        said: list[dict[str, str]] = []
        loop, given_up = asyncio.get_running_loop(), threading.Event()

        def say(what: dict[str, str]) -> None:
            said.append(what)
            if "step" in what:
                loop.call_soon_threadsafe(progress, what["step"])

        def work() -> None:
            while not self.opened.wait(0.01):
                if given_up.is_set():
                    return
            training_work.work(request, self.harness.settings, say)

        try:
            await asyncio.to_thread(work)
        except asyncio.CancelledError:
            # The process is ended then.
            given_up.set()
            raise
        version = version_of(said[-1])
        assert version is not None
        return version

    def hold(self) -> None:
        """Let the next training wait."""
        self.entered.clear()
        self.opened.clear()

    def release(self) -> None:
        """Let it go on."""
        self.opened.set()

    async def begun(self) -> None:
        """Wait until a training has begun."""
        assert await asyncio.to_thread(self.entered.wait, 20)


@dataclass(frozen=True)
class RetrainHarness:
    """A running bot in its workspace, and what people do with `/retrain`."""

    files: FilesHarness
    trainer: HereTrainer

    @property
    def pg(self) -> Any:
        """The playground."""
        return self.files.pg

    @property
    def workspace(self) -> Any:
        """The workspace."""
        return self.files.pg.workspace

    @property
    def registry(self) -> Registry:
        """The registry."""
        return self.files.harness.registry

    async def type(self, text: str, user: User | None = None, channel: Channel | None = None) -> Message | None:
        """Type `/retrain`; what comes back in the answer itself."""
        reply = await self.pg.deliver.command("/retrain", text, user=user or self.workspace.admin, channel=channel)
        assert reply.ok, reply.problem
        message: Message | None = reply.message
        return message

    async def told(self, text: str, user: User | None = None, channel: Channel | None = None) -> str:
        """Type `/retrain` and return what its typist alone is told a moment later."""
        who = user or self.workspace.admin
        return await self.next_ephemeral(lambda: self.type(text, who, channel), who)

    async def next_ephemeral(self, deed: Callable[[], Any], user: User) -> str:
        """Do something and return what `user` alone is told for it."""
        before = {message.ts for message in self.workspace.messages()}
        await deed()
        message = await self.workspace.wait_for(
            lambda one: one.ts not in before and one.ephemeral_to == user.id, timeout=20
        )
        return render_message(message)

    async def form(self, text: str = "", user: User | None = None, channel: Channel | None = None) -> View:
        """Open the form."""
        who = user or self.workspace.admin
        await self.type(text, who, channel)
        (view,) = await self.workspace.wait_until(lambda: self.workspace.open_views(who) or None, 20)
        found: View = view
        return found

    async def submit(self, view: View, file: File | None, user: User | None = None, **more: Any) -> Any:
        """Submit the form."""
        state: dict[str, Mapping[str, Any]] = {
            FILE_BLOCK: {ENTERED: None if file is None else file.id},
            K_BLOCK: {ENTERED: more.get("k")},
            NOTE_BLOCK: {ENTERED: more.get("note")},
        }
        return await self.pg.deliver.view_submission(view, state, user=user)

    def choose(self, name: str, data: bytes, user: User | None = None) -> File:
        """Choose a file in a form."""
        who = user or self.workspace.admin
        found: File = self.workspace.files.hold(who.id, name, data)
        return found

    async def latest(
        self,
        data: bytes,
        text: str = "latest",
        channel: Channel | None = None,
        strike: Callable[[], object] | None = None,
    ) -> Message:
        """Upload a file, retrain on it and return the end of the job's message.

        The file is scored too; with `strike`, which prepares a fault for the retrain alone, that is waited for.
        """
        where = channel or self.workspace.general
        file = self.workspace.upload(self.workspace.analyst, where, "customers.csv", data)
        if strike is not None:
            await self.files.end(file)
            await self.files.rest()
            strike()
        before = set(self.jobs())
        await self.type(text, channel=where)
        return await self.end(before)

    def statuses(self) -> list[Message]:
        """The messages of all retrains, oldest first."""
        return [one for one in self.workspace.messages() if job_of(one).startswith("retrain:")]

    def jobs(self) -> list[str]:
        """The ids of the jobs that have a message."""
        return [job_of(one) for one in self.statuses()]

    async def seen(self, before: set[str]) -> Message:
        """The message of a job that was not there before."""

        def new() -> Message | None:
            return next((one for one in self.statuses() if job_of(one) not in before), None)

        message: Message = await self.workspace.wait_until(new, SECONDS)
        return message

    async def end(self, before: set[str]) -> Message:
        """The message of a job that was not there before, once it says how the job ended."""

        def ended() -> Message | None:
            new = [one for one in self.statuses() if job_of(one) not in before]
            return next((one for one in new if any(words in one.text for words in _ENDS)), None)

        message: Message = await self.workspace.wait_until(ended, SECONDS)
        await self.files.rest()
        return self.now(message)

    def now(self, message: Message) -> Message:
        """A message as it stands now."""
        found: Message = self.workspace.message(message.channel, message.ts)
        return found

    def said(self, message: Message) -> str:
        """A message as a person reads it."""
        return render_message(self.now(message))

    def details(self, report: Message) -> str:
        """The details in a report's thread as a person reads them; empty if there are none."""
        return "\n\n".join(map(render_message, self.thread(report)))

    def thread(self, report: Message) -> list[Message]:
        """The messages in a report's thread."""
        found = [one for one in self.workspace.messages(report.channel) if one.thread_ts == report.ts]
        return [one for one in found if one.ts != report.ts]

    async def click(self, message: Message, action: str, user: User | None = None) -> None:
        """Press a button of a report."""
        reply = await self.pg.deliver.action(message, action, user=user or self.workspace.admin)
        assert reply.ok, reply.problem

    async def promote(self, message: Message, user: User | None = None) -> Message:
        """Press *Promote* and return the announcement."""
        return await self.announced(lambda: self.click(message, PROMOTE, user))

    async def discard(self, message: Message, user: User | None = None) -> Message:
        """Press *Discard* and return the announcement."""
        return await self.announced(lambda: self.click(message, DISCARD, user))

    async def rollback(self, version: str = "", user: User | None = None) -> Message:
        """Ask for a rollback, confirm it, and return the announcement."""
        who = user or self.workspace.admin
        return await self.announced(partial(self.click, await self.asked(version, who), ROLL_BACK, who))

    async def asked(self, version: str = "", user: User | None = None) -> Message:
        """Type `/retrain rollback` and return the question."""
        who = user or self.workspace.admin
        before = {message.ts for message in self.workspace.messages()}
        await self.type(f"rollback {version}".strip(), who)
        message: Message = await self.workspace.wait_for(
            lambda one: one.ts not in before and one.ephemeral_to == who.id and ROLL_BACK in buttons(one), timeout=20
        )
        return message

    async def announced(self, deed: Callable[[], Any]) -> Message:
        """Do something and return what everybody is told for it."""
        before = {message.ts for message in self.workspace.messages()}
        await deed()
        message: Message = await self.workspace.wait_for(
            lambda one: one.ts not in before and one.ephemeral_to is None and one.made_by == "response_url", timeout=20
        )
        return message

    def announcements(self) -> list[str]:
        """What everybody was told through `response_url`."""
        return [
            one.text for one in self.workspace.messages() if one.ephemeral_to is None and one.made_by == "response_url"
        ]

    def refusals(self) -> list[tuple[str, str]]:
        """Who was refused what, by the audit log."""
        return [(entry.actor, entry.note) for entry in self.registry.history() if entry.event == "refused"]


def buttons(message: Message) -> list[str]:
    """The action ids of a message's buttons."""
    return [one["action_id"] for block in message.blocks if block["type"] == "actions" for one in block["elements"]]


def candidate_of(message: Message) -> str:
    """The version a report is about."""
    texts = "\n".join(mrkdwn_texts(list(message.blocks)))
    return texts.split("Candidate ")[1].split(" ")[0]


def retrain_steps(files: FilesHarness) -> RetrainSteps:
    """What the bot's retrains do."""
    return files.bot.dependencies.jobs.workflows.retrains.steps


@pytest.fixture(scope="session")
def real_harness(tmp_path_factory: pytest.TempPathFactory) -> Harness:
    """A harness whose model has four segments and was trained as real customers are; not to be changed."""
    empty = Harness(tmp_path_factory.mktemp("real"))
    (empty.folder / "var").mkdir()
    trained = train(sample_customers(), default_schema(), k=4)
    version = empty.registry.save(trained, actor="cli:tests", source="customers.csv, 200 rows")
    empty.registry.promote(version, actor="cli:tests")
    return Harness(empty.folder, (version,))


@asynccontextmanager
async def retraining(harness: Harness, first_minute: FirstMinute | None = None) -> AsyncIterator[RetrainHarness]:
    """Start a workspace and a bot on that harness; stop both at the end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("segmentation.versions.retraining.train_clean", _REMEMBERED.train_clean)
        patch.setattr("segmentation.charts.elbow.elbow_chart", _REMEMBERED.elbow_chart)
        patch.setattr("segmentation.charts.comparison_map.comparison_map", _REMEMBERED.comparison_map)
        patch.setattr("segmentation.charts.size_changes.size_changes_chart", _REMEMBERED.size_changes_chart)
        async with at_work(harness, first_minute) as files:
            trainer = HereTrainer(harness)
            retrain_steps(files)._trainer = trainer
            try:
                yield RetrainHarness(files, trainer)
            finally:
                trainer.release()
