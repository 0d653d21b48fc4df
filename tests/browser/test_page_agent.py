"""The app as an agent on the page: questions to click, what it is doing, threads of a direct message, shortcuts."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from browsing import COMMANDS, DESKTOP, OFFERS, PHONE, SECONDS, Visit, needs_browser
from counterpart import FAST
from playwright.async_api import Page, ViewportSize, expect

from bot.playground.server import Playground
from bot.playground.workspace.records import Message
from bot.shortcuts import LISTED

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_browser]
expect.set_options(timeout=SECONDS * 1000)
PROMPT = {"title": "See all segments", "message": "Which segments are there?"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pg() -> AsyncIterator[Playground]:
    """A workspace whose app is not running, and has shortcuts."""
    async with Playground(timing=FAST, commands=COMMANDS, first_minute=OFFERS) as started:
        started.register_shortcuts(LISTED)
        yield started


async def to_the_app(page: Page) -> None:
    await page.get_by_role("button", name="segbot", exact=True).click()


async def test_opening_the_conversation_tells_the_app_and_shows_what_it_suggests(pg: Playground, visit: Visit) -> None:
    workspace = pg.workspace
    direct = workspace.direct_message(workspace.analyst)
    page = await visit(pg)
    await expect(page.locator("#prompts")).to_be_hidden()
    await to_the_app(page)

    def opened() -> bool:
        events = [one.payload["event"] for one in workspace.deliveries if one.kind == "event"]
        return any(one["type"] == "app_home_opened" and one["tab"] == "messages" for one in events)

    assert await workspace.wait_until(opened)
    workspace.agent.suggest(direct.id, [PROMPT])
    await page.get_by_role("button", name=PROMPT["title"]).click()
    await expect(page.locator("#messages .message").last).to_contain_text(PROMPT["message"])
    await expect(page.locator("#suggestions")).to_be_hidden()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_what_the_app_is_doing_is_shown_until_it_has_answered(
    pg: Playground, visit: Visit, size: ViewportSize
) -> None:
    workspace = pg.workspace
    direct = workspace.direct_message(workspace.analyst)
    page = await visit(pg, size=size, channel="segbot")
    asked = workspace.say(workspace.analyst, direct, "anything")
    workspace.agent.show_status(direct.id, asked.ts, "is looking at your question…")
    await expect(page.locator("#doing")).to_have_text("segbot is looking at your question…")
    answer = Message(direct.id, workspace.ids.ts(), workspace.bot.id, "This is it.", bot_id="B1", thread_ts=asked.ts)
    workspace.put(answer)
    workspace.agent.show_status(direct.id, asked.ts, "")
    # In a direct message an answer in the question's thread is part of the conversation.
    await expect(page.locator("#messages .message").last).to_contain_text("This is it.")
    await expect(page.locator("#messages .replies")).to_have_count(0)
    await expect(page.locator("#doing")).to_be_hidden()
    await page.reload()
    await expect(page.locator("#messages .message").last).to_contain_text("This is it.")


async def test_a_messages_menu_runs_its_shortcut(pg: Playground, visit: Visit) -> None:
    workspace = pg.workspace
    said = workspace.say(workspace.analyst, workspace.general, "with a menu")
    page = await visit(pg)
    message = page.locator(".message", has_text="with a menu")
    await message.hover()
    await message.get_by_role("button", name="More actions").click()
    menu = page.get_by_role("menu")
    await expect(menu.get_by_role("menuitem")).to_have_count(1)
    await expect(menu.get_by_role("menuitem")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(menu).to_have_count(0)
    await message.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Score this file").click()
    await expect(page.locator("#notices")).to_contain_text("That didn't work")
    (payload,) = [one.payload for one in workspace.deliveries if one.payload.get("type") == "message_action"]
    assert (payload["callback_id"], payload["message"]["ts"]) == ("score_file", said.ts)


async def test_the_message_boxs_menu_runs_a_global_shortcut(pg: Playground, visit: Visit) -> None:
    page = await visit(pg, size=PHONE)
    await page.get_by_role("button", name="Shortcuts").click()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator("#notices")).to_contain_text("That didn't work")
    (payload,) = [one.payload for one in pg.workspace.deliveries if one.payload.get("type") == "shortcut"]
    assert payload["callback_id"] == "ask_customer"


async def test_an_app_without_shortcuts_has_no_menus(visit: Visit) -> None:
    async with Playground(timing=FAST, commands=COMMANDS) as plain:
        plain.workspace.say(plain.workspace.analyst, plain.workspace.general, "without a menu")
        page = await visit(plain)
        await expect(page.locator(".message", has_text="without a menu")).to_be_visible()
        await expect(page.get_by_role("button", name="More actions")).to_have_count(0)
        await expect(page.locator("#shortcuts")).to_be_hidden()
