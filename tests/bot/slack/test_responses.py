"""How failures reach the person, whatever kind of request they happen in, and what the log keeps of them."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import ClientConnectionError
from harness import Harness, ask, command_form, event_body, logged, make_bot, signed
from slack_bolt.async_app import AsyncAck
from slack_sdk.webhook import WebhookResponse

from bot.blocks.reply import Reply
from bot.metrics import Metrics
from bot.playground.server import Playground
from bot.server import create_asgi
from bot.settings import load_slack_settings
from bot.slack.acknowledgements import FollowUps
from bot.slack.client import slack_client
from bot.slack.responses import (
    NotDelivered,
    announce,
    answers_errors,
    reply_for,
    respond_in_channel,
    respond_privately,
    take_back,
)
from segmentation.errors import BadInput, NoModel, NotReady

PRIVATE = "Mrs Miller earns 60"
REPLY = Reply("hello", [])


class Responder:
    """Stands in for Bolt's `respond`: remembers what was sent, answers or raises as told."""

    def __init__(self, *outcomes: int | Exception) -> None:
        self.sent: list[dict[str, Any]] = []
        self.done = asyncio.Event()
        self._outcomes = list(outcomes)

    async def __call__(self, **message: Any) -> WebhookResponse:
        self.sent.append(message)
        self.done.set()
        outcome = self._outcomes.pop(0) if self._outcomes else 200
        if isinstance(outcome, Exception):
            raise outcome
        return WebhookResponse(url="", status_code=outcome, body="", headers={})


async def test_sends_privately_beside_the_message_or_in_its_place() -> None:
    respond = Responder()
    await respond_privately(respond, REPLY)  # type: ignore[arg-type]  # a stand-in for Bolt's
    await respond_privately(respond, REPLY, replace=True)  # type: ignore[arg-type]  # a stand-in for Bolt's
    await respond_in_channel(respond, REPLY)  # type: ignore[arg-type]  # a stand-in for Bolt's
    assert [(one["response_type"], one["replace_original"]) for one in respond.sent] == [
        ("ephemeral", False),
        ("ephemeral", True),
        ("in_channel", False),
    ]
    assert all(one["unfurl_links"] is False for one in respond.sent)


async def test_a_click_in_a_thread_is_answered_there() -> None:
    respond = Responder()
    for container in ({"thread_ts": "1.5"}, {}):
        await respond_privately(respond, REPLY, body={"container": container})  # type: ignore[arg-type]  # a stand-in for Bolt's
    assert [one["thread_ts"] for one in respond.sent] == ["1.5", None]


@pytest.mark.parametrize("status", [404, 400, 500])
async def test_an_answer_slack_does_not_take_is_not_taken_for_sent(status: int) -> None:
    with pytest.raises(NotDelivered, match=f"HTTP {status}"):
        await respond_in_channel(Responder(status), REPLY)  # type: ignore[arg-type]  # a stand-in for Bolt's


@pytest.mark.parametrize("outcome", [200, 404, TimeoutError()])
async def test_a_private_question_is_taken_back_and_nothing_fails_if_it_stays(outcome: int | Exception) -> None:
    respond = Responder(outcome)
    await take_back(respond)  # type: ignore[arg-type]  # a stand-in for Bolt's
    assert respond.sent == [{"delete_original": True}]


# Announcements


UNTAKEN = [404, 500, ClientConnectionError(PRIVATE), TimeoutError(), OSError(PRIVATE)]
DONE = Reply("*v2* is now in service, promoted by <@U012AB3CD>.", [])


async def announced(pg: Playground, respond: Responder, channel: str = "") -> str:
    """Announce something, and return the log."""
    slack = load_slack_settings(pg.settings_env())
    client = slack_client(slack, token=slack.bot_token)
    with logged() as stream:
        await announce(client, channel or pg.workspace.general.id, respond, DONE)  # type: ignore[arg-type]  # as above
    assert PRIVATE not in stream.getvalue()
    return stream.getvalue()


async def test_what_is_announced_is_said_once() -> None:
    async with Playground() as pg:
        respond = Responder()
        assert await announced(pg, respond) == ""
        assert [one["response_type"] for one in respond.sent] == ["in_channel"]
        assert pg.workspace.calls_to("chat.postMessage") == []


@pytest.mark.parametrize("failure", UNTAKEN)
async def test_an_announcement_slack_does_not_take_becomes_a_message_in_which_nothing_is_live(
    failure: Exception | int,
) -> None:
    async with Playground() as pg:
        respond = Responder(failure)
        assert "told as a message instead" in await announced(pg, respond)
        (call,) = pg.workspace.calls_to("chat.postMessage")
        assert call.answer["ok"]
        assert (call.args["channel"], call.args["text"]) == (pg.workspace.general.id, DONE.text)
        assert (call.args["parse"], int(call.args["link_names"])) == ("none", 0)
        assert (int(call.args["unfurl_links"]), int(call.args["unfurl_media"])) == (0, 0)
        assert len(respond.sent) == 1


