"""Postponed libraries: nothing of theirs runs before it is used, and then once, whole, whoever asks."""

from __future__ import annotations

import importlib
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from bot.cli.postponed import postpone

SOURCE = """
import builtins
import library_in_use
builtins.library_runs.append(library_in_use.__name__)
builtins.library_waits()
late = library_in_use.__name__ + " is whole"
"""


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what grows with every run of the library's code."""
    folder = tmp_path / "library_in_use"
    folder.mkdir()
    (folder / "__init__.py").write_text(SOURCE)
    (folder / "part.py").write_text("from library_in_use import late\n")
    monkeypatch.syspath_prepend(tmp_path)
    found: list[str] = []
    monkeypatch.setattr("builtins.library_runs", found, raising=False)
    monkeypatch.setattr("builtins.library_waits", lambda: None, raising=False)
    for name in ("library_in_use", "library_in_use.part"):
        # Set first, so that it is taken away again afterwards.
        monkeypatch.setitem(sys.modules, name, sys)
        del sys.modules[name]
    return found


def test_a_library_runs_when_it_is_used_rather_than_imported(runs: list[str]) -> None:
    postpone("library_in_use")
    library = importlib.import_module("library_in_use")
    assert runs == []
    assert library.late == "library_in_use is whole"
    assert library.late
    assert runs == ["library_in_use"]


def test_a_part_of_a_library_is_preceded_by_the_whole(runs: list[str]) -> None:
    postpone("library_in_use")
    assert importlib.import_module("library_in_use.part").late == "library_in_use is whole"
    assert runs == ["library_in_use"]


def test_other_threads_wait_until_a_library_is_whole(runs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    running, go_on = Event(), Event()

    def wait() -> None:
        running.set()
        assert go_on.wait(60)

    monkeypatch.setattr("builtins.library_waits", wait)
    postpone("library_in_use")
    library = importlib.import_module("library_in_use")
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(lambda: library.late)
        assert running.wait(60)
        second = pool.submit(lambda: library.late)
        go_on.set()
        assert first.result(60) == second.result(60) == "library_in_use is whole"
    assert runs == ["library_in_use"]


def test_what_is_loaded_or_does_not_exist_is_left_alone(runs: list[str]) -> None:
    library = importlib.import_module("library_in_use")
    postpone("library_in_use", "no_library_of_this_name")
    assert importlib.import_module("library_in_use") is library
    assert runs == ["library_in_use"]
    assert "no_library_of_this_name" not in sys.modules
