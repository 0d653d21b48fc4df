"""The form *Name the segments*: within Slack's limits for the most segments, and nothing in it is alive."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from harness import live_markup, mrkdwn_texts
from reference import sample_trained

from bot.blocks.inputs import ENTERED
from bot.blocks.models.naming import NamingOf, block_of, naming_form, wordings_before, wordings_in
from bot.playground.block_kit.rules import check_blocks
from bot.records.origin import Origin
from segmentation.model import SegmentModel
from segmentation.model_data import MAX_SEGMENTS
from segmentation.renaming import NO_RULE, Wording
from segmentation.training.bounds import LARGEST_K

MODEL = sample_trained().model
ABOUT = NamingOf('{"version": "v1"}', Origin("C1", "https://hooks.slack.com/actions/T1/2/three"), "1.2")


def form(model: SegmentModel, *, in_service: bool = False) -> dict[str, Any]:
    return naming_form(model, [f"Suggestion {i}" for i in range(len(model.segments))], ABOUT, in_service=in_service)


def test_the_most_segments_fit_and_wake_nobody() -> None:
    evil = "<!channel> `*_" + "x" * 300
    segments = tuple(
        replace(MODEL.segments[0], name=f"{i} {evil}", meaning=evil * 3, action=evil * 3) for i in range(MAX_SEGMENTS)
    )
    assert MAX_SEGMENTS > LARGEST_K
    view = form(replace(MODEL, segments=segments[:LARGEST_K]))
    assert check_blocks(view["blocks"], "modal") == []
    assert sum(block["type"] == "divider" for block in view["blocks"]) == LARGEST_K
    view = form(replace(MODEL, segments=segments))
    assert check_blocks(view["blocks"], "modal") == []
    assert len(view["private_metadata"]) < 3000
    assert not any(live_markup(text) for text in mrkdwn_texts(view["blocks"]))
    assert NamingOf.from_metadata(view["private_metadata"]) == ABOUT


def test_it_begins_with_today_s_words_and_leaves_placeholders_out() -> None:
    first, *others = MODEL.segments
    view = form(replace(MODEL, segments=(replace(first, action=NO_RULE), *others)))
    began = wordings_before(view)
    assert began[0] == Wording(first.name, first.meaning, "")
    assert began[1:] == [Wording.of(segment) for segment in others]


def test_what_was_entered_is_read_in_the_model_s_order() -> None:
    values: dict[str, Any] = {block_of("name", i): {ENTERED: {"value": f"n{i}"}} for i in (1, 0)}
    values |= {block_of("meaning", 1): {ENTERED: {"value": "m"}}, block_of("action", 0): {ENTERED: {"value": None}}}
    assert wordings_in({"state": {"values": values}}) == [Wording("n0"), Wording("n1", "m")]


@pytest.mark.parametrize(("in_service", "said"), [(True, "undo with `/retrain rollback`"), (False, "promotes it")])
def test_it_says_what_saving_does(in_service: bool, said: str) -> None:
    assert said in form(MODEL, in_service=in_service)["blocks"][0]["text"]["text"]
