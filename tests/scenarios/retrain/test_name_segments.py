"""*Name the segments*: from the button to the names in every answer, for a candidate and for the model in service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from harness import Harness, logged
from retrain_harness import RetrainHarness, buttons, candidate_of, real_harness, retraining, sample_file

from bot.actions.name_segments import STALE
from bot.blocks.customers.segments import SENT
from bot.blocks.inputs import ENTERED
from bot.blocks.models.naming import NAME_SEGMENTS, NAMING_FORM, block_of
from bot.blocks.models.retrain_report import DISCARD, PROMOTE, Choice
from bot.blocks.text import button
from bot.playground.block_kit.render import render_blocks, render_message
from bot.playground.faults.faults import RESPONSE_URL
from bot.playground.workspace.records import Message, User, View
from bot.slack.modals import TOO_LATE
from segmentation.registry.states import State
from segmentation.renaming import NOTHING_NEW

__all__ = ["real_harness"]
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at_the_desk(real_harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RetrainHarness]:
    """A bot at work."""
    async with retraining(real_harness.copy(tmp_path_factory.mktemp("names"))) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def desk(at_the_desk: RetrainHarness) -> AsyncIterator[RetrainHarness]:
    """The bot at work."""
    yield at_the_desk
    at_the_desk.pg.faults.clear()
    at_the_desk.trainer.release()
    await at_the_desk.files.rest()


async def opened(desk: RetrainHarness, message: Message, user: User | None = None) -> View:
    """Press the button and return the form."""
    who = user or desk.workspace.admin
    await desk.click(message, NAME_SEGMENTS, who)

    def form() -> View | None:
        return next((view for view in desk.workspace.open_views(who) if view.body["callback_id"] == NAMING_FORM), None)

    view: View = await desk.workspace.wait_until(form, 20)
    return view


def entries(view: View, **names: str) -> dict[str, Mapping[str, Any]]:
    """Return other names for some segments, by what they are called now."""
    names_now = [
        block["element"]["initial_value"] for block in view.blocks if str(block["block_id"]).startswith("name_")
    ]
    return {block_of("name", names_now.index(old)): {ENTERED: new} for old, new in names.items()}


async def submitted(desk: RetrainHarness, view: View, state: Mapping[str, Any]) -> None:
    reply = await desk.pg.deliver.view_submission(view, state)
    assert reply.ok, reply.problem


async def told_of_map(desk: RetrainHarness, user: User) -> Message:
    """Type `/segments` and return the message with the button, which follows the map."""
    before = {message.ts for message in desk.workspace.messages()}
    await desk.pg.deliver.command("/segments", user=user)

    def found() -> Message | None:
        new = [one for one in desk.workspace.messages() if one.ts not in before and one.ephemeral_to == user.id]
        return next((one for one in new if one.text == SENT), None)

    message: Message = await desk.workspace.wait_until(found, 30)
    return message


async def test_a_candidate_is_named_in_its_report_and_promoted_with_the_names(desk: RetrainHarness) -> None:
    report = await desk.latest(sample_file(income=2), "latest k=5")
    before = candidate_of(report)
    assert buttons(report) == [PROMOTE, NAME_SEGMENTS, DISCARD]
    view = await opened(desk, report)
    shown = render_blocks(view.blocks)
    assert "Miser – 35 customers" in shown
    assert "For instance: Higher income, lower spending" in shown
    state = entries(view, Miser="Savers") | {block_of("action", 0): {ENTERED: "Invite them."}}
    await submitted(desk, view, state)
    assert desk.workspace.open_views(desk.workspace.admin) == []
    named = await desk.workspace.wait_until(
        lambda: ((now := desk.now(report)) and candidate_of(now) != before and now) or None, 20
    )
    assert f"made from {before} by <@{desk.workspace.admin.id}>" in desk.said(named)
    # The pictures come later, with the new names; the details follow the report.
    await desk.workspace.wait_until(lambda: "Savers" in images(desk.now(report)) or None, 30)
    await desk.workspace.wait_until(
        lambda: "Segment map of the candidate: Target, Savers" in details(desk, report) or None
    )
    assert "Savers (was Miser)" in desk.details(report)
    assert buttons(desk.now(report)) == [PROMOTE, NAME_SEGMENTS, DISCARD]
    assert desk.registry.state(before) is State.SUPERSEDED
    announcement = await desk.promote(desk.now(report))
    assert desk.registry.current() == candidate_of(named)
    assert buttons(announcement) == [NAME_SEGMENTS]
    answer = await desk.pg.deliver.command("/segment", "age=35 income=90 score=10")
    assert "Savers" in render_message(answer.message)
    # Back to the model before, on which the other trainings build as well.
    await desk.rollback()


def details(desk: RetrainHarness, report: Message) -> str:
    (message,) = desk.thread(report)
    return images(message)


def images(message: Message) -> str:
    return " ".join(block["alt_text"] for block in message.blocks if block["type"] == "image")


async def test_the_old_button_neither_promotes_nor_names_what_was_renamed(desk: RetrainHarness) -> None:
    report = await desk.latest(sample_file(income=2), "latest k=5")
    before, current = candidate_of(report), desk.registry.current()
    view, late = await opened(desk, report), await opened(desk, report, desk.workspace.owner)
    await submitted(desk, view, entries(view, Spender="Fans"))
    after = candidate_of(await desk.workspace.wait_until(lambda: renamed(desk, report, before), 20))
    state = entries(late, Spender="Buyers")
    told = await desk.next_ephemeral(lambda: submitted(desk, late, state), desk.workspace.owner)
    assert f"were renamed before: {after} has the new names" in told
    for action in (PROMOTE, DISCARD):
        told = await desk.next_ephemeral(partial(desk.click, report, action), desk.workspace.admin)
        assert "Nothing was changed. Renamed by" in told
        assert f"the candidate {after} has the new names" in told
    told = await desk.next_ephemeral(lambda: desk.click(report, NAME_SEGMENTS), desk.workspace.admin)
    assert f"were renamed before: {after}" in told
    assert desk.registry.current() == current
    assert desk.registry.state(after) is State.CANDIDATE


def renamed(desk: RetrainHarness, report: Message, before: str) -> Message | None:
    now = desk.now(report)
    return now if candidate_of(now) != before else None


async def test_the_model_in_service_is_renamed_at_once_and_a_rollback_goes_back(desk: RetrainHarness) -> None:
    before = desk.registry.current()
    message = await told_of_map(desk, desk.workspace.admin)
    view = await opened(desk, message)
    told = await desk.announced(lambda: submitted(desk, view, entries(view, Careful="Frugal")))
    after = desk.registry.current()
    assert after != before
    assert f"<@{desk.workspace.admin.id}> renamed segments: Careful → Frugal." in told.text
    assert "The model in service has these words now, and no customer changes segment." in told.text
    assert f"{after} · before: {before}" in render_message(told), "ids are for the small print"
    assert str(after) not in told.text
    assert desk.files.bot.dependencies.live.get().version == after
    listed = await desk.pg.deliver.command("/segments")
    assert "Frugal" in render_message(listed.message)
    renamed, promoted = desk.registry.history()[-2:]
    assert (renamed.event, renamed.actor, promoted.event) == (
        "renamed",
        f"slack:{desk.workspace.admin.id}",
        "promoted",
    )
    history = await desk.told("history")
    assert "renamed Careful → Frugal" in history
    await desk.rollback()
    assert desk.registry.current() == before
    assert "Careful" in desk.files.bot.dependencies.live.get().names


async def test_two_admins_at_once_have_one_effect_and_an_honest_answer(desk: RetrainHarness) -> None:
    admin, owner = desk.workspace.admin, desk.workspace.owner
    views = [await opened(desk, await told_of_map(desk, one), one) for one in (admin, owner)]
    versions, announced = len(desk.registry.versions()), len(desk.announcements())
    names = ("Frugal", "Thrifty")
    await asyncio.gather(
        *(submitted(desk, view, entries(view, Careful=name)) for view, name in zip(views, names, strict=True))
    )
    await desk.workspace.wait_for(lambda one: "is no longer in service" in one.text, timeout=20)
    await desk.workspace.wait_until(lambda: len(desk.announcements()) > announced or None, 20)
    assert len(desk.registry.versions()) == versions + 1
    assert len({*desk.files.bot.dependencies.live.get().names} & set(names)) == 1
    await desk.rollback()


@pytest.mark.parametrize(
    ("entered", "said"),
    [
        ("", "Every segment needs a name"),
        ("Target", "Two segments are called “Target”"),
        ("TARGET", "differ only in capitals"),
        ("x" * 41, "40 is the limit"),
    ],
)
async def test_a_name_that_cannot_be_used_is_told_in_the_form(desk: RetrainHarness, entered: str, said: str) -> None:
    versions = len(desk.registry.versions())
    view = await opened(desk, await told_of_map(desk, desk.workspace.admin))
    empty = {"type": "plain_text_input", "value": None}
    second = next(str(b["block_id"]) for b in view.blocks if b.get("element", {}).get("initial_value") == "Standard")
    await submitted(desk, view, {second: {ENTERED: entered or empty}})
    (now,) = desk.workspace.open_views(desk.workspace.admin)
    assert said in now.errors[second]
    assert len(desk.registry.versions()) == versions
    await desk.pg.deliver.view_closed(now)


async def test_an_unchanged_form_changes_nothing_and_says_so(desk: RetrainHarness) -> None:
    before = desk.registry.current()
    view = await opened(desk, await told_of_map(desk, desk.workspace.admin))
    told = await desk.next_ephemeral(lambda: submitted(desk, view, {}), desk.workspace.admin)
    assert NOTHING_NEW in told
    assert desk.registry.current() == before


async def test_other_people_have_no_button_and_cannot_use_one_they_see(desk: RetrainHarness) -> None:
    analyst = desk.workspace.analyst
    assert buttons(await told_of_map(desk, analyst)) == []
    value = Choice(str(desk.registry.current()), None).to_value()
    (report, *_) = desk.statuses()
    forged = replace(
        report, blocks=({"type": "actions", "block_id": "b", "elements": [button("x", NAME_SEGMENTS, value)]},)
    )
    told = await desk.next_ephemeral(lambda: desk.click(forged, NAME_SEGMENTS, analyst), analyst)
    assert "may change the model" in told
    assert desk.workspace.open_views(analyst) == []
    assert desk.refusals()[-1][1].startswith(NAME_SEGMENTS)
    broken = replace(
        report, blocks=({"type": "actions", "block_id": "b", "elements": [button("x", NAME_SEGMENTS, "?")]},)
    )
    assert STALE in await desk.next_ephemeral(lambda: desk.click(broken, NAME_SEGMENTS), desk.workspace.admin)


async def test_a_form_that_slack_does_not_open_is_said(desk: RetrainHarness) -> None:
    message = await told_of_map(desk, desk.workspace.admin)
    desk.pg.faults.error("views.open", "expired_trigger_id")
    told = await desk.next_ephemeral(lambda: desk.click(message, NAME_SEGMENTS), desk.workspace.admin)
    assert TOO_LATE in told


async def test_a_report_that_cannot_be_edited_leaves_the_names_saved_and_says_so(desk: RetrainHarness) -> None:
    report = await desk.latest(sample_file(income=2), "latest k=5")
    view = await opened(desk, report)
    desk.pg.faults.error("chat.update", "edit_window_closed", times=None)
    state = entries(view, Standard="Everyone else")
    told = await desk.next_ephemeral(lambda: submitted(desk, view, state), desk.workspace.admin)
    assert "Saved: Standard → Everyone else. The candidate has these names now. If its report doesn't show" in told
    assert desk.registry.state(candidate_of(report)) is State.SUPERSEDED


async def test_pictures_that_cannot_be_drawn_leave_the_report_without_them(
    desk: RetrainHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = await desk.latest(sample_file(income=2), "latest k=5")
    view = await opened(desk, report)

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bot.views.name_segments.draw_charts", broken)
    with logged() as stream:
        await submitted(desk, view, entries(view, Standard="Everyone else"))
        await stream.hear("a renamed report goes without its pictures", 20)
    assert "Everyone else" in desk.said(report)
    assert buttons(desk.now(report)) == [PROMOTE, NAME_SEGMENTS, DISCARD]
    assert images(desk.now(report)) == ""


async def test_without_its_response_url_the_person_is_told_all_the_same(desk: RetrainHarness) -> None:
    view = await opened(desk, await told_of_map(desk, desk.workspace.admin))
    desk.pg.faults.drop(RESPONSE_URL, times=None)
    before = {message.ts for message in desk.workspace.messages()}
    await submitted(desk, view, {})
    told = await desk.workspace.wait_for(lambda one: one.ts not in before and NOTHING_NEW in one.text, timeout=20)
    assert told.made_by == "chat.postEphemeral"


async def test_a_click_that_slack_delivers_twice_opens_one_form(desk: RetrainHarness) -> None:
    workspace = desk.workspace
    view = await opened(desk, await told_of_map(desk, workspace.admin))
    said, calls = len(workspace.messages()), len(workspace.calls_to("views.open"))
    click = next(one for one in reversed(workspace.deliveries) if one.kind == "interactive")
    assert (await desk.pg.deliver._interactive(click.payload)).ok
    await desk.files.bot.dependencies.follow_ups.wait(30)
    assert (len(workspace.messages()), len(workspace.calls_to("views.open"))) == (said, calls)
    await desk.pg.deliver.view_closed(view)


async def test_a_form_that_slack_delivers_twice_renames_once(desk: RetrainHarness) -> None:
    view = await opened(desk, await told_of_map(desk, desk.workspace.admin))
    versions = len(desk.registry.versions())
    await desk.announced(lambda: submitted(desk, view, entries(view, Careful="Frugal")))
    after, said = desk.registry.current(), len(desk.workspace.messages())
    sent = next(one for one in reversed(desk.workspace.deliveries) if one.kind == "interactive")
    assert (await desk.pg.deliver._interactive(sent.payload)).ok
    await desk.files.bot.dependencies.follow_ups.wait(30)
    assert (desk.registry.current(), len(desk.registry.versions())) == (after, versions + 1)
    assert len(desk.workspace.messages()) == said
    await desk.rollback()
