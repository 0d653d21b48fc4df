"""Watches are kept, changed, taken up and forgotten, in a file and in PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from segmentation.errors import NoDatabase
from segmentation.watching.schedule import Every, Schedule
from segmentation.watching.store import WatchStore
from segmentation.watching.watch import Kind, Seen, Watch

WATCH = Watch(
    "T1", "C1", "U1", Kind.WATCH, "customers", Schedule(Every.WEEK, 0, 540, "Europe/Berlin"), 100.0, ran=100.0
)


@pytest.fixture(params=["file", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> WatchStore:
    """An empty store."""
    address = request.getfixturevalue("postgres_address") if request.param == "postgres" else ""
    found = WatchStore.open(tmp_path / "state", address)
    for team in ("T1", "T2"):
        found.forget(team)
    return found


def test_a_watch_comes_back_as_it_was(store: WatchStore) -> None:
    retrain = replace(WATCH, kind=Kind.RETRAIN, k=5, points=2.5)
    store.put(WATCH)
    store.put(retrain)
    assert store.of("T1") == [retrain, WATCH]
    assert store.every() == [retrain, WATCH]
    assert store.find("T1", Kind.WATCH, "customers") == WATCH
    assert store.find("T2", Kind.WATCH, "customers") is None
    assert store.find("T1", Kind.WATCH, "orders") is None


def test_typing_it_again_changes_it_and_compares_anew(store: WatchStore) -> None:
    store.put(WATCH)
    store.note(WATCH, Seen(version="V1", checked=200.0))
    store.put(replace(WATCH, points=1.0))
    (found,) = store.of("T1")
    assert (found.points, found.seen) == (1.0, Seen())


def test_pausing_keeps_what_was_seen(store: WatchStore) -> None:
    store.put(WATCH)
    seen = Seen(version="V1", shares={"Target": 0.5}, checked=200.0, told=("stale:V1",))
    store.note(WATCH, seen)
    assert store.change(replace(WATCH, paused=True))
    (found,) = store.of("T1")
    assert (found.paused, found.seen) == (True, seen)
    assert store.delete("T1", Kind.WATCH, "customers")
    assert not store.change(WATCH)
    assert not store.delete("T1", Kind.WATCH, "customers")


def test_of_two_that_have_read_the_same_only_the_first_notes(store: WatchStore) -> None:
    store.put(WATCH)
    store.note(WATCH, Seen(version="V2", checked=300.0))
    store.note(WATCH, Seen(version="V1", checked=200.0))
    store.take_up(WATCH, 300.0)
    store.take_up(WATCH, 200.0)
    (found,) = store.of("T1")
    assert (found.seen.version, found.ran) == ("V2", 300.0)
    # A clock that was wrong can be put right.
    store.take_up(found, 250.0)
    store.note(found, Seen(version="V3", checked=250.0))
    (found,) = store.of("T1")
    assert (found.seen.version, found.ran) == ("V3", 250.0)


def test_a_workspace_is_forgotten_and_no_other(store: WatchStore) -> None:
    store.put(WATCH)
    store.put(replace(WATCH, team="T2"))
    assert store.forget("T1") == 1
    assert [one.team for one in store.every()] == ["T2"]


def test_a_later_releases_fields_are_ignored() -> None:
    data = {**WATCH.to_data(), "of_tomorrow": 1}
    del data["points"]
    assert Watch.from_data(data, 100.0, Seen()) == WATCH


def test_a_database_that_is_away_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoDatabase):
        WatchStore.open(tmp_path, "postgresql://127.0.0.1:1/none").every()
