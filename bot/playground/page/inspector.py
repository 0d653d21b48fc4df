"""Shows a developer how a message came about: requests, answers, calls and times, without secrets."""

from __future__ import annotations

from typing import Final

from bot.playground.workspace.records import ApiCall, Delivery, Json, Message
from bot.playground.workspace.trail import Record, Trail

_HIDDEN: Final = ("token", "Authorization")
_HTTP_OK: Final = 200


def inspected(trail: Trail, message: Message) -> list[Json]:
    """Return the records of a message's trail, oldest first, as the page shows them."""
    return [_shown(record) for record in trail.of(message)]


def without_secrets(value: object) -> object:
    """Return a copy of a JSON value in which tokens are replaced by ``…``."""
    if isinstance(value, dict):
        return {key: "…" if key in _HIDDEN else without_secrets(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    return value


def _shown(record: Record) -> Json:
    return _delivery(record) if isinstance(record, Delivery) else _call(record)


def _delivery(delivery: Delivery) -> Json:
    return {
        "id": delivery.id,
        "way": "to_app",
        "title": _title(delivery),
        "at": delivery.at,
        "ms": round(delivery.elapsed * 1000, 1),
        "status": delivery.status,
        "ok": not delivery.problem,
        "problem": delivery.problem,
        "attempt": delivery.attempt,
        "headers": dict(delivery.headers),
        "request": without_secrets(delivery.payload),
        "answer": delivery.body,
        "again": delivery.kind == "event",
    }


def _call(call: ApiCall) -> Json:
    return {
        "id": call.id,
        "way": "from_app",
        "title": call.method,
        "at": call.at,
        "ms": round(call.elapsed * 1000, 1),
        "status": call.status,
        "ok": call.status == _HTTP_OK and call.answer.get("ok") is not False,
        "problem": str(call.answer.get("error", "")),
        "request": without_secrets(call.args),
        "answer": call.answer,
    }


def _title(delivery: Delivery) -> str:
    payload = delivery.payload
    if delivery.kind == "command":
        return str(payload.get("command", "command"))
    if delivery.kind == "event":
        return str((payload.get("event") or {}).get("type", "event"))
    return str(payload.get("type", delivery.kind))
