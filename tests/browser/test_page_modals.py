"""Modals, the Home tab, buttons and what people see of them; the other side is a small Bolt app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
import pytest_asyncio
from browsing import PHONE, SECONDS, Visit, be, needs_browser, type_in
from counterpart import client_of, workspace_with_bolt
from playwright.async_api import Page, Route, expect

from bot.playground.server import Playground

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_browser]
expect.set_options(timeout=SECONDS * 1000)


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def option(value: str) -> dict[str, Any]:
    return {"text": plain(value.title()), "value": value}


def field_block(name: str, label: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "input", "block_id": name, "label": plain(label), "element": {**element, "action_id": name}, **more}


GROUPS: Final = [
    {"label": plain("Proposed"), "options": [option("spend"), option("orders")]},
    {"label": plain("Left out"), "options": [option("net")]},
]
BLOCKS: Final = [
    {"type": "alert", "text": plain("This changes the model for everybody."), "level": "warning"},
    field_block("file", "Customers", {"type": "file_input", "filetypes": ["csv"], "max_files": 1}),
    field_block("k", "Segments", {"type": "static_select", "options": [option("auto"), option("five")]}),
    field_block("note", "Note", {"type": "plain_text_input", "placeholder": plain("Why?")}, hint=plain("For the log")),
    field_block("how", "How", {"type": "radio_buttons", "options": [option("fast"), option("exact")]}, optional=True),
    field_block("also", "Also", {"type": "checkboxes", "options": [option("report"), option("map")]}, optional=True),
    field_block("use", "Columns", {"type": "multi_static_select", "option_groups": GROUPS}, optional=True),
    {
        "type": "actions",
        "block_id": "more",
        "elements": [{"type": "button", "text": plain("Update"), "action_id": "update"}],
    },
]


def modal(title: str, blocks: list[dict[str, Any]] | None = None, submit: str = "Train") -> dict[str, Any]:
    shown = BLOCKS if blocks is None else blocks
    return {"type": "modal", "callback_id": "train", "title": plain(title), "submit": plain(submit), "blocks": shown}


@dataclass
class Desk:
    """A workspace, a Bolt app, and what it heard; pressing *Slow* waits until the gate opens."""

    pg: Playground
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    submitted: list[dict[str, Any]] = field(default_factory=list)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk() -> AsyncIterator[Desk]:
    """A Bolt app with a modal, a Home tab and a slow button."""
    async with workspace_with_bolt(commands=[("/train", "", "Opens a modal")]) as (pg, app):
        started = Desk(pg)

        @app.command("/train")
        async def train(ack: Any, body: dict[str, Any], client: Any) -> None:
            await client.views_open(trigger_id=body["trigger_id"], view=modal("Train a model"))
            await ack()

        @app.view("train")
        async def submitted(ack: Any, view: dict[str, Any]) -> None:
            values = view["state"]["values"]
            started.submitted.append(values)
            if values["note"]["note"]["value"] == "bad":
                await ack(response_action="errors", errors={"note": "That is no reason."})
            elif values["note"]["note"]["value"] == "columns":
                boxes = {"type": "checkboxes", "options": [option(f"column {n}") for n in range(10)]}
                view = modal("Columns", [field_block("columns", "Columns", boxes, optional=True)])
                await ack(response_action="push", view={**view, "callback_id": "columns"})
            elif values["note"]["note"]["value"] == "more":
                section = {"type": "section", "text": {"type": "mrkdwn", "text": "*Sure?*"}}
                await ack(response_action="push", view={**modal("Confirm", [section]), "callback_id": "sure"})
            else:
                await ack()

        @app.view("columns")
        async def columns(ack: Any) -> None:
            await ack(response_action="errors", errors={"columns": "Column 9 can't be one of them."})

        @app.view("sure")
        async def sure(ack: Any) -> None:
            await ack(response_action="clear")

        @app.action("update")
        async def update(ack: Any, body: dict[str, Any], client: Any) -> None:
            await ack()
            more = [{"type": "section", "text": plain("Updated.")}, *BLOCKS]
            await client.views_update(view_id=body["view"]["id"], view=modal("Train again", more))

        @app.action("slow")
        async def slow(ack: Any, respond: Any) -> None:
            await started.gate.wait()
            await ack()
            await respond(text="Done at last.", replace_original=True)

        @app.event("app_home_opened")
        async def opened(event: dict[str, Any], client: Any) -> None:
            button = {"type": "button", "text": plain("Again"), "action_id": "count"}
            blocks = [{"type": "header", "text": plain("Your model")}, {"type": "actions", "elements": [button]}]
            await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

        @app.action("count")
        async def count(ack: Any, body: dict[str, Any], client: Any) -> None:
            await ack()
            said = {"type": "section", "text": plain("Pressed.")}
            home = {"type": "home", "blocks": [*body["view"]["blocks"], said]}
            await client.views_publish(user_id=body["user"]["id"], view=home)

        yield started


async def opened_modal(desk: Desk, page: Page) -> Any:
    await type_in(page, "/train")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    return dialog


async def test_a_modal_asks_for_what_is_required_and_hands_over_what_was_entered(desk: Desk, visit: Visit) -> None:
    page = await visit(desk.pg)
    dialog = await opened_modal(desk, page)
    await dialog.get_by_role("button", name="Train").click()
    await expect(dialog.locator(".field-error:visible")).to_have_count(3)
    await expect(dialog.get_by_label("Customers")).to_be_focused()
    assert desk.submitted == []
    await dialog.get_by_label("Customers").set_input_files(
        {"name": "c.csv", "mimeType": "text/csv", "buffer": b"age,income,score\n"}
    )
    await expect(dialog.locator(".picked")).to_contain_text("c.csv17 bytes")
    await dialog.get_by_label("Segments").select_option("five")
    await dialog.get_by_label("Note").fill("because")
    await dialog.get_by_label("Exact").check()
    await dialog.get_by_label("Map").check()
    await dialog.get_by_role("group", name="Proposed").get_by_label("Orders").check()
    await dialog.get_by_role("group", name="Left out").get_by_label("Net").check()
    await dialog.get_by_role("button", name="Train").click()
    await expect(dialog).to_be_hidden()
    await expect(page.locator("#text")).to_be_focused()
    (values,) = desk.submitted
    desk.submitted.clear()
    file = values["file"]["file"]["files"][0]
    assert file["name"] == "c.csv"
    assert values["k"]["k"]["selected_option"]["value"] == "five"
    assert values["how"]["how"]["selected_option"]["value"] == "exact"
    assert [one["value"] for one in values["also"]["also"]["selected_options"]] == ["map"]
    assert [one["value"] for one in values["use"]["use"]["selected_options"]] == ["orders", "net"]
    # The app may fetch a file submitted to it, although it is not shared in a channel.
    found = await client_of(desk.pg).files_info(file=file["id"])
    assert found["file"]["name"] == "c.csv"


async def test_a_modal_belongs_to_the_pages_that_were_there_when_it_opened(desk: Desk, visit: Visit) -> None:
    page, other = await visit(desk.pg), await visit(desk.pg)
    dialog = await opened_modal(desk, page)
    await expect(other.get_by_role("dialog")).to_be_visible()
    late = await visit(desk.pg)
    await page.reload()
    await page.wait_for_selector("html[data-live]")
    await expect(dialog).to_have_count(0)
    await expect(late.get_by_role("dialog")).to_have_count(0)
    # A modal opened from now on appears on both pages.
    dialog = await opened_modal(desk, page)
    await expect(late.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(late.get_by_role("dialog")).to_be_hidden()


async def test_an_error_below_a_high_group_of_boxes_is_brought_into_sight(desk: Desk, visit: Visit) -> None:
    page = await visit(desk.pg, size={"width": 390, "height": 480})
    dialog = await opened_modal(desk, page)
    await fill(dialog, "columns")
    await dialog.get_by_role("button", name="Train").click()
    await expect(dialog.get_by_role("checkbox")).to_have_count(10)
    await dialog.get_by_role("button", name="Train").click()
    error = dialog.locator("[data-block=columns] .field-error")
    await expect(error).to_have_text("Column 9 can't be one of them.")
    await expect(error).to_be_in_viewport(ratio=1)


async def test_an_error_of_the_apps_stands_at_its_field_and_goes_when_typed_over(desk: Desk, visit: Visit) -> None:
    page = await visit(desk.pg)
    dialog = await opened_modal(desk, page)
    await fill(dialog, "bad")
    await dialog.get_by_role("button", name="Train").click()
    await expect(dialog.locator("[data-block=note] .field-error")).to_have_text("That is no reason.")
    await expect(dialog.get_by_label("Note")).to_be_focused()
    await expect(dialog.get_by_label("Note")).to_have_value("bad")
    await dialog.get_by_label("Note").fill("good")
    await expect(dialog.locator(".field-error:visible")).to_have_count(0)
    # The next live update of views must not bring it back either.
    workspace = desk.pg.workspace
    await client_of(desk.pg).views_publish(user_id=workspace.analyst.id, view={"type": "home", "blocks": []})
    workspace.say(workspace.admin, workspace.general, "after the news")
    await expect(page.locator("#messages .message").last).to_contain_text("after the news")
    await expect(dialog.locator(".field-error:visible")).to_have_count(0)
    async with page.expect_response("**/playground/view/close"):
        await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    assert desk.pg.workspace.open_views(desk.pg.workspace.analyst) == []


async def test_an_update_keeps_what_was_entered_and_a_pushed_view_lies_on_top(desk: Desk, visit: Visit) -> None:
    page = await visit(desk.pg, size=PHONE)
    dialog = await opened_modal(desk, page)
    await fill(dialog, "more")
    await dialog.get_by_role("button", name="Update").click()
    await expect(dialog.get_by_role("heading", name="Train again")).to_be_visible()
    await expect(dialog).to_contain_text("Updated.")
    await expect(dialog.get_by_label("Note")).to_have_value("more")
    await expect(dialog.locator(".picked")).to_contain_text("c.csv")
    await dialog.get_by_role("button", name="Train").click()
    await expect(dialog.get_by_role("heading", name="Confirm")).to_be_visible()
    await expect(dialog.locator("strong", has_text="Sure?")).to_be_visible()
    await dialog.get_by_role("button", name="Train").click()
    await expect(dialog).to_be_hidden()


async def test_what_is_typed_right_after_escape_is_sent_while_the_app_is_told_of_the_close(
    desk: Desk, visit: Visit
) -> None:
    page, told = await visit(desk.pg, channel="general"), asyncio.Event()

    async def hold(route: Route) -> None:
        await told.wait()
        await route.continue_()

    await page.route("**/playground/view/close", hold)
    dialog = await opened_modal(desk, page)
    await dialog.get_by_label("Note").fill("half a thought")
    # No waiting in between: every key after Escape belongs to the message box.
    await page.keyboard.press("Escape")
    await page.keyboard.type("quick words")
    await page.keyboard.press("Enter")
    await expect(page.locator("#messages .message").last).to_contain_text("quick words")
    # News that still hold the form do not bring it back.
    workspace = desk.pg.workspace
    await client_of(desk.pg).views_publish(user_id=workspace.analyst.id, view={"type": "home", "blocks": []})
    workspace.say(workspace.admin, workspace.general, "after the news")
    await expect(page.locator("#messages .message").last).to_contain_text("after the news")
    await expect(dialog).to_be_hidden()
    async with page.expect_response("**/playground/view/close"):
        told.set()
    assert workspace.open_views(workspace.analyst) == []


async def test_escape_twice_in_a_row_closes_a_pushed_view_and_the_one_below(desk: Desk, visit: Visit) -> None:
    page = await visit(desk.pg, channel="random")
    dialog = await opened_modal(desk, page)
    await fill(dialog, "more")
    await dialog.get_by_role("button", name="Train").click()
    await expect(dialog.get_by_role("heading", name="Confirm")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await page.keyboard.type("both are gone")
    await page.keyboard.press("Enter")
    await expect(page.locator("#messages .message").last).to_contain_text("both are gone")
    workspace = desk.pg.workspace
    await workspace.wait_until(lambda: not workspace.open_views(workspace.analyst), SECONDS)


async def test_a_form_that_could_not_be_closed_comes_back(desk: Desk, visit: Visit) -> None:
    page = await visit(desk.pg, channel="random")
    await page.route("**/playground/view/close", lambda route: route.fulfill(status=500, body="It is broken."))
    dialog = await opened_modal(desk, page)
    await page.keyboard.press("Escape")
    await expect(page.locator("#notices")).to_contain_text("It is broken.")
    await expect(dialog).to_be_visible()
    await page.unroute("**/playground/view/close")
    async with page.expect_response("**/playground/view/close"):
        await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()


async def test_a_file_still_on_its_way_is_said_until_it_is_there(desk: Desk, visit: Visit) -> None:
    page, arrived = await visit(desk.pg), asyncio.Event()

    async def hold(route: Route) -> None:
        await arrived.wait()
        await route.continue_()

    await page.route("**/playground/upload*", hold)
    dialog = await opened_modal(desk, page)
    await dialog.get_by_label("Customers").set_input_files(
        {"name": "c.csv", "mimeType": "text/csv", "buffer": b"age,income,score\n"}
    )
    await dialog.get_by_role("button", name="Train").click()
    error = dialog.locator("[data-block=file] .field-error")
    await expect(error).to_have_text("The file is still uploading. Try again in a moment.")
    arrived.set()
    await expect(dialog.locator(".picked")).to_contain_text("17 bytes")
    await expect(error).to_be_hidden()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()


async def fill(dialog: Any, note: str) -> None:
    await dialog.get_by_label("Customers").set_input_files(
        {"name": "c.csv", "mimeType": "text/csv", "buffer": b"age,income,score\n"}
    )
    await expect(dialog.locator(".picked")).to_contain_text("17 bytes")
    await dialog.get_by_label("Segments").select_option("auto")
    await dialog.get_by_label("Note").fill(note)


async def test_a_button_is_busy_until_the_app_has_taken_it(desk: Desk, visit: Visit) -> None:
    page = await visit(desk.pg)
    workspace = desk.pg.workspace
    button = {"type": "button", "text": plain("Slow"), "action_id": "slow"}
    await client_of(desk.pg).chat_postMessage(
        channel=workspace.general.id, text="Press", blocks=[{"type": "actions", "elements": [button]}]
    )
    slow = page.get_by_role("button", name="Slow")
    await slow.click()
    await expect(slow).to_have_attribute("aria-busy", "true")
    desk.gate.set()
    await expect(page.locator("#messages .message").last).to_contain_text("Done at last.")
    await expect(page.locator("#messages .message").last).to_contain_text("(edited)")
    await expect(slow).to_have_count(0)


async def test_asks_before_a_button_that_wants_to_be_confirmed(desk: Desk, visit: Visit) -> None:
    page = await visit(desk.pg)
    confirm = {"title": plain("Really?"), "text": plain("It is final."), "confirm": plain("Do it"), "deny": plain("No")}
    button = {"type": "button", "text": plain("Careful"), "action_id": "slow", "confirm": confirm}
    await client_of(desk.pg).chat_postMessage(
        channel=desk.pg.workspace.customers.id, text="x", blocks=[{"type": "actions", "elements": [button]}]
    )
    await page.get_by_role("button", name="customers").click()
    desk.gate.set()
    before = len(desk.pg.workspace.deliveries)
    await page.get_by_role("button", name="Careful").click()
    await page.get_by_role("dialog").get_by_role("button", name="No").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert len(desk.pg.workspace.deliveries) == before
    await page.get_by_role("button", name="Careful").click()
    await page.get_by_role("dialog").get_by_role("button", name="Do it").click()
    await expect(page.locator("#messages .message").last).to_contain_text("Done at last.")


async def test_opening_home_tells_the_app_and_its_buttons_work(desk: Desk, visit: Visit) -> None:
    page = await visit(desk.pg)
    await be(page, "admin")
    await page.get_by_role("navigation").get_by_role("button", name="segbot").click()
    await page.get_by_role("tab", name="Home").click()
    home = page.locator("#home")
    await expect(home.get_by_role("heading", name="Your model")).to_be_visible()
    await desk.pg.deliver.settle()
    event = desk.pg.workspace.deliveries[-1].payload["event"]
    assert event["type"] == "app_home_opened"
    assert event["user"] == desk.pg.workspace.admin.id
    await home.get_by_role("button", name="Again").click()
    await expect(home).to_contain_text("Pressed.")
    await page.get_by_role("tab", name="Messages").click()
    await expect(page.locator("#talk")).to_be_visible()
