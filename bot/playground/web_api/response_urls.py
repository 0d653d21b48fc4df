"""Response URLs: five answers within thirty minutes, beside or in the place of the message acted on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.playground.web_api.compose import compose, edited_ts
from bot.playground.web_api.errors import ApiError
from bot.playground.workspace.records import Hook, Json, Message
from bot.playground.workspace.workspace import Workspace


def answer_hook(workspace: Workspace, path: str, body: Mapping[str, object]) -> None:
    """Do what an app asked for through a response URL.

    Raises
    ------
    ApiError
        ``no_service``, ``expired_url`` and ``used_url`` (all 404), or what is wrong with the message.
    """
    hook = workspace.hooks.get(path)
    if hook is None:
        raise ApiError("no_service")
    if workspace.clock() > hook.expires:
        raise ApiError("expired_url")
    if hook.uses_left == 0:
        raise ApiError("used_url")
    original = _original(workspace, hook)
    if _truth(body.get("delete_original")):
        if original is not None:
            workspace.remove(original)
    else:
        _write(workspace, hook, original, body)
    workspace.hooks[path] = replace(hook, uses_left=hook.uses_left - 1)


def post_answer(workspace: Workspace, channel: str, user: str, body: Mapping[str, object], made_by: str) -> Message:
    """Post what an app answered as a message: for one user unless it says ``in_channel``.

    Raises
    ------
    ApiError
        When Slack would not show it.
    """
    content = compose(workspace, body)
    in_channel = body.get("response_type") == "in_channel"
    thread = body.get("thread_ts")
    return workspace.put(
        Message(
            channel=channel,
            ts=workspace.ids.ts(),
            user=workspace.bot.id,
            text=content.text,
            blocks=content.blocks,
            attachments=content.attachments,
            metadata=content.metadata,
            bot_id=workspace.install.bot_id,
            thread_ts=str(thread) if thread else None,
            ephemeral_to=None if in_channel else user,
            made_by=made_by,
        )
    )


def _write(workspace: Workspace, hook: Hook, original: Message | None, body: Mapping[str, object]) -> None:
    if original is None or not _replaces(body):
        post_answer(workspace, hook.channel, hook.user, body, "response_url")
        return
    content = compose(workspace, body)
    workspace.put(
        replace(
            original,
            text=content.text,
            blocks=content.blocks,
            attachments=content.attachments,
            edited_ts=edited_ts(workspace, original, content),
        )
    )


def _original(workspace: Workspace, hook: Hook) -> Message | None:
    return None if hook.original_ts is None else workspace.message(hook.channel, hook.original_ts)


def _replaces(body: Mapping[str, object]) -> bool:
    """Say whether an answer takes the original's place: where the app does not say, it does unless it is addressed."""
    wanted = body.get("replace_original")
    if wanted is None:
        return "response_type" not in body and "thread_ts" not in body
    return _truth(wanted)


def _truth(value: object) -> bool:
    # Slack's own examples write these as strings.
    return value in (True, "true", "True", 1)


def hook_answer(error: ApiError) -> tuple[int, Json | str]:
    """Return (HTTP status, body) of a refused answer: plain words for a dead URL, JSON for a bad message."""
    if error.word in ("no_service", "expired_url", "used_url"):
        return 404, error.word
    return 400, error.answer
