"""The scratch folder: private, gone when done, swept at start."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from bot.jobs.scratch import Scratch


def test_a_folder_is_private_and_gone_at_the_end(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    with scratch.folder() as folder:
        (folder / "upload.csv").write_text("x")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
        with scratch.folder() as other:
            assert other != folder
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_folder_is_gone_after_a_failure_too(tmp_path: Path) -> None:
    def fail() -> None:
        with Scratch(tmp_path).folder() as folder:
            (folder / "deep").mkdir()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_folder_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir(mode=0o755)
    with Scratch(tmp_path).folder() as folder:
        assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700


def test_what_a_crash_left_is_swept_and_what_it_points_to_is_not(tmp_path: Path) -> None:
    scratch, precious = Scratch(tmp_path), tmp_path / "precious"
    precious.mkdir()
    (precious / "kept").write_text("x")
    left = tmp_path / "scratch"
    (left / "tmp1" / "deep").mkdir(parents=True)
    (left / "tmp1" / "upload.csv").write_text("x")
    (left / "stray").write_text("x")
    (left / "link").symlink_to(precious, target_is_directory=True)
    assert scratch.sweep() == 3
    assert os.listdir(left) == []  # noqa: PTH208 - hidden ones too
    assert (precious / "kept").exists()


def test_what_another_process_works_on_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "scratch" / "tmp1").mkdir(parents=True)
    with Scratch(tmp_path).folder() as folder:
        assert Scratch(tmp_path).sweep() == 1
        assert [path.name for path in (tmp_path / "scratch").iterdir()] == [folder.name]
    assert os.listdir(tmp_path / "scratch") == []  # noqa: PTH208 - hidden ones too


def test_there_may_be_nothing_to_sweep(tmp_path: Path) -> None:
    assert Scratch(tmp_path).sweep() == 0
