"""Decisions: the gate's objections, another current version than expected, and moves that are cut short."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from reference import rfm_trained, sample_trained
from registries import WHO, Killed, edit_manifest, killed, opened, states

from segmentation.errors import (
    BadInput,
    Conflict,
    NotAllowed,
    Unsafe,
)
from segmentation.registry.audit import (
    DISCARDED,
    PROMOTED,
    REFUSED,
    ROLLED_BACK,
    SAVED,
    AuditEntry,
    AuditLog,
)
from segmentation.registry.states import State
from segmentation.registry.storage import POINTER, Storage


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
