"""Files on the page: uploading, showing, previewing, downloading, and the sample file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.playground.page.csv_preview import preview
from bot.playground.page.first_minute import FirstMinute, Sample
from bot.playground.page.requests import NEVER_CHANGES, as_json, known, who_writes_where
from bot.playground.workspace.records import Channel, File
from bot.playground.workspace.workspace import Workspace

MAX_UPLOAD: Final = 100 * 1024 * 1024


class PageFiles:
    """The routes for files.

    Parameters
    ----------
    offers
        Returns what is offered to newcomers just now, files among it.
    max_upload
        The largest file people may upload here, in bytes.
    """

    def __init__(
        self, workspace: Workspace, offers: Callable[[], FirstMinute], *, max_upload: int = MAX_UPLOAD
    ) -> None:
        self._workspace = workspace
        self._max_upload = max_upload
        self._offers = offers

    def routes(self) -> list[BaseRoute]:
        """Return the routes to serve."""
        return [
            Route("/playground/files/{file}", self._file),
            Route("/playground/files/{file}/preview", self._preview),
            Route("/playground/sample", self._download_sample),
            Route("/playground/sample", self._drop_sample, methods=["POST"]),
            Route("/playground/upload", self._upload, methods=["POST"]),
        ]

    async def _upload(self, request: Request) -> Response:
        query = request.query_params
        name = query.get("name") or "file"
        if query.get("hold"):
            user = known(self._workspace.users.get, query.get("user"))
            return _uploaded(self._workspace.files.hold(user.id, name, await self._body(request)))
        user, channel = who_writes_where(self._workspace, query)
        return _uploaded(self._workspace.upload(user, channel, name, await self._body(request)))

    async def _body(self, request: Request) -> bytes:
        data = bytearray()
        async for chunk in request.stream():
            data += chunk
            if len(data) > self._max_upload:
                raise HTTPException(413, f"Files here are at most {self._max_upload // 1024 // 1024} MB.")
        return bytes(data)

    async def _file(self, request: Request) -> Response:
        file = self._stored(request)
        headers = dict(NEVER_CHANGES)
        if not file.is_image:
            # The browser must not render it: an uploaded HTML page would run as part of this one.
            headers["Content-Disposition"] = "attachment"
        kind = file.mimetype if file.is_image else "application/octet-stream"
        return Response(file.data, media_type=kind, headers=headers)

    async def _preview(self, request: Request) -> Response:
        return as_json(preview(self._stored(request).data or b""), NEVER_CHANGES)

    async def _download_sample(self, request: Request) -> Response:
        sample = self._own_sample()
        name = quote(sample.name, safe="")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        return Response(sample.data, media_type="application/octet-stream", headers=headers)

    async def _drop_sample(self, request: Request) -> Response:
        query = request.query_params
        sample = self._own_sample(query.get("file", ""))
        user, channel = who_writes_where(self._workspace, query)
        tables = self._tables_in(channel) if query.get("if_none") else []
        if tables:
            return _uploaded(tables[-1])
        return _uploaded(self._workspace.upload(user, channel, sample.name, sample.data))

    def _tables_in(self, channel: Channel) -> list[File]:
        """Return the tables people shared in a channel, without the app's own result files."""
        bot = self._workspace.bot.id
        files = self._workspace.files.by_id.values()
        return [file for file in files if file.is_table and channel.id in file.shares and file.user != bot]

    def _own_sample(self, name: str = "") -> Sample:
        """Return the file of that name which a suggestion drops; the sample file without a name."""
        offers = self._offers()
        of_suggestions = (one.file for one in offers.suggestions if one.file is not None and one.file.name == name)
        sample = next(of_suggestions, None) if name else offers.sample
        if sample is None:
            raise HTTPException(404, "There is no sample file for this schema.")
        return sample

    def _stored(self, request: Request) -> File:
        file = known(self._workspace.files.by_id.get, request.path_params["file"], "file")
        if file.data is None:
            raise HTTPException(404, "There is no such file.")
        return file


def _uploaded(file: File) -> Response:
    return as_json({"status": 200, "file": file.id, "name": file.name})
