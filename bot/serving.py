"""Runs the bot until it is told to stop: over HTTP, in Socket Mode, or at its jobs only; health pages in any case."""

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
from bot.server import create_asgi
from segmentation.errors import SegbotError

_log = logging.getLogger(__name__)


def uvicorn_config(bot: Bot, host: str, port: int) -> uvicorn.Config:
    """Return how the web application is served: quietly, quickly, draining before it stops."""
    return uvicorn.Config(
        create_asgi(bot),
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=bot.timings.serving.connections,
    )


def socket_mode_handler(bot: Bot) -> AsyncSocketModeHandler:
    """Return the Socket Mode connection of a bot that has an app-level token.

    aiohttp's client: of the adapters Bolt offers, it notices a dead connection soonest.
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
        """Start to listen, and say so.

        Raises
        ------
        NotStarted
            When that fails; uvicorn itself would end the process, with an exit code of its own.
        """
        try:
            await super().startup(sockets)
        except SystemExit as error:
            raise NotStarted("segbot could not start; the log says why.") from error
        # What is there by now stays for good: the garbage collector need not walk through it again and again.
        gc.collect()
        gc.freeze()
        self.ready.set()

    def stop(self) -> None:
        """Drain: take no new connection and finish what has begun."""
        self.should_exit = True
        self.stopping.set()

    def stop_on_signals(self, told: Callable[[], None] | None = None, notice: float = 0.0) -> None:
        """Drain on SIGTERM and SIGINT; the process then ends by itself, with exit code 0.

        Parameters
        ----------
        told
            Called at once, when the first signal comes.
        notice
            For so many seconds new connections are still taken; a second signal ends that.
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

    # A balancer is to see that it is not ready before it is refused a connection.
    server.stop_on_signals(drain, notice=0.0 if socket_mode else bot.timings.serving.notice)
    if not socket_mode:
        await server.serve()
        return
    handler = socket_mode_handler(bot)
    connecting = asyncio.create_task(_connect(handler))
    try:
        await server.serve()
    finally:
        connecting.cancel()
        await handler.close_async()  # type: ignore[no-untyped-call]  # slack_bolt annotates only a part


def end_in_time(seconds: float) -> None:
    """End this process, whatever hangs, before whoever sent the signal loses patience.

    The engine of the jobs waits for its database for ever, in threads that cannot be told to stop. A job that is cut
    off goes on elsewhere, or at the next start.
    """

    def end() -> None:
        _log.warning("ended with something still under way")
        sys.stderr.flush()
        os._exit(0)

    last = threading.Timer(seconds, end)
    last.daemon = True
    last.start()


async def _connect(handler: AsyncSocketModeHandler) -> None:
    """Open the first connection; slack_sdk tries until Slack is there, and keeps it up from then on."""
    await handler.connect_async()  # type: ignore[no-untyped-call]  # as above
    _log.info("connected in Socket Mode")
