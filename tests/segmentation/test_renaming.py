"""What a person may call segments, and what becomes of a model whose segments are called something else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reference import sample_trained

from segmentation.errors import BadInput
from segmentation.model_data import model_from_data, model_to_data
from segmentation.renaming import (
    LONGEST_MEANING,
    LONGEST_NAME,
    NO_ACTION,
    NO_RULE,
    NOTHING_NEW,
    Fault,
    Wording,
    changes_text,
    faults_of,
    renamed,
)

MODEL = sample_trained().model
WORDINGS = [Wording.of(segment) for segment in MODEL.segments]


def with_first(wording: Wording) -> list[Wording]:
    return [wording, *WORDINGS[1:]]


@pytest.mark.parametrize(
    ("names", "field", "said"),
    [
        (("  ", "b"), (0, "name"), "Every segment needs a name: this one is empty."),
        (("\u200b", "b"), (0, "name"), "Every segment needs a name: this one is empty."),
        (("a", "a"), (1, "name"), "Two segments are called “a”: give each a name of its own."),
        (("Savers", "SAVERS"), (1, "name"), "“Savers” and “SAVERS” differ only in capitals"),
        (("Ｓavers", "savers"), (1, "name"), "differ only in capitals or accents"),
        (("Élite", "elite"), (1, "name"), "differ only in capitals or accents"),
        (("x" * 41, "b"), (0, "name"), "has 41 characters; 40 is the limit."),
    ],
)
def test_a_name_that_cannot_be_used_is_told_why(names: tuple[str, str], field: tuple[int, str], said: str) -> None:
    (fault,) = faults_of([Wording(name) for name in names], [])
    assert (fault.segment, fault.field) == field
    assert said in fault.sentence


def test_the_longest_texts_are_taken_and_longer_ones_refused() -> None:
    longest = Wording("x" * LONGEST_NAME, "m" * LONGEST_MEANING, "a" * 300)
    assert faults_of([longest], []) == []
    too_long = replace(longest, meaning="m" * 301, action="a" * 301)
    found = faults_of([too_long], [])
    sentence = "This has 301 characters; 300 is the limit."
    assert found == [Fault(0, "meaning", sentence), Fault(0, "action", sentence)]
    # What a schema or a training has written is not the person's to shorten.
    assert faults_of([too_long], [too_long]) == []
    name = Wording("x" * 41)
    assert (len(faults_of([name], [])), faults_of([name], [name])) == (1, [])


def test_only_words_change_and_whoever_changed_them_is_kept() -> None:
    first = MODEL.segments[0]
    model = renamed(MODEL, with_first(Wording("VIP\u202e \n customers", "They buy.", "Call them.")), "slack:U1")
    assert model.segments[0] == replace(
        first, name="VIP customers", meaning="They buy.", action="Call them.", named_by="slack:U1"
    )
    assert replace(model, segments=MODEL.segments, version=MODEL.version) == MODEL
    assert model_from_data(model_to_data(model)).segments == model.segments


def test_a_meaning_left_empty_stays_and_an_action_left_empty_says_that_none_is_decided() -> None:
    model = renamed(MODEL, with_first(Wording("VIP")), "slack:U1")
    assert model.segments[0].meaning == MODEL.segments[0].meaning
    assert model.segments[0].action == NO_ACTION
    # Neither it nor what training says in its place is something to edit.
    assert Wording.of(model.segments[0]).action == ""
    assert Wording.of(replace(model.segments[0], action=NO_RULE)).action == ""


def test_nothing_new_is_said_and_not_stored() -> None:
    with pytest.raises(BadInput, match=NOTHING_NEW):
        renamed(MODEL, WORDINGS, "slack:U1")
    with pytest.raises(BadInput, match="5 segments to name, and 1 names"):
        renamed(MODEL, WORDINGS[:1], "slack:U1")
    with pytest.raises(BadInput, match="Every segment needs a name"):
        renamed(MODEL, with_first(Wording("")), "slack:U1")


def test_a_model_that_nobody_renamed_is_stored_as_before() -> None:
    assert all("named_by" not in segment for segment in model_to_data(MODEL)["segments"])


def test_the_changes_are_listed() -> None:
    wordings = [*WORDINGS]
    wordings[0] = replace(WORDINGS[0], name="VIP")
    wordings[2] = replace(WORDINGS[2], action="Call.")
    said = changes_text(MODEL, renamed(MODEL, wordings, "slack:U1"))
    assert said == f"{MODEL.names[0]} → VIP; another meaning or action for {MODEL.names[2]}"
