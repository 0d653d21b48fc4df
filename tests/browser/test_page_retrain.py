"""Retraining in a browser: a guest is refused, an admin trains, decides, looks back and goes back."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from browsing import ONE_SCREEN, PHONE, SECONDS, Visit, be, needs_browser, type_in
from harness import Harness
from playwright.async_api import FilePayload, Page, expect
from retrain_harness import RetrainHarness, real_harness, retraining

from bot.cli.service.newcomer import first_minute_of
from bot.views.retrain_form import NO_TABLE
from segmentation.schema import Schema

__all__ = ["real_harness"]
pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_browser]
expect.set_options(timeout=SECONDS * 1000)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(
    real_harness: Harness, schema: Schema, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RetrainHarness]:
    """A bot at work, and what the page offers a newcomer."""
    async with retraining(real_harness.copy(tmp_path_factory.mktemp("desk")), first_minute_of(schema)) as started:
        yield started


async def test_a_guest_is_refused(desk: RetrainHarness, visit: Visit) -> None:
    page = await visit(desk.pg)
    await be(page, "guest")
    await type_in(page, "/retrain")
    await expect(page.locator("#messages .message").last).to_contain_text("admin")
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_the_form_says_at_its_field_what_is_wrong(desk: RetrainHarness, visit: Visit) -> None:
    page = await visit(desk.pg)
    await be(page, "admin")
    await type_in(page, "/retrain")
    dialog = page.get_by_role("dialog", name="Retrain the model")
    await expect(dialog.get_by_label("Number of segments")).to_have_value("auto")
    document = FilePayload(name="customers.docx", mimeType="application/octet-stream", buffer=b"PK\3\4")
    await dialog.get_by_label("Customers").set_input_files(document)
    await expect(dialog.locator(".picked")).to_contain_text("4 bytes")
    await dialog.get_by_role("button", name="Train").click()
    await expect(dialog.locator("[data-block=retrain_file] .field-error")).to_have_text(NO_TABLE)
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(page.locator("#text")).to_be_focused()


async def fits_a_phone(page: Page) -> None:
    """A report with its picture and its buttons is one screen."""
    report = page.locator("#messages .message", has=page.get_by_role("button", name="Discard"))
    await report.locator(".picture img").scroll_into_view_if_needed()
    await expect(report.locator(".picture img")).not_to_have_js_property("naturalWidth", 0)
    box = await report.bounding_box()
    assert box is not None
    assert box["height"] <= ONE_SCREEN


async def test_an_admin_retrains_promotes_looks_back_and_goes_back(desk: RetrainHarness, visit: Visit) -> None:
    page, analyst = await visit(desk.pg), await visit(desk.pg)
    before = set(desk.jobs())
    await page.locator("#suggestions").get_by_role("button", name="Retrain as an admin").click()
    await expect(page.locator("#about")).to_contain_text("Adam Min")
    # There was no file to train on: the sample comes first.
    await expect(page.locator("#messages .file-name")).to_have_text("synthetic-customers.csv")
    await desk.end(before)
    report = page.locator("#messages .message", has=page.get_by_role("button", name="Promote"))
    await expect(report).to_contain_text("200 customers move")
    await expect(report.locator(".picture img")).to_have_count(1)
    await expect(report.locator(".picture img")).not_to_have_js_property("naturalWidth", 0)
    await fits_a_phone(await visit(desk.pg, size=PHONE))
    await report.locator(".replies").click()
    thread = page.locator("#pane .message", has_text="Number of segments")
    await expect(thread.locator(".picture img")).to_have_count(2)
    for picture in (thread.locator(".picture img").first, thread.locator(".picture img").last):
        await picture.scroll_into_view_if_needed()
        await expect(picture).not_to_have_js_property("naturalWidth", 0)
    await report.get_by_role("button", name="Promote").click()
    asked = page.get_by_role("dialog", name="Promote this model?")
    await expect(asked).to_contain_text("of 200 customers move to another segment. Undo with /retrain rollback.")
    await asked.get_by_role("button", name="Promote").click()
    announced = analyst.locator("#messages .message", has_text="is now in service, promoted by @Adam Min")
    await expect(announced).to_be_visible()
    await expect(page.get_by_role("button", name="Promote")).to_have_count(0)
    await type_in(page, "/retrain history")
    history = page.locator("#messages .message").last
    await expect(history).to_contain_text("retired")
    await expect(history.locator(".mention")).to_have_text("@Adam Min")
    await type_in(page, "/retrain rollback")
    await page.get_by_role("button", name="Roll back").click()
    await expect(analyst.locator("#messages .message", has_text="rolled back")).to_be_visible()
    assert desk.registry.current() == desk.files.harness.versions[0]
    # The question is answered: nothing is left to click.
    await expect(page.get_by_role("button", name="Roll back")).to_have_count(0)
