"""`/retrain table=…`: only tables that are configured, trained on where they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import polars as pl
import pytest
import pytest_asyncio
from harness import Harness
from retrain_harness import RetrainHarness, candidate_of, real_harness, retraining

from segmentation.training.samples.mall import sample_customers

__all__ = ["real_harness"]
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(real_harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RetrainHarness]:
    """A bot that knows two tables: one that is there, and one that is not."""
    folder = tmp_path_factory.mktemp("table")
    source = folder / "customers.parquet"
    pl.DataFrame(sample_customers(), schema=["age", "income", "score"], orient="row").write_parquet(source)
    tables = f"customers={source}, gone={folder / 'gone.parquet'}"
    harness = replace(real_harness.copy(folder / "bot"), more=(("SEGBOT_TABLES", tables),))
    async with retraining(harness) as started:
        yield started


async def test_a_configured_table_is_trained_on_and_compared(desk: RetrainHarness) -> None:
    before = set(desk.jobs())
    assert await desk.type("k=5 table=Customers") is None
    end = await desk.end(before)
    assert "200 used" in desk.details(end)
    manifest = desk.registry.manifest(candidate_of(end))
    assert manifest.source == "table customers, 200 rows"
    assert manifest.report.choice.k == 5
    assert desk.trainer.requests[-1].table == "customers"


async def test_a_table_that_is_not_configured_is_refused_with_those_there_are(desk: RetrainHarness) -> None:
    before = set(desk.jobs())
    told = await desk.told("table=pg_shadow")
    assert "I know no table called “pg_shadow”." in told
    assert "/retrain table=customers" in told
    assert set(desk.jobs()) == before


async def test_a_table_that_is_gone_ends_in_a_sentence_without_its_address(desk: RetrainHarness) -> None:
    before = set(desk.jobs())
    await desk.type("table=gone")
    said = desk.said(await desk.end(before))
    assert "couldn't train" in said
    assert "There is no file gone. Please ask the person who runs segbot to look at SEGBOT_TABLES." in said
    assert ".parquet" not in said


async def test_a_member_may_not_name_tables_either(desk: RetrainHarness) -> None:
    told = await desk.told("table=customers", user=desk.workspace.analyst)
    assert "Only workspace admins" in told
