"""Socket Mode: the app connects by WebSocket and gets envelopes instead of requests to its request URL."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Final

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.playground.delivery.transport import Answer
from bot.playground.faults.connections import Connections
from bot.playground.web_api.call import Call, Method
from bot.playground.workspace.records import Json
from bot.playground.workspace.workspace import Workspace

MAX_CONNECTIONS: Final = 10
_PATH: Final = "/link"
# The WebSocket protocol's code for a policy violation.
_POLICY: Final = 1008
_APPROXIMATE_SECONDS: Final = 18_060


@dataclass(eq=False, slots=True)
class Connection:
    """One of the app's WebSockets, and the envelopes it has not acknowledged yet."""

    websocket: WebSocket
    waiting: dict[str, asyncio.Future[Json]] = field(default_factory=dict)
    frozen: bool = False


class SocketMode:
    """The app's WebSocket connections."""

    def __init__(self, workspace: Workspace, connections: Connections) -> None:
        self._workspace = workspace
        self._tcp = connections
        self._tickets: set[str] = set()
        self._open: list[Connection] = []
        self._next = 0

    @property
    def connected(self) -> int:
        """How many connections are open."""
        return len(self._open)

    def routes(self) -> list[WebSocketRoute]:
        """Return the route the app connects to."""
        return [WebSocketRoute(_PATH, self._serve)]

    def methods(self) -> dict[str, Method]:
        """Return the Web API method that tells the app where to connect."""
        return {"apps.connections.open": Method(self._open_method, ("connections:write",), "app")}

    async def send(self, kind: str, payload: Json, seconds: float, attempt: int = 0, reason: str = "") -> Answer:
        """Send an envelope over the connections in turn and wait up to `seconds` for the acknowledgement."""
        started = time.perf_counter()
        connection = self._open[self._next % len(self._open)]
        self._next += 1
        name = self._workspace.ids.word(32)
        envelope: Json = {
            "envelope_id": name,
            "type": kind,
            "accepts_response_payload": kind != "events_api",
            "payload": payload,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": reason}
        acknowledged: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        connection.waiting[name] = acknowledged
        try:
            async with asyncio.timeout(seconds):
                await connection.websocket.send_text(json.dumps(envelope))
                answer = await acknowledged
        except TimeoutError:
            return Answer(0, None, time.perf_counter() - started, "http_timeout")
        except (WebSocketDisconnect, ConnectionError):
            return Answer(0, None, time.perf_counter() - started, "connection_failed")
        finally:
            connection.waiting.pop(name, None)
        body = answer.get("payload")
        return Answer(200, body if isinstance(body, dict) and body else None, time.perf_counter() - started)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Announce to every connection that it will be closed, then close it, as Slack does every few hours."""
        # A copy: closing a connection removes it from the list.
        for connection in list(self._open):
            message = {"type": "disconnect", "reason": reason, "debug_info": {"host": "playground"}}
            await connection.websocket.send_text(json.dumps(message))
            await connection.websocket.close()

    @property
    def live(self) -> int:
        """How many connections are not frozen."""
        return sum(not connection.frozen for connection in self._open)

    def freeze(self) -> int:
        """Freeze every open connection and return how many: TCP stays open, but not even pings are answered."""
        thawed = [connection for connection in self._open if not connection.frozen]
        for connection in thawed:
            connection.frozen = True
            self._tcp.freeze(connection.websocket.scope)
        return len(thawed)

    def drop(self) -> int:
        """Abort every open connection without notice and return how many."""
        for connection in self._open:
            self._tcp.abort(connection.websocket.scope)
        return len(self._open)

    def _open_method(self, call: Call) -> Json:
        ticket = call.workspace.ids.word(32)
        self._tickets.add(ticket)
        address = call.workspace.base_url.replace("http://", "ws://", 1)
        return {"url": f"{address}{_PATH}?ticket={ticket}&app_id={call.workspace.install.app_id}"}

    async def _serve(self, websocket: WebSocket) -> None:
        ticket = websocket.query_params.get("ticket", "")
        if ticket not in self._tickets or len(self._open) >= MAX_CONNECTIONS:
            await websocket.close(_POLICY)
            return
        self._tickets.discard(ticket)
        await websocket.accept()
        connection = Connection(websocket)
        self._open.append(connection)
        self._workspace.changed("delivery", "hello")
        try:
            await websocket.send_text(json.dumps(self._hello()))
            while True:
                self._acknowledge(connection, await websocket.receive_text())
        except WebSocketDisconnect:
            pass
        finally:
            self._open.remove(connection)
            # Otherwise the senders would wait out their time for an answer that cannot come.
            for waiting in connection.waiting.values():
                if not waiting.done():
                    waiting.set_exception(ConnectionError("the app's connection is gone"))
            self._workspace.changed("delivery", "goodbye")

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "debug_info": {
                "host": "playground",
                "build_number": 1,
                "approximate_connection_time": _APPROXIMATE_SECONDS,
            },
            "connection_info": {"app_id": self._workspace.install.app_id},
        }

    def _acknowledge(self, connection: Connection, text: str) -> None:
        try:
            message = json.loads(text)
        except ValueError:
            return
        name = message.get("envelope_id") if isinstance(message, dict) else None
        waiting = connection.waiting.get(name) if isinstance(name, str) else None
        if waiting is not None and not waiting.done():
            waiting.set_result(message)
