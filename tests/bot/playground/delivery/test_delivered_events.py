"""Events: their envelope, their retries, and events that come twice."""

from __future__ import annotations

import asyncio
from typing import Any

from counterpart import FAST, workspace_with_answers, workspace_with_bolt
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.playground.delivery.courier import Timing

IMPATIENT = Timing(ack=0.4, retry_delays=(0.0, 0.0, 0.0), sharing=0.0)


async def nothing(_: Request) -> Response:
    return Response()


async def test_an_event_comes_in_slacks_envelope() -> None:
    async with workspace_with_bolt() as (pg, app):
        bodies: list[dict[str, Any]] = []

        @app.event("app_home_opened")
        async def opened(body: dict[str, Any], client: Any, event: dict[str, Any]) -> None:
            bodies.append(body)
            view = {"type": "home", "blocks": [{"type": "divider"}]}
            await client.views_publish(user_id=event["user"], view=view)

        reply = await pg.deliver.open_home(pg.workspace.admin)
        assert reply.ok
        body = bodies[0]
        assert body["type"] == "event_callback"
        assert body["authorizations"][0]["user_id"] == pg.workspace.bot.id
        assert body["event_id"].startswith("Ev")
        home = pg.workspace.home(pg.workspace.admin)
        assert home is not None
        assert home.blocks[0]["type"] == "divider"


async def test_an_unacknowledged_event_is_sent_four_times_with_the_reason() -> None:
    seen: list[tuple[str | None, str | None, str]] = []

    async def refuse(request: Request) -> Response:
        headers, body = request.headers, await request.json()
        seen.append((headers.get("x-slack-retry-num"), headers.get("x-slack-retry-reason"), body["event_id"]))
        return Response(status_code=404)

    async with workspace_with_answers(refuse) as pg:
        reply = await pg.deliver.event({"type": "app_mention"}, event_id="Ev1")
        assert (reply.status, reply.attempts) == (404, 4)
        assert [one[:2] for one in seen] == [
            (None, None),
            ("1", "http_error"),
            ("2", "http_error"),
            ("3", "http_error"),
        ]
        assert {one[2] for one in seen} == {"Ev1"}
        assert [d.attempt for d in pg.workspace.deliveries] == [0, 1, 2, 3]


async def test_the_app_can_ask_for_no_retry() -> None:
    async def refuse(_: Request) -> Response:
        return Response(status_code=500, headers={"x-slack-no-retry": "1"})

    async with workspace_with_answers(refuse) as pg:
        assert (await pg.deliver.event({"type": "app_mention"})).attempts == 1


async def test_a_slow_event_is_retried_as_timed_out_until_acknowledged() -> None:
    reasons: list[str | None] = []

    async def first_slow(request: Request) -> Response:
        reasons.append(request.headers.get("x-slack-retry-reason"))
        if len(reasons) == 1:
            # The next attempt may take its time.
            pg.deliver._courier._timing = FAST
            await asyncio.sleep(30)
        return Response()

    async with workspace_with_answers(first_slow, timing=IMPATIENT) as pg:
        reply = await pg.deliver.event({"type": "app_mention"})
        assert (reply.status, reply.attempts) == (200, 2)
        assert reasons == [None, "http_timeout"]


async def test_the_same_event_can_come_twice() -> None:
    ids: list[str] = []

    async def keep(request: Request) -> Response:
        ids.append((await request.json())["event_id"])
        return Response()

    async with workspace_with_answers(keep) as pg:
        pg.faults.duplicate_events()
        await pg.deliver.event({"type": "app_mention"})
        await pg.deliver.redeliver(pg.workspace.deliveries[0])
        await pg.deliver.event({"type": "app_mention"})
        assert len(ids) == 4
        assert ids[0] == ids[1] == ids[2] != ids[3]


async def test_proves_the_request_url() -> None:
    async with workspace_with_bolt() as (pg, _):
        assert (await pg.deliver.url_verification()).ok

    async def lie(_: Request) -> Response:
        return PlainTextResponse("something else")

    async with workspace_with_answers(lie) as pg:
        assert not (await pg.deliver.url_verification()).ok


async def test_what_is_under_way_ends_with_the_playground() -> None:
    async def never(_: Request) -> Response:
        await asyncio.sleep(30)
        return Response()

    async with workspace_with_answers(never) as pg:
        pg.workspace.upload(pg.workspace.analyst, pg.workspace.general, "x.csv", b"a")
        await asyncio.sleep(0)
    assert not pg.workspace.deliveries
