"""How patient the Web API client is."""

from __future__ import annotations

import asyncio

import pytest
from harness import slack_settings
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.response import HttpResponse

from bot.playground.server import Playground
from bot.settings import load_slack_settings
from bot.slack.client import LONGEST_RETRY_AFTER, RETRIES, retry_after, slack_client
from bot.slack.transfers.files import unrepeated


def test_a_client_for_requests_carries_no_token_of_its_own() -> None:
    assert slack_client(slack_settings()).token is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "30"}, 30.0),
        ({"retry-after": ["12"]}, 12.0),
        ({"Retry-After": "9000"}, LONGEST_RETRY_AFTER),
        ({"Retry-After": "soon"}, 1.0),
        ({"Retry-After": []}, 1.0),
        ({}, 1.0),
    ],
)
def test_waits_the_whole_time_slack_states(headers: dict[str, str | list[str]], seconds: float) -> None:
    assert retry_after(HttpResponse(status_code=429, headers=headers)) == seconds


def test_waits_a_second_where_there_is_no_answer_to_read() -> None:
    assert retry_after(None) == 1.0


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_asks_again_after_a_server_error(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(_seconds: float) -> None:
        return None

    async with Playground() as pg:
        client = slack_client(load_slack_settings(pg.settings_env()), token=pg.workspace.install.bot_token)
        pg.faults.server_error("auth.test", status=status, times=RETRIES)
        monkeypatch.setattr(asyncio, "sleep", at_once)
        assert (await client.auth_test())["ok"]


async def test_asks_again_after_a_rate_limit_but_not_for_ever() -> None:
    async with Playground() as pg:
        client = slack_client(load_slack_settings(pg.settings_env()), token=pg.workspace.install.bot_token)
        pg.faults.rate_limit("auth.test", retry_after=0, times=RETRIES)
        assert (await client.auth_test())["ok"]
        pg.faults.rate_limit("auth.test", retry_after=0, times=RETRIES + 1)
        with pytest.raises(SlackApiError, match="ratelimited"):
            await client.auth_test()


async def test_no_call_is_made_before_it_is_assured_and_none_after_a_pause_either() -> None:
    order: list[str] = []

    async with Playground() as pg:

        async def assured() -> None:
            order.append(f"asked after {len(pg.workspace.calls_to('auth.test'))}")

        settings = load_slack_settings(pg.settings_env())
        client = slack_client(settings, token=pg.workspace.install.bot_token, assured=assured)
        pg.faults.rate_limit("auth.test", retry_after=0)
        assert (await client.auth_test())["ok"]
        once = unrepeated(client)
        assert (await once.auth_test())["ok"]
    assert order == ["asked after 0", "asked after 1", "asked after 2"]
