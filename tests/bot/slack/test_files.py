"""Bringing an image to Slack: each way it can fail is a sentence for the person."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.delivery.courier import Timing
from bot.playground.server import Playground
from bot.slack.transfers.files import UploadFailed, upload_image
from bot.timings import DEFAULT_SLACK_TIMINGS, SlackTimings

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x02\x00\x00\x00\x03\x08\x06\x00\x00\x00\xb9\xea\xde\x81"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)


def client_of(pg: Playground) -> AsyncWebClient:
    client = AsyncWebClient(token=pg.workspace.install.bot_token, base_url=pg.api_url, timeout=2)
    client.retry_handlers = []
    return client


async def upload(pg: Playground, timings: SlackTimings = DEFAULT_SLACK_TIMINGS) -> str:
    return await upload_image(client_of(pg), "map.png", PNG, "Segment map", "where segments lie", timings)


async def test_an_uploaded_image_is_ready_and_shared_with_nobody() -> None:
    async with Playground(timing=Timing(sharing=60.0)) as pg:
        workspace = pg.workspace
        uploading = asyncio.create_task(upload(pg))
        await workspace.wait_until(lambda: len(workspace.calls_to("files.info")) > 1 or None)  # it waits
        assert not uploading.done()
        (name,) = workspace.files.by_id
        workspace.files._process(name)
        file = workspace.files.by_id[await uploading]
        assert (file.data, file.title, file.alt_text) == (PNG, "Segment map", "where segments lie")
        assert file.processed
        assert not file.shares


FAULTS: dict[str, tuple[Callable[[Playground], None], str]] = {
    "no scope": (
        lambda pg: pg.faults.missing_scope("files.getUploadURLExternal", "files:write"),
        "the app lacks the scope files:write",
    ),
    "refused": (
        lambda pg: pg.faults.error("files.completeUploadExternal", "bad_file"),
        "Slack answered bad_file",
    ),
    "file server": (lambda pg: pg.faults.server_error("upload"), "Slack's file server answered 503"),
    "moved": (lambda pg: pg.faults.server_error("upload", status=307), "Slack's file server answered 307"),
    "cut off": (lambda pg: pg.faults.drop("upload"), "Slack didn't answer in time"),
    "no api": (lambda pg: pg.faults.drop("files.getUploadURLExternal", times=None), "Slack didn't answer in time"),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_says_what_went_wrong(name: str) -> None:
    fault, sentence = FAULTS[name]
    async with Playground() as pg:
        fault(pg)
        with pytest.raises(UploadFailed) as caught:
            await upload(pg)
        assert sentence in caught.value.sentence
        assert caught.value.sentence.endswith(".")


async def test_gives_up_on_an_image_slack_never_processes() -> None:
    async with Playground(timing=Timing(sharing=60)) as pg:
        with pytest.raises(UploadFailed, match="didn't answer in time"):
            await upload(pg, SlackTimings(image=0.1, first_image_look=0.01))


async def test_the_token_does_not_go_with_the_bytes() -> None:
    async with Playground() as pg:
        await upload(pg)
        assert pg.workspace.install.bot_token not in repr([call.args for call in pg.workspace.calls])
