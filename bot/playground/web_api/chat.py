"""The `chat.*` methods: posting, ephemeral posting, updating, deleting, linking."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.playground.web_api.call import Call, Method
from bot.playground.web_api.compose import MAX_UPDATED_TEXT, Content, compose, edited_ts
from bot.playground.web_api.errors import ApiError
from bot.playground.workspace.api_json import message_json
from bot.playground.workspace.records import Channel, Json, Message


def _post(call: Call) -> Json:
    workspace = call.workspace
    channel = call.channel_to_post_in()
    content = compose(workspace, call.args, total=True)
    message = workspace.put(_new(call, channel, content, _thread(call, channel), "chat.postMessage"))
    # An answer in the thread takes the status line away.
    workspace.agent.show_status(channel.id, message.thread_ts or "", "")
    workspace.emit_message(message, bot_id=message.bot_id)
    return {"channel": channel.id, "ts": message.ts, "message": message_json(workspace, message)}


def _post_ephemeral(call: Call) -> Json:
    workspace = call.workspace
    channel = call.channel_to_post_in()
    user = workspace.users.get(call.text("user", ""))
    if user is None or user.id not in channel.members:
        raise ApiError("user_not_in_channel")
    content = compose(workspace, call.args, total=True)
    message = _new(call, channel, content, _thread(call, channel), "chat.postEphemeral")
    message = workspace.put(replace(message, ephemeral_to=user.id))
    return {"message_ts": message.ts}


def _update(call: Call) -> Json:
    workspace = call.workspace
    message = _own(call, "cant_update_message")
    if workspace.channels[message.channel].is_archived:
        raise ApiError("is_inactive")
    content = compose(workspace, call.args, total=True, max_text=MAX_UPDATED_TEXT)
    # As in Slack: text without blocks removes the old blocks; attachments and metadata stay unless new ones are sent.
    changed = workspace.put(
        replace(
            message,
            text=content.text or message.text,
            blocks=content.blocks,
            attachments=message.attachments if call.args.get("attachments") is None else content.attachments,
            metadata=content.metadata or message.metadata,
            edited_ts=edited_ts(workspace, message, content),
        )
    )
    answer = {"channel": changed.channel, "ts": changed.ts, "text": changed.text}
    return {**answer, "message": message_json(workspace, changed)}


def _delete(call: Call) -> Json:
    message = _own(call, "cant_delete_message")
    call.workspace.remove(message)
    return {"channel": message.channel, "ts": message.ts}


def _permalink(call: Call) -> Json:
    channel = call.channel()
    message = call.workspace.message(channel, call.text("message_ts"))
    if message is None or message.ephemeral_to is not None:
        raise ApiError("message_not_found")
    link = f"{call.workspace.base_url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def _new(call: Call, channel: Channel, content: Content, thread_ts: str | None, made_by: str) -> Message:
    workspace = call.workspace
    return Message(
        channel=channel.id,
        ts=workspace.ids.ts(),
        user=workspace.bot.id,
        text=content.text,
        blocks=content.blocks,
        attachments=content.attachments,
        metadata=content.metadata,
        bot_id=workspace.install.bot_id,
        thread_ts=thread_ts,
        made_by=made_by,
    )


def _thread(call: Call, channel: Channel) -> str | None:
    """Return the ts of the thread's first message: a reply to a reply joins the same thread, as in Slack."""
    wanted = call.text("thread_ts", "")
    if not wanted:
        return None
    parent = call.workspace.message(channel, wanted)
    if parent is None or parent.ephemeral_to is not None:
        raise ApiError("thread_not_found")
    root = parent.thread_ts or parent.ts
    first = call.workspace.message(channel, root)
    if first is not None and first.thread_ts is None:
        # Slack gives the first message of a thread its own ts as thread_ts.
        call.workspace.put(replace(first, thread_ts=first.ts))
    return root


def _own(call: Call, error: str) -> Message:
    channel = call.channel()
    message = call.workspace.message(channel, call.text("ts"))
    if message is None or message.ephemeral_to is not None:
        raise ApiError("message_not_found")
    if message.user != call.workspace.bot.id:
        raise ApiError(error)
    return message


METHODS: Final = {
    "chat.postMessage": Method(_post, ("chat:write",)),
    "chat.postEphemeral": Method(_post_ephemeral, ("chat:write",)),
    "chat.update": Method(_update, ("chat:write",)),
    "chat.delete": Method(_delete, ("chat:write",)),
    "chat.getPermalink": Method(_permalink),
}
