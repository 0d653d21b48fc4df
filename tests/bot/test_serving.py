"""`segbot serve`: over HTTP and in Socket Mode, from the first request to the end of the process."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from harness import EXAMPLE, Harness, slack_settings

from bot import serving
from bot.app import Bot
from bot.cli.service.playground import bot_on_loopback
from bot.live_model import LiveModel
from bot.playground.delivery.courier import Timing
from bot.playground.server import Playground
from bot.serving import NotStarted, serve
from bot.settings import load_slack_settings
from bot.timings import DEFAULT_TIMINGS, ServingTimings, Timings

SEGBOT = [sys.executable, "-c", "from bot.cli import main; main()"]
RUNNING = "Uvicorn running on "
# No balancer is there to notice; slack_sdk counts silence in whole seconds, so a quarter makes it one and a bit.
QUICK = Timings(serving=ServingTimings(notice=0, socket_ping=0.25))


def environment(harness: Harness, more: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "SEGBOT_"))}
    return {**kept, **harness.env, **more}


# As a process of its own


async def test_serves_signed_commands_until_it_is_told_to_stop(harness: Harness, tmp_path: Path) -> None:
    own = harness.copy(tmp_path)
    async with Playground(timing=Timing(ack=20.0)) as pg:
        process = await asyncio.create_subprocess_exec(
            *SEGBOT, "serve", "--port", "0",
            cwd=tmp_path,
            env=environment(own, pg.settings_env()),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stderr is not None
        try:
            async with asyncio.timeout(40):
                while RUNNING not in (line := (await process.stderr.readline()).decode()):
                    assert line, "the process ended"
                address = json.loads(line)["message"].removeprefix(RUNNING).split()[0]
                pg.deliver.request_url = f"{address}/slack/events"
                reply = await pg.deliver.command("/segment", EXAMPLE)
                assert reply.status == 200
                assert "confidence" in json.dumps(reply.body)
            process.send_signal(signal.SIGTERM)
            stdout, stderr = await asyncio.wait_for(process.communicate(), 60)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert process.returncode == 0
    assert stdout == b""
    for secret in pg.settings_env().values():
        assert secret.encode() not in stderr or secret == pg.api_url
    assert all(json.loads(each) for each in stderr.splitlines())  # a pipe gets JSON lines, no traceback


async def test_a_missing_secret_stops_the_start_with_the_variables_name(harness: Harness, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *SEGBOT, "serve",
        cwd=tmp_path,
        env=environment(harness, {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "  "}),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    stdout, stderr = await asyncio.wait_for(process.communicate(), 20)
    assert (process.returncode, stdout) == (2, b"")
    assert stderr.startswith(b"SLACK_SIGNING_SECRET is missing or blank.")
    assert b"Traceback" not in stderr


# In this process


class Watched(serving.Server):
    """The server, known to whoever started it."""

    latest: Watched

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        Watched.latest = self


@asynccontextmanager
async def served(harness: Harness, pg: Playground, *, socket_mode: bool) -> AsyncIterator[None]:
    """Serve a bot, and end it by a signal, as a process manager does."""
    bot = Bot(harness.settings, load_slack_settings(pg.settings_env(socket_mode=socket_mode)), timings=QUICK)
    running = asyncio.create_task(serve(bot, "127.0.0.1", 0))
    await asyncio.sleep(0)
    server = Watched.latest
    await asyncio.wait_for(server.ready.wait(), 10)
    port = server.servers[0].sockets[0].getsockname()[1]
    pg.deliver.request_url = None if socket_mode else f"http://127.0.0.1:{port}/slack/events"
    try:
        yield
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(running, 10)


@pytest.fixture(autouse=True)
def watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every server watched."""
    monkeypatch.setattr(serving, "Server", Watched)


async def test_a_start_that_fails_is_an_error_of_ours(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_self: LiveModel) -> None:
        raise PermissionError(13, "no")

    monkeypatch.setattr(LiveModel, "refresh", fail)
    bot = Bot(harness.settings, slack_settings())
    with pytest.raises(NotStarted):
        await serve(bot, "127.0.0.1", 0)
    with pytest.raises(NotStarted):
        async with bot_on_loopback(bot):
            pytest.fail("it started")


@pytest.mark.usefixtures("without_jobs")
async def test_drains_on_sigterm(harness: Harness) -> None:
    async with Playground() as pg:
        async with served(harness, pg, socket_mode=False):
            assert (await pg.deliver.command("/segment", EXAMPLE)).ok
        assert (await pg.deliver.command("/segment", EXAMPLE)).status == 0  # nobody listens any more


@pytest.mark.usefixtures("without_jobs")
async def test_a_signal_is_noticed_before_connections_are_refused_and_a_second_ends_the_waiting(
    harness: Harness,
) -> None:
    told: list[bool] = []
    async with Playground() as pg:
        timings = Timings(serving=ServingTimings(notice=600))
        bot = Bot(harness.settings, load_slack_settings(pg.settings_env()), timings=timings)
        running = asyncio.create_task(serve(bot, "127.0.0.1", 0, told=lambda: told.append(bot.draining)))
        await asyncio.sleep(0)
        server = Watched.latest
        await asyncio.wait_for(server.ready.wait(), 10)
        port = server.servers[0].sockets[0].getsockname()[1]
        pg.deliver.request_url = f"http://127.0.0.1:{port}/slack/events"
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(server.stopping.wait(), 10)
        assert told == [True]
        assert (await pg.deliver.command("/segment", EXAMPLE)).ok
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(running, 10)


def test_whatever_hangs_does_not_outlive_the_deadline() -> None:
    script = (
        "import threading, bot.serving as serving\n"
        "serving.end_in_time(0.2)\n"
        "threading.Thread(target=threading.Event().wait).start()\n"
    )
    assert subprocess.run([sys.executable, "-c", script], timeout=60, check=False).returncode == 0


@pytest.mark.usefixtures("without_jobs")
async def test_answers_in_socket_mode_and_waits_for_slack_to_be_there(
    harness: Harness,
) -> None:
    async with Playground() as pg:
        pg.faults.error("apps.connections.open", "internal_error", times=2)
        async with served(harness, pg, socket_mode=True):
            await pg.workspace.wait_until(lambda: pg.socket.connected)
            reply = await pg.deliver.command("/segment", EXAMPLE)
            assert reply.ok
            assert "confidence" in json.dumps(reply.body)
            assert (await pg.deliver.event({"type": "team_join"})).ok


@pytest.mark.usefixtures("without_jobs")
async def test_a_frozen_connection_is_replaced(harness: Harness) -> None:
    """With a shorter interval than in service; slack_sdk gives a silent connection four of them and looks once each."""
    assert DEFAULT_TIMINGS.serving.socket_ping * (4 + 1) < 15
    async with Playground(timing=Timing(ack=3.0)) as pg, served(harness, pg, socket_mode=True):
        await pg.workspace.wait_until(lambda: pg.socket.connected)
        assert pg.socket.freeze() == 1
        await pg.workspace.wait_until(lambda: len(pg.workspace.calls_to("apps.connections.open")) > 1)
        await pg.workspace.wait_until(lambda: pg.socket.connected > 1)
        # Slack spreads over all connections it believes in; one of the two is alive.
        assert any([(await pg.deliver.command("/segment", EXAMPLE)).ok for _ in range(2)])
