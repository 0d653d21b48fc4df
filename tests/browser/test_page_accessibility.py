"""What axe-core says about the page in its different states."""

from __future__ import annotations

from typing import Any, Final

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from browsing import COMMANDS, DESKTOP, OFFERS, PHONE, SECONDS, Visit, needs_browser, open_faults
from campaigns import campaign
from counterpart import FAST, client_of
from playwright.async_api import Page, expect

from bot.playground.server import Playground

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_browser]
expect.set_options(timeout=SECONDS * 1000)


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


# The dark theme differs in colours only, so it is left to the full campaign.
THEMES: Final = pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.long)])


async def faults_of(page: Page) -> list[str]:
    """All but the minor violations axe-core finds on the page in its current state, and what overflows it."""
    found, size = await _faults_at_this_size(page), page.viewport_size
    # Both widths show the same elements, so the other one is left to the full campaign.
    if campaign(0, 1):
        await page.set_viewport_size(DESKTOP if size == PHONE else PHONE)
        found += await _faults_at_this_size(page)
        await page.set_viewport_size(PHONE if size == PHONE else DESKTOP)
    return found


async def _faults_at_this_size(page: Page) -> list[str]:
    if not await page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
        return ["the page is wider than the window"]
    if await page.evaluate("typeof axe") == "undefined":
        await page.evaluate(AXE_FILE_PATH.read_text(encoding="utf-8"))
    found = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{one['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for one in found["violations"]
        if one["impact"] in ("moderate", "serious", "critical")
        for node in one["nodes"]
    ]


@THEMES
async def test_axe_finds_no_fault_elsewhere(pg: Playground, visit: Visit, theme: str) -> None:
    sections = [{"type": "section", "text": {"type": "mrkdwn", "text": f"*Line* {number}"}} for number in range(40)]
    header = {"type": "header", "text": plain("Your model")}
    view = {"type": "home", "blocks": [header, *sections]}
    await client_of(pg).views_publish(user_id=pg.workspace.analyst.id, view=view)
    page = await visit(pg, theme=theme, channel="old-reports")
    await expect(page.locator("#sidebar [aria-current]")).to_contain_text("archived")
    assert await faults_of(page) == []
    await page.get_by_role("button", name="partners").click()
    await expect(page.locator("#sidebar [aria-current]")).to_contain_text("shared")
    assert await faults_of(page) == []
    await page.get_by_role("navigation").get_by_role("button", name="segbot").click()
    await page.get_by_role("tab", name="Home").click()
    await expect(page.locator("#home")).to_contain_text("Line 39")
    assert await faults_of(page) == []
    await page.set_viewport_size(PHONE)
    await page.get_by_role("button", name="Channels").click()
    await expect(page.get_by_role("navigation", name="Workspace")).to_be_visible()
    assert await faults_of(page) == []


@THEMES
async def test_axe_finds_no_fault(pg: Playground, visit: Visit, theme: str) -> None:
    workspace, client = pg.workspace, client_of(pg)
    button = {"type": "button", "text": plain("Go"), "action_id": "go", "style": "primary"}
    option = {"text": plain("One"), "value": "1"}
    data = [{"label": "A", "value": 3}]
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": plain("Target")},
        {"type": "section", "text": {"type": "mrkdwn", "text": "*Bold* `code` <https://example.org/|link> <!here>"}},
        {"type": "table", "rows": [[{"type": "raw_text", "text": "H"}], [{"type": "raw_text", "text": "1"}]]},
        {"type": "context", "elements": [plain("small print")]},
        {"type": "data_visualization", "title": "Sizes", "chart": {"type": "pie", "segments": data}},
        {"type": "actions", "elements": [button, {**button, "action_id": "no", "style": "danger"}]},
    ]
    channel = workspace.customers.id
    await client.chat_postEphemeral(channel=channel, user=workspace.analyst.id, text="psst")
    root = workspace.upload(workspace.analyst, workspace.customers, "a.csv", b"a,b\n1,2\n").shares[channel]
    await client.chat_postMessage(channel=channel, text="x", blocks=blocks, thread_ts=root)
    await client.chat_postMessage(channel=channel, text="x", blocks=blocks)
    page = await visit(pg, channel="customers", theme=theme)
    await page.locator(".replies").last.click()
    await expect(page.locator("#pane svg.chart").first).to_be_visible()
    assert await faults_of(page) == []
    await page.locator("#messages .message").last.hover()
    await page.locator("#messages .message").last.get_by_label("Inspect").click()
    await expect(page.locator(".record").first).to_be_visible()
    assert await faults_of(page) == []
    await open_faults(page)
    await page.locator("#text").press_sequentially("/")
    assert await faults_of(page) == []
    elements: list[dict[str, Any]] = [
        {"type": "file_input", "action_id": "file"},
        {"type": "static_select", "action_id": "k", "options": [option]},
        {"type": "plain_text_input", "action_id": "note"},
        {"type": "radio_buttons", "action_id": "how", "options": [option]},
        {"type": "checkboxes", "action_id": "also", "options": [option]},
    ]
    inputs = [{"type": "input", "label": plain(one["action_id"]), "element": one} for one in elements]
    modal = {"type": "modal", "title": plain("Train"), "submit": plain("Go"), "blocks": inputs}
    trigger = workspace.new_trigger(workspace.analyst.id)
    await client.views_open(trigger_id=trigger, view=modal)
    await page.get_by_role("dialog").get_by_role("button", name="Go").click()
    await expect(page.locator(".field-error:visible").first).to_be_visible()
    assert await faults_of(page) == []
    async with page.expect_response("**/playground/view/close"):
        await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    assert workspace.open_views(workspace.analyst) == []


@THEMES
async def test_axe_finds_no_fault_in_what_an_agent_shows(visit: Visit, theme: str) -> None:
    async with Playground(timing=FAST, commands=COMMANDS, first_minute=OFFERS) as pg:
        pg.register_shortcuts([("Ask", "global", "ask", "A form"), ("Score", "message", "score", "Its files")])
        workspace = pg.workspace
        said = workspace.say(workspace.analyst, workspace.dm, "anything")
        workspace.agent.suggest(workspace.dm.id, [{"title": "Help", "message": "What can you do?"}])
        workspace.agent.show_status(workspace.dm.id, said.ts, "is looking at your question…")
        page = await visit(pg, theme=theme, channel="segbot")
        await expect(page.locator("#doing")).to_be_visible()
        await page.get_by_role("button", name="Shortcuts").click()
        await expect(page.get_by_role("menuitem")).to_be_focused()
        assert await faults_of(page) == []
        await page.keyboard.press("Escape")
        message = page.locator("#messages .message").last
        await message.hover()
        await message.get_by_role("button", name="More actions").click()
        await expect(page.get_by_role("menuitem")).to_be_focused()
        assert await faults_of(page) == []
