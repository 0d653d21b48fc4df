"""Sends deliveries to the app, by signed HTTP or over its socket, and retries events it did not acknowledge."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from typing import Final

import aiohttp

from bot.playground.delivery.socket_mode import SocketMode
from bot.playground.delivery.transport import Answer, post, sign
from bot.playground.workspace.records import Delivery, Json
from bot.playground.workspace.workspace import Workspace

_IDLE_SECONDS: Final = 2.0
FORM: Final = "application/x-www-form-urlencoded"
JSON_TYPE: Final = "application/json"
_ENVELOPES: Final = {"command": "slash_commands", "event": "events_api", "interactive": "interactive"}


@dataclass(frozen=True, slots=True)
class Timing:
    """Timeouts and delays, in seconds.

    Parameters
    ----------
    ack
        How long the app may take to answer a delivery.
    retry_delays
        The wait before each retry of an event; Slack's are none, one minute, five minutes.
    sharing
        The wait before a finished upload is shared and processed.
    """

    ack: float = 3.0
    retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0)
    sharing: float = 0.02


SLACKS_TIMING: Final = Timing()


class Courier:
    """Sends to the app: over its socket if it is connected by Socket Mode, otherwise to `request_url`.

    Attributes
    ----------
    cut_off
        Whether to let nothing through to the app, as if it were not running.
    """

    def __init__(self, workspace: Workspace, socket: SocketMode, timing: Timing) -> None:
        self.request_url: str | None = None
        self.cut_off = False
        self._workspace = workspace
        self._socket = socket
        self._timing = timing
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the HTTP session."""
        # A request on a connection that the app is just closing would be lost, so idle ones are closed before that.
        connector = aiohttp.TCPConnector(keepalive_timeout=_IDLE_SECONDS)
        self._session = aiohttp.ClientSession(connector=connector, trust_env=False)

    async def close(self) -> None:
        """Close the HTTP session."""
        if self._session is not None:
            await self._session.close()

    async def send_event(self, payload: Json) -> tuple[Answer, int]:
        """Send an event until it is acknowledged or no retry is left; return the last answer and the attempts."""
        body = json.dumps(payload).encode()
        answer = await self.send("event", payload, body, JSON_TYPE)
        attempts = 1
        for delay in self._timing.retry_delays:
            if not answer.problem or answer.no_retry:
                break
            await asyncio.sleep(delay)
            answer = await self.send("event", payload, body, JSON_TYPE, attempts, answer.problem)
            attempts += 1
        return answer, attempts

    async def send(
        self, kind: str, payload: Json, body: bytes, content_type: str, attempt: int = 0, reason: str = ""
    ) -> Answer:
        """Send a request once and log it.

        Parameters
        ----------
        payload, body
            The same content, as an object for the socket and the log, and as bytes for HTTP.
        attempt, reason
            For a retry: its number, from 1, and why the attempt before failed.
        """
        at, name = self._workspace.clock(), self._workspace.trail.new_id()
        headers: dict[str, str] = {}
        if self.cut_off:
            answer = Answer(0, None, 0.0, "connection_failed")
        elif self._socket.connected and kind in _ENVELOPES:
            answer = await self._socket.send(_ENVELOPES[kind], payload, self._timing.ack, attempt, reason)
        else:
            headers = self._headers(body, content_type, attempt, reason)
            answer = await self._post(body, headers)
        self._workspace.log_delivery(
            Delivery(
                id=name,
                at=at,
                headers={key: _shown(key, value) for key, value in headers.items()},
                kind=kind,
                payload=payload,
                status=answer.status,
                body=answer.body,
                elapsed=answer.elapsed,
                attempt=attempt,
                problem=answer.problem,
                no_retry=answer.no_retry,
            )
        )
        return replace(answer, delivery=name)

    async def _post(self, body: bytes, headers: dict[str, str]) -> Answer:
        if self.request_url is None or self._session is None:
            return Answer(0, None, 0.0, "connection_failed")
        return await post(self._session, self.request_url, body, headers, self._timing.ack)

    def _headers(self, body: bytes, content_type: str, attempt: int, reason: str) -> dict[str, str]:
        timestamp = str(int(self._workspace.clock()))
        headers = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(self._workspace.install.signing_secret, timestamp, body),
        }
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason}
        return headers


def _shown(name: str, value: str) -> str:
    # With the whole signature, anybody who reads the log could replay the request.
    return "v0=…" if name == "X-Slack-Signature" else value
