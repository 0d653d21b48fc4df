"""Delivers to the app what people do in the workspace: commands, clicks, submissions, shortcuts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from bot.playground.delivery import payloads
from bot.playground.delivery.answers import after_submission, command_answer, slackbot_says
from bot.playground.delivery.courier import FORM, SLACKS_TIMING, Timing
from bot.playground.delivery.events import EventDeliverer
from bot.playground.delivery.own_commands import own_command
from bot.playground.delivery.reply import NO_COMMAND, Command, Reply, Shortcut
from bot.playground.delivery.socket_mode import SocketMode
from bot.playground.faults.faults import Faults
from bot.playground.web_api.errors import ApiError
from bot.playground.workspace.records import Channel, Delivery, Json, Message, User, View
from bot.playground.workspace.workspace import Workspace


class Deliverer(EventDeliverer):
    """Slack's side of the conversation with the app: everything `EventDeliverer` sends, and what people do.

    Parameters
    ----------
    commands
        The app's slash commands; empty accepts every name.
    timing
        How long the app may take, and when events are retried.

    Attributes
    ----------
    shortcuts
        The app's shortcuts, for the page to offer.
    """

    def __init__(
        self,
        workspace: Workspace,
        faults: Faults,
        socket: SocketMode,
        *,
        commands: Sequence[Command] = (),
        timing: Timing = SLACKS_TIMING,
    ) -> None:
        super().__init__(workspace, faults, socket, timing)
        self.commands = tuple(commands)
        self.shortcuts: tuple[Shortcut, ...] = ()

    async def command(
        self, name: str, text: str = "", *, user: User | str | None = None, channel: Channel | str | None = None
    ) -> Reply:
        """Type a slash command; its answer becomes a message, for `user` alone unless the app says otherwise.

        Parameters
        ----------
        user, channel
            Default: the analyst, in #general.
        """
        workspace = self._workspace
        who, where = self._user(user), self._channel(channel)
        known = {command.name for command in self.commands}
        if name not in known and (done := own_command(workspace, name, text, who, where, self.commands)):
            return Reply(0, None, done, 0.0, 0)
        if known and name not in known:
            told = slackbot_says(workspace, f"{name} is not a valid command.", who, where)
            return Reply(0, None, told, 0.0, 0, NO_COMMAND)
        fields = payloads.command_payload(workspace, name, text, who, where)
        answer = await self._courier.send("command", dict(fields), urlencode(fields).encode(), FORM)
        problem, word = answer.problem, "dispatch_failed"
        message: Message | None = None
        with workspace.trail.made_by(answer.delivery):
            if problem == "http_timeout":
                word = "operation_timeout"
            elif not problem:
                try:
                    message = command_answer(workspace, answer.body, who, where)
                except ApiError as error:
                    problem, word = str(error), "invalid_command_response"
            if problem:
                message = slackbot_says(workspace, f"{name} failed with the error “{word}”", who, where)
        return Reply(answer.status, answer.body, message, answer.elapsed, problem=problem)

    async def action(
        self,
        message: Message,
        action_id: str,
        *,
        user: User | str | None = None,
        value: object = None,
        block_id: str | None = None,
        state: Mapping[str, object] | None = None,
    ) -> Reply:
        """Use an element of a message: click a button, or choose from a menu the option whose value is `value`.

        Parameters
        ----------
        state
            The values of the message's other inputs, as in `payloads.view_state`.

        Raises
        ------
        LookupError
            When the message has no such element or the menu has no such option.
        """
        workspace = self._workspace
        block, element = payloads.find_element(message.blocks, action_id, block_id)
        action = payloads.used_element(workspace, block, element, value)
        values = payloads.view_state(workspace, list(message.blocks), state or {})
        payload = payloads.action_payload(workspace, message, action, self._user(user), values)
        return await self._interactive(payload)

    async def view_action(
        self,
        view: View,
        action_id: str,
        *,
        user: User | str | None = None,
        value: object = None,
        block_id: str | None = None,
        state: Mapping[str, object] | None = None,
    ) -> Reply:
        """Use an element of a modal or App Home, as `action` does of a message."""
        workspace = self._workspace
        block, element = payloads.find_element(view.blocks, action_id, block_id)
        action = payloads.used_element(workspace, block, element, value)
        values = payloads.view_state(workspace, view.blocks, state or {})
        return await self._interactive(
            payloads.view_action_payload(workspace, view, action, self._user(user or view.user), values)
        )

    async def view_submission(
        self, view: View, state: Mapping[str, object] | None = None, *, user: User | str | None = None
    ) -> Reply:
        """Submit a modal; the workspace then shows errors, updates the modal or closes it, as the app answered.

        Parameters
        ----------
        state
            Action id → what was entered, as in `payloads.view_state`.
        """
        workspace = self._workspace
        values = payloads.view_state(workspace, view.blocks, state or {})
        # Before the submission is sent: the app may ask for the files while it answers.
        workspace.files.hand_over(_files_in(values))
        payload = payloads.view_submission_payload(workspace, view, values, self._user(user or view.user))
        reply = await self._interactive(payload)
        if not reply.ok:
            return reply
        try:
            after_submission(workspace, view, reply.body if isinstance(reply.body, dict) else {})
        except ApiError as error:
            # As in Slack, the modal stays unchanged and the user is told that something went wrong.
            return replace(reply, problem=str(error))
        return reply

    async def view_closed(self, view: View, *, user: User | str | None = None, cleared: bool = False) -> Reply | None:
        """Close a modal, or all of them if `cleared`; None if the app did not set ``notify_on_close``."""
        workspace = self._workspace
        for closed in workspace.open_views(view.user) if cleared else [view]:
            workspace.put_view(replace(closed, is_open=False))
        if not view.body.get("notify_on_close"):
            return None
        who = self._user(user or view.user)
        return await self._interactive(payloads.view_closed_payload(workspace, view, who, cleared=cleared))

    async def shortcut(
        self, callback_id: str, *, user: User | str | None = None, message: Message | None = None
    ) -> Reply:
        """Run a shortcut: a message shortcut if `message` is given, otherwise a global one."""
        who = self._user(user)
        if message is None:
            return await self._interactive(payloads.shortcut_payload(self._workspace, callback_id, who))
        return await self._interactive(
            payloads.message_shortcut_payload(self._workspace, callback_id, message, who),
        )

    async def repeat(self, delivery: Delivery) -> Reply:
        """Send a click, a submission or a shortcut again exactly as before, as a balancer may."""
        return await self._interactive(delivery.payload)

    async def _interactive(self, payload: Json) -> Reply:
        body = urlencode({"payload": json.dumps(payload)}).encode()
        answer = await self._courier.send("interactive", payload, body, FORM)
        return Reply(answer.status, answer.body, None, answer.elapsed, problem=answer.problem)

    def _channel(self, channel: Channel | str | None) -> Channel:
        name = channel.id if isinstance(channel, Channel) else channel
        return self._workspace.channels[name] if name else self._workspace.general


def _files_in(values: Json) -> set[str]:
    """Return the ids of the files in a view's file inputs."""
    entered = [element for elements in values.values() for element in elements.values()]
    return {str(file["id"]) for element in entered for file in element.get("files", ())}
