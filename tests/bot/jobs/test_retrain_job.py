"""The parts of a retrain that need no Slack: what its buttons carry."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.actions.retrain_again import _job
from bot.blocks.models.retrain import LONGEST_NOTE, TRY_AGAIN
from bot.jobs.retrains.retrain_job import _failure
from bot.playground.block_kit.rules import check_blocks
from bot.records.retrain_job import Material, RetrainJob, TrainingOutcome

MATERIAL = Material(file="F0123456789", name="customers.csv")
FAILED = TrainingOutcome(failure="It died.", retry=True)
BODY: dict[str, Any] = {"team": {"id": "T1"}, "channel": {"id": "C1"}, "user": {"id": "U1"}}


def job(note: str) -> RetrainJob:
    return RetrainJob("T1", "C1", "U1", "V0123456789", "F0123456789", 7, note, attempt=19)


def again(note: str) -> RetrainJob:
    """Fail, check what Slack would say to it, and read the button as its click does."""
    reply = _failure(job(note), MATERIAL, FAILED)
    assert check_blocks(reply.blocks) == []
    (element,) = reply.blocks[-1]["elements"]
    assert element["action_id"] == TRY_AGAIN
    assert len(element["value"]) < 2000
    found, label = _job(element, BODY)
    assert label == ""
    return found


@pytest.mark.parametrize("letter", ["😀", "é", '"', "\\", "\x01", "<"])
def test_a_button_carries_the_longest_note_whatever_is_in_it(letter: str) -> None:
    found = again(letter * LONGEST_NOTE)
    assert found.note == letter * LONGEST_NOTE
    assert (found.file, found.k, found.attempt) == ("F0123456789", 7, 20)


@given(st.text(max_size=LONGEST_NOTE))
def test_any_note_is_read_back_as_it_was(note: str) -> None:
    assert again(note).note == note
