"""Slash commands, delivered to a real Bolt app or to one that misbehaves."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from counterpart import FAST, workspace_with_answers, workspace_with_bolt
from slack_sdk.signature import SignatureVerifier
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.playground.delivery.courier import Timing
from bot.playground.delivery.reply import Command
from bot.playground.server import Playground
from bot.playground.workspace.records import SLACKBOT

IMPATIENT = Timing(ack=0.4, retry_delays=(0.0, 0.0, 0.0), sharing=0.0)


async def nothing(_: Request) -> Response:
    return Response()


async def test_a_command_is_answered_in_the_response_for_one_user() -> None:
    async with workspace_with_bolt() as (pg, app):
        bodies: list[dict[str, Any]] = []

        @app.command("/segment")
        async def segment(ack: Any, body: dict[str, Any]) -> None:
            bodies.append(body)
            await ack(text="hi", blocks=[{"type": "divider"}])

        reply = await pg.deliver.command("/segment", "age=35 & more")
        assert (reply.status, reply.ok, reply.attempts) == (200, True, 1)
        assert reply.elapsed < 3
        assert reply.message is not None
        assert reply.message.ephemeral_to == pg.workspace.analyst.id
        assert (reply.message.text, reply.message.blocks[0]["type"]) == ("hi", "divider")
        body = bodies[0]
        assert body["text"] == "age=35 & more"
        assert body["command"] == "/segment"
        assert (body["user_id"], body["channel_id"]) == (pg.workspace.analyst.id, pg.workspace.general.id)
        assert body["is_enterprise_install"] == "false"
        assert body["api_app_id"] == pg.workspace.install.app_id


async def test_a_command_can_answer_everybody_or_with_bare_text_or_not_at_all() -> None:
    answers: list[Response] = [
        JSONResponse({"text": "all", "response_type": "in_channel"}),
        PlainTextResponse("bare"),
        Response(),
        JSONResponse({}),
        Response("{broken", media_type="application/json"),
    ]

    async def answer(_: Request) -> Response:
        return answers.pop(0)

    async with workspace_with_answers(answer) as pg:
        everybody = (await pg.deliver.command("/x")).message
        assert everybody is not None
        assert everybody.ephemeral_to is None
        bare = (await pg.deliver.command("/x", user=pg.workspace.admin, channel=pg.workspace.dm.id)).message
        assert bare is not None
        assert (bare.text, bare.ephemeral_to, bare.channel) == ("bare", pg.workspace.admin.id, pg.workspace.dm.id)
        assert (await pg.deliver.command("/x")).message is None
        assert (await pg.deliver.command("/x")).message is None
        broken = (await pg.deliver.command("/x")).message
        assert broken is not None
        assert broken.text == "{broken"


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (Response(status_code=500), "dispatch_failed"),
        (PlainTextResponse("no", 404), "dispatch_failed"),
        (JSONResponse({"blocks": [{"type": "hologram"}]}), "invalid_command_response"),
        (JSONResponse({"text": " "}), "invalid_command_response"),
    ],
)
async def test_slackbot_tells_when_a_command_went_wrong(answer: Response, word: str) -> None:
    async def give(_: Request) -> Response:
        return answer

    async with workspace_with_answers(give) as pg:
        reply = await pg.deliver.command("/segment")
        assert reply.message is not None
        assert word in reply.message.text
        assert reply.problem
        assert (reply.message.user, reply.message.ephemeral_to) == (SLACKBOT, pg.workspace.analyst.id)


async def test_a_slow_command_times_out() -> None:
    async def dawdle(_: Request) -> Response:
        await asyncio.sleep(30)
        return Response()

    async with workspace_with_answers(dawdle, timing=IMPATIENT) as pg:
        reply = await pg.deliver.command("/segment")
        assert reply.status == 0
        assert reply.message is not None
        assert "operation_timeout" in reply.message.text


async def test_nobody_listening_is_a_failed_dispatch() -> None:
    async with Playground(timing=FAST) as pg:
        assert pg.deliver.request_url is None
        first = await pg.deliver.command("/segment")
        pg.deliver.request_url = "http://127.0.0.1:9/slack/events"
        second = await pg.deliver.command("/segment")
        for reply in (first, second):
            assert reply.message is not None
            assert "dispatch_failed" in reply.message.text
            assert not reply.ok


async def test_only_the_apps_own_commands_are_delivered() -> None:
    async with workspace_with_answers(nothing, commands=[("/segment", "age=…", "Which segment?")]) as pg:
        assert (await pg.deliver.command("/segment")).ok
        reply = await pg.deliver.command("/other")
        assert (reply.status, reply.attempts) == (0, 0)
        assert reply.message is not None
        assert "not a valid command" in reply.message.text
        assert pg.deliver.commands == (Command("/segment", "age=…", "Which segment?"),)
        assert len(pg.workspace.deliveries) == 1


async def test_signs_what_it_sends_as_slack_does() -> None:
    seen: list[tuple[bytes, dict[str, str]]] = []

    async def keep(request: Request) -> Response:
        seen.append((await request.body(), dict(request.headers)))
        return Response()

    async with workspace_with_answers(keep) as pg:
        await pg.deliver.command("/segment", "ü")
        await pg.deliver.event({"type": "app_mention"})
        verifier = SignatureVerifier(pg.workspace.install.signing_secret)
        assert all(verifier.is_valid_request(body, headers) for body, headers in seen)
        assert not verifier.is_valid_request(seen[0][0] + b"x", seen[0][1])
