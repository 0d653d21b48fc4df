"""Uploads, shares, visibility and downloads."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from counterpart import FAST, PNG, client_of, refusal, workspace_with_bolt

from bot.playground.delivery.courier import Timing
from bot.playground.server import Playground
from bot.playground.workspace.records import File

CSV = b"age,income\n35,60\n"


def image_block(file_id: str) -> list[dict[str, Any]]:
    return [{"type": "image", "slack_file": {"id": file_id}, "alt_text": "chart"}]


def file_of(pg: Playground, file_id: str) -> File:
    return pg.workspace.files.by_id[file_id]


async def test_uploads_and_shares_a_little_later() -> None:
    async with Playground(timing=FAST) as pg:
        ws = pg.workspace
        answer = await client_of(pg).files_upload_v2(
            content=CSV, filename="result.csv", title="Result", channel=ws.general.id, initial_comment="done"
        )
        assert answer["file"]["shares"] == {}
        message = await ws.wait_for(lambda m: m.files)
        assert (message.text, message.channel, message.user) == ("done", ws.general.id, ws.bot.id)
        shared = (await client_of(pg).files_info(file=answer["file"]["id"]))["file"]
        assert shared["shares"]["public"][ws.general.id][0]["ts"] == message.ts
        assert (shared["title"], shared["size"], shared["filetype"]) == ("Result", len(CSV), "csv")
        assert shared["preview"].startswith("age,income")


async def test_shares_into_a_thread_and_several_channels() -> None:
    async with Playground(timing=FAST) as pg:
        ws, client = pg.workspace, client_of(pg)
        ts = (await client.chat_postMessage(channel=ws.general.id, text="root"))["ts"]
        await client.files_upload_v2(content=CSV, filename="a.csv", channel=ws.general.id, thread_ts=ts)
        assert (await ws.wait_for(lambda m: m.files)).thread_ts == ts
        await client.files_upload_v2(content=CSV, filename="b.csv", channels=[ws.general.id, ws.customers.id])
        await ws.wait_until(lambda: len([m for m in ws.messages() if m.files]) == 3)
        lost = client.files_upload_v2(content=CSV, filename="c.csv", channel=ws.general.id, thread_ts="1.0")
        assert (await refusal(lost))["error"] == "invalid_thread_ts"


async def test_an_image_shows_in_blocks_only_once_it_is_processed() -> None:
    async with Playground(timing=Timing(sharing=3600.0)) as pg:
        client, ws = client_of(pg), pg.workspace
        file_id = (await client.files_upload_v2(content=PNG, filename="chart.png"))["file"]["id"]
        early = client.chat_postMessage(channel=ws.general.id, text="x", blocks=image_block(file_id))
        answer = await refusal(early)
        assert answer["error"] == "invalid_blocks"
        assert "invalid slack file" in answer["response_metadata"]["messages"][0]
    async with Playground(timing=FAST) as pg:
        client, ws = client_of(pg), pg.workspace
        file_id = (await client.files_upload_v2(content=PNG, filename="chart.png"))["file"]["id"]
        await ws.wait_until(lambda: file_of(pg, file_id).processed)
        assert (await client.chat_postMessage(channel=ws.general.id, text="x", blocks=image_block(file_id)))["ok"]
        info = (await client.files_info(file=file_id))["file"]
        assert (info["original_w"], info["original_h"]) == (2, 3)
        private = (await client.files_upload_v2(content=CSV, filename="a.csv", channel=ws.dm.id))["file"]["id"]
        await ws.wait_for(lambda m: private in m.files)
        shares = (await client.files_info(file=private))["file"]["shares"]
        assert list(shares["private"]) == [ws.dm.id]
        history = (await client.conversations_history(channel=ws.dm.id))["messages"]
        assert history[0]["files"][0]["name"] == "a.csv"
        by_url = [{"type": "image", "slack_file": {"url": info["url_private"]}, "alt_text": "chart"}]
        assert (await client.chat_postMessage(channel=ws.general.id, text="x", blocks=by_url))["ok"]


async def test_a_name_does_not_make_a_picture() -> None:
    async with Playground(timing=FAST) as pg:
        client, ws = client_of(pg), pg.workspace
        file_id = (await client.files_upload_v2(content=CSV, filename="chart.png"))["file"]["id"]
        await ws.wait_until(lambda: file_of(pg, file_id).processed)
        post = client.chat_postMessage(channel=ws.general.id, text="x", blocks=image_block(file_id))
        assert (await refusal(post))["error"] == "invalid_blocks"
        assert (await client.files_info(file=file_id))["file"]["mimetype"] == "text/plain"


async def test_a_dropped_file_reaches_the_app_as_an_event_it_can_follow() -> None:
    async with workspace_with_bolt() as (pg, app):
        seen: list[dict[str, Any]] = []

        @app.event("file_shared")
        async def on_file(event: dict[str, Any], client: Any) -> None:
            seen.append(event)
            info = await client.files_info(file=event["file_id"])
            seen.append(info["file"])

        file = pg.workspace.upload(pg.workspace.analyst, pg.workspace.customers, "customers.csv", CSV)
        await pg.deliver.settle()
        assert seen[0]["file"] == {"id": file.id}
        assert (seen[0]["channel_id"], seen[0]["user_id"]) == (pg.workspace.customers.id, pg.workspace.analyst.id)
        assert (seen[1]["name"], seen[1]["user"]) == ("customers.csv", pg.workspace.analyst.id)


async def test_the_apps_own_uploads_raise_events_too() -> None:
    # Bolt keeps an app's own events from its listeners, so this looks at what was sent.
    async with workspace_with_bolt() as (pg, _):
        await client_of(pg).files_upload_v2(content=CSV, filename="a.csv", channel=pg.workspace.general.id)
        [delivery] = await pg.workspace.wait_until(lambda: pg.workspace.deliveries)
        assert delivery.payload["event"]["user_id"] == pg.workspace.bot.id
        assert delivery.status == 200


async def test_what_is_dropped_elsewhere_stays_unseen() -> None:
    async with Playground(timing=FAST) as pg:
        file = pg.workspace.upload(pg.workspace.analyst, pg.workspace.outside, "x.csv", CSV)
        assert not pg.workspace.deliveries
        assert (await refusal(client_of(pg).files_info(file=file.id)))["error"] == "file_not_found"
        missing = await refusal(client_of(pg).files_info(file="F404"))
        assert missing["error"] == "file_not_found"


async def test_only_subscribed_message_events_are_sent() -> None:
    async with workspace_with_bolt(events=["file_shared", "message.channels"]) as (pg, app):
        subtypes: list[Any] = []

        @app.event("message")
        async def on_message(event: dict[str, Any]) -> None:
            subtypes.append(event.get("subtype"))

        @app.event("file_shared")
        async def on_file() -> None:
            subtypes.append("event")

        pg.workspace.upload(pg.workspace.analyst, pg.workspace.general, "x.csv", CSV)
        pg.workspace.say(pg.workspace.analyst, pg.workspace.general, "hello")
        pg.workspace.say(pg.workspace.analyst, pg.workspace.dm, "not subscribed")
        pg.workspace.say(pg.workspace.analyst, pg.workspace.outside, "not there")
        await pg.deliver.settle()
        assert sorted(map(str, subtypes)) == ["None", "event", "file_share"]


async def test_downloads_need_the_token_the_scope_and_sight() -> None:
    async with Playground(timing=FAST) as pg, aiohttp.ClientSession() as session:
        ws = pg.workspace
        file = ws.upload(ws.analyst, ws.general, "größe 1.csv", CSV)
        info = (await client_of(pg).files_info(file=file.id))["file"]

        async def fetch(url: str, token: str) -> tuple[int, str, bytes]:
            async with session.get(url, headers={"Authorization": f"Bearer {token}"}) as response:
                return response.status, response.content_type, await response.read()

        for url in (info["url_private"], info["url_private_download"]):
            assert await fetch(url, ws.install.bot_token) == (200, "text/csv", CSV)
        status, kind, body = await fetch(info["url_private"], "xoxb-wrong")
        assert (status, kind) == (200, "text/html")
        assert b"Sign in" in body
        ws.change_install(scopes=ws.install.scopes - {"files:read"})
        assert (await fetch(info["url_private"], ws.install.bot_token))[1] == "text/html"
        assert (await fetch(pg.url + "files-pri/T0-F404/x", ws.install.bot_token))[0] == 404


@pytest.mark.parametrize("length", ["0", "x", "-1"])
async def test_asks_for_a_sensible_length(length: str) -> None:
    async with Playground() as pg:
        call = client_of(pg).api_call("files.getUploadURLExternal", params={"filename": "a", "length": length})
        assert (await refusal(call))["error"] == "invalid_arguments"


async def test_refuses_what_does_not_fit_the_upload_protocol() -> None:
    async with Playground(timing=FAST) as pg, aiohttp.ClientSession() as session:
        client = client_of(pg)
        too_long = client.files_getUploadURLExternal(filename="x" * 256, length=1)
        assert (await refusal(too_long))["error"] == "invalid_arguments"
        ticket = await client.files_getUploadURLExternal(filename="a.csv", length=len(CSV), alt_txt="numbers")
        unsent = client.files_completeUploadExternal(files=[{"id": ticket["file_id"], "title": "a"}])
        assert (await refusal(unsent))["error"] == "file_not_found"
        async with session.post(ticket["upload_url"], data=CSV[:-1]) as response:
            assert response.status == 400
        async with session.post(pg.url + "upload/v1/nowhere", data=CSV) as response:
            assert response.status == 404
        form = aiohttp.FormData()
        form.add_field("filename", CSV, filename="a.csv", content_type="text/csv")
        async with session.post(ticket["upload_url"], data=form) as response:
            assert await response.text() == f"OK - {len(CSV)}"
        done = await client.files_completeUploadExternal(files=[{"id": ticket["file_id"], "title": "a"}])
        assert done["files"][0]["alt_txt"] == "numbers"
        assert file_of(pg, ticket["file_id"]).data == CSV
        again = client.files_completeUploadExternal(files=[{"id": ticket["file_id"], "title": "a"}])
        assert (await refusal(again))["error"] == "file_not_found"
        for files in ("[]", "[1]", "{"):
            call = client.api_call("files.completeUploadExternal", params={"files": files})
            assert (await refusal(call))["error"] == "invalid_arguments"


async def test_an_empty_multipart_upload_has_no_bytes() -> None:
    async with Playground(timing=FAST) as pg, aiohttp.ClientSession() as session:
        ticket = await client_of(pg).files_getUploadURLExternal(filename="a.csv", length=1)
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        async with session.post(ticket["upload_url"], data=b"--b--\r\n", headers=headers) as response:
            assert response.status == 400


async def test_deletes_its_own_files_from_everywhere() -> None:
    async with Playground(timing=FAST) as pg:
        client, ws = client_of(pg), pg.workspace
        theirs = ws.upload(ws.analyst, ws.general, "x.csv", CSV)
        assert (await refusal(client.files_delete(file=theirs.id)))["error"] == "cant_delete_file"
        mine = (await client.files_upload_v2(content=CSV, filename="a.csv", channel=ws.general.id))["file"]["id"]
        await ws.wait_for(lambda m: mine in m.files)
        await client.files_delete(file=mine)
        assert all(mine not in message.files for message in ws.messages())
        assert (await refusal(client.files_info(file=mine)))["error"] == "file_not_found"


async def test_deleting_between_completing_and_sharing_does_no_harm() -> None:
    async with Playground(timing=Timing(sharing=0.4)) as pg:
        client, ws = client_of(pg), pg.workspace
        answer = await client.files_upload_v2(content=CSV, filename="a.csv", channel=ws.general.id)
        await client.files_delete(file=answer["file"]["id"])
        message = await ws.wait_for(lambda m: m.made_by == "upload")
        assert message.files == ()


async def test_lists_the_files_it_can_see() -> None:
    async with Playground(timing=FAST) as pg:
        client, ws = client_of(pg), pg.workspace
        for n in range(3):
            ws.upload(ws.analyst, ws.general, f"{n}.csv", CSV)
        ws.upload(ws.analyst, ws.outside, "hidden.csv", CSV)
        answer = await client.files_list(channel=ws.general.id, user=ws.analyst.id, count=2, page=2)
        assert [file["name"] for file in answer["files"]] == ["0.csv"]  # the newest first
        assert answer["paging"] == {"count": 2, "total": 3, "page": 2, "pages": 2}
        assert (await client.files_list(user=ws.admin.id))["files"] == []


async def test_a_file_from_another_company_is_told_apart() -> None:
    async with Playground(timing=FAST) as pg:
        ws = pg.workspace
        file = ws.upload(ws.external, ws.partners, "x.csv", CSV)
        info = (await client_of(pg).files_info(file=file.id))["file"]
        assert info["user_team"] == ws.external.team_id != ws.team.id
        [message] = (await client_of(pg).conversations_history(channel=ws.partners.id))["messages"]
        [stub] = message["files"]
        assert (stub["id"], stub["file_access"]) == (file.id, "check_file_info")
        assert "url_private" not in stub
