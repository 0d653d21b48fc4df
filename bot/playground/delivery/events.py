"""Delivers events to the app, with retries and in the background, as nobody in Slack waits for them."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Coroutine
from typing import Any, Final

from bot.playground.delivery import payloads
from bot.playground.delivery.courier import JSON_TYPE, SLACKS_TIMING, Courier, Timing
from bot.playground.delivery.reply import Reply
from bot.playground.delivery.socket_mode import SocketMode
from bot.playground.faults.faults import Faults
from bot.playground.workspace.agent import Step
from bot.playground.workspace.api_json import view_json
from bot.playground.workspace.records import Delivery, Json, User
from bot.playground.workspace.workspace import Workspace

_FIRST_ATTEMPT_SECONDS: Final = 60.0
"""Only a guard: the courier's own timeout ends an attempt long before."""


class EventDeliverer:
    """Sends the app what Slack reports without being asked: events.

    Set `request_url` once the app listens. An app connected by Socket Mode gets everything that way instead.

    Parameters
    ----------
    timing
        How long the app may take, and when events are retried.
    """

    def __init__(
        self, workspace: Workspace, faults: Faults, socket: SocketMode, timing: Timing = SLACKS_TIMING
    ) -> None:
        self._workspace = workspace
        self._faults = faults
        self._courier = Courier(workspace, socket, timing)
        self._background: set[asyncio.Task[Reply]] = set()

    @property
    def request_url(self) -> str | None:
        """The address the app listens at; None if it does not."""
        return self._courier.request_url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self._courier.request_url = url

    @property
    def cut_off(self) -> bool:
        """Whether to let nothing through to the app, as if it were not running."""
        return self._courier.cut_off

    @cut_off.setter
    def cut_off(self, cut_off: bool) -> None:
        self._courier.cut_off = cut_off

    async def event(self, event: Json, *, event_id: str | None = None) -> Reply:
        """Deliver an event, with retries until the app acknowledges it; the reply is the last attempt's.

        Parameters
        ----------
        event_id
            The id of an earlier event, to deliver that one again; a new id by default.
        """
        workspace = self._workspace
        payload = payloads.event_payload(workspace, event, event_id or workspace.ids.new("Ev"))
        twice = self._faults.take_duplicate()
        reply = await self._event(payload)
        return await self._event(payload) if twice else reply

    async def open_home(self, user: User | str | None = None) -> Reply:
        """Open the App Home tab."""
        return await self.event(self._opened(user, "home"))

    async def open_messages(self, user: User | str | None = None) -> Reply:
        """Open the app's Messages tab: for an agent, the beginning of a conversation."""
        return await self.event(self._opened(user, "messages"))

    def open_messages_later(self, user: User | str | None = None) -> None:
        """Open the Messages tab in the background, if the app has subscribed to that."""
        event = self._opened(user, "messages")
        if event["type"] in self._workspace.install.events:
            self.emit(event)

    async def run_step(self, callback_id: str, inputs: Json) -> Step:
        """Run a custom step as a workflow does; return the run as it was when the app had acknowledged the event."""
        workspace = self._workspace
        step = Step(workspace.ids.new("Fx"), callback_id, inputs, f"xwfp-playground-{secrets.token_hex(12)}")
        workspace.agent.put_step(step)
        await self.event(payloads.step_event(workspace, step))
        return workspace.agent.steps[step.id]

    async def open_home_once(self, user: User | str | None = None) -> Delivery:
        """Open the App Home tab and return the first attempt to tell the app; retries continue in the background."""
        name = self._workspace.ids.new("Ev")
        self._start(self.event(self._opened(user, "home"), event_id=name))
        return await self._first_attempt(name, "")

    def _opened(self, user: User | str | None, tab: str) -> Json:
        who = self._user(user)
        channel = self._workspace.direct_message(who)
        event: Json = {
            "type": "app_home_opened",
            "user": who.id,
            "channel": channel.id,
            "tab": tab,
            "event_ts": self._workspace.ids.ts(),
        }
        view = self._workspace.home(who) if tab == "home" else None
        return event if view is None else {**event, "view": view_json(self._workspace, view)}

    async def redeliver(self, delivery: Delivery) -> Reply:
        """Send an event again exactly as before: with the same event id, and not marked as a retry."""
        return await self._event(delivery.payload)

    async def redeliver_once(self, delivery: Delivery) -> Delivery:
        """Send an event again and return the first attempt; retries continue in the background."""
        last = self._workspace.deliveries[-1].id
        self._start(self.redeliver(delivery))
        return await self._first_attempt(delivery.payload.get("event_id"), last)

    async def _first_attempt(self, event_id: object, last: str) -> Delivery:
        """Wait for the first delivery of an event after the record `last` and return it."""

        def first() -> Delivery | None:
            for delivery in reversed(self._workspace.deliveries):
                if delivery.id == last:
                    break
                if delivery.payload.get("event_id") == event_id:
                    return delivery
            return None

        return await self._workspace.feed.until(first, _FIRST_ATTEMPT_SECONDS)

    async def url_verification(self) -> Reply:
        """Ask the app to prove that the request URL is its own, as Slack does when the URL is set."""
        challenge = self._workspace.ids.word(50)
        payload: Json = {
            "token": self._workspace.install.verification_token,
            "challenge": challenge,
            "type": "url_verification",
        }
        answer = await self._courier.send("url_verification", payload, json.dumps(payload).encode(), JSON_TYPE)
        body = answer.body
        answered = body.get("challenge") if isinstance(body, dict) else body
        status = answer.status if answered == challenge else 0
        return Reply(status, body, None, answer.elapsed)

    def emit(self, event: Json) -> None:
        """Deliver an event in the background."""
        self._start(self.event(event))

    def _start(self, delivering: Coroutine[Any, Any, Reply]) -> None:
        task = asyncio.get_running_loop().create_task(delivering)
        # asyncio itself holds tasks weakly.
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def settle(self) -> None:
        """Wait until every background delivery has been acknowledged or given up."""
        # Again until none is left: what the app does about one event may cause another.
        while self._background:
            await asyncio.wait(set(self._background))

    async def start(self) -> None:
        """Start delivering; from now on the workspace hands its events to this object."""
        await self._courier.start()
        self._workspace.event_sink = self.emit

    async def close(self) -> None:
        """Cancel the deliveries under way and stop."""
        # First, so that nothing new starts meanwhile.
        self._workspace.event_sink = None
        pending = set(self._background)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        await self._courier.close()

    async def _event(self, payload: Json) -> Reply:
        answer, attempts = await self._courier.send_event(payload)
        return Reply(answer.status, answer.body, None, answer.elapsed, attempts, answer.problem)

    def _user(self, user: User | str | None) -> User:
        name = user.id if isinstance(user, User) else user
        return self._workspace.users[name] if name else self._workspace.analyst
