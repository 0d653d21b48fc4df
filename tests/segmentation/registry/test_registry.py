"""The registry: who is in service and how that changes, what cannot be written, and the key."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from reference import FIVE_NAMES, KEY, sample_trained
from registries import START, WHO, opened, states

from segmentation.errors import (
    BadInput,
    BrokenArtifact,
    Conflict,
    NoModel,
    SegbotError,
    UnknownVersion,
)
from segmentation.registry import artifact
from segmentation.registry.artifact import FILES
from segmentation.registry.audit import (
    DISCARDED,
    PROMOTED,
    ROLLED_BACK,
    SAVED,
)
from segmentation.registry.registry import Registry
from segmentation.registry.signing import signing_key
from segmentation.registry.states import State
from segmentation.registry.storage import POINTER, Storage
from segmentation.registry.versions import NO_MODEL

# ---- from candidate


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


def test_the_newest_candidate_that_still_waits_is_named_and_an_unsafe_one_is_not_offered(storage: Storage) -> None:
    registry = opened(storage)
    unsafe = registry.save(sample_trained(), actor="U1", source="test", objections=("Too few rows.",))
    told = registry.no_model()
    assert told.candidate == unsafe
    assert told.sentence == (
        f"There is no model in service. Candidate {unsafe} waits, but it is unsafe to promote: "
        f"`segbot models show {unsafe}` says why."
    )
    newer = registry.save(sample_trained(), actor="U1", source="test")
    assert registry.no_model().candidate == newer
    registry.discard(newer, actor="U1")
    assert registry.no_model().candidate == unsafe
    registry.discard(unsafe, actor="U1")
    assert (registry.no_model().candidate, registry.no_model().sentence) == (None, NO_MODEL)


def test_a_broken_candidate_is_not_named(root: Path) -> None:
    registry = opened(root)
    good, broken = (registry.save(sample_trained(), actor="U1", source="test") for _ in range(2))
    (root / broken / "manifest.json").write_text("{}")
    assert registry.no_model().candidate == good


def test_a_saved_training_is_a_candidate_and_not_served(storage: Storage) -> None:
    registry = opened(storage)
    version = registry.save(sample_trained(), actor="U1", source="file, 200 rows", note="try")
    assert states(registry) == {version: State.CANDIDATE}
    assert registry.load(version).names == FIVE_NAMES
    assert registry.load(version).version == version
    manifest = registry.manifest(version)
    assert (manifest.created_by, manifest.source, manifest.note) == ("U1", "file, 200 rows", "try")
    with pytest.raises(NoModel) as caught:
        registry.load_serving()
    assert caught.value.candidate == version
    assert caught.value.sentence == (
        f"There is no model in service. Candidate {version} waits: promote it under its report in Slack, or with "
        f"`segbot models promote {version}`."
    )
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


# ---- what cannot be written


def test_a_folder_that_cannot_be_written_is_a_plain_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    registry = opened(tmp_path / "file" / "models")
    with pytest.raises(BadInput, match=r"The models folder .*models can't be written to \(Not a directory\)\."):
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
    with pytest.raises(BrokenArtifact, match="can't be read or made"):
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
