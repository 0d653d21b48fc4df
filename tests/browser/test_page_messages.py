"""Messages, files and threads on the page, and scrolling through many of them."""

from __future__ import annotations

import pytest
from browsing import SECONDS, Visit, be, drop, needs_browser
from campaigns import campaign
from counterpart import client_of
from playwright.async_api import expect

from bot.playground.server import Playground
from bot.playground.workspace.records import Message

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_browser]
expect.set_options(timeout=SECONDS * 1000)


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


async def test_a_preview_is_fetched_once_however_often_it_is_drawn(pg: Playground, visit: Visit) -> None:
    page, workspace = await visit(pg, channel="partners"), pg.workspace
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url) if "/preview" in request.url else None)
    await drop(page, "a.csv", "age,income\n35,60\n")
    message = page.locator("#messages .message").last
    await expect(message.locator(".preview")).to_contain_text("income")
    ts = str(await message.get_attribute("data-ts"))
    for number in ("1 reply", "2 replies"):
        workspace.say(workspace.admin, workspace.partners, "a reply", ts)
        await expect(message.locator(".replies")).to_contain_text(number)
        await expect(message.locator(".preview")).to_contain_text("income")
    assert len(fetched) == 1


async def test_the_age_of_a_thread_keeps_up_with_the_clock(pg: Playground, visit: Visit) -> None:
    workspace = pg.workspace
    ts = workspace.say(workspace.admin, workspace.partners, "a thread").ts
    workspace.say(workspace.admin, workspace.partners, "a reply", ts)
    page = await visit(pg, channel="partners")
    await page.clock.install()
    await page.reload()
    line = page.locator(f"[data-ts='{ts}'] .replies")
    await expect(line).to_contain_text("Last reply just now")
    await page.clock.fast_forward("10:00")
    await expect(line).to_contain_text("Last reply 10 minutes ago")


async def test_ten_thousand_messages_stay_scrollable(pg: Playground, visit: Visit) -> None:
    workspace, many = pg.workspace, campaign(2_000, 10_000)
    for number in range(many):
        message = Message(workspace.outside.id, workspace.ids.ts(), workspace.admin.id, f"message {number}")
        workspace.put(message)
    page = await visit(pg, channel="random")
    await expect(page.locator("#messages .message").last).to_contain_text(f"message {many - 1}")
    for _ in range(12):
        first = await page.locator("#messages .message").first.get_attribute("data-ts")
        await page.evaluate("document.getElementById('stream').scrollTop = 0")
        await page.wait_for_function("(ts) => document.querySelector('#messages .message').dataset.ts < ts", arg=first)
    assert await page.locator("#messages .message").count() <= 300
    shown = await page.locator("#messages .message").first.inner_text()
    assert int(shown.rsplit(" ", 1)[1].split("\n")[0]) < many - 600
    await page.get_by_role("button", name="Newest messages").click()
    await expect(page.locator("#messages .message").last).to_contain_text(f"message {many - 1}")
    workspace.say(workspace.admin, workspace.outside, "the newest")
    await expect(page.locator("#messages .message").last).to_be_in_viewport()
    await expect(page.locator("#messages .message").last).to_contain_text("the newest")


async def test_the_end_stays_in_sight_while_a_message_grows(pg: Playground, visit: Visit) -> None:
    workspace = pg.workspace
    for number in range(30):
        workspace.say(workspace.admin, workspace.customers, f"line {number}")
    page = await visit(pg, channel="customers")
    last = page.locator("#messages .message").last
    await expect(last).to_be_in_viewport()
    # A picture that loads between scrolling to the end and the scroll event.
    await page.evaluate("""() => {
        document.querySelector("#messages .message:nth-last-child(2)").style.minHeight = "700px";
        document.getElementById("stream").dispatchEvent(new Event("scroll"));
    }""")
    await expect(last).to_be_in_viewport()
    await page.locator("#stream").hover()
    await page.mouse.wheel(0, -2000)
    await expect(last).not_to_be_in_viewport()
    workspace.say(workspace.admin, workspace.customers, "one more")
    jump = page.get_by_role("button", name="Newest messages")
    await expect(jump).to_be_visible()
    await expect(page.locator("#messages .message").last).not_to_be_in_viewport()
    above, box = await page.locator("#stream").bounding_box(), await jump.bounding_box()
    assert above is not None
    assert box is not None
    assert above["y"] + above["height"] <= box["y"]


async def test_news_does_not_undo_a_scroll_the_page_has_not_heard_of_yet(pg: Playground, visit: Visit) -> None:
    workspace = pg.workspace
    for number in range(30):
        workspace.say(workspace.admin, workspace.customers, f"entry {number}")
    page = await visit(pg, channel="customers")
    await expect(page.locator("#messages .message").last).to_be_in_viewport()
    await page.evaluate("""() => {
        document.addEventListener("scroll", (event) => event.stopImmediatePropagation(), true);
        document.getElementById("stream").scrollTop -= 900;
    }""")
    workspace.say(workspace.admin, workspace.customers, "one more entry")
    await expect(page.locator("#messages .message").last).to_contain_text("one more entry")
    await expect(page.get_by_role("button", name="Newest messages")).to_be_visible()
    await expect(page.locator("#messages .message").last).not_to_be_in_viewport()
