"""The model that answers: confidence by the formula, reasons in words, changes that work, nothing corrupt accepted."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest
from campaigns import campaign
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reference import reference_trained, rfm_trained, sample_trained

from segmentation.errors import BadInput
from segmentation.model import Prediction, Reason, Segment, SegmentModel, confidence_word
from segmentation.schema import Feature, Role, Schema, default_schema
from segmentation.training.train import Trained
from segmentation.tree import LEAF, DecisionTree


def segment(name: str, mean: tuple[float, float, float]) -> Segment:
    return Segment(
        name, f"About {name}.", f"Do {name}.", 10, 0.5, mean, tuple(v - 5 for v in mean), tuple(v + 5 for v in mean)
    )


# Income scaled by 1/20 around 50, score by 1/10 around 50; the tree looks at the score alone, then at the income.
MODEL = SegmentModel(
    schema=default_schema(),
    segments=(segment("Low", (40, 30, 30)), segment("High", (40, 70, 70)), segment("Rich", (40, 110, 70))),
    centroids=((-1.0, -2.0), (1.0, 2.0), (3.0, 2.0)),
    mean=(40.0, 50.0, 50.0),
    factor=(0.1, 0.05, 0.1),
    fill=(38.0, 50.0, 50.0),
    tree=DecisionTree(
        (2, LEAF, 1, LEAF, LEAF), (50.5, 0.0, 90.0, 0.0, 0.0), (1, -1, 3, -1, -1), (2, -1, 4, -1, -1), (0, 0, 1, 1, 2)
    ),
    version="v1",
)


def test_confidence_is_one_minus_the_ratio_of_the_two_nearest_distances() -> None:
    answer = MODEL.predict({"age": 40, "income": 60, "score": 65})
    distances = [math.dist((0.5, 1.5), centre) for centre in MODEL.centroids]
    assert answer == Prediction("High", 1 - distances[1] / distances[2], "Rich", borderline=False, model_version="v1")
    assert MODEL.distances((40, 60, 65)) == pytest.approx(distances, abs=1e-12)


def test_confidence_is_one_on_a_centroid_and_nothing_between_two() -> None:
    assert MODEL.predict({"age": 40, "income": 70, "score": 70}).confidence == 1
    between = MODEL.predict({"age": 40, "income": 90, "score": 70})
    assert between.confidence == 0
    assert between.borderline


def test_a_confidence_under_the_schema_s_threshold_is_borderline() -> None:
    values = {"age": 40, "income": 60, "score": 65}
    confidence = MODEL.predict(values).confidence
    for threshold, borderline in ((confidence, False), (math.nextafter(confidence, 1), True)):
        model = replace(MODEL, schema=replace(MODEL.schema, borderline_below=threshold))
        assert model.predict(values).borderline is borderline


def test_a_tree_that_disagrees_with_the_nearest_centroid_is_borderline_and_names_it() -> None:
    answer = MODEL.predict({"age": 40, "income": 80, "score": 50})  # the tree says Low, High is nearest
    model = replace(MODEL, schema=replace(MODEL.schema, borderline_below=0.0))
    assert answer.segment == "Low"
    assert answer.runner_up == "High"
    assert model.predict({"age": 40, "income": 80, "score": 50}).borderline


def test_two_centroids_in_one_place_leave_no_confidence() -> None:
    model = replace(MODEL, centroids=((0.0, 0.0), (0.0, 0.0), (3.0, 3.0)))
    assert model.predict({"age": 40, "income": 50, "score": 50}).confidence == 0


def test_reasons_are_in_words_with_units() -> None:
    reference = MODEL.explain({"age": 35, "income": 60, "score": 70})
    assert reference.why == (
        Reason("income", None, 90.0, "annual income at most 90 k$"),
        Reason("score", 50.5, None, "spending score above 50.5 points"),
    )
    assert MODEL.explain({"age": 35, "income": 60, "score": 7}).why[0].sentence == "spending score at most 50.5 points"


def test_reasons_name_the_number_people_know_a_cut_by() -> None:
    feature = Feature("spend", "VIP spend", "€", 0, 1e9, Role.CLUSTER)
    schema = Schema("s", (feature,), ())
    base = replace(MODEL, schema=schema, centroids=((0.0,), (1.0,), (2.0,)), mean=(0.0,), factor=(1.0,), fill=(1.0,))
    # The float64 cut beside the float32 threshold; seven digits are right, too few, and too few by far.
    for cut, shown in ((61.50000190734863, "61.5"), (1234567.5, "1234567.5"), (123456788.0, "123456788")):
        one = DecisionTree((0, LEAF, LEAF), (cut, 0.0, 0.0), (1, -1, -1), (2, -1, -1), (0, 0, 1))
        model = replace(base, tree=one)
        assert model.explain({"spend": 1e9}).why[0].sentence == f"VIP spend above {shown} €"
        assert f"VIP spend at most {shown} €:" in model.rules_text()


def test_an_interval_has_both_ends() -> None:
    model = sample_trained().model
    both = [
        reason
        for x in np.random.default_rng(0).uniform((18, 20, 20), (70, 90, 80), (50, 3)).round().tolist()
        for reason in model.explain(dict(zip(model.schema.names, x, strict=True))).why
        if reason.above is not None and reason.at_most is not None
    ]
    assert both
    assert all(" above " in reason.sentence and " and at most " in reason.sentence for reason in both)


def test_changes_are_sentences_and_do_what_they_say() -> None:
    explanation = MODEL.explain({"age": 35, "income": 60, "score": 70})
    assert [change.sentence for change in explanation.changes] == [
        "annual income up from 60 to 91 k$ makes it Rich",
        "spending score down from 70 to 50 points makes it Low",
    ]
    for change in explanation.changes:
        moved = dict(zip(MODEL.schema.names, explanation.values, strict=True)) | {change.feature: change.value}
        assert MODEL.predict(moved).segment == change.segment


def test_the_profile_puts_the_customer_beside_the_segment() -> None:
    explanation = MODEL.explain({"income": 60, "score": 70})
    age, income, _score = explanation.profile
    assert (age.value, age.imputed) == (38.0, True)
    assert (income.value, income.imputed, income.unit, income.label) == (60.0, False, "k$", "Annual income")
    assert (income.mean, income.low, income.high) == (70, 65, 75)
    assert explanation.values == (38.0, 60.0, 70.0)
    assert explanation.segment is MODEL.segment("High")
    assert MODEL.explain({"age": None, "income": 60, "score": 70}) == explanation


def test_the_json_form_echoes_everything() -> None:
    data = json.loads(json.dumps(MODEL.explain({"age": 35, "income": 60, "score": 70}).to_json()))
    assert data["segment"] == "High"
    assert data["runner_up"] == "Rich"
    assert data["borderline"] is False
    assert data["model_version"] == "v1"
    assert data["values"] == {"age": 35, "income": 60, "score": 70}
    assert data["why"] == ["annual income at most 90 k$", "spending score above 50.5 points"]
    assert data["profile"]["income"]["segment_mean"] == 70
    assert data["changes"][0] == {
        "feature": "income",
        "value": 91,
        "segment": "Rich",
        "sentence": "annual income up from 60 to 91 k$ makes it Rich",
    }
    assert (data["meaning"], data["action"]) == ("About High.", "Do High.")


def test_confidence_has_a_word() -> None:
    answer = Prediction("a", 0.6, "b", borderline=False, model_version="")
    assert confidence_word(answer) == "high"
    assert confidence_word(answer._replace(confidence=0.59)) == "moderate"
    assert confidence_word(answer._replace(borderline=True)) == "low"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"age": 35, "score": 70}, "Annual income is missing; without it no segment can be told."),
        ({"age": 35, "income": None, "score": 70}, "Annual income is missing; without it no segment can be told."),
        ({"income": 60, "score": 101}, "Spending score 101 is outside 0 to 100 points."),
        ({"income": 60, "score": math.nan}, "Spending score nan is outside 0 to 100 points."),
        ({"income": math.inf, "score": 70}, "Annual income inf is outside 0 to 1000 k$."),
        ({"income": -math.inf, "score": 70}, "Annual income -inf is outside 0 to 1000 k$."),
        ({"age": -1, "income": 60, "score": 70}, "Age -1 is outside 0 to 120 years."),
        (
            {"income": 60000, "score": 70},
            "Annual income 60000 is outside 0 to 1000 k$; the unit is k$, so 60000 is 60.",
        ),
        (
            {"income": 60, "score": 70, "wage": 5, "height": 3},
            "Unknown feature: height, wage. The model knows age, income, score.",
        ),
    ],
)
def test_values_that_cannot_be_used_are_refused_in_a_sentence(values: dict[str, float | None], sentence: str) -> None:
    for ask in (MODEL.predict, MODEL.explain):
        with pytest.raises(BadInput) as caught:
            ask(values)
        assert caught.value.sentence == sentence


def test_the_rules_are_text_in_labels_units_and_names() -> None:
    assert MODEL.rules_text().splitlines() == [
        "spending score at most 50.5 points:",
        "  → Low",
        "spending score above 50.5 points:",
        "  annual income at most 90 k$:",
        "    → High",
        "  annual income above 90 k$:",
        "    → Rich",
    ]


def test_a_model_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        MODEL.version = "v2"  # type: ignore[misc]  # the point: it is frozen
    with pytest.raises(KeyError):
        MODEL.segment("low")


@pytest.mark.parametrize("trained", [sample_trained, rfm_trained], ids=["sample", "rfm"])
def test_the_stored_form_reads_back_as_the_same_model(trained: Callable[[], Trained]) -> None:
    model = trained().model
    data = json.loads(json.dumps(model.to_data()))
    assert "version" not in data
    assert SegmentModel.from_data(data) == model
    assert replace(model, version="v9").to_data() == model.to_data()


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
    with pytest.raises(BadInput, match=r"the unit is €, so 123456 is 1234\.56"):
        model.predict({"recency": 500, "frequency": 3, "monetary": 123456})
    told = model.rules_text() + json.dumps(explanation.to_json())
    assert not [word for word in ("income", "score", "k$", "age ") if word in told]


Path = tuple[str | int, ...]


def corrupt(path: Path, value: object) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(json.dumps(MODEL.to_data()))
    place: Any = data
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), 2),
        (("segments",), []),
        (("segments", 0, "name"), "High"),
        (("segments", 0, "name"), ""),
        (("segments", 0, "name"), 5),
        (("segments", 0, "meaning"), None),
        (("segments", 0, "customers"), -1),
        (("segments", 0, "customers"), "10"),
        (("segments", 0, "share"), 1.1),
        (("segments", 0, "mean"), [1, 2]),
        (("segments", 0, "low"), [1, 2, float("nan")]),
        (("centroids",), [[0, 0], [1, 1]]),
        (("centroids", 0), [0]),
        (("centroids", 0, 0), float("inf")),
        (("centroids", 0, 0), 1e200),
        (("centroids", 0, 0), 10**400),
        (("mean",), [1, 2]),
        (("mean", 1), float("nan")),
        (("factor", 1), 0),
        (("factor", 1), -1),
        (("factor", 0), 1e200),
        (("fill", 0), 121),
        (("fill", 1), "many"),
        (("tree",), []),
        (("tree",), None),
        (("tree", "feature", 0), 3),
        (("tree", "feature", 0), 1.5),
        (("tree", "left", 0), 0),
        (("tree", "right", 2), 9),
        (("tree", "segment", 1), 3),
        (("tree", "cut", 0), float("nan")),
        (("tree", "cut"), [1.0]),
        (("schema", "features", 0, "weight"), 1e-300),
        (("schema", "features", 1, "minimum"), -1e200),
        (("schema", "features", 1, "role"), "profile"),
    ],
)
def test_a_corrupt_index_or_number_is_refused(path: Path, value: object) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        SegmentModel.from_data(corrupt(path, value))


def places(data: Any, path: Path = ()) -> list[Path]:
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(found for key, value in inside for found in places(value, (*path, key)))]


PLACES = places(json.loads(json.dumps(MODEL.to_data())))[1:]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([-2, -1, 0, 1, 2, 3, 10**30, 10**400, -(10**400)])
    | st.floats()
    | st.sampled_from([1e308, -1e308, 1e-320, 0.5])
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


@settings(max_examples=campaign(60, 400), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(PLACES), JSON)
def test_a_corrupt_stored_form_is_refused_or_harmless(path: Path, value: object) -> None:
    try:
        model = SegmentModel.from_data(corrupt(path, value))
    except (KeyError, TypeError, ValueError):
        return
    features = model.schema.features
    for part in (0.0, 0.3, 0.7, 1.0):
        x = {f.name: min(max(f.minimum * (1 - part) + f.maximum * part, f.minimum), f.maximum) for f in features}
        explanation = model.explain(x)
        assert explanation.prediction == model.predict(x)
        assert 0 <= explanation.prediction.confidence <= 1
        assert {explanation.prediction.segment, explanation.prediction.runner_up} <= set(model.names)
        json.dumps(explanation.to_json())
    model.rules_text()
    assert SegmentModel.from_data(json.loads(json.dumps(model.to_data()))) == model


@pytest.mark.parametrize("path", PLACES, ids=str)
def test_a_stored_form_with_a_part_missing_is_refused_or_harmless(path: Path) -> None:
    data: dict[str, Any] = json.loads(json.dumps(MODEL.to_data()))
    place: Any = data
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    try:
        model = SegmentModel.from_data(data)
    except (KeyError, TypeError, ValueError):
        return
    assert path[0] == "schema"  # an optional field of a feature, an alias, a level or a rule
    assert model.predict({"income": 60, "score": 70}).segment in model.names


def test_answering_imports_no_numerical_library() -> None:
    heavy = "sklearn numpy pandas scipy joblib polars matplotlib"
    code = (
        "import sys, segmentation.model, segmentation.registry, segmentation.values\n"
        f"print(sorted(set('{heavy}'.split()) & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_threads_share_one_model() -> None:
    base = sample_trained().model
    rows = np.random.default_rng(1).uniform((18, 10, 1), (75, 150, 99), (40, 3)).tolist()
    customers = [dict(zip(base.schema.names, row, strict=True)) for row in rows]
    expected = [base.explain(customer) for customer in customers]
    for _ in range(5):
        fresh = replace(base)  # nothing cached yet
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(fresh.explain, customers)) == expected


@pytest.mark.parametrize(
    ("age", "income", "score", "name"),
    [
        (35, 60, 70, "Standard"),
        (30, 87, 82, "Target"),
        (41, 88, 17, "Miser"),
        (25, 26, 79, "Spender"),
        (45, 26, 21, "Careful"),
    ],
)
def test_the_example_customers_get_their_segments(age: float, income: float, score: float, name: str) -> None:
    answer = reference_trained().model.predict({"age": age, "income": income, "score": score})
    assert answer.segment == name
    assert answer.borderline is (name == "Standard")
