"""Who moved, how segments grew, what one of them is, and a watch: each a line or a click away, in a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from browsing import SECONDS, Visit, be, drop, needs_browser, type_in
from harness import Harness
from playwright.async_api import expect
from retrain_harness import real_harness
from watch_harness import WEEK, WatchHarness, watching, write_table

__all__ = ["real_harness"]
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.long, needs_browser]
expect.set_options(timeout=SECONDS * 1000)
JANUARY = "customer_id,age,income,score\na1,30,87,82\na2,30,87,82\na3,30,88,17\na4,30,26,79\n"
FEBRUARY = "customer_id,age,income,score\na1,30,87,82\na2,30,88,17\na3,30,88,17\na5,30,26,79\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(real_harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WatchHarness]:
    """A bot that knows one table, which holds the customers its model was trained on."""
    folder = tmp_path_factory.mktemp("movement")
    async with watching(real_harness.copy(folder / "bot"), folder) as started:
        yield started


async def test_the_second_file_says_who_moved_and_more_is_a_command_away(desk: WatchHarness, visit: Visit) -> None:
    page = await visit(desk.desk.pg, channel="customers")
    for name, data in (("january.csv", JANUARY), ("february.csv", FEBRUARY)):
        await drop(page, name, data)
        sent = page.locator("#messages .message", has=page.locator(".file-name", has_text=name))
        await sent.locator(".replies").click()
        thread = page.locator("#pane .thread")
        await expect(thread).to_contain_text("rows scored")
    await expect(thread).to_contain_text("Since january.csv of")
    await expect(thread).to_contain_text("1 of 3 customers in both files moved to another segment; 1 joined, 1 left")
    answer = page.locator("#messages .message.ephemeral").last
    await type_in(page, "/segments history")
    await expect(answer.locator(".figure-title")).to_have_text("Customers per segment over time")
    await type_in(page, "/segments compare")
    await expect(answer).to_contain_text("From ↓ to →")
    await answer.get_by_role("button", name="Compare").click()
    await expect(answer.get_by_role("table")).to_contain_text("Target")
    await type_in(page, "/segments target")
    await expect(answer).to_contain_text("made up from averages")
    await expect(answer).to_contain_text("in february.csv of")


async def test_a_table_is_watched_told_of_once_and_left_alone_again(desk: WatchHarness, visit: Visit) -> None:
    page = await visit(desk.desk.pg, channel="customers")
    await be(page, "admin")
    await type_in(page, "/segments watch table=customers every monday 9:00")
    answer = page.locator("#messages .message.ephemeral").last
    await expect(answer).to_contain_text("every Monday at 9:00")
    (watch,) = desk.steps.store.every()
    due = watch.schedule.next(watch.since)
    write_table(desk.source, income=20)
    await desk.pass_to(due)
    told = page.locator("#messages .message", has_text="Something changed in customers")
    await expect(told).to_contain_text("income is higher")
    await desk.pass_to(due + WEEK)
    await expect(told).to_have_count(1)
    await type_in(page, "/segments watches")
    await answer.get_by_role("button", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.locator("#messages .message").last).to_contain_text("Nothing is watched.")
