"""The registry: who is in service, how that changes, and that no crash, fault or hand can break what serves."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from campaigns import campaign
from reference import FIVE_NAMES, KEY, rfm_trained, sample_trained

from segmentation.errors import (
    BadInput,
    BrokenArtifact,
    Conflict,
    NoModel,
    NotAllowed,
    SegbotError,
    UnknownVersion,
    Unsafe,
)
from segmentation.evaluation.compare import compare
from segmentation.evaluation.comparison import Comparison, Side
from segmentation.registry import artifact
from segmentation.registry.artifact import FILES, MANIFEST, MODEL
from segmentation.registry.audit import (
    DISCARDED,
    MOVES,
    PROMOTED,
    PRUNED,
    RECOVERED,
    REFUSED,
    ROLLED_BACK,
    SAVED,
    AuditEntry,
    AuditLog,
    entry_of,
    served,
)
from segmentation.registry.folder_storage import FolderStorage
from segmentation.registry.postgres_storage import PostgresStorage
from segmentation.registry.registry import Registry
from segmentation.registry.signing import signing_key
from segmentation.registry.states import State
from segmentation.registry.storage import POINTER, Storage
from segmentation.registry.versions import NO_MODEL

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
WHO: dict[str, Any] = {"actor": "U1", "source": "test"}


def clock() -> Callable[[], datetime]:
    seconds = count()
    return lambda: START + timedelta(seconds=next(seconds))


def opened(place: Path | Storage) -> Registry:
    return Registry(place, KEY, clock())


@cache
def three_versions() -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return the files of a registry with versions a and b promoted in turn and the candidate c, and their ids."""
    with TemporaryDirectory() as place:
        registry = opened(Path(place))
        a, b, c = (registry.save(trained(), **WHO) for trained in (sample_trained, rfm_trained, sample_trained))
        registry.promote(a, actor="U1")
        registry.promote(b, actor="U1", expected=a)
        files = {str(path.relative_to(place)): path.read_bytes() for path in Path(place).rglob("*") if path.is_file()}
    return files, (a, b, c)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def abc(root: Path) -> tuple[str, ...]:
    """Return versions a (retired), b (current) and c (candidate), laid out in `root`."""
    files, versions = three_versions()
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return versions


@pytest.fixture(params=["folder", "postgres"])
def storage(request: pytest.FixtureRequest, root: Path, tmp_path: Path) -> Storage:
    """Return an empty storage of each kind."""
    if request.param == "folder":
        return FolderStorage(root)
    return PostgresStorage(request.getfixturevalue("postgres_address"), tmp_path / "cache")


@pytest.fixture
def kept(storage: Storage) -> tuple[str, ...]:
    """Return versions a (retired), b (current) and c (candidate), laid out on `storage`."""
    files, versions = three_versions()
    with storage.changing():
        for line in files["audit.jsonl"].splitlines():
            entry = entry_of(json.loads(line))
            if entry.event == SAVED:
                storage.add({name: files[f"{entry.version}/{name}"] for name in FILES}, entry)
            else:
                storage.move(entry)
    return versions


class Killed(BaseException):
    """The process is gone: nothing that catches errors runs any more."""


def killed(*_args: object, **_named: object) -> None:
    raise Killed


def states(registry: Registry) -> dict[str, State]:
    return {info.version: info.state for info in registry.versions()}


# ---- from candidate to current and back


