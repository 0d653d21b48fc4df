"""Block Kit and mrkdwn as they look in the browser; what cannot be drawn is shown as it was sent."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from browsing import SECONDS, needs_browser, picture_of
from counterpart import FAST, client_of
from playwright.async_api import Browser, Locator, Page, expect

from bot.playground.server import Playground
from bot.playground.workspace.records import Message

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_browser]
expect.set_options(timeout=SECONDS * 1000)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pg() -> AsyncIterator[Playground]:
    """A workspace without an app."""
    async with Playground(timing=FAST) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(pg: Playground, browser: Browser) -> AsyncIterator[Page]:
    """One page for all of these tests: each looks at its own message."""
    opened = await browser.new_page()
    await opened.goto(pg.url)
    await opened.wait_for_selector("html[data-live]")
    yield opened
    await opened.close()


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


async def post(pg: Playground, page: Page, *blocks: dict[str, Any]) -> Locator:
    """Post blocks and return the message's body in the page."""
    answer = await client_of(pg).chat_postMessage(channel=pg.workspace.general.id, text="x", blocks=list(blocks))
    return page.locator(f"#messages [data-ts='{answer['ts']}'] .body")


async def said(pg: Playground, page: Page, text: str) -> Locator:
    return await post(pg, page, {"type": "section", "block_id": "b", "text": {"type": "mrkdwn", "text": text}})


@pytest.mark.parametrize(
    ("text", "selector", "shown"),
    [
        ("a *bold* b", "strong:not(.who)", "bold"),
        ("_slanted_", ".section em", "slanted"),
        ("~gone~", ".section s", "gone"),
        ("*_both_*", "strong em", "both"),
        ("`a &lt;b&gt; *c*`", "code", "a <b> *c*"),
        ("```one\ntwo```", "pre", "one\ntwo"),
        ("&gt; quoted\n&gt; twice", "blockquote", "quoted\ntwice"),
        ("&gt;&gt;&gt; all of it\nand this\n\nand that", "blockquote", "all of it\nand this\n\nand that"),
        ("<https://example.org/a?b=1&amp;c=2|the page>", "a[href='https://example.org/a?b=1&c=2']", "the page"),
        ("see https://example.org/x.", "a[href='https://example.org/x']", "https://example.org/x"),
        ("<mailto:a@example.org|write>", "a[href='mailto:a@example.org']", "write"),
        ("<!here> look", ".mention.loud", "@here"),
        ("<!date^0^{date_num}^https://example.org/|long ago>", "a time", "1970-01-01"),
        ("*<https://example.org/|bold link>*", "strong a", "bold link"),
        ("• one\n• two", ".bullet >> nth=1", "• two"),
    ],
)
async def test_mrkdwn_is_read_as_slack_reads_it(
    pg: Playground, page: Page, text: str, selector: str, shown: str
) -> None:
    body = await said(pg, page, text)
    await expect(body.locator(selector)).to_have_text(shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("snake_case_name and 2*3*4", "snake_case_name and 2*3*4"),
        ("* not bold *", "* not bold *"),
        ("&lt;b&gt;x&lt;/b&gt; &amp;amp;", "<b>x</b> &amp;"),
        ("<javascript:alert(1)|click>", "click"),
        (":tada: and :nonsense:", "🎉 and :nonsense:"),
        ("<@U404>", "@U404"),
    ],
)
async def test_text_that_only_looks_like_markup_is_shown_as_written(
    pg: Playground, page: Page, text: str, shown: str
) -> None:
    body = await said(pg, page, text)
    await expect(body.locator(".section .text")).to_have_text(shown)
    assert await body.locator("a, strong:not(.who), em, b").count() == 0


async def test_mentions_are_shown_by_name(pg: Playground, page: Page) -> None:
    workspace = pg.workspace
    body = await said(pg, page, f"<@{workspace.admin.id}> in <#{workspace.customers.id}>")
    await expect(body.locator(".mention")).to_have_text(["@Adam Min", "#customers"])


async def test_the_marks_of_segments_need_no_font_of_emoji(pg: Playground, page: Page) -> None:
    shown = await post(pg, page, {"type": "header", "text": plain("🟦 Blue 🔴 red")})
    circle = shown.locator(".shape.round")
    await expect(shown.locator(".shape")).to_have_text(["🟦", "🔴"])
    await expect(circle).to_have_css("background-color", "rgb(190, 25, 49)")
    await expect(circle).to_have_css("color", "rgba(0, 0, 0, 0)")
    await expect(shown.get_by_role("heading")).to_have_text("🟦 Blue 🔴 red")


async def test_other_emoji_are_drawn_or_named(pg: Playground, page: Page) -> None:
    body = await said(pg, page, ":warning: stop, :test_tube: ⚠ *✅ done*")
    await expect(body.locator(".shape.drawn")).to_have_text(["⚠️", "🧪", "⚠", "✅"])
    await expect(body.locator(".section .text")).to_have_text("⚠️ stop, 🧪 ⚠ ✅ done")
    for drawing in await body.locator(".shape.drawn svg").all():
        box = await drawing.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 12
    # Drawn by the machine's font, if it has one of emoji; without, its name says more than a box.
    await expect(await said(pg, page, "a :bug:")).to_contain_text(re.compile("a (🐛|:bug:)"))


async def test_emoji_in_a_plain_message_are_drawn(pg: Playground, page: Page) -> None:
    ts = pg.workspace.say(pg.workspace.admin, pg.workspace.general, "thanks :+1:").ts
    await expect(page.locator(f"#messages [data-ts='{ts}'] .shape.drawn")).to_have_text("👍")


