"""The `files.*` methods: upload URLs, completing uploads, info, listing, deleting."""

from __future__ import annotations

from typing import Final

from bot.playground.web_api.call import Call, Method
from bot.playground.web_api.compose import json_list
from bot.playground.web_api.errors import ApiError, with_messages
from bot.playground.workspace.api_json import file_json
from bot.playground.workspace.records import File, Json

_MAX_NAME: Final = 255


def _get_upload_url(call: Call) -> Json:
    workspace = call.workspace
    name = call.text("filename")
    length = call.text("length", "0")
    if not length.isdigit() or int(length) == 0:
        raise with_messages("invalid_arguments", ["[ERROR] must be greater than 0 [json-pointer:/length]"])
    if len(name) > _MAX_NAME:
        raise with_messages("invalid_arguments", ["[ERROR] must be less than 256 characters [json-pointer:/filename]"])
    file, path = workspace.files.announce(workspace.bot.id, name, int(length), call.text("alt_txt", ""))
    return {"upload_url": workspace.base_url + path, "file_id": file.id}


def _complete_upload(call: Call) -> Json:
    workspace = call.workspace
    files = [_uploaded(call, entry) for entry in json_list(call.args.get("files"), "invalid_arguments")]
    if not files:
        raise with_messages("invalid_arguments", ["[ERROR] missing required field: files"])
    channels = [name for name in call.text("channels", call.text("channel_id", "")).split(",") if name]
    targets = [Call(workspace, {"channel": name}, call.scopes).channel_to_post_in() for name in channels]
    thread = call.text("thread_ts", "") or None
    if thread is not None and any(workspace.message(channel, thread) is None for channel in targets):
        raise ApiError("invalid_thread_ts")
    done = [workspace.files.complete(file, title) for file, title in files]
    for channel in targets:
        names = [file.id for file in done]
        comment = call.text("initial_comment", "")
        workspace.files.share_later(names, channel.id, workspace.bot.id, comment, thread)
    # The files are not shared or processed yet: Slack, too, answers before it has done either.
    return {"files": [file_json(workspace, file) for file in done]}


def _uploaded(call: Call, entry: object) -> tuple[File, str]:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        raise with_messages("invalid_arguments", ["[ERROR] missing required field: id [json-pointer:/files/0]"])
    file = call.workspace.files.by_id.get(entry["id"])
    if file is None or file.data is None or file.complete:
        raise ApiError("file_not_found")
    return file, str(entry.get("title") or file.name)


def _info(call: Call) -> Json:
    answer = {"file": file_json(call.workspace, call.file()), "comments": []}
    return {**answer, "response_metadata": {"next_cursor": ""}}


def _delete(call: Call) -> Json:
    file = call.file()
    if file.user != call.workspace.bot.id:
        raise ApiError("cant_delete_file")
    call.workspace.files.delete(file)
    return {}


def _list(call: Call) -> Json:
    store = call.workspace.files
    channel, user = call.text("channel", ""), call.text("user", "")
    found = [
        file
        for file in reversed(store.by_id.values())  # the newest first
        if file.complete
        and store.visible_to_app(file)
        and (not channel or channel in file.shares)
        and (not user or user == file.user)
    ]
    count, page = call.whole("count", 100), max(call.whole("page", 1), 1)
    shown = found[(page - 1) * count : page * count]
    paging = {"count": count, "total": len(found), "page": page, "pages": -(-len(found) // count)}
    return {"files": [file_json(call.workspace, file) for file in shown], "paging": paging}


METHODS: Final = {
    "files.getUploadURLExternal": Method(_get_upload_url, ("files:write",)),
    "files.completeUploadExternal": Method(_complete_upload, ("files:write",)),
    "files.info": Method(_info, ("files:read",)),
    "files.delete": Method(_delete, ("files:write",)),
    "files.list": Method(_list, ("files:read",)),
}
