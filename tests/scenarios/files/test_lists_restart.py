"""A list that a stop of the bot interrupts is cut and sent after the next start: once."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from files_harness import at_work, customers, job_of
from harness import Harness

from bot.blocks.files.lists import GET_LIST, SEGMENTS_BLOCK
from bot.blocks.inputs import ENTERED
from bot.jobs.lists import steps
from segmentation.lists.cut import cut_list


@pytest.mark.long
async def test_a_list_goes_on_after_the_next_start(
    harness: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, released, calls = threading.Event(), threading.Event(), list[int]()

    def interrupted(*given: Any, **more: Any) -> Any:
        calls.append(1)
        if len(calls) > 1:
            return cut_list(*given, **more)
        begun.set()
        released.wait(60)
        raise InterruptedError

    monkeypatch.setattr(steps, "cut_list", interrupted)
    try:
        await stopped_and_started(harness.copy(tmp_path / "home"), begun, calls)
    finally:
        released.set()


async def stopped_and_started(home: Harness, begun: threading.Event, calls: list[int]) -> None:
    """Ask for a list, stop the bot while it is cut, start it again and look at what was sent."""
    async with at_work(home) as files:
        workspace, jobs = files.pg.workspace, files.bot.dependencies.jobs
        end = await files.end(files.drop("May.csv", customers(60)))
        await files.pg.deliver.action(end, GET_LIST)
        (view,) = await workspace.wait_until(lambda: workspace.open_views(workspace.analyst))
        await files.pg.deliver.view_submission(view, {SEGMENTS_BLOCK: {ENTERED: ["0"]}})
        assert await asyncio.to_thread(begun.wait, 60)
        await asyncio.to_thread(jobs.stop, 0)
        assert len(calls) == 1
        await asyncio.to_thread(jobs.start)
        await workspace.wait_for(lambda one: one.text.startswith("Your list:"))
        await files.rest()
        said = [one for one in workspace.messages() if job_of(one).startswith("list:")]
        assert len(said) == 1
        assert [one.name for one in workspace.files.by_id.values() if ".list." in one.name] == ["May.list.csv"]
        assert [entry.event for entry in files.harness.registry.history()].count("listed") == 1
        assert len(calls) == 2
