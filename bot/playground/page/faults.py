"""The faults panel: starts faults, lists the active ones, clears them all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.playground.delivery.deliverer import Deliverer
from bot.playground.faults.faults import ANY, DOWNLOAD, RESPONSE_URL, TOO_MANY, UPLOAD, Fault, Faults
from bot.playground.page.requests import as_json, sent_json, string
from bot.playground.workspace.records import Json
from bot.playground.workspace.workspace import Workspace

METHODS: Final = (
    ANY,
    "chat.postMessage",
    "chat.update",
    "files.info",
    "files.getUploadURLExternal",
    "files.completeUploadExternal",
    "users.info",
    "views.open",
    "views.publish",
    DOWNLOAD,
    UPLOAD,
    RESPONSE_URL,
)
_MAX_TIMES: Final = 1000
_RETRY_AFTER: Final = 3
_SERVER_ERROR: Final = 500


class PageFaults:
    """The routes of the faults panel."""

    def __init__(self, workspace: Workspace, deliver: Deliverer, faults: Faults) -> None:
        self._workspace = workspace
        self._deliver = deliver
        self._faults = faults
        self._full_scopes = workspace.install.scopes
        faults.on_change = lambda: workspace.changed("fault", "")

    def routes(self) -> list[BaseRoute]:
        """Return the routes to serve."""
        return [
            Route("/playground/faults", self._list),
            Route("/playground/faults", self._set, methods=["POST"]),
            Route("/playground/faults/reset", self._reset, methods=["POST"]),
        ]

    async def _list(self, request: Request) -> Response:
        return as_json(self._state())

    async def _set(self, request: Request) -> Response:
        sent = await sent_json(request)
        kind, method, times = string(sent, "kind"), str(sent.get("method") or ANY), _times(sent.get("times", 1))
        if method not in METHODS:
            raise HTTPException(400, "Choose one of the listed calls.")
        makers: dict[str, Callable[[], None]] = {
            "429": lambda: self._faults.rate_limit(method, retry_after=_RETRY_AFTER, times=times),
            "500": lambda: self._faults.server_error(method, status=_SERVER_ERROR, times=times),
            "timeout": lambda: self._faults.hang(method, times=times),
            "scope": lambda: self._drop_scope(str(sent.get("scope") or "")),
            "twice": lambda: self._faults.duplicate_events(times or 1),
            "unreachable": lambda: self._cut_off(True),
        }
        if kind not in makers:
            raise HTTPException(400, "Choose one of the listed faults.")
        makers[kind]()
        return as_json(self._state())

    async def _reset(self, request: Request) -> Response:
        await sent_json(request)
        self._workspace.change_install(scopes=self._full_scopes)
        self._cut_off(False)
        self._faults.clear()
        return as_json(self._state())

    def _drop_scope(self, scope: str) -> None:
        scopes = self._workspace.install.scopes
        if scope not in scopes:
            raise HTTPException(400, "The app does not have that scope.")
        self._workspace.change_install(scopes=scopes - {scope})
        self._workspace.changed("fault", "")

    def _cut_off(self, cut_off: bool) -> None:
        self._deliver.cut_off = cut_off
        self._workspace.changed("fault", "")

    def _state(self) -> Json:
        active = [_sentence(fault) for fault in self._faults.active]
        if self._faults.duplicates:
            active.append(f"the next {_counted(self._faults.duplicates, 'event')} delivered twice")
        active += [f"scope {name} removed" for name in sorted(self._full_scopes - self._workspace.install.scopes)]
        if self._deliver.cut_off:
            active.append("the app is unreachable")
        return {
            "active": active,
            "methods": list(METHODS),
            "scopes": sorted(self._workspace.install.scopes),
            "last_event": self._last_event(),
        }

    def _last_event(self) -> Json | None:
        """Return the newest event, which the panel offers to deliver again."""
        last = next((sent for sent in reversed(self._workspace.deliveries) if sent.kind == "event"), None)
        return None if last is None else {"record": last.id, "type": last.payload["event"]["type"]}


def _times(value: object) -> int | None:
    """Return how often to apply a fault, None for until cleared; 400 if it is not such a number."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _MAX_TIMES:
        raise HTTPException(400, f"“How often” must be a whole number from 1 to {_MAX_TIMES}.")
    return value


def _sentence(fault: Fault) -> str:
    what = {"hang": "no answer", "status": f"answer {fault.status}"}.get(fault.kind, fault.kind)
    if fault.status == TOO_MANY:
        what += f", retry after {fault.seconds:g} s"
    where = "any call" if fault.method == ANY else fault.method
    often = "until cleared" if fault.times is None else f"{_counted(fault.times, 'time')}"
    return f"{where}: {what}, {often}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
