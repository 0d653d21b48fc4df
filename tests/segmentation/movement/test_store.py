"""Snapshots are kept whole, in a file and in PostgreSQL, and once they are forgotten nothing of them is left."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import psycopg
import pytest

from segmentation.errors import BrokenArtifact, NoDatabase
from segmentation.movement.snapshot import About, Snapshot, content_of
from segmentation.movement.store import FileStore, PostgresStore, SnapshotStore

SEGMENTS = ("Target", "Miser")


@pytest.fixture(params=["file", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> SnapshotStore:
    if request.param == "file":
        return FileStore(tmp_path / "state" / "movement.sqlite")
    return PostgresStore(request.getfixturevalue("postgres_address"))


def snapshot(name: str, team: str = "T1", taken: float = 1.0, customers: int = 3) -> Snapshot:
    hashes = np.random.default_rng(5).integers(0, 1 << 64, customers, dtype=np.uint64)
    frame = pl.DataFrame({"customer": np.sort(hashes), "segment": np.arange(customers, dtype=np.uint8) % 2})
    frame = frame.with_columns(segment=pl.when(pl.col("segment") == 1).then(None).otherwise(pl.col("segment")))
    content = content_of(frame, SEGMENTS)
    about = About(name, team, "income", taken, "v1", SEGMENTS, {"Target": 2}, "one", content, customers)
    return Snapshot(about, frame)


def test_a_snapshot_comes_back_as_it_was(store: SnapshotStore) -> None:
    # Of more than one piece.
    kept = snapshot("large", customers=600_000)
    store.add(kept)
    (about,) = store.abouts("T1")
    assert about == kept.about
    loaded = store.load(about)
    assert loaded is not None
    assert loaded.customers.equals(kept.customers)


def test_a_snapshot_replaces_its_own_and_the_oldest_come_first(store: SnapshotStore) -> None:
    for name, taken in (("b", 2.0), ("a", 3.0), ("b", 1.0)):
        store.add(snapshot(name, taken=taken))
    store.add(snapshot("c", team="T2"))
    assert [about.id for about in store.abouts("T1")] == ["b", "a"]


def test_what_is_forgotten_is_gone_with_its_hashes(store: SnapshotStore, request: pytest.FixtureRequest) -> None:
    store.add(snapshot("old", taken=1.0))
    store.add(snapshot("new", taken=5.0))
    store.add(snapshot("other", team="T2", taken=9.0))
    forgotten = store.abouts("T1")[1]
    assert (store.forget_before(5.0), store.forget_before(5.0)) == (1, 0)
    assert (store.forget("T1"), store.abouts("T1"), store.load(forgotten)) == (1, [], None)
    assert [about.id for about in store.abouts("T2")] == ["other"]
    if isinstance(store, PostgresStore):
        with psycopg.connect(request.getfixturevalue("postgres_address")) as connection:
            left = connection.execute("SELECT DISTINCT id FROM segbot.snapshot_pieces").fetchall()
        assert left == [("other",)]


def test_nothing_of_a_forgotten_snapshot_is_left_in_the_file(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "movement.sqlite")
    kept = snapshot("canary", customers=2_000)
    store.add(kept)
    some = [kept.customers["customer"].to_numpy()[place].tobytes() for place in (0, 700, 1_999)]
    assert all(any(canary in path.read_bytes() for path in tmp_path.iterdir()) for canary in some)
    store.forget("T1")
    for path in tmp_path.iterdir():
        data = path.read_bytes()
        assert b"canary" not in data
        assert not any(canary in data for canary in some)


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "movement.sqlite")
    store.add(snapshot("a"))
    assert stat.S_IMODE((tmp_path / "movement.sqlite").stat().st_mode) == 0o600


def test_damage_is_noticed() -> None:
    kept = snapshot("a")
    data = kept.to_bytes()
    for damaged in (b"", data[:-9], data.replace(data[20:24], b"\0\0\0\0")):
        with pytest.raises(BrokenArtifact, match="damaged"):
            Snapshot.from_bytes(kept.about, damaged)
    with pytest.raises(BrokenArtifact, match="damaged"):
        Snapshot.from_bytes(replace(kept.about, segments=("Miser", "Target")), data)


def test_what_a_later_version_adds_is_ignored() -> None:
    about = snapshot("a").about
    assert About.from_data({**about.to_data(), "mood": "fine"}) == about


def test_a_store_that_cannot_be_used_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(NoDatabase):
        FileStore(tmp_path / "file" / "movement.sqlite").abouts("T1")
    (tmp_path / "no.sqlite").write_text("no database at all, but a text of some length" * 40)
    with pytest.raises(NoDatabase):
        FileStore(tmp_path / "no.sqlite").abouts("T1")
    with pytest.raises(NoDatabase):
        PostgresStore("postgresql://127.0.0.1:1/none").abouts("T1")
