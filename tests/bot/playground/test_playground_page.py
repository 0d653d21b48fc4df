"""The page, what it talks to, and who is kept out."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from counterpart import FAST, PNG, client_of, workspace_with_bolt

from bot.playground import Playground, page

STATIC = Path(page.__file__).parent / "static"
BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go"}


@asynccontextmanager
async def browser(pg: Playground) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(pg.url) as session:
        yield session


@pytest.mark.parametrize("path", ["", "static/page.js", "static/blocks.js", "static/page.css", "static/icon.svg"])
async def test_serves_the_page_behind_a_strict_policy(path: str) -> None:
    async with Playground() as pg, browser(pg) as session, session.get(path) as response:
        assert response.status == 200
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_serves_no_other_file() -> None:
    async with Playground() as pg, browser(pg) as session:
        for path in ("static/index.html", "static/..%2Fserver.py", "static/nothing"):
            async with session.get(path) as response:
                assert response.status == 404


def test_the_page_loads_nothing_from_elsewhere_and_makes_no_markup_of_text() -> None:
    for file in STATIC.iterdir():
        source = file.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://", source), file.name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", source), file.name
    html = (STATIC / "index.html").read_text()
    assert not re.search(r"<script(?![^>]*src=)|\son\w+=|style=", html)


def test_the_playground_knows_nothing_of_the_bot() -> None:
    for file in STATIC.parent.glob("*.py"):
        for line in file.read_text().splitlines():
            if match := re.match(r"\s*(?:from|import) (bot|segmentation)\b(\S*)", line):
                assert match.group(0).split()[-1].startswith("bot.playground"), (file.name, line)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[", ""])
async def test_answers_only_under_its_own_name(host: str) -> None:
    async with Playground() as pg, browser(pg) as session:
        for path in ("", "api/auth.test", "playground/state"):
            async with session.get(path, headers={"Host": host}) as response:
                assert response.status in (400, 403)


async def test_localhost_is_its_own_name_too() -> None:
    async with Playground() as pg, browser(pg) as session:
        port = pg.url.rsplit(":", 1)[1].strip("/")
        async with session.get("playground/state", headers={"Host": f"localhost:{port}"}) as response:
            assert response.status == 200


async def test_foreign_names_get_no_websocket() -> None:
    async with Playground() as pg, browser(pg) as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect("link", headers={"Host": "evil.example"})


async def test_other_sites_can_change_nothing() -> None:
    async with Playground() as pg, browser(pg) as session:
        body = {"user": pg.workspace.analyst.id, "channel": pg.workspace.general.id, "text": "hi"}
        for origin, status in (("http://evil.example", 403), ("null", 403), (pg.url.rstrip("/"), 200)):
            async with session.post("playground/command", json=body, headers={"Origin": origin}) as response:
                assert response.status == status
        async with session.post("playground/command", data=body) as response:
            assert response.status == 415
        assert len(pg.workspace.messages()) == 1


async def test_the_state_is_what_one_user_sees() -> None:
    async with Playground(commands=[("/segment", "age=…", "Which segment?")]) as pg, browser(pg) as session:
        ws, client = pg.workspace, client_of(pg)
        await client.chat_postEphemeral(channel=ws.general.id, user=ws.analyst.id, text="just you")
        ts = ws.say(ws.analyst, ws.general, "all").ts
        await client.chat_postMessage(channel=ws.general.id, text="reply", thread_ts=ts)

        async def state(**query: str) -> dict[str, Any]:
            async with session.get("playground/state", params=query) as response:
                found: dict[str, Any] = await response.json()
                return found

        mine = await state()
        assert [m["text"] for m in mine["messages"]] == ["just you", "all", "reply"]
        assert [m["ephemeral"] for m in mine["messages"]] == [True, False, False]
        assert mine["messages"][2]["thread_ts"] == ts
        assert mine["commands"] == [{"name": "/segment", "hint": "age=…", "description": "Which segment?"}]
        assert "segbot" in {c["name"] for c in mine["channels"]}
        theirs = await state(user=ws.admin.id)
        assert [m["text"] for m in theirs["messages"]] == ["all", "reply"]
        guest = await state(user=ws.guest.id, channel=ws.customers.id)
        assert guest["messages"] == []
        assert {p["role"] for p in guest["people"]} == {"member", "admin", "owner", "guest"}


async def test_a_command_an_action_and_an_upload_from_the_page() -> None:
    async with workspace_with_bolt() as (pg, app), browser(pg) as session:

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


async def test_pictures_are_shown_and_missing_files_are_missing() -> None:
    async with Playground(timing=FAST) as pg, browser(pg) as session:
        file = pg.workspace.upload(pg.workspace.analyst, pg.workspace.general, "x.png", PNG)
        async with session.get(f"playground/files/{file.id}") as response:
            assert response.content_type == "image/png"
            assert "Content-Disposition" not in response.headers
        async with session.get("playground/files/F404") as response:
            assert response.status == 404


async def test_uploads_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MAX_UPLOAD", 3)
    async with Playground(timing=FAST) as pg, browser(pg) as session:
        query = {"user": pg.workspace.analyst.id, "channel": pg.workspace.general.id}
        async with session.post("playground/upload", params=query, data=b"1234") as response:
            assert response.status == 413
        async with session.post("playground/upload", params=query, data=b"123") as response:
            assert response.status == 200


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
    async with Playground() as pg, browser(pg) as session:
        whole = {"user": pg.workspace.analyst.id, "channel": pg.workspace.general.id, **body}
        async with session.post(f"playground/{path}", json=whole) as response:
            assert response.status == status


@pytest.mark.parametrize("body", ["{", "[]"])
async def test_refuses_what_is_no_object(body: str) -> None:
    async with Playground() as pg, browser(pg) as session:
        headers = {"Content-Type": "application/json"}
        async with session.post("playground/command", data=body, headers=headers) as response:
            assert response.status == 400


async def test_news_arrive_live_and_only_for_who_may_see_them() -> None:
    async with Playground(timing=FAST) as pg, browser(pg) as session:
        ws, client = pg.workspace, client_of(pg)
        async with session.get("playground/events", params={"user": ws.guest.id}) as response:
            assert response.content_type == "text/event-stream"
            await response.content.readuntil(b"\n\n")
            await ws.wait_until(lambda: ws.feed.followers)
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
    async with Playground(timing=FAST) as pg, browser(pg) as session:
        response = await session.get("playground/events", params={"user": pg.workspace.analyst.id})
        await response.content.readuntil(b"\n\n")
        async with asyncio.timeout(5):
            await pg.close()
        response.close()
