"""Whatever happens to the current version, the pointer or the log, the last good version keeps serving."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from campaigns import campaign
from registries import edit_manifest, opened

from segmentation.errors import (
    BadInput,
    BrokenArtifact,
    Conflict,
)
from segmentation.registry.artifact import MODEL
from segmentation.registry.audit import (
    PROMOTED,
    RECOVERED,
    served,
)
from segmentation.registry.registry import Registry
from segmentation.registry.storage import POINTER, Storage


def flip(folder: Path) -> None:
    data = bytearray((folder / MODEL).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / MODEL).write_bytes(data)


def truncate(folder: Path) -> None:
    os.truncate(folder / MODEL, 100)


def add_file(folder: Path) -> None:
    (folder / "readme.txt").write_text("hello")


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
    assert "its folder can't be opened" in found[abc[2]].problem
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
    with pytest.raises(BrokenArtifact, match="The pointer current can't be read"):
        registry.current()
    assert registry.load_serving().model.version == abc[1]
    with pytest.raises(BadInput, match="can't be written to"):
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
    with pytest.raises(BrokenArtifact, match=r"The log audit\.jsonl can't be read"):
        registry.promote(abc[2], actor="U1")
