"""`/segment`, from the keyboard to the message."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from harness import EXAMPLE, Harness, live_markup, logged, mrkdwn_texts
from stage import Stage, Staging

from bot.playground.workspace.records import Message
from segmentation.registry.registry import Registry
from segmentation.training.train import Trained

Read = Callable[[Message], str]


async def test_answers_the_asker_alone_with_segment_confidence_values_and_reasons(stage: Stage, read: Read) -> None:
    message = await stage.segment("age=30 income=87 score=82")
    assert message.ephemeral_to == stage.pg.workspace.analyst.id
    assert stage.public() == []
    text = read(message)
    for part in (
        "Target",
        "Incomes and spending above this shop's average",
        "Confidence: high, ",
        "This customer",
        "Annual income (k$)",
        "87",
        "Why",
        "• Annual income of 87 k$: usual for Target (",
        "Rules: annual income above ",
        "What would change it",
        "would move this customer to Miser",
        "Suggested action",
        "Offer early access",
        f"({stage.harness.versions[0]})",
        "synthetic sample customers",
        "[ Share in channel ]",
    ):
        assert part in text
    assert [block["type"] for block in message.blocks].count("table") == 1


async def test_asks_nothing_of_slack_before_it_answers(stage: Stage) -> None:
    workspace = stage.pg.workspace
    await workspace.wait_until(lambda: workspace.calls_to("auth.test"))
    before = len(workspace.calls)
    reply = await stage.pg.deliver.command("/segment", EXAMPLE)
    assert reply.ok
    assert len(workspace.calls) == before


async def test_a_model_of_real_customers_is_not_called_synthetic(
    staging: Staging, read: Read, trained: Trained, tmp_path: Path
) -> None:
    own = Harness(tmp_path)
    (tmp_path / "var").mkdir()
    real = replace(trained, model=replace(trained.model, synthetic=False))
    own.registry.promote(own.registry.save(real, actor="tests", source="file"), actor="tests")
    async with staging(own) as stage:
        assert "synthetic" not in read(await stage.segment(EXAMPLE))


async def test_a_refusal_names_the_fault_and_gives_the_command_to_paste(stage: Stage, read: Read) -> None:
    message = await stage.segment("age=35 income=$60,000 scoer=70")
    text = read(message)
    assert message.ephemeral_to == stage.pg.workspace.analyst.id
    assert "Annual income “$60,000” looks like dollars; I expect thousands (k$)." in text
    assert "I don't know “scoer”: did you mean score?" in text
    assert "confidence" not in text.lower()
    command = text.split("`")[1]
    assert "Confidence" in read(await stage.segment(command.removeprefix("/segment ")))


async def test_a_missing_value_leaves_the_segments_it_can_lead_to(stage: Stage, read: Read) -> None:
    message = await stage.segment("age=35 income=90")
    text = read(message)
    assert message.ephemeral_to == stage.pg.workspace.analyst.id
    assert "it depends on the spending score" in text
    assert "confidence" not in text.lower()
    # Either side of the place named, the answer is the segment named for it.
    cut = float(re.findall(r"Target – spending score above (\S+) points", text)[0])
    for score, segment in ((cut, "Miser"), (cut + 1, "Target")):
        answer = read(await stage.segment(f"age=35 income=90 score={score}"))
        assert segment in answer.split("\n")[0]
        assert "Confidence" in answer


@pytest.mark.parametrize("text", ["help", "?"])
async def test_explains_itself(stage: Stage, read: Read, text: str) -> None:
    usage = read(await stage.segment(text))
    assert f"`/segment {EXAMPLE}`" in usage
    for part in ("0 to 120 years", "0 to 1000 k$", "0 to 100 points"):
        assert part in usage
    assert "confidence" not in usage.lower()


@pytest.mark.parametrize(
    "text",
    ["<!channel> <@U012AB3CD> <#C1|general>", "age=<https://evil.example|35>", "```\n<!here>\n```", "`a` = *b* & c",
     "<!channel>=1 age=<!everyone> income=`60 score=&lt;!here&gt;"],
)  # fmt: skip
async def test_an_echo_wakes_nobody(stage: Stage, text: str) -> None:
    message = await stage.segment(text)
    for part in [message.text, *mrkdwn_texts(list(message.blocks))]:
        assert not live_markup(part)


async def test_a_text_that_mentions_the_payload_is_answered(stage: Stage, read: Read) -> None:
    assert "“payload”" in read(await stage.segment(f"payload {EXAMPLE}"))
    assert "“payload”" in read(await stage.segment(f"payload=1 {EXAMPLE}"))


async def test_without_a_model_says_who_can_train_one(staging: Staging, read: Read, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    async with staging(Harness(tmp_path)) as stage:
        for command in ("/segment", "/segments"):
            message = await stage.type(command, EXAMPLE)
            assert message.ephemeral_to == stage.pg.workspace.analyst.id
            assert "no model yet" in read(message)
            assert "Somebody has to train one: ˋsegbot train customers.csv --promoteˋ" in read(message)


async def test_without_a_model_in_service_names_the_candidate_that_waits(
    staging: Staging, read: Read, retrained: Trained, tmp_path: Path
) -> None:
    (tmp_path / "var").mkdir()
    harness = Harness(tmp_path)
    version = harness.registry.save(retrained, actor="tests", source="customers")
    async with staging(harness) as stage:
        for command in ("/segment", "/segments"):
            text = read(await stage.type(command, EXAMPLE))
            assert f"There is no model in service. Candidate {version} waits: promote it under its report" in text
        workspace = stage.pg.workspace
        assert (await stage.pg.deliver.open_home(workspace.analyst)).ok
        view = await workspace.wait_until(lambda: workspace.home(workspace.analyst))
        assert f"Candidate {version} waits: promote it" in str(view.body["blocks"])


async def test_a_broken_current_version_leaves_the_last_good_one_in_service(
    staging: Staging, read: Read, harness: Harness, retrained: Trained, tmp_path: Path
) -> None:
    own = harness.copy(tmp_path)
    version = own.registry.save(retrained, actor="tests", source="again")
    own.registry.promote(version, actor="tests")
    own.break_version(version)
    async with staging(own) as stage:
        assert f"({own.versions[0]})" in read(await stage.segment(EXAMPLE))


async def test_a_promotion_and_a_rollback_are_followed_without_a_restart(
    stage: Stage, read: Read, retrained: Trained
) -> None:
    registry = stage.harness.registry
    version = registry.save(retrained, actor="tests", source="again")
    assert version not in read(await stage.segment(EXAMPLE))
    registry.promote(version, actor="tests")
    stage.bot.dependencies.live.refresh()
    assert f"({version})" in read(await stage.segment(EXAMPLE))
    registry.rollback(actor="tests")
    stage.bot.dependencies.live.refresh()
    assert f"({stage.harness.versions[0]})" in read(await stage.segment(EXAMPLE))


def test_the_registry_is_looked_at_often_enough() -> None:
    """A promotion must be served within five seconds."""
    from bot.live_model import POLL_SECONDS  # noqa: PLC0415 - only this test needs it

    assert POLL_SECONDS <= 2


async def test_the_running_bot_looks_by_itself(
    staging: Staging, harness: Harness, retrained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.live_model import LiveModel  # noqa: PLC0415 - only this test needs it

    follow = LiveModel.follow
    monkeypatch.setattr(LiveModel, "follow", lambda self: follow(self, 0.02))
    own = harness.copy(tmp_path)
    async with staging(own) as stage:
        version = own.registry.save(retrained, actor="tests", source="again")
        own.registry.promote(version, actor="tests")
        while version not in str((await stage.segment(EXAMPLE)).blocks):
            pass


async def test_an_unexpected_failure_is_an_apology_with_a_reference(
    stage: Stage, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise ZeroDivisionError("age=35")

    monkeypatch.setattr("segmentation.model.SegmentModel.assess", fail)
    with logged() as stream:
        text = read(await stage.segment(EXAMPLE))
    reference = text.rsplit("reference ", 1)[1].rstrip(".\n")
    assert reference in stream.getvalue()
    assert "age=35" not in text + stream.getvalue()


async def test_nothing_of_a_command_is_logged(stage: Stage) -> None:
    with logged("DEBUG") as stream:
        await stage.segment("age=35 income=61.0625 score=70")
        await stage.segment("Mrs Miller earns 60")
        await stage.type("/segments")
        workspace = stage.pg.workspace
        await workspace.wait_for(lambda message: any(block["type"] == "image" for block in message.blocks))
    said = stream.getvalue()
    for private in (
        "61.0625",
        "Miller",
        "/hooks/",
        workspace.install.bot_token,
        workspace.install.signing_secret,
    ):
        assert private not in said


async def test_the_models_folder_may_vanish_under_a_running_bot(
    stage: Stage, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(_self: Registry) -> str:
        raise PermissionError(13, "no")

    monkeypatch.setattr(Registry, "current", unreadable)
    assert "Confidence" in read(await stage.segment(EXAMPLE))
