"""The page by keyboard, on a phone, on a touch screen and in both themes."""

from __future__ import annotations

from typing import Any

import pytest
from browsing import DESKTOP, PHONE, SECONDS, Visit, needs_browser, open_faults
from counterpart import client_of
from playwright.async_api import Page, expect

from bot.playground.server import Playground

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_browser]
expect.set_options(timeout=SECONDS * 1000)


async def test_everything_is_reached_by_keyboard_alone(pg: Playground, visit: Visit) -> None:
    workspace = pg.workspace
    workspace.say(workspace.admin, workspace.general, "by keyboard")
    page = await visit(pg)
    await expect(page.locator("#text")).to_be_focused()
    await expect(page.locator("#messages .message").last).to_contain_text("by keyboard")
    await page.focus("#stream")
    await page.keyboard.press("ArrowUp")
    await expect(page.locator("#messages .message").last).to_be_focused()
    await page.keyboard.press("t")
    await expect(page.locator("#pane-title")).to_have_text("Thread in #general")
    await page.get_by_label("Reply", exact=True).focus()
    await page.keyboard.type("a reply")
    await page.keyboard.press("Enter")
    await expect(page.locator("#pane .message").last).to_contain_text("a reply")
    await page.keyboard.press("Escape")
    await expect(page.locator("#pane")).to_be_hidden()
    await expect(page.locator("#messages .message").last.locator(".replies")).to_contain_text("1 reply")
    await page.locator("#messages .message").last.focus()
    await page.keyboard.press("i")
    await expect(page.locator("#pane-title")).to_have_text("Inspector")
    await page.keyboard.press("Escape")
    await page.get_by_role("radio", name="analyst").focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.locator("#about")).to_contain_text("Adam Min, an admin")
    await expect(page.get_by_role("radio", name="admin")).to_be_focused()
    reached = await page.evaluate("[...document.querySelectorAll('[tabindex]')].every((one) => one.tabIndex <= 0)")
    assert reached


async def reached_from(page: Page) -> set[str]:
    """Which parts of the page the tabulator key leads to from here."""
    reached = set()
    for _ in range(24):
        await page.keyboard.press("Tab")
        reached.add(await page.evaluate("document.activeElement.closest('#sidebar, #main, #pane')?.id ?? ''"))
    return reached


async def test_on_a_phone_the_channels_are_a_drawer(pg: Playground, visit: Visit) -> None:
    page = await visit(pg, size=PHONE)
    sidebar = page.get_by_role("navigation", name="Workspace")
    await expect(sidebar).to_be_hidden()
    await page.get_by_role("button", name="Channels").click()
    await expect(sidebar).to_be_visible()
    await sidebar.get_by_role("button", name="customers").click()
    await expect(sidebar).to_be_hidden()
    await expect(page.locator("#where")).to_have_text("#customers")
    await page.get_by_role("button", name="Channels").click()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Channels")).to_be_focused()
    await open_faults(page)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_the_focus_goes_into_the_drawer_and_stays_there(pg: Playground, visit: Visit) -> None:
    page = await visit(pg, size=PHONE, motion="no-preference")
    await page.get_by_role("button", name="Channels").click()
    sidebar = page.get_by_role("navigation", name="Workspace")
    await expect(sidebar.get_by_role("button", name="general")).to_be_focused()
    assert await reached_from(page) <= {"sidebar", ""}
    await page.set_viewport_size(DESKTOP)
    assert {"sidebar", "main"} <= await reached_from(page)


@pytest.mark.parametrize("size", [PHONE, pytest.param({"width": 900, "height": 700}, marks=pytest.mark.long)])
async def test_nothing_under_a_pane_is_reached(pg: Playground, visit: Visit, size: Any) -> None:
    page = await visit(pg, size=size)
    await open_faults(page)
    reached = await reached_from(page)
    assert "pane" in reached
    assert "main" not in reached
    await page.set_viewport_size(DESKTOP)
    assert "main" in await reached_from(page)
    await page.set_viewport_size(size)
    await page.keyboard.press("Escape")
    await expect(page.locator("#open-faults")).to_be_focused()


async def test_what_is_chosen_in_the_faults_panel_stays(pg: Playground, visit: Visit) -> None:
    page = await visit(pg)
    await open_faults(page)
    await page.locator(".card-choice", has_text="Missing scope").click()
    async with page.expect_request_finished(lambda one: "/playground/faults" in one.url):
        await page.click("#open-faults")
    await expect(page.get_by_role("radio", name="Missing scope")).to_be_checked()
    await expect(page.get_by_label("Which scope")).to_be_visible()


async def test_on_a_touch_screen_messages_have_the_whole_width(pg: Playground, visit: Visit) -> None:
    workspace = pg.workspace
    workspace.say(workspace.admin, workspace.customers, "touched")
    page = await visit(pg, size=PHONE, channel="customers", has_touch=True, is_mobile=True)
    await expect(page.locator("#messages .message").last).to_contain_text("touched")
    last = "[...document.querySelectorAll('#messages .message .body')].at(-1)"
    assert await page.evaluate(f"innerWidth - {last}.getBoundingClientRect().right") <= 12


async def test_the_words_of_a_chart_are_no_smaller_on_a_phone(pg: Playground, visit: Visit) -> None:
    data = [{"label": name, "value": 3} for name in ("Target", "Miser", "Spender", "Careful", "Standard")]
    axis = {"categories": [one["label"] for one in data]}
    chart = {"type": "bar", "series": [{"name": "Customers", "data": data}], "axis_config": axis}
    await client_of(pg).chat_postMessage(
        channel=pg.workspace.partners.id,
        text="x",
        blocks=[{"type": "data_visualization", "title": "Sizes", "chart": chart}],
    )
    page = await visit(pg, size=PHONE, channel="partners")
    picture = page.locator("svg.chart").last
    await expect(picture.locator("text", has_text="Standard")).to_be_visible()
    await page.wait_for_function("[...document.querySelectorAll('svg.chart')].at(-1).getScreenCTM().a > 0.95")


async def test_the_theme_follows_the_system_until_one_is_chosen_and_is_remembered(pg: Playground, visit: Visit) -> None:
    page = await visit(pg, theme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = await page.evaluate(paper)
    await page.get_by_role("button", name="Light theme").click()
    assert await page.evaluate(paper) == "rgb(255, 255, 255)" != dark
    await page.reload()
    await page.wait_for_selector("html[data-live]")
    assert await page.evaluate(paper) == "rgb(255, 255, 255)"


async def test_a_very_long_file_name_takes_three_lines_and_is_told_whole_on_hover(pg: Playground, visit: Visit) -> None:
    workspace, name = pg.workspace, f"{'a-very-long-name-' * 12}.csv"
    workspace.upload(workspace.analyst, workspace.customers, name, b"a,b\n1,2\n")
    page = await visit(pg, size=PHONE, channel="customers")
    shown = page.locator(".file-name", has_text=name)
    await expect(shown).to_have_attribute("title", name)
    lines = await shown.evaluate("(node) => node.clientHeight / parseFloat(getComputedStyle(node).lineHeight)")
    assert 2.5 < lines < 3.5
