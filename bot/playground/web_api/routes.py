"""Slack's Web API over HTTP: `/api/<method>`, and the response URLs beside it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from email.utils import formatdate
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.playground.faults.connections import Connections
from bot.playground.faults.faults import RESPONSE_URL, Fault, Faults
from bot.playground.faults.http_faults import apply_fault
from bot.playground.web_api import agent, chat, conversations, files, views
from bot.playground.web_api.call import Call, Method
from bot.playground.web_api.errors import ApiError
from bot.playground.web_api.response_urls import answer_through, refused_answer
from bot.playground.workspace.records import ApiCall, Json
from bot.playground.workspace.workspace import Workspace

_FAMILIES: Final = (agent, chat, conversations, files, views)


class WebApi:
    """The Web API's methods, each behind the checks of token and scopes, the faults and the log.

    Parameters
    ----------
    more
        Further methods by name, beside those of the five modules.
    """

    def __init__(
        self, workspace: Workspace, faults: Faults, connections: Connections, more: Mapping[str, Method]
    ) -> None:
        self._workspace = workspace
        self._faults = faults
        self._connections = connections
        self._methods: dict[str, Method] = {}
        for family in _FAMILIES:
            self._methods |= family.METHODS
        self._methods |= more

    def routes(self) -> list[Route]:
        """Return the routes to serve."""
        return [
            Route("/api/{method}", self._call, methods=["GET", "POST"]),
            Route("/hooks/{rest:path}", self._response_url, methods=["POST"]),
        ]

    async def _call(self, request: Request) -> Response:
        name = request.path_params["method"]
        started = time.perf_counter()
        fault = await apply_fault(self._faults, self._connections, name, request)
        if isinstance(fault, Response):
            self._log(name, {}, fault.status_code, {}, started)
            return fault
        args: Json = {}
        record = self._workspace.trail.new_id()
        method = self._methods.get(name)
        try:
            args = await read_args(request)
            token = bearer(request) or str(args.pop("token", "") or "")
            args.pop("token", None)
            with self._workspace.trail.made_by(record):
                answer = self._answer(name, method, args, token, fault)
        except ApiError as error:
            answer = error.answer
        self._log(name, args, 200, answer, started, record)
        scopes = ",".join(sorted(self._workspace.install.scopes))
        accepted = ",".join(method.scopes) if method is not None else ""
        about = {"date": formatdate(self._workspace.clock(), usegmt=True), "x-oauth-scopes": scopes}
        return JSONResponse(answer, headers={**about, "x-accepted-oauth-scopes": accepted})

    def _answer(self, name: str, method: Method | None, args: Json, token: str, fault: Fault | None) -> Json:
        """Run a method after the checks that can refuse the call."""
        if method is None:
            raise ApiError("unknown_method", req_method=name)
        scopes = self._scopes_of(token, method)
        if fault is not None and fault.kind == "missing_scope":
            scopes -= {fault.word}
        if fault is not None and fault.kind == "error":
            raise ApiError(fault.word)
        call = Call(self._workspace, args, scopes)
        call.need_scope(*method.scopes)
        return {"ok": True, **method.run(call)}

    def _scopes_of(self, token: str, method: Method) -> frozenset[str]:
        install = self._workspace.install
        if method.token == "any":  # noqa: S105  a kind of token, not a token
            return install.scopes
        if not token:
            raise ApiError("not_authed")
        kinds = {install.bot_token: ("bot", install.scopes), install.app_token: ("app", install.app_scopes)}
        steps = self._workspace.agent.steps.values()
        kinds |= {step.token: ("bot", install.scopes) for step in steps if not step.ended}
        if token not in kinds:
            raise ApiError("invalid_auth")
        if install.revoked:
            raise ApiError("token_revoked")
        kind, scopes = kinds[token]
        if kind != method.token:
            raise ApiError("not_allowed_token_type")
        return scopes

    async def _response_url(self, request: Request) -> Response:
        started = time.perf_counter()
        fault = await apply_fault(self._faults, self._connections, RESPONSE_URL, request)
        if isinstance(fault, Response):
            return fault
        path, record = request.url.path, self._workspace.trail.new_id()
        try:
            args = await read_args(request)
            with self._workspace.trail.made_by(record, path):
                answer_through(self._workspace, path, args)
        except ApiError as error:
            status, body = refused_answer(error)
            self._log(RESPONSE_URL, {}, status, error.answer, started, record)
            return PlainTextResponse(body, status) if isinstance(body, str) else JSONResponse(body, status)
        self._log(RESPONSE_URL, args, 200, {"ok": True}, started, record)
        return PlainTextResponse("ok")

    def _log(
        self, method: str, args: Json, status: int, answer: Json, started: float, record: str | None = None
    ) -> None:
        workspace, elapsed = self._workspace, time.perf_counter() - started
        name = record or workspace.trail.new_id()
        workspace.log_call(ApiCall(method, args, status, answer, workspace.clock() - elapsed, elapsed, name))


def bearer(request: Request) -> str:
    """Return the token of the Authorization header; empty if there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def read_args(request: Request) -> Json:
    """Return the arguments of a call, from the query and from a form or JSON body.

    Raises
    ------
    ApiError
        ``invalid_json``, ``json_not_object`` or ``invalid_form_data``.
    """
    args: Json = dict(request.query_params)
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if not body:
        return args
    if kind == "application/json":
        try:
            sent = json.loads(body)
        except ValueError:
            raise ApiError("invalid_json") from None
        if not isinstance(sent, dict):
            raise ApiError("json_not_object")
        return args | sent
    try:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    except UnicodeDecodeError:
        raise ApiError("invalid_form_data") from None
    # As in Slack, a response URL also accepts its JSON in a form field.
    if set(form) == {"payload"} and request.url.path.startswith("/hooks/"):
        try:
            return args | dict(json.loads(form["payload"]))
        except ValueError:
            raise ApiError("invalid_json") from None
    return args | form
