"""The model that answers: confidence by the formula, unusable values refused, the same from every thread."""

from __future__ import annotations

import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from reference import reference_trained, sample_trained
from small_model import MODEL

from segmentation.answers.explanation import Prediction
from segmentation.errors import BadInput


def test_confidence_is_one_minus_the_ratio_of_the_two_nearest_distances() -> None:
    answer = MODEL.predict({"age": 40, "income": 60, "score": 65})
    distances = [math.dist((0.5, 1.5), centre) for centre in MODEL.centroids]
    margin = 1 - distances[1] / distances[2]
    assert answer == Prediction("High", margin, margin, "Rich", borderline=False, model_version="v1")
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


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"age": 35, "score": 70}, "Annual income is missing; the segment depends on it."),
        (
            {"age": 35, "income": None, "score": 70},
            "Annual income is missing; the segment depends on it.",
        ),
        ({"income": 60, "score": 101}, "Spending score 101 is outside 0 to 100 points."),
        ({"income": 60, "score": math.nan}, "Spending score nan is outside 0 to 100 points."),
        ({"income": math.inf, "score": 70}, "Annual income inf is outside 0 to 1000 k$."),
        ({"income": -math.inf, "score": 70}, "Annual income -inf is outside 0 to 1000 k$."),
        ({"age": -1, "income": 60, "score": 70}, "Age -1 is outside 0 to 120 years."),
        (
            {"income": 60000, "score": 70},
            "Annual income 60000 looks like dollars; I expect thousands (k$). Did you mean 60?",
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


def test_a_model_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        MODEL.version = "v2"  # type: ignore[misc]  # the point: it is frozen
    with pytest.raises(KeyError):
        MODEL.segment("low")


def test_answering_imports_no_numerical_library() -> None:
    heavy = "sklearn numpy pandas scipy joblib polars matplotlib"
    code = (
        "import sys, segmentation.model, segmentation.registry, segmentation.numbers.values\n"
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
    # Standard's is the nearest to another segment, yet nearly every retrained model keeps it there.
    assert (answer.margin < 0.3) is (name == "Standard")
    assert not answer.borderline
