"""What becomes of the app's answers: messages of commands' answers, changes to a modal of submissions'."""

from __future__ import annotations

from dataclasses import replace

from bot.playground.web_api.errors import with_messages
from bot.playground.web_api.response_urls import post_answer
from bot.playground.web_api.views import checked_view, open_view, replace_view
from bot.playground.workspace.records import SLACKBOT, Channel, Json, Message, User, View
from bot.playground.workspace.workspace import Workspace


def command_answer(workspace: Workspace, body: Json | str | None, user: User, channel: Channel) -> Message | None:
    """Post what a command was answered with; None when that was nothing.

    Raises
    ------
    ApiError
        When Slack would not show it.
    """
    if body is None or body == {} or (isinstance(body, str) and not body.strip()):
        return None
    answer = {"text": body} if isinstance(body, str) else body
    return post_answer(workspace, channel.id, user.id, answer, "command")


def slackbot_says(workspace: Workspace, text: str, user: User, channel: Channel) -> Message:
    """Let Slackbot tell one user something."""
    return workspace.put(
        Message(channel.id, workspace.ids.ts(), SLACKBOT, text, ephemeral_to=user.id, made_by="slackbot")
    )


def after_submission(workspace: Workspace, view: View, answer: Json) -> None:
    """Do with a submitted modal what the app answered: show errors, another view, or close it.

    Raises
    ------
    ApiError
        When Slack could not do that; the modal is then as it was.
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
            # The app may have updated the view meanwhile; what it is now is what gets closed.
            workspace.put_view(replace(workspace.views[view.id], is_open=False))


def _input_errors(view: View, errors: object) -> dict[str, str]:
    """Return the errors to show beside a modal's inputs, block id → text.

    Raises
    ------
    ApiError
        When they are not of that shape or name a block that is no input.
    """
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        raise with_messages("invalid_arguments", ["[ERROR] missing required field: errors"])
    strangers = sorted(set(map(str, errors)) - inputs)
    if strangers:
        raise with_messages("invalid_arguments", [f"[ERROR] no input block: {name}" for name in strangers])
    return {str(name): str(text) for name, text in errors.items()}
