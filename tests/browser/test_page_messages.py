"""Messages, files and threads on the page, and scrolling through many of them."""

from __future__ import annotations

import asyncio

import pytest
from browsing import SECONDS, Visit, be, drop, needs_browser, picture_of
from campaigns import campaign
from counterpart import client_of
from playwright.async_api import Route, expect

from bot.playground.server import Playground
from bot.playground.workspace.records import Message

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_browser]
expect.set_options(timeout=SECONDS * 1000)
AT_THE_END = """() => {
    const { scrollHeight, scrollTop, clientHeight } = document.getElementById("stream");
    return scrollHeight - scrollTop - clientHeight < 2;
}"""


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
    await page.locator("#transfers").get_by_role("button", name="Stop").click()
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
    # One that is drawn anew: gone for a moment, so that the browser moves the position, then there again.
    await page.evaluate("""() => {
        const stream = document.getElementById("stream");
        const { style } = document.querySelector("#messages .message:nth-last-child(2)");
        style.display = "none";
        stream.getBoundingClientRect();
        stream.scrollTop += 0;
        style.display = "";
        style.minHeight = "900px";
        stream.dispatchEvent(new Event("scroll"));
    }""")
    await page.wait_for_function(AT_THE_END)
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


async def test_a_reload_ends_at_the_newest_message_though_pictures_come_late(pg: Playground, visit: Visit) -> None:
    workspace = pg.workspace
    picture = workspace.upload(workspace.admin, workspace.partners, "map.png", picture_of(400, 700))
    block = {"type": "image", "slack_file": {"id": picture.id}, "alt_text": "a map"}
    for number in range(6):
        workspace.say(workspace.admin, workspace.partners, f"line {number}")
        await client_of(pg).chat_postMessage(channel=workspace.partners.id, text="x", blocks=[block])
    page = await visit(pg, channel="partners")
    held = asyncio.Event()

    async def late(route: Route) -> None:
        await held.wait()
        await route.continue_()

    # Every reload fetches the pictures again, after the messages are drawn.
    await page.route("**/playground/files/*", late)
    for _ in range(3):
        held.clear()
        await page.reload()
        await page.wait_for_selector("html[data-live]")
        held.set()
        shown = "() => [...document.querySelectorAll('#messages img')].slice(-2).every((one) => one.naturalHeight > 0)"
        await page.wait_for_function(shown)
        await page.wait_for_function(AT_THE_END)


async def test_an_unchanged_message_is_not_drawn_again(pg: Playground, visit: Visit) -> None:
    workspace = pg.workspace
    workspace.say(workspace.admin, workspace.partners, "the same")
    page = await visit(pg, channel="partners")
    await page.locator("#messages .message").last.evaluate("(node) => { node.marked = true; }")
    async with page.expect_response(lambda one: "/playground/messages" in one.url):
        await page.evaluate(
            "document.getElementById('people').querySelector('input:checked').dispatchEvent(new Event('change'))"
        )
    workspace.say(workspace.admin, workspace.partners, "another")
    await expect(page.locator("#messages .message").last).to_contain_text("another")
    assert await page.locator("#messages .message", has_text="the same").last.evaluate("(node) => node.marked")


async def test_a_thread_is_read_from_its_beginning(pg: Playground, visit: Visit) -> None:
    workspace = pg.workspace
    root = workspace.say(workspace.admin, workspace.partners, "the question").ts
    for number in range(40):
        workspace.say(workspace.admin, workspace.partners, f"reply {number}", root)
    page = await visit(pg, channel="partners")
    await page.locator(f"[data-ts='{root}'] .replies").click()
    thread = page.locator("#pane .thread")
    await expect(thread.locator(".message")).to_have_count(41)
    await expect(thread.locator(".message").first).to_be_in_viewport()
    await expect(thread.locator(".message").last).not_to_be_in_viewport()
    # A reply that arrives does not take the reader away; one's own does.
    workspace.say(workspace.admin, workspace.partners, "from elsewhere", root)
    await expect(thread.locator(".message").last).to_contain_text("from elsewhere")
    await expect(thread.locator(".message").first).to_be_in_viewport()
    await page.get_by_label("Reply", exact=True).fill("mine")
    await page.keyboard.press("Enter")
    await expect(thread.locator(".message").last).to_contain_text("mine")
    await expect(thread.locator(".message").last).to_be_in_viewport()


# Lets the test hand over a file piece by piece.
BY_PIECES = """() => {
    const real = window.fetch;
    window.fetch = (path, options) => {
        if (!/files\\/[^/]+$/.test(path)) return real(path, options);
        const body = new ReadableStream({ start(controller) {
            window.piece = (size) => controller.enqueue(new Uint8Array(size));
            window.finish = () => controller.close();
            options.signal.addEventListener("abort", () => controller.error(options.signal.reason));
        } });
        return Promise.resolve(new Response(body));
    };
}"""


async def test_a_download_shows_how_far_it_is(pg: Playground, visit: Visit) -> None:
    page, workspace = await visit(pg, channel="partners"), pg.workspace
    workspace.upload(workspace.admin, workspace.partners, "large.csv", b"a\n" * 500)
    await page.evaluate(BY_PIECES)
    save = page.get_by_label("Download large.csv").last
    row = page.locator("#transfers li")
    await save.click()
    await expect(row).to_contain_text("large.csv")
    await expect(row).to_contain_text("0 %")
    await page.evaluate("piece(250)")
    await expect(row).to_contain_text("25 %")
    await expect(row.get_by_role("progressbar", name="Downloading large.csv")).to_have_js_property("value", 0.25)
    async with page.expect_download() as download:
        await page.evaluate("piece(750); finish()")
    assert (await download.value).suggested_filename == "large.csv"
    await expect(row).to_have_count(0)
    await save.click()
    await row.get_by_role("button", name="Stop").click()
    await expect(page.locator("#notices")).to_contain_text("large.csv: The download was stopped.")
    await expect(row).to_have_count(0)