def test_a_first_promotion_between_two_looks_is_no_missing_pointer(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = opened(storage)
    version = registry.save(sample_trained(), actor="U1", source="test")
    registry.promote(version, actor="U1")
    seen = iter([None, version])
    monkeypatch.setattr(storage, "pointer", lambda: next(seen))
    assert registry.current() == version


def test_a_version_that_is_pruned_while_it_is_listed_is_left_out(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = opened(storage)
    version = registry.save(sample_trained(), actor="U1", source="test")
    monkeypatch.setattr(storage, "versions", lambda: [version, "20200101-000000-deadbeef"])
    assert [info.version for info in registry.versions()] == [version]


def test_an_empty_registry_has_no_model_and_says_what_to_do(storage: Storage, root: Path) -> None:
    registry = opened(storage)
    assert registry.current() is None
    assert registry.versions() == []
    assert registry.history() == []
    for load in (registry.load_current, registry.load_serving):
        with pytest.raises(NoModel) as caught:
            load()
        assert caught.value.sentence == NO_MODEL
    assert not root.exists()


def test_a_saved_training_is_a_candidate_and_not_served(storage: Storage) -> None:
    registry = opened(storage)
    version = registry.save(sample_trained(), actor="U1", source="file, 200 rows", note="try")
    assert states(registry) == {version: State.CANDIDATE}
    assert registry.load(version).names == FIVE_NAMES
    assert registry.load(version).version == version
    manifest = registry.manifest(version)
    assert (manifest.created_by, manifest.source, manifest.note) == ("U1", "file, 200 rows", "try")
    with pytest.raises(NoModel):
        registry.load_serving()
    assert [(entry.event, entry.actor, entry.version) for entry in registry.history()] == [(SAVED, "U1", version)]
    with storage.open(version) as files:
        assert files.names() == FILES


def test_a_version_id_tells_time_and_content_and_is_never_reused(storage: Storage) -> None:
    registry = Registry(storage, KEY, lambda: START)
    first, second, third = (registry.save(sample_trained(), **WHO) for _ in range(3))
    assert first.startswith("20260102-030405-")
    assert [second, third] == [f"{first}-2", f"{first}-3"]
    assert artifact.is_version_id(third)


def test_a_promoted_candidate_serves_and_the_one_before_retires(storage: Storage, kept: tuple[str, ...]) -> None:
    registry, (a, b, c) = opened(storage), kept
    assert states(registry) == {a: State.RETIRED, b: State.CURRENT, c: State.CANDIDATE}
    assert [info.version for info in registry.versions()] == [a, b, c]
    assert registry.promote(c, actor="U2", expected=b, note="better") == b
    assert registry.load_current().version == c
    serving = registry.load_serving()
    assert (serving.model.version, serving.problem) == (c, None)
    assert states(registry) == {a: State.RETIRED, b: State.RETIRED, c: State.CURRENT}
    last = registry.history()[-1]
    assert (last.event, last.actor, last.version, last.previous, last.note) == (PROMOTED, "U2", c, b, "better")
    assert datetime.fromisoformat(last.at).tzinfo is not None


def test_rollbacks_go_back_one_version_at_a_time(storage: Storage, kept: tuple[str, ...]) -> None:
    registry, (a, b, c) = opened(storage), kept
    registry.promote(c, actor="U1")
    assert registry.rollback(actor="U1") == (b, c)
    assert registry.rollback(actor="U1", note="again") == (a, b)
    assert registry.load_serving().model.version == a
    with pytest.raises(Conflict, match="There is no earlier version to roll back to"):
        registry.rollback(actor="U1")
    assert registry.history()[-1].event == ROLLED_BACK
    registry.promote(c, actor="U1")
    assert registry.rollback(actor="U1") == (a, c)


def test_one_request_goes_back_once_however_often_it_arrives(storage: Storage, kept: tuple[str, ...]) -> None:
    registry, (a, b, c) = opened(storage), kept
    registry.promote(c, actor="U1")
    assert registry.rollback(actor="U1", request="r1") == (b, c)
    with pytest.raises(Conflict, match="done already"):
        registry.rollback(actor="U1", request="r1")
    assert registry.current() == b
    assert registry.history()[-1].details["request"] == "r1"
    assert registry.rollback(actor="U1", request="r2") == (a, b)


def test_a_rollback_can_name_any_version_that_was_in_service(storage: Storage, kept: tuple[str, ...]) -> None:
    registry, (a, b, c) = opened(storage), kept
    with pytest.raises(Conflict, match=f"{c} was never in service: promote it instead"):
        registry.rollback(c, actor="U1")
    with pytest.raises(Conflict, match=f"{b} is the current version already"):
        registry.rollback(b, actor="U1")
    registry.promote(c, actor="U1")
    assert registry.rollback(a, actor="U1") == (a, c)
    assert registry.rollback(c, actor="U1") == (c, a)  # and forward again


def test_a_discarded_candidate_is_not_promoted(storage: Storage, kept: tuple[str, ...]) -> None:
    registry, (a, b, c) = opened(storage), kept
    registry.discard(c, actor="U2", note="worse")
    assert states(registry)[c] is State.DISCARDED
    assert (registry.history()[-1].event, registry.history()[-1].note) == (DISCARDED, "worse")
    with pytest.raises(Conflict, match=f"{c} was discarded. Train again"):
        registry.promote(c, actor="U1")
    for version, state in ((a, "retired"), (b, "current"), (c, "discarded")):
        with pytest.raises(Conflict, match=f"{version} is not a candidate but {state}"):
            registry.discard(version, actor="U1")
    assert registry.current() == b


def test_a_promotion_decided_on_another_current_version_is_a_conflict(root: Path, abc: tuple[str, ...]) -> None:
    registry, (a, b, c) = opened(root), abc
    with pytest.raises(Conflict) as caught:
        registry.promote(c, actor="U1", expected=a)
    assert caught.value.sentence == f"The current version is now {b}, not {a}: look at the comparison again."
    with pytest.raises(Conflict, match=f"{b} is the current version already"):
        registry.promote(b, actor="U1")
    assert registry.current() == b
    (root / POINTER).unlink()
    with pytest.raises(Conflict, match=f"The current version is now unknown, not {b}"):
        registry.promote(c, actor="U1", expected=b)


@pytest.mark.parametrize("version", ["none", "", "..", "../models", "current", ".tmp-x", "a/b", "x" * 65])
def test_an_unknown_version_is_refused_everywhere(storage: Storage, kept: tuple[str, ...], version: str) -> None:
    registry = opened(storage)
    asks: list[Callable[[], object]] = [
        lambda: registry.load(version),
        lambda: registry.manifest(version),
        lambda: registry.verify(version),
        lambda: registry.load_pipelines(version),
        lambda: registry.promote(version, actor="U1"),
        lambda: registry.rollback(version, actor="U1"),
        lambda: registry.discard(version, actor="U1"),
    ]
    for ask in asks:
        with pytest.raises(UnknownVersion):
            ask()
    assert registry.current() == kept[1]


def test_verify_checks_both_forms(storage: Storage, kept: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    registry = opened(storage)
    checks = registry.verify(kept[0])
    assert [(check.ok, check.detail) for check in checks] == [(True, ""), (True, "")]
    assert checks[1].name == "pipelines agree on 10,000 points"
    assert set(registry.load_pipelines(kept[1])) == {"clusterer", "classifier"}
    monkeypatch.setattr(artifact, "library_version", lambda _name: "0.0.1")
    data, pipelines = registry.verify(kept[0])
    assert data.ok
    assert not pipelines.ok
    assert "0.0.1 is installed" in pipelines.detail
    assert registry.load_serving().problem is None
    with pytest.raises(BrokenArtifact, match="needs scikit-learn"):
        registry.load_pipelines(kept[0])


# ---- the gate, and decisions made on another current version


def test_a_version_the_gate_objects_to_is_refused_with_its_reasons_and_logged(storage: Storage) -> None:
    registry = opened(storage)
    version = registry.save(sample_trained(), **WHO, objections=("Too few rows.", "The segments overlap."))
    with pytest.raises(Unsafe) as caught:
        registry.promote(version, actor="U2", expected=None)
    assert caught.value.objections == ("Too few rows.", "The segments overlap.")
    assert "is unsafe and was not put in service. Too few rows. The segments overlap. " in caught.value.sentence
    assert "SEGBOT_ALLOW_UNSAFE=1" in caught.value.sentence
    assert isinstance(caught.value, NotAllowed)
    assert registry.current() is None
    last = registry.history()[-1]
    assert (last.event, last.actor, last.version, last.note) == (
        REFUSED, "U2", "", f"promote {version}, which is unsafe"
    )  # fmt: skip
    assert states(registry) == {version: State.CANDIDATE}


def test_an_unsafe_version_may_be_allowed_and_come_back(storage: Storage) -> None:
    registry = opened(storage)
    unsafe = registry.save(sample_trained(), **WHO, objections=("Too few rows.",))
    safe = registry.save(rfm_trained(), **WHO)
    assert registry.promote(unsafe, actor="U1", allow_unsafe=True) is None
    assert registry.history()[-1].details["unsafe"] is True
    registry.promote(safe, actor="U1")
    assert "unsafe" not in registry.history()[-1].details
    assert registry.rollback(actor="U1") == (unsafe, safe)
    registry.promote(safe, actor="U1")
    with pytest.raises(Unsafe):
        registry.promote(unsafe, actor="U1")  # that would be a new decision


def test_a_change_decided_on_another_current_version_is_refused_with_the_one_that_is(
    storage: Storage, kept: tuple[str, ...]
) -> None:
    registry, (a, b, c) = opened(storage), kept
    changes: tuple[Callable[[], object], ...] = (
        lambda: registry.promote(c, actor="U1", expected=a),
        lambda: registry.rollback(actor="U1", expected=a),
        lambda: registry.rollback(a, actor="U1", expected=c),
    )
    for change in changes:
        with pytest.raises(Conflict, match=f"The current version is now {b}, not ") as caught:
            change()
        assert caught.value.current == b
    with pytest.raises(Conflict) as caught:
        registry.promote(c, actor="U1", expected=None)
    assert caught.value.sentence == (
        f"The current version is now {b}; there was none before: look at the comparison again."
    )
    assert registry.current() == b
    assert registry.promote(c, actor="U1", expected=b) == b
    assert registry.rollback(actor="U1", expected=c) == (b, c)
    with pytest.raises(Conflict, match=f"The current version is now {b}, not {c}"):
        registry.rollback(actor="U2", expected=c)  # the second of two admins who clicked


def test_the_first_promotion_expects_none(storage: Storage) -> None:
    registry = opened(storage)
    first, second = registry.save(sample_trained(), **WHO), registry.save(rfm_trained(), **WHO)
    with pytest.raises(Conflict, match=f"is now unknown, not {second}"):
        registry.promote(first, actor="U1", expected=second)
    assert registry.promote(first, actor="U1", expected=None) is None
    with pytest.raises(Conflict) as caught:
        registry.promote(second, actor="U1", expected=None)
    assert caught.value.current == first


def test_every_conflict_says_what_is_current(storage: Storage, kept: tuple[str, ...]) -> None:
    registry, (a, b, c) = opened(storage), kept
    registry.discard(c, actor="U1")
    changes: tuple[Callable[[], object], ...] = (
        lambda: registry.promote(b, actor="U1"),
        lambda: registry.promote(c, actor="U1"),
        lambda: registry.rollback(b, actor="U1"),
        lambda: registry.rollback(c, actor="U1"),
        lambda: registry.discard(a, actor="U1"),
    )
    for change in changes:
        with pytest.raises(Conflict) as caught:
            change()
        assert caught.value.current == b


def test_a_promotion_that_cannot_be_logged_is_taken_back(
    root: Path, abc: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, (a, b, c) = opened(root), abc

    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(AuditLog, "append", full)
        for change in (lambda: registry.promote(c, actor="U1"), lambda: registry.rollback(actor="U1")):
            with pytest.raises(BadInput, match="No space left on device"):
                change()
            assert registry.current() == b
    assert registry.promote(c, actor="U1", expected=b) == b
    assert registry.rollback(a, actor="U1") == (a, c)


def test_the_first_promotion_that_cannot_be_logged_is_taken_back_too(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = opened(root)
    version = registry.save(sample_trained(), **WHO)

    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(AuditLog, "append", full)
        with pytest.raises(BadInput, match="No space left on device"):
            registry.promote(version, actor="U1")
        with pytest.raises(BadInput, match="No space left on device"):
            registry.save(rfm_trained(), **WHO)
    assert registry.current() is None
    assert states(registry) == {version: State.CANDIDATE}
    assert registry.promote(version, actor="U1", expected=None) is None
    assert [entry.event for entry in registry.history()] == [SAVED, PROMOTED]


def test_a_rollback_killed_before_its_line_is_logged_as_whose_it_is_and_not_done_again(
    root: Path, abc: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, (a, b, c) = opened(root), abc
    registry.promote(c, actor="U1")
    with monkeypatch.context() as patch:
        patch.setattr(AuditLog, "append", killed)
        with pytest.raises(Killed):
            registry.rollback(actor="U2", note="c is bad", request="once")
    assert registry.current() == b
    with pytest.raises(Conflict, match="done already"):
        registry.rollback(actor="U2", request="once")
    last = registry.history()[-1]
    assert (last.event, last.actor, last.version, last.previous) == (ROLLED_BACK, "U2", b, c)
    assert (last.note, last.details["data"]) == ("c is bad", registry.manifest(b).report.data_fingerprint)
    assert registry.rollback(actor="U2") == (a, b)


def test_a_move_killed_before_the_pointer_or_after_its_line_leaves_nothing_to_log(
    root: Path, abc: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, (_a, b, c) = opened(root), abc
    before = registry.history()
    replace = os.replace

    def killed_at_the_pointer(source: Path, target: Path) -> None:
        if target.name == POINTER:
            raise Killed
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed_at_the_pointer)
        with pytest.raises(Killed):
            registry.promote(c, actor="U1")
    registry.sweep()
    assert (registry.current(), registry.history()) == (b, before)
    append = AuditLog.append

    def append_then_killed(log: AuditLog, entry: AuditEntry) -> None:
        append(log, entry)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(AuditLog, "append", append_then_killed)
        with pytest.raises(Killed):
            registry.promote(c, actor="U1")
    registry.sweep()
    assert registry.current() == c
    assert [entry.event for entry in registry.history()[len(before) :]] == [PROMOTED]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"at": 1}', b"\xff"])
def test_an_intent_that_is_not_ours_is_thrown_away(root: Path, abc: tuple[str, ...], content: bytes) -> None:
    registry, before = opened(root), len(opened(root).history())
    (root / ".intent").write_bytes(content)
    registry.discard(abc[2], actor="U1")
    assert not (root / ".intent").exists()
    assert len(registry.history()) == before + 1


def test_a_move_carries_the_note_of_who_moves_or_else_of_who_trained(storage: Storage) -> None:
    registry = opened(storage)
    a, b, c = (registry.save(sample_trained(), **WHO, note=note) for note in ("spring", "summer", "autumn"))
    registry.promote(a, actor="U1")
    registry.promote(b, actor="U1", note="looks right")
    registry.rollback(actor="U1")
    registry.discard(c, actor="U1")
    assert [entry.note for entry in registry.history()[3:]] == ["spring", "looks right", "spring", "autumn"]


def test_a_broken_candidate_can_be_discarded(root: Path, abc: tuple[str, ...]) -> None:
    registry, (_a, _b, c) = opened(root), abc
    edit_manifest(root / c)
    registry.discard(c, actor="U1")
    last = registry.history()[-1]
    assert (last.event, last.version, last.details) == (DISCARDED, c, {})


# ---- runs, and what the log and the manifests tell


def test_an_interrupted_job_that_saves_again_gets_the_version_it_saved_first(storage: Storage) -> None:
    registry = opened(storage)
    first = registry.save(sample_trained(), **WHO, run="job-1")
    assert registry.find_run("job-1") == first
    assert registry.find_run("job-2") is registry.find_run("") is None
    assert registry.save(rfm_trained(), **WHO, run="job-1") == first
    assert [entry.event for entry in registry.history()] == [SAVED]
    assert registry.save(rfm_trained(), **WHO, run="job-2") != first
    assert registry.save(rfm_trained(), **WHO) != registry.save(rfm_trained(), **WHO)  # the terminal has no runs
    assert len(registry.versions()) == 4


def test_a_job_killed_between_version_and_log_finds_its_version_and_completes_the_log(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = opened(root)
    with monkeypatch.context() as patch:
        patch.setattr(AuditLog, "append", killed)
        with suppress(Killed):
            registry.save(sample_trained(), **WHO, run="job-1")
    assert registry.history() == []
    registry.sweep()
    assert [entry.event for entry in registry.history()] == [SAVED]
    version = registry.save(sample_trained(), **WHO, run="job-1")
    assert [info.version for info in registry.versions()] == [version]
    assert [(entry.event, entry.version) for entry in registry.history()] == [(SAVED, version)]


def test_a_manifest_keeps_what_the_report_needs(storage: Storage) -> None:
    registry = opened(storage)
    side = Side.of_training(sample_trained())
    comparison = compare(side, None, ("Too few rows.",))
    version = registry.save(
        sample_trained(),
        **WHO,
        run="job-1",
        notes=("The delimiter is a semicolon.",),
        objections=("Too few rows.",),
        comparison=comparison,
    )
    manifest = registry.manifest(version)
    assert (manifest.run, manifest.notes) == ("job-1", ["The delimiter is a semicolon."])
    assert manifest.objections == ["Too few rows."]
    assert manifest.comparison is not None
    assert Comparison.from_data(manifest.comparison) == comparison


def test_the_log_tells_what_data_and_measures_each_change_was_about(storage: Storage) -> None:
    registry = opened(storage)
    first, second = registry.save(sample_trained(), **WHO), registry.save(rfm_trained(), **WHO)
    third = registry.save(rfm_trained(), **WHO)
    registry.promote(first, actor="U1")
    registry.promote(second, actor="U1")
    registry.rollback(actor="U1")
    registry.discard(third, actor="U1")
    reports = {first: sample_trained().report, second: rfm_trained().report, third: rfm_trained().report}
    told = [entry for entry in registry.history() if entry.event in {SAVED, PROMOTED, ROLLED_BACK, DISCARDED}]
    assert len(told) == 7
    for entry in told:
        report = reports[entry.version]
        assert entry.details == {"data": report.data_fingerprint, "metrics": report.metrics()}


def test_a_refusal_is_logged_with_who_tried_what(storage: Storage, kept: tuple[str, ...]) -> None:
    registry = opened(storage)
    registry.refuse("U9", "retrain " + "x" * 1000)
    last = registry.history()[-1]
    assert (last.event, last.actor, last.version, last.details) == (REFUSED, "U9", "", {})
    assert last.note.startswith("retrain x")
    assert len(last.note) == 300
    assert registry.current() == kept[1]


# ---- old versions


def test_old_versions_are_pruned_but_never_the_current_or_the_previous_one(storage: Storage) -> None:
    registry = opened(storage)
    versions = [registry.save(sample_trained(), **WHO) for _ in range(8)]
    for version in (versions[0], versions[1], versions[2]):
        registry.promote(version, actor="U1")
    registry.discard(versions[3], actor="U1")
    assert registry.prune(8) == ()
    gone = registry.prune(3)
    assert gone == (versions[0], versions[3], versions[4])
    assert [info.version for info in registry.versions()] == [versions[1], versions[2], *versions[5:]]
    pruned = [(entry.event, entry.actor, entry.version) for entry in registry.history()][-3:]
    assert pruned == [(PRUNED, "segbot", version) for version in gone]
    assert registry.prune(3) == ()
    assert registry.load_serving().problem is None
    assert registry.rollback(actor="U1") == (versions[1], versions[2])
    with pytest.raises(Conflict, match="no earlier version"):
        registry.rollback(actor="U1")  # the one before is no more
    with pytest.raises(UnknownVersion):
        registry.promote(versions[4], actor="U1")


def test_versions_of_the_same_second_are_listed_and_pruned_in_the_order_they_came(storage: Storage) -> None:
    registry = Registry(storage, KEY, lambda: START)
    versions = [registry.save(trained(), **WHO) for trained in (sample_trained, rfm_trained, sample_trained)]
    assert versions != sorted(versions)
    assert [info.version for info in registry.versions()] == versions
    assert registry.prune(1) == tuple(versions[:2])


def test_the_version_rolled_back_from_stays_so_that_it_can_come_again(storage: Storage) -> None:
    registry = opened(storage)
    a, b = (registry.save(sample_trained(), **WHO) for _ in "ab")
    registry.promote(a, actor="U1")
    registry.promote(b, actor="U1")
    registry.rollback(actor="U1")
    newer = [registry.save(sample_trained(), **WHO) for _ in range(2)]
    assert registry.prune(1) == (newer[0],)
    assert registry.rollback(b, actor="U1") == (b, a)


def test_a_candidate_just_saved_survives_the_smallest_number_kept(storage: Storage, kept: tuple[str, ...]) -> None:
    registry, (a, b, c) = opened(storage), kept
    assert registry.prune(1) == ()
    new = registry.save(rfm_trained(), **WHO)
    assert registry.prune(1) == (c,)
    assert set(states(registry)) == {a, b, new}


def test_nothing_is_pruned_while_the_pointer_is_broken_nor_what_is_broken_itself(
    root: Path, abc: tuple[str, ...]
) -> None:
    registry, (a, b, c) = opened(root), abc
    edit_manifest(root / c)
    registry.save(sample_trained(), **WHO)
    (root / POINTER).write_text("../etc")
    assert registry.prune(1) == ()
    (root / POINTER).write_text(f"{b}\n")
    assert registry.prune(1) == ()
    assert {a, b, c} < set(states(registry))


def test_a_prune_killed_half_way_leaves_only_what_the_sweep_removes(
    root: Path, abc: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, (a, b, c) = opened(root), abc
    new = registry.save(rfm_trained(), **WHO)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", killed)
        with suppress(Killed):
            registry.prune(1)
    assert set(states(registry)) == {a, b, new}
    assert list(root.glob(".tmp-*"))
    registry.sweep()
    assert not list(root.glob(".tmp-*"))
    assert registry.load_serving().model.version == b
    assert c not in states(registry)


# ---- tampering: whatever happens to the current version, the last good one keeps serving


def flip(folder: Path) -> None:
    data = bytearray((folder / MODEL).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / MODEL).write_bytes(data)


def truncate(folder: Path) -> None:
    os.truncate(folder / MODEL, 100)


def add_file(folder: Path) -> None:
    (folder / "readme.txt").write_text("hello")


def edit_manifest(folder: Path) -> None:
    body = json.loads((folder / MANIFEST).read_bytes()) | {"note": "edited"}
    (folder / MANIFEST).write_text(json.dumps(body, indent=1) + "\n")


def link_folder(folder: Path) -> None:
    target = folder.parent.parent / "elsewhere"
    folder.rename(target)
    folder.symlink_to(target)


def link_file(folder: Path) -> None:
    (folder / MODEL).rename(folder.parent.parent / MODEL)
    (folder / MODEL).symlink_to(folder.parent.parent / MODEL)


def make_pipe(folder: Path) -> None:
    (folder / MODEL).unlink()
    os.mkfifo(folder / MODEL)


def remove_folder(folder: Path) -> None:
    shutil.rmtree(folder)


def swap_folders(folder: Path) -> None:
    other = next(path for path in sorted(folder.parent.iterdir()) if path.is_dir() and path != folder)
    folder.rename(folder.parent / "aside")
    shutil.copytree(other, folder)


def swap_files(folder: Path) -> None:
    other = next(path for path in sorted(folder.parent.iterdir()) if path.is_dir() and path != folder)
    shutil.copy(other / MODEL, folder / MODEL)


SPOILERS = (
    flip,
    truncate,
    add_file,
    edit_manifest,
    link_folder,
    link_file,
    make_pipe,
    remove_folder,
    swap_folders,
    swap_files,
)


@pytest.mark.parametrize("spoil", SPOILERS)
def test_a_broken_current_version_is_refused_and_the_last_good_one_serves(
    root: Path, abc: tuple[str, ...], spoil: Callable[[Path], None]
) -> None:
    registry, (a, b, c) = opened(root), abc
    spoil(root / b)
    with pytest.raises(BrokenArtifact):
        registry.load_current()
    serving = registry.load_serving()
    assert serving.model.version == a
    assert serving.problem is not None
    assert b in serving.problem.sentence
    if (root / b).exists():
        assert not registry.verify(b)[0].ok
        with pytest.raises((BrokenArtifact, Conflict)):
            registry.promote(b, actor="U1")
    assert registry.promote(c, actor="U1") == b
    assert registry.load_serving().problem is None


def test_a_broken_version_is_listed_with_its_problem(root: Path, abc: tuple[str, ...]) -> None:
    edit_manifest(root / abc[0])
    (root / abc[2]).rename(root.parent / "aside")
    (root / abc[2]).symlink_to(root.parent / "aside")
    found = {info.version: info for info in opened(root).versions()}
    assert "manifest.json is altered" in found[abc[0]].problem
    assert "its folder cannot be opened" in found[abc[2]].problem
    assert found[abc[0]].manifest is found[abc[2]].manifest is None
    assert found[abc[1]].problem == ""


@pytest.mark.parametrize("name", ["manifest.json", "model.json", "model.joblib"])
def test_no_flipped_bit_passes_verify_or_is_served(root: Path, abc: tuple[str, ...], name: str) -> None:
    flips = campaign(40, 400)
    registry, (a, b, _c) = opened(root), abc
    whole = (root / b / name).read_bytes()
    step = len(whole) * 8 / flips
    for i in range(flips):
        at = int(i * step)
        flipped = bytearray(whole)
        flipped[at // 8] ^= 1 << at % 8
        (root / b / name).write_bytes(flipped)
        (check,) = registry.verify(b)
        assert not check.ok
        assert registry.load_serving().model.version == a
    (root / b / name).write_bytes(whole)
    assert all(check.ok for check in registry.verify(b))


def test_a_broken_candidate_is_not_promoted(root: Path, abc: tuple[str, ...]) -> None:
    registry = opened(root)
    flip(root / abc[2])
    with pytest.raises(BrokenArtifact, match=r"model\.json is not the file that was saved"):
        registry.promote(abc[2], actor="U1")
    flip(root / abc[0])
    with pytest.raises(BrokenArtifact):
        registry.rollback(actor="U1")
    assert registry.load_serving().problem is None
    assert registry.current() == abc[1]


def test_when_no_version_is_good_the_current_one_s_problem_is_raised(root: Path, abc: tuple[str, ...]) -> None:
    flip(root / abc[0])
    truncate(root / abc[1])
    with pytest.raises(BrokenArtifact, match=f"Model version {abc[1]} was not used"):
        opened(root).load_serving()


def test_another_key_reads_nothing(storage: Storage, kept: tuple[str, ...]) -> None:
    other = Registry(storage, b"another key of thirty-two bytes!")
    with pytest.raises(BrokenArtifact):
        other.load_serving()
    assert all(info.manifest is None for info in other.versions())
    assert [check.ok for check in other.verify(kept[1])] == [False]


def pointer_to(text: bytes) -> Callable[[Path], None]:
    def write(pointer: Path) -> None:
        pointer.write_bytes(text)

    return write


def pointer_missing(pointer: Path) -> None:
    pointer.unlink()


def pointer_link(pointer: Path) -> None:
    pointer.rename(pointer.parent.parent / "elsewhere")
    pointer.symlink_to(pointer.parent.parent / "elsewhere")


def pointer_folder(pointer: Path) -> None:
    pointer.unlink()
    pointer.mkdir()


def pointer_pipe(pointer: Path) -> None:
    pointer.unlink()
    os.mkfifo(pointer)


POINTERS = {
    "missing": pointer_missing,
    "empty": pointer_to(b""),
    "garbage": pointer_to(b"\xff\x00\xfe"),
    "a path": pointer_to(b"../../etc"),
    "endless": pointer_to(b"x" * 10_000),
    "an unknown version": pointer_to(b"v99\n"),
    "its own name": pointer_to(b"current\n"),
    "a link": pointer_link,
    "a pipe": pointer_pipe,
}


@pytest.mark.parametrize("spoil", POINTERS.values(), ids=POINTERS)
def test_with_a_spoilt_pointer_the_last_version_serves_and_a_rollback_mends_it(
    root: Path, abc: tuple[str, ...], spoil: Callable[[Path], None]
) -> None:
    registry = opened(root)
    spoil(root / POINTER)
    with pytest.raises(BrokenArtifact, match=r"[Pp]ointer"):
        registry.load_current()
    serving = registry.load_serving()
    assert serving.model.version == abc[1]
    assert serving.problem is not None
    assert len(registry.versions()) == 3
    assert registry.rollback(actor="U1")[0] == abc[1]
    assert registry.load_serving().problem is None
    assert (root / POINTER).read_text() == f"{abc[1]}\n"


def test_a_folder_in_place_of_the_pointer_is_refused_in_a_sentence(root: Path, abc: tuple[str, ...]) -> None:
    registry = opened(root)
    pointer_folder(root / POINTER)
    with pytest.raises(BrokenArtifact, match="The pointer current cannot be read"):
        registry.current()
    assert registry.load_serving().model.version == abc[1]
    with pytest.raises(BadInput, match="cannot be written to"):
        registry.promote(abc[2], actor="U1")


def test_a_pointer_moved_by_hand_is_put_into_the_log(root: Path, abc: tuple[str, ...]) -> None:
    registry, (a, b, c) = opened(root), abc
    (root / POINTER).write_text(f"{a}\n")
    assert registry.load_serving().model.version == a
    assert registry.promote(c, actor="U1") == a
    recovered, promoted = registry.history()[-2:]
    assert (recovered.event, recovered.actor, recovered.version, recovered.previous) == (RECOVERED, "segbot", a, b)
    assert (promoted.event, promoted.previous) == (PROMOTED, a)


def test_a_log_cut_short_costs_nothing_that_serves(root: Path, abc: tuple[str, ...]) -> None:
    registry = opened(root)
    os.truncate(root / "audit.jsonl", (root / "audit.jsonl").stat().st_size - 20)
    assert registry.load_serving().problem is None
    assert registry.promote(abc[2], actor="U1") == abc[1]
    assert served(registry.history()) == list(abc)


def test_a_log_that_cannot_be_read_stops_changes_but_not_serving(root: Path, abc: tuple[str, ...]) -> None:
    registry = opened(root)
    (root / "audit.jsonl").unlink()
    (root / "audit.jsonl").mkdir()
    assert registry.load_serving().model.version == abc[1]
    with pytest.raises(BrokenArtifact, match=r"The log audit\.jsonl cannot be read"):
        registry.promote(abc[2], actor="U1")


# ---- crashes: every call that changes the disk fails in turn


CALLS = ("open", "write", "fsync", "mkdir", "rename", "replace")


class Fault:
    """Lets the calls that change the disk fail from the nth on, as on a full disk or in a killed process."""

    def __init__(self, patch: pytest.MonkeyPatch, nth: int, error: BaseException) -> None:
        self.made, self._nth, self._error = 0, nth, error
        for name in CALLS:
            patch.setattr(os, name, self._wrap(getattr(os, name), always=name != "open"))

    def _wrap(self, call: Callable[..., object], *, always: bool) -> Callable[..., object]:
        def wrapped(*args: object, **named: object) -> object:
            changes = always or (len(args) > 1 and isinstance(args[1], int) and args[1] & os.O_CREAT)
            if changes:
                self.made += 1
                if self.made >= self._nth:
                    raise self._error
            return call(*args, **named)

        return wrapped


Change = Callable[[Registry, tuple[str, ...]], object]
CHANGES: dict[str, Change] = {
    "save": lambda registry, _abc: registry.save(rfm_trained(), **WHO),
    "promote": lambda registry, abc: registry.promote(abc[2], actor="U1"),
    "rollback": lambda registry, _abc: registry.rollback(actor="U1"),
    "discard": lambda registry, abc: registry.discard(abc[2], actor="U1"),
    "refuse": lambda registry, _abc: registry.refuse("U1", "retrain"),
    "sweep": lambda registry, _abc: registry.sweep(),
    "prune": lambda registry, _abc: registry.prune(1),
}
ERRORS = {"full disk": OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "killed": Killed()}


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_crash_at_any_instant_leaves_a_loadable_current_version(
    root: Path, abc: tuple[str, ...], change: Change, error: BaseException
) -> None:
    files = {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    for nth in count(1):
        shutil.rmtree(root)
        for name, data in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(data)
        with pytest.MonkeyPatch.context() as patch:
            fault = Fault(patch, nth, error)
            refused: list[BadInput] = []
            try:
                change(opened(root), abc)
            except Killed:
                pass
            except BadInput as refusal:
                refused.append(refusal)
        assert all("cannot be written to (No space left on device)" in refusal.sentence for refusal in refused)
        after = opened(root)
        assert after.load_serving().problem is None
        assert after.current() in abc
        assert all(info.problem == "" for info in after.versions())
        assert len(after.versions()) <= 4
        if list(root.glob(".tmp-*")):
            after.save(rfm_trained(), **WHO)
            assert not list(root.glob(".tmp-*"))
        with suppress(Conflict):  # any change first puts the log right
            after.discard(abc[2], actor="U1")
        assert served(after.history())[-1] == after.current()
        assert RECOVERED not in {entry.event for entry in after.history()}  # each move has its line, and who made it
        assert not (root / ".intent").exists()
        if fault.made < nth:
            assert nth > 2
            break


def test_a_failed_save_leaves_no_temporary_behind(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = opened(root)
    root.mkdir()

    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(BadInput, match="No space left on device"):
            registry.save(sample_trained(), **WHO)
    assert [path.name for path in root.iterdir()] == [".lock"]


def test_what_a_crash_left_is_swept_at_the_next_save(root: Path) -> None:
    (root / ".tmp-folder" / "deep").mkdir(parents=True)
    (root / ".tmp-file").write_text("half")
    (root / ".tmp-link").symlink_to(root.parent)
    registry = opened(root)
    assert registry.versions() == []
    version = registry.save(sample_trained(), **WHO)
    assert {path.name for path in root.iterdir()} == {".lock", "audit.jsonl", version}
    assert root.parent.exists()


def test_what_is_removed_is_gone_at_once_and_what_a_crash_leaves_of_it_is_swept(
    root: Path, abc: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = FolderStorage(root)
    with storage.changing():
        storage.remove(abc[0])
    assert not storage.holds(abc[0])
    assert not list(root.glob(".tmp-*"))

    def killed(*_args: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", killed)
        with pytest.raises(Killed), storage.changing():
            storage.remove(abc[2])
    assert opened(root).versions()[0].version == abc[1]
    assert len(list(root.glob(".tmp-*"))) == 1
    with storage.changing():
        storage.sweep()
    assert not list(root.glob(".tmp-*"))


# ---- two at once


MOVER = """
import sys
from pathlib import Path
from segmentation.errors import Conflict
from segmentation.registry.registry import Registry
registry = Registry(Path(sys.argv[1]), sys.argv[2].encode())
sys.stdin.readline()
for turn in range(12):
    for version in sys.argv[3:]:
        try:
            registry.rollback(actor=version) if turn % 3 == 2 else registry.promote(version, actor=version)
        except Conflict:
            pass
"""


def test_two_processes_that_promote_and_roll_back_take_turns(root: Path, abc: tuple[str, ...]) -> None:
    orders = (abc, abc[::-1])
    movers = [
        subprocess.Popen([sys.executable, "-c", MOVER, str(root), KEY.decode(), *order], stdin=subprocess.PIPE)
        for order in orders
    ]
    for mover in movers:
        assert mover.stdin is not None
        mover.stdin.write(b"go\n")
        mover.stdin.flush()
    for mover in movers:
        mover.communicate()
        assert mover.returncode == 0
    registry = opened(root)
    lines = (root / "audit.jsonl").read_bytes().splitlines()
    entries = registry.history()
    assert len(lines) == len(entries)
    moves = [entry for entry in entries if entry.event in MOVES]
    assert len(moves) > 20
    assert RECOVERED not in {entry.event for entry in entries}
    assert all(later.previous == earlier.version for earlier, later in pairwise(moves))
    assert registry.load_serving().problem is None
    assert registry.current() == moves[-1].version


def test_threads_promote_the_same_version_once(storage: Storage, kept: tuple[str, ...]) -> None:
    registry = opened(storage)

    def promote(_turn: int) -> bool:
        try:
            registry.promote(kept[2], actor="U1", expected=kept[1])
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(promote, range(16))) == 1


# ---- what cannot be written, and the key


def test_a_folder_that_cannot_be_written_is_a_plain_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    registry = opened(tmp_path / "file" / "models")
    with pytest.raises(BadInput, match=r"The models folder .*models cannot be written to \(Not a directory\)\."):
        registry.save(sample_trained(), **WHO)


def test_a_read_only_folder_still_serves(root: Path, abc: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    actual = os.open

    def read_only(path: str, flags: int, *args: int, **named: int) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return actual(path, flags, *args, **named)

    monkeypatch.setattr(os, "open", read_only)
    registry = opened(root)
    assert registry.load_serving().model.version == abc[1]
    assert len(registry.versions()) == 3
    with pytest.raises(BadInput, match="Read-only file system"):
        registry.promote(abc[2], actor="U1")


def test_a_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    path = tmp_path / "var" / "signing.key"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _turn: signing_key(path), range(8)))
    assert len(keys) == 1
    assert len(keys.pop()) == 64
    assert path.stat().st_mode & 0o777 == 0o600
    assert [item.name for item in path.parent.iterdir()] == ["signing.key"]


@pytest.mark.parametrize("text", [b"", b"short", b"\n" * 64, b"\xff" * 64])
def test_a_damaged_key_is_refused_and_left_alone(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "signing.key"
    path.write_bytes(text)
    with pytest.raises(BrokenArtifact, match="The signing key"):
        signing_key(path)
    assert path.read_bytes() == text


def test_a_key_that_cannot_be_made_is_a_plain_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BrokenArtifact, match="cannot be read or made"):
        signing_key(tmp_path / "file" / "signing.key")


def test_a_registry_opens_with_the_key_given_or_the_one_it_keeps(root: Path, tmp_path: Path) -> None:
    kept = Registry.open(root, tmp_path / "var")
    version = kept.save(sample_trained(), **WHO)
    assert Registry.open(root, tmp_path / "var").load(version).version == version
    assert not list(root.rglob("signing.key"))
    given = Registry.open(root, tmp_path / "unused", KEY.decode())
    assert not (tmp_path / "unused").exists()
    with pytest.raises(BrokenArtifact, match="signed with another key"):
        given.load(version)


def test_every_refusal_carries_a_sentence() -> None:
    for kind in (BadInput, BrokenArtifact, Conflict, NoModel, UnknownVersion):
        error = kind("Something a person reads.")
        assert isinstance(error, SegbotError)
        assert error.sentence == str(error) == "Something a person reads."
