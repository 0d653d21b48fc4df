"""A press counts once: in one process, among those that share a database, and again where nothing came of it."""

from __future__ import annotations

import asyncio

from harness import logged
from postgres_cluster import PostgresCluster, database

from bot.slack.clicks import Clicks


async def test_a_click_is_claimed_once_until_it_is_released() -> None:
    clicks = Clicks()
    assert await clicks.claim("a")
    assert not await clicks.claim("a")
    assert await clicks.claim("b")
    await clicks.release("a")
    assert await clicks.claim("a")
    await clicks.release("never claimed")


async def test_of_replicas_that_share_a_database_one_claims_it(postgres_address: str) -> None:
    one, two = Clicks(postgres_address), Clicks(postgres_address)
    for number in range(5):
        assert sorted(await asyncio.gather(one.claim(f"p{number}"), two.claim(f"p{number}"))) == [False, True]
    assert await one.claim("again")
    await one.release("again")
    assert await two.claim("again")
    assert not await one.claim("again")


async def test_a_click_is_not_remembered_for_ever(postgres_address: str) -> None:
    assert await Clicks(postgres_address).claim("old")
    with database(postgres_address) as connection:
        connection.execute("UPDATE segbot.presses SET at = at - interval '25 hours'")
    assert await Clicks(postgres_address).claim("old")


async def test_while_the_database_is_away_a_click_counts_once_here(
    postgres_address: str, postgres_cluster: PostgresCluster
) -> None:
    clicks = Clicks(postgres_address)
    postgres_cluster.stop()
    try:
        with logged("WARNING") as stream:
            assert await clicks.claim("a")
            assert not await clicks.claim("a")
            await clicks.release("a")
            assert await clicks.claim("a")
        assert "a click is known here only" in stream.getvalue()
    finally:
        postgres_cluster.start()
