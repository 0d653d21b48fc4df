"""The storage in PostgreSQL: replicas agree, a crash leaves nothing half done, and what is altered is never used."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import psycopg
import pytest
from postgres_cluster import PostgresCluster, database
from reference import KEY, rfm_trained, sample_trained

from segmentation.errors import BrokenArtifact, Conflict, NoDatabase
from segmentation.registry.artifact import FILES, MANIFEST, MODEL
from segmentation.registry.audit import MOVES, RECOVERED
from segmentation.registry.postgres_storage import PostgresStorage
from segmentation.registry.registry import Registry

OPEN_CONNECTIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
WHO: Any = {"actor": "U1", "source": "test"}


class Replica:
    """A registry on the shared database, with a cache of its own."""

    def __init__(self, address: str, cache: Path) -> None:
        self.cache = cache
        self.storage = PostgresStorage(address, cache)
        self.registry = Registry(self.storage, KEY)


@pytest.fixture
def one(postgres_address: str, tmp_path: Path) -> Replica:
    return Replica(postgres_address, tmp_path / "one")


@pytest.fixture
def two(postgres_address: str, tmp_path: Path) -> Replica:
    return Replica(postgres_address, tmp_path / "two")


def test_what_one_replica_promotes_the_other_serves_from_its_own_cache(one: Replica, two: Replica) -> None:
    version = one.registry.save(sample_trained(), **WHO)
    one.registry.promote(version, actor="U1")
    assert two.registry.load_serving().model.version == version
    assert {path.name for path in (two.cache / version).iterdir()} == FILES
    assert [entry.event for entry in two.registry.history()] == ["saved", "promoted"]


def test_of_two_promotions_decided_on_the_same_version_one_wins_and_one_is_told(one: Replica, two: Replica) -> None:
    a, b, c = (one.registry.save(trained(), **WHO) for trained in (sample_trained, rfm_trained, sample_trained))
    one.registry.promote(a, actor="U1")
    start = Barrier(2)

    def promote(replica: Replica, version: str) -> str:
        start.wait()
        try:
            replica.registry.promote(version, actor="U1", expected=a)
        except Conflict as told:
            return told.sentence
        return ""

    with ThreadPoolExecutor(2) as pool:
        said = [done.result() for done in (pool.submit(promote, one, b), pool.submit(promote, two, c))]
    assert sorted(map(bool, said)) == [False, True]
    won = one.registry.current()
    assert won in {b, c}
    assert max(said) == f"The current version is now {won}, not {a}: look at the comparison again."
    assert [entry.version for entry in two.registry.history() if entry.event in MOVES] == [a, won]


MOVER = """
import sys
from pathlib import Path
from segmentation.errors import Conflict
from segmentation.registry.postgres_storage import PostgresStorage
from segmentation.registry.registry import Registry
registry = Registry(PostgresStorage(sys.argv[1], Path(sys.argv[2])), sys.argv[3].encode())
sys.stdin.readline()
for turn in range(12):
    for version in sys.argv[4:]:
        try:
            registry.rollback(actor=version) if turn % 3 == 2 else registry.promote(version, actor=version)
        except Conflict:
            pass
