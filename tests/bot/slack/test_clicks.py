"""A press counts once: in one process, among those that share a database, and again where nothing came of it."""

from __future__ import annotations

import asyncio

from harness import logged
from postgres_cluster import PostgresCluster, database

from bot.slack.clicks import Presses


async def test_a_press_is_claimed_once_until_it_is_released() -> None:
    presses = Presses()
    assert await presses.claim("a")
    assert not await presses.claim("a")
    assert await presses.claim("b")
    await presses.release("a")
    assert await presses.claim("a")
    await presses.release("never claimed")


async def test_of_replicas_that_share_a_database_one_claims_it(postgres_address: str) -> None:
    one, two = Presses(postgres_address), Presses(postgres_address)
    for number in range(5):
        assert sorted(await asyncio.gather(one.claim(f"p{number}"), two.claim(f"p{number}"))) == [False, True]
    assert await one.claim("again")
    await one.release("again")
    assert await two.claim("again")
    assert not await one.claim("again")


async def test_a_press_is_not_remembered_for_ever(postgres_address: str) -> None:
    assert await Presses(postgres_address).claim("old")
    with database(postgres_address) as connection:
        connection.execute("UPDATE segbot.presses SET at = at - interval '25 hours'")
    assert await Presses(postgres_address).claim("old")


async def test_while_the_database_is_away_a_press_counts_once_here(
    postgres_address: str, postgres_cluster: PostgresCluster
) -> None:
    presses = Presses(postgres_address)
    postgres_cluster.stop()
    try:
        with logged("WARNING") as stream:
            assert await presses.claim("a")
            assert not await presses.claim("a")
            await presses.release("a")
            assert await presses.claim("a")
        assert "a press is known here only" in stream.getvalue()
    finally:
        postgres_cluster.start()
