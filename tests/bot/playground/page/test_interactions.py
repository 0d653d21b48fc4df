"""What a person does on the page besides talking: threads, modals, the Home tab, faults, a second look at an event."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from counterpart import FAST, client_of, workspace_with_bolt

from bot.playground.page.csv_preview import preview
from bot.playground.page.view import PageView
from bot.playground.server import Playground
from bot.playground.workspace.feed import Change

BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go"}
INPUT = {
    "type": "input",
    "block_id": "file",
    "label": {"type": "plain_text", "text": "File"},
    "element": {"type": "file_input", "action_id": "file"},
}


class Page:
    """One person's page, without a browser."""

    def __init__(self, pg: Playground, session: aiohttp.ClientSession) -> None:
        self.session = session
        self.where = {"user": pg.workspace.analyst.id, "channel": pg.workspace.general.id}

    async def tell(self, path: str, status: int = 200, **body: Any) -> Any:
        """Post and return the answer."""
        async with self.session.post(f"playground/{path}", json={**self.where, **body}) as response:
            assert response.status == status, await response.text()
            return await response.json() if status == 200 else await response.text()

    async def ask(self, path: str, status: int = 200, **query: str) -> Any:
        """Get and return the answer."""
        async with self.session.get(f"playground/{path}", params={**self.where, **query}) as response:
            assert response.status == status, await response.text()
            return await response.json() if status == 200 else await response.text()


@asynccontextmanager
async def page_of(pg: Playground) -> AsyncIterator[Page]:
    async with aiohttp.ClientSession(pg.url) as session:
        yield Page(pg, session)


async def test_replies_go_into_threads_and_commands_do_not() -> None:
    async with Playground() as pg, page_of(pg) as page:
        ts = (await page.tell("command", text="first <!here> & more"))["ts"]
        assert pg.workspace.messages()[-1].text == "first &lt;!here&gt; &amp; more"
        reply = (await page.tell("command", text="second", thread_ts=ts))["ts"]
        assert pg.workspace.messages()[-1].thread_ts == ts
        assert pg.workspace.messages()[-1].ts == reply
        assert "does not support /segment in threads" in await page.tell(
            "command", 400, text="/segment x", thread_ts=ts
        )
        await page.tell("command", 404, text="third", thread_ts="1.0")


async def test_a_name_with_an_at_sign_is_a_mention_and_an_address_is_not() -> None:
    async with Playground() as pg, page_of(pg) as page:
        name, bot = pg.workspace.bot.name, pg.workspace.bot.id
        await page.tell("command", text=f"@{name.upper()}, mail x@{name} or @nobody")
        assert pg.workspace.messages()[-1].text == f"<@{bot}>, mail x@{name} or @nobody"


@pytest.mark.parametrize("space", [" ", "\n", "\t", "  \n "])
async def test_a_command_ends_at_any_white_space(space: str) -> None:
    async with workspace_with_bolt(commands=[("/segment", "", "")]) as (pg, app), page_of(pg) as page:

        @app.command("/segment")
        async def segment(ack: Any, body: dict[str, Any]) -> None:
            await ack(f"<{body.get('text', '')}>")

        await page.tell("command", text=f"/segment{space}age=35\nincome=60\n")
        assert pg.workspace.messages()[-1].text == "<age=35\nincome=60>"


