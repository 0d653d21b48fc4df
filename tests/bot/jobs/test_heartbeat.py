"""Heartbeats: who is dead is declared so, by those who can tell, and who was only frozen finds out before it speaks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from harness import logged
from postgres_cluster import PostgresCluster

from bot.jobs import heartbeat
from bot.jobs.heartbeat import DEAD_SECONDS, SURE_SECONDS, Heart, Keeper, bury, keeping, new_name
from segmentation.errors import NoDatabase


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(heartbeat, "_now", clock)
    return clock


@contextmanager
def joined(address: str, name: str = "") -> Iterator[Heart]:
    heart = Heart(address, name or new_name())
    heart.join_in()
    try:
        yield heart
    finally:
        heart.end()
        heart._disconnect()


def silence(address: str, heart: Heart, seconds: float) -> None:
    """Make a heart's last beat older, on the database's clock."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(
            "UPDATE segbot.replicas SET beat = beat - make_interval(secs => %s) WHERE name = %s",
            (seconds, heart.replica),
        )


def test_no_name_comes_twice() -> None:
    assert len({new_name() for _ in range(1000)}) == 1000


def test_a_heart_that_has_just_beaten_is_sure_and_one_that_has_not_is_not(postgres_address: str, clock: Clock) -> None:
    heart = Heart(postgres_address, "one")
    assert not heart.sure
    with joined(postgres_address) as heart:
        assert heart.sure
        clock.now += SURE_SECONDS - 0.1
        assert heart.sure
        clock.now += 0.2
        assert not heart.sure
        # A database that does not even refuse is as good as away.
        assert "The shared database cannot be used just now" in heart.problem
        heart.beat()
        assert heart.sure
        assert heart.problem == ""


def test_whoever_is_silent_for_too_long_is_declared_dead_and_finds_out(
    postgres_address: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert DEAD_SECONDS == 10
    # The database's clock goes on while this machine is busy.
    monkeypatch.setattr(heartbeat, "DEAD_SECONDS", 600)
    with joined(postgres_address) as one, joined(postgres_address) as two:
        silence(postgres_address, two, 540)
        with keeping(postgres_address) as keeper:
            assert keeper is not None
            assert bury(keeper, one.replica) == {one.replica, two.replica}
            silence(postgres_address, two, 120)
            assert bury(keeper, one.replica) == {one.replica}
        # Frozen all the while: by its own clock it cannot be sure, and its next beat tells.
        clock.now += DEAD_SECONDS
        assert not two.sure
        with logged() as log:
            two.beat()
        assert two.buried
        assert not two.sure
        assert "this replica was declared dead" in log.getvalue()
        one.beat()
        assert one.sure


def test_a_keeper_that_was_silent_itself_declares_nobody_dead(postgres_address: str, clock: Clock) -> None:
    with joined(postgres_address) as one, joined(postgres_address) as two:
        silence(postgres_address, one, 600)
        silence(postgres_address, two, 600)
        with keeping(postgres_address) as keeper:
            assert keeper is not None
            assert bury(keeper, one.replica) == {one.replica, two.replica}
            one.beat()
            assert bury(keeper, one.replica) == {one.replica}
            assert bury(keeper, "somebody else") == {one.replica}


def test_only_a_heart_that_beat_without_a_gap_can_tell_anothers_silence(postgres_address: str, clock: Clock) -> None:
    with joined(postgres_address) as heart:
        for _ in range(7):
            assert not heart.steady
            clock.now += 2
            heart.beat()
        assert heart.steady
        # The database was away, or this process frozen: whoever is silent now may have been cut off with it.
        clock.now += SURE_SECONDS + 1
        assert not heart.steady
        heart.beat()
        assert heart.sure
        assert not heart.steady


def test_there_is_one_keeper_at_a_time(postgres_address: str) -> None:
    with keeping(postgres_address) as first:
        assert first is not None
        with keeping(postgres_address) as second:
            assert second is None
    with keeping(postgres_address) as third:
        assert third is not None


def test_whoever_leaves_need_not_be_waited_for(postgres_address: str) -> None:
    with joined(postgres_address) as one:
        with joined(postgres_address):
            pass
        with keeping(postgres_address) as keeper:
            assert keeper is not None
            assert bury(keeper, one.replica) == {one.replica}


def test_a_database_that_is_away_is_a_problem_until_it_is_back(
    postgres_cluster: PostgresCluster, postgres_address: str
) -> None:
    with joined(postgres_address) as heart, logged() as log:
        postgres_cluster.stop()
        try:
            heart.beat()
            heart.beat()
            assert "The shared database cannot be used just now" in heart.problem
            with pytest.raises(NoDatabase), keeping(postgres_address):
                pytest.fail("it was reached")
            with pytest.raises(NoDatabase):
                Heart(postgres_address, "late").join_in()
        finally:
            postgres_cluster.start()
        heart.beat()
        assert heart.problem == ""
        assert not heart.buried
    assert log.getvalue().count("the shared database is away") == 1
    assert log.getvalue().count("the shared database is back") == 1


def test_a_heart_beats_by_itself_until_it_is_declared_dead(
    postgres_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.01)
    with joined(postgres_address) as heart:
        heart.start()
        silence(postgres_address, heart, DEAD_SECONDS + 5)
        beaten = threading.Event()
        for _ in range(500):
            with keeping(postgres_address) as keeper:
                assert keeper is not None
                row = keeper.execute("SELECT beat > clock_timestamp() - interval '5 s' FROM segbot.replicas").fetchone()
            if row == (True,) or beaten.wait(0.01):
                break
        assert row == (True,)
        with psycopg.connect(postgres_address, autocommit=True) as connection:
            connection.execute("DELETE FROM segbot.replicas")
        heart.join(10)
        assert not heart.is_alive()
        assert heart.buried


def test_a_round_that_fails_does_not_end_the_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.001)
    enough, done = threading.Event(), []

    def rounds() -> None:
        done.append(1)
        if len(done) >= 3:
            enough.set()
        raise ValueError("Canaria")

    with logged() as log:
        keeper = Keeper(rounds)
        keeper.start()
        assert enough.wait(10)
        keeper.end()
    assert not keeper.is_alive()
    assert "a keeper's round failed" in log.getvalue()
    assert "Canaria" not in log.getvalue()
