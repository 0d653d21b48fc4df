"""Retraining with two replicas: a run outlives the replica it began on, and of two promotions at once one counts."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest
from files_harness import job_of
from replicas_harness import HURRY, needs_nginx
from retrain_harness import buttons, candidate_of, sample_file

from benchmarks.replicas_chaos import KEY, Harness, harness
from bot.blocks.models.retrain_report import PROMOTE
from bot.playground.workspace.records import Message
from segmentation.registry.registry import Registry

pytestmark = needs_nginx
PYTHON = [sys.executable, "-c"]
SERVING = [HURRY, "serve"]


def statuses(running: Harness) -> list[Message]:
    """The messages of retrains, oldest first."""
    return [one for one in running.playground.workspace.messages() if job_of(one).startswith("retrain:")]


async def asked(running: Harness, k: int) -> None:
    """Ask for a retrain on the last file."""
    workspace = running.playground.workspace
    assert (await running.playground.deliver.command("/retrain", f"latest k={k}", user=workspace.admin)).ok


async def reported(running: Harness, number: int) -> Message:
    """The report of a retrain, the first being number 0."""

    def report() -> Message | None:
        known = statuses(running)
        return known[number] if len(known) > number and buttons(known[number]) else None

    found: Message = await running.playground.workspace.wait_until(report, 90)
    return found


@pytest.mark.long
async def test_a_retrain_outlives_its_replica_and_of_two_promotions_at_once_one_counts(
    tmp_path: Path, postgres_url: str
) -> None:
    async with harness(tmp_path, postgres_url, PYTHON, rows=0, arguments=[SERVING, SERVING]) as running:
        registry = Registry.open(tmp_path / "none", tmp_path / "mine", KEY, postgres_url.replace("+psycopg", "", 1))
        (first,) = registry.versions()
        workspace = running.playground.workspace
        workspace.upload(workspace.analyst, workspace.general, "customers.csv", sample_file(income=2))
        one = await _taken_over(running)
        candidates = {info.version for info in registry.versions()} - {first.version}
        assert candidates == {candidate_of(one)}
        await asked(running, 4)
        two = await reported(running, 1)
        await _one_of_two_promotions_counts(running, registry, (one, two))


async def _taken_over(running: Harness) -> Message:
    """Begin a retrain where only one replica could, and kill that while it trains: one report, the other's."""
    doomed, other = running.replicas
    workspace = running.playground.workspace
    assert await other.end(signal.SIGTERM) == 0
    await asked(running, 5)
    await workspace.wait_for(lambda one: "✓ Downloading" in str(one.blocks), timeout=60)
    # Frozen, it gets no further while the other starts.
    doomed.send(signal.SIGSTOP)
    await other.start()
    await doomed.end(signal.SIGKILL)
    report = await reported(running, 0)
    assert [one.ts for one in statuses(running)] == [report.ts]
    await doomed.start()
    return report


async def _one_of_two_promotions_counts(running: Harness, registry: Registry, reports: tuple[Message, Message]) -> None:
    """Press *Promote* below two reports at the same moment; nginx gives one click to each replica."""
    workspace, deliver = running.playground.workspace, running.playground.deliver
    people = workspace.admin, workspace.owner
    clicks = await asyncio.gather(
        *(deliver.action(report, PROMOTE, user=person) for report, person in zip(reports, people, strict=True))
    )
    assert all(click.ok for click in clicks)
    told = await workspace.wait_for(lambda one: "The current version is now" in one.text, timeout=20)
    announced = await workspace.wait_for(lambda one: "is now in service, promoted by" in one.text, timeout=20)
    await deliver.settle()
    current = registry.current()
    assert current in {candidate_of(report) for report in reports}
    winner = reports.index(next(report for report in reports if candidate_of(report) == current))
    assert f"is now in service, promoted by <@{people[winner].id}>" in announced.text
    assert str(current) in str(announced.blocks)
    assert told.ephemeral_to == people[1 - winner].id
    assert f"The current version is now {current}" in told.text
    moves = [(entry.event, entry.version, entry.actor) for entry in registry.history() if entry.event == "promoted"]
    assert moves[1:] == [("promoted", current, f"slack:{people[winner].id}")]
    # The one that lost is compared with the winner now, and can still be promoted.
    lost = workspace.message(reports[1 - winner].channel, reports[1 - winner].ts)
    assert lost is not None
    assert buttons(lost)
    assert f"compared with {current}" in str(lost.blocks)
