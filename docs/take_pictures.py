"""Takes README's pictures from the playground as it is now: `make pictures`. Needs Debian's chromium."""

from __future__ import annotations

import asyncio
import io
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Literal

from PIL import Image
from playwright.async_api import Browser, Locator, Page, async_playwright

from bot.app import Bot
from bot.cli.service.newcomer import Offers
from bot.cli.service.playground import bot_on_loopback, ensure_model, with_sample_table
from bot.commands import LISTED
from bot.playground.server import Playground
from bot.settings import load_settings, load_slack_settings
from segmentation.registry.registry import Registry
from segmentation.schema_data import default_schema
from segmentation.training.samples.mall import sample_customers

HERE: Final = Path(__file__).parent
CHROMIUM: Final = Path("/usr/bin/chromium")
FLAGS: Final = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
EXAMPLE: Final = "/segment age=35 income=60 score=70"
_PATIENCE: Final = 120_000.0
_COLOURS: Final = 256
# What settles after the last answer: scrolling, and pictures that are drawn.
_SETTLED: Final = 1_500


async def main() -> None:
    """Take all pictures, one after another in one workspace."""
    async with workspace() as pg, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = await visit(browser, pg, width=740, height=1400, scale=2)
        await say(page, EXAMPLE)
        await take(page.locator("#messages .message.ephemeral").last, "reply.png")

        page = await visit(browser, pg, width=1280, height=800)
        await page.locator("#suggestions").get_by_role("button", name="Score the sample file").click()
        sent = page.locator("#messages .message", has=page.locator(".file-name")).last
        await sent.locator(".replies").click()
        summary = page.locator("#pane .message", has_text="rows scored")
        await summary.wait_for()
        await page.wait_for_timeout(_SETTLED)
        await summary.evaluate("(node) => node.scrollIntoView({ block: 'start' })")
        await take(page, "playground.png")
        await page.set_viewport_size({"width": 740, "height": 1400})
        await take(summary, "summary.png")

        phone = await visit(browser, pg, width=390, height=844)
        await say(phone, EXAMPLE)
        await phone.wait_for_timeout(_SETTLED)
        await phone.locator("#messages .message").last.evaluate("(node) => node.scrollIntoView({ block: 'start' })")
        await take(phone, "playground-phone.png")

        # Higher than the report: what lies over a part of it would be in the picture.
        page = await visit(browser, pg, width=804, height=3200)
        pg.workspace.upload(pg.workspace.analyst, pg.workspace.general, "october.csv", later_customers())
        await page.locator("#suggestions").get_by_role("button", name="Retrain as an admin").click()
        report = page.locator("#messages .message", has=page.get_by_role("button", name="Promote"))
        # Its details come into its thread last, and draw it anew.
        await report.locator(".replies").wait_for()
        await take(report, "retrain.png")

        dark = await visit(browser, pg, width=1280, height=800, theme="dark")
        await dark.locator("label.person", has_text="admin").click()
        await dark.locator("#messages .message").last.get_by_label("Inspect").click()
        await take(dark, "playground-inspector.png")
        await browser.close()


def later_customers() -> bytes:
    """Return the sample customers a year on: they earn more, and some are gone."""
    rows = [f"{age:.0f},{income + 4:.0f},{score:.0f}" for age, income, score in sample_customers()[30:].tolist()]
    return "\n".join(["age,income,score", *rows, ""]).encode()


@asynccontextmanager
async def workspace() -> AsyncIterator[Playground]:
    """Start a workspace of its own, and the bot with a model of sample customers."""
    with tempfile.TemporaryDirectory(prefix="segbot-pictures-") as name:
        settings = load_settings({"SEGBOT_STATE_DIR": f"{name}/var", "SEGBOT_MODELS_DIR": f"{name}/models"})
        schema = default_schema()
        ensure_model(Registry.open(settings.models_dir, settings.state_dir), schema, print)
        async with Playground(commands=LISTED) as pg:
            with_table = with_sample_table(settings)
            bot = Bot(with_table, load_slack_settings(pg.settings_env()))
            async with bot_on_loopback(bot) as (url, _server):
                pg.deliver.request_url = url
                pg.offer(Offers(bot.dependencies.live.get, table=next(iter(with_table.tables))))
                yield pg


async def visit(
    browser: Browser,
    pg: Playground,
    *,
    width: int,
    height: int,
    scale: float = 1,
    theme: Literal["light", "dark"] = "light",
) -> Page:
    """Open the page in a window of that size."""
    context = await browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=scale, color_scheme=theme
    )
    context.set_default_timeout(_PATIENCE)
    page = await context.new_page()
    await page.goto(pg.url)
    await page.wait_for_selector("html[data-live]")
    return page


async def say(page: Page, text: str) -> None:
    """Type a command and wait for its answer."""
    before = await page.locator("#messages .message").count()
    await page.fill("#text", text)
    await page.press("#text", "Enter")
    await page.locator("#messages .message").nth(before).wait_for()


async def take(of: Page | Locator, name: str) -> None:
    """Take a picture and keep it small."""
    page = of if isinstance(of, Page) else of.page
    await page.wait_for_timeout(_SETTLED)
    await page.mouse.move(0, 0)
    with Image.open(io.BytesIO(await of.screenshot())) as picture:
        small(picture.convert("RGB")).save(HERE / name, optimize=True)
    print(f"docs/{name}")


def small(picture: Image.Image) -> Image.Image:
    """Turn a picture's colours into the nearest of 256: the commonest, just as they are, and others far from them.

    Pillow's own choice averages pale colours, and the tints of two segments would become one; among the commonest
    alone the marks of a small segment would find no colour of theirs.
    """
    pixels, half = picture.tobytes(), _COLOURS // 2
    commonest = Counter(zip(pixels[::3], pixels[1::3], pixels[2::3], strict=True)).most_common(half)
    others = picture.quantize(half, method=Image.Quantize.MAXCOVERAGE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([*(part for colour, _ in commonest for part in colour), *others[: 3 * half]])
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


if __name__ == "__main__":
    asyncio.run(main())
