"""`/segment` alone: a form with a field for each feature, answered where it was opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from harness import EXAMPLE
from reference import rfm_trained
from stage import Stage

from bot.blocks.customers.segment_form import SEGMENT_FORM, block_of
from bot.blocks.inputs import ENTERED
from bot.playground.block_kit.render import render_blocks
from bot.playground.faults.faults import RESPONSE_URL
from bot.playground.workspace.records import Channel, Message, User, View
from bot.slack.access import STRANGER
from bot.views.segment_form import OTHER_MODEL
from segmentation.schema import telling_first
from segmentation.training.train import Trained

Read = Callable[[Message], str]


async def opened(stage: Stage, user: User | None = None, channel: Channel | None = None) -> View:
    """Type the command and return the form."""
    workspace = stage.pg.workspace
    who = user or workspace.analyst
    reply = await stage.pg.deliver.command("/segment", "", user=who, channel=channel)
    assert (reply.status, reply.message) == (200, None)
    (view,) = await workspace.wait_until(lambda: workspace.open_views(who) or None, 20)
    found: View = view
    assert found.body["callback_id"] == SEGMENT_FORM
    return found


async def submitted(stage: Stage, view: View, **values: object) -> None:
    state: dict[str, Mapping[str, object]] = {block_of(name): {ENTERED: value} for name, value in values.items()}
    reply = await stage.pg.deliver.view_submission(view, state)
    assert reply.ok, reply.problem


async def answered(stage: Stage, view: View, **values: object) -> Message:
    """Submit the form and return what its person alone is told."""
    before = {message.ts for message in stage.pg.workspace.messages()}
    await submitted(stage, view, **values)
    found: Message = await stage.pg.workspace.wait_for(
        lambda one: one.ts not in before and one.ephemeral_to == view.user, timeout=20
    )
    return found


async def test_the_form_has_a_field_for_each_feature_and_answers_as_the_command_does(stage: Stage, read: Read) -> None:
    typed = await stage.segment(EXAMPLE)
    view = await opened(stage)
    shown = render_blocks(view.blocks)
    for part in ("Age (years)", "0 to 120 years · describes only", "0 to 1000 k$ · decides the segment"):
        assert part in shown
    answer = await answered(stage, view, age=35, income=60, score=70)
    assert read(answer) == read(typed)
    assert (answer.channel, answer.made_by) == (typed.channel, "response_url")
    assert "Confidence" in read(answer)
    assert stage.pg.workspace.open_views(stage.pg.workspace.analyst) == []
    # Its button works as the one under a typed command's answer.
    shared = len(stage.public())
    await stage.pg.deliver.action(answer, "share_segment")
    await stage.pg.workspace.wait_until(lambda: len(stage.public()) > shared or None, 20)


async def test_fields_may_be_left_empty(stage: Stage, read: Read) -> None:
    answer = await answered(stage, await opened(stage), income=90)
    assert "it depends on the spending score" in read(answer)
    assert "confidence" not in read(answer).lower()


async def test_it_answers_in_any_conversation_even_where_the_bot_is_not(stage: Stage, read: Read) -> None:
    workspace = stage.pg.workspace
    elsewhere = next(one for one in workspace.channels.values() if workspace.bot.id not in one.members)
    member = next(user for user in (workspace.admin, workspace.owner) if user.id in elsewhere.members)
    answer = await answered(stage, await opened(stage, member, elsewhere), income=60, score=70)
    assert answer.channel == elsewhere.id
    assert "Confidence" in read(answer)


@pytest.mark.parametrize(
    ("entered", "field", "said"),
    [
        ({"income": 60, "score": 170}, "score", "Spending score 170 is outside 0 to 100 points."),
        (
            {"income": 60_000, "score": 70},
            "income",
            "60000 looks like dollars; I expect thousands (k$). Did you mean 60?",
        ),
        ({"age": 35}, "income", "Enter at least one value that decides the segment: annual income or spending score."),
        ({}, "income", "Enter at least one value that decides the segment"),
        ({"income": "sixty", "score": 1}, "income", "Annual income is not a plain number: “sixty”."),
    ],
)
async def test_a_value_that_cannot_be_used_is_told_in_the_form(
    stage: Stage, entered: Mapping[str, object], field: str, said: str
) -> None:
    view = await opened(stage)
    await submitted(stage, view, **entered)
    (now,) = stage.pg.workspace.open_views(stage.pg.workspace.analyst)
    assert list(now.errors) == [block_of(field)]
    assert said in now.errors[block_of(field)]
    assert "confidence" not in now.errors[block_of(field)].lower()


async def test_if_slack_does_not_open_the_form_the_command_explains_itself(stage: Stage, read: Read) -> None:
    stage.pg.faults.error("views.open", "expired_trigger_id")
    reply = await stage.pg.deliver.command("/segment", "  ")
    assert reply.status == 200
    usage = await stage.pg.workspace.wait_for(lambda one: "How to use /segment" in one.text, timeout=20)
    assert usage.ephemeral_to == stage.pg.workspace.analyst.id
    assert f"`/segment {EXAMPLE}`" in read(usage)
    assert "confidence" not in read(usage).lower()


async def test_after_half_an_hour_the_answer_comes_without_the_response_url(stage: Stage, read: Read) -> None:
    view = await opened(stage)
    stage.pg.faults.drop(RESPONSE_URL, times=None)
    answer = await answered(stage, view, income=60, score=70)
    assert answer.made_by == "chat.postEphemeral"
    assert "Confidence" in read(answer)


async def test_a_form_for_another_model_s_features_says_so(stage: Stage, rfm: Trained) -> None:
    view = await opened(stage)
    registry = stage.harness.registry
    registry.promote(registry.save(rfm, actor="tests", source="file"), actor="tests")
    await stage.bot.dependencies.live.look()
    await submitted(stage, view, income=60, score=70)
    (now,) = stage.pg.workspace.open_views(stage.pg.workspace.analyst)
    assert set(now.errors.values()) == {OTHER_MODEL}
    await stage.pg.deliver.view_closed(now)
    fields = [block["block_id"] for block in (await opened(stage)).blocks if block["type"] == "input"]
    features = rfm.model.schema.features
    assert fields == [block_of(features[i].name) for i in telling_first(features)]


@pytest.fixture(scope="session")
def rfm() -> Trained:
    found = rfm_trained()
    return replace(found, model=replace(found.model, synthetic=True))


async def test_somebody_from_another_organisation_gets_no_data(stage: Stage) -> None:
    workspace = stage.pg.workspace
    view = await opened(stage)
    state = {block_of("income"): {ENTERED: 60}, block_of("score"): {ENTERED: 70}}
    assert (await stage.pg.deliver.view_submission(view, state, user=workspace.external)).ok
    told = await workspace.wait_for(lambda one: STRANGER in one.text, timeout=20)
    assert told.ephemeral_to is not None
    assert not any("Confidence" in one.text for one in workspace.messages())


async def test_a_command_that_arrives_twice_opens_one_form(stage: Stage) -> None:
    workspace = stage.pg.workspace
    await opened(stage)
    sent = next(one for one in reversed(workspace.deliveries) if one.kind == "command")
    said, calls = len(workspace.messages()), len(workspace.calls_to("views.open"))
    form = urlencode(sent.payload).encode()
    await stage.pg.deliver._courier.send("command", sent.payload, form, "application/x-www-form-urlencoded")
    await stage.bot.dependencies.follow_ups.wait(30)
    assert (len(workspace.messages()), len(workspace.calls_to("views.open"))) == (said, calls)
