"""*Score a customer* in a workflow: it goes on with the segment, or stops with a plain sentence."""

from __future__ import annotations

import pytest
from stage import Stage

from bot.playground.workspace.agent import Step
from bot.steps.score_customer import CUSTOMER, STEP
from bot.steps.unknown import UNKNOWN


async def run(stage: Stage, text: str, callback_id: str = STEP) -> Step:
    step = await stage.pg.deliver.run_step(callback_id, {CUSTOMER: text})
    assert step.ended  # before the event was acknowledged
    return step


@pytest.mark.parametrize("text", ["35 years, 60k, score 70", "age=35 income=60 score=70"])
async def test_a_customer_is_handed_on_as_the_command_answers(stage: Stage, text: str) -> None:
    step = await run(stage, text)
    model = stage.bot.dependencies.live.get()
    prediction = model.predict({"age": 35, "income": 60, "score": 70})
    assert step.outputs is not None
    assert step.outputs["segment"] == prediction.segment == "Standard"
    assert step.outputs["confidence"] == int(100 * prediction.confidence)
    assert step.outputs["reason"].startswith("Annual income of 60 k$: usual for Standard")
    assert step.outputs["action"] == model.segment("Standard").action


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "This is not one customer's values. Write it like “age=35 income=60 score=70”."),
        ("what is Target?", "This is not one customer's values."),
        ("income 60", "I also need the spending score."),
        ("income=60 score=700", "I couldn't read that:"),
        ("35 income 60 score 70", "Write “age=35 income=60 score=70” or “age=70 income=35 score=60”."),
    ],
)
async def test_what_is_no_customer_fails_with_a_plain_sentence(stage: Stage, text: str, sentence: str) -> None:
    step = await run(stage, text)
    assert step.outputs is None
    assert sentence in step.error


async def test_a_customer_unlike_all_others_is_handed_on_with_a_warning(stage: Stage) -> None:
    step = await run(stage, "income 400, score 1")
    assert step.outputs is not None
    assert "far outside" in step.outputs["reason"]
    assert step.outputs["action"] == "Check the values first."


async def test_an_event_sent_again_runs_the_step_once(stage: Stage) -> None:
    await run(stage, "income 60 score 70")
    (delivery,) = [one for one in stage.pg.workspace.deliveries if one.kind == "event"]
    assert (await stage.pg.deliver.redeliver(delivery)).ok
    assert len(stage.pg.workspace.calls_to("functions.completeSuccess")) == 1
    assert not stage.pg.workspace.calls_to("functions.completeError")


async def test_while_slack_takes_no_result_the_event_is_sent_again(stage: Stage) -> None:
    stage.pg.faults.error("functions.completeSuccess", "internal_error", times=1)
    await stage.pg.deliver.run_step(STEP, {CUSTOMER: "income 60 score 70"})
    (step,) = stage.pg.workspace.agent.steps.values()
    assert step.outputs is not None
    assert len(stage.pg.workspace.calls_to("functions.completeSuccess")) == 2


async def test_a_run_that_slack_no_longer_knows_is_over(stage: Stage) -> None:
    stage.pg.faults.error("functions.completeSuccess", "function_execution_not_found")
    await stage.pg.deliver.run_step(STEP, {CUSTOMER: "income 60 score 70"})
    events = [one for one in stage.pg.workspace.deliveries if one.kind == "event"]
    assert [one.status for one in events] == [200]


async def test_a_step_of_another_version_fails_at_once(stage: Stage) -> None:
    assert (await run(stage, "", "another_step")).error == UNKNOWN
