"""Channels, people and suggestions: who the visitor is, where, and what the page offers there."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from browsing import COMMANDS, DESKTOP, OFFERS, PHONE, SECONDS, Visit, be, drop, needs_browser, type_in
from counterpart import FAST, client_of
from playwright.async_api import Route, expect

from bot.playground.server import Playground

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_browser]
expect.set_options(timeout=SECONDS * 1000)


async def test_completion_is_closed_and_typed_lines_come_back(pg: Playground, visit: Visit) -> None:
    page = await visit(pg)
    await page.locator("#text").press_sequentially("/")
    await expect(page.get_by_role("option")).to_have_count(2)
    await page.keyboard.press("Escape")
    await expect(page.locator("#completion")).to_be_hidden()
    await page.fill("#text", "/nonsense")
    await page.keyboard.press("Enter")
    await expect(page.locator("#messages .message").last).to_contain_text("/nonsense is not a valid command.")
    # Slackbot has said it all; nothing is wrong with the app.
    await expect(page.get_by_role("alert")).to_have_count(0)
    await page.keyboard.press("ArrowUp")
    await expect(page.locator("#text")).to_have_value("/nonsense")


async def test_an_archived_channel_is_to_be_read_only(pg: Playground, visit: Visit) -> None:
    page = await visit(pg, channel="old-reports")
    await expect(page.locator("#welcome")).to_contain_text("This channel is archived")
    await expect(page.locator("#suggestions:visible")).to_have_count(0)
    for control in ("Message or command", "Send", "Upload a file"):
        await expect(page.get_by_label(control, exact=True)).to_be_disabled()
    await drop(page, "late.csv", "a\n1\n")
    await expect(page.locator("#notices")).to_contain_text("#old-reports is archived")
    await page.get_by_role("button", name="random").click()
    await expect(page.get_by_label("Send", exact=True)).to_be_enabled()


async def test_a_channel_that_is_archived_meanwhile_is_closed_at_once(visit: Visit) -> None:
    async with Playground(timing=FAST, first_minute=OFFERS, commands=COMMANDS) as pg:
        page = await visit(pg, channel="customers")
        await expect(page.locator("#suggestions")).to_be_visible()
        pg.workspace.change_channel(pg.workspace.customers, is_archived=True)
        await expect(page.locator("#text")).to_be_disabled()
        await expect(page.locator("#suggestions")).to_be_hidden()
        pg.workspace.change_channel(pg.workspace.customers, is_archived=False)
        await expect(page.locator("#text")).to_be_enabled()


async def test_of_two_people_chosen_in_a_row_the_later_counts(pg: Playground, visit: Visit) -> None:
    page = await visit(pg)
    asked, overtaken = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        if pg.workspace.admin.id in route.request.url:
            asked.set()
            await overtaken.wait()
        await route.continue_()

    await page.route("**/playground/state*", hold)
    await page.locator("label.person", has_text="admin").click()
    await asked.wait()
    await be(page, "guest")
    async with page.expect_request_finished(lambda one: pg.workspace.admin.id in one.url):
        overtaken.set()
    await expect(page.locator("#about")).to_contain_text("Gus T.")
    await expect(page.get_by_role("radio", name="guest")).to_be_checked()


async def test_a_failed_change_of_person_changes_nothing(pg: Playground, visit: Visit) -> None:
    page = await visit(pg)
    await page.route("**/playground/state*", lambda route: route.fulfill(status=500, body="It is broken."))
    await page.locator("label.person", has_text="admin").click()
    await expect(page.locator("#notices")).to_contain_text("It is broken.")
    await expect(page.get_by_role("radio", name="analyst")).to_be_checked()
    await expect(page.locator("#about")).to_contain_text("Ana Lyst")


async def test_suggestions_keep_person_and_channel_if_they_can(pg: Playground, visit: Visit) -> None:
    page = await visit(pg)
    await be(page, "guest")
    await page.get_by_role("navigation").get_by_role("button", name="segbot").click()
    await page.locator("#suggestions").get_by_role("button", name="Ask").click()
    await expect(page.locator("#messages .message").last).to_contain_text("/segment failed")
    await expect(page.locator("#where")).to_have_text("segbot")
    await page.locator("#suggestions").get_by_role("button", name="Drop").click()
    # A direct message is not for everybody, so the page switches to a channel.
    await expect(page.locator("#where")).to_have_text("#general")
    await expect(page.locator("#notices")).to_contain_text("Switched to #general")
    await expect(page.locator("#messages .file-name").last).to_have_text("s.csv")
    await expect(page.locator("#about")).to_contain_text("Gus T.")


async def test_hidden_suggestions_can_be_had_back(pg: Playground, visit: Visit) -> None:
    page = await visit(pg)
    back = page.get_by_role("button", name="Show suggestions")
    await expect(back).to_be_hidden()
    await page.get_by_role("button", name="Hide suggestions").click()
    await expect(page.locator("#suggestions")).to_be_hidden()
    await back.click()
    await expect(page.locator("#suggestions").get_by_role("button", name="Ask")).to_be_focused()
    await expect(back).to_be_hidden()


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
async def test_a_newcomer_sees_the_answer_and_one_set_of_things_to_try(visit: Visit, size: Any) -> None:
    async with Playground(timing=FAST, first_minute=OFFERS, commands=COMMANDS) as pg:
        workspace = pg.workspace
        await client_of(pg).chat_postEphemeral(
            channel=workspace.general.id, user=workspace.analyst.id, text="the example\n" * 60
        )
        page = await visit(pg, size=size)
        answer = page.locator("#messages .message").last
        await expect(answer).to_be_in_viewport()
        offer = page.get_by_role("button", name="Ask")
        await expect(offer).to_have_count(1)
        await expect(offer).to_be_in_viewport()
        await offer.click()
        await expect(answer).to_contain_text("/segment failed")
        await expect(answer).to_be_in_viewport()


async def test_the_app_is_invited_to_a_channel_by_a_command(visit: Visit) -> None:
    async with Playground(timing=FAST, first_minute=OFFERS, commands=COMMANDS) as pg:
        page = await visit(pg, channel="random")
        await expect(page.locator("#welcome")).to_contain_text("segbot is not a member of this channel")
        await expect(page.locator("#welcome code")).to_have_text("/invite @segbot")
        await expect(page.locator("#suggestions")).to_be_hidden()
        await type_in(page, "/invite @segbot")
        await expect(page.locator("#messages .message").last).to_contain_text("was added to #random by Ana Lyst.")
        await expect(page.locator("#welcome")).to_contain_text("segbot is in here")
        await expect(page.locator("#suggestions")).to_be_visible()
        await type_in(page, "/help")
        await expect(page.locator("#messages .message").last).to_contain_text("/segments help")
        await expect(page.get_by_role("alert")).to_have_count(0)
