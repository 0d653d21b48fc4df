"""Runs the bot until it is told to stop: over HTTP, in Socket Mode, or as a worker; always with health pages."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

from bot.app import Bot
from bot.connections import MOST_CONNECTIONS, BoundedConfig
from bot.server import create_asgi
from segmentation.errors import SegbotError

_log = logging.getLogger(__name__)


def uvicorn_config(bot: Bot, host: str, port: int, *, most_connections: int = MOST_CONNECTIONS) -> uvicorn.Config:
    """Return uvicorn's configuration: no access log, the fast loop and parser, bounds, and draining before it stops."""
    return BoundedConfig(
        create_asgi(bot),
        request_seconds=bot.timings.serving.request,
        most_connections=most_connections,
        host=host,
        port=port,
        loop="uvloop",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=bot.timings.serving.connections,
    )


def socket_mode_handler(bot: Bot) -> AsyncSocketModeHandler:
    """Return the Socket Mode connection of a bot that has an app-level token.

    It uses aiohttp's client, which notices a dead connection sooner than Bolt's other adapters do.
    """
    return AsyncSocketModeHandler(bot.app, bot.slack.app_token, ping_interval=bot.timings.serving.socket_ping)


class NotStarted(SegbotError):
    """The web application could not be started; the log says why."""


class Server(uvicorn.Server):
    """uvicorn without its own signal handling, which ends a drained process as if it had been killed.

    Attributes
    ----------
    ready, stopping
        Set when it accepts requests, and when it has been told to stop.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.stopping = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, then set `ready`.

        Raises
        ------
        NotStarted
            If that fails; uvicorn itself would end the process with its own exit code.
        """
        try:
            await super().startup(sockets)
        except SystemExit as error:
            raise NotStarted("segbot couldn't start; the log says why.") from error
        # Objects made so far live as long as the process: the garbage collector need not examine them again and again.
        gc.collect()
        gc.freeze()
        self.ready.set()

    def stop(self) -> None:
        """Drain: accept no new connections and finish the requests under way."""
        self.should_exit = True
        self.stopping.set()

    def stop_on_signals(self, told: Callable[[], None] | None = None, notice: float = 0.0) -> None:
        """Drain on SIGTERM and SIGINT; the process then ends with exit code 0.

        Parameters
        ----------
        told
            Called at once, when the first signal comes.
        notice
            For how many seconds new connections are still accepted; a second signal cuts this short.
        """
        loop = asyncio.get_running_loop()

        def on_signal() -> None:
            if self.stopping.is_set():
                self.stop()
                return
            self.stopping.set()
            if told is not None:
                told()
            loop.call_later(notice, self.stop)

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, on_signal)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `stop_on_signals`."""
        yield


async def serve(bot: Bot, host: str, port: int, told: Callable[[], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT; in Socket Mode when the settings hold an app-level token.

    Parameters
    ----------
    told
        Called when the signal comes.
    """
    server = Server(uvicorn_config(bot, host, port))
    socket_mode = bot.listens and bool(bot.slack.app_token)

    def drain() -> None:
        bot.draining = True
        if told is not None:
            told()

    # Without notice a balancer would be refused connections before its next look at `/readyz`.
    server.stop_on_signals(drain, notice=0.0 if socket_mode else bot.timings.serving.notice)
    if not socket_mode:
        await server.serve()
        return
    handler = socket_mode_handler(bot)
    # As a task: while Slack cannot be reached, the health pages answer all the same.
    connecting = asyncio.create_task(_connect(handler))
    try:
        await server.serve()
    finally:
        connecting.cancel()
        await handler.close_async()  # type: ignore[no-untyped-call]  # slack_bolt annotates only a part


def end_in_time(seconds: float) -> None:
    """End this process in time, whatever hangs: a process manager would soon kill it.

    The job engine waits for its database for ever, in threads that cannot be stopped. Another replica, or the next
    start, continues a job that is cut off.
    """

    def end() -> None:
        _log.warning("ended with something still under way")
        sys.stderr.flush()
        os._exit(0)

    last = threading.Timer(seconds, end)
    last.daemon = True
    last.start()


async def _connect(handler: AsyncSocketModeHandler) -> None:
    """Open the first connection; slack_sdk tries until Slack answers, and reconnects by itself from then on."""
    await handler.connect_async()  # type: ignore[no-untyped-call]  # as above
    _log.info("connected in Socket Mode")
