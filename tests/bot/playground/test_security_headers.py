"""The headers that keep the page from loading or running anything but its own files."""

from __future__ import annotations

from pathlib import Path

import pytest
from counterpart import page_session

from bot.playground import server
from bot.playground.server import Playground

STATIC = Path(server.__file__).parent / "static"
ASSETS = sorted(
    f"static/{file.relative_to(STATIC).as_posix()}" for file in STATIC.rglob("*.*") if file.suffix != ".html"
)


@pytest.mark.parametrize("path", ["", *ASSETS])
async def test_serves_the_page_behind_a_strict_policy(path: str) -> None:
    async with Playground() as pg, page_session(pg) as session, session.get(path) as response:
        assert response.status == 200
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_refusals_and_errors_are_behind_the_same_policy() -> None:
    async with Playground() as pg, page_session(pg) as session:
        for path, headers, status in (
            ("", {"Host": "evil.example"}, 403),
            ("static/nothing", {}, 404),
            ("playground/state?user=nobody", {}, 404),
            ("api/auth.test", {}, 200),
        ):
            async with session.get(path, headers=headers) as response:
                assert response.status == status
                assert "require-trusted-types-for 'script'" in response.headers["Content-Security-Policy"]
                assert response.headers["X-Content-Type-Options"] == "nosniff"
                assert response.headers["Cache-Control"] == "no-store"
