"""Which requests the playground turns away: other host names, other sites' pages."""

from __future__ import annotations

import aiohttp
import pytest
from counterpart import page_session

from bot.playground.server import Playground


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[", ""])
async def test_answers_only_under_its_own_name(host: str) -> None:
    async with Playground() as pg, page_session(pg) as session:
        for path in ("", "api/auth.test", "playground/state"):
            async with session.get(path, headers={"Host": host}) as response:
                assert response.status in (400, 403)


async def test_localhost_is_its_own_name_too() -> None:
    async with Playground() as pg, page_session(pg) as session:
        port = pg.url.rsplit(":", 1)[1].strip("/")
        async with session.get("playground/state", headers={"Host": f"localhost:{port}"}) as response:
            assert response.status == 200


async def test_foreign_names_get_no_websocket() -> None:
    async with Playground() as pg, page_session(pg) as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect("link", headers={"Host": "evil.example"})


async def test_other_sites_can_change_nothing() -> None:
    async with Playground() as pg, page_session(pg) as session:
        body = {"user": pg.workspace.analyst.id, "channel": pg.workspace.general.id, "text": "hi"}
        for origin, status in (("http://evil.example", 403), ("null", 403), (pg.url.rstrip("/"), 200)):
            async with session.post("playground/command", json=body, headers={"Origin": origin}) as response:
                assert response.status == status
        async with session.post("playground/command", data=body) as response:
            assert response.status == 415
        assert len(pg.workspace.messages()) == 1
