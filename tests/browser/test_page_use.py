"""The page in use: keyboard, phone, themes, several tabs, long channels, a playground that goes away and comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
import pytest_asyncio
from axe_playwright_python.base import AXE_FILE_PATH
from browsing import PHONE, SECONDS, Visit, be, drop, needs_browser, type_in
from counterpart import FAST, client_of
from playwright.async_api import Page, Route, expect

from bot.playground import FirstMinute, Message, Playground, Sample, Suggestion

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_browser]
expect.set_options(timeout=SECONDS * 1000)

OFFERS: Final = FirstMinute((Suggestion("Ask", "An answer", "/segment x"),), Sample("s.csv", b"a\n1\n", "made up"))
COMMANDS: Final = [("/segment", "age=…", "Which segment?"), ("/segments", "", "All of them")]
FIRST_PAINT: Final = """() => new Promise((resolve) => {
  new PerformanceObserver((list) => {
    const paint = list.getEntries().find((entry) => entry.name === "first-contentful-paint");
    if (paint) resolve(paint.startTime);
  }).observe({ type: "paint", buffered: true });
})"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pg() -> AsyncIterator[Playground]:
    """A workspace whose app is not running."""
    async with Playground(timing=FAST, commands=COMMANDS, first_minute=OFFERS) as started:
        yield started


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


async def test_everything_is_reached_by_keyboard_alone(pg: Playground, visit: Visit) -> None:
    workspace = pg.workspace
    workspace.say(workspace.admin, workspace.general, "by keyboard")
    page = await visit(pg)
    await expect(page.locator("#text")).to_be_focused()
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


