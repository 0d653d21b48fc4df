"""Builds the payloads Slack sends to an app: commands, events, interactions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.playground.block_kit.rules import elements_of
from bot.playground.workspace.agent import Step
from bot.playground.workspace.api_json import file_json, message_json, view_json
from bot.playground.workspace.records import Channel, Json, Message, User, View
from bot.playground.workspace.workspace import Workspace

_SINGLE: Final = {
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
}
_OPTION: Final = ("static_select", "radio_buttons", "external_select", "overflow")
_OPTIONS: Final = ("checkboxes", "multi_static_select", "multi_external_select")


def command_payload(workspace: Workspace, name: str, text: str, user: User, channel: Channel) -> dict[str, str]:
    """Return the form fields of a slash command."""
    return {
        "token": workspace.install.verification_token,
        "team_id": _acting_team(workspace, user),
        "team_domain": workspace.team.domain,
        "channel_id": channel.id,
        "channel_name": "directmessage" if channel.kind == "im" else channel.name,
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": text,
        "api_app_id": workspace.install.app_id,
        "is_enterprise_install": "true" if workspace.install.organisation else "false",
        "response_url": workspace.new_response_url("commands", channel.id, user.id),
        "trigger_id": workspace.new_trigger(user.id),
        **({"enterprise_id": enterprise} if (enterprise := user.enterprise) else {}),
    }


def event_payload(workspace: Workspace, event: Json, event_id: str) -> Json:
    """Return the envelope of an event.

    Its own `team_id` is the workspace the event comes from: in a shared channel the partner's. It is null if the app is
    installed for a whole organisation. The workspace it is for is in the authorisation.
    """
    organisation = workspace.install.organisation
    channel = workspace.channels.get(str(event.get("channel_id") or event.get("channel") or ""))
    source = (channel.source_team if channel is not None else "") or workspace.team.id
    authorization = {
        "enterprise_id": organisation or None,
        "team_id": workspace.team.id,
        "user_id": workspace.bot.id,
        "is_bot": True,
        "is_enterprise_install": bool(organisation),
    }
    return {
        "token": workspace.install.verification_token,
        "team_id": None if organisation else source,
        "context_team_id": workspace.team.id,
        "context_enterprise_id": organisation or None,
        "api_app_id": workspace.install.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(workspace.clock()),
        "authorizations": [authorization],
        "is_ext_shared_channel": channel is not None and channel.is_shared,
        "event_context": workspace.ids.word(40),
    }


def step_event(workspace: Workspace, step: Step) -> Json:
    """Return the event of a custom step that a workflow has come to."""
    return {
        "type": "function_executed",
        "function": {
            "id": f"Fn{workspace.ids.word(9)}",
            "callback_id": step.callback_id,
            "title": step.callback_id,
            "type": "app",
            "app_id": workspace.install.app_id,
            "input_parameters": [{"type": "string", "name": name, "is_required": True} for name in step.inputs],
            "output_parameters": [],
        },
        "inputs": step.inputs,
        "function_execution_id": step.id,
        "workflow_execution_id": workspace.ids.new("Wx"),
        "event_ts": workspace.ids.ts(),
        "bot_access_token": step.token,
    }


def action_payload(workspace: Workspace, message: Message, action: Json, user: User, state: Json) -> Json:
    """Return the payload of a click on an element of a message; `state` holds the values of its inputs."""
    channel = workspace.channels[message.channel]
    response_url = workspace.new_response_url("actions", channel.id, user.id, message.ts)
    ephemeral = message.ephemeral_to is not None
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }
    if message.thread_ts is not None:
        container["thread_ts"] = message.thread_ts
    payload: Json = {
        **_common(workspace, "block_actions", user),
        "container": container,
        "trigger_id": workspace.new_trigger(user.id),
        "channel": {"id": channel.id, "name": "directmessage" if channel.kind == "im" else channel.name},
        "state": {"values": state},
        "response_url": response_url,
        "actions": [action],
    }
    # Slack does not store ephemeral messages, so it cannot include one.
    return payload if ephemeral else payload | {"message": message_json(workspace, message)}


def view_action_payload(workspace: Workspace, view: View, action: Json, user: User, state: Json) -> Json:
    """Return the payload of a click on an element of a modal or App Home."""
    return {
        **_common(workspace, "block_actions", user),
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": workspace.new_trigger(user.id, view.id),
        "view": view_json(workspace, view, state),
        "actions": [action],
    }


def view_submission_payload(workspace: Workspace, view: View, state: Json, user: User) -> Json:
    """Return the payload of a submitted modal."""
    return {
        **_common(workspace, "view_submission", user),
        "trigger_id": workspace.new_trigger(user.id, view.id),
        "view": view_json(workspace, view, state),
        "response_urls": _response_urls(workspace, view, state, user),
    }


def _response_urls(workspace: Workspace, view: View, state: Json, user: User) -> list[Json]:
    """Return a response URL for each menu of conversations that asked for one, if a conversation was chosen in it."""
    found = []
    for block in view.blocks:
        element = block.get("element") or {}
        chosen = (state.get(block["block_id"], {}).get(element.get("action_id")) or {}).get("selected_conversation")
        if element.get("response_url_enabled") and chosen:
            address = workspace.new_response_url("app", chosen, user.id)
            names = {"block_id": block["block_id"], "action_id": element["action_id"]}
            found.append({**names, "channel_id": chosen, "response_url": address})
    return found


def view_closed_payload(workspace: Workspace, view: View, user: User, *, cleared: bool) -> Json:
    """Return the payload of a modal closed without submitting."""
    return {
        **_common(workspace, "view_closed", user),
        "view": view_json(workspace, view),
        "is_cleared": cleared,
    }


def shortcut_payload(workspace: Workspace, callback_id: str, user: User) -> Json:
    """Return the payload of a global shortcut."""
    return {
        **_common(workspace, "shortcut", user),
        "callback_id": callback_id,
        "trigger_id": workspace.new_trigger(user.id),
        "action_ts": workspace.ids.ts(),
    }


def message_shortcut_payload(workspace: Workspace, callback_id: str, message: Message, user: User) -> Json:
    """Return the payload of a shortcut on a message."""
    channel = workspace.channels[message.channel]
    return {
        **_common(workspace, "message_action", user),
        "callback_id": callback_id,
        "trigger_id": workspace.new_trigger(user.id),
        "action_ts": workspace.ids.ts(),
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": "directmessage" if channel.kind == "im" else channel.name},
        "response_url": workspace.new_response_url("actions", channel.id, user.id, message.ts),
        "message": message_json(workspace, message),
    }


def find_element(
    blocks: tuple[Json, ...] | list[Json], action_id: str, block_id: str | None = None
) -> tuple[Json, Json]:
    """Return an element and the block it is in, as (block, element).

    Raises
    ------
    LookupError
        When there is none; the text lists those there are.
    """
    known: list[str] = []
    for block in blocks:
        for element in elements_of(block):
            if element.get("action_id") == action_id and block_id in (None, block.get("block_id")):
                return block, element
            known.append(str(element.get("action_id")))
    raise LookupError(f"no element {action_id!r} here; there are: {', '.join(known) or 'none'}")


def used_element(workspace: Workspace, block: Json, element: Json, value: object) -> Json:
    """Return the ``actions`` entry of an element that was used; `value` is what was chosen or typed, if anything."""
    action: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": workspace.ids.ts(),
    }
    if element["type"] == "button":
        action["text"] = element["text"]
        for key in ("value", "style", "url"):
            if key in element:
                action[key] = element[key]
        return action
    return action | entered(workspace, element, value)


def view_state(workspace: Workspace, blocks: list[Json], answers: Mapping[str, object]) -> Json:
    """Return ``state.values`` of a view or message.

    Parameters
    ----------
    answers
        Action id → what was entered (text, an option's value, a list of them, file ids); an object with a ``type``
        is passed on unchanged. Also block id → such a mapping. An input without an answer has its initial value.
    """
    values: Json = {}
    for block in blocks:
        for element in elements_of(block):
            action_id = element.get("action_id")
            if action_id is None or element["type"] in ("button", "overflow", "image"):
                continue
            within = answers.get(str(block["block_id"]))
            source = within if isinstance(within, Mapping) and "type" not in within else answers
            values.setdefault(block["block_id"], {})[action_id] = entered(workspace, element, source.get(action_id))
    return values


def entered(workspace: Workspace, element: Json, value: object) -> Json:
    """Return the state of an element after `value` was entered; None leaves its initial value."""
    if isinstance(value, dict) and "type" in value:
        return value
    kind = str(element["type"])
    if kind == "file_input":
        return {"type": kind, "files": [_file(workspace, name) for name in _several(value)]}
    if kind in _SINGLE:
        key = _SINGLE[kind]
        return {"type": kind, key: element.get(key.replace("selected", "initial")) if value is None else value}
    if kind in _OPTION:
        chosen = element.get("initial_option") if value is None else _option(element, value)
        return {"type": kind, "selected_option": chosen}
    if kind in _OPTIONS:
        initial = element.get("initial_options", [])
        return {
            "type": kind,
            "selected_options": initial if value is None else [_option(element, one) for one in _several(value)],
        }
    # All other elements are text fields.
    typed = element.get("initial_value") if value is None else value
    return {"type": kind, "value": typed if typed is None or isinstance(typed, dict) else str(typed)}


def _option(element: Json, value: object) -> Json:
    groups = [group["options"] for group in element.get("option_groups", [])]
    for option in sum(groups, list(element.get("options", []))):
        if option["value"] == str(value):
            chosen: Json = option
            return chosen
    raise LookupError(f"no option {value!r} in {element['action_id']!r}")


def _several(value: object) -> list[object]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _file(workspace: Workspace, name: object) -> Json:
    return file_json(workspace, workspace.files.by_id[str(name)])


def _common(workspace: Workspace, kind: str, user: User) -> Json:
    organisation, team = workspace.install.organisation, _acting_team(workspace, user)
    return {
        "type": kind,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id or team},
        "api_app_id": workspace.install.app_id,
        "token": workspace.install.verification_token,
        # Installed for a whole organisation, an app is told the workspace only by the user and the view.
        "team": None if organisation else {"id": team, "domain": workspace.team.domain},
        "enterprise": {"id": organisation, "name": "Playground"} if organisation else None,
        "is_enterprise_install": bool(organisation),
    }


def _acting_team(workspace: Workspace, user: User) -> str:
    """Return the workspace in which a person acts: their own, for somebody from elsewhere."""
    return workspace.team.id if user.belongs_to(workspace.team.id) else user.team_id
