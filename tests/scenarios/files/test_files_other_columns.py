"""A file for the columns of an earlier version: the refusal names the version that reads it, and how to go back."""

from __future__ import annotations

from pathlib import Path

import pytest
from files_harness import at_work, customers
from harness import Harness
from reference import rfm_trained

pytestmark = pytest.mark.asyncio


async def test_a_file_for_the_columns_before_is_told_which_version_reads_it(harness: Harness, tmp_path: Path) -> None:
    home = harness.copy(tmp_path / "home")
    before = home.registry.current()
    after = home.registry.save(rfm_trained(), actor="tests", source="test")
    home.registry.promote(after, actor="tests")
    async with at_work(home) as files:
        said = files.said(await files.score("customers.csv", customers(3)))
    assert "I can't find recency, frequency or monetary" in said
    assert f"Version {before}, which was in service before, reads these columns." in said
    assert f"/retrain rollback {before}" in said
