"""Applies the app's answers: posts a command's answer, updates the modal after a submission."""

from __future__ import annotations

from dataclasses import replace

from bot.playground.web_api.errors import with_messages
from bot.playground.web_api.response_urls import post_answer
from bot.playground.web_api.views import checked_view, open_view, replace_view
from bot.playground.workspace.records import SLACKBOT, Channel, Json, Message, User, View
from bot.playground.workspace.workspace import Workspace


def command_answer(workspace: Workspace, body: Json | str | None, user: User, channel: Channel) -> Message | None:
    """Post the app's answer to a command and return the message; None if the answer was empty.

    Raises
    ------
    ApiError
        When Slack would refuse the message.
    """
    if body is None or body == {} or (isinstance(body, str) and not body.strip()):
        return None
    answer = {"text": body} if isinstance(body, str) else body
    return post_answer(workspace, channel.id, user.id, answer, "command")


def slackbot_says(workspace: Workspace, text: str, user: User, channel: Channel) -> Message:
    """Post an ephemeral message from Slackbot to one user."""
    return workspace.put(
        Message(channel.id, workspace.ids.ts(), SLACKBOT, text, ephemeral_to=user.id, made_by="slackbot")
    )


def after_submission(workspace: Workspace, view: View, answer: Json) -> None:
    """Do what the app answered to a submission: show errors, show another view, or close the modal.

    Raises
    ------
    ApiError
        When Slack would refuse the answer; the modal is then unchanged.
    """
    match answer.get("response_action"):
        case "errors":
            workspace.put_view(replace(view, errors=_input_errors(view, answer.get("errors"))))
        case "update":
            replace_view(workspace, view, checked_view(workspace, answer.get("view"), "modal", view.id))
        case "push":
            open_view(workspace, view.user, checked_view(workspace, answer.get("view"), "modal"), view)
        case "clear":
            for one in workspace.open_views(view.user):
                workspace.put_view(replace(one, is_open=False))
        case _:
            # The app may have updated the view meanwhile, so the current one is closed, not the one submitted.
            workspace.put_view(replace(workspace.views[view.id], is_open=False))


def _input_errors(view: View, errors: object) -> dict[str, str]:
    """Return the errors to show beside a modal's inputs, block id → text.

    Raises
    ------
    ApiError
        When they are malformed or name a block that is not an input.
    """
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        raise with_messages("invalid_arguments", ["[ERROR] missing required field: errors"])
    unknown = sorted(set(map(str, errors)) - inputs)
    if unknown:
        raise with_messages("invalid_arguments", [f"[ERROR] no input block: {name}" for name in unknown])
    return {str(name): str(text) for name, text in errors.items()}
