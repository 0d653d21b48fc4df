"""Every call that changes the disk fails in turn, and a loadable current version is left."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
from reference import rfm_trained, sample_trained
from registries import WHO, Killed, opened

from segmentation.errors import (
    BadInput,
    Conflict,
)
from segmentation.registry.audit import (
    RECOVERED,
    served,
)
from segmentation.registry.folder_storage import FolderStorage
from segmentation.registry.registry import Registry

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
        assert all("can't be written to (No space left on device)" in refusal.sentence for refusal in refused)
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
