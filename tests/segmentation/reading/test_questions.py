"""What a person decides about a file, and how it is remembered."""

from __future__ import annotations

import pytest

from segmentation.errors import BadInput
from segmentation.reading.questions import Answers, Choice, Question

KEYS = ["decimal=,", "sheet=Q1=Q2", "id=Kunde = Nr", "factor.income=0.001", "factor.score=100.0"]


def test_answers_survive_being_stored_as_keys() -> None:
    answers = Answers.parse(KEYS)
    assert answers == Answers(",", "Q1=Q2", {"income": 0.001, "score": 100.0}, "Kunde = Nr")
    assert Answers.parse(["id="]).keys() == ("id=",)
    assert list(answers.keys()) == KEYS
    assert Answers.parse(answers.keys()) == answers


def test_the_thousands_mark_decides_the_decimal_mark() -> None:
    assert Answers.parse(["thousands=,"]).decimal == "."
    assert Answers.parse(["thousands=."]).decimal == ","


def test_the_later_answer_decides() -> None:
    assert Answers.parse(["decimal=.", "decimal=,"]).decimal == ","


@pytest.mark.parametrize(
    "key", ["", "decimal=", "decimal=;", "sheet=", "factor.x=0", "factor.x=-1", "factor.x=inf", "factor.x=nan", "x=1"]
)
def test_refuses_an_answer_of_another_form(key: str) -> None:
    with pytest.raises(BadInput, match="doesn't belong to this file"):
        Answers.parse([key])


def test_a_question_carries_its_choices_and_both_sentences() -> None:
    choices = (Choice("decimal=.", "2.288 is two point three"), Choice("decimal=,", "2.288 is two thousand"))
    question = Question("Is it? Use --decimal.", "Is it?", choices)
    assert (question.sentence, question.asked, question.choices) == ("Is it? Use --decimal.", "Is it?", choices)