async def test_a_modal_is_used_submitted_and_closed() -> None:
    async with workspace_with_bolt() as (pg, app), page_of(pg) as page:
        heard: list[str] = []
        modal = {
            "type": "modal",
            "callback_id": "m",
            "title": {"type": "plain_text", "text": "M"},
            "submit": {"type": "plain_text", "text": "Go"},
            "notify_on_close": True,
            "blocks": [INPUT, {"type": "actions", "block_id": "a", "elements": [BUTTON]}],
        }

        @app.command("/open")
        async def opened(ack: Any, body: dict[str, Any], client: Any) -> None:
            await client.views_open(trigger_id=body["trigger_id"], view=modal)
            await ack()

        @app.action("go")
        async def go(ack: Any) -> None:
            heard.append("go")
            await ack()

        @app.view("m")
        async def submitted(ack: Any, view: dict[str, Any]) -> None:
            heard.append(view["state"]["values"]["file"]["file"]["files"][0]["name"])
            await ack(response_action="errors", errors={"file": "Not this one."})

        @app.view_closed("m")
        async def closed(ack: Any) -> None:
            heard.append("closed")
            await ack()

        await page.tell("command", text="/open")
        (view,) = (await page.ask("state"))["modals"]
        async with page.session.post(
            "playground/upload", params={**page.where, "hold": "1", "name": "c.csv"}, data=b"a\n"
        ) as response:
            file = (await response.json())["file"]
        # The app cannot see the file before the modal is submitted.
        assert not pg.workspace.files.visible_to_app(pg.workspace.files.by_id[file])
        await page.tell("view/action", view=view["id"], action_id="go", block_id="a")
        await page.tell("view/action", 404, view=view["id"], action_id="nothing")
        answer = await page.tell("view/submit", view=view["id"], state={"file": {"file": [file]}})
        assert answer["modals"][0]["errors"] == {"file": "Not this one."}
        assert pg.workspace.files.visible_to_app(pg.workspace.files.by_id[file])
        await page.tell("view/close", 404, view=view["id"], user=pg.workspace.admin.id)
        await page.tell("view/submit", 400, view=view["id"], state=[1])
        assert (await page.tell("view/close", view=view["id"]))["modals"] == []
        assert heard == ["go", "c.csv", "closed"]
        await page.tell("view/submit", 404, view=view["id"])
        await page.tell("view/submit", 404, view="V404")


async def test_a_choice_that_is_not_there_is_refused() -> None:
    async with Playground(timing=FAST) as pg, page_of(pg) as page:
        option = {"text": {"type": "plain_text", "text": "A"}, "value": "a"}
        select = {"type": "static_select", "action_id": "s", "options": [option]}
        block = {"type": "input", "block_id": "b", "label": option["text"], "element": select}
        title = {"type": "plain_text", "text": "M"}
        trigger = pg.workspace.new_trigger(pg.workspace.analyst.id)
        view = {"type": "modal", "title": title, "submit": title, "blocks": [block]}
        opened = await client_of(pg).views_open(trigger_id=trigger, view=view)
        found = await page.tell("view/submit", 400, view=opened["view"]["id"], state={"s": "z"})
        assert "no option" in found


async def test_opening_home_answers_after_the_first_attempt_and_goes_on_trying() -> None:
    async with workspace_with_bolt() as (pg, app), page_of(pg) as page:

        @app.event("app_home_opened")
        async def opened(event: dict[str, Any], client: Any) -> None:
            blocks = [{"type": "header", "text": {"type": "plain_text", "text": "Home"}}]
            await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

        answer = await page.tell("home")
        assert answer["status"] == 200
        assert answer["home"]["blocks"][0]["text"]["text"] == "Home"
        await page.tell("home")
        assert pg.workspace.deliveries[-1].payload["event"]["view"]["id"] == answer["home"]["id"]
        pg.deliver.cut_off = True
        assert pg.deliver.cut_off
        down = await page.tell("home")
        assert down["problem"] == "nothing listens at the app's address"
        await pg.deliver.settle()
        assert [one.attempt for one in pg.workspace.deliveries][-4:] == [0, 1, 2, 3]


async def test_an_event_is_delivered_once_more() -> None:
    async with workspace_with_bolt() as (pg, app), page_of(pg) as page:
        heard: list[str] = []

        @app.event("app_home_opened")
        async def opened(body: dict[str, Any]) -> None:
            heard.append(body["event_id"])

        await page.tell("home")
        record = (await page.ask("faults"))["last_event"]
        assert record["type"] == "app_home_opened"
        assert (await page.tell("redeliver", record=record["record"]))["status"] == 200
        assert len(set(heard)) == 1
        assert len(heard) == 2
        await page.tell("redeliver", 404, record="record-404")