async def test_draws_every_block_the_bot_may_use(pg: Playground, page: Page) -> None:
    picture = pg.workspace.upload(pg.workspace.analyst, pg.workspace.general, "map.png", picture_of(2, 3))
    rich = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "in"}]}],
    }
    task = {"type": "task_card", "task_id": "1", "title": "Read the file", "status": "complete", "output": rich}
    body = await post(
        pg,
        page,
        {"type": "header", "text": plain("A *title*")},
        {"type": "divider"},
        {"type": "section", "fields": [plain("left"), plain("right")]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "small _print_"}]},
        {"type": "image", "slack_file": {"id": picture.id}, "alt_text": "the map"},
        {"type": "image", "image_url": "https://example.org/x.png", "alt_text": "elsewhere"},
        {"type": "table", "rows": [[{"type": "raw_text", "text": "H"}], [rich]]},
        {"type": "markdown", "text": "## Heading\n- one\n- **two**\n\n[there](https://example.org/)"},
        {"type": "plan", "title": "The plan", "tasks": [task, {**task, "task_id": "2", "status": "error"}]},
        {"type": "card", "title": plain("A card"), "body": plain("its body")},
        rich,
    )
    await expect(body.get_by_role("heading", name="A *title*")).to_be_visible()
    await expect(body.locator(".fields")).to_have_text("leftright")
    await expect(body.locator(".context em")).to_have_text("print")
    await expect(body.get_by_alt_text("the map")).to_have_js_property("naturalWidth", 2)
    await expect(body.locator(".hint", has_text="[image: elsewhere")).to_be_visible()
    await expect(body.locator("th")).to_have_text("H")
    await expect(body.locator("td")).to_have_text("in")
    await expect(body.locator("li strong")).to_have_text("two")
    await expect(body.get_by_role("img", name="done")).to_have_text("✓")
    await expect(body.get_by_role("img", name="failed")).to_be_visible()
    await expect(body.locator(".card")).to_contain_text("its body")
    assert await body.locator("pre.json").count() == 0


@pytest.mark.parametrize("kind", ["bar", "line", "area", "pie"])
async def test_draws_charts_with_their_numbers(pg: Playground, page: Page, kind: str) -> None:
    data = [{"label": "Target", "value": 39}, {"label": "Miser", "value": 35}]
    chart: dict[str, Any] = {"type": kind, "segments": data}
    if kind != "pie":
        axis = {"categories": ["Target", "Miser"], "x_label": "Segment", "y_label": "Customers"}
        chart = {"type": kind, "series": [{"name": "Customers", "data": data}], "axis_config": axis}
    body = await post(pg, page, {"type": "data_visualization", "title": "Customers", "chart": chart})
    await expect(body.get_by_role("img", name="Customers: Target 39, Miser 35")).to_be_visible()
    await expect(body.locator("table td")).to_have_text(["39", "35"])
    assert await body.locator("svg rect, svg polyline, svg circle").count() >= 1


@pytest.mark.parametrize("kind", ["bar", "line"])
async def test_the_axis_of_large_figures_shows_all_their_digits(pg: Playground, page: Page, kind: str) -> None:
    data = [{"label": "May", "value": 390_000}, {"label": "June", "value": 12_400_000}]
    chart = {
        "type": kind,
        "series": [{"name": "Customers", "data": data}],
        "axis_config": {"categories": ["May", "June"]},
    }
    body = await post(pg, page, {"type": "data_visualization", "title": "Customers", "chart": chart})
    ticks = body.locator("svg.chart text.tick[text-anchor=end]")
    await expect(ticks.last).to_be_visible()
    assert (await ticks.all_text_contents())[1:3] == ["5,000,000", "10,000,000"]
    picture = await body.locator("svg.chart").bounding_box()
    assert picture is not None
    for tick in await ticks.all():
        box = await tick.bounding_box()
        assert box is not None
        assert box["x"] >= picture["x"]


async def test_what_cannot_be_drawn_is_shown_as_it_was_sent(pg: Playground, page: Page) -> None:
    workspace = pg.workspace
    odd = ({"type": "video", "title": "<b>film</b>"}, {"type": "section", "text": 5}, {"type": "table"})
    ts = workspace.ids.ts()
    workspace.put(Message(workspace.general.id, ts, workspace.bot.id, "x", blocks=odd))
    shown = page.locator(f"#messages [data-ts='{ts}'] pre.json")
    await expect(shown.first).to_contain_text('"title": "<b>film</b>"')
    assert await shown.count() == 3


async def test_controls_outside_a_form_have_names(pg: Playground, page: Page) -> None:
    option = {"text": plain("Five"), "value": "5"}
    menu = {"type": "static_select", "action_id": "k", "placeholder": plain("Segments"), "options": [option]}
    choice = {"type": "radio_buttons", "action_id": "how", "options": [option]}
    body = await post(pg, page, {"type": "actions", "elements": [menu, choice]})
    await expect(body.get_by_role("combobox", name="Segments")).to_be_visible()
    await expect(body.get_by_role("radiogroup", name="how")).to_be_visible()
    # Slack allows a file input in modals only; here, too, its name belongs to the picker, not to the box around it.
    workspace = pg.workspace
    ts = workspace.ids.ts()
    files = {"type": "actions", "block_id": "b", "elements": [{"type": "file_input", "action_id": "customers"}]}
    workspace.put(Message(workspace.general.id, ts, workspace.bot.id, "x", blocks=(files,)))
    shown = page.locator(f"#messages [data-ts='{ts}']")
    await expect(shown.locator("input[type=file]")).to_have_accessible_name("customers")
    assert await shown.locator(".file-input").get_attribute("aria-label") is None
