"""Processes that are killed, disks that are full, two who decide at once: what serves is whole, the log is true."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from campaigns import campaign
from reference import KEY, rfm_trained, sample_trained

from segmentation.registry.audit import MOVES, RECOVERED, served
from segmentation.registry.registry import Registry
from segmentation.training.samples.mall import sample_customers

# One process that has everything loaded and forks the ones that are killed: 60 starts of Python would take minutes.
# It checks after each kill, as the next start would.
KILLING = """
import json, os, random, signal, sys, time
from functools import partial
from pathlib import Path
import joblib
from segmentation.registry import artifact
from segmentation.training import distillation, train as training
from segmentation.training.resampling import resample
from segmentation.registry.audit import RECOVERED, SAVED, served
from segmentation.errors import SegbotError
from segmentation.registry.registry import Registry
from segmentation.versions.retraining import train_file
from segmentation.schema_data import default_schema

root, key, customers, trained = Path(sys.argv[1]), sys.argv[2].encode(), Path(sys.argv[3]), joblib.load(sys.argv[4])
turns = int(sys.argv[5])
chance = random.Random(7)
opened = Registry(root, key)
schema = default_schema()

def work(train, seed, tell):
    registry = Registry(root, key)
    chance = random.Random(seed)
    # What changes nothing on disk, and takes most of the time.
    artifact.compare_forms = lambda *_: None
    training.resample = partial(resample, rounds=2)
    distillation.GENERATED = 5000
    while True:
        tell()
        if train:
            named = {"k": 3, "actor": "child", "keep": 5, "run": f"job-{seed}", "progress": tell}
            version = train_file(customers, registry, schema, **named).version
        else:
            version = registry.save(chance.choice(trained), actor="child", source="test", run=str(chance.random()))
        tell()
        if version != registry.current():
            registry.promote(version, actor="child", allow_unsafe=True)
        tell()
        registry.prune(4)
        if chance.random() < 0.5:
            registry.rollback(actor="child")

found = {"killed": 0, "unloadable": [], "half": [], "unswept": [], "untrue": [], "left": 0, "versions": 0}
first = opened.save(trained[0], actor="parent", source="test")
opened.promote(first, actor="parent")
for turn in range(turns):
    train = turn % 10 == 9
    heard, told = os.pipe()
    child = os.fork()
    if not child:
        try:
            work(train, turn, lambda *_: os.write(told, b"."))
        finally:
            os._exit(3)  # only an error ends the work
    os.close(told)
    # Killed a random while after a random step, so that it is at work however slow the machine is.
    for _ in range(chance.randint(1, 13 if train else 7)):
        os.read(heard, 1)
    time.sleep(chance.uniform(0.0, 0.05))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(heard)
    found["killed"] += os.WIFSIGNALED(status)
    registry = Registry(root, key)
    if registry.load_serving().problem is not None:
        found["unloadable"].append(turn)
    for info in registry.versions():
        try:
            registry.load(info.version)
        except SegbotError:
            found["half"].append(turn)
    found["left"] += bool(list(root.glob(".tmp-*")))
    registry.sweep()
    if list(root.glob(".tmp-*")):
        found["unswept"].append(turn)
    entries = registry.history()
    if served(entries)[-1] != registry.current() or RECOVERED in {entry.event for entry in entries}:
        found["untrue"].append(turn)
    if {info.version for info in registry.versions()} - {entry.version for entry in entries if entry.event == SAVED}:
        found["untrue"].append(turn)
found["versions"] = len({entry.version for entry in registry.history()})
print(json.dumps(found))
"""

# A limit on the size of files stands for a disk that fills up at this or that byte.
FILLING = """
import json, resource, sys
from pathlib import Path
import joblib
from segmentation.errors import BadInput
from segmentation.registry.registry import Registry

root, key, trained = Path(sys.argv[1]), sys.argv[2].encode(), joblib.load(sys.argv[3])
registry = Registry(root, key)
a, b = (registry.save(item, actor="U1", source="test") for item in trained)
registry.promote(a, actor="U1")
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
sizes = sorted(path.stat().st_size for path in (root / a).iterdir())
told = []
for limit in (0, 1, 100, *(size - 1 for size in sizes), (root / "audit.jsonl").stat().st_size + 50):
    for change in (
        lambda: registry.save(trained[1], actor="U1", source="test"),
        lambda: registry.promote(b, actor="U1"),
        lambda: registry.refuse("U1", "retrain"),
    ):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        try:
            change()
            told.append("")
        except BadInput as error:
            told.append(error.sentence)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        serving = registry.load_serving()
        assert serving.problem is None, serving.problem
        if told[-1]:
            assert serving.model.version == a, (limit, told[-1])
        elif registry.current() == b:
            registry.rollback(a, actor="U1")
        assert not any(info.problem for info in registry.versions())
        assert not list(root.glob(".tmp-*")), limit
