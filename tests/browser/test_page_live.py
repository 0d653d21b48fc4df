"""Live updates: several tabs, answers that arrive out of order, a playground that is restarted."""

from __future__ import annotations

import asyncio

import pytest
from browsing import SECONDS, Visit, be, needs_browser, type_in
from counterpart import FAST, client_of
from playwright.async_api import Route, expect

from benchmarks.traffic.ports import free_port
from bot.playground.server import Playground

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_browser]
expect.set_options(timeout=SECONDS * 1000)


async def test_unread_channels_are_marked_until_they_are_looked_at(pg: Playground, visit: Visit) -> None:
    workspace = pg.workspace
    page = await visit(pg)
    entry = page.get_by_role("navigation").get_by_role("button", name="customers")
    await entry.focus()
    workspace.say(workspace.admin, workspace.customers, "news")
    await expect(entry).to_have_class("unread")
    await expect(entry).to_be_focused()
    await entry.click()
    await expect(page.locator("#messages .message").last).to_contain_text("news")
    await expect(entry).not_to_have_class("unread")


async def test_what_came_while_nobody_looked_is_read_when_somebody_does(pg: Playground, visit: Visit) -> None:
    workspace = pg.workspace
    page = await visit(pg)
    hide = """(hidden) => {
        Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    await page.evaluate(hide, True)
    workspace.say(workspace.admin, workspace.general, "while away")
    await expect(page.locator("#messages .message").last).to_contain_text("while away")
    await page.evaluate(hide, False)
    await page.get_by_role("button", name="random").click()
    await expect(page.locator("#where")).to_have_text("#random")
    await expect(page.get_by_role("navigation").get_by_role("button", name="general")).not_to_have_class("unread")


async def test_news_of_a_channel_is_not_undone_by_an_answer_it_overtook(visit: Visit) -> None:
    async with Playground(timing=FAST) as pg:
        page = await visit(pg)
        overtaken, asked = asyncio.Event(), 0

        async def hold(route: Route) -> None:
            # The second question is asked once the connection stands.
            nonlocal asked
            asked += 1
            answer = await (await route.fetch()).json()
            if asked == 2:
                pg.workspace.change_channel(pg.workspace.outside, is_archived=True)
                await overtaken.wait()
            await route.fulfill(json=answer)

        await page.route("**/playground/state*", hold)
        await page.reload()
        channel = page.get_by_role("navigation").get_by_role("button", name="random")
        await expect(channel).to_contain_text("archived")
        async with page.expect_request_finished(lambda one: "/state" in one.url):
            overtaken.set()
        await page.evaluate("new Promise((resolve) => setTimeout(resolve))")
        await expect(channel).to_contain_text("archived")


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


async def test_reconnects_when_the_playground_comes_back(visit: Visit) -> None:
    port = free_port()
    async with Playground(timing=FAST, port=port) as first:
        page = await visit(first, channel="customers")
        await be(page, "admin")
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
