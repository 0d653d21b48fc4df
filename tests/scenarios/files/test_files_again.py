"""*Try again* under a file that failed: one new attempt, the uploader's, whoever clicks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from files_harness import FilesHarness, at_work, customers
from harness import Harness, logged

from bot.actions.try_file_again import UNDER_WAY
from bot.blocks.files.summary import TRY_AGAIN
from bot.playground.faults.faults import RESPONSE_URL
from bot.playground.workspace.records import Channel, File, Message, User
from bot.records.file_job import FileJob
from bot.slack.access import STRANGER
from segmentation.errors import NotReady

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def files(harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FilesHarness]:
    async with at_work(harness.copy(tmp_path_factory.mktemp("again"))) as at:
        yield at


async def failure(
    files: FilesHarness, channel: Channel | None = None, user: User | None = None
) -> tuple[File, Message]:
    """A file that could not be fetched, and the message with the button."""
    files.pg.faults.server_error("download", times=None)
    file = await files.score("customers.csv", customers(5), channel, user)
    files.pg.faults.clear()
    (failed,) = files.statuses(file)
    return file, failed


async def test_a_second_click_is_told_that_the_new_attempt_is_there(files: FilesHarness) -> None:
    file, failed = await failure(files)
    admin = files.pg.workspace.admin
    await files.pg.deliver.action(failed, TRY_AGAIN)
    await files.end(file, attempt=1)
    # The message as it was, with its button: a phone that was offline meanwhile.
    await files.pg.deliver.action(failed, TRY_AGAIN, user=admin)
    told = await files.pg.workspace.wait_for(lambda message: message.text == UNDER_WAY)
    assert told.ephemeral_to == admin.id
    await files.fence()
    assert len(files.statuses(file, attempt=1)) == 1


async def test_whoever_clicks_the_result_goes_to_the_uploader_and_a_strangers_click_does_nothing(
    files: FilesHarness,
) -> None:
    workspace = files.pg.workspace
    file, failed = await failure(files, workspace.partners, workspace.admin)
    await files.pg.deliver.action(failed, TRY_AGAIN, user=workspace.external)
    told = await workspace.wait_for(lambda message: message.ephemeral_to == workspace.external.id)
    assert told.text == STRANGER
    assert files.statuses(file) == [failed]
    await files.pg.deliver.action(failed, TRY_AGAIN, user=workspace.analyst)
    assert (await files.end(file, attempt=1)).text.startswith("*customers.csv* is scored. People outside")
    direct = workspace.direct_message(workspace.admin)
    await workspace.wait_for(lambda message: message.channel == direct.id and message.files)
    assert not files.results(file)


async def test_a_click_that_could_not_be_noted_can_be_repeated(
    files: FilesHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, failed = await failure(files)

    async def away(_job: FileJob) -> None:
        raise NotReady("The jobs database is away.")

    with monkeypatch.context() as patch:
        patch.setattr(files.bot.dependencies.jobs, "enqueue", away)
        await files.pg.deliver.action(failed, TRY_AGAIN)
        await files.pg.workspace.wait_for(lambda message: message.text == "The jobs database is away.")
    await files.pg.deliver.action(failed, TRY_AGAIN)
    assert (await files.end(file, attempt=1)).text.startswith("*customers.csv*: 5 of 5 rows scored")


async def test_a_button_that_cannot_be_taken_away_does_not_cost_the_new_attempt(files: FilesHarness) -> None:
    file, failed = await failure(files)
    files.pg.faults.server_error(RESPONSE_URL, times=None)
    with logged() as stream:
        await files.pg.deliver.action(failed, TRY_AGAIN)
        assert (await files.end(file, attempt=1)).text.startswith("*customers.csv*: 5 of 5 rows scored")
        await files.pg.deliver.settle()
    assert "a button could not be taken away" in stream.getvalue()
    files.pg.faults.clear()
    assert files.pg.workspace.message(failed.channel, failed.ts) == failed
