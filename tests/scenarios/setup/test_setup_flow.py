"""From a file of a team that never heard of age, income and score to segments in its own words, by clicks alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from customer_files import trade_file
from harness import Harness
from retrain_harness import RetrainHarness, candidate_of, retraining
from setup_harness import SetupDesk

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def desk(harness: Harness, tmp_path: Path) -> AsyncIterator[RetrainHarness]:
    async with retraining(harness.copy(tmp_path / "home")) as found:
        yield found


async def test_a_file_of_other_columns_becomes_segments_by_clicks_alone(desk: RetrainHarness, tmp_path: Path) -> None:
    setup = SetupDesk(desk)
    offer = await setup.drop("kunden.csv", trade_file("shop", tmp_path).read_bytes())
    assert "an id, four numbers, two categories and four columns nobody should segment on" in desk.said(offer)
    report = await setup.train(offer)
    await desk.promote(report)
    assert desk.registry.current() == candidate_of(report)
    names = desk.registry.load_current().schema.names
    assert names == ("tage_seit_kauf", "bestellungen", "umsatz", "retourenquote")
