"""One customer in words where nobody can be asked back: the explanation, or what is lacking."""

from __future__ import annotations

import pytest

from bot.answers.described import explained
from bot.blocks.customers.handed_on import handed_on
from segmentation.errors import BadInput
from segmentation.model import SegmentModel


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("help", "This is not one customer's values. Write it like “age=35 income=60 score=70”."),
        ("segments", "This is not one customer's values."),
        ("age,income,score\n35,60,70\n36,61,71", "This is not one customer's values."),
        ("age 35", "I couldn't read that:"),
        ("income 15000, score 70", "looks like dollars; I expect thousands (k$). Did you mean “income=15 score=70”?"),
        ("income 60", "I also need the spending score."),
        ("score=70", "I also need the annual income."),
        ("incom=60 score=70", "Did you mean “income=60 score=70”?"),
        ("income 60, score 70, 35", "Did you mean “age=35 income=60 score=70”?"),
        ("35 income 60 score 70", "Write “age=35 income=60 score=70” or “age=70 income=35 score=60”."),
        ("x" * 9000, "This is not one customer's values."),
    ],
)
def test_what_is_lacking_is_said(model: SegmentModel, text: str, sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        explained(text, model)
    assert sentence in refused.value.sentence


def test_a_profile_feature_may_be_left_out(model: SegmentModel) -> None:
    outputs = handed_on(explained("60k and a score of 70", model))
    assert outputs["segment"] == "Standard"
    assert 0 <= outputs["confidence"] <= 100
    assert "age" not in outputs["reason"]
    assert outputs["reason"].endswith(".")
