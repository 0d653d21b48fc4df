"""Which requests and calls belong to a message, and that no secret is among what is shown of them."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
from counterpart import client_of, workspace_with_bolt

from bot.playground.page.inspector import inspected
from bot.playground.server import Playground

BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go"}


async def test_a_commands_answer_comes_with_its_request() -> None:
    async with workspace_with_bolt() as (pg, app):

        @app.command("/segment")
        async def segment(ack: Any) -> None:
            await ack("hello")

        one = await pg.deliver.command("/segment", "first")
        two = await pg.deliver.command("/segment", "second")
        assert one.message is not None
        assert two.message is not None
        (record,) = inspected(pg.workspace.trail, two.message)
        assert record["way"] == "to_app"
        assert record["title"] == "/segment"
        assert record["request"]["text"] == "second"
        assert record["answer"] == "hello"
        assert record["status"] == 200
        assert record["ms"] > 0
        assert record["headers"]["X-Slack-Signature"] == "v0=…"


async def test_a_pressed_button_is_followed_through_its_response_url() -> None:
    async with workspace_with_bolt() as (pg, app):

        @app.action("go")
        async def go(ack: Any, respond: Any) -> None:
            await ack()
            await respond("gone", replace_original=True)

        blocks = [{"type": "actions", "elements": [BUTTON]}]
        channel = pg.workspace.general.id
        ts = (await client_of(pg).chat_postMessage(channel=channel, text="press", blocks=blocks))["ts"]
        other = (await client_of(pg).chat_postMessage(channel=channel, text="another"))["ts"]
        message = pg.workspace.message(channel, ts)
        assert message is not None
        await pg.deliver.action(message, "go")
        changed = pg.workspace.message(channel, ts)
        assert changed is not None
        titles = [record["title"] for record in inspected(pg.workspace.trail, changed)]
        assert titles == ["chat.postMessage", "block_actions", "response_url"]
        bystander = pg.workspace.message(channel, other)
        assert bystander is not None
        assert [record["title"] for record in inspected(pg.workspace.trail, bystander)] == ["chat.postMessage"]


async def test_a_jobs_report_comes_with_the_command_that_ordered_it() -> None:
    async with workspace_with_bolt() as (pg, app):
        ws, client = pg.workspace, client_of(pg)

        @app.command("/retrain")
        async def retrain(ack: Any) -> None:
            await ack()

        @app.command("/segment")
        async def segment(ack: Any) -> None:
            await ack("hello")

        await pg.deliver.command("/retrain", "elsewhere", channel=ws.customers)
        await pg.deliver.command("/retrain", "latest")
        await pg.deliver.command("/segment", "answered at once")
        ts = (await client.chat_postMessage(channel=ws.general.id, text="Training…"))["ts"]
        await pg.deliver.command("/retrain", "history")
        await client.chat_update(channel=ws.general.id, ts=ts, text="Trained")
        report = ws.message(ws.general, ts)
        assert report is not None
        records = inspected(ws.trail, report)
        assert [one["title"] for one in records] == ["/retrain", "chat.postMessage", "chat.update"]
        assert records[0]["request"]["text"] == "latest"


async def test_what_the_app_says_much_later_has_no_command_behind_it() -> None:
    now = [1_700_000_000.0]
    async with workspace_with_bolt(clock=lambda: now[0]) as (pg, _):
        ws = pg.workspace
        await pg.deliver.command("/retrain", "latest")
        now[0] += 3600
        ts = (await client_of(pg).chat_postMessage(channel=ws.general.id, text="Good morning"))["ts"]
        message = ws.message(ws.general, ts)
        assert message is not None
        assert [one["title"] for one in inspected(ws.trail, message)] == ["chat.postMessage"]


async def test_a_dropped_file_comes_with_the_event_and_the_calls_about_it() -> None:
    async with workspace_with_bolt() as (pg, app):

        @app.event("file_shared")
        async def shared(event: dict[str, Any], client: Any) -> None:
            await client.files_info(file=event["file_id"])
            await client.chat_postMessage(channel=event["channel_id"], text="seen", thread_ts=event["event_ts"])

        workspace = pg.workspace
        workspace.upload(workspace.analyst, workspace.general, "x.csv", b"a\n")
        await pg.deliver.settle()
        dropped, answer = workspace.messages()
        titles = [record["title"] for record in inspected(workspace.trail, dropped)]
        assert titles == ["file_shared", "files.info", "chat.postMessage"]
        assert [record["title"] for record in inspected(workspace.trail, answer)] == ["file_shared", "chat.postMessage"]


async def test_failures_are_shown_as_such() -> None:
    async with Playground() as pg:
        reply = await pg.deliver.command("/segment")
        assert reply.message is not None
        (record,) = inspected(pg.workspace.trail, reply.message)
        assert (record["ok"], record["problem"], record["status"]) == (False, "connection_failed", 0)


async def test_no_secret_is_shown() -> None:
    async with workspace_with_bolt() as (pg, app), aiohttp.ClientSession(pg.url) as session:

        @app.command("/segment")
        async def segment(ack: Any, client: Any, body: dict[str, Any]) -> None:
            await ack("hello")
            await client.chat_postMessage(channel=body["channel_id"], text="hello")

        await pg.deliver.command("/segment")
        workspace, install = pg.workspace, pg.workspace.install
        where = {"user": workspace.analyst.id, "channel": workspace.general.id}
        for message in workspace.messages():
            async with session.get("playground/inspect", params={**where, "ts": message.ts}) as response:
                found = json.dumps(await response.json())
            for secret in (install.bot_token, install.signing_secret, install.verification_token):
                assert secret not in found
        async with session.get("playground/inspect", params={**where, "ts": "1.0"}) as response:
            assert response.status == 404
