"""What the page asks its server for: state, messages, threads, news."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from counterpart import FAST, client_of, page_session, workspace_with_bolt

from bot.playground.page.first_minute import FirstMinute, Sample, Suggestion
from bot.playground.server import Playground

BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go"}


async def got(session: aiohttp.ClientSession, path: str, **query: str) -> dict[str, Any]:
    async with session.get(f"playground/{path}", params=query) as response:
        assert response.status == 200, await response.text()
        found: dict[str, Any] = await response.json()
        return found


async def test_serves_no_other_file() -> None:
    async with Playground() as pg, page_session(pg) as session:
        for path in ("static/index.html", "static/..%2Fserver.py", "static/nothing"):
            async with session.get(path) as response:
                assert response.status == 404


async def test_an_archived_channel_takes_nothing_any_more() -> None:
    offers = FirstMinute(sample=Sample("s.csv", b"a,b\n", "made up"))
    async with Playground(first_minute=offers) as pg, page_session(pg) as session:
        ws = pg.workspace
        where = {"user": ws.analyst.id, "channel": ws.archived.id}
        for ask in (
            session.post("playground/upload", params={**where, "name": "x.csv"}, data=b"a\n"),
            session.post("playground/sample", params=where),
            session.post("playground/command", json={**where, "text": "hello"}),
            session.post("playground/command", json={**where, "text": "/segment x"}),
        ):
            async with ask as response:
                assert response.status == 400
                assert await response.text() == "#old-reports is archived. Choose another channel."
        assert ws.messages() == []
        assert not ws.deliveries


async def test_the_state_lists_people_channels_and_commands() -> None:
    offers = FirstMinute(
        (
            Suggestion("Ask", "…", "/segment x"),
            Suggestion("Retrain", "…", "/retrain", "admin"),
            Suggestion("Drop", "…"),
            Suggestion("Try", "…", "/segment y", needs_file=True),
        ),
        Sample("s.csv", b"a,b\n", "made up"),
    )
    commands = [("/segment", "age=…", "Which segment?")]
    async with Playground(commands=commands, first_minute=offers) as pg, page_session(pg) as session:
        ws = pg.workspace
        mine = await got(session, "state")
        assert mine["user"] == ws.analyst.id
        assert mine["commands"] == [{"name": "/segment", "hint": "age=…", "description": "Which segment?"}]
        # A suggestion is left out if the app does not have its command.
        assert [one["title"] for one in mine["suggestions"]] == ["Ask", "Drop", "Try"]
        assert [one["needs_file"] for one in mine["suggestions"]] == [False, False, True]
        assert mine["sample"] == {"name": "s.csv", "size": 4, "origin": "made up"}
        assert [one["name"] for one in mine["channels"]][-1] == "segbot"
        assert [one["role"] for one in mine["people"]] == ["analyst", "admin", "guest"]
        guest = await got(session, "state", user="gus")
        assert guest["user"] == ws.guest.id
        assert {one["name"] for one in guest["channels"]} == {"general", "random", "segbot"}
        async with session.get("playground/state", params={"user": "nobody"}) as response:
            assert response.status == 404


async def test_offers_nothing_without_a_sample_file() -> None:
    offers = FirstMinute((Suggestion("Drop", "…"), Suggestion("Try", "…", "/segment", needs_file=True)))
    async with Playground(first_minute=offers) as pg, page_session(pg) as session:
        assert (await got(session, "state"))["suggestions"] == []
        where = {"user": pg.workspace.analyst.id, "channel": pg.workspace.general.id}
        for ask in (session.get("playground/sample"), session.post("playground/sample", params=where)):
            async with ask as response:
                assert response.status == 404


async def test_messages_are_what_one_user_sees_without_the_replies() -> None:
    async with Playground() as pg, page_session(pg) as session:
        ws, client = pg.workspace, client_of(pg)
        where = {"channel": ws.general.id}
        await client.chat_postEphemeral(channel=ws.general.id, user=ws.analyst.id, text="just you")
        ts = ws.say(ws.analyst, ws.general, "all").ts
        await client.chat_postMessage(channel=ws.general.id, text="reply", thread_ts=ts)
        mine = await got(session, "messages", user=ws.analyst.id, **where)
        assert [(m["text"], m["ephemeral"]) for m in mine["messages"]] == [("just you", True), ("all", False)]
        assert mine["messages"][1]["replies"] == {"count": 1, "users": [ws.bot.id], "latest": ws.messages()[-1].ts}
        theirs = await got(session, "messages", user=ws.admin.id, **where)
        assert [m["text"] for m in theirs["messages"]] == ["all"]
        thread = await got(session, "thread", user=ws.admin.id, ts=ts, **where)
        assert [(m["text"], m["thread_ts"]) for m in thread["messages"]] == [("all", None), ("reply", ts)]
        async with session.get(
            "playground/messages", params={"user": ws.guest.id, "channel": ws.customers.id}
        ) as response:
            assert response.status == 404


async def test_long_channels_come_in_stretches_both_ways() -> None:
    async with Playground() as pg, page_session(pg) as session:
        ws = pg.workspace
        for number in range(150):
            ws.say(ws.analyst, ws.general, str(number))
        where = {"user": ws.analyst.id, "channel": ws.general.id}

        def numbers(span: dict[str, Any]) -> tuple[int, int, bool, bool]:
            texts = [int(message["text"]) for message in span["messages"]]
            return texts[0], texts[-1], span["older"], span["newer"]

        newest = await got(session, "messages", **where)
        assert numbers(newest) == (90, 149, True, False)
        middle = await got(session, "messages", before=newest["messages"][0]["ts"], **where)
        assert numbers(middle) == (30, 89, True, True)
        oldest = await got(session, "messages", before=middle["messages"][0]["ts"], **where)
        assert numbers(oldest) == (0, 29, False, True)
        again = await got(session, "messages", after=oldest["messages"][-1]["ts"], **where)
        assert numbers(again) == (30, 89, True, True)


async def test_a_command_an_action_and_an_upload_from_the_page() -> None:
    async with workspace_with_bolt() as (pg, app), page_session(pg) as session:

        @app.command("/segment")
        async def segment(ack: Any, body: dict[str, Any]) -> None:
            await ack(text=body["text"], blocks=[{"type": "actions", "block_id": "b", "elements": [BUTTON]}])

        @app.action("go")
        async def go(ack: Any, respond: Any) -> None:
            await ack()
            await respond("gone")

        @app.event("file_shared")
        async def shared() -> None:
            return None

        ws = pg.workspace
        base = {"user": ws.analyst.id, "channel": ws.general.id}
        async with session.post("playground/command", json={**base, "text": "/segment age=35"}) as response:
            answer = await response.json()
        assert answer["status"] == 200
        action = {**base, "ts": answer["ts"], "action_id": "go", "block_id": "b"}
        async with session.post("playground/action", json={**action, "user": ws.admin.id}) as response:
            assert response.status == 404
        async with session.post("playground/action", json={**action, "action_id": "stop"}) as response:
            assert response.status == 404
        async with session.post("playground/action", json=action) as response:
            assert (await response.json())["status"] == 200
        assert ws.messages()[-1].text == "gone"
        query = {**base, "name": "<x>.csv"}
        async with session.post("playground/upload", params=query, data=b"a,b\n") as response:
            file_id = (await response.json())["file"]
        assert ws.files.by_id[file_id].name == "<x>.csv"
        async with session.get(f"playground/files/{file_id}") as response:
            assert await response.read() == b"a,b\n"
            assert response.headers["Content-Disposition"] == "attachment"
            assert response.content_type == "application/octet-stream"
        await pg.deliver.settle()


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("command", {"user": "U404"}, 404),
        ("command", {"channel": None}, 404),
        ("command", {"text": "  "}, 400),
        ("command", {"text": 5}, 400),
        ("action", {"ts": 5}, 400),
        ("action", {"ts": "1.0"}, 404),
    ],
)
async def test_refuses_nonsense(path: str, body: dict[str, Any], status: int) -> None:
    async with Playground() as pg, page_session(pg) as session:
        whole = {"user": pg.workspace.analyst.id, "channel": pg.workspace.general.id, **body}
        async with session.post(f"playground/{path}", json=whole) as response:
            assert response.status == status


@pytest.mark.parametrize("body", ["{", "[]"])
async def test_refuses_bodies_that_are_not_json_objects(body: str) -> None:
    async with Playground() as pg, page_session(pg) as session:
        headers = {"Content-Type": "application/json"}
        async with session.post("playground/command", data=body, headers=headers) as response:
            assert response.status == 400


async def test_news_arrive_live_and_only_for_who_may_see_them() -> None:
    async with Playground(timing=FAST) as pg, page_session(pg) as session:
        ws, client = pg.workspace, client_of(pg)
        async with session.get("playground/events", params={"user": ws.guest.id}) as response:
            assert response.content_type == "text/event-stream"
            await response.content.readuntil(b"\n\n")
            ws.say(ws.analyst, ws.customers, "not a member")
            await client.chat_postEphemeral(channel=ws.general.id, user=ws.analyst.id, text="not for you")
            ts = (await client.chat_postMessage(channel=ws.general.id, text="for all"))["ts"]
            await client.chat_update(channel=ws.general.id, ts=ts, text="changed")
            await client.chat_delete(channel=ws.general.id, ts=ts)
            told = [json.loads((await response.content.readuntil(b"\n\n"))[6:]) for _ in range(3)]
        assert [(one["kind"], one["message"]["text"]) for one in told] == [
            ("message", "for all"),
            ("message", "changed"),
            ("deleted", "changed"),
        ]
        assert told[1]["message"]["edited"] is True


async def test_listening_pages_do_not_keep_the_playground_from_ending() -> None:
    async with Playground(timing=FAST) as pg, page_session(pg) as session:
        response = await session.get("playground/events", params={"user": pg.workspace.analyst.id})
        await response.content.readuntil(b"\n\n")
        async with asyncio.timeout(5):
            await pg.close()
        response.close()


async def test_what_is_offered_is_asked_for_anew_each_time() -> None:
    words = ["/segment age=5"]
    async with Playground(commands=[("/segment", "", "")]) as pg, page_session(pg) as session:
        pg.offer(lambda: FirstMinute((Suggestion("Ask", "…", words[-1]),), Sample(f"{len(words)}.csv", b"a\n", "made")))
        assert [one["command"] for one in (await got(session, "state"))["suggestions"]] == ["/segment age=5"]
        words.append("/segment spend=70")
        after = await got(session, "state")
        assert [one["command"] for one in after["suggestions"]] == ["/segment spend=70"]
        assert after["sample"]["name"] == "2.csv"
        async with session.get("playground/sample") as response:
            assert response.headers["Content-Disposition"].endswith("2.csv")
