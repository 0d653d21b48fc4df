"""Anyone can try it in a minute: from a shop's file of other columns to named segments, by clicks alone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from browsing import SECONDS, Visit, be, needs_browser, type_in
from harness import Harness
from playwright.async_api import expect
from retrain_harness import RetrainHarness, retraining

from bot.cli.service.newcomer import first_minute_of
from segmentation.schema import Schema

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_browser]
expect.set_options(timeout=SECONDS * 1000)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(
    harness: Harness, schema: Schema, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RetrainHarness]:
    """A bot at work, and what the page offers a newcomer."""
    home = harness.copy(tmp_path_factory.mktemp("desk"))
    async with retraining(home, first_minute_of(schema)) as started:
        yield started


@pytest.mark.long
async def test_a_shops_own_columns_become_named_segments(desk: RetrainHarness, visit: Visit) -> None:
    page = await visit(desk.pg)
    await page.locator("#suggestions").get_by_role("button", name="Other columns").click()
    sent = page.locator("#messages .message", has=page.locator(".file-name", has_text="synthetic-shop.csv"))
    await be(page, "admin")
    await sent.locator(".replies").click()
    thread = page.locator("#pane .thread")
    await expect(thread).to_contain_text("I couldn't score the file as it is.")
    await thread.get_by_role("button", name="Set up segments from this file").click()
    form, before = page.get_by_role("dialog"), set(desk.jobs())
    await expect(form).to_contain_text("Orders per year")
    await form.get_by_role("button", name="Next").click()
    await form.get_by_role("button", name="Train").click()
    # A training takes as long as the machine is busy.
    await desk.end(before)
    report = page.locator("#messages .message", has=page.get_by_role("button", name="Promote"))
    await report.get_by_role("button", name="Name the segments").click()
    await expect(form.get_by_label("Name").first).to_be_visible()
    await form.get_by_label("Name").first.fill("Regulars")
    await form.locator("button[type=submit]").click()
    await expect(report).to_contain_text("Regulars")
    await report.get_by_role("button", name="Promote").click()
    await page.get_by_role("dialog", name="Promote this model?").get_by_role("button", name="Promote").click()
    await expect(page.locator("#messages .message", has_text="is now in service")).to_be_visible()
    await type_in(page, "/segment orders_per_year=22 average_basket=45 months_as_customer=40")
    answer = page.locator("#messages .message.ephemeral").last
    await expect(answer).to_contain_text("Orders per year")
    await expect(answer).not_to_contain_text("income")
