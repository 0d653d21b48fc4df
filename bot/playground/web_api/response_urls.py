"""Response URLs: up to five answers within thirty minutes, which add a message or replace the original."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.playground.web_api.compose import compose, edited_ts
from bot.playground.web_api.errors import ApiError
from bot.playground.workspace.records import Json, Message, ResponseUrl
from bot.playground.workspace.workspace import Workspace


def answer_through(workspace: Workspace, path: str, body: Mapping[str, object]) -> None:
    """Post, replace or delete a message as the app asked through a response URL.

    Raises
    ------
    ApiError
        ``no_service``, ``expired_url`` or ``used_url`` (all 404), or the error of a bad message.
    """
    url = workspace.response_urls.get(path)
    if url is None:
        raise ApiError("no_service")
    if workspace.clock() > url.expires:
        raise ApiError("expired_url")
    if url.uses_left == 0:
        raise ApiError("used_url")
    original = _original(workspace, url)
    if _truth(body.get("delete_original")):
        if original is not None:
            workspace.remove(original)
    else:
        _write(workspace, url, original, body)
    # Last: an answer that is refused does not use the URL up.
    workspace.response_urls[path] = replace(url, uses_left=url.uses_left - 1)


def post_answer(workspace: Workspace, channel: str, user: str, body: Mapping[str, object], made_by: str) -> Message:
    """Post an app's answer as a message: for one user only unless it says ``in_channel``.

    Raises
    ------
    ApiError
        When Slack would refuse the message.
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


def _write(workspace: Workspace, url: ResponseUrl, original: Message | None, body: Mapping[str, object]) -> None:
    if original is None or not _replaces(body):
        post_answer(workspace, url.channel, url.user, body, "response_url")
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


def _original(workspace: Workspace, url: ResponseUrl) -> Message | None:
    return None if url.original_ts is None else workspace.message(url.channel, url.original_ts)


def _replaces(body: Mapping[str, object]) -> bool:
    """Return whether an answer replaces the original. By default it does, unless it names a type or a thread."""
    wanted = body.get("replace_original")
    if wanted is None:
        return "response_type" not in body and "thread_ts" not in body
    return _truth(wanted)


def _truth(value: object) -> bool:
    # Slack's own examples send these as strings.
    return value in (True, "true", "True", 1)


def refused_answer(error: ApiError) -> tuple[int, Json | str]:
    """Return (HTTP status, body) of a refused answer: text for a dead URL, JSON for a bad message."""
    if error.word in ("no_service", "expired_url", "used_url"):
        return 404, error.word
    return 400, error.answer
