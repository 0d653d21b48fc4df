"""A value in another unit gets a question beside its answer; a value that a customer may have never does."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from reference import reference_trained, reference_values, rfm_trained, rfm_values
from scoring_cases import hand_made_model

from segmentation.answers.hints import Learned, unit_hint, unquestioned
from segmentation.schema import Feature, Role
from segmentation.training.train import Trained

SCORE = Feature("score", "Spending score", "points", 0, 100, Role.CLUSTER)
INCOME = Feature("income", "Annual income", "k$", 0, 100_000, Role.CLUSTER, base_unit_factor=1000)
SPENT = Feature("spent", "Total spent", "$", 0, 1_000_000, Role.CLUSTER, decimals=2)
POINTS = Learned(low=1, high=99, usual_low=4, most=197)
THOUSANDS = Learned(low=15, high=137, usual_low=17, most=259)
DOLLARS = Learned(low=100, high=12_450, usual_low=180, most=24_800)


@pytest.mark.parametrize(
    ("feature", "learned", "value", "typed"),
    [
        (SCORE, POINTS, 0.33, "score=33"),
        (SCORE, POINTS, 0.7, "score=70"),
        (SCORE, POINTS, 0.99, "score=99"),
        (SCORE, POINTS, 0.335, "score=33.5"),
        (SCORE, POINTS, 0.05, "score=5 or score=50"),
        (SCORE, replace(POINTS, low=0), 0.33, "score=33"),
        (INCOME, THOUSANDS, 0.06, "income=60"),
        (INCOME, THOUSANDS, 1.2, "income=120"),
        (SPENT, DOLLARS, 2.25, "spent=225 or spent=2250"),
        (SPENT, DOLLARS, 0.45, "spent=450"),
        (SPENT, replace(DOLLARS, low=1000, high=9999), 2.288, "spent=2288"),
    ],
)
def test_a_value_far_below_everybodys_is_asked_about(
    feature: Feature, learned: Learned, value: float, typed: str
) -> None:
    between = f"{learned.low:g} and {learned.high:g} {feature.unit}"
    assert unit_hint(feature, value, learned) == f"Did you mean {typed}? Everyone I learned from is between {between}."


@pytest.mark.parametrize(
    ("feature", "learned", "value", "typed"),
    [
        (INCOME, THOUSANDS, 60_000, "income=60"),
        (INCOME, THOUSANDS, 900, "income=90"),
        (INCOME, replace(THOUSANDS, low=1), 20_000, "income=20"),
        (SPENT, DOLLARS, 90_000, "spent=900"),
        (SPENT, DOLLARS, 110_000, "spent=1100 or spent=110"),
        (SPENT, DOLLARS, 30_000, "spent=300"),
    ],
)
def test_a_value_far_above_everybodys_is_asked_about(
    feature: Feature, learned: Learned, value: float, typed: str
) -> None:
    assert unit_hint(feature, value, learned) == f"Did you mean {typed}?"


@pytest.mark.parametrize("value", [0.0, 1.0, 1.5, 2.0, 3.25, 50.0, 99.0, 99.5, 100.0])
def test_a_score_that_somebody_may_have_is_not_asked_about(value: float) -> None:
    assert unit_hint(SCORE, value, POINTS) is None
    assert unit_hint(SCORE, value, replace(POINTS, low=0)) is None


@pytest.mark.parametrize("value", [2.0, 5.0, 14.0, 138.0, 200.0, 259.0])
def test_an_income_near_everybodys_is_not_asked_about(value: float) -> None:
    assert unit_hint(INCOME, value, THOUSANDS) is None


def test_fractions_are_not_asked_about_where_customers_have_them() -> None:
    assert unit_hint(SCORE, 0.33, replace(POINTS, low=0.1)) is None
    assert unit_hint(SCORE, 0.33, replace(POINTS, low=0, usual_low=0.2)) is None
    assert unit_hint(replace(SCORE, decimals=2), 0.33, replace(POINTS, low=0)) is None


def test_nothing_is_asked_when_no_factor_leads_to_what_was_learned() -> None:
    assert unit_hint(SCORE, 0.0001, POINTS) is None
    assert unit_hint(SPENT, 25_000, replace(DOLLARS, low=2_600)) is None


@pytest.mark.parametrize(("trained", "values"), [(reference_trained, reference_values), (rfm_trained, rfm_values)])
def test_no_customer_a_model_learned_from_is_asked_about(
    trained: Callable[[], Trained], values: Callable[[], NDArray[np.float64]]
) -> None:
    model = trained().model
    for row in values().tolist():
        given = {name: value for name, value in zip(model.schema.names, row, strict=True) if not math.isnan(value)}
        assert model.explain(given).hints == ()


def test_a_model_asks_beside_its_answer() -> None:
    model = reference_trained().model
    explanation = model.explain({"age": 35, "income": 0.06, "score": 0.33})
    assert explanation.hints == (
        "Did you mean income=60? Everyone I learned from is between 15 and 137 k$.",
        "Did you mean score=33? Everyone I learned from is between 1 and 99 points.",
    )
    assert explanation.to_json()["hints"] == list(explanation.hints)
    assert explanation.prediction == model.predict({"age": 35, "income": 0.06, "score": 0.33})


def test_an_old_model_asks_without_a_range_that_it_only_estimates() -> None:
    assert hand_made_model().explain({"age": 35, "income": 60, "score": 0.33}).hints == ("Did you mean score=33?",)


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.floats(0, 1), st.floats(0, 3e6), st.integers(0, 4))
@example(1.0, 98.0, 0.03, 1.0, 0)
@example(-5.0, 5.0, 0.0, 0.0, 0)
def test_nothing_is_asked_from_the_unquestioned_value_on(
    low: float, width: float, share: float, above: float, decimals: int
) -> None:
    learned = Learned(low, low + width, low + share * width, low + 2 * width)
    value = min(unquestioned(learned) + above, learned.most)
    feature = replace(SPENT, decimals=decimals)
    if value >= unquestioned(learned):
        assert unit_hint(feature, value, learned) is None


def test_a_value_without_a_question_is_ordinary_unless_it_is_nearly_unusual() -> None:
    model = reference_trained().model
    grid = [(income / 4, score / 4) for income in range(0, 1200, 7) for score in range(0, 401, 17)]
    ordinary = {at for at in grid if model.is_ordinary((35.0, *at))}
    plain = set()
    for income, score in grid:
        explanation = model.worded(model.assess({"income": income, "score": score}))
        if not explanation.far_outside and not explanation.hints:
            plain.add((income, score))
    assert ordinary <= plain
    assert len(ordinary) > 0.9 * len(plain)
