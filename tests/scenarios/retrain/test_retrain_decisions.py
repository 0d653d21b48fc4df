"""*Promote*, *Discard* and `/retrain rollback`: each decision has one effect, and everybody is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
import pytest_asyncio
from files_harness import Gate, customers, gate
from harness import Harness, logged
from retrain_harness import RetrainHarness, buttons, candidate_of, real_harness, retraining, sample_file

from bot.actions.decide_on_model import STALE
from bot.blocks.model_names import model_text
from bot.blocks.models.naming import NAME_SEGMENTS
from bot.blocks.models.retrain_report import DISCARD, PROMOTE, Choice
from bot.blocks.models.versions import ROLL_BACK
from bot.blocks.text import button, capital
from bot.playground.faults.faults import RESPONSE_URL
from bot.playground.workspace.records import Message
from segmentation.registry.registry import Registry

__all__ = ["gate", "real_harness"]
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at_the_desk(real_harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RetrainHarness]:
    """A bot at work."""
    async with retraining(real_harness.copy(tmp_path_factory.mktemp("decisions"))) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def desk(at_the_desk: RetrainHarness) -> AsyncIterator[RetrainHarness]:
    """The bot at work."""
    yield at_the_desk
    at_the_desk.pg.faults.clear()
    at_the_desk.trainer.release()
    await at_the_desk.files.rest()


def entries(registry: Registry, version: str) -> list[tuple[str, str, str | None]]:
    """What the audit log says of a version: what, who, what was current before."""
    return [(one.event, one.actor, one.previous) for one in registry.history() if one.version == version]


async def test_promote_puts_the_candidate_in_service_at_once_and_tells_everybody(desk: RetrainHarness) -> None:
    workspace = desk.workspace
    before = desk.registry.current()
    report = await desk.latest(sample_file(income=2), "latest k=5")
    version = candidate_of(report)
    announcement = await desk.promote(report, workspace.owner)
    assert announcement.channel == report.channel
    assert f"is now in service, promoted by <@{workspace.owner.id}>." in announcement.text
    assert f"{version} · before: {before}" in str(announcement.blocks)
    assert desk.registry.current() == version
    assert desk.files.bot.dependencies.live.get().version == version
    now = desk.now(report)
    assert buttons(now) == []
    assert f"Promoted by <@{workspace.owner.id}>" in desk.said(report)
    assert "New: Spender" in desk.said(report)  # the report itself stays
    assert entries(desk.registry, version) == [
        ("saved", f"slack:{workspace.admin.id}", None),
        ("promoted", f"slack:{workspace.owner.id}", before),
    ]
    (entry,) = [one for one in desk.registry.history() if (one.event, one.version) == ("promoted", version)]
    assert entry.details["data"]
    assert entry.details["metrics"]["stability"] > 0.7
    reply = await desk.pg.deliver.command("/segment", "age=35 income=60 score=70")
    assert version in desk.said(reply.message)


async def test_discard_keeps_the_model_and_tells_everybody(desk: RetrainHarness) -> None:
    workspace, before = desk.workspace, desk.registry.current()
    report = await desk.latest(sample_file(income=1))
    announcement = await desk.discard(report)
    named = model_text(candidate_of(report))
    assert announcement.text == f"<@{workspace.admin.id}> discarded a candidate, the *{named}*."
    assert candidate_of(report) in desk.said(announcement), "the id is in the small print"
    assert desk.registry.current() == before
    assert buttons(desk.now(report)) == []
    assert "Discarded by" in desk.said(report)
    assert entries(desk.registry, candidate_of(report))[-1][:2] == ("discarded", f"slack:{workspace.admin.id}")


async def test_many_clicks_of_several_people_are_one_effect(desk: RetrainHarness) -> None:
    workspace = desk.workspace
    report = await desk.latest(sample_file(income=2), "latest k=5")
    version, announced = candidate_of(report), len(desk.announcements())
    people = [workspace.admin, workspace.owner] * 3
    await asyncio.gather(*(desk.click(report, PROMOTE, one) for one in people))
    late = "Nothing was changed. *Promoted* by"
    await workspace.wait_until(lambda: len([m for m in workspace.messages() if late in m.text]) == 5 or None, 20)
    # The one whose click counted is told last, or first: nobody knows.
    await workspace.wait_until(lambda: len(desk.announcements()) > announced or None, 20)
    await workspace.wait_until(lambda: buttons(desk.now(report)) == [] or None, 20)
    assert len(desk.announcements()) == announced + 1
    assert [event for event, _, _ in entries(desk.registry, version)] == ["saved", "promoted"]


@pytest.mark.parametrize(("first", "second"), [(PROMOTE, DISCARD), (DISCARD, PROMOTE), (DISCARD, DISCARD)])
async def test_a_click_after_the_decision_changes_nothing_and_says_what_was_decided(
    desk: RetrainHarness, first: str, second: str
) -> None:
    workspace = desk.workspace
    report = await desk.latest(sample_file(income=2), "latest k=5")
    await desk.announced(lambda: desk.click(report, first, workspace.owner))
    current, announced = desk.registry.current(), desk.announcements()
    # The very message as it was, with its buttons: a phone that was offline for a day.
    told = await desk.next_ephemeral(lambda: desk.click(report, second), workspace.admin)
    assert "Nothing was changed." in told
    assert f"{'Promoted' if first == PROMOTE else 'Discarded'} by <@{workspace.owner.id}>" in told
    assert (desk.registry.current(), desk.announcements()) == (current, announced)
    assert [event for event, _, _ in entries(desk.registry, candidate_of(report))][2:] == []


async def test_after_another_promotion_the_click_shows_the_new_comparison_and_can_be_repeated(
    desk: RetrainHarness,
) -> None:
    workspace = desk.workspace
    first = await desk.latest(sample_file(income=2), "latest k=5")
    second = await desk.latest(sample_file(income=2), "latest k=4")
    before = desk.registry.current()
    await desk.promote(first, workspace.owner)
    announced = desk.announcements()
    told = await desk.next_ephemeral(lambda: desk.click(second, PROMOTE), workspace.admin)
    assert f"The current version is now {candidate_of(first)}" in told
    assert "Nothing was changed." in told
    assert desk.registry.current() == candidate_of(first)
    assert desk.announcements() == announced
    anew = desk.now(second)
    assert f"compared with {before}" in desk.said(first)
    assert f"compared with {candidate_of(first)}" in desk.said(second)
    # The details follow the report.
    await workspace.wait_until(lambda: "Spender (gone)" in desk.details(second) or None, 20)
    assert buttons(anew) == [PROMOTE, NAME_SEGMENTS, DISCARD]
    await desk.promote(anew)
    assert desk.registry.current() == candidate_of(second)


async def test_a_candidate_may_be_discarded_whatever_is_current_by_now(desk: RetrainHarness) -> None:
    first = await desk.latest(sample_file(income=2), "latest k=5")
    second = await desk.latest(sample_file(income=2), "latest k=4")
    await desk.promote(first)
    await desk.discard(second)
    assert desk.registry.current() == candidate_of(first)


async def test_a_version_that_was_in_service_is_not_promoted_by_an_old_button(desk: RetrainHarness) -> None:
    report = await desk.latest(sample_file(income=2), "latest k=5")
    before = desk.registry.current()
    await desk.promote(report)
    await desk.rollback()
    assert desk.registry.current() == before
    told = await desk.next_ephemeral(lambda: desk.click(report, PROMOTE), desk.workspace.admin)
    assert "Another version is in service now." in told
    assert desk.registry.current() == before
    # The report was written when it was in service; what it says must still be true.
    assert "in service" not in desk.said(report).partition("Why")[0]


async def test_rollback_goes_back_and_tells_everybody(desk: RetrainHarness) -> None:
    report = await desk.latest(sample_file(income=2), "latest k=5")
    before, version = desk.registry.current(), candidate_of(report)
    await desk.promote(report)
    told = await desk.rollback(user=desk.workspace.owner)
    both = [str(before), version]
    assert told.text == (
        f"<@{desk.workspace.owner.id}> rolled back: the *{model_text(both[0], both)}* is in service again. "
        f"It replaces the {model_text(version, both)}."
    )
    assert f"{before} · undo with `/retrain rollback {version}`" in str(told.blocks)
    assert desk.files.bot.dependencies.live.get().version == before
    again = await desk.rollback(version)
    assert "is in service again" in again.text
    assert version in str(again.blocks)
    assert desk.registry.current() == version


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("20990101-000000-deadbeef", "There is no model version 20990101-000000-deadbeef"),
        ("../../etc/passwd", "A version id has 1 to 64"),
        ("current", "A version id has 1 to 64"),
    ],
)
async def test_a_rollback_to_what_is_not_there_is_answered(desk: RetrainHarness, version: str, told: str) -> None:
    before = desk.registry.current()
    assert told in await desk.told(f"rollback {version}")
    assert desk.registry.current() == before


async def test_a_rollback_is_asked_about_first_and_says_who_moves(desk: RetrainHarness) -> None:
    report = await desk.latest(sample_file(income=2), "latest k=5")
    before = desk.registry.current()
    await desk.promote(report)
    asked = await desk.asked()
    assert "of 200 customers move to another segment." in asked.text
    assert asked.text.startswith("Go back to the model of ")
    said = desk.said(asked)
    assert f"Back to {before}" in said
    assert f"in service now: {candidate_of(report)}" in said
    assert desk.registry.current() == candidate_of(report)  # nothing changes by itself
    await desk.announced(lambda: desk.click(asked, ROLL_BACK))
    assert desk.registry.current() == before


async def test_two_who_confirm_the_same_rollback_go_back_once(desk: RetrainHarness) -> None:
    for shift in (1, 2):
        await desk.promote(await desk.latest(sample_file(income=shift), "latest k=5"))
    asked = await desk.asked(), await desk.asked(user=desk.workspace.owner)
    announced = len(desk.announcements())
    await desk.announced(lambda: desk.click(asked[0], ROLL_BACK))
    after = desk.registry.current()
    told = await desk.next_ephemeral(
        lambda: desk.click(asked[1], ROLL_BACK, desk.workspace.owner), desk.workspace.owner
    )
    assert "is the current version already" in told
    assert desk.registry.current() == after
    assert len(desk.announcements()) == announced + 1


async def test_a_rollback_confirmed_after_another_promotion_changes_nothing(desk: RetrainHarness) -> None:
    await desk.promote(await desk.latest(sample_file(income=1), "latest k=5"))
    asked = await desk.asked()
    await desk.promote(await desk.latest(sample_file(income=2), "latest k=5"))
    current = desk.registry.current()
    told = await desk.next_ephemeral(lambda: desk.click(asked, ROLL_BACK), desk.workspace.admin)
    assert f"The current version is now {current}" in told
    assert desk.registry.current() == current


async def test_only_people_who_may_change_the_model_can_confirm_a_rollback(desk: RetrainHarness) -> None:
    await desk.promote(await desk.latest(sample_file(income=2), "latest k=5"))
    asked, current = await desk.asked(), desk.registry.current()
    analyst = desk.workspace.analyst
    assert "Only workspace admins" in await desk.next_ephemeral(lambda: desk.click(asked, ROLL_BACK, analyst), analyst)
    assert desk.registry.current() == current


async def test_a_rollback_to_a_candidate_or_the_current_version_is_answered(desk: RetrainHarness) -> None:
    report = await desk.latest(sample_file(income=1))
    assert "was never in service: promote it instead" in await desk.told(f"rollback {candidate_of(report)}")
    assert "is the current version already" in await desk.told(f"rollback {desk.registry.current()}")
    await desk.discard(report)


async def test_an_unsafe_candidate_has_no_promote_button_and_says_why(desk: RetrainHarness) -> None:
    before = desk.registry.current()
    report = await desk.latest(sample_file(rows=30))
    said = desk.said(report)
    assert "Don't promote: unsafe" in said
    assert "Only 30 rows could be used" in said
    assert buttons(report) == [DISCARD]
    # A button made for it all the same is refused by the registry.
    value = Choice(candidate_of(report), before).to_value()
    forged = replace(report, blocks=({"type": "actions", "block_id": "b", "elements": [button("x", PROMOTE, value)]},))
    told = await desk.next_ephemeral(lambda: desk.click(forged, PROMOTE), desk.workspace.admin)
    assert "is unsafe and was not put in service" in told
    assert desk.registry.current() == before
    assert f"promote {candidate_of(report)}" in desk.refusals()[-1][1]
    await desk.discard(report)


async def test_where_it_is_allowed_an_unsafe_candidate_can_be_promoted(
    desk: RetrainHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.files.bot.dependencies.candidates, "_allow_unsafe", True)
    before = desk.registry.current()
    report = await desk.latest(sample_file(rows=30))
    assert "Don't promote: unsafe" in desk.said(report)
    assert buttons(report) == [PROMOTE, NAME_SEGMENTS, DISCARD]
    await desk.promote(report)
    assert desk.registry.current() == candidate_of(report)
    await desk.rollback()
    assert desk.registry.current() == before


async def test_a_damaged_candidate_is_refused_and_the_buttons_stay(desk: RetrainHarness) -> None:
    before = desk.registry.current()
    report = await desk.latest(sample_file(income=1))
    desk.files.harness.break_version(candidate_of(report))
    told = await desk.next_ephemeral(lambda: desk.click(report, PROMOTE), desk.workspace.admin)
    assert "was not used" in told
    assert desk.registry.current() == before
    assert buttons(desk.now(report)) == [PROMOTE, NAME_SEGMENTS, DISCARD]


async def test_a_disk_that_is_full_at_the_click_is_said_and_the_buttons_stay(
    desk: RetrainHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = await desk.latest(sample_file(income=1))
    before = desk.registry.current()

    def full(*_arguments: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("segmentation.registry.folder_storage.write_new", full)
        told = await desk.next_ephemeral(lambda: desk.click(report, PROMOTE), desk.workspace.admin)
    assert "No space left on device" in told
    assert desk.registry.current() == before
    assert buttons(desk.now(report)) == [PROMOTE, NAME_SEGMENTS, DISCARD]
    await desk.promote(report)
    assert desk.registry.current() == candidate_of(report)


VALUES = (
    "",
    "no json",
    "[]",
    "{}",
    '{"version": "v1"}',
    '{"version": "../x", "expected": null}',
    '{"version": "v1", "expected": "<!channel>"}',
    '{"version": 7, "expected": null}',
    '{"version": "v1", "expected": null, "elbow": "x y"}',
    '{"version": "v1", "expected": null, "elbow": ["F123"]}',
    '{"version": "v1", "expected": null, "more": 1}',
    '{"version": "v1", "expected": null, "elbow": "' + "F" * 3000 + '"}',
    "[" * 1500,
)


@pytest.mark.parametrize("value", VALUES)
async def test_a_button_that_was_tampered_with_is_answered(desk: RetrainHarness, value: str) -> None:
    (report, *_) = desk.statuses()
    before = desk.registry.current()
    forged = replace(report, blocks=({"type": "actions", "block_id": "b", "elements": [button("x", PROMOTE, value)]},))
    assert STALE in await desk.next_ephemeral(lambda: desk.click(forged, PROMOTE), desk.workspace.admin)
    assert desk.registry.current() == before


async def test_a_button_for_a_version_that_was_pruned_is_answered(desk: RetrainHarness) -> None:
    (report, *_) = desk.statuses()
    value = Choice("20200101-000000-deadbeef", None).to_value()
    forged = replace(report, blocks=({"type": "actions", "block_id": "b", "elements": [button("x", DISCARD, value)]},))
    told = await desk.next_ephemeral(lambda: desk.click(forged, DISCARD), desk.workspace.admin)
    assert "There is no model version 20200101-000000-deadbeef any more" in told


async def test_a_message_that_cannot_be_edited_does_not_undo_the_promotion(desk: RetrainHarness) -> None:
    report = await desk.latest(sample_file(income=2), "latest k=5")
    desk.pg.faults.error("chat.update", "edit_window_closed", times=None)
    await desk.promote(report)
    assert desk.registry.current() == candidate_of(report)


def promotions(desk: RetrainHarness, version: str) -> list[Message]:
    """Whatever says that a version was promoted, its report aside."""
    told = "is now in service, promoted by"
    return [one for one in desk.workspace.messages() if told in one.text and version in str(one.blocks)]


async def test_an_announcement_that_is_dropped_on_its_way_becomes_a_message(desk: RetrainHarness) -> None:
    report = await desk.latest(sample_file(income=2), "latest k=5")
    desk.pg.faults.drop(RESPONSE_URL, times=None)
    with logged() as stream:
        await desk.click(report, PROMOTE)
        (told,) = await desk.workspace.wait_until(lambda: promotions(desk, candidate_of(report)) or None, 20)
    assert (told.made_by, told.channel, told.ephemeral_to) == ("chat.postMessage", report.channel, None)
    assert desk.registry.current() == candidate_of(report)
    assert "unexpected error" not in stream.getvalue()


async def test_where_no_announcement_gets_through_whoever_clicked_hears_that_it_is_done(desk: RetrainHarness) -> None:
    report = await desk.latest(sample_file(income=2), "latest k=5")
    desk.pg.faults.drop(RESPONSE_URL, times=2)  # slack_sdk tries once more
    desk.pg.faults.error("chat.postMessage", "not_in_channel", times=None)
    told = await desk.next_ephemeral(lambda: desk.click(report, PROMOTE), desk.workspace.admin)
    assert f"{capital(model_text(candidate_of(report)))}" in told
    assert "is now in service, promoted by" in told
    assert "I couldn't tell this channel" in told
    assert desk.registry.current() == candidate_of(report)


async def test_a_rollback_nobody_can_be_told_of_is_done_and_logged_all_the_same(desk: RetrainHarness) -> None:
    await desk.promote(await desk.latest(sample_file(income=2), "latest k=5"))
    asked, before = await desk.asked(), desk.registry.current()
    desk.pg.faults.drop(RESPONSE_URL, times=None)
    desk.pg.faults.error("chat.postMessage", "not_in_channel", times=None)
    with logged() as stream:
        await desk.click(asked, ROLL_BACK)
        await stream.hear("the person could not be told")
    assert "the channel could not be told what was done" in stream.getvalue()
    assert "unexpected error" not in stream.getvalue()
    assert desk.registry.current() != before


async def test_a_file_under_way_finishes_with_the_version_it_began_with_and_says_which(
    desk: RetrainHarness, gate: Callable[[], Gate]
) -> None:
    report = await desk.latest(sample_file(income=2), "latest k=4")
    before, version = desk.registry.current(), candidate_of(report)
    held = gate()
    file = desk.files.drop("large.csv", customers(20))
    await held.entered.wait()
    await desk.promote(report)
    assert desk.files.bot.dependencies.live.get().version == version
    held.opened.set()
    await desk.files.end(file)
    assert f"({before})" in desk.files.said(file)
    following = await desk.files.score("next.csv", customers(20))
    assert f"({version})" in desk.files.said(following)


async def test_a_promotion_from_the_terminal_is_known_to_the_report(desk: RetrainHarness) -> None:
    report = await desk.latest(sample_file(income=1))
    desk.registry.promote(candidate_of(report), actor="cli:ana")
    told = await desk.next_ephemeral(lambda: desk.click(report, PROMOTE), desk.workspace.admin)
    assert "Promoted by cli:ana" in told
    assert buttons(desk.now(report)) == []
