"""Handles what a person does on the page: writing, commands, clicks, submitting, closing, opening Home."""

from __future__ import annotations

import re
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.playground.delivery.deliverer import Deliverer
from bot.playground.delivery.reply import NO_COMMAND, Reply
from bot.playground.page.requests import (
    as_json,
    known,
    mapping,
    seen_message,
    sent_json,
    string,
    who_and_where,
    who_writes_where,
)
from bot.playground.page.view import PageView, in_words
from bot.playground.workspace.records import Json, View
from bot.playground.workspace.workspace import Workspace

# "@segbot", but neither an address nor a mention of everybody.
_AT_NAME: Final = re.compile(r"(?<![\w@])@([\w.-]*\w)")


class PageInteractions:
    """The routes for what people do."""

    def __init__(self, workspace: Workspace, deliver: Deliverer, view: PageView) -> None:
        self._workspace = workspace
        self._deliver = deliver
        self._view = view

    def routes(self) -> list[BaseRoute]:
        """Return the routes to serve."""
        handlers = {
            "command": self._command,
            "action": self._action,
            "view/action": self._view_action,
            "view/submit": self._submit,
            "view/close": self._close,
            "home": self._home,
            "opened": self._opened,
            "shortcut": self._shortcut,
            "redeliver": self._redeliver,
        }
        return [Route(f"/playground/{name}", handler, methods=["POST"]) for name, handler in handlers.items()]

    async def _command(self, request: Request) -> Response:
        sent = await sent_json(request)
        user, channel = who_writes_where(self._workspace, sent)
        text = string(sent, "text").strip()
        if not text:
            raise HTTPException(400, "Type a message or a command first.")
        thread = string(sent, "thread_ts") if sent.get("thread_ts") else None
        if not text.startswith("/"):
            if thread is not None:
                seen_message(self._workspace, user, channel, thread)
            return as_json({"status": 200, "ts": self._workspace.say(user, channel, self._as_sent(text), thread).ts})
        if thread is not None:
            raise HTTPException(400, f"Slack does not support {text.split()[0]} in threads. Type it in the channel.")
        name, *rest = text.split(maxsplit=1)
        return self._replied(await self._deliver.command(name, "".join(rest), user=user, channel=channel))

    def _as_sent(self, text: str) -> str:
        """Return typed text as Slack's client sends it: escaped, and "@name" as the mention of that person or app."""
        ids = {user.name.casefold(): user.id for user in self._workspace.users.values()}
        return _AT_NAME.sub(
            lambda at: f"<@{ids[name]}>" if (name := at[1].casefold()) in ids else at[0], _escaped(text)
        )

    async def _action(self, request: Request) -> Response:
        sent = await sent_json(request)
        user, channel = who_and_where(self._workspace, sent)
        message = seen_message(self._workspace, user, channel, string(sent, "ts"))
        try:
            reply = await self._deliver.action(
                message,
                string(sent, "action_id"),
                user=user,
                value=sent.get("value"),
                block_id=_block(sent),
                state=mapping(sent, "state"),
            )
        except LookupError as error:
            raise HTTPException(404, str(error)) from None
        return self._replied(reply)

    async def _view_action(self, request: Request) -> Response:
        sent = await sent_json(request)
        view = self._own_view(sent)
        try:
            reply = await self._deliver.view_action(
                view,
                string(sent, "action_id"),
                value=sent.get("value"),
                block_id=_block(sent),
                state=mapping(sent, "state"),
            )
        except LookupError as error:
            raise HTTPException(404, str(error)) from None
        return self._replied(reply, view)

    async def _submit(self, request: Request) -> Response:
        sent = await sent_json(request)
        view = self._own_view(sent)
        try:
            reply = await self._deliver.view_submission(view, mapping(sent, "state"))
        except LookupError as error:
            raise HTTPException(400, str(error)) from None
        return self._replied(reply, view)

    async def _close(self, request: Request) -> Response:
        view = self._own_view(await sent_json(request))
        reply = await self._deliver.view_closed(view)
        return self._replied(reply or Reply(200, None, None, 0.0), view)

    async def _home(self, request: Request) -> Response:
        sent = await sent_json(request)
        user = known(self._workspace.users.get, sent.get("user"))
        first = await self._deliver.open_home_once(user)
        return as_json({"status": first.status, "problem": in_words(first.problem), **self._view.views(user)})

    async def _opened(self, request: Request) -> Response:
        """Somebody opened the app's Messages tab: nobody waits for what the app makes of it."""
        user = known(self._workspace.users.get, (await sent_json(request)).get("user"))
        self._deliver.open_messages_later(user)
        return as_json({"status": 200})

    async def _shortcut(self, request: Request) -> Response:
        sent = await sent_json(request)
        name = string(sent, "id")
        shortcut = next((one for one in self._deliver.shortcuts if one.callback_id == name), None)
        if shortcut is None:
            raise HTTPException(404, "There is no such shortcut.")
        if shortcut.kind == "global":
            user = known(self._workspace.users.get, sent.get("user"))
            return self._replied(await self._deliver.shortcut(name, user=user))
        user, channel = who_and_where(self._workspace, sent)
        message = seen_message(self._workspace, user, channel, string(sent, "ts"))
        return self._replied(await self._deliver.shortcut(name, user=user, message=message))

    async def _redeliver(self, request: Request) -> Response:
        name = string(await sent_json(request), "record")
        events = {one.id: one for one in self._workspace.deliveries if one.kind == "event"}
        delivery = known(events.get, name, "event")
        again = await self._deliver.redeliver_once(delivery)
        return as_json({"status": again.status, "problem": in_words(again.problem)})

    def _own_view(self, sent: Json) -> View:
        """Return one of the asking user's open views; 404 if there is no such view."""
        view = known(self._workspace.views.get, sent.get("view"), "view")
        if view.user != sent.get("user") or not view.is_open:
            raise HTTPException(404, "There is no such view.")
        return view

    def _replied(self, reply: Reply, view: View | None = None) -> Response:
        answer: Json = {
            "status": reply.status,
            # Of a command that does not exist Slackbot has told the person: nothing is wrong with the app.
            "problem": "" if reply.problem == NO_COMMAND else in_words(reply.problem),
            "ts": None if reply.message is None else reply.message.ts,
        }
        return as_json(answer if view is None else {**answer, **self._view.views(view.user)})


def _escaped(text: str) -> str:
    """Return typed text as Slack's client sends it: escaped, so that it cannot contain Slack's markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _block(sent: Json) -> str | None:
    block_id = sent.get("block_id")
    return str(block_id) if block_id else None
