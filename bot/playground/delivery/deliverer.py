"""What people do in the workspace, and what Slack does by itself, as deliveries to the app."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from bot.playground.delivery import payloads
from bot.playground.delivery.answers import after_submission, command_answer, slackbot_says
from bot.playground.delivery.courier import FORM, JSON_TYPE, SLACKS_TIMING, Courier, Timing
from bot.playground.delivery.socket_mode import SocketMode
from bot.playground.faults.faults import Faults
from bot.playground.web_api.errors import ApiError
from bot.playground.workspace.records import Channel, Delivery, Json, Message, User, View
from bot.playground.workspace.wire import view_json
from bot.playground.workspace.workspace import Workspace

_OK: Final = 200
_FIRST_ATTEMPT_SECONDS: Final = 60.0
"""Longer than any app may take to answer; how long that is, the courier says."""


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command the app has: its name with the slash, a hint at its arguments, what it does."""

    name: str
    usage_hint: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of something delivered to the app.

    Parameters
    ----------
    status
        HTTP status of the app's answer; 0 when there was none.
    body
        The answer: an object when it was JSON, else text; None when empty.
    message
        The message that became of it (or of its failure), if one did.
    elapsed
        Seconds until the app had answered.
    attempts
        How often it was sent; more than once for events only.
    problem
        What went wrong: ``http_timeout``, ``http_error``, ``connection_failed``, or why Slack could not use the
        answer. Empty when all is well.
    """

    status: int
    body: Json | str | None
    message: Message | None
    elapsed: float
    attempts: int = 1
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether the app acknowledged it."""
        return self.status == _OK


