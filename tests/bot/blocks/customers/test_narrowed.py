"""The reply for a customer of whom a deciding value is missing: an answer with its confidence, or what to add."""

from __future__ import annotations

from dataclasses import replace

from harness import everything_said, live_markup, mrkdwn_texts
from reference import reference_trained
from small_model import MODEL as SMALL

from bot.blocks.customers.narrowed import narrowed_reply
from bot.blocks.reply import Reply
from bot.parsing.plain_words import Customer, read_message
from bot.playground.block_kit.render import render_blocks
from bot.playground.block_kit.rules import check_blocks
from segmentation.model import SegmentModel
from segmentation.narrowing import narrow

MODEL = replace(reference_trained().model, version="v1")


def reply(model: SegmentModel, **values: float) -> Reply:
    found = narrowed_reply("/segment", narrow(model, values), model)
    assert check_blocks(found.blocks) == []
    assert not any(live_markup(text) for text in [found.text, *mrkdwn_texts(found.blocks)])
    return found


def test_a_single_segment_is_answered_with_what_its_confidence_depends_on() -> None:
    found = reply(SMALL, score=40, age=35)
    shown = render_blocks(found.blocks)
    assert "Low, whatever the annual income" in shown
    assert "Confidence: 0% to " in shown
    assert "depending on the annual income" in shown
    assert "Suggested action: Do Low." in shown
    assert "For age 35 years, score 40 points · Model v1" in shown
    assert found.text.startswith("Low, whatever the annual income. Confidence: ")


def test_few_segments_are_listed_with_where_they_change_and_a_command_to_complete() -> None:
    found = reply(MODEL, income=90)
    shown = render_blocks(found.blocks)
    assert "Miser or Target: it depends on the spending score" in shown
    assert "Miser – spending score up to 50.5 points" in shown
    assert "`/segment income=90 score=…`" in shown
    assert "For income 90 k$ · Model v1" in shown
    assert "confidence" not in everything_said(found).lower()


def test_where_no_command_can_be_typed_none_is_offered() -> None:
    shown = render_blocks(narrowed_reply("", narrow(MODEL, {"income": 90}), MODEL).blocks)
    assert "To get an answer, write it all in one message: `income=90 score=…`" in shown
    assert "In a direct message, a reply in this thread with the rest is enough." in shown
    assert "/segment" not in shown
    assert read_message("income=90 score=70", MODEL.schema, MODEL.names) == Customer("income=90 score=70")


def test_of_several_features_the_most_telling_is_named() -> None:
    found = reply(MODEL, age=35)
    shown = render_blocks(found.blocks)
    assert "Any of 5 segments is possible" in shown
    assert "Of these, the annual income decides most" in shown or "Of these, the spending score decides most" in shown
    assert "Careful" in shown
    assert "`/segment age=35 " in shown
    assert "confidence" not in everything_said(found).lower()


def test_a_value_far_outside_comes_first_and_nothing_typical_follows() -> None:
    shown = render_blocks(reply(MODEL, income=900).blocks)
    assert shown.startswith("Annual income of 900 k$ is far outside")
    flat = replace(SMALL, seen=((0.0, 60.0), (0.0, 60.0)))
    said = render_blocks(reply(replace(flat, tree=replace(flat.tree, segment=(0, 0, 0, 0, 0))), income=1000).blocks)
    assert "Low, whatever the spending score" in said
    assert "About Low." not in said
    assert "Suggested action" not in said


def test_a_choice_never_says_the_word_a_score_does_whatever_segments_are_called() -> None:
    called = replace(
        MODEL, segments=tuple(replace(one, name=f"Confidence {i} <!here>") for i, one in enumerate(MODEL.segments))
    )
    said = everything_said(reply(called, income=90))
    assert "confidence" not in said.lower()
    assert "conf… " in said


def test_synthetic_customers_are_said() -> None:
    assert "synthetic sample customers" in render_blocks(reply(replace(SMALL, synthetic=True), score=40).blocks)