"""


def test_two_processes_take_turns(one: Replica, postgres_address: str, tmp_path: Path) -> None:
    versions = [one.registry.save(trained(), **WHO) for trained in (sample_trained, rfm_trained)]
    movers = [
        subprocess.Popen(
            [sys.executable, "-c", MOVER, postgres_address, str(tmp_path / order[0]), KEY.decode(), *order],
            stdin=subprocess.PIPE,
        )
        for order in (versions, versions[::-1])
    ]
    for mover in movers:
        assert mover.stdin is not None
        mover.stdin.write(b"go\n")
        mover.stdin.flush()
    for mover in movers:
        mover.communicate()
        assert mover.returncode == 0
    entries = one.registry.history()
    moves = [entry for entry in entries if entry.event in MOVES]
    assert len(moves) > 20
    assert RECOVERED not in {entry.event for entry in entries}
    assert all(later.previous == earlier.version for earlier, later in pairwise(moves))
    assert one.registry.current() == moves[-1].version


def test_replicas_that_start_at_once_lay_the_tables_out_once(postgres_address: str, tmp_path: Path) -> None:
    start = Barrier(6)

    def look(number: int) -> str | None:
        storage = PostgresStorage(postgres_address, tmp_path / str(number))
        start.wait()
        return storage.pointer()

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(look, range(6))) == [None] * 6


# ---- what goes wrong on the way


class Killed(BaseException):
    """The process is gone."""


CHANGES: dict[str, Callable[[Registry, str], object]] = {
    "add": lambda registry, _version: registry.save(sample_trained(), **WHO),
    "move": lambda registry, version: registry.promote(version, actor="U1"),
    "append": lambda registry, version: registry.promote(version, actor="U1"),
}


@pytest.mark.parametrize(("instant", "change"), CHANGES.items())
def test_a_change_that_breaks_off_changes_nothing(
    one: Replica,
    two: Replica,
    instant: str,
    change: Callable[[Registry, str], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a, b = (one.registry.save(trained(), **WHO) for trained in (sample_trained, rfm_trained))
    one.registry.promote(a, actor="U1")
    before = two.registry.history()
    actual = getattr(PostgresStorage, instant)

    def then_killed(self: PostgresStorage, *arguments: object) -> None:
        actual(self, *arguments)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(PostgresStorage, instant, then_killed)
        with pytest.raises(Killed):
            change(one.registry, b)
    assert two.registry.current() == a
    assert two.registry.history() == before
    assert {info.version for info in two.registry.versions()} == {a, b}
    assert one.registry.promote(b, actor="U1") == a


def test_a_database_that_is_away_is_told_and_found_again(
    postgres_cluster: PostgresCluster, one: Replica, tmp_path: Path
) -> None:
    version = one.registry.save(sample_trained(), **WHO)
    one.registry.promote(version, actor="U1")
    postgres_cluster.stop()
    try:
        for ask in (one.registry.current, one.registry.load_serving, one.registry.history, one.registry.versions):
            with pytest.raises(NoDatabase) as caught:
                ask()
            assert "The shared database can't be used just now" in caught.value.sentence
        with pytest.raises(NoDatabase):
            one.registry.rollback(actor="U1")
    finally:
        postgres_cluster.start()
    assert one.registry.load_serving().model.version == version


def test_a_database_that_refuses_is_told_by_the_kind_of_failure(postgres_address: str, tmp_path: Path) -> None:
    Replica(postgres_address, tmp_path).registry.current()
    with database(postgres_address) as connection:
        connection.execute("CREATE ROLE stranger LOGIN")
    try:
        stranger = Replica(postgres_address.replace("segbot@", "stranger@"), tmp_path / "stranger")
        with pytest.raises(NoDatabase, match="InsufficientPrivilege"):
            stranger.registry.current()
    finally:
        with database(postgres_address) as connection:
            connection.execute("DROP ROLE stranger")


def test_many_threads_share_a_few_connections(one: Replica, postgres_address: str) -> None:
    one.registry.current()
    threads = [Thread(target=one.registry.current) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ends = time.monotonic() + 60
    with database(postgres_address) as connection:
        # Of a connection that was closed the server learns a moment later.
        while (open_ones := connection.execute(OPEN_CONNECTIONS).fetchall()[0][0]) > 2 and time.monotonic() < ends:
            time.sleep(0.05)
    assert open_ones <= 2


# ---- what is altered


def damage(address: str, version: str, name: str, *, digest: bool) -> None:
    """Flip a byte of a stored file, and, as somebody with access would, set its digest right."""
    with database(address) as connection:
        connection.execute(
            "UPDATE segbot.files SET content = set_byte(content, 40, 255 - get_byte(content, 40))"
            " WHERE version = %s AND name = %s",
            (version, name),
        )
        if digest:
            connection.execute("UPDATE segbot.files SET sha256 = encode(sha256(content), 'hex')")


@pytest.mark.parametrize("digest", [False, True])
@pytest.mark.parametrize("name", sorted(FILES))
def test_what_was_altered_in_the_database_is_not_used(
    one: Replica, two: Replica, postgres_address: str, name: str, digest: bool
) -> None:
    a, b = (one.registry.save(trained(), **WHO) for trained in (sample_trained, rfm_trained))
    for version in (a, b):
        one.registry.promote(version, actor="U1")
    damage(postgres_address, b, name, digest=digest)
    serving = two.registry.load_serving()
    assert serving.model.version == a
    assert serving.problem is not None
    assert name in serving.problem.sentence
    assert not two.registry.verify(b)[0].ok


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b"x"),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.unlink(),
        lambda path: (path.rename(path.parent.parent / "aside"), path.symlink_to(path.parent.parent / "aside")),
        lambda path: (path.parent.rename(path.parent.parent / "x"), path.parent.symlink_to(path.parent.parent / "x")),
    ],
    ids=["other", "short", "gone", "a link", "a linked folder"],
)
def test_a_spoilt_cache_is_fetched_anew(one: Replica, spoil: Callable[[Path], object]) -> None:
    version = one.registry.save(sample_trained(), **WHO)
    one.registry.promote(version, actor="U1")
    one.registry.load_current()
    path = one.cache / version / MODEL
    whole = path.read_bytes()
    spoil(path)
    assert one.registry.load_current().version == version
    assert path.read_bytes() == whole
    assert not path.is_symlink()


def test_the_cache_is_read_where_it_is_whole(one: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    version = one.registry.save(sample_trained(), **WHO)
    one.registry.load(version)

    def refuse(*_arguments: object) -> bytes:
        pytest.fail("it was fetched again")

    monkeypatch.setattr(PostgresStorage, "fetch", refuse)
    assert one.registry.load(version).version == version


def test_a_cache_that_cannot_be_written_costs_a_download_only(postgres_address: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    replica = Replica(postgres_address, tmp_path / "file" / "cache")
    version = replica.registry.save(sample_trained(), **WHO)
    assert replica.registry.load(version).version == version


def test_what_is_removed_goes_from_every_cache(one: Replica, two: Replica, postgres_address: str) -> None:
    a, b = (one.registry.save(trained(), **WHO) for trained in (sample_trained, rfm_trained))
    for replica in (one, two):
        replica.registry.load(a)
        replica.registry.load(b)
    with one.storage.changing():
        one.storage.remove(a)
    assert [info.version for info in two.registry.versions()] == [b]
    assert [path.name for path in one.cache.iterdir()] == [b]
    with two.storage.changing():
        two.storage.sweep()
    assert [path.name for path in two.cache.iterdir()] == [b]
    with pytest.raises(BrokenArtifact, match="not in the database any more"), two.storage.open(a):
        pytest.fail("it was opened")


def test_a_file_that_is_missing_or_too_large_is_refused(one: Replica, postgres_address: str) -> None:
    version = one.registry.save(sample_trained(), **WHO)
    with one.storage.open(version) as files, pytest.raises(BrokenArtifact, match="at most 10 bytes"):
        files.read(MANIFEST, 10)
    with database(postgres_address) as connection:
        connection.execute("DELETE FROM segbot.files WHERE name = %s", (MODEL,))
    with pytest.raises(BrokenArtifact, match=r"model\.json can't be read"):
        one.registry.load(version)


@pytest.mark.parametrize(
    "statement", ["UPDATE segbot.log SET entry = '{}'", "DELETE FROM segbot.log", "TRUNCATE segbot.log"]
)
def test_nobody_rewrites_the_log(one: Replica, postgres_address: str, statement: str) -> None:
    one.registry.save(sample_trained(), **WHO)
    with database(postgres_address) as connection, pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        connection.execute(statement.encode())
    assert len(one.registry.history()) == 1


def test_a_pointer_moved_by_hand_is_put_into_the_log(one: Replica, postgres_address: str) -> None:
    a, b, c = (one.registry.save(trained(), **WHO) for trained in (sample_trained, rfm_trained, sample_trained))
    for version in (a, b):
        one.registry.promote(version, actor="U1")
    with database(postgres_address) as connection:
        connection.execute("UPDATE segbot.pointer SET version = %s", (a,))
    assert one.registry.load_serving().model.version == a
    assert one.registry.promote(c, actor="U1") == a
    recovered = one.registry.history()[-2]
    assert (recovered.event, recovered.version, recovered.previous) == (RECOVERED, a, b)
    with database(postgres_address) as connection:
        connection.execute("DELETE FROM segbot.pointer")
    with pytest.raises(BrokenArtifact, match="The pointer current is missing"):
        one.registry.current()
    assert one.registry.load_serving().model.version == c
