"""The customers of a small file on the segment map, in its summary."""

from __future__ import annotations

from collections.abc import AsyncIterator

import polars as pl
import pytest
import pytest_asyncio
from files_harness import FAST, FilesHarness, at_work, customers
from harness import Harness

from bot.jobs.files.customer_maps import CustomerMaps, Picture
from bot.playground.workspace.records import Message
from segmentation.scoring.few_customers import FewCustomers

pytestmark = pytest.mark.asyncio(loop_scope="module")
FEW = 30


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def files(harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FilesHarness]:
    """A bot at work that draws up to 30 customers."""
    async with at_work(harness.copy(tmp_path_factory.mktemp("maps")), few=FEW) as started:
        yield started
        await started.rest()


def pictures(message: Message) -> list[dict[str, object]]:
    return [block for block in message.blocks if block["type"] == "image"]


async def test_a_small_file_is_shown_on_the_map_and_in_words(files: FilesHarness) -> None:
    summary = await files.end(files.drop("few.csv", customers(FEW)))
    (image,) = pictures(summary)
    shown = str(image["alt_text"])
    assert shown.startswith(f"{FEW} customers on the segment map by annual income and spending score: ")
    picture = files.pg.workspace.files.by_id[image["slack_file"]["id"]]  # type: ignore[index]  # a dict, as Slack has it
    assert picture.data is not None
    assert picture.data.startswith(b"\x89PNG")
    # After the table: what people act on stays on the first screen of a phone.
    kinds = [block["type"] for block in summary.blocks]
    assert kinds.index("actions") < kinds.index("table") < kinds.index("image")


async def test_with_more_customers_there_is_no_map(files: FilesHarness) -> None:
    summary = await files.end(files.drop("many.csv", customers(FEW + 1)))
    assert f"{FEW + 1} of {FEW + 1} rows scored" in summary.text
    assert not pictures(summary)


async def test_without_anybody_scored_there_is_no_map(files: FilesHarness) -> None:
    summary = await files.end(files.drop("nobody.csv", b"id,age,income,score\na,35,x,70\n"))
    assert "0 of 1 row" in summary.text
    assert not pictures(summary)


async def test_a_picture_that_cannot_be_uploaded_is_left_out(files: FilesHarness) -> None:
    model = files.bot.dependencies.live.get()
    few = FewCustomers(model, FEW)
    one = pl.DataFrame([(35.0, 60.0, 70.0)], schema=list(model.schema.names), orient="row")
    few.add(one, pl.Series([0]))
    files.pg.faults.missing_scope("files.getUploadURLExternal", "files:write")
    assert await CustomerMaps(files.bot.client, FAST.slack).show(model, few) == Picture()
    files.pg.faults.clear()
    shown = await CustomerMaps(files.bot.client, FAST.slack).show(model, few)
    assert shown.text == "1 customer on the segment map by annual income and spending score: Standard 1"
    assert shown.file in files.pg.workspace.files.by_id