after = registry.save(trained[1], actor="U1", source="test")
registry.promote(after, actor="U1")
assert registry.load_current().version == after
print(json.dumps(told))
"""

MOVING = """
import json, random, sys
from pathlib import Path
from segmentation.errors import Conflict
from segmentation.registry.registry import Registry

registry = Registry(Path(sys.argv[1]), sys.argv[2].encode())
name, turns, versions = sys.argv[3], int(sys.argv[4]), sys.argv[5:]
chance = random.Random(name)
sys.stdin.readline()
done, conflicts = 0, []
for _ in range(turns):
    current = registry.current()
    target = chance.choice([version for version in versions if version != current])
    change = chance.choice([registry.promote, registry.rollback])
    try:
        change(target, actor=name, expected=current)
        done += 1
    except Conflict as conflict:
        conflicts.append([conflict.sentence, conflict.current])
print(json.dumps([done, conflicts]))
"""


TRAININGS = (sample_trained, rfm_trained, sample_trained)
NAMES = ("one", "two")


def python(program: str, *arguments: str, **more: Any) -> subprocess.Popen[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, **more)


def answer(process: subprocess.Popen[str], text: str | None = None) -> Any:
    out, _ = process.communicate(text, timeout=300)
    assert process.returncode == 0
    return json.loads(out)


@pytest.fixture
def trained(tmp_path: Path) -> str:
    """A file with two trainings' results, which are quicker to read than to make."""
    joblib.dump([sample_trained(), rfm_trained()], tmp_path / "trained")
    return str(tmp_path / "trained")


def test_kills_at_random_instants_leave_what_serves_whole(tmp_path: Path, trained: str) -> None:
    kills = campaign(5, 60)
    customers = tmp_path / "customers.csv"
    np.savetxt(customers, sample_customers(), "%g", ",", header="age,income,score", comments="")
    found = answer(python(KILLING, str(tmp_path / "models"), KEY.decode(), str(customers), trained, str(kills)))
    assert found["killed"] == kills
    assert found["unloadable"] == found["half"] == found["unswept"] == found["untrue"] == []
    assert found["versions"] > kills // 2  # they were killed at work
    if kills >= 60:  # of a few it may be none
        assert found["left"] > 0  # some of them in the middle of a change


def test_a_full_disk_in_the_middle_of_a_change_costs_the_change_alone(tmp_path: Path, trained: str) -> None:
    told = answer(python(FILLING, str(tmp_path / "models"), KEY.decode(), trained))
    assert sum("can't be written to (File too large)" in sentence for sentence in told) >= 10
    assert all(sentence == "" or "can't be written to (File too large)" in sentence for sentence in told)
    assert "" in told  # where the limit leaves room, it succeeds


def test_two_processes_that_change_their_minds_again_and_again_take_turns(tmp_path: Path) -> None:
    turns = campaign(20, 200)
    root = tmp_path / "models"
    registry = Registry(root, KEY)
    versions = [
        registry.save(item(), actor="U1", source="test") for item in (sample_trained, rfm_trained, sample_trained)
    ]
    for version in versions:
        registry.promote(version, actor="U1")
    movers = [
        python(MOVING, str(root), KEY.decode(), name, str(turns), *versions, stdin=subprocess.PIPE)
        for name in ("one", "two")
    ]
    for mover in movers:
        assert mover.stdin is not None
        mover.stdin.write("go\n")
        mover.stdin.flush()
    results = [answer(mover) for mover in movers]
    entries = registry.history()
    moves = [entry for entry in entries if entry.event in MOVES]
    assert RECOVERED not in {entry.event for entry in entries}
    assert all(later.previous == earlier.version for earlier, later in pairwise(moves))
    assert served(entries)[-1] == moves[-1].version == registry.current()
    assert len((root / "audit.jsonl").read_bytes().splitlines()) == len(entries)
    for name, (done, conflicts) in zip(NAMES, results, strict=True):
        assert done + len(conflicts) == turns
        assert done == sum(entry.actor == name for entry in moves)
        for sentence, current in conflicts:
            assert f"The current version is now {current}, not " in sentence or (
                sentence == f"{current} is the current version already."
            )
    assert sum(done for done, _ in results) > turns // 2
