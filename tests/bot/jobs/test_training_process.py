"""The training process: what goes in and comes out, what it may know, how it dies, and that it dies with its parent."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from harness import Harness, logged

from bot.jobs.retrains import training_process
from bot.jobs.retrains.training_process import TrainingProcess, environment_of
from bot.jobs.retrains.training_request import NotTrained, TrainingRequest
from bot.jobs.retrains.training_work import NO_MEMORY, work
from bot.records.failure import DISK
from bot.settings import Settings, load_settings
from segmentation.errors import BadInput, BadTrainingData, BrokenArtifact, NoDatabase, NotReady
from segmentation.training.samples.mall import sample_customers
from segmentation.versions import retraining


@pytest.fixture
def request_for(tmp_path: Path) -> Callable[..., TrainingRequest]:
    """A request to train on the sample customers."""

    def build(**more: Any) -> TrainingRequest:
        source = tmp_path / "customers.csv"
        rows = "\n".join(",".join(f"{value:g}" for value in row) for row in sample_customers())
        source.write_text(f"age,income,score\n{rows}\n", encoding="utf-8")
        known = {"k": 5, "actor": "slack:U1", "note": "why", "run": "retrain:T1:V1", "origin": "customers.csv"}
        return TrainingRequest(str(source), **{**known, **more})

    return build


@pytest.fixture
def empty(tmp_path: Path) -> Harness:
    """A harness without a model."""
    (tmp_path / "bot" / "var").mkdir(parents=True)
    return Harness(tmp_path / "bot")


def imitate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str) -> None:
    """Let the process run a program of the test's own instead."""
    (tmp_path / "imitation.py").write_text(program, encoding="utf-8")
    monkeypatch.setattr(training_process, "MODULE", "imitation")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


async def test_trains_in_another_process_and_tells_each_step(
    empty: Harness, request_for: Callable[..., TrainingRequest]
) -> None:
    told: list[str] = []
    version = await TrainingProcess(empty.settings).train(request_for(), told.append)
    manifest = empty.registry.manifest(version)
    assert told[0] == "Reading"
    assert told[-1] == "Saving"
    assert (manifest.created_by, manifest.note, manifest.run) == ("slack:U1", "why", "retrain:T1:V1")
    assert manifest.source == "customers.csv, 200 rows"
    assert manifest.report.choice.k == 5
    again = await TrainingProcess(empty.settings).train(request_for(), told.append)
    assert again == version
    assert len(empty.registry.versions()) == 1


async def test_counts_a_table_in_another_process(harness: Harness, tmp_path: Path) -> None:
    source = tmp_path / "customers.parquet"
    pl.DataFrame(sample_customers(), schema=["age", "income", "score"], orient="row").write_parquet(source)
    settings = replace(harness, more=(("SEGBOT_TABLES", f"customers={source}"),)).settings
    check = await TrainingProcess(settings).check("customers")
    assert (check.version, check.rows, check.scored) == (harness.versions[0], 200, 200)
    assert sum(check.segments.values()) == 200
    assert {one.level for one in check.features} == {"none"}
    with pytest.raises(BadInput, match="No table is called orders any more"):
        await TrainingProcess(settings).check("orders")


async def test_a_file_that_cannot_be_used_is_refused_in_its_own_words(
    empty: Harness, request_for: Callable[..., TrainingRequest]
) -> None:
    request = request_for(k=None)
    Path(request.source).write_text("age,income,score\n35,60,70\n20,30,40\n", encoding="utf-8")  # noqa: ASYNC240 - a line
    with pytest.raises(BadInput, match="Only 2 rows could be used"):
        await TrainingProcess(empty.settings).train(request, lambda _step: None)


