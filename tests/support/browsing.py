"""A browser for the playground's page: one for a module, a context of its own for every visit, no error unseen."""

from __future__ import annotations

import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from counterpart import FAST
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, async_playwright, expect

from bot.playground.page.first_minute import FirstMinute, Sample, Suggestion
from bot.playground.server import Playground

CHROMIUM: Final = Path("/usr/bin/chromium")
DESKTOP: Final = ViewportSize(width=1280, height=800)
PHONE: Final = ViewportSize(width=390, height=844)
SECONDS: Final = 30.0
# What a phone shows of a message before people have to scroll, in pixels.
ONE_SCREEN: Final = 700.0
# Some of these tests are about missing answers; the browser logs every one.
_EXPECTED: Final = ("Failed to load resource", "net::ERR_")

OFFERS: Final = FirstMinute(
    (Suggestion("Ask", "An answer", "/segment x"), Suggestion("Drop", "A file")), Sample("s.csv", b"a\n1\n", "made up")
)
COMMANDS: Final = [("/segment", "age=…", "Which segment?"), ("/segments", "", "All of them")]
needs_browser: Final = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"{CHROMIUM} is missing; install Debian's chromium"
)

Visit = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, reaching nothing but this machine."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield started
        await started.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pg() -> AsyncIterator[Playground]:
    """A workspace whose app is not running."""
    async with Playground(timing=FAST, commands=COMMANDS, first_minute=OFFERS) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def visit(browser: Browser) -> AsyncIterator[Visit]:
    """Open the page of a workspace; at the end no script may have failed and no dialog opened."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_EXPECTED):
            wrong.append(message.text)

    async def opened(
        pg: Playground,
        *,
        size: ViewportSize = DESKTOP,
        theme: Any = "light",
        motion: Any = "reduce",
        channel: str = "",
        **more: Any,
    ) -> Page:
        context = await browser.new_context(viewport=size, color_scheme=theme, reduced_motion=motion, **more)
        contexts.append(context)
        context.set_default_timeout(SECONDS * 1000)
        page = await context.new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(f"a dialog: {dialog.message}"))
        if channel:
            await page.add_init_script(f"sessionStorage.setItem('channel', '{channel}')")
        await page.goto(pg.url)
        await page.wait_for_selector("html[data-live]")
        return page

    yield opened
    for context in contexts:
        await context.close()
    assert wrong == []


async def be(page: Page, role: str) -> None:
    """Change who the visitor is."""
    await page.locator("label.person", has_text=role).click()
    await page.locator("#about", has_text=role).wait_for()


async def type_in(page: Page, text: str) -> None:
    """Type into the message box and send."""
    await page.fill("#text", text)
    await page.press("#text", "Enter")


async def drop(page: Page, name: str, data: str, target: str = "body") -> None:
    """Drop a file on the page."""
    transfer = await page.evaluate_handle(
        "([name, data]) => { const all = new DataTransfer(); all.items.add(new File([data], name)); return all; }",
        [name, data],
    )
    for event in ("dragenter", "drop"):
        await page.dispatch_event(target, event, {"dataTransfer": transfer})


async def open_faults(page: Page) -> None:
    """Open the faults panel and wait until it is there: the page asks the server for the active faults first."""
    await page.click("#open-faults")
    await expect(page.locator("#pane-title")).to_have_text("Faults on demand")
    await expect(page.locator("#pane-title")).to_be_focused()


def picture_of(width: int, height: int) -> bytes:
    """A white PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\xff" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
