"""Who the bot is, and how it talks to the Web API."""

from __future__ import annotations

import asyncio

import pytest
from harness import Harness, logged, make_bot, slack_settings

from bot.app import Bot, Identity
from bot.playground.server import Playground
from bot.settings import load_slack_settings


async def test_learns_who_it_is(harness: Harness) -> None:
    async with Playground() as pg:
        bot = Bot(harness.settings, load_slack_settings(pg.settings_env()))
        assert bot.identity == Identity()
        assert await bot.introduce()
        assert bot.identity == Identity(pg.workspace.install.bot_id, pg.workspace.bot.id, pg.workspace.team.id)


async def test_says_that_slack_refused_the_token_and_not_the_token(harness: Harness) -> None:
    async with Playground() as pg:
        bot = Bot(harness.settings, slack_settings(pg.api_url))
        with logged() as stream:
            assert not await bot.introduce()
    assert "Slack refused the bot token" in stream.getvalue()
    assert "invalid_auth" in stream.getvalue()
    assert bot.slack.bot_token not in stream.getvalue()


async def test_says_that_slack_cannot_be_reached(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    bot = make_bot(harness)
    monkeypatch.setattr(bot.client, "retry_handlers", [])
    with logged() as stream:
        assert not await bot.introduce()
    assert "Slack cannot be reached" in stream.getvalue()


async def test_waits_out_a_rate_limit(harness: Harness) -> None:
    async with Playground() as pg:
        bot = Bot(harness.settings, load_slack_settings(pg.settings_env()))
        pg.faults.rate_limit("auth.test", retry_after=0)
        assert await bot.introduce()


async def test_says_nothing_in_slack_while_another_replica_may_speak_for_it(harness: Harness) -> None:
    async with Playground() as pg:
        bot = Bot(harness.settings, load_slack_settings(pg.settings_env()))
        sure = asyncio.Event()
        bot.dependencies.jobs.assured = sure.wait  # type: ignore[method-assign, assignment]  # stands for a frozen heart
        speaking = asyncio.create_task(
            bot.client.chat_postMessage(channel=pg.workspace.general.id, text="scored", blocks=[])
        )
        done, _ = await asyncio.wait([speaking], timeout=0.2)
        assert not done
        assert pg.workspace.messages(pg.workspace.general) == []
        sure.set()
        assert (await speaking)["ok"]


def test_two_bots_share_nothing(harness: Harness) -> None:
    one, other = make_bot(harness), make_bot(harness)
    assert one.dependencies.metrics is not other.dependencies.metrics
    assert one.dependencies.maps is not other.dependencies.maps