async def test_faults_are_set_listed_and_reset() -> None:
    async with Playground(timing=FAST) as pg, page_of(pg) as page:
        assert (await page.ask("faults"))["active"] == []
        assert (await page.ask("faults"))["last_event"] is None
        await page.tell("faults", kind="429", method="chat.postMessage", times=2)
        await page.tell("faults", kind="500", times=None)
        await page.tell("faults", kind="timeout", method="download")
        await page.tell("faults", kind="twice", times=1)
        await page.tell("faults", kind="scope", scope="files:read")
        found = await page.tell("faults", kind="unreachable")
        assert found["active"] == [
            "chat.postMessage: answer 429, retry after 3 s, 2 times",
            "any call: answer 500, until cleared",
            "download: no answer, 1 time",
            "the next 1 event delivered twice",
            "scope files:read removed",
            "the app is unreachable",
        ]
        assert "files:read" not in found["scopes"]
        assert (await page.tell("faults/reset"))["active"] == []
        assert "files:read" in pg.workspace.install.scopes
        assert pg.faults.active == ()
        assert not pg.deliver.cut_off


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "earthquake"},
        {"kind": "429", "method": "rm"},
        {"kind": "429", "times": 0},
        {"kind": "429", "times": True},
        {"kind": "429", "times": "often"},
        {"kind": "scope", "scope": "everything"},
        {"kind": "scope"},
    ],
)
async def test_no_other_fault_can_be_set(body: dict[str, Any]) -> None:
    async with Playground() as pg, page_of(pg) as page:
        await page.tell("faults", 400, **body)
        assert pg.faults.active == ()


async def test_pages_hear_of_views_channels_faults_and_lost_events() -> None:
    async with Playground(timing=FAST) as pg, page_of(pg) as page:
        ws = pg.workspace
        async with page.session.get("playground/events", params=page.where) as response:
            await response.content.readuntil(b"\n\n")

            async def next_kind() -> str:
                line = await response.content.readuntil(b"\n\n")
                return line.decode().split('"kind": "')[1].split('"')[0]

            home = {"type": "home", "blocks": []}
            await client_of(pg).views_publish(user_id=ws.admin.id, view=home)
            await client_of(pg).views_publish(user_id=ws.analyst.id, view=home)
            assert await next_kind() == "views"
            ws.change_channel(ws.outside, is_archived=True)
            assert await next_kind() == "channels"
            pg.faults.duplicate_events()
            assert await next_kind() == "faults"
            pg.faults.clear()
            assert await next_kind() == "faults"
            ws.upload(ws.analyst, ws.general, "x.csv", b"a\n")
            assert await next_kind() == "message"
            assert await next_kind() == "trouble"


async def test_pages_hear_of_replies_with_the_message_they_belong_to() -> None:
    async with Playground(timing=FAST) as pg:
        ws = pg.workspace
        ts = ws.say(ws.analyst, ws.general, "root").ts
        news: list[Any] = []
        view = PageView(ws)
        ws.feed.listeners.append(lambda change: news.append(view.update(change, ws.analyst)))
        reply = await client_of(pg).chat_postMessage(channel=ws.general.id, text="reply", thread_ts=ts)
        assert [one["message"]["text"] for one in news if one] == ["root", "reply"]
        assert [one for one in news if one][-1]["root"]["replies"]["count"] == 1
        await client_of(pg).chat_delete(channel=ws.general.id, ts=reply["ts"])
        assert [one for one in news if one][-1]["root"]["replies"]["count"] == 0


async def test_a_table_is_previewed() -> None:
    async with Playground(timing=FAST) as pg, page_of(pg) as page:
        file = pg.workspace.upload(pg.workspace.analyst, pg.workspace.general, "x.csv", b"a;b\n1;<b>\n")
        assert await page.ask(f"files/{file.id}/preview") == {"head": ["a", "b"], "rows": [["1", "<b>"]], "lines": 1}
        announced, _ = pg.workspace.files.announce(pg.workspace.bot.id, "y.csv", 5)
        await page.ask(f"files/{announced.id}/preview", 404)
        await page.ask("files/F404/preview", 404)


