"""The tools as assistants reach them: over HTTP on loopback, and over standard input and output."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from harness import SECRET, Harness, signed
from mcp import ClientSession
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from bot.live_model import LiveModel
from bot.mcp.serving import PATH, http_server, serve_http
from bot.settings import McpSettings
from bot.timings import DEFAULT_TIMINGS
from segmentation.model import SegmentModel
from segmentation.renaming import Wording

TOKEN = "0123456789abcdef0123456789abcdef"
ASKED = {"customer": "age=35 income=60 score=70"}
PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
JSON = {"content-type": "application/json", "accept": "application/json, text/event-stream"}


@asynccontextmanager
async def served(harness: Harness, *names: str) -> AsyncIterator[str]:
    """Serve on loopback; gives the address."""
    live = LiveModel(harness.registry)
    server = http_server(live, McpSettings(TOKEN, SECRET), "127.0.0.1", 0, DEFAULT_TIMINGS.serving, names)
    serving = asyncio.create_task(serve_http(live, server))
    try:
        await asyncio.wait_for(server.ready.wait(), 60)
        (listening,) = (socket for one in server.servers for socket in one.sockets)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}{PATH}"
    finally:
        server.stop()
        await serving


@asynccontextmanager
async def session(url: str) -> AsyncIterator[ClientSession]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        streamable_http_client(url, http_client=http) as streams,
        ClientSession(*streams) as opened,
    ):
        await opened.initialize()
        yield opened


async def test_answers_over_http_and_follows_promotions(harness: Harness, model: SegmentModel, tmp_path: Path) -> None:
    own = harness.copy(tmp_path)
    (version,) = own.versions
    async with served(own) as url, session(url) as opened:
        assert len((await opened.list_tools()).tools) == 4
        answer = (await opened.call_tool("segment_customer", ASKED)).structured_content
        assert answer is not None
        assert (answer["segment"], answer["model_version"]) == ("Standard", version)
        wordings = [Wording("Middle" if one.name == "Standard" else one.name) for one in model.segments]
        own.registry.rename(version, wordings, actor="tests")
        async with asyncio.timeout(60):
            while answer is None or answer["model_version"] == version:
                answer = (await opened.call_tool("segment_customer", ASKED)).structured_content
        assert answer["segment"] == "Middle"


async def test_tells_nothing_without_credentials_and_takes_slacks_signature(harness: Harness) -> None:
    async with served(harness) as url, httpx2.AsyncClient(timeout=60) as http:
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            refused = await http.post(url, content=PING, headers=JSON | headers)
            assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
            assert "SEGBOT_MCP_TOKEN" in refused.json()["error"]
        taken = await http.post(url, content=PING, headers=JSON | signed(PING) | JSON)
        assert (taken.status_code, taken.json()["result"]) == (200, {})


async def test_answers_only_under_names_it_has_and_never_to_a_page_of_another_origin(harness: Harness) -> None:
    authorized = JSON | {"Authorization": f"Bearer {TOKEN}"}
    async with served(harness, "segbot.example.com") as url, httpx2.AsyncClient(timeout=60) as http:

        async def status(**more: str) -> int:
            return (await http.post(url, content=PING, headers=authorized | more)).status_code

        assert await status() == 200
        assert await status(host="segbot.example.com") == 200
        assert await status(host="evil.example.com") == 421
        assert await status(origin="http://evil.example.com") == 403


async def test_a_request_larger_than_any_question_is_refused(harness: Harness) -> None:
    async with served(harness) as url, httpx2.AsyncClient(timeout=60) as http:
        large = await http.post(
            url, content=b"x" * ((1 << 20) + 1), headers=JSON | {"Authorization": f"Bearer {TOKEN}"}
        )
        assert large.status_code == 413


async def test_answers_the_program_that_started_it_until_that_closes_its_input(harness: Harness) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "SEGBOT_"))}
    command = StdioServerParameters(
        command=sys.executable,
        args=["-c", "from bot.cli import main; main()", "mcp", "--stdio"],
        env=kept | harness.env,
    )
    async with (
        asyncio.timeout(120),
        stdio_client(command) as streams,
        ClientSession(*streams) as opened,
    ):
        await opened.initialize()
        answer = (await opened.call_tool("segment_customer", ASKED)).structured_content
    assert answer is not None
    assert answer["segment"] == "Standard"


async def test_the_command_serves_until_it_is_told_to_stop(harness: Harness) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "SEGBOT_"))}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from bot.cli import main; main()", "mcp", "--port", "0",
        env=kept | harness.env | {"SEGBOT_MCP_TOKEN": TOKEN},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    try:
        async with asyncio.timeout(120):
            while b"Uvicorn running on" not in (line := await process.stderr.readline()):
                assert line, "the process ended"
            process.send_signal(signal.SIGTERM)
            stdout, stderr = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert (process.returncode, stdout) == (0, b"")
    assert TOKEN.encode() not in stderr


@pytest.mark.parametrize("forged", [{"x-slack-signature": "v0=1"}, {"x-slack-request-timestamp": "x"}])
async def test_a_forged_signature_is_refused(harness: Harness, forged: dict[str, str]) -> None:
    async with served(harness) as url, httpx2.AsyncClient(timeout=60) as http:
        headers = {name.lower(): value for name, value in signed(PING).items()} | forged
        assert (await http.post(url, content=PING, headers=JSON | headers)).status_code == 401
