"""The first model: trained, promoted and, there being none before, not rolled back from Slack."""

from __future__ import annotations

import json
from pathlib import Path

from harness import Harness
from reference import sample_trained
from retrain_harness import RetrainHarness, candidate_of, retraining, sample_file

from bot.playground.workspace.records import Message


async def first_report(desk: RetrainHarness) -> Message:
    """The report of a harness's first candidate."""
    report = await desk.latest(sample_file(income=2), "latest k=5")
    assert "Promote: your first model" in desk.said(report)
    return report


async def test_the_first_model_of_all_is_trained_and_promoted_here(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    async with retraining(Harness(tmp_path)) as desk:
        assert "There is no earlier version to roll back to." in await desk.told("rollback")
        assert "There is no model version yet." in await desk.told("history")
        assert "No version is in service yet." in await desk.told("status")
        report = await first_report(desk)
        assert json.loads(report.blocks[-1]["elements"][0]["value"])["expected"] is None
        announcement = await desk.promote(report)
        assert "Before" not in announcement.text
        reply = await desk.pg.deliver.command("/segment", "age=35 income=60 score=70")
        assert candidate_of(report) in desk.said(reply.message)
        assert "There is no earlier version to roll back to." in await desk.told("rollback")


async def test_a_model_of_sample_customers_is_followed_by_the_first_of_real_ones(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    harness = Harness(tmp_path)
    version = harness.registry.save(sample_trained(), actor="tests", source="sample")
    harness.registry.promote(version, actor="tests")
    async with retraining(harness) as desk:
        report = await first_report(desk)
        assert "Promote: your first model of real customers" in desk.said(report)
        await desk.promote(report)
        assert harness.registry.current() == candidate_of(report)