async def test_a_shared_database_that_is_away_is_no_end_of_the_job(
    empty: Harness, request_for: Callable[..., TrainingRequest]
) -> None:
    away = replace(empty.settings, database_url="postgresql+psycopg://127.0.0.1:1/segbot")
    with pytest.raises(NotReady, match="The shared database can't be used just now"):
        await TrainingProcess(away).train(request_for(), lambda _step: None)


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("import os; os.kill(os.getpid(), 9)", "was ended by the system (signal 9). Perhaps this server ran out of"),
        ("import sys; sys.exit(7)", "ended unexpectedly (exit code 7)"),
        ("raise ZeroDivisionError('Canaria')", "ended unexpectedly (exit code 1)"),
        ("import os; os.abort()", "was ended by the system (signal 6)"),
        ('print(\'{"failure": "The disk is full."}\')', "The disk is full."),
        ("pass", "ended unexpectedly (exit code 0)"),
    ],
)
async def test_a_process_that_dies_is_said(
    empty: Harness,
    request_for: Callable[..., TrainingRequest],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    program: str,
    told: str,
) -> None:
    imitate(monkeypatch, tmp_path, program)
    with pytest.raises(NotTrained) as failed:
        await TrainingProcess(empty.settings).train(request_for(), lambda _step: None)
    assert told in failed.value.sentence
    assert "Canaria" not in failed.value.sentence


CRASH = """
from bot.jobs.retrains import training_process
from bot.jobs.retrains import training_work
def train(*arguments, **more):
    {deed}
training_work._trainer = lambda *arguments: train
training_process.main()
"""


@pytest.mark.parametrize(
    ("deed", "crash"),
    [
        # The last place in our packages, not in the test's own program.
        ("raise KeyError('Canaria')", r"KeyError at bot/jobs/retrains/training_work\.py:\d+"),
        (
            "import polars; raise polars.exceptions.PanicException('Canaria')",
            r"PanicException at bot/jobs/retrains/train.*:\d+",
        ),
        ("from segmentation.numbers.values import trim; trim(None)", r"\w+ at segmentation/numbers/values\.py:\d+"),
    ],
)
async def test_a_crash_leaves_its_kind_and_place_in_the_log_and_no_word_of_anybodys(
    empty: Harness,
    request_for: Callable[..., TrainingRequest],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    deed: str,
    crash: str,
) -> None:
    imitate(monkeypatch, tmp_path, CRASH.format(deed=deed))
    with logged() as stream, pytest.raises(NotTrained) as failed:
        await TrainingProcess(empty.settings).train(request_for(), lambda _step: None)
    assert failed.value.sentence == ("The training process ended unexpectedly (exit code 1). Please try again.")
    line = json.loads(stream.getvalue().splitlines()[-1])
    assert (line["message"], line["run"]) == ("the training process crashed", "retrain:T1:V1")
    assert re.fullmatch(crash, line["crash"])
    assert "Canaria" not in stream.getvalue() + failed.value.sentence