FAULTS: dict[str, Any] = {
    "not in the channel": lambda pg: pg.faults.error("chat.postMessage", "not_in_channel", times=None),
    "a proxy's page": lambda pg: pg.faults.server_error("chat.postMessage", times=None),
    "a broken connection": lambda pg: pg.faults.drop("chat.postMessage", times=None),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("failure", UNTAKEN)
async def test_where_the_channel_cannot_be_told_whoever_did_it_is(failure: Exception | int, fault: Any) -> None:
    async with Playground() as pg:
        fault(pg)
        respond = Responder(failure)
        assert "the channel could not be told what was done" in await announced(pg, respond)
        (_untaken, private) = respond.sent
        assert private["response_type"] == "ephemeral"
        assert private["text"].startswith(DONE.text)
        assert "I couldn't tell this channel" in private["text"]


async def test_a_message_that_may_have_arrived_is_not_sent_twice() -> None:
    async with Playground() as pg:
        pg.faults.drop("chat.postMessage")
        await announced(pg, Responder(500))
        assert [one for one in pg.workspace.messages() if one.text == DONE.text] == []


async def test_where_nobody_at_all_can_be_told_nothing_is_raised() -> None:
    async with Playground() as pg:
        pg.faults.drop("chat.postMessage", times=None)
        said = await announced(pg, Responder(TimeoutError(), ClientConnectionError(PRIVATE)))
        assert "the person could not be told" in said


def test_an_expected_error_speaks_for_itself() -> None:
    metrics = Metrics()
    with logged() as stream:
        assert reply_for(NoModel("No <model> yet."), metrics).text == "No &lt;model&gt; yet."
    assert stream.getvalue() == ""
    assert metrics.registry.get_sample_value("segbot_errors_total") == 0


def test_an_unexpected_error_gets_a_reference_that_the_log_has_too() -> None:
    metrics = Metrics()
    with logged() as stream:
        reply = reply_for(ValueError(PRIVATE), metrics)
    line = json.loads(stream.getvalue())
    assert line["reference"] in reply.text
    assert line["exception"] == "ValueError"
    assert PRIVATE not in reply.text + stream.getvalue()
    assert metrics.registry.get_sample_value("segbot_errors_total") == 1


# Lazy listeners


async def test_a_lazy_listener_that_fails_tells_the_person() -> None:
    respond = Responder()

    @answers_errors(Metrics(), FollowUps())
    async def listener(respond: Any) -> None:
        raise BadInput("Not like this.")

    await listener(respond=respond)
    assert respond.sent[0]["text"] == "Not like this."
    assert respond.sent[0]["response_type"] == "ephemeral"


async def test_a_lazy_listener_that_works_is_left_alone() -> None:
    respond = Responder()

    @answers_errors(Metrics(), FollowUps())
    async def listener(respond: Any) -> None:
        await respond_privately(respond, REPLY)

    await listener(respond=respond)
    assert listener.__name__ == "listener"  # Bolt finds lazy listeners by name
    assert len(respond.sent) == 1


@pytest.mark.parametrize("failure", [ClientConnectionError(PRIVATE), TimeoutError(), OSError(PRIVATE), 500])
async def test_a_person_who_cannot_be_told_is_noted_without_a_word_of_theirs(failure: Exception | int) -> None:
    @answers_errors(Metrics(), FollowUps())
    async def listener(respond: Any) -> None:
        raise BadInput(PRIVATE)

    with logged() as stream:
        await listener(respond=Responder(failure))
    assert "the person could not be told" in stream.getvalue()
    assert PRIVATE not in stream.getvalue()


# Bolt's one error handler


async def answered(
    harness: Harness, body: bytes, respond: Responder | None = None, error: Exception | None = None
) -> tuple[Any, str]:
    """Let a listener of every kind fail, and return the answer and the log."""
    bot = make_bot(harness)

    async def fail(ack: AsyncAck) -> None:
        raise error or ValueError(PRIVATE)

    # What is registered first is what Bolt takes; a fresh list puts the failing ones there.
    bot.app._async_listeners.clear()
    bot.app.command("/fail")(fail)
    bot.app.event("fail")(fail)
    bot.app.action("fail")(fail)
    if respond is not None:

        async def stand_in(context: Any, next: Any) -> None:  # noqa: A002 - Bolt matches arguments by name
            context["respond"] = respond
            await next()

        bot.app.use(stand_in)
    with logged() as stream:
        answer = await ask(create_asgi(bot), body, signed(body))
    return answer, stream.getvalue()


async def test_a_command_that_fails_is_answered_in_the_response(harness: Harness) -> None:
    answer, said = await answered(harness, command_form("x", "/fail"))
    assert answer.status == 200
    assert answer.json["response_type"] == "ephemeral"
    assert "Sorry, something went wrong" in answer.json["text"]
    assert answer.json["blocks"]
    assert PRIVATE not in said + answer.body.decode()


async def test_an_event_that_fails_is_acknowledged_all_the_same(harness: Harness) -> None:
    answer, said = await answered(harness, event_body({"type": "fail"}))
    assert (answer.status, answer.body) == (200, b"")
    assert "unexpected error" in said


async def test_an_event_that_came_too_early_is_to_be_sent_again(harness: Harness) -> None:
    answer, _ = await answered(harness, event_body({"type": "fail"}), error=NotReady("Not yet."))
    assert answer.status == 503


def action_body(**more: Any) -> bytes:
    payload = {
        "type": "block_actions",
        "team": {"id": "T1"},
        "user": {"id": "U1"},
        "actions": [{"type": "button", "action_id": "fail", "block_id": "b", "value": "v"}],
        **more,
    }
    return urlencode({"payload": json.dumps(payload)}).encode()


async def test_a_button_that_fails_is_answered_through_its_response_url(harness: Harness) -> None:
    respond = Responder()
    answer, _ = await answered(harness, action_body(response_url="http://127.0.0.1:1/hook"), respond)
    assert (answer.status, answer.body) == (200, b"")
    assert "Sorry, something went wrong" in respond.sent[0]["text"]


async def test_a_button_that_fails_is_acknowledged_even_when_nobody_can_be_told(harness: Harness) -> None:
    for more, outcome in (({}, 200), ({"response_url": "http://127.0.0.1:1/hook"}, ClientConnectionError())):
        answer, said = await answered(harness, action_body(**more), Responder(outcome))
        assert answer.status == 200
        assert ("could not be told" in said) == bool(more)
