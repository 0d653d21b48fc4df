"""The bot killed at random instants while files are scored: nothing is lost, doubled, wrong or left behind."""

from __future__ import annotations

from pathlib import Path

from campaigns import campaign

from benchmarks.chaos import run


async def test_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    files, kills = campaign(2, 40), campaign(1, 20)
    result = await run(files=files, kills=kills, seed=7, folder=tmp_path, rows=50)
    assert result.clean, result
    assert (result.files, result.kills, result.starts) == (files, kills, kills + 2)