async def test_completion_is_closed_and_typed_lines_come_back(pg: Playground, visit: Visit) -> None:
    page = await visit(pg)
    await page.locator("#text").press_sequentially("/")
    await expect(page.get_by_role("option")).to_have_count(2)
    await page.keyboard.press("Escape")
    await expect(page.locator("#completion")).to_be_hidden()
    await page.fill("#text", "/nonsense")
    await page.keyboard.press("Enter")
    await expect(page.locator("#messages .message").last).to_contain_text("/nonsense is not a valid command.")
    await page.keyboard.press("ArrowUp")
    await expect(page.locator("#text")).to_have_value("/nonsense")


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
    await page.click("#open-faults")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_the_theme_follows_the_system_until_one_is_chosen_and_is_remembered(pg: Playground, visit: Visit) -> None:
    page = await visit(pg, theme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = await page.evaluate(paper)
    await page.get_by_role("button", name="Light theme").click()
    assert await page.evaluate(paper) == "rgb(255, 255, 255)" != dark
    await page.reload()
    await page.wait_for_selector("html[data-live]")
    assert await page.evaluate(paper) == "rgb(255, 255, 255)"


async def test_unread_channels_are_marked_until_they_are_looked_at(pg: Playground, visit: Visit) -> None:
    workspace = pg.workspace
    page = await visit(pg)
    workspace.say(workspace.admin, workspace.customers, "news")
    entry = page.get_by_role("navigation").get_by_role("button", name="customers")
    await expect(entry).to_have_class("unread")
    await entry.click()
    await expect(page.locator("#messages .message").last).to_contain_text("news")
    await expect(entry).not_to_have_class("unread")


async def test_news_that_overtakes_an_answer_is_not_forgotten(pg: Playground, visit: Visit) -> None:
    workspace = pg.workspace
    page = await visit(pg)
    asked = 0
    overtaken = asyncio.Event()

    async def hold(route: Route) -> None:
        # The first question is that of a new page; the second, asked once the connection stands, is overtaken.
        nonlocal asked
        asked += 1
        late, answer = asked == 2, await (await route.fetch()).json()
        if late:
            workspace.say(workspace.admin, workspace.customers, "news")
            await overtaken.wait()
            for channel in answer["channels"]:
                channel["archived"] |= channel["name"] == "random"  # shows when the page has taken it in
        await route.fulfill(json=answer)

    await page.route("**/playground/state*", hold)
    await page.reload()
    channels = page.get_by_role("navigation")
    await expect(channels.get_by_role("button", name="customers")).to_have_class("unread")
    overtaken.set()
    await expect(channels.get_by_role("button", name="random")).to_contain_text("archived")
    await expect(channels.get_by_role("button", name="customers")).to_have_class("unread")


async def test_tabs_agree_on_what_is_said_edited_and_deleted(pg: Playground, visit: Visit) -> None:
    one, two = await visit(pg, channel="random"), await visit(pg, channel="random")
    await type_in(one, "from *one*")
    await expect(two.locator("#messages .message").last.locator("strong", has_text="one")).to_be_visible()
    client, channel = client_of(pg), pg.workspace.general.id
    await one.get_by_role("button", name="general").click()
    await two.get_by_role("button", name="general").click()
    ts = (await client.chat_postMessage(channel=channel, text="first"))["ts"]
    for page in (one, two):
        await expect(page.locator(f"[data-ts='{ts}']")).to_contain_text("first")
    await client.chat_update(channel=channel, ts=ts, text="second")
    for page in (one, two):
        await expect(page.locator(f"[data-ts='{ts}']")).to_contain_text("second (edited)")
    await client.chat_delete(channel=channel, ts=ts)
    for page in (one, two):
        await expect(page.locator(f"[data-ts='{ts}']")).to_have_count(0)


async def test_ephemeral_messages_stay_with_whom_they_are_for(pg: Playground, visit: Visit) -> None:
    page = await visit(pg)
    workspace = pg.workspace
    await client_of(pg).chat_postEphemeral(channel=workspace.general.id, user=workspace.analyst.id, text="psst")
    await expect(page.locator("#messages .message").last).to_contain_text("Only visible to you")
    await be(page, "guest")
    await expect(page.locator("#messages")).not_to_contain_text("psst")
    await expect(page.get_by_role("navigation").get_by_role("button", name="customers")).to_have_count(0)


async def test_a_picture_is_shown_and_a_stopped_upload_is_none(pg: Playground, visit: Visit) -> None:
    page = await visit(pg, channel="random")
    before = len(pg.workspace.messages(pg.workspace.outside))
    await page.route("**/playground/upload**", lambda route: None)
    await drop(page, "big.csv", "a\n" * 10_000)
    await page.locator("#uploads").get_by_role("button", name="Stop").click()
    await expect(page.locator("#notices")).to_contain_text("big.csv: The upload was stopped.")
    assert len(pg.workspace.messages(pg.workspace.outside)) == before


async def test_ten_thousand_messages_stay_scrollable(pg: Playground, visit: Visit) -> None:
    workspace = pg.workspace
    for number in range(10_000):
        message = Message(workspace.outside.id, workspace.ids.ts(), workspace.admin.id, f"message {number}")
        workspace.put(message)
    page = await visit(pg, channel="random")
    await expect(page.locator("#messages .message").last).to_contain_text("message 9999")
    for _ in range(12):
        first = await page.locator("#messages .message").first.get_attribute("data-ts")
        await page.evaluate("document.getElementById('stream').scrollTop = 0")
        await page.wait_for_function("(ts) => document.querySelector('#messages .message').dataset.ts < ts", arg=first)
    assert await page.locator("#messages .message").count() <= 300
    shown = await page.locator("#messages .message").first.inner_text()
    assert int(shown.rsplit(" ", 1)[1].split("\n")[0]) < 9400
    await page.get_by_role("button", name="Newest messages").click()
    await expect(page.locator("#messages .message").last).to_contain_text("message 9999")
    workspace.say(workspace.admin, workspace.outside, "the newest")
    await expect(page.locator("#messages .message").last).to_be_in_viewport()
    await expect(page.locator("#messages .message").last).to_contain_text("the newest")


async def test_reconnects_when_the_playground_comes_back(visit: Visit) -> None:
    async with Playground(timing=FAST) as first:
        page = await visit(first, channel="customers")
        await be(page, "admin")
        port = int(first.url.rsplit(":", 1)[1].strip("/"))
    await expect(page.locator("#banner")).to_contain_text("The playground is not running")
    await page.fill("#text", "not lost")
    await page.press("#text", "Enter")
    await expect(page.locator("#notices")).to_contain_text("does not answer")
    await expect(page.locator("#text")).to_have_value("not lost")
    async with Playground(timing=FAST, port=port) as second:
        await expect(page.locator("#banner")).to_be_hidden()
        await expect(page.locator("#about")).to_contain_text("Adam Min")
        await expect(page.locator("#where")).to_have_text("#customers")
        await page.press("#text", "Enter")
        await expect(page.locator("#messages .message").last).to_contain_text("not lost")
        assert second.workspace.messages()[-1].text == "not lost"


async def test_the_first_paint_is_quick(pg: Playground, visit: Visit) -> None:
    page = await visit(pg)
    milliseconds = await page.evaluate(FIRST_PAINT)
    # Under a second on a quiet machine; the bound leaves room for a busy one.
    assert milliseconds < 3000


async def faults_of(page: Page) -> list[str]:
    """What axe-core calls serious or critical on the page as it stands."""
    if await page.evaluate("typeof axe") == "undefined":
        await page.evaluate(AXE_FILE_PATH.read_text(encoding="utf-8"))
    found = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{one['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_no_serious_fault(pg: Playground, visit: Visit, theme: str) -> None:
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
    await page.click("#open-faults")
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
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    assert workspace.open_views(workspace.analyst) == []
