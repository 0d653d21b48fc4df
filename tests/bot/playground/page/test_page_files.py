"""Files on the page: uploaded, previewed, downloaded, and the sample file."""

from __future__ import annotations

import aiohttp
from counterpart import FAST, PNG, page_session, serving
from starlette.applications import Starlette

from bot.playground.page.files import PageFiles
from bot.playground.page.first_minute import FirstMinute, Sample, Suggestion
from bot.playground.server import Playground
from bot.playground.workspace.workspace import Workspace


async def test_a_file_is_fetched_once_since_it_never_changes() -> None:
    async with Playground(timing=FAST) as pg, page_session(pg) as session:
        file = pg.workspace.upload(pg.workspace.analyst, pg.workspace.general, "x.csv", b"a\n1\n")
        for path in (f"playground/files/{file.id}", f"playground/files/{file.id}/preview"):
            async with session.get(path) as response:
                assert "immutable" in response.headers["Cache-Control"]
                assert response.headers["Cache-Control"].startswith("private")
        async with session.get("playground/files/F404") as response:
            assert response.headers["Cache-Control"] == "no-store"


async def test_the_sample_is_downloaded_or_dropped() -> None:
    offers = FirstMinute(sample=Sample("a ü.csv", b"a,b\n1,2\n", "made up"))
    async with Playground(first_minute=offers, timing=FAST) as pg, page_session(pg) as session:
        async with session.get("playground/sample") as response:
            assert await response.read() == b"a,b\n1,2\n"
            assert response.headers["Content-Disposition"] == "attachment; filename*=UTF-8''a%20%C3%BC.csv"
        where = {"user": pg.workspace.analyst.id, "channel": pg.workspace.general.id}
        async with session.post("playground/sample", params=where) as response:
            file = pg.workspace.files.by_id[(await response.json())["file"]]
        assert (file.name, file.data) == ("a ü.csv", b"a,b\n1,2\n")


async def test_a_suggestion_may_drop_a_file_of_its_own() -> None:
    own = Sample("own.csv", b"c\n3\n", "made up")
    offers = FirstMinute((Suggestion("Own", "…", file=own),), Sample("s.csv", b"a,b\n1,2\n", "made up"))
    async with Playground(timing=FAST, first_minute=offers) as pg, page_session(pg) as session:
        where = {"user": pg.workspace.analyst.id, "channel": pg.workspace.general.id}
        async with session.post("playground/sample", params={**where, "file": "own.csv"}) as response:
            assert response.status == 200
        assert [file.name for file in pg.workspace.files.by_id.values()] == ["own.csv"]
        async with session.post("playground/sample", params={**where, "file": "s.csv"}) as response:
            assert response.status == 404, "the sample file is asked for without a name"


async def test_the_sample_is_dropped_only_if_nobody_shared_a_table() -> None:
    offers = FirstMinute(sample=Sample("s.csv", b"a,b\n1,2\n", "made up"))
    async with Playground(first_minute=offers, timing=FAST) as pg, page_session(pg) as session:
        ws = pg.workspace
        ws.upload(ws.analyst, ws.general, "notes.txt", b"hello")
        ws.upload(ws.bot, ws.general, "result.csv", b"a,b\n")
        ws.upload(ws.analyst, ws.customers, "elsewhere.csv", b"a,b\n")
        where = {"user": ws.analyst.id, "channel": ws.general.id, "if_none": "1"}
        files = []
        for _ in range(2):
            async with session.post("playground/sample", params=where) as response:
                files.append((await response.json())["file"])
        assert files[0] == files[1]
        assert ws.files.by_id[files[0]].name == "s.csv"
        assert [one.name for one in ws.files.by_id.values()].count("s.csv") == 1


async def test_pictures_are_shown_and_missing_files_are_missing() -> None:
    async with Playground(timing=FAST) as pg, page_session(pg) as session:
        file = pg.workspace.upload(pg.workspace.analyst, pg.workspace.general, "x.png", PNG)
        async with session.get(f"playground/files/{file.id}") as response:
            assert response.content_type == "image/png"
            assert "Content-Disposition" not in response.headers
        async with session.get("playground/files/F404") as response:
            assert response.status == 404


async def test_uploads_have_a_limit() -> None:
    workspace = Workspace(seed=1)
    app = Starlette(routes=PageFiles(workspace, FirstMinute, max_upload=3).routes())
    query = {"user": workspace.analyst.id, "channel": workspace.general.id}
    async with serving(app, "/playground/upload") as url, aiohttp.ClientSession() as session:
        async with session.post(url, params=query, data=b"1234") as response:
            assert response.status == 413
        async with session.post(url, params=query, data=b"123") as response:
            assert response.status == 200
