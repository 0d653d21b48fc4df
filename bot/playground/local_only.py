"""Refuses requests that do not come from this machine's own pages.

A page of another site can make a browser send requests to this server. Checking Host stops DNS names rebound to
127.0.0.1; checking Origin stops forms and scripts of other sites.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

_NAMES: Final = ("127.0.0.1", "localhost")
_SAFE: Final = ("GET", "HEAD")
_BROWSER_PATHS: Final = "/playground/"
_REFUSAL: Final = "This server answers only at 127.0.0.1 or localhost, and only its own pages may change things."


class LocalOnly:
    """ASGI middleware that refuses requests for other hosts, and changes requested by other sites' pages."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, or answer 403."""
        if self._allows(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(1008)(scope, receive, send)
        else:
            await PlainTextResponse(_REFUSAL, 403)(scope, receive, send)

    def _allows(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if _name(host) not in _NAMES:
            return False
        changes = scope["type"] == "http" and scope["method"] not in _SAFE
        if not (changes and scope["path"].startswith(_BROWSER_PATHS)):
            return True
        # Browsers send Origin with every POST. A client that sends none is not a browser, so no page can misuse it.
        origin = headers.get("origin")
        return origin is None or origin == f"http://{host}"


def _name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
