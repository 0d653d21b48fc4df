"""Faults on demand, as a client meets them."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest
from counterpart import FAST, client_of, refusal, workspace_with_answers
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from starlette.requests import Request
from starlette.responses import Response

from bot.playground.faults.faults import Fault, Faults
from bot.playground.server import Playground

CSV = b"0123456789"


async def test_rate_limits_a_method_for_so_many_calls() -> None:
    async with Playground(timing=FAST) as pg:
        client = client_of(pg)
        pg.faults.rate_limit("auth.test", retry_after=7, times=2)
        for _ in range(2):
            with pytest.raises(SlackApiError) as caught:
                await client.auth_test()
            assert caught.value.response.status_code == 429
            assert caught.value.response.headers["Retry-After"] == "7"
            assert caught.value.response["error"] == "ratelimited"
        assert (await client.auth_test())["ok"]
        assert [call.status for call in pg.workspace.calls] == [429, 429, 200]


async def test_a_client_that_waits_gets_through() -> None:
    async with Playground(timing=FAST) as pg:
        client = client_of(pg)
        client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
        pg.faults.rate_limit(retry_after=0)
        assert (await client.auth_test())["ok"]


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_fails_as_a_server_does(status: int) -> None:
    async with Playground(timing=FAST) as pg:
        pg.faults.server_error("auth.test", status=status)
        with pytest.raises(SlackApiError) as caught:
            await client_of(pg).auth_test()
        assert caught.value.response.status_code == status


async def test_answers_with_any_word_of_slacks() -> None:
    async with Playground(timing=FAST) as pg:
        pg.faults.error("auth.test", "fatal_error")
        assert (await refusal(client_of(pg).auth_test()))["error"] == "fatal_error"


async def test_takes_a_scope_away_until_cleared() -> None:
    async with Playground(timing=FAST) as pg:
        client = client_of(pg)
        pg.faults.missing_scope("users.info", "users:read")
        for _ in range(2):
            answer = await refusal(client.users_info(user=pg.workspace.analyst.id))
            assert answer["error"] == "missing_scope"
            assert "users:read" not in answer["provided"].split(",")
        assert (await client.users_list())["ok"]
        pg.faults.clear("users.info")
        assert (await client.users_info(user=pg.workspace.analyst.id))["ok"]


async def test_breaks_the_connection() -> None:
    async with Playground(timing=FAST) as pg:
        pg.faults.drop("auth.test")
        with pytest.raises(aiohttp.ClientError):
            await client_of(pg).auth_test()
        assert (await client_of(pg).auth_test())["ok"]


async def test_hangs_until_cleared() -> None:
    async with Playground(timing=FAST) as pg:
        pg.faults.hang("auth.test")
        call = asyncio.create_task(client_of(pg).auth_test())
        await pg.workspace.wait_until(lambda: not pg.faults.active or None)
        done, _ = await asyncio.wait([call], timeout=0.1)
        assert not done
        pg.faults.clear()
        with pytest.raises(aiohttp.ClientError):
            await call


async def test_ending_the_playground_lets_hanging_calls_go() -> None:
    async with Playground(timing=FAST) as pg:
        pg.faults.hang("auth.test")
        call = asyncio.create_task(client_of(pg).auth_test())
        await asyncio.wait([call], timeout=0.05)
    with pytest.raises(aiohttp.ClientError):
        await call


async def test_answers_late() -> None:
    async with Playground(timing=FAST) as pg:
        pg.faults.delay("auth.test", seconds=0.1)
        started = time.perf_counter()
        assert (await client_of(pg).auth_test())["ok"]
        assert time.perf_counter() - started >= 0.1


async def test_ending_the_playground_does_not_wait_for_late_answers() -> None:
    async with Playground(timing=FAST) as pg:
        pg.faults.delay("auth.test", seconds=30)
        call = asyncio.create_task(client_of(pg).auth_test())
        await asyncio.wait([call], timeout=0.05)
        async with asyncio.timeout(5):
            await pg.close()
    with pytest.raises(aiohttp.ClientError):
        await call


async def test_faults_reach_uploads_and_response_urls_too() -> None:
    async def nothing(_: Request) -> Response:
        return Response()

    async with workspace_with_answers(nothing) as pg, aiohttp.ClientSession() as session:
        ticket = await client_of(pg).files_getUploadURLExternal(filename="a.csv", length=len(CSV))
        pg.faults.server_error("upload")
        async with session.post(ticket["upload_url"], data=CSV) as response:
            assert response.status == 503
        await pg.deliver.command("/segment")
        url = pg.workspace.deliveries[-1].payload["response_url"]
        pg.faults.rate_limit("response_url")
        async with session.post(url, json={"text": "x"}) as response:
            assert response.status == 429


async def test_downloads_go_wrong_in_every_way() -> None:
    async with Playground(timing=FAST) as pg, aiohttp.ClientSession() as session:
        file = pg.workspace.upload(pg.workspace.analyst, pg.workspace.general, "x.csv", CSV)
        url = (await client_of(pg).files_info(file=file.id))["file"]["url_private"]
        headers = {"Authorization": f"Bearer {pg.workspace.install.bot_token}"}

        async def fetch() -> tuple[int, str, bytes]:
            async with session.get(url, headers=headers, allow_redirects=False) as response:
                return response.status, response.content_type, await response.read()

        pg.faults.truncate_download()
        assert await fetch() == (200, "text/csv", CSV[:5])
        pg.faults.html_download()
        assert (await fetch())[1] == "text/html"
        pg.faults.missing_scope("download", "files:read", times=1)
        assert (await fetch())[1] == "text/html"
        pg.faults.redirect_download("http://127.0.0.1:9/elsewhere")
        assert (await fetch())[0] == 302
        pg.faults.server_error("download", status=502)
        assert (await fetch())[0] == 502
        pg.faults.stall_download()
        stalled = asyncio.create_task(fetch())
        async with asyncio.timeout(60):
            while pg.faults.active:  # noqa: ASYNC110 - nothing tells of a download
                await asyncio.sleep(0.01)
        done, _ = await asyncio.wait([stalled], timeout=0.1)
        assert not done
        pg.faults.clear()
        with pytest.raises(aiohttp.ClientError):
            await stalled
        assert await fetch() == (200, "text/csv", CSV)


def test_faults_are_listed_and_counted_down() -> None:
    faults = Faults()
    faults.server_error("a", times=2)
    faults.drop(times=None)
    assert faults.active == (Fault("a", "status", 2, status=503), Fault("*", "drop"))
    first = faults.take("a")
    assert first is not None
    assert first.kind == "status"
    assert faults.active[0].times == 1
    assert faults.take("a") is not None
    third = faults.take("a")
    assert third is not None
    assert third.kind == "drop"
    faults.clear()
    assert faults.take("a") is None
    faults.duplicate_events(2)
    faults.clear()
    assert not faults.take_duplicate()
