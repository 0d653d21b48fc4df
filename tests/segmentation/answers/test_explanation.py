"""The long answer: reasons in words, changes that do what they say, the customer beside the segment."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from reference import rfm_trained, sample_trained
from scoring_cases import hand_made_model
from small_model import MODEL

from segmentation.answers.explanation import Prediction, confidence_word, far_outside_text, share_text
from segmentation.answers.wording import Reason
from segmentation.errors import BadInput
from segmentation.schema import Feature, Role, Schema
from segmentation.tree import LEAF, DecisionTree


def test_reasons_are_in_words_with_units() -> None:
    reference = MODEL.explain({"age": 35, "income": 60, "score": 70})
    assert reference.why == (
        Reason("income", None, 90.0, "annual income up to 90 k$"),
        Reason("score", 50.5, None, "spending score above 50.5 points"),
    )
    assert MODEL.explain({"age": 35, "income": 60, "score": 7}).why[0].sentence == "spending score up to 50.5 points"


def test_reasons_name_the_number_people_know_a_cut_by() -> None:
    feature = Feature("spend", "VIP spend", "€", 0, 1e9, Role.CLUSTER)
    schema = Schema("s", (feature,), ())
    base = replace(MODEL, schema=schema, centroids=((0.0,), (1.0,), (2.0,)), mean=(0.0,), factor=(1.0,), fill=(1.0,))
    # The float64 cut beside the float32 threshold; seven digits are right, too few, and too few by far.
    for cut, shown in ((61.50000190734863, "61.5"), (1234567.5, "1234567.5"), (123456788.0, "123456788")):
        one = DecisionTree((0, LEAF, LEAF), (cut, 0.0, 0.0), (1, -1, -1), (2, -1, -1), (0, 0, 1))
        model = replace(base, tree=one)
        assert model.explain({"spend": 1e9}).why[0].sentence == f"VIP spend above {shown} €"
        assert f"VIP spend up to {shown} €:" in model.rules_text()


def test_an_interval_has_both_ends() -> None:
    model = sample_trained().model
    both = [
        reason
        for x in np.random.default_rng(0).uniform((18, 20, 20), (70, 90, 80), (50, 3)).round().tolist()
        for reason in model.explain(dict(zip(model.schema.names, x, strict=True))).why
        if reason.above is not None and reason.at_most is not None
    ]
    assert both
    assert all(re.search(r" [0-9.]+ to [0-9.]+ ", reason.sentence) for reason in both)


def test_changes_are_sentences_and_do_what_they_say() -> None:
    explanation = MODEL.explain({"age": 35, "income": 60, "score": 70})
    assert [change.sentence for change in explanation.changes] == [
        "annual income of 91 k$ (now 60) would move this customer to Rich",
        "spending score of 50 points (now 70) would move this customer to Low",
    ]
    for change in explanation.changes:
        moved = dict(zip(MODEL.schema.names, explanation.values, strict=True)) | {change.feature: change.value}
        assert MODEL.predict(moved).segment == change.segment


def test_the_profile_puts_the_customer_beside_the_segment() -> None:
    explanation = MODEL.explain({"income": 60, "score": 70})
    age, income, _score = explanation.profile
    assert (age.value, age.value_text, age.mean_text) == (None, "not given", "40")
    assert (income.value, income.unit, income.label) == (60.0, "k$", "Annual income")
    assert (income.mean, income.low, income.high) == (70, 65, 75)
    assert explanation.values == (None, 60.0, 70.0)
    assert explanation.segment is MODEL.segment("High")
    assert MODEL.explain({"age": None, "income": 60, "score": 70}) == explanation


def test_a_tree_stored_with_cuts_on_a_profile_feature_says_what_it_assumed() -> None:
    tree = DecisionTree(
        (0, LEAF, 2, LEAF, LEAF), (30.0, 0.0, 50.5, 0.0, 0.0), (1, -1, 3, -1, -1), (2, -1, 4, -1, -1), (0, 2, 0, 0, 1)
    )
    model = replace(MODEL, tree=tree)
    assert model.assumed == {0: 38.0}
    assert MODEL.assumed == {}
    explanation = model.explain({"income": 60, "score": 70})
    assert [reason.sentence for reason in explanation.why] == [
        "spending score above 50.5 points",
        "age taken as 38 years: it was not given, and this version's rules ask for it",
    ]
    assert [change.feature for change in explanation.changes] == ["score"], "nobody can change what was not given"
    assert explanation.values == (None, 60.0, 70.0)
    given = model.explain({"age": 38, "income": 60, "score": 70})
    assert "age above 30 years" in [reason.sentence for reason in given.why]


def test_what_is_not_given_is_null_in_the_json_form() -> None:
    data = json.loads(json.dumps(MODEL.explain({"income": 60, "score": 70}).to_json()))
    assert data["values"] == {"age": None, "income": 60, "score": 70}
    assert (data["profile"]["age"]["value"], data["profile"]["age"]["imputed"]) == (None, True)
    assert data["profile"]["income"]["imputed"] is False


def test_the_json_form_echoes_everything() -> None:
    data = json.loads(json.dumps(MODEL.explain({"age": 35, "income": 60, "score": 70}).to_json()))
    assert data["segment"] == "High"
    assert data["runner_up"] == "Rich"
    assert data["borderline"] is False
    assert data["model_version"] == "v1"
    assert data["values"] == {"age": 35, "income": 60, "score": 70}
    assert data["why"] == ["annual income up to 90 k$", "spending score above 50.5 points"]
    assert data["profile"]["income"]["segment_mean"] == 70
    assert data["changes"][0] == {
        "feature": "income",
        "value": 91,
        "segment": "Rich",
        "sentence": "annual income of 91 k$ (now 60) would move this customer to Rich",
    }
    assert (data["meaning"], data["action"]) == ("About High.", "Do High.")


def test_confidence_has_a_word() -> None:
    answer = Prediction("a", 0.6, 0.3, "b", borderline=False, model_version="")
    assert confidence_word(answer, high=0.6) == "high"
    assert confidence_word(answer, high=0.61) == "moderate"
    assert confidence_word(answer._replace(borderline=True), high=0.6) == "low"


@pytest.mark.parametrize(
    ("confidence", "text"),
    [(1.0, "more than 99%"), (0.9999, "99%"), (0.99, "99%"), (0.57, "57%"), (0.0, "0%")],
)
def test_a_confidence_is_cut_off_and_never_a_promise(confidence: float, text: str) -> None:
    assert share_text(Prediction("a", confidence, 0.3, "b", borderline=False, model_version="")) == text


def test_the_rules_are_text_in_labels_units_and_names() -> None:
    assert MODEL.rules_text().splitlines() == [
        "spending score up to 50.5 points:",
        "  → Low",
        "spending score above 50.5 points:",
        "  annual income up to 90 k$:",
        "    → High",
        "  annual income above 90 k$:",
        "    → Rich",
    ]


def test_a_model_of_another_schema_explains_itself_in_its_own_words() -> None:
    model = rfm_trained().model
    explanation = model.explain({"recency": 20, "tenure": 8, "frequency": 60, "monetary": 9000})
    assert explanation.prediction.segment == "Champion"
    assert model.predict({"recency": 500, "frequency": 3, "monetary": 900}).segment == "Lapsed"
    assert model.predict({"recency": 40, "frequency": 20, "monetary": 700}).segment == "Regular"
    text = " ".join(reason.sentence for reason in explanation.why)
    assert "€" in text or "orders a year above" in text or "days" in text
    assert [line.label for line in explanation.profile][1] == "Years with us"
    with pytest.raises(BadInput, match=r"Yearly spend -501 is outside -500 to 50000 €"):
        model.predict({"recency": 500, "frequency": 3, "monetary": -501})
    with pytest.raises(BadInput, match=r"123456 looks like cents; I expect euros\. Did you mean 1234\.56\?"):
        model.predict({"recency": 500, "frequency": 3, "monetary": 123456})
    told = model.rules_text() + json.dumps(explanation.to_json())
    assert not [word for word in ("income", "score", "k$", "age ") if word in told]


def test_a_customer_unlike_all_others_is_nobodys_typical_member() -> None:
    model = replace(hand_made_model(), seen=((15.0, 137.0), (1.0, 99.0)))
    explanation = model.explain({"age": 35, "income": 900, "score": 17})
    assert explanation.far_outside == ("Annual income of 900 k$ is far outside what I learned from (15 to 137 k$)",)
    data = explanation.to_json()
    assert (data["meaning"], data["action"], data["why"]) == ("", "", [])
    assert data["far_outside"] == list(explanation.far_outside)
    assert far_outside_text(explanation).endswith(
        "Miser is only the nearest segment, so check the value before you act."
    )
    near = model.explain({"age": 35, "income": 259, "score": 17})
    assert near.far_outside == ()
    assert near.to_json()["meaning"] == "A meaning."


def test_an_old_models_range_is_estimated_from_its_segments() -> None:
    model = hand_made_model()
    assert model.learned[0][:2] == (1, 0)
    assert model.learned[0][2] == pytest.approx(88.2 + 31.25)
    assert model.explain({"income": 900, "score": 17}).far_outside
    assert not model.explain({"income": 120, "score": 17}).far_outside
