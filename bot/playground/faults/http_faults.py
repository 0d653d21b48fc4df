"""Applies faults to HTTP requests."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from bot.playground.faults.connections import Connections
from bot.playground.faults.faults import TOO_MANY, Fault, Faults


async def apply_fault(faults: Faults, connections: Connections, name: str, request: Request) -> Fault | Response | None:
    """Apply the next fault for `name` to a request, if there is one.

    Returns
    -------
    Fault | Response | None
        A response to send instead of the real one; or a fault that the route has to apply itself; or None.
    """
    fault = faults.take(name)
    if fault is None:
        return None
    if fault.kind == "delay":
        await asyncio.sleep(fault.seconds)
        return None
    if fault.kind == "hang":
        await faults.until_cleared()
    if fault.kind in ("hang", "drop"):
        connections.abort(request.scope)
        return Response(status_code=503)
    if fault.kind == "status":
        return _status(fault)
    return fault


def _status(fault: Fault) -> Response:
    if fault.status == TOO_MANY:
        headers = {"Retry-After": f"{fault.seconds:g}"}
        return JSONResponse({"ok": False, "error": "ratelimited"}, TOO_MANY, headers)
    return HTMLResponse("<!doctype html><title>Server error</title>", fault.status)