@pytest.mark.parametrize(
    ("data", "head", "rows", "lines"),
    [
        (b"", [], 0, 0),
        (b"a,b", ["a", "b"], 0, 0),
        (b"\xef\xbb\xbfa\tb\n" + b"1\t2\n" * 20, ["a", "b"], 6, 20),
        (b"a,b\n\n1,2", ["a", "b"], 1, 2),
        (b"x" * 200 + b"\n", ["x" * 80], 0, 0),
        (b"a,b\n1,\xff\n", ["a", "b"], 1, 1),
        ("größe;b\n1;2\n".encode("cp1252"), ["größe", "b"], 1, 1),
        ("größe;b\n1;2\n".encode("utf-16"), ["größe", "b"], 1, 1),
        (b"\xfe\xff" + "größe;Ċ\n1;2\n".encode("utf-16-be"), ["größe", "Ċ"], 1, 1),
        (b"a,b\n" + "1,é\n".encode() * 16_384, ["a", "b"], 6, 16_384),
        (b"PK\3\4\0\0a,b\n", [], 0, 0),
        (b'a,b\n"' + b"z" * 150_000, ["a", "b"], 1, 1),
    ],
)
def test_a_preview_takes_any_file(data: bytes, head: list[str], rows: int, lines: int) -> None:
    found = preview(data)
    assert found["head"] == head
    assert len(found["rows"]) == rows
    assert found["lines"] == lines


async def test_shortcuts_run_from_the_page_for_those_who_see_the_message() -> None:
    async with Playground() as pg, page_of(pg) as page:
        pg.register_shortcuts([("Ask", "global", "ask", "A form"), ("Score", "message", "score", "A file")])
        assert [one["id"] for one in (await page.ask("state"))["shortcuts"]] == ["ask", "score"]
        said = pg.workspace.say(pg.workspace.analyst, pg.workspace.general, "here")
        # No app listens: what matters is what would have been sent.
        assert "nothing listens" in (await page.tell("shortcut", id="ask"))["problem"]
        assert "nothing listens" in (await page.tell("shortcut", id="score", ts=said.ts))["problem"]
        sent = [(one.payload["type"], one.payload["callback_id"]) for one in pg.workspace.deliveries]
        assert sent == [("shortcut", "ask"), ("message_action", "score")]
        assert "no such shortcut" in await page.tell("shortcut", 404, id="other")
        assert "no such message" in await page.tell("shortcut", 404, id="score", ts="1.0")
        hidden = {"channel": pg.workspace.private.id, "ts": said.ts}
        assert "no such" in await page.tell("shortcut", 404, id="score", **hidden)


async def test_opening_the_apps_messages_tells_the_app_if_it_wants_to_know() -> None:
    async with Playground() as pg, page_of(pg) as page:
        pg.workspace.change_install(events=frozenset())
        await page.tell("opened")
        await pg.deliver.settle()
        assert not pg.workspace.deliveries
        pg.workspace.change_install(events=frozenset({"app_home_opened"}))
        await page.tell("opened")
        sent = await pg.workspace.wait_until(lambda: [one.payload["event"] for one in pg.workspace.deliveries])
        assert (sent[0]["tab"], sent[0]["channel"]) == ("messages", pg.workspace.dm.id)
        assert "no such" in await page.tell("opened", 404, user="U0NOBODY")


async def test_what_the_app_shows_as_an_agent_is_for_those_in_its_conversation() -> None:
    async with Playground() as pg, page_of(pg) as page:
        workspace = pg.workspace
        theirs = workspace.direct_message(workspace.admin)
        for channel in (workspace.dm, theirs):
            workspace.agent.suggest(channel.id, [{"title": "a", "message": "b"}])
            workspace.agent.show_status(channel.id, "1.2", "is looking…")
        mine = await page.ask("state")
        assert (list(mine["prompts"]), list(mine["statuses"])) == ([workspace.dm.id], [workspace.dm.id])
        view = PageView(workspace)
        update = view.update(Change("agent", workspace.dm.id), workspace.analyst)
        assert update is not None
        assert (update["kind"], update["prompts"]) == ("agent", mine["prompts"])
