"""Receives and serves the bytes of files: upload URLs and `/files-pri/`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from email.parser import BytesParser
from email.policy import HTTP

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.playground.faults.connections import Connections
from bot.playground.faults.faults import DOWNLOAD, UPLOAD, Fault, Faults
from bot.playground.faults.http_faults import apply_fault
from bot.playground.web_api.routes import bearer
from bot.playground.workspace.records import ApiCall, File
from bot.playground.workspace.workspace import Workspace

_SIGN_IN = "<!doctype html><html><head><title>Slack</title></head><body>Sign in to Playground</body></html>"


class FileRoutes:
    """The routes for uploads and downloads, with the faults each can have."""

    def __init__(self, workspace: Workspace, faults: Faults, connections: Connections) -> None:
        self._workspace = workspace
        self._faults = faults
        self._connections = connections

    def routes(self) -> list[Route]:
        """Return the routes to serve."""
        return [
            Route("/upload/v1/{ticket}", self._upload, methods=["POST"]),
            Route("/files-pri/{names}/{rest:path}", self._download, methods=["GET"]),
        ]

    async def _upload(self, request: Request) -> Response:
        fault = await apply_fault(self._faults, self._connections, UPLOAD, request)
        if isinstance(fault, Response):
            return fault
        file = self._workspace.files.ticket(request.url.path)
        if file is None:
            return PlainTextResponse("Not found", 404)
        data = _content(request.headers.get("content-type", ""), await request.body())
        if len(data) != file.length:
            return PlainTextResponse("The length is not the one announced", 400)
        self._workspace.files.receive(file, data)
        return PlainTextResponse(f"OK - {len(data)}")

    async def _download(self, request: Request) -> Response:
        fault = await apply_fault(self._faults, self._connections, DOWNLOAD, request)
        if isinstance(fault, Response):
            return fault
        lost = fault.word if fault is not None and fault.kind == "missing_scope" else ""
        file = self._workspace.files.by_id.get(request.path_params["names"].partition("-")[2])
        if file is None:
            return PlainTextResponse("Not found", 404)
        allowed = self._may_read(bearer(request), lost) and self._workspace.files.visible_to_app(file)
        served = allowed and file.data is not None and (fault is None or fault.kind != "html")
        self._workspace.log_call(
            ApiCall(
                DOWNLOAD,
                {"file": file.id},
                200,
                {"ok": served},
                self._workspace.clock(),
                id=self._workspace.trail.new_id(),
            ),
        )
        if not served:
            return HTMLResponse(_SIGN_IN)
        return self._send(file, fault, request)

    def _may_read(self, token: str, lost_scope: str) -> bool:
        install = self._workspace.install
        return token == install.bot_token and not install.revoked and "files:read" in install.scopes - {lost_scope}

    def _send(self, file: File, fault: Fault | None, request: Request) -> Response:
        data = file.data or b""
        if fault is not None and fault.kind == "redirect":
            return RedirectResponse(fault.word, 302)
        if fault is not None and fault.kind in ("truncate", "stall"):
            return StreamingResponse(self._half(data, fault, request), media_type=file.mimetype)
        return Response(data, media_type=file.mimetype)

    async def _half(self, data: bytes, fault: Fault, request: Request) -> AsyncIterator[bytes]:
        yield data[: len(data) // 2]
        if fault.kind == "stall":
            await self._faults.until_cleared()
            self._connections.abort(request.scope)


def _content(content_type: str, body: bytes) -> bytes:
    """Return an upload's bytes: the body as it is, or the first part of a multipart form."""
    if not content_type.startswith("multipart/form-data"):
        return body
    head = b"Content-Type: " + content_type.encode("latin-1") + b"\r\n\r\n"
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    for part in message.iter_parts():
        payload = part.get_payload(decode=True)
        return payload if isinstance(payload, bytes) else b""
    return b""
