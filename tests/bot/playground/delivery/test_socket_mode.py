"""Socket Mode with Bolt's own handler, and connections that die in different ways."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from counterpart import FAST, bolt_app, client_of, refusal
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from bot.playground.delivery.courier import Timing
from bot.playground.server import Playground


@asynccontextmanager
async def connected(pg: Playground, app: AsyncApp, ping_interval: float = 5.0) -> AsyncIterator[None]:
    handler = AsyncSocketModeHandler(app, pg.workspace.install.app_token, ping_interval=ping_interval)
    try:
        await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt's own has no types
        await pg.workspace.wait_until(lambda: pg.socket.connected)
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]  # Bolt's own has no types


@asynccontextmanager
async def raw_socket(pg: Playground) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A bare WebSocket that has read the greeting."""
    url = (await client_of(pg).apps_connections_open(app_token=pg.workspace.install.app_token))["url"]
    async with aiohttp.ClientSession() as session, session.ws_connect(url, autoping=False) as ws:
        hello = await ws.receive_json()
        assert hello["type"] == "hello"
        assert hello["connection_info"] == {"app_id": pg.workspace.install.app_id}
        yield ws


async def test_commands_events_and_actions_go_through_the_socket() -> None:
    async with Playground(timing=FAST) as pg:
        app = bolt_app(pg)
        seen: list[str] = []

        @app.command("/segment")
        async def segment(ack: Any, body: dict[str, Any], client: Any) -> None:
            await ack(text="hi " + body["text"])
            button = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go"}
            blocks = [{"type": "actions", "elements": [button]}]
            await client.chat_postMessage(channel=body["channel_id"], text="posted", blocks=blocks)

        @app.action("go")
        async def go(ack: Any, respond: Any) -> None:
            await ack()
            await respond("replaced")

        @app.event("file_shared")
        async def shared(event: dict[str, Any]) -> None:
            seen.append(event["file_id"])

        async with connected(pg, app):
            reply = await pg.deliver.command("/segment", "age=35")
            assert reply.ok
            assert reply.message is not None
            assert reply.message.text == "hi age=35"
            posted = await pg.workspace.wait_for(lambda m: m.text == "posted")
            assert (await pg.deliver.action(posted, "go")).ok
            await pg.workspace.wait_for(lambda m: m.text == "replaced")
            file = pg.workspace.upload(pg.workspace.analyst, pg.workspace.general, "x.csv", b"a")
            await pg.deliver.settle()
            assert seen == [file.id]
        await pg.workspace.wait_until(lambda: not pg.socket.connected)


async def test_an_unacknowledged_envelope_times_out_and_says_it_is_a_retry() -> None:
    async with Playground(timing=Timing(ack=0.05, retry_delays=(0.0,))) as pg, raw_socket(pg) as ws:
        reply = await pg.deliver.event({"type": "app_mention"})
        assert (reply.status, reply.attempts) == (0, 2)
        first, second = await ws.receive_json(), await ws.receive_json()
        assert (first["type"], first["retry_attempt"], first["retry_reason"]) == ("events_api", 0, "")
        assert (second["retry_attempt"], second["retry_reason"]) == (1, "http_timeout")
        assert first["payload"] == second["payload"]
        assert first["accepts_response_payload"] is False


async def test_nonsense_from_the_app_is_not_an_acknowledgement() -> None:
    async with Playground(timing=FAST) as pg, raw_socket(pg) as ws:
        command = asyncio.create_task(pg.deliver.command("/segment"))
        envelope = await ws.receive_json()
        for nonsense in ("{", "[]", "{}", json.dumps({"envelope_id": 7}), json.dumps({"envelope_id": "other"})):
            await ws.send_str(nonsense)
        await ws.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "yes"}})
        message = (await command).message
        assert message is not None
        assert message.text == "yes"


async def test_several_connections_take_turns() -> None:
    async with Playground(timing=FAST) as pg, raw_socket(pg) as one, raw_socket(pg) as two:
        assert pg.socket.connected == 2
        for ws in (one, two):
            command = asyncio.create_task(pg.deliver.command("/segment"))
            envelope = await ws.receive_json()
            await ws.send_json({"envelope_id": envelope["envelope_id"]})
            assert (await command).ok


async def test_a_connection_lost_meanwhile_is_a_failure() -> None:
    async with Playground(timing=FAST) as pg:
        async with raw_socket(pg) as ws:
            command = asyncio.create_task(pg.deliver.command("/segment"))
            await ws.receive_json()
            assert pg.socket.drop() == 1
            reply = await command
        assert reply.status == 0
        assert pg.workspace.deliveries[-1].problem == "connection_failed"


async def test_a_ticket_is_good_for_one_connection() -> None:
    async with Playground(timing=FAST) as pg, aiohttp.ClientSession() as session:
        url = (await client_of(pg).apps_connections_open(app_token=pg.workspace.install.app_token))["url"]
        async with session.ws_connect(url):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(url)


async def test_connecting_needs_the_scope() -> None:
    async with Playground(timing=FAST) as pg:
        pg.workspace.change_install(app_scopes=frozenset())
        call = client_of(pg).apps_connections_open(app_token=pg.workspace.install.app_token)
        assert (await refusal(call))["needed"] == "connections:write"


async def test_answers_pings_until_it_is_frozen() -> None:
    async with Playground(timing=FAST) as pg, raw_socket(pg) as ws:
        await ws.ping(b"one")
        pong = await ws.receive()
        assert (pong.type, pong.data) == (aiohttp.WSMsgType.PONG, b"one")
        assert pg.socket.freeze() == 1
        assert pg.socket.freeze() == 0
        await ws.ping(b"two")
        await ws.send_json({"envelope_id": "x"})
        with pytest.raises(TimeoutError):
            await ws.receive(timeout=0.1)
        assert not ws.closed
        assert pg.socket.connected == 1
        pg.socket.drop()


@pytest.mark.parametrize("way", ["freeze", "drop", "disconnect"])
async def test_bolts_client_comes_back_after_every_kind_of_loss(way: str) -> None:
    async with Playground(timing=Timing(ack=0.2, retry_delays=(0.0,))) as pg:
        app = bolt_app(pg)

        @app.command("/segment")
        async def segment(ack: Any) -> None:
            await ack("back")

        async with connected(pg, app, ping_interval=0.2):
            connections = len(pg.workspace.calls_to("apps.connections.open"))
            if way == "disconnect":
                await pg.socket.disconnect()
            elif way == "freeze":
                pg.socket.freeze()
            else:
                pg.socket.drop()
            await pg.workspace.wait_until(
                lambda: len(pg.workspace.calls_to("apps.connections.open")) > connections, timeout=10
            )
            await pg.workspace.wait_until(lambda: pg.socket.live, timeout=10)
            message = None
            while message is None or message.text != "back":
                message = (await pg.deliver.command("/segment")).message
