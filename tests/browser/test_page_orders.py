"""An export of orders in a browser: dropped, asked about in one form, made into segments, promoted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from browsing import SECONDS, Visit, be, drop, needs_browser, type_in
from harness import Harness
from order_files import OrderFile
from order_groups import continuous_shop
from playwright.async_api import expect
from retrain_harness import RetrainHarness, retraining

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_browser]
expect.set_options(timeout=SECONDS * 1000)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RetrainHarness]:
    """A bot at work whose model knows nothing of orders."""
    async with retraining(harness.copy(tmp_path_factory.mktemp("desk"))) as started:
        yield started


def _orders(folder: Path) -> str:
    """Orders as shops have them, whose customers are in no groups, with two statuses that nobody knows."""
    shop = continuous_shop()
    rows = [[*row, ("Booked", "Handed over")[number % 2]] for number, row in enumerate(shop.rows)]
    return OrderFile((*shop.header, "Status"), rows).write(folder / "orders.csv").read_text()


@pytest.mark.long
async def test_an_export_of_orders_becomes_a_model_in_service(
    desk: RetrainHarness, visit: Visit, tmp_path: Path
) -> None:
    page = await visit(desk.pg, channel="customers")
    await be(page, "admin")
    await drop(page, "orders.csv", _orders(tmp_path))
    sent = page.locator("#messages .message", has=page.locator(".file-name", has_text="orders.csv"))
    await sent.locator(".replies").click()
    thread = page.locator("#pane .thread")
    booked = thread.get_by_label("Do orders with the status “Booked” count?")
    await booked.select_option(label="“Booked” counts")
    go_on = thread.get_by_role("button", name="Go on")
    await go_on.click()
    await expect(page.locator(".message", has_text="Choose an answer to every question").last).to_be_visible()
    await thread.get_by_label("Do orders with the status “Handed over” count?").select_option(
        label="“Handed over” counts"
    )
    await booked.select_option(label="“Booked” counts")
    await go_on.click()
    await expect(thread).to_contain_text("Chosen: “Booked” counts; “Handed over” counts.")
    await expect(thread).to_contain_text("These are 589 order lines of 200 customers")
    await thread.get_by_role("button", name="Make segments of these customers").click()
    report = page.locator("#messages .message", has=page.get_by_role("button", name="Promote"))
    await expect(report).to_contain_text("Look first")
    await expect(report).to_contain_text("Customers are spread evenly, in no groups. I cut them into 5 bands")
    await report.get_by_role("button", name="Promote").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("the borders are mine, not theirs")
    await dialog.get_by_role("button", name="Promote").click()
    await expect(page.locator("#messages .message", has_text="is now in service")).to_be_visible()
    await type_in(page, "/segment recency=10 frequency=25 monetary=2000")
    await expect(page.locator("#messages .message").last).to_contain_text("Champions")
