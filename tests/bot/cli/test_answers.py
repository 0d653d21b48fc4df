"""The options that decide what a file leaves open."""

from __future__ import annotations

import pytest

from bot.cli.answers import answers_of
from segmentation.errors import BadInput
from segmentation.reading.questions import Answers


def answers(thousands: str | None = None, decimal: str | None = None, *factors: str) -> Answers:
    return answers_of(sheet=None, thousands=thousands, decimal=decimal, factors=factors)


def test_either_mark_says_both() -> None:
    assert answers(thousands=",").decimal == answers(decimal=".").decimal == "."
    assert answers(thousands=".", decimal=",").decimal == ","
    assert answers().decimal is None


def test_one_mark_cannot_be_both() -> None:
    with pytest.raises(BadInput, match="both name ','"):
        answers(",", ",")


def test_factors_belong_to_features() -> None:
    assert answers(None, None, "income=0.001", " score=100").factors == {"income": 0.001, "score": 100.0}


@pytest.mark.parametrize("factor", ["income", "income=0", "income=many"])
def test_refuses_a_factor_of_another_form(factor: str) -> None:
    with pytest.raises(BadInput, match="--factor takes FEATURE=N"):
        answers(None, None, factor)
