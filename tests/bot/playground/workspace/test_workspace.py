"""Ids, clock, waiting and the log."""

from __future__ import annotations

import asyncio
import re
from dataclasses import FrozenInstanceError

import pytest

from benchmarks.traffic.ports import free_port
from bot.playground.server import Playground
from bot.playground.workspace.feed import Change, Feed
from bot.playground.workspace.file_types import kind_of, png_size, pretty
from bot.playground.workspace.ids import IdSource
from bot.playground.workspace.workspace import Workspace


def test_ids_look_like_slacks_and_repeat_with_the_seed() -> None:
    one, two = (IdSource(clock=lambda: 1_700_000_000.0001, seed=7) for _ in range(2))
    assert [one.new(prefix) for prefix in "TUCDFV"] == [two.new(prefix) for prefix in "TUCDFV"]
    assert re.fullmatch(r"U0[A-Z0-9]{9}", one.new("U"))
    assert one.ts() == "1700000000.000100"
    assert one.ts() == "1700000000.000101"


def test_ts_increases_even_when_the_clock_does_not() -> None:
    ids = IdSource(clock=lambda: 5.0)
    stamps = [ids.ts() for _ in range(100)]
    assert stamps == sorted(stamps)
    assert len(set(stamps)) == 100


def test_two_workspaces_share_nothing() -> None:
    one, two = Workspace(seed=1), Workspace(seed=1)
    assert one.analyst == two.analyst
    one.say(one.analyst, one.general, "hello")
    assert two.messages() == []
    assert one.install.bot_token != two.install.bot_token


def test_values_are_frozen() -> None:
    workspace = Workspace()
    with pytest.raises(FrozenInstanceError):
        workspace.analyst.name = "x"  # type: ignore[misc]  # that it cannot be is the point


async def test_waits_for_a_message_that_is_yet_to_come() -> None:
    workspace = Workspace()
    waiting = asyncio.create_task(workspace.wait_for(lambda m: "second" in m.text))
    await asyncio.sleep(0)
    workspace.say(workspace.analyst, workspace.general, "first")
    workspace.say(workspace.analyst, workspace.general, "second")
    assert (await waiting).text == "second"


async def test_finds_a_message_that_is_there_already_the_newest_first() -> None:
    workspace = Workspace()
    workspace.say(workspace.analyst, workspace.general, "hello one")
    workspace.say(workspace.analyst, workspace.customers, "hello two")
    assert (await workspace.wait_for(lambda m: "hello" in m.text)).text == "hello two"


async def test_says_what_there_was_when_waiting_was_in_vain() -> None:
    workspace = Workspace()
    workspace.say(workspace.analyst, workspace.general, "something else")
    with pytest.raises(TimeoutError, match="something else"):
        await workspace.wait_for(lambda m: m.text == "x", timeout=0.01)
    with pytest.raises(TimeoutError):
        await workspace.wait_until(lambda: None, timeout=0.01)


async def test_two_can_wait_at_once_and_one_may_give_up() -> None:
    workspace = Workspace()
    one, two = (asyncio.create_task(workspace.wait_for(lambda m: m.text == "x")) for _ in range(2))
    await asyncio.sleep(0)
    one.cancel()
    await asyncio.gather(one, return_exceptions=True)
    workspace.say(workspace.analyst, workspace.general, "x")
    assert (await two).text == "x"


async def test_followers_hear_of_every_change_until_the_end() -> None:
    feed = Feed()
    heard: list[str] = []

    async def follow() -> None:
        with feed.following() as changes:
            async for change in changes:
                heard.append(change.id)

    task = asyncio.create_task(follow())
    await asyncio.sleep(0)
    assert feed.followers == 1
    feed.publish(Change("file", "F1"))
    feed.publish(Change("file", "F2"))
    feed.close()
    await task
    assert heard == ["F1", "F2"]
    assert feed.followers == 0
    await follow()


async def test_a_follower_hears_from_the_moment_it_began() -> None:
    feed = Feed()
    with feed.following() as changes:
        feed.publish(Change("file", "F1"))
        assert (await anext(changes)).id == "F1"


async def test_a_follower_who_dozes_is_let_go_rather_than_left_with_a_gap() -> None:
    feed = Feed()
    with feed.following() as dozing, feed.following() as awake:
        for number in range(1500):
            feed.publish(Change("file", str(number)))
            assert (await anext(awake)).id == str(number)
        assert [change async for change in dozing] == []
        assert feed.followers == 1
    assert feed.followers == 0


def test_people_have_the_same_ids_in_every_workspace() -> None:
    one, two = Workspace(), Workspace()
    assert list(one.users) == list(two.users)
    assert len(set(one.users)) == 8
    assert all(re.fullmatch(r"U0[A-Z0-9]{9}|USLACKBOT", name) for name in one.users)
    assert one.general.id != two.general.id


async def test_ports_can_be_chosen_and_taken_ones_are_refused() -> None:
    async with Playground() as pg:
        assert int(pg.api_url.rsplit(":", 1)[1].split("/")[0]) > 0
    port = free_port()
    async with Playground(port=port):
        with pytest.raises(OSError, match="in use"):
            async with Playground(port=port):
                raise AssertionError("two cannot have one port")
    async with Playground(port=port) as again:
        assert again.url == f"http://127.0.0.1:{port}/"


def test_clears_away_what_has_expired() -> None:
    now = [1_700_000_000.0]
    workspace = Workspace(clock=lambda: now[0])
    for _ in range(600):
        workspace.new_response_url("commands", workspace.general.id, workspace.analyst.id)
        workspace.new_trigger(workspace.analyst.id)
    now[0] += 3600
    workspace.new_response_url("commands", workspace.general.id, workspace.analyst.id)
    workspace.new_trigger(workspace.analyst.id)
    assert len(workspace.response_urls) == len(workspace.triggers) == 1


async def test_closing_what_never_started_is_fine() -> None:
    await Playground().close()


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.csv", b"a,b", ("text/csv", "csv")),
        ("a", b"text", ("text/plain", "text")),
        ("a", b"\xff\xfe", ("application/octet-stream", "binary")),
        ("a", b"a\0", ("application/octet-stream", "binary")),
        ("a.bin", b"\xff\xd8\xff\xe0", ("image/jpeg", "jpg")),
        ("a.png", b"GIF89a", ("image/gif", "gif")),
        ("a.png", b"text", ("text/plain", "text")),
    ],
)
def test_tells_files_apart_by_their_bytes(name: str, data: bytes, kind: tuple[str, str]) -> None:
    assert kind_of(name, data) == kind


def test_names_file_types_for_people() -> None:
    assert (pretty("csv"), pretty("zip")) == ("CSV", "ZIP")
    assert png_size(b"GIF89a") == (0, 0)
