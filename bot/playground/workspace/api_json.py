"""Turns the workspace's values into the JSON objects of Slack's API."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from bot.playground.workspace.file_types import png_size, pretty
from bot.playground.workspace.host import Host
from bot.playground.workspace.records import Channel, File, Json, Message, User, View

_PREVIEW_LENGTH: Final = 500


def user_json(workspace: Host, user: User) -> Json:
    """Return Slack's user object."""
    stranger = not user.belongs_to(workspace.team.id) if user.is_stranger is None else user.is_stranger
    result: Json = {
        "id": user.id,
        "name": user.name,
        "real_name": user.real_name,
        "deleted": user.deleted,
        "tz": user.tz,
        "tz_label": "Coordinated Universal Time",
        "tz_offset": 0,
        "profile": {"real_name": user.real_name, "display_name": user.name, "team": user.team_id},
        "is_admin": user.is_admin,
        "is_owner": user.is_owner,
        "is_primary_owner": False,
        "is_restricted": user.is_guest,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
        "is_stranger": stranger,
        "is_app_user": False,
        "updated": 0,
    }
    if user.team_id:
        result["team_id"] = user.team_id
    if user.enterprise:
        grid = {"id": user.id, "enterprise_id": user.enterprise, "teams": list(user.teams)}
        result["enterprise_user"] = {**grid, "is_admin": False, "is_owner": False}
    return result


def channel_json(workspace: Host, channel: Channel) -> Json:
    """Return Slack's conversation object."""
    common: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.is_archived,
        "is_im": channel.kind == "im",
        "is_mpim": False,
        "is_org_shared": False,
        "is_ext_shared": channel.is_shared,
        "is_shared": channel.is_shared,
        "context_team_id": workspace.team.id,
        "updated": channel.created * 1000,
    }
    if channel.kind == "im":
        return {**common, "user": channel.partner, "is_open": True, "priority": 0}
    return {
        **common,
        "name": channel.name,
        "name_normalized": channel.name,
        "creator": channel.creator,
        "is_channel": channel.kind == "public",
        "is_group": channel.kind == "private",
        "is_private": channel.kind == "private",
        "is_general": channel.id == workspace.general.id,
        "is_member": workspace.bot.id in channel.members,
        "num_members": len(channel.members),
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def message_json(workspace: Host, message: Message) -> Json:
    """Return Slack's message object."""
    result: Json = {
        "type": "message",
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "team": workspace.team.id,
    }
    if message.bot_id is not None:
        result |= {"bot_id": message.bot_id, "app_id": workspace.install.app_id}
    if message.blocks:
        result["blocks"] = list(message.blocks)
    if message.attachments:
        result["attachments"] = list(message.attachments)
    if message.thread_ts is not None:
        result["thread_ts"] = message.thread_ts
    if message.edited_ts is not None:
        result["edited"] = {"user": message.user, "ts": message.edited_ts}
    if message.metadata is not None:
        result["metadata"] = message.metadata
    if message.files:
        result["files"] = shared_files_json(workspace, message)
        result["upload"] = True
    if message.thread_ts == message.ts:
        result |= _thread_summary(workspace, message)
    return result


def _thread_summary(workspace: Host, first: Message) -> Json:
    replies = workspace.thread(first.channel, first.ts)[1:]
    people = list(dict.fromkeys(reply.user for reply in replies))
    return {
        "reply_count": len(replies),
        "reply_users_count": len(people),
        "reply_users": people,
        "latest_reply": replies[-1].ts if replies else first.ts,
    }


def shared_files_json(workspace: Host, message: Message) -> list[Json]:
    """Return the files of a message; in a shared channel only their ids, with which apps call ``files.info``."""
    files = [workspace.files.by_id[name] for name in message.files if name in workspace.files.by_id]
    if workspace.channels[message.channel].is_shared:
        return [{"id": file.id, "created": file.created, "file_access": "check_file_info"} for file in files]
    return [file_json(workspace, file) for file in files]


def file_json(workspace: Host, file: File) -> Json:
    """Return Slack's file object."""
    address = f"{workspace.base_url}/files-pri/{workspace.team.id}-{file.id}"
    kinds: dict[str, list[str]] = {"public": [], "private": [], "im": []}
    for name in file.shares:
        kinds[workspace.channels[name].kind].append(name)
    result: Json = {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title,
        "mimetype": file.mimetype,
        "filetype": file.filetype,
        "pretty_type": pretty(file.filetype),
        "user": file.user,
        "user_team": workspace.users[file.user].team_id,
        "editable": False,
        "size": file.length if file.data is None else len(file.data),
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": bool(kinds["public"]),
        "public_url_shared": False,
        "display_as_bot": False,
        "url_private": f"{address}/{quote(file.name, safe='')}",
        "url_private_download": f"{address}/download/{quote(file.name, safe='')}",
        "permalink": f"{workspace.base_url}/files/{file.user}/{file.id}/{quote(file.name, safe='')}",
        "file_access": "visible",
        "channels": kinds["public"],
        "groups": kinds["private"],
        "ims": kinds["im"],
        "shares": _shares(workspace, file),
        "has_rich_preview": False,
    }
    if file.alt_text:
        result["alt_txt"] = file.alt_text
    if file.is_image and file.processed:
        width, height = png_size(file.data or b"")
        result |= {"original_w": width, "original_h": height, "thumb_360": result["url_private"]}
    elif file.filetype in ("csv", "text"):
        result["preview"] = (file.data or b"")[:_PREVIEW_LENGTH].decode(errors="replace")
    return result


def _shares(workspace: Host, file: File) -> Json:
    shares: Json = {}
    for name, ts in file.all_shares if file.is_listed else ():
        scope = "public" if workspace.channels[name].kind == "public" else "private"
        share = {"ts": ts, "channel_name": workspace.channels[name].name, "team_id": workspace.team.id}
        shares.setdefault(scope, {}).setdefault(name, []).append(share)
    return shares


def view_json(workspace: Host, view: View, state: Json | None = None) -> Json:
    """Return Slack's view object; `state` are the values a person has entered."""
    return {
        "id": view.id,
        "team_id": workspace.team.id,
        "app_id": workspace.install.app_id,
        "app_installed_team_id": workspace.team.id,
        "bot_id": workspace.install.bot_id,
        "type": view.type,
        "title": view.body.get("title"),
        "close": view.body.get("close"),
        "submit": view.body.get("submit"),
        "blocks": view.blocks,
        "private_metadata": view.body.get("private_metadata", ""),
        "callback_id": view.body.get("callback_id", ""),
        "external_id": view.body.get("external_id", ""),
        "state": {"values": state or {}},
        "hash": view.hash,
        "clear_on_close": view.body.get("clear_on_close", False),
        "notify_on_close": view.body.get("notify_on_close", False),
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id,
    }
