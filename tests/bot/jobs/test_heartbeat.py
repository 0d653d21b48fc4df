"""Heartbeats: who is dead is declared so, by those who can tell, and who was only frozen finds out before it speaks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest
from harness import logged
from postgres_cluster import PostgresCluster

from bot.jobs.heartbeat import Heartbeat, boot_seconds, expire_dead, new_name
from bot.jobs.maintenance import MaintenanceThread, maintenance_lock
from bot.timings import HeartbeatTimings
from segmentation.errors import NoDatabase

TIMINGS = HeartbeatTimings()


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@contextmanager
def joined(
    address: str, clock: Callable[[], float] = boot_seconds, timings: HeartbeatTimings = TIMINGS
) -> Iterator[Heartbeat]:
    heartbeat = Heartbeat(address, new_name(), timings, clock)
    heartbeat.register()
    try:
        yield heartbeat
    finally:
        heartbeat.stop()
        heartbeat._disconnect()


def silence(address: str, heartbeat: Heartbeat, seconds: float) -> None:
    """Make a heartbeat's last beat older, on the database's clock."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(
            "UPDATE segbot.replicas SET beat = beat - make_interval(secs => %s) WHERE name = %s",
            (seconds, heartbeat.replica),
        )


def test_no_name_comes_twice() -> None:
    assert len({new_name() for _ in range(1000)}) == 1000


def test_a_replica_that_has_just_beaten_is_sure_and_one_that_has_not_is_not(
    postgres_address: str, clock: Clock
) -> None:
    assert not Heartbeat(postgres_address, "one", TIMINGS, clock).fresh
    with joined(postgres_address, clock) as heartbeat:
        assert heartbeat.fresh
        clock.now += TIMINGS.fresh - 0.1
        assert heartbeat.fresh
        clock.now += 0.2
        assert not heartbeat.fresh
        # A database that does not even refuse is as good as away.
        assert "The shared database can't be used just now" in heartbeat.problem
        heartbeat.beat()
        assert heartbeat.fresh
        assert heartbeat.problem == ""


def test_whoever_is_silent_for_too_long_is_declared_dead_and_finds_out(postgres_address: str, clock: Clock) -> None:
    # The database's clock goes on while this machine is busy, hence minutes.
    minutes = replace(TIMINGS, dead=600.0)
    with joined(postgres_address, clock) as one, joined(postgres_address, clock) as two:
        silence(postgres_address, two, 540)
        with maintenance_lock(postgres_address) as held:
            assert held is not None
            assert expire_dead(held, one.replica, minutes) == {one.replica, two.replica}
            silence(postgres_address, two, 120)
            assert expire_dead(held, one.replica, minutes) == {one.replica}
        # Frozen all the while: by its own clock it cannot be sure, and its next beat tells.
        clock.now += TIMINGS.dead
        assert not two.fresh
        with logged() as log:
            two.beat()
        assert two.expired
        assert not two.fresh
        assert "this replica was declared dead" in log.getvalue()
        one.beat()
        assert one.fresh


def test_a_replica_that_was_silent_itself_declares_nobody_dead(postgres_address: str, clock: Clock) -> None:
    with joined(postgres_address, clock) as one, joined(postgres_address, clock) as two:
        silence(postgres_address, one, 600)
        silence(postgres_address, two, 600)
        with maintenance_lock(postgres_address) as held:
            assert held is not None
            assert expire_dead(held, one.replica, TIMINGS) == {one.replica, two.replica}
            one.beat()
            assert expire_dead(held, one.replica, TIMINGS) == {one.replica}
            assert expire_dead(held, "somebody else", TIMINGS) == {one.replica}


def test_only_a_replica_that_beat_without_a_gap_can_tell_anothers_silence(postgres_address: str, clock: Clock) -> None:
    with joined(postgres_address, clock) as heartbeat:
        for _ in range(7):
            assert not heartbeat.steady
            clock.now += 2
            heartbeat.beat()
        assert heartbeat.steady
        # The database was away, or this process frozen: whoever is silent now may have been cut off with it.
        clock.now += TIMINGS.fresh + 1
        assert not heartbeat.steady
        heartbeat.beat()
        assert heartbeat.fresh
        assert not heartbeat.steady


def test_there_is_one_maintainer_at_a_time(postgres_address: str) -> None:
    with maintenance_lock(postgres_address) as first:
        assert first is not None
        with maintenance_lock(postgres_address) as second:
            assert second is None
    with maintenance_lock(postgres_address) as third:
        assert third is not None


def test_whoever_leaves_need_not_be_waited_for(postgres_address: str) -> None:
    with joined(postgres_address) as one:
        with joined(postgres_address):
            pass
        with maintenance_lock(postgres_address) as held:
            assert held is not None
            assert expire_dead(held, one.replica, TIMINGS) == {one.replica}


def test_a_database_that_is_away_is_a_problem_until_it_is_back(
    postgres_cluster: PostgresCluster, postgres_address: str
) -> None:
    with joined(postgres_address) as heartbeat, logged() as log:
        postgres_cluster.stop()
        try:
            heartbeat.beat()
            heartbeat.beat()
            assert "The shared database can't be used just now" in heartbeat.problem
            with pytest.raises(NoDatabase), maintenance_lock(postgres_address):
                pytest.fail("it was reached")
            with pytest.raises(NoDatabase):
                Heartbeat(postgres_address, "late", TIMINGS).register()
        finally:
            postgres_cluster.start()
        heartbeat.beat()
        assert heartbeat.problem == ""
        assert not heartbeat.expired
    assert log.getvalue().count("the shared database is away") == 1
    assert log.getvalue().count("the shared database is back") == 1


def test_a_heartbeat_beats_by_itself_until_it_is_declared_dead(postgres_address: str) -> None:
    with joined(postgres_address, timings=replace(TIMINGS, beat=0.01)) as heartbeat:
        heartbeat.start()
        silence(postgres_address, heartbeat, TIMINGS.dead + 5)
        beaten = threading.Event()
        for _ in range(500):
            with maintenance_lock(postgres_address) as held:
                assert held is not None
                row = held.execute("SELECT beat > clock_timestamp() - interval '5 s' FROM segbot.replicas").fetchone()
            if row == (True,) or beaten.wait(0.01):
                break
        assert row == (True,)
        with psycopg.connect(postgres_address, autocommit=True) as connection:
            connection.execute("DELETE FROM segbot.replicas")
        heartbeat.join(10)
        assert not heartbeat.is_alive()
        assert heartbeat.expired


def test_a_round_that_fails_does_not_end_the_rounds() -> None:
    enough, done = threading.Event(), []

    def rounds() -> None:
        done.append(1)
        if len(done) >= 3:
            enough.set()
        raise ValueError("Canaria")

    with logged() as log:
        thread = MaintenanceThread(rounds, 0.001)
        thread.start()
        assert enough.wait(10)
        thread.stop()
    assert not thread.is_alive()
    assert "a round of maintenance failed" in log.getvalue()
    assert "Canaria" not in log.getvalue()
