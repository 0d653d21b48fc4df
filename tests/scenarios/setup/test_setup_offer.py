"""What depends on the home of a bot: without a model a file of own columns is offered, too, and never with a schema."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import pytest
from customer_files import trade_file
from files_harness import customers
from harness import Harness
from reference import sample_trained
from retrain_harness import RetrainHarness, buttons, retraining
from setup_harness import SetupDesk

from bot.blocks.files.setup_offer import SET_UP
from segmentation import schema_data

pytestmark = pytest.mark.asyncio
SHIPPED: Final = Path(schema_data.__file__).with_name("default.toml")


async def restart_jobs(desk: RetrainHarness) -> None:
    """Let the engine of the jobs end and begin again, so that it knows only what it has stored."""
    jobs = desk.files.bot.dependencies.jobs
    await asyncio.to_thread(jobs.stop, 1)
    await asyncio.to_thread(jobs.start)


async def test_without_a_model_a_file_of_own_columns_can_make_the_first_one_even_after_a_restart(
    tmp_path: Path,
) -> None:
    (tmp_path / "home" / "var").mkdir(parents=True)
    async with retraining(Harness(tmp_path / "home")) as desk:
        setup = SetupDesk(desk)
        known = await desk.files.score("customers.csv", customers(20))
        assert "There is no model yet. Somebody has to train one" in desk.files.said(known)
        assert SET_UP not in desk.files.said(known)
        offer = await setup.drop("sub.csv", trade_file("subscription", tmp_path).read_bytes())
        assert ": I see 400 customers" in offer.text
        no_model = "There is no model yet, but your file's own columns can make one."
        assert offer.text.endswith(f" I couldn't score the file as it is. {no_model}")
        await restart_jobs(desk)
        view = await setup.open(offer)
        assert "feature_adoption" in str(view.blocks)


async def test_where_a_schema_is_configured_nothing_else_is_proposed(tmp_path: Path) -> None:
    home = Harness(tmp_path / "home", more=(("SEGBOT_SCHEMA", str(SHIPPED)),))
    (tmp_path / "home" / "var").mkdir(parents=True)
    home.registry.promote(home.registry.save(sample_trained(), actor="tests", source="test"), actor="tests")
    async with retraining(home) as desk:
        file = await desk.files.score("bank.csv", trade_file("bank", tmp_path).read_bytes())
        assert "I can't find" in desk.files.said(file)
        assert SET_UP not in desk.files.said(file)
        report = await desk.latest(trade_file("bank", tmp_path).read_bytes())
        assert buttons(report) == []
