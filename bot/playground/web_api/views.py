"""The `views.*` methods: opening, updating and stacking modals, publishing App Home tabs."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final

from bot.playground.block_kit.rules import check_blocks
from bot.playground.block_kit.shapes import Findings, Shape, Surface, anything, boolean, plain, string
from bot.playground.web_api.call import Call, Method
from bot.playground.web_api.compose import checked_blocks, json_object
from bot.playground.web_api.errors import ApiError, with_messages
from bot.playground.workspace.api_json import view_json
from bot.playground.workspace.records import Json, Trigger, View
from bot.playground.workspace.workspace import Workspace

MAX_STACK: Final = 3
MAX_VIEW_BYTES: Final = 250_000
_COMMON: Final = {
    "blocks": anything,
    "private_metadata": string(3000, minimum=0),
    "callback_id": string(255, minimum=0),
    "external_id": string(255, minimum=0),
}
_SHAPES: Final = {
    "modal": Shape(
        {
            **_COMMON,
            "title": plain(24),
            "submit": plain(24),
            "close": plain(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        },
        required=("title", "blocks"),
    ),
    "home": Shape(_COMMON, required=("blocks",)),
}


def checked_view(workspace: Workspace, sent: object, kind: Surface, view_id: str | None = None) -> Json:
    """Check a view and return its body with the ids Slack fills in.

    Parameters
    ----------
    view_id
        The view it will replace, which may keep its external id.

    Raises
    ------
    ApiError
        ``invalid_arguments`` with all reasons, ``view_too_large`` or ``duplicate_external_id``.
    """
    if not isinstance(sent, dict):
        raise with_messages("invalid_arguments", ["[ERROR] missing required field: view"])
    if len(json.dumps(sent)) > MAX_VIEW_BYTES:
        raise ApiError("view_too_large")
    findings = Findings(kind, workspace.files.picture)
    if sent.get("type") != kind:
        findings.add("/view/type", f"must be one of: {kind}")
    _SHAPES[kind](findings, "/view", sent)
    blocks = sent.get("blocks")
    if not isinstance(blocks, list):
        findings.add("/view/blocks", "must be an array")
        blocks = []
    findings.errors += check_blocks(blocks, kind, workspace.files.picture, "/view/blocks")
    has_input = any(isinstance(block, dict) and block.get("type") == "input" for block in blocks)
    if kind == "modal" and has_input and sent.get("submit") is None:
        findings.add("/view", "missing required field: submit")
    if findings.errors:
        raise with_messages("invalid_arguments", findings.errors)
    external = sent.get("external_id")
    if external and any(v.body.get("external_id") == external and v.id != view_id for v in _live(workspace)):
        raise ApiError("duplicate_external_id")
    return {**sent, "blocks": list(checked_blocks(workspace, blocks, kind))}


def open_view(workspace: Workspace, user: str, body: Json, previous: View | None = None) -> View:
    """Show a modal to a user, on top of `previous` if that is given."""
    name = workspace.ids.new("V")
    root = name if previous is None else previous.root_id
    below = None if previous is None else previous.id
    return workspace.put_view(View(name, "modal", user, body, _new_hash(workspace), root, below))


def replace_view(workspace: Workspace, view: View, body: Json) -> View:
    """Replace the content of a view."""
    return workspace.put_view(replace(view, body=body, hash=_new_hash(workspace), errors={}))


def _open(call: Call) -> Json:
    workspace = call.workspace
    trigger = _trigger(call)
    body = checked_view(workspace, _sent(call), "modal")
    workspace.triggers[trigger.id] = replace(trigger, used=True)
    for view in workspace.open_views(trigger.user):
        workspace.put_view(replace(view, is_open=False))
    return {"view": view_json(workspace, open_view(workspace, trigger.user, body))}


def _push(call: Call) -> Json:
    workspace = call.workspace
    trigger = _trigger(call)
    below = workspace.views.get(trigger.view_id or "")
    if below is None or not below.is_open:
        raise ApiError("not_found")
    if len(workspace.open_views(trigger.user)) >= MAX_STACK:
        raise ApiError("push_limit_reached")
    body = checked_view(workspace, _sent(call), "modal")
    workspace.triggers[trigger.id] = replace(trigger, used=True)
    return {"view": view_json(workspace, open_view(workspace, trigger.user, body, below))}


def _update(call: Call) -> Json:
    workspace = call.workspace
    name, external = call.text("view_id", ""), call.text("external_id", "")
    view = workspace.views.get(name)
    if external:
        view = next((v for v in _live(workspace) if v.body.get("external_id") == external), None)
    if view is None or not view.is_open:
        raise ApiError("not_found")
    if call.text("hash", view.hash) != view.hash:
        raise ApiError("hash_conflict")
    kind: Surface = "home" if view.type == "home" else "modal"
    body = checked_view(workspace, _sent(call), kind, view.id)
    return {"view": view_json(workspace, replace_view(workspace, view, body))}


def _publish(call: Call) -> Json:
    workspace = call.workspace
    user = workspace.users.get(call.text("user_id"))
    if user is None or user.deleted or not user.belongs_to(workspace.team.id):
        raise with_messages("invalid_arguments", ["invalid `user_id`"])
    view = workspace.home(user)
    if view is not None and call.text("hash", view.hash) != view.hash:
        raise ApiError("hash_conflict")
    body = checked_view(workspace, _sent(call), "home", None if view is None else view.id)
    if view is None:
        name = workspace.ids.new("V")
        view = workspace.put_view(View(name, "home", user.id, body, _new_hash(workspace), name))
    else:
        view = replace_view(workspace, view, body)
    return {"view": view_json(workspace, view)}


def _sent(call: Call) -> Json | None:
    return json_object(call.args.get("view"), "invalid_arguments")


def _trigger(call: Call) -> Trigger:
    workspace = call.workspace
    trigger = workspace.triggers.get(call.text("trigger_id"))
    if trigger is None:
        raise ApiError("invalid_trigger_id")
    if trigger.used:
        raise ApiError("exchanged_trigger_id")
    if workspace.clock() > trigger.expires:
        raise ApiError("expired_trigger_id")
    return trigger


def _live(workspace: Workspace) -> list[View]:
    return [view for view in workspace.views.values() if view.is_open]


def _new_hash(workspace: Workspace) -> str:
    return f"{int(workspace.clock())}.{workspace.ids.word(8)}"


METHODS: Final = {
    "views.open": Method(_open),
    "views.push": Method(_push),
    "views.update": Method(_update),
    "views.publish": Method(_publish),
}
