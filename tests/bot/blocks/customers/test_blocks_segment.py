"""The replies about segments, for the shipped model and for one as hostile as a schema can be."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from harness import everything_said, live_markup, mrkdwn_texts
from scoring_cases import hand_made_model

from bot.blocks.customers.on_map import ON_MAP, customer_map_reply, is_on_map
from bot.blocks.customers.segment import SHARE, Shared, already_shared, confidence_text, segment_reply, title_text
from bot.blocks.customers.segments import map_reply, segments_reply
from bot.blocks.limits import MESSAGE_TEXT
from bot.blocks.refusal import error_reply, refusal_reply, unexpected_reply, usage_reply
from bot.blocks.reply import Reply
from bot.parsing.segment_text import Refusal, read_command
from bot.playground.block_kit.rules import check_blocks
from segmentation.answers.explanation import Segment
from segmentation.model import SegmentModel
from segmentation.schema import Feature, Role, Schema
from segmentation.tree import LEAF, DecisionTree

NASTY = "<!channel> & `co`\nde " + "long " * 60


def nasty_model(features: int = 20, segments: int = 20) -> SegmentModel:
    """As many and as long names as a schema allows; the first feature decides, a unit a segment."""
    columns = tuple(
        Feature(f"f{i}", f"{NASTY} {i}", f"unit {NASTY}", 0, 100, Role.CLUSTER if i < 2 else Role.PROFILE)
        for i in range(features)
    )
    numbers = tuple(float(i) for i in range(features))
    found = tuple(
        Segment(f"{NASTY} {i}", f"{NASTY} means", f"{NASTY} action", 10, 0.05, numbers, numbers, numbers)
        for i in range(segments)
    )
    last = segments - 1
    tree = DecisionTree(
        feature=tuple(0 if node % 2 == 0 and node < 2 * last else LEAF for node in range(2 * last + 1)),
        cut=tuple(node // 2 + 0.5 if node % 2 == 0 and node < 2 * last else 0.0 for node in range(2 * last + 1)),
        left=tuple(node + 1 if node % 2 == 0 and node < 2 * last else LEAF for node in range(2 * last + 1)),
        right=tuple(node + 2 if node % 2 == 0 and node < 2 * last else LEAF for node in range(2 * last + 1)),
        segment=tuple(node // 2 for node in range(2 * last + 1)),
    )
    return SegmentModel(
        schema=Schema("nasty", columns, ()),
        segments=found,
        centroids=tuple((float(i), 0.0) for i in range(segments)),
        mean=(0.0,) * features,
        factor=(1.0,) * features,
        fill=(1.0,) * features,
        tree=tree,
        version="v" * 64,
    )


NASTY_MODEL = nasty_model()
NASTY_VALUES: dict[str, float | None] = {f"f{i}": 0.1 + 0.2 for i in range(20)}


def nasty_replies() -> list[Reply]:
    model, schema = NASTY_MODEL, NASTY_MODEL.schema
    explanation = model.explain(NASTY_VALUES)
    return [
        segment_reply(explanation, schema, model.names, synthetic=True),
        segments_reply(model),
        map_reply(model, "F1"),
        usage_reply("/segment", schema),
        refusal_reply("/segment", Refusal((NASTY,) * 5, 3, None), schema),
        error_reply(NASTY),
    ]


@pytest.mark.parametrize("reply", nasty_replies(), ids=lambda reply: reply.blocks[0]["type"])
def test_hostile_names_stay_inert_and_within_slacks_limits(reply: Reply) -> None:
    assert not check_blocks(reply.blocks, picture=lambda _: True)
    assert 0 < len(reply.text) <= MESSAGE_TEXT
    for text in [reply.text, *mrkdwn_texts(reply.blocks)]:
        assert not live_markup(text)


def test_a_table_too_wide_for_slack_says_what_it_leaves_out() -> None:
    assert "The table has no room for the columns" in everything_said(segments_reply(NASTY_MODEL))
    assert "no room" not in everything_said(segments_reply(nasty_model(features=17)))


# The shipped model


def answered(model: SegmentModel, text: str, **more: Any) -> Reply:
    read = read_command(text, model.schema)
    assert isinstance(read, dict)
    return segment_reply(model.explain(read), model.schema, model.names, **{"synthetic": model.synthetic, **more})


def block(reply: Reply, kind: str) -> Any:
    return next(block for block in reply.blocks if block["type"] == kind)


def test_an_answer_holds_all_a_person_needs(model: SegmentModel) -> None:
    reply = answered(model, "age=30 income=87 score=82")
    said = everything_said(reply)
    assert block(reply, "header")["text"]["text"] == "🟦 Target: 99 of 100 retrained models agree"
    assert reply.text.startswith("Target (confidence high, ")
    assert reply.text.endswith("for age 30 years, income 87 k$, score 82 points")
    rows = [[cell["text"] for cell in row] for row in block(reply, "table")["rows"]]
    assert rows[0][1:3] == ["This customer", "Typical Target"]
    assert [row[:2] for row in rows[1:]] == [
        ["Annual income (k$)", "87"],
        ["Spending score (points)", "82"],
        ["Age (years)", "30"],
    ]
    for part in (
        "*Why*",
        "*What would change it*",
        "would move this customer to Miser",
        "*Suggested action:*",
        "• Annual income of 87 k$: usual for Target (",
        "Nearest other segment: *Standard*.",
        "Confidence: high, ",
        "Rules: annual income above ",
    ):
        assert part in said
    assert f"({model.version}) · trained on *synthetic sample customers*" in said
    assert SHARE in said


def test_a_borderline_answer_says_what_it_borders_on(model: SegmentModel) -> None:
    reply = answered(model, "age=35 income=72 score=66")
    assert "borderline, next nearest" in reply.text
    assert block(reply, "header")["text"]["text"] == "🟦 Close call: Target, nearly Standard"
    said = everything_said(reply)
    assert "51 of 100 retrained models agree. Nearest other segment: *Standard*." in said
    assert "Confidence: low, 51% of retrained models agree." in said


def test_a_value_unlike_the_segments_usual_ones_is_called_so(model: SegmentModel) -> None:
    said = everything_said(answered(model, "age=35 income=60 score=70"))
    assert "Annual income of 60 k$: usual for Standard (" in said
    assert "Spending score of 70 points: above most of Standard (" in said
    said = everything_said(answered(model, "age=35 income=72 score=66"))
    assert "Annual income of 72 k$: below most of Target (" in said


def test_a_shared_answer_names_who_shared_it_and_has_no_button(model: SegmentModel) -> None:
    reply = answered(model, "age=35 income=60 score=70", shared_by="U123")
    assert "shared by <@U123>" in everything_said(reply)
    assert SHARE not in everything_said(reply)


def test_the_buttons_stand_before_the_details_and_the_map_is_offered_where_two_numbers_span_it(
    model: SegmentModel,
) -> None:
    reply = answered(model, "age=35 income=60 score=70")
    kinds = [one["type"] for one in reply.blocks]
    assert kinds.index("actions") < kinds.index("table")
    buttons = block(reply, "actions")["elements"]
    assert [one["action_id"] for one in buttons] == [SHARE, ON_MAP]
    assert {one["value"] for one in buttons} == {Shared(model.version, (35.0, 60.0, 70.0)).to_value()}
    age, income, score = model.schema.features
    for features in (
        (replace(age, role=Role.CLUSTER), income, score),
        (age, replace(income, role=Role.PROFILE), score),
    ):
        assert not is_on_map(replace(model.schema, features=features))


def test_the_map_says_where_the_customer_is(model: SegmentModel) -> None:
    reply = customer_map_reply(model.explain({"income": 60, "score": 70}), "F1")
    said = "On the map: income 60, score 70. Standard; the nearest other segment is Target"
    assert (reply.text, block(reply, "image")["alt_text"]) == (said, said)
    close = customer_map_reply(model.explain({"age": 35, "income": 72, "score": 66}), "F1")
    assert close.text.endswith("score 66. Close call: Target, nearly Standard")


def test_the_private_copy_of_a_shared_answer_says_so_first(model: SegmentModel) -> None:
    public = answered(model, "age=35 income=60 score=70", shared_by="U123")
    own = already_shared(public)
    assert own.blocks[0]["elements"][0]["text"] == "You shared this answer in the channel."
    assert own.blocks[1:] == public.blocks


def test_a_model_of_real_customers_is_not_called_synthetic(model: SegmentModel) -> None:
    real = replace(model, synthetic=False, version="")
    assert "synthetic" not in everything_said(answered(real, "age=35 income=60 score=70"))
    assert "synthetic" not in everything_said(segments_reply(real))
    assert "Model unsaved" in everything_said(segments_reply(real))


def test_a_profile_value_may_be_missing(model: SegmentModel) -> None:
    explanation = model.explain({"income": 60, "score": 70})
    reply = segment_reply(explanation, model.schema, model.names, synthetic=True)
    assert block(reply, "table")["rows"][-1][1]["text"] == "not given"
    assert "age not given" in reply.text
    shared = Shared.from_value(block(reply, "actions")["elements"][0]["value"])
    assert shared.values == (None, 60.0, 70.0)


def test_a_model_without_cuts_needs_no_reason(model: SegmentModel) -> None:
    stump = replace(model, tree=DecisionTree((LEAF,), (0.0,), (LEAF,), (LEAF,), (0,)))
    reply = answered(stump, "age=35 income=60 score=70")
    assert "Every customer is in this segment" in everything_said(reply)
    assert "No single change would reliably do it" in everything_said(reply)
    older = answered(replace(stump, confidence=None, replicas=()), "age=35 income=60 score=70")
    assert "What would change it" not in everything_said(older)


def test_the_confidence_says_who_agrees_if_models_were_retrained(model: SegmentModel) -> None:
    explanation = model.explain({"age": 30, "income": 87, "score": 82})
    assert "% of retrained models agree. Rules: " in confidence_text(explanation)
    assert title_text(explanation, "x") == "x Target: 99 of 100 retrained models agree"
    older = replace(model, confidence=None, replicas=()).explain({"age": 30, "income": 87, "score": 82})
    assert "%. Rules: " in confidence_text(older)
    assert title_text(older, "x") == "x Target"


def test_all_segments_are_shown_with_size_centre_and_meaning(model: SegmentModel) -> None:
    reply = segments_reply(model)
    rows = [[cell["text"] for cell in row] for row in block(reply, "table")["rows"]]
    assert rows[0] == [
        "Segment", "Customers", "Share", "Annual income (k$)", "Spending score (points)", "Age (years)",
    ]  # fmt: skip
    assert {row[0] for row in rows[1:]} == {"Target", "Miser", "Spender", "Careful", "Standard"}
    assert sum(int(row[1]) for row in rows[1:]) == 200
    for segment in model.segments:
        assert segment.meaning in everything_said(reply)
    assert "synthetic" in everything_said(reply)


def test_the_usage_is_made_of_the_schema(model: SegmentModel) -> None:
    said = everything_said(usage_reply("/segment", model.schema))
    assert "`/segment age=35 income=60 score=70`" in said
    for feature in model.schema.features:
        assert f"*{feature.name}* – {feature.label_in_text}, {feature.range_text}" in said


def test_a_refusal_offers_the_corrected_command_or_an_example(model: SegmentModel) -> None:
    meant = refusal_reply("/segment", Refusal(("x",), corrected="age=1 income=2 score=3"), model.schema)
    assert "Did you mean this? `/segment age=1 income=2 score=3`" in mrkdwn_texts(meant.blocks)[1]
    lost = refusal_reply("/segment", Refusal(("x",)), model.schema)
    assert "It looks like this: `/segment age=35 income=60 score=70`" in mrkdwn_texts(lost.blocks)[1]


def test_an_unexpected_error_gives_a_reference_and_nothing_else() -> None:
    assert "reference abcd1234" in unexpected_reply("abcd1234").text


# What the share button carries


def test_a_share_buttons_value_survives_the_round_trip() -> None:
    shared = Shared("20260101-000000-abcdef12", (0.1 + 0.2, 1e-9, 1000.0))
    assert Shared.from_value(shared.to_value()) == shared


@pytest.mark.parametrize(
    "value",
    ["", "x", "null", "5", "[]", "{}", '"version"', '{"version": "v"}', '{"values": [1]}',
     '{"version": "v", "values": 5}', '{"version": "v", "values": ["a"]}',
     '{"version": "v", "values": [[1]]}',
     '{"version": "v", "values": [1' + "0" * 400 + "]}", "[" * 100_000],
)  # fmt: skip
def test_a_value_that_is_not_a_share_buttons_is_refused(value: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the type is the contract
        Shared.from_value(value)


def test_says_first_that_a_customer_is_far_outside_what_was_learned() -> None:
    model = replace(hand_made_model(), seen=((15.0, 137.0), (1.0, 99.0)))
    explanation = model.explain({"age": 35, "income": 900, "score": 17})
    reply = segment_reply(explanation, model.schema, model.names, synthetic=False)
    said = json.dumps(reply.blocks, ensure_ascii=False)
    assert reply.blocks[0]["text"]["text"].startswith("Annual income of 900 k$ is far outside what I learned from")
    assert "A meaning." not in said
    assert "An action." not in said
    assert "Why" not in said
    assert "confidence" in said.lower()
    assert check_blocks(reply.blocks) == []


@pytest.mark.parametrize("shared_by", [None, "U1"])
def test_asks_first_about_a_value_that_looks_as_if_it_were_in_another_unit(shared_by: str | None) -> None:
    model = replace(hand_made_model(), seen=((15.0, 137.0), (1.0, 99.0)))
    explanation = model.explain({"age": 35, "income": 60, "score": 0.33})
    reply = segment_reply(explanation, model.schema, model.names, synthetic=False, shared_by=shared_by)
    assert reply.blocks[0]["text"]["text"] == (
        "Did you mean score=33? Everyone I learned from is between 1 and 99 points."
    )
    assert "A meaning." in json.dumps(reply.blocks)
    assert check_blocks(reply.blocks) == []
