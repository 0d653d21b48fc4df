"""The whole story in a browser, told by the real bot: ask, be corrected, share, drop a file, read the result."""

from __future__ import annotations

import csv
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from browsing import ONE_SCREEN, PHONE, SECONDS, Visit, be, drop, needs_browser, type_in
from files_harness import FilesHarness, at_work, customers
from harness import Harness
from playwright.async_api import Page, expect

from bot.cli.service.newcomer import first_minute_of
from segmentation.schema import Schema

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_browser]
expect.set_options(timeout=SECONDS * 1000)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(
    harness: Harness, schema: Schema, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[FilesHarness]:
    """A bot at work, and what the page offers a newcomer."""
    async with at_work(harness.copy(tmp_path_factory.mktemp("desk")), first_minute_of(schema)) as started:
        yield started


async def test_a_command_is_completed_by_keyboard_and_answered(desk: FilesHarness, visit: Visit) -> None:
    page = await visit(desk.pg)
    await page.locator("#text").press_sequentially("/seg")
    options = page.get_by_role("option")
    await expect(options).to_have_count(2)
    await expect(options.first).to_contain_text("/segment")
    await expect(options.first).to_contain_text("age=35 income=60 score=70")
    await expect(options.first).to_contain_text("Which segment a customer is in")
    await page.keyboard.press("ArrowDown")
    await expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await expect(page.locator("#text")).to_have_value("/segment ")
    await page.keyboard.type("age=35 income=60 score=70")
    await page.keyboard.press("Enter")
    answer = page.locator("#messages .message").last
    await expect(answer).to_contain_text("Confidence: high")
    await expect(answer).to_contain_text("Only visible to you")
    await expect(answer.get_by_role("table")).to_contain_text("Annual income")
    await expect(page.locator("#text")).to_be_focused()


async def test_a_refusal_shows_the_command_that_was_meant(desk: FilesHarness, visit: Visit) -> None:
    page = await visit(desk.pg, channel="customers")
    await type_in(page, "/segment age=35 income=60000 score=70")
    answer = page.locator("#messages .message").last
    await expect(answer).to_contain_text("Did you mean this?")
    await expect(answer.locator("code", has_text="/segment age=35 income=60 score=70")).to_be_visible()


async def test_an_answer_is_shared_and_seen_by_others(desk: FilesHarness, visit: Visit) -> None:
    page, other = await visit(desk.pg, channel="customers"), await visit(desk.pg, channel="customers")
    await be(other, "admin")
    await type_in(page, "/segment age=30 income=88 score=85")
    answer = page.locator("#messages .message.ephemeral").last
    await answer.get_by_role("button", name="Share in channel").click()
    await expect(other.locator("#messages .message").last).to_contain_text("shared by @Ana Lyst")
    await expect(page.get_by_role("button", name="Share in channel")).to_have_count(0)
    assert await other.locator(".message.ephemeral").count() == 0


async def test_a_dropped_file_comes_back_scored(desk: FilesHarness, visit: Visit, tmp_path: Path) -> None:
    page = await visit(desk.pg, channel="customers")
    await page.evaluate(
        """() => new MutationObserver((changes) => {
            for (const change of changes) for (const node of change.addedNodes)
              if (node.querySelector?.("progress")) document.body.dataset.progress = node.textContent;
        }).observe(document.getElementById("transfers"), { childList: true })"""
    )
    await drop(page, "march.csv", customers(200).decode())
    sent = page.locator("#messages .message", has=page.locator(".file-name", has_text="march.csv"))
    await expect(sent.locator(".preview")).to_contain_text("income")
    await expect(sent).to_contain_text("and 194 more rows")
    assert "march.csv" in str(await page.evaluate("document.body.dataset.progress"))
    await sent.locator(".replies").click()
    thread = page.locator("#pane .thread")
    await expect(thread).to_contain_text("200 of 200 rows scored")
    await expect(thread).to_contain_text("→ Offer early access")
    await expect(thread.get_by_role("table").filter(has_text="Share")).to_contain_text("🟦 Target")
    async with page.expect_download() as download:
        await thread.get_by_label("Download march.segments.csv").click()
    saved = tmp_path / "result.csv"
    await (await download.value).save_as(saved)
    with saved.open(newline="", encoding="utf-8-sig") as file:
        head, *rows = csv.reader(file)
    assert head == ["id", "age", "income", "score", "segment", "confidence", "note"]
    assert len(rows) == 200
    assert all(row[4] for row in rows)
    await fits_a_phone(await visit(desk.pg, size=PHONE, channel="customers"))


async def fits_a_phone(page: Page) -> None:
    """A summary is one screen as a whole: its sentence, bars, actions and button, and the figures that come after."""
    sent = page.locator("#messages .message", has=page.locator(".file-name", has_text="march.csv"))
    await sent.locator(".replies").click()
    summary = page.locator("#pane .message", has=page.get_by_role("button", name="Get a list…"))
    await expect(summary).to_contain_text("→ Offer early access")
    await expect(summary.get_by_role("table")).to_contain_text("Share")
    message = await summary.bounding_box()
    assert message is not None
    assert message["height"] <= ONE_SCREEN


async def test_a_list_is_asked_for_in_a_form_and_comes_directly(desk: FilesHarness, visit: Visit) -> None:
    page = await visit(desk.pg, channel="customers")
    await drop(page, "april.csv", customers(60).decode())
    sent = page.locator("#messages .message", has=page.locator(".file-name", has_text="april.csv"))
    await sent.locator(".replies").click()
    thread = page.locator("#pane .thread")
    await expect(thread).to_contain_text("of the customers in april.csv are")
    await expect(thread).to_contain_text("→ Keep contact light")
    await thread.get_by_role("button", name="Get a list…").click()
    dialog = page.get_by_role("dialog", name="Get a list")
    await dialog.get_by_role("button", name="Get the list").click()
    await expect(dialog).to_contain_text("Please complete this required field.")
    chosen = dialog.locator("[data-block=list_segments] label.choice").first
    name = await chosen.inner_text()
    await chosen.click()
    await dialog.get_by_label("Close calls").select_option("Left out")
    await dialog.get_by_role("button", name="Get the list").click()
    await expect(dialog).to_be_hidden()
    await page.get_by_role("navigation").get_by_role("button", name="segbot").click()
    await expect(page.locator("#messages .message", has_text="Your list:").last).to_contain_text(f"Chosen: {name}")
    file = page.locator("#messages .message", has=page.locator(".file-name", has_text="april.list.csv"))
    await expect(file.locator(".preview")).to_contain_text(name)


async def test_the_first_minute_is_one_click_each(desk: FilesHarness, visit: Visit) -> None:
    page = await visit(desk.pg, channel="random")
    await expect(page.locator("#suggestions")).to_be_hidden()
    await page.get_by_role("button", name="general").click()
    await page.locator("#suggestions").get_by_role("button", name="Ask about a customer").click()
    await expect(page.locator("#messages .message").last).to_contain_text("Confidence")
    await page.locator("#suggestions").get_by_role("button", name="Score the sample file").click()
    last = page.locator("#messages .message").last
    await expect(last).to_contain_text("synthetic-customers.csv")
    await expect(last).to_contain_text("synthetic-001")
    await expect(last.locator(".replies")).to_contain_text("2 replies")
    async with page.expect_download() as download:
        await page.locator("#suggestions").get_by_role("link", name="Sample CSV").click()
    assert (await download.value).suggested_filename == "synthetic-customers.csv"


HOSTILE = "<img src=x onerror=window.pwned=1>"


async def test_nothing_from_outside_becomes_markup(desk: FilesHarness, visit: Visit) -> None:
    page = await visit(desk.pg, channel="customers")
    await type_in(page, f"/segment {HOSTILE}")
    await expect(page.locator("#messages .message").last).to_contain_text("I don't know what to do with “<img”")
    rows = f'id,age,income,score\n"{HOSTILE}",35,60,70\n"<script>window.pwned=2</script>",x,60,70\n'
    await drop(page, f"{HOSTILE}.csv", rows)
    sent = page.locator("#messages .message").last
    await expect(sent).to_contain_text(HOSTILE)
    await expect(sent.locator(".preview")).to_contain_text("<script>window.pwned=2</script>")
    await sent.locator(".replies").click()
    await expect(page.locator("#pane")).to_contain_text("1 of 2 rows scored")
    await type_in(page, f"{HOSTILE} <javascript:alert(1)|click>")
    await expect(page.locator("#messages .message").last).to_contain_text(HOSTILE)
    await page.locator("#messages .message").last.hover()
    await page.locator("#messages .message").last.get_by_label("Inspect").click()
    await expect(page.locator("#pane")).to_contain_text("Inspector")
    assert await page.evaluate("window.pwned") is None
    assert await page.locator("img[src='x'], #main script, a[href^=javascript]").count() == 0


async def test_the_inspector_shows_what_made_a_message_and_no_secret(desk: FilesHarness, visit: Visit) -> None:
    page = await visit(desk.pg, channel="general")
    await type_in(page, "/segments")
    answer = page.locator("#messages .message", has_text="5 customer segments").last
    await answer.hover()
    await answer.get_by_label("Inspect").click()
    pane = page.locator("#pane")
    await expect(pane.locator(".record").first).to_contain_text("/segments")
    for words in ("Headers", "Payload", "The app's answer", "X-Slack-Signature", "response_url"):
        await expect(pane).to_contain_text(words)
    install = desk.pg.workspace.install
    shown = await pane.inner_text()
    assert not any(
        secret in shown for secret in (install.bot_token, install.signing_secret, install.verification_token)
    )
    await page.keyboard.press("Escape")
    await expect(pane).to_be_hidden()


async def test_home_shows_the_model_in_service(desk: FilesHarness, visit: Visit) -> None:
    page = await visit(desk.pg)
    await page.get_by_role("navigation").get_by_role("button", name="segbot").click()
    await page.get_by_role("tab", name="Messages").press("ArrowRight")
    await expect(page.locator("#home")).to_contain_text("customer segments in service")
    assert not re.search(r":[a-z_]{3,}:", await page.locator("#home").inner_text())


async def test_a_bot_that_is_down_is_explained(desk: FilesHarness, visit: Visit) -> None:
    page = await visit(desk.pg, channel="general")
    await set_fault(page, "App is down")
    await expect(page.locator(".in-force")).to_contain_text("the app is unreachable")
    await type_in(page, "/segments")
    await expect(page.locator("#messages .message", has_text="dispatch_failed")).to_be_visible()
    await expect(page.locator("#notices")).to_contain_text("nothing listens at the app's address")
    await drop(page, "lost.csv", "age,income,score\n1,2,3\n")
    await expect(page.locator("#notices")).to_contain_text("did not get the event about the file")
    await desk.pg.deliver.settle()
    await page.get_by_role("button", name="Clear all faults").click()
    await expect(page.locator(".in-force")).to_contain_text("The workspace works normally")
    await type_in(page, "/segments")
    await expect(page.locator("#messages .message", has_text="customer segments").last).to_be_in_viewport()


async def test_faults_are_shown_while_they_are_active_and_gone_once_applied(desk: FilesHarness, visit: Visit) -> None:
    page, other = await visit(desk.pg, channel="customers"), await visit(desk.pg, channel="customers")
    await set_fault(page, "Too many requests")
    await expect(page.locator("#pane")).to_contain_text("To see it, drop a CSV")
    await expect(page.locator(".in-force")).to_contain_text("any call: answer 429, retry after 3 s, 1 time")
    await expect(other.locator("#open-faults")).to_have_attribute("aria-label", "Faults on demand, 1 active")
    desk.pg.faults.take("chat.postMessage")
    await expect(page.locator(".in-force")).to_contain_text("The workspace works normally")
    await set_fault(page, "Missing scope")
    await expect(page.locator(".in-force")).to_contain_text("scope app_mentions:read removed")
    await page.get_by_role("button", name="Clear all faults").click()
    await expect(other.locator("#open-faults")).to_have_attribute("aria-label", "Faults on demand")
    again = page.get_by_role("button", name="Deliver")
    before = len(desk.pg.workspace.deliveries)
    await again.click()
    await expect(page.locator("#notices")).to_contain_text("Delivered again")
    assert len(desk.pg.workspace.deliveries) > before


async def set_fault(page: Page, title: str) -> None:
    """Choose a fault on the panel and start it."""
    if not await page.locator(".fault-form").is_visible():
        await page.click("#open-faults")
    await page.locator(".card-choice", has_text=title).click()
    await page.get_by_role("button", name="Start fault").click()
