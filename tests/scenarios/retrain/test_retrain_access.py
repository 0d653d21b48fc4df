"""Who may retrain: five kinds of people refused at the command, the form and every button; and Slack out of reach."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from harness import Harness
from retrain_harness import RetrainHarness, candidate_of, real_harness, retraining, sample_file

from bot.actions.decide_on_model import STALE
from bot.blocks.models.naming import NAME_SEGMENTS
from bot.blocks.models.retrain import TRY_AGAIN
from bot.blocks.models.retrain_report import DISCARD, PROMOTE
from bot.blocks.text import button
from bot.playground.workspace.records import Message, User
from bot.playground.workspace.workspace import Workspace
from bot.slack.access import GONE, NOT_ADMIN, NOT_LISTED, OUTSIDER, UNKNOWN

__all__ = ["real_harness"]
pytestmark = pytest.mark.asyncio(loop_scope="module")

REFUSED: dict[str, tuple[Callable[[Workspace], User], str]] = {
    "a plain member": (lambda w: w.analyst, NOT_ADMIN),
    "a guest": (lambda w: w.guest, OUTSIDER),
    "a bot": (lambda w: w.bot, OUTSIDER),
    "somebody deleted": (lambda w: w.deleted, GONE),
    "somebody from another organisation": (lambda w: w.external, OUTSIDER),
}
COMMANDS = ("", "k=5", "latest", "k=6 latest", "status", "history", "rollback", "rollback v1")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at_the_desk(real_harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RetrainHarness]:
    """A bot at work."""
    async with retraining(real_harness.copy(tmp_path_factory.mktemp("access"))) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def desk(at_the_desk: RetrainHarness) -> AsyncIterator[RetrainHarness]:
    """The bot at work, nobody's answer remembered."""
    at_the_desk.files.bot.dependencies.access._allowed_until.clear()
    yield at_the_desk
    at_the_desk.pg.faults.clear()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def report(at_the_desk: RetrainHarness) -> Message:
    """The report of a candidate nobody may promote in these tests."""
    return await at_the_desk.latest(sample_file(income=2))


@pytest.mark.parametrize("text", COMMANDS)
@pytest.mark.parametrize(("who", "sentence"), REFUSED.values(), ids=REFUSED)
async def test_the_command_is_refused(
    desk: RetrainHarness, report: Message, who: Callable[[Workspace], User], sentence: str, text: str
) -> None:
    user = who(desk.workspace)
    jobs, before = desk.jobs(), desk.registry.current()
    assert sentence in await desk.told(text, user)
    assert desk.workspace.open_views(user) == []
    assert desk.jobs() == jobs
    assert desk.registry.current() == before
    actor, note = desk.refusals()[-1]
    assert actor == f"slack:{user.id}"
    assert note.startswith("/retrain ")
    assert sentence in note


@pytest.mark.parametrize("button", [PROMOTE, NAME_SEGMENTS, DISCARD])
@pytest.mark.parametrize(("who", "sentence"), REFUSED.values(), ids=REFUSED)
async def test_a_click_is_refused_whoever_asked_for_the_retrain(
    desk: RetrainHarness, report: Message, who: Callable[[Workspace], User], sentence: str, button: str
) -> None:
    user = who(desk.workspace)
    before, announced = desk.registry.current(), desk.announcements()
    assert sentence in await desk.next_ephemeral(lambda: desk.click(report, button, user), user)
    assert desk.registry.current() == before
    assert desk.announcements() == announced
    assert desk.now(report) == report  # its buttons are for others still
    actor, note = desk.refusals()[-1]
    assert actor == f"slack:{user.id}"
    assert f"{button} {candidate_of(report)}" in note


async def test_a_form_opened_as_admin_is_refused_when_submitted_as_none(desk: RetrainHarness) -> None:
    workspace = desk.workspace
    view = await desk.form()
    workspace.change_user(workspace.admin, is_admin=False)
    desk.files.bot.dependencies.access._allowed_until.clear()
    jobs = desk.jobs()
    try:
        file = desk.choose("customers.csv", sample_file())
        told = await desk.next_ephemeral(lambda: desk.submit(view, file), workspace.admin)
    finally:
        workspace.change_user(workspace.admin, is_admin=True)
    assert NOT_ADMIN in told
    assert desk.jobs() == jobs
    assert desk.refusals()[-1] == (f"slack:{workspace.admin.id}", f"/retrain: submit the form: {NOT_ADMIN}")


async def test_a_form_submitted_by_somebody_else_is_theirs_to_answer_for(desk: RetrainHarness) -> None:
    workspace = desk.workspace
    view = await desk.form()
    file = desk.choose("customers.csv", sample_file())
    told = await desk.next_ephemeral(lambda: desk.submit(view, file, workspace.analyst), workspace.analyst)
    assert NOT_ADMIN in told
    await desk.pg.deliver.view_closed(view)