async def test_a_request_that_cannot_be_read_is_a_crash_too(
    empty: Harness, request_for: Callable[..., TrainingRequest], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    imitate(monkeypatch, tmp_path, "from bot.jobs.retrains import training_process\ntraining_process.main()\n")
    monkeypatch.setattr(training_process, "asdict", lambda _request: {"no": "request"})
    with logged() as stream, pytest.raises(NotTrained, match="exit code 1"):
        await TrainingProcess(empty.settings).train(request_for(), lambda _step: None)
    assert "TypeError at bot/jobs/retrains/training_process.py:" in stream.getvalue()


PIDS = 'import os, sys, time; print(\'{"step": "%d"}\' % os.getpid(), flush=True); time.sleep(600)'


def is_alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


async def test_a_training_that_takes_too_long_is_ended(
    empty: Harness, request_for: Callable[..., TrainingRequest], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    imitate(monkeypatch, tmp_path, PIDS)
    told: list[str] = []
    limits: list[asyncio.Timeout] = []
    timeout = asyncio.timeout

    def limit(seconds: float) -> asyncio.Timeout:
        limits.append(timeout(seconds))
        return limits[-1]

    def tell(step: str) -> None:
        told.append(step)
        limits[0].reschedule(asyncio.get_running_loop().time())  # the time is up as soon as it has begun

    monkeypatch.setattr(asyncio, "timeout", limit)
    with pytest.raises(NotTrained, match="longer than 60 minutes and was ended"):
        await TrainingProcess(empty.settings).train(request_for(), tell)
    assert limits[0].when() is not None
    assert not is_alive(int(told[0]))


async def test_a_training_nobody_waits_for_is_ended(
    empty: Harness, request_for: Callable[..., TrainingRequest], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    imitate(monkeypatch, tmp_path, PIDS)
    begun = asyncio.Event()
    told: list[str] = []

    def tell(step: str) -> None:
        told.append(step)
        begun.set()

    training = asyncio.create_task(TrainingProcess(empty.settings).train(request_for(), tell))
    await asyncio.wait_for(begun.wait(), 20)
    training.cancel()
    with pytest.raises(asyncio.CancelledError):
        await training
    assert not is_alive(int(told[0]))


PARENT = """
import asyncio, json, sys
from bot.jobs.retrains import training_process
from bot.settings import load_settings
from bot.jobs.retrains.training_process import TrainingProcess
from bot.jobs.retrains.training_request import TrainingRequest
import os
training_process.MODULE = "imitation"
request = TrainingRequest("x", None, "a", "", "r", "")
asyncio.run(TrainingProcess(load_settings(dict(os.environ))).train(request, lambda step: print(step, flush=True)))
"""
ORPHAN = """
import os, sys, time
from bot.jobs.retrains import training_process
def work(request, settings, say):
    say({"step": str(os.getpid())})
    while True:
        time.sleep(600)
training_process.work = work
training_process.main()
"""


async def test_the_process_ends_with_the_one_that_started_it(empty: Harness, tmp_path: Path) -> None:
    (tmp_path / "imitation.py").write_text(ORPHAN, encoding="utf-8")
    environment = {**os.environ, **empty.env, "PYTHONPATH": str(tmp_path)}
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, stdout=asyncio.subprocess.PIPE, env=environment
    )
    assert parent.stdout is not None
    child = int(await asyncio.wait_for(parent.stdout.readline(), 30))
    assert is_alive(child)
    parent.send_signal(signal.SIGKILL)
    await parent.wait()
    async with asyncio.timeout(20):
        while is_alive(child):  # noqa: ASYNC110 - a stranger's end is no event
            await asyncio.sleep(0.02)


async def test_the_process_is_nice_and_the_first_to_go_where_memory_runs_out(
    empty: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = (
        "import os\n"
        "from pathlib import Path\n"
        "from bot.jobs.retrains import training_process\n"
        "def work(request, settings, say):\n"
        "    say({'version': f'{os.nice(0)} ' + Path('/proc/self/oom_score_adj').read_text().strip()})\n"
        "training_process.work = work\n"
        "training_process.main()\n"
    )
    imitate(monkeypatch, tmp_path, program)
    request = TrainingRequest("x", None, "a", "", "r", "")
    found = await TrainingProcess(empty.settings).train(request, lambda _step: None)
    assert found == f"{os.nice(0) + 10} 800"


def test_what_libraries_print_does_not_come_between_the_lines(
    empty: Harness, request_for: Callable[..., TrainingRequest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imitate(
        monkeypatch,
        tmp_path,
        "from bot.jobs.retrains import training_process\n"
        "def work(request, settings, say):\n"
        "    print('noise')\n"
        "    say({'version': 'v1'})\n"
        "training_process.work = work\n"
        "training_process.main()\n",
    )
    assert asyncio.run(TrainingProcess(empty.settings).train(request_for(), lambda _step: None)) == "v1"


def test_the_process_gets_the_settings_and_nothing_that_opens_slack(harness: Harness) -> None:
    environ = {"PATH": "/bin", "SLACK_BOT_TOKEN": "xoxb-1", "SEGBOT_MODELS_DIR": "/elsewhere", "HOME": "/h"}
    found = environment_of(harness.settings, environ)
    assert not [name for name in found if name.startswith("SLACK_")]
    assert found["SEGBOT_MODELS_DIR"] == str(harness.settings.models_dir)
    assert found["SEGBOT_SIGNING_KEY"] == harness.settings.signing_key
    assert (found["PATH"], found["HOME"]) == ("/bin", "/h")


ENDS: dict[str, tuple[Exception, dict[str, str]]] = {
    "data": (BadTrainingData("Add rows."), {"refusal": "Add rows."}),
    "a damaged model": (BrokenArtifact("It is damaged."), {"failure": "It is damaged."}),
    "the shared database": (NoDatabase("gone"), {"later": NoDatabase("gone").sentence}),
    "no memory": (MemoryError(), {"failure": NO_MEMORY}),
    "the disk": (OSError(28, "No space left on device"), {"failure": DISK.format(problem="No space left on device")}),
    "an error without words": (OSError(), {"failure": DISK.format(problem="OSError")}),
}


@pytest.mark.parametrize(("error", "end"), ENDS.values(), ids=ENDS)
def test_says_how_it_ended(
    harness: Harness,
    request_for: Callable[..., TrainingRequest],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    end: dict[str, str],
) -> None:
    def fail(*_arguments: object, **_more: object) -> None:
        raise error

    monkeypatch.setattr(retraining, "train_file", fail)
    said: list[dict[str, str]] = []
    work(request_for(), harness.settings, said.append)
    assert said == [end]


def test_an_unwritable_models_folder_is_no_fault_of_the_file(
    empty: Harness, request_for: Callable[..., TrainingRequest]
) -> None:
    blocked: Settings = replace(empty.settings, models_dir=empty.folder / "var" / "signing.key" / "models")
    (empty.folder / "var" / "signing.key").write_bytes(b"x")
    said: list[dict[str, str]] = []
    work(request_for(), blocked, said.append)
    assert "can't be written to" in said[-1]["failure"]


def test_trains_here_too(empty: Harness, request_for: Callable[..., TrainingRequest]) -> None:
    said: list[dict[str, str]] = []
    work(request_for(k=None), empty.settings, said.append)
    assert said[0] == {"step": "Reading"}
    assert empty.registry.manifest(said[-1]["version"]).report.choice.k == 5


def test_a_table_that_is_no_longer_configured_is_refused(
    empty: Harness, request_for: Callable[..., TrainingRequest]
) -> None:
    said: list[dict[str, str]] = []
    work(request_for(table="customers"), empty.settings, said.append)
    assert said == [{"refusal": "No table is called customers any more: it was taken out of SEGBOT_TABLES."}]


def test_the_process_knows_the_tables(empty: Harness) -> None:
    harness = replace(empty, more=(("SEGBOT_TABLES", "a=/x.parquet, b=postgresql://u:p@h/d#s.t"),))
    assert load_settings(harness.settings.environment()).tables == harness.settings.tables


def test_a_table_that_cannot_be_reached_is_called_by_its_name(
    empty: Harness, request_for: Callable[..., TrainingRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_more: object) -> None:
        raise NotReady("postgresql://h/d#s.t can't be reached: no route to 10.0.0.1.")

    monkeypatch.setattr(retraining, "train_table", fail)
    harness = replace(empty, more=(("SEGBOT_TABLES", "customers=postgresql://u:p@h/d#s.t"),))
    said: list[dict[str, str]] = []
    work(request_for(table="customers"), harness.settings, said.append)
    assert said == [
        {"failure": "customers can't be reached. Please ask the person who runs segbot to look at SEGBOT_TABLES."}
    ]
