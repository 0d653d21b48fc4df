"""Serves the workspace on loopback, from within a running event loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Self

import uvicorn
from starlette.applications import Starlette

from bot.playground.delivery.courier import SLACKS_TIMING, Timing
from bot.playground.delivery.deliverer import Deliverer
from bot.playground.delivery.reply import Command, Shortcut
from bot.playground.delivery.socket_mode import SocketMode
from bot.playground.faults.connections import Connections
from bot.playground.faults.faults import Faults
from bot.playground.local_only import LocalOnly
from bot.playground.page.first_minute import FirstMinute
from bot.playground.page.routes import PageRoutes
from bot.playground.security_headers import SecurityHeaders
from bot.playground.web_api.file_routes import FileRoutes
from bot.playground.web_api.routes import WebApi
from bot.playground.workspace.cast import DEFAULT_EVENTS, DEFAULT_SCOPES
from bot.playground.workspace.ids import Clock, system_clock
from bot.playground.workspace.keep import Keep
from bot.playground.workspace.workspace import Workspace

HOST: Final = "127.0.0.1"
_GRACE_SECONDS: Final = 0.2
# From accept() asyncio takes two iterations to give a connection its transport and its protocol; one more to be sure.
_ITERATIONS_TO_CONNECT: Final = 3


class Playground:
    """A Slack workspace to run the app against: ``async with Playground() as pg``.

    Parameters
    ----------
    port
        The port to listen on at 127.0.0.1; 0 chooses a free one.
    commands
        The app's slash commands, each (name, usage hint, description); empty accepts every name.
    scopes, events
        The app's scopes and the events it subscribed to, in Slack's names.
    timing
        How long the app may take to answer, when events are retried, how long sharing takes.
    clock, seed
        As in `Workspace`.
    first_minute
        What the page offers a newcomer.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        commands: Sequence[Command | tuple[str, str, str]] = (),
        scopes: Sequence[str] | frozenset[str] = DEFAULT_SCOPES,
        events: Sequence[str] | frozenset[str] = DEFAULT_EVENTS,
        timing: Timing = SLACKS_TIMING,
        clock: Clock = system_clock,
        seed: int | None = None,
        first_minute: FirstMinute | None = None,
    ) -> None:
        self.workspace = Workspace(
            clock=clock,
            seed=seed,
            scopes=frozenset(scopes),
            events=frozenset(events),
            sharing_delay=timing.sharing,
        )
        self.faults = Faults()
        self._connections = Connections()
        self.socket = SocketMode(self.workspace, self._connections)
        self.deliver = Deliverer(
            self.workspace,
            self.faults,
            self.socket,
            commands=[command if isinstance(command, Command) else Command(*command) for command in commands],
            timing=timing,
        )
        self._wanted_port = port
        self._offers: Callable[[], FirstMinute] = _always(first_minute or FirstMinute())
        self._server: uvicorn.Server | None = None

    def keep_in(self, keep: Keep) -> None:
        """Continue a kept workspace and keep this one in its file; it must have been made with that file's seed."""
        # From the same seed would come the ids that kept messages and files already have.
        self.workspace.ids.refresh()
        keep.attach(self.workspace)

    def register_shortcuts(self, shortcuts: Sequence[tuple[str, str, str, str]]) -> None:
        """Let the page offer the app's shortcuts, each (name, kind, callback id, description)."""
        self.deliver.shortcuts = tuple(Shortcut(*shortcut) for shortcut in shortcuts)

    def offer(self, offers: Callable[[], FirstMinute]) -> None:
        """Let the page ask this for what it offers newcomers: the app may answer to other words by and by."""
        self._offers = offers

    def _offered(self) -> FirstMinute:
        return self._offers()

    @property
    def url(self) -> str:
        """Address of the page."""
        return f"{self.workspace.base_url}/"

    @property
    def api_url(self) -> str:
        """The app's replacement for ``https://slack.com/api/``."""
        return f"{self.workspace.base_url}/api/"

    def settings_env(self, *, socket_mode: bool = False) -> dict[str, str]:
        """Return the environment variables that point the app at this workspace."""
        install = self.workspace.install
        env = {
            "SLACK_BOT_TOKEN": install.bot_token,
            "SLACK_SIGNING_SECRET": install.signing_secret,
            "SLACK_API_URL": self.api_url,
        }
        return env | {"SLACK_APP_TOKEN": install.app_token} if socket_mode else env

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def start(self) -> None:
        """Start listening.

        Raises
        ------
        OSError
            When the port is taken.
        """
        listener = _bind(self._wanted_port)
        port = listener.getsockname()[1]
        self.workspace.base_url = f"http://{HOST}:{port}"
        config = uvicorn.Config(
            self._app(),
            ws="websockets-sansio",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            date_header=False,
            # Pings would close a frozen connection; when to give it up is for the client to decide.
            ws_ping_interval=None,
            timeout_keep_alive=60,
        )
        config.load()
        self._server = uvicorn.Server(config)
        self._server.lifespan = config.lifespan_class(config)
        self._connections.attach(self._server)
        # Not `serve()`, which takes over the process's signal handlers and wakes up ten times a second.
        await self._server.startup(sockets=[listener])
        await self.deliver.start()

    async def close(self) -> None:
        """Stop listening and abort open connections."""
        await self.deliver.close()
        self.workspace.close()
        self.faults.clear()
        if self._server is None:
            return
        server, self._server = self._server, None
        await _stop_accepting(server.servers)
        for listener in server.servers:
            listener.close()
        self._connections.abort_all()
        tasks = set(server.server_state.tasks)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=_GRACE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        # One more iteration of the loop, in which the transports report the lost connections to their protocols.
        await asyncio.sleep(0)

    def _app(self) -> SecurityHeaders:
        routes = [
            *WebApi(self.workspace, self.faults, self._connections, self.socket.methods()).routes(),
            *FileRoutes(self.workspace, self.faults, self._connections).routes(),
            *self.socket.routes(),
            *PageRoutes(self.workspace, self.deliver, self.faults, self._offered).routes(),
        ]
        return SecurityHeaders(LocalOnly(Starlette(routes=routes)))


async def _stop_accepting(listeners: Sequence[asyncio.Server]) -> None:
    """Accept nothing more, and wait until what was accepted is among the connections that can be aborted.

    asyncio cannot attach a connection to a server closed since `accept()`: it would leave the socket open.
    """
    loop = asyncio.get_running_loop()
    for listener in listeners:
        for accepting in listener.sockets:
            loop.remove_reader(accepting.fileno())
    for _ in range(_ITERATIONS_TO_CONNECT):
        await asyncio.sleep(0)


def _bind(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # Otherwise a restart would have to wait until the last run's connections have left the port.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError:
        listener.close()
        raise
    return listener


def _always(first_minute: FirstMinute) -> Callable[[], FirstMinute]:
    return lambda: first_minute