class Deliverer:
    """Slack's side of the conversation with the app.

    Set `request_url` once the app listens. An app connected by Socket Mode gets everything that way instead.

    Parameters
    ----------
    commands
        The app's slash commands; empty accepts every name.
    timing
        How long the app may take, and when events are sent again.
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
        self.commands = tuple(commands)
        self._workspace = workspace
        self._faults = faults
        self._courier = Courier(workspace, socket, timing)
        self._background: set[asyncio.Task[Reply]] = set()

    @property
    def request_url(self) -> str | None:
        """Where the app listens; None while it does not."""
        return self._courier.request_url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self._courier.request_url = url

    @property
    def cut_off(self) -> bool:
        """Whether nothing gets through to the app, as if it were not running."""
        return self._courier.cut_off

    @cut_off.setter
    def cut_off(self, cut_off: bool) -> None:
        self._courier.cut_off = cut_off

    # What people do

    async def command(
        self, name: str, text: str = "", *, user: User | str | None = None, channel: Channel | str | None = None
    ) -> Reply:
        """Type a slash command; its answer becomes a message, for `user` alone unless the app says otherwise.

        Parameters
        ----------
        user, channel
            The analyst and #general where not given.
        """
        workspace = self._workspace
        who, where = self._user(user), self._channel(channel)
        if self.commands and name not in {command.name for command in self.commands}:
            told = slackbot_says(workspace, f"{name} is not a valid command.", who, where)
            return Reply(0, None, told, 0.0, 0, "no such command")
        fields = payloads.command_payload(workspace, name, text, who, where)
        outcome = await self._courier.send("command", dict(fields), urlencode(fields).encode(), FORM)
        problem, word = outcome.problem, "dispatch_failed"
        message: Message | None = None
        with workspace.trail.made_by(outcome.delivery):
            if problem == "http_timeout":
                word = "operation_timeout"
            elif not problem:
                try:
                    message = command_answer(workspace, outcome.body, who, where)
                except ApiError as error:
                    problem, word = str(error), "invalid_command_response"
            if problem:
                message = slackbot_says(workspace, f"{name} failed with the error “{word}”", who, where)
        return Reply(outcome.status, outcome.body, message, outcome.elapsed, problem=problem)

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
        """Use an element of a message: press a button, choose from a menu (`value` is the option's).

        Parameters
        ----------
        state
            What stands in the message's other inputs, as in `payloads.view_state`.

        Raises
        ------
        LookupError
            When the message has no such element, or the menu no such option.
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
        """Submit a modal; the workspace then shows the errors, the update or the close the app answered with.

        Parameters
        ----------
        state
            Action id → what was entered, as in `payloads.view_state`.
        """
        workspace = self._workspace
        values = payloads.view_state(workspace, view.blocks, state or {})
        workspace.files.hand_over(_files_in(values))
        payload = payloads.view_submission_payload(workspace, view, values, self._user(user or view.user))
        reply = await self._interactive(payload)
        if not reply.ok:
            return reply
        try:
            after_submission(workspace, view, reply.body if isinstance(reply.body, dict) else {})
        except ApiError as error:
            # The modal stays as it is, and Slack tells the user that something went wrong.
            return replace(reply, problem=str(error))
        return reply

    async def view_closed(self, view: View, *, user: User | str | None = None, cleared: bool = False) -> Reply | None:
        """Close a modal (`cleared`: all that lie below it too); None when the app did not ask to hear of it."""
        workspace = self._workspace
        for one in workspace.open_views(view.user) if cleared else [view]:
            workspace.put_view(replace(one, is_open=False))
        if not view.body.get("notify_on_close"):
            return None
        who = self._user(user or view.user)
        return await self._interactive(payloads.view_closed_payload(workspace, view, who, cleared=cleared))

    async def shortcut(
        self, callback_id: str, *, user: User | str | None = None, message: Message | None = None
    ) -> Reply:
        """Choose a shortcut, on a message if one is given."""
        who = self._user(user)
        if message is None:
            return await self._interactive(payloads.shortcut_payload(self._workspace, callback_id, who))
        return await self._interactive(
            payloads.message_shortcut_payload(self._workspace, callback_id, message, who),
        )

    async def open_home(self, user: User | str | None = None) -> Reply:
        """Open the App Home tab."""
        return await self.event(self._home_opened(user))

    async def open_home_once(self, user: User | str | None = None) -> Delivery:
        """Open the App Home tab and return the first attempt to tell the app; retries go on by themselves."""
        name = self._workspace.ids.new("Ev")
        self._start(self.event(self._home_opened(user), event_id=name))
        return await self._first_attempt(name, "")

    def _home_opened(self, user: User | str | None) -> Json:
        who = self._user(user)
        channel = self._workspace.direct_message(who)
        event: Json = {
            "type": "app_home_opened",
            "user": who.id,
            "channel": channel.id,
            "tab": "home",
            "event_ts": self._workspace.ids.ts(),
        }
        view = self._workspace.home(who)
        return event if view is None else {**event, "view": view_json(self._workspace, view)}

    # What Slack does by itself

    async def event(self, event: Json, *, event_id: str | None = None) -> Reply:
        """Deliver an event, with retries until the app acknowledges it; the reply is the last attempt's.

        Parameters
        ----------
        event_id
            Given again, it is the same event again.
        """
        workspace = self._workspace
        payload = payloads.event_payload(workspace, event, event_id or workspace.ids.new("Ev"))
        twice = self._faults.take_duplicate()
        reply = await self._event(payload)
        return await self._event(payload) if twice else reply

    async def redeliver(self, delivery: Delivery) -> Reply:
        """Send an event once more exactly as it was: same event id, no sign of a retry."""
        return await self._event(delivery.payload)

    async def redeliver_once(self, delivery: Delivery) -> Delivery:
        """Do as `redeliver` does and return the first attempt; retries go on by themselves."""
        last = self._workspace.deliveries[-1].id
        self._start(self.redeliver(delivery))
        return await self._first_attempt(delivery.payload.get("event_id"), last)

    async def _first_attempt(self, event_id: object, last: str) -> Delivery:
        """Return the first delivery of an event after the record `last`, once there is one."""

        def first() -> Delivery | None:
            for one in reversed(self._workspace.deliveries):
                if one.id == last:
                    break
                if one.payload.get("event_id") == event_id:
                    return one
            return None

        return await self._workspace.feed.until(first, _FIRST_ATTEMPT_SECONDS)

    async def url_verification(self) -> Reply:
        """Ask the app to prove that the request URL is its own, as Slack does when it is set."""
        challenge = self._workspace.ids.word(50)
        payload: Json = {
            "token": self._workspace.install.verification_token,
            "challenge": challenge,
            "type": "url_verification",
        }
        outcome = await self._courier.send("url_verification", payload, json.dumps(payload).encode(), JSON_TYPE)
        body = outcome.body
        answered = body.get("challenge") if isinstance(body, dict) else body
        status = outcome.status if answered == challenge else 0
        return Reply(status, body, None, outcome.elapsed)

    def emit(self, event: Json) -> None:
        """Deliver an event in the background."""
        self._start(self.event(event))

    def _start(self, delivering: Coroutine[Any, Any, Reply]) -> None:
        task = asyncio.get_running_loop().create_task(delivering)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def settle(self) -> None:
        """Wait until everything delivered in the background has been answered or given up."""
        while self._background:
            await asyncio.wait(set(self._background))

    async def start(self) -> None:
        """Get ready to deliver; the workspace's events come here from now on."""
        await self._courier.start()
        self._workspace.event_sink = self.emit

    async def close(self) -> None:
        """Give up what is under way."""
        self._workspace.event_sink = None
        pending = set(self._background)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        await self._courier.close()

    async def _event(self, payload: Json) -> Reply:
        outcome, attempts = await self._courier.send_event(payload)
        return Reply(outcome.status, outcome.body, None, outcome.elapsed, attempts, outcome.problem)

    async def _interactive(self, payload: Json) -> Reply:
        body = urlencode({"payload": json.dumps(payload)}).encode()
        outcome = await self._courier.send("interactive", payload, body, FORM)
        return Reply(outcome.status, outcome.body, None, outcome.elapsed, problem=outcome.problem)

    def _user(self, user: User | str | None) -> User:
        name = user.id if isinstance(user, User) else user
        return self._workspace.users[name] if name else self._workspace.analyst

    def _channel(self, channel: Channel | str | None) -> Channel:
        name = channel.id if isinstance(channel, Channel) else channel
        return self._workspace.channels[name] if name else self._workspace.general


def _files_in(values: Json) -> set[str]:
    """Return the ids of the files entered into a view."""
    entered = [element for elements in values.values() for element in elements.values()]
    return {str(file["id"]) for element in entered for file in element.get("files", ())}
