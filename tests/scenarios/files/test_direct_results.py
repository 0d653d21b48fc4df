"""With `SEGBOT_RESULTS=direct` what came of a file goes to whoever dropped it, and nothing of it into the channel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from files_harness import FilesHarness, at_work, customers
from harness import Harness

from bot.blocks.files.lists import GET_LIST

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def files(harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FilesHarness]:
    """A bot at work that sends results directly."""
    home = harness.copy(tmp_path_factory.mktemp("direct"))
    async with at_work(replace(home, more=(("SEGBOT_RESULTS", "direct"),))) as started:
        yield started
        await started.rest()


async def test_the_summary_and_the_result_come_directly_and_the_button_works_there(files: FilesHarness) -> None:
    workspace = files.pg.workspace
    file = files.drop("mine.csv", customers(20), user=workspace.owner)
    end = await files.end(file)
    assert end.text == "*mine.csv* is scored. I sent the result directly to the person who uploaded it."
    assert [block["type"] for block in end.blocks] == ["section"]
    assert not files.results(file)
    direct = workspace.direct_message(workspace.owner)
    await files.rest()
    result, summary = sorted(workspace.messages(direct), key=lambda message: not message.files)
    assert [workspace.files.by_id[name].name for name in result.files] == ["mine.segments.csv"]
    assert summary.text.startswith("*mine.csv*: 20 of 20 rows scored.")
    await files.pg.deliver.action(summary, GET_LIST, user=workspace.owner)
    assert await workspace.wait_until(lambda: workspace.open_views(workspace.owner))


async def test_a_file_sent_in_a_direct_message_is_answered_in_its_thread(files: FilesHarness) -> None:
    workspace = files.pg.workspace
    file = files.drop("here.csv", customers(20), workspace.direct_message(workspace.analyst))
    end = await files.end(file)
    assert end.text.startswith("*here.csv*: 20 of 20 rows scored.")
    assert end.thread_ts == file.shares[end.channel]


async def test_why_a_file_could_not_be_scored_stays_in_its_thread(files: FilesHarness) -> None:
    file = files.drop("empty.csv", b"id,age,income,score\n")
    assert (await files.end(file)).text.startswith("I couldn't score *empty.csv*.")
