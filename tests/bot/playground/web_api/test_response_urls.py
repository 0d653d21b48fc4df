"""Response URLs: how often they work, for how long, and what they accept."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
from counterpart import workspace_with_answers
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


async def test_a_response_url_works_five_times_within_thirty_minutes() -> None:
    now = [1_700_000_000.0]
    async with workspace_with_answers(nothing, clock=lambda: now[0]) as pg:

        async def use(url: str, body: dict[str, Any]) -> tuple[int, str]:
            async with aiohttp.ClientSession() as session, session.post(url, json=body) as response:
                return response.status, await response.text()

        await pg.deliver.command("/segment")
        url = pg.workspace.deliveries[-1].payload["response_url"]
        assert await use(url, {"text": "one"}) == (200, "ok")
        assert pg.workspace.messages()[-1].ephemeral_to == pg.workspace.analyst.id
        assert (await use(url, {"text": "x", "blocks": [{"type": "hologram"}]}))[0] == 400
        for n in range(4):
            assert await use(url, {"text": str(n), "response_type": "in_channel"}) == (200, "ok")
        assert pg.workspace.messages()[-1].ephemeral_to is None
        assert await use(url, {"text": "six"}) == (404, "used_url")
        await pg.deliver.command("/segment")
        url = pg.workspace.deliveries[-1].payload["response_url"]
        now[0] += 1801
        assert await use(url, {"text": "late"}) == (404, "expired_url")
        assert await use(pg.url + "hooks/commands/T0/nowhere", {"text": "x"}) == (404, "no_service")
        assert [call.status for call in pg.workspace.calls_to("response_url")] == [
            200,
            400,
            200,
            200,
            200,
            200,
            404,
            404,
            404,
        ]


async def test_a_response_url_takes_a_form_and_refuses_nonsense() -> None:
    async with workspace_with_answers(nothing) as pg:
        await pg.deliver.command("/segment")
        url = pg.workspace.deliveries[-1].payload["response_url"]
        async with aiohttp.ClientSession() as session:
            async with session.post(url, data={"payload": json.dumps({"text": "form"})}) as response:
                assert response.status == 200
            async with session.post(url, data={"payload": "{"}) as response:
                assert response.status == 400
            async with session.post(url, json={"text": "in thread", "thread_ts": "1.000001"}) as response:
                assert response.status == 200
        assert pg.workspace.messages()[0].text == "form"
        assert pg.workspace.messages()[-1].thread_ts == "1.000001"
