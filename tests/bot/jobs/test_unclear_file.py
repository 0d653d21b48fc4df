"""Files whose names tell nothing: fetched only if that can help, and never an error."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scoring_cases import hand_made_model

from bot.jobs.files.unclear_file import MOST_BYTES, is_meant_as_table
from bot.jobs.scratch import Scratch
from segmentation.errors import NotReady
from segmentation.reading.encoding import Limits


class Fetching:
    """Delivers the same bytes for every address, or fails."""

    def __init__(self, data: bytes | None) -> None:
        self.data, self.asked = data, 0

    async def fetch(self, _url: str, _size: int, target: Path) -> None:
        """Write the bytes."""
        self.asked += 1
        if self.data is None:
            raise NotReady("Slack didn't deliver the file.")
        await asyncio.to_thread(target.write_bytes, self.data)


def left_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def meant(tmp_path: Path, file: dict[str, Any], fetching: Fetching, *, loaded: bool = True) -> bool:
    live: Any = SimpleNamespace(loaded=loaded, get=hand_made_model)
    downloader: Any = fetching
    return await is_meant_as_table(file, downloader, live, Scratch(tmp_path / "scratch"), Limits())


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ({"name": "a.csv"}, True),
        ({"name": "a.png", "filetype": "png"}, False),
        ({"name": "a", "filetype": "csv"}, True),
    ],
)
async def test_a_clear_file_is_not_fetched(tmp_path: Path, file: dict[str, Any], expected: bool) -> None:
    fetching = Fetching(b"")
    assert await meant(tmp_path, file, fetching) is expected
    assert fetching.asked == 0


@pytest.mark.parametrize(
    ("data", "expected"), [(b"income,score,age\n1,2,3\n", True), (b"Dear colleagues,\n", False), (None, False)]
)
async def test_an_unclear_file_is_told_by_its_content(tmp_path: Path, data: bytes | None, expected: bool) -> None:
    fetching = Fetching(data)
    assert await meant(tmp_path, {"name": "notes", "size": 9}, fetching) is expected
    assert fetching.asked == 1
    assert left_in(tmp_path) == []


async def test_nothing_is_fetched_that_is_too_large_or_has_no_model_to_be_scored_with(tmp_path: Path) -> None:
    fetching = Fetching(b"income,score,age\n1,2,3\n")
    assert not await meant(tmp_path, {"name": "notes.txt", "size": MOST_BYTES + 1}, fetching)
    assert not await meant(tmp_path, {"name": "notes.txt", "size": 9}, fetching, loaded=False)
    assert fetching.asked == 0
