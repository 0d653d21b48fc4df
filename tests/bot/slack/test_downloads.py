"""Fetching a file: whose token goes where, what is believed, and when patience ends."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from harness import TOKEN, slack_settings

from bot.slack.transfers.downloads import NO_ACCESS, Downloader, DownloadFailed, Patience
from segmentation.errors import BadInput

DATA = b"age,income,score\n35,60,70\n"
QUICK = Patience(total=60.0, silence=20.0, first_pause=0.01)
FOR_SILENCE = Patience(total=60.0, silence=1.0, first_pause=0.01)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Host:
    """A file server of a test's own."""

    url: str = ""
    tokens: list[str] = field(default_factory=list)


@asynccontextmanager
async def host(*handlers: Handler) -> AsyncIterator[Host]:
    """Serve one answer after another, the last for ever."""
    serving = Host()
    answers = list(handlers)

    async def answer(request: web.Request) -> web.StreamResponse:
        serving.tokens.append(request.headers.get("Authorization", ""))
        return await (answers.pop(0) if len(answers) > 1 else answers[0])(request)

    app = web.Application()
    app.router.add_get("/{tail:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    serving.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    try:
        yield serving
    finally:
        await runner.cleanup()


async def whole(_request: web.Request) -> web.StreamResponse:
    return web.Response(body=DATA, content_type="text/csv")


async def cut_off(_request: web.Request) -> web.StreamResponse:
    return web.Response(body=DATA[:-5], content_type="text/csv")


async def stalled(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(DATA[:5])
    await asyncio.Event().wait()
    return response


async def dripping(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"x")
        await asyncio.sleep(0.05)


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"x" * 65_536)


async def page(_request: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>", content_type="text/html")


def answering(status: int, **headers: str) -> Handler:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return answer


async def fetch(serving: Host, target: Path, *, most: int = 1000, patience: Patience = QUICK, url: str = "") -> None:
    downloader = Downloader(slack_settings(f"{serving.url}api/"), most, patience)
    await downloader.fetch(url or f"{serving.url}files-pri/x.csv", len(DATA), target)


async def test_a_file_arrives_whole_and_nobody_else_can_read_it(tmp_path: Path) -> None:
    async with host(whole) as serving:
        await fetch(serving, tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == DATA
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o600
    assert serving.tokens == [f"Bearer {TOKEN}"]


@pytest.mark.parametrize("first", [cut_off, stalled, answering(500), answering(429), answering(429, Retry_After="0")])
async def test_what_may_pass_is_tried_again(tmp_path: Path, first: Handler) -> None:
    async with host(first, whole) as serving:
        await fetch(serving, tmp_path / "x", patience=FOR_SILENCE if first is stalled else QUICK)
    assert (tmp_path / "x").read_bytes() == DATA
    assert len(serving.tokens) == 2


@pytest.mark.parametrize("every", [cut_off, stalled, answering(503)])
async def test_after_three_tries_it_is_over(tmp_path: Path, every: Handler) -> None:
    async with host(every) as serving:
        with pytest.raises(DownloadFailed, match="asked three times"):
            await fetch(serving, tmp_path / "x", patience=FOR_SILENCE if every is stalled else QUICK)
    assert len(serving.tokens) == 3


async def test_a_file_that_comes_ever_so_slowly_is_given_up_at_the_deadline(tmp_path: Path) -> None:
    async with host(dripping) as serving:
        with pytest.raises(DownloadFailed, match="in time"):
            await fetch(serving, tmp_path / "x", patience=Patience(total=0.3, silence=20.0, first_pause=0.01))


async def test_a_pause_longer_than_the_deadline_is_not_waited_for(tmp_path: Path) -> None:
    async with host(answering(429, Retry_After="3600")) as serving:
        with pytest.raises(DownloadFailed, match="in time"):
            await fetch(serving, tmp_path / "x", patience=Patience(total=2.0, silence=20.0, first_pause=0.01))
    assert len(serving.tokens) == 1


async def test_more_bytes_than_the_limit_are_not_taken_whatever_size_was_stated(tmp_path: Path) -> None:
    async with host(endless) as serving:
        with pytest.raises(BadInput, match=r"larger than the limit of 1000 bytes\. Send it in parts"):
            await fetch(serving, tmp_path / "x")
    assert (tmp_path / "x").stat().st_size <= 1000


async def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    async with host(whole) as other, host(answering(302, Location=other.url)) as serving:
        with pytest.raises(DownloadFailed, match="HTTP 302"):
            await fetch(serving, tmp_path / "x")
    assert other.tokens == []
    assert len(serving.tokens) == 1


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_a_file_that_is_not_handed_out_is_not_asked_for_again(tmp_path: Path, status: int) -> None:
    async with host(answering(status)) as serving:
        with pytest.raises(DownloadFailed, match=f"HTTP {status}"):
            await fetch(serving, tmp_path / "x")
    assert len(serving.tokens) == 1


async def test_a_web_page_is_not_the_file(tmp_path: Path) -> None:
    async with host(page) as serving:
        with pytest.raises(DownloadFailed) as caught:
            await fetch(serving, tmp_path / "x")
    assert caught.value.sentence == NO_ACCESS


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x.csv",
        "file:///etc/passwd",
        "http://files.slack.com/x",  # not encrypted
        "https://files.slack.com.example.org/x",
        "https://example.org/files.slack.com/x",
        "https://slack.com@example.org/x",
        "https://evilslack.com/x",
        "https://files.slack.com:8443/x",
        "http://127.0.0.1:9/x",  # the API's host, another port
    ],
)
async def test_the_token_goes_to_slacks_hosts_only(tmp_path: Path, url: str) -> None:
    downloader = Downloader(slack_settings("http://127.0.0.1:8/api/"), 1000, QUICK)
    with pytest.raises(BadInput, match="not stored at Slack"):
        await downloader.fetch(url, 1, tmp_path / "x")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "url", ["https://files.slack.com/x", "https://files.slack.com:443/x", "https://a.slack-files.com/x"]
)
def test_slacks_own_hosts_are_known(url: str) -> None:
    assert Downloader(slack_settings(), 1000)._is_slacks(url)


async def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "x").symlink_to(tmp_path / "elsewhere")
    async with host(whole) as serving:
        with pytest.raises(OSError, match="x"):
            await fetch(serving, tmp_path / "x")
    assert not (tmp_path / "elsewhere").exists()