async def test_when_slack_cannot_be_asked_nobody_may(desk: RetrainHarness, report: Message) -> None:
    workspace = desk.workspace
    view = await desk.form()
    desk.files.bot.dependencies.access._allowed_until.clear()
    desk.pg.faults.error("users.info", "internal_error", times=None)
    before, jobs = desk.registry.current(), desk.jobs()
    assert UNKNOWN in await desk.told("latest")
    assert UNKNOWN in await desk.next_ephemeral(lambda: desk.click(report, PROMOTE), workspace.admin)
    file = desk.choose("customers.csv", sample_file())
    assert UNKNOWN in await desk.next_ephemeral(lambda: desk.submit(view, file), workspace.admin)
    assert (desk.registry.current(), desk.jobs()) == (before, jobs)
    assert all(UNKNOWN in note for _, note in desk.refusals()[-3:])
    desk.pg.faults.clear()
    await desk.pg.deliver.view_closed(await desk.form())


async def test_a_yes_holds_for_a_minute_and_then_slack_is_asked_again(
    desk: RetrainHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    access, workspace = desk.files.bot.dependencies.access, desk.workspace
    now = [1000.0]
    monkeypatch.setattr(access, "_clock", lambda: now[0])
    asked = len(workspace.calls_to("users.info"))
    await desk.told("status")
    workspace.change_user(workspace.admin, is_admin=False)
    try:
        now[0] += 59
        assert "In service" in await desk.told("status")
        assert len(workspace.calls_to("users.info")) == asked + 1
        now[0] += 2
        assert NOT_ADMIN in await desk.told("status")
    finally:
        workspace.change_user(workspace.admin, is_admin=True)


async def test_where_admins_are_listed_workspace_owners_are_not(
    real_harness: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, desk: RetrainHarness
) -> None:
    workspace = desk.workspace
    monkeypatch.setattr(desk.files.bot.dependencies.access, "_admins", frozenset({workspace.analyst.id}))
    assert NOT_LISTED in await desk.told("status", workspace.owner)
    assert "In service" in await desk.told("status", workspace.analyst)


async def test_an_id_in_the_text_counts_for_nothing(desk: RetrainHarness) -> None:
    workspace = desk.workspace
    answer = await desk.type(f"latest user={workspace.admin.id}", workspace.analyst)
    assert answer is not None
    assert "I don't know" in answer.text
    before = desk.registry.current()
    assert NOT_ADMIN in await desk.told(f"rollback {workspace.admin.id}", workspace.analyst)
    assert desk.refusals()[-1][0] == f"slack:{workspace.analyst.id}"
    assert desk.registry.current() == before


def naming(user: User, team: str, report: Message, action: str) -> Message:
    """A report whose buttons carry somebody's id under every name an id could have."""
    stated: dict[str, Any] = {"user": user.id, "user_id": user.id, "actor": f"slack:{user.id}", "team": team}
    if action == TRY_AGAIN:
        stated |= {"key": "forged", "file": "", "k": 5, "note": user.id, "attempt": 1}
    else:
        stated |= {"version": candidate_of(report), "expected": None}
    value = button("x", action, json.dumps(stated))
    return replace(report, blocks=({"type": "actions", "block_id": "b", "elements": [value]},))


@pytest.mark.parametrize("action", [PROMOTE, DISCARD, TRY_AGAIN])
async def test_an_id_in_a_button_counts_for_nothing(desk: RetrainHarness, report: Message, action: str) -> None:
    workspace = desk.workspace
    before, jobs, announced = desk.registry.current(), desk.jobs(), desk.announcements()
    forged = naming(workspace.admin, workspace.team.id, report, action)
    told = await desk.next_ephemeral(lambda: desk.click(forged, action, workspace.analyst), workspace.analyst)
    if action == TRY_AGAIN:
        # What else a button says is not looked at: who clicked is in the envelope.
        assert NOT_ADMIN in told
        assert desk.refusals()[-1] == (f"slack:{workspace.analyst.id}", f"/retrain: try again: {NOT_ADMIN}")
    else:
        assert STALE in told
    assert (desk.registry.current(), desk.jobs(), desk.announcements()) == (before, jobs, announced)
    assert desk.now(report) == report


async def test_who_clicks_is_who_did_it_whoever_the_button_names(desk: RetrainHarness, report: Message) -> None:
    workspace = desk.workspace
    trained, before = len(desk.trainer.requests), set(desk.jobs())
    forged = naming(workspace.analyst, "T0THER", report, TRY_AGAIN)
    await desk.click(forged, TRY_AGAIN, workspace.owner)
    end = await desk.end(before)
    assert [one.actor for one in desk.trainer.requests[trained:]] == [f"slack:{workspace.owner.id}"]
    (entry,) = [one for one in desk.registry.history() if one.version == candidate_of(end)]
    assert (entry.event, entry.actor) == ("saved", f"slack:{workspace.owner.id}")
