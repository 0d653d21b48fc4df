"""Buttons, menus and shortcuts, delivered to a real Bolt app, and what its answers change."""

from __future__ import annotations

from typing import Any

import pytest
from counterpart import client_of, workspace_with_answers, workspace_with_bolt
from starlette.requests import Request
from starlette.responses import Response

BUTTONS = [
    {
        "type": "actions",
        "block_id": "row",
        "elements": [
            {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go", "value": "7"},
            {
                "type": "static_select",
                "action_id": "pick",
                "options": [{"text": {"type": "plain_text", "text": "Five"}, "value": "5"}],
            },
        ],
    }
]


async def nothing(_: Request) -> Response:
    return Response()


async def test_a_button_carries_its_message_and_its_answer_takes_its_place() -> None:
    async with workspace_with_bolt() as (pg, app):
        bodies: list[dict[str, Any]] = []

        @app.action("go")
        async def go(ack: Any, body: dict[str, Any], respond: Any) -> None:
            await ack()
            bodies.append(body)
            await respond(text="done", replace_original=True)

        await client_of(pg).chat_postMessage(channel=pg.workspace.general.id, text="q", blocks=BUTTONS)
        message = pg.workspace.messages()[-1]
        reply = await pg.deliver.action(message, "go", user=pg.workspace.admin)
        assert (reply.status, reply.message) == (200, None)
        body = bodies[0]
        assert body["actions"][0]["value"] == "7"
        assert body["actions"][0]["block_id"] == "row"
        assert body["user"]["id"] == pg.workspace.admin.id
        assert body["container"]["message_ts"] == message.ts == body["message"]["ts"]
        assert body["state"]["values"] == {"row": {"pick": {"type": "static_select", "selected_option": None}}}
        [changed] = pg.workspace.messages()
        assert (changed.text, changed.blocks, changed.ts) == ("done", (), message.ts)
        assert changed.edited_ts is not None


async def test_an_answer_of_blocks_is_not_marked_as_edited() -> None:
    async with workspace_with_bolt() as (pg, app):

        @app.action("go")
        async def go(ack: Any, respond: Any) -> None:
            await ack()
            await respond(text="done", blocks=[{"type": "divider"}], replace_original=True)

        await client_of(pg).chat_postMessage(channel=pg.workspace.general.id, text="q", blocks=BUTTONS)
        await pg.deliver.action(pg.workspace.messages()[-1], "go")
        [changed] = pg.workspace.messages()
        assert (changed.text, changed.edited_ts) == ("done", None)


@pytest.mark.parametrize(
    ("answer", "texts"),
    [
        ({"text": "new"}, ["new"]),
        ({"text": "new", "replace_original": "true"}, ["new"]),
        ({"text": "new", "replace_original": False}, ["q", "new"]),
        ({"text": "new", "response_type": "ephemeral"}, ["q", "new"]),
        ({"delete_original": True}, []),
    ],
)
async def test_an_answer_to_a_button_replaces_unless_addressed_elsewhere(
    answer: dict[str, Any], texts: list[str]
) -> None:
    async with workspace_with_bolt() as (pg, app):

        @app.action("go")
        async def go(ack: Any, respond: Any) -> None:
            await ack()
            await respond(answer)
            await respond({"delete_original": False, "text": "x", "replace_original": False})

        await client_of(pg).chat_postMessage(channel=pg.workspace.general.id, text="q", blocks=BUTTONS)
        await pg.deliver.action(pg.workspace.messages()[-1], "go")
        assert [m.text for m in pg.workspace.messages()] == [*texts, "x"]


async def test_deleting_a_message_that_is_gone_already_does_no_harm() -> None:
    async with workspace_with_bolt() as (pg, app):

        @app.action("go")
        async def go(ack: Any, respond: Any) -> None:
            await ack()
            await respond(delete_original=True)
            await respond(delete_original=True)
            await respond(text="nothing to replace", replace_original=True)

        await client_of(pg).chat_postMessage(channel=pg.workspace.general.id, text="q", blocks=BUTTONS)
        await pg.deliver.action(pg.workspace.messages()[-1], "go")
        assert [m.text for m in pg.workspace.messages()] == ["nothing to replace"]


async def test_a_menu_sends_the_chosen_option_and_unknown_ones_cannot_be_chosen() -> None:
    async with workspace_with_answers(nothing) as pg:
        ts = (await client_of(pg).chat_postMessage(channel=pg.workspace.general.id, text="q", blocks=BUTTONS))["ts"]
        message = pg.workspace.message(pg.workspace.general, ts)
        assert message is not None
        await pg.deliver.action(message, "pick", value="5", block_id="row")
        [action] = pg.workspace.deliveries[-1].payload["actions"]
        assert action["selected_option"]["value"] == "5"
        with pytest.raises(LookupError, match="no option '6'"):
            await pg.deliver.action(message, "pick", value="6")
        with pytest.raises(LookupError, match="there are: go, pick"):
            await pg.deliver.action(message, "stop")
        with pytest.raises(LookupError):
            await pg.deliver.action(message, "go", block_id="other")


async def test_an_ephemeral_message_is_not_sent_along() -> None:
    async with workspace_with_answers(nothing) as pg:
        ws = pg.workspace
        await client_of(pg).chat_postEphemeral(channel=ws.dm.id, user=ws.analyst.id, text="q", blocks=BUTTONS)
        await pg.deliver.action(ws.messages()[-1], "go")
        payload = ws.deliveries[-1].payload
        assert "message" not in payload
        assert payload["container"]["is_ephemeral"] is True
        assert payload["channel"]["name"] == "directmessage"


async def test_a_button_in_a_thread_says_so() -> None:
    async with workspace_with_answers(nothing) as pg:
        ws, client = pg.workspace, client_of(pg)
        ts = (await client.chat_postMessage(channel=ws.general.id, text="root"))["ts"]
        await client.chat_postMessage(channel=ws.general.id, text="q", blocks=BUTTONS, thread_ts=ts)
        await pg.deliver.action(ws.messages()[-1], "go")
        assert ws.deliveries[-1].payload["container"]["thread_ts"] == ts


async def test_shortcuts_global_and_on_messages() -> None:
    async with workspace_with_bolt() as (pg, app):
        seen: list[str] = []

        @app.shortcut("score")
        async def score(ack: Any, body: dict[str, Any]) -> None:
            await ack()
            seen.append(body["type"])

        message = pg.workspace.say(pg.workspace.analyst, pg.workspace.general, "hello")
        assert (await pg.deliver.shortcut("score")).ok
        assert (await pg.deliver.shortcut("score", message=message)).ok
        assert seen == ["shortcut", "message_action"]
