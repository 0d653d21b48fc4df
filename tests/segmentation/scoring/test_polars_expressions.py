"""The model's expressions answer exactly what `SegmentModel.predict` answers."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from campaigns import campaign
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import sample_trained
from scoring_cases import AGELESS_TREE, hand_made_model
from warehouse_cases import check_answers, hard_customers

from segmentation.model import SegmentModel
from segmentation.scoring.answer_table import answer_table
from segmentation.scoring.polars_expressions import RUNNER_UP_INDEX, SEGMENT_INDEX, with_answers, with_indices
from segmentation.tree import LEAF, DecisionTree

MODEL = hand_made_model()
NAMES = MODEL.schema.names

DIVIDED = "Annual income is outside 0 to 1000 k$; divided by 1000 it fits: the unit is k$"
CUSTOMERS = st.fixed_dictionaries(
    {
        "age": st.none() | st.integers(0, 120).map(float) | st.floats(0, 120),
        "income": st.integers(0, 1000).map(float) | st.floats(0, 150) | st.sampled_from([40.5, 70.0, 55.3, 26.3]),
        "score": st.integers(0, 100).map(float) | st.floats(0, 100) | st.sampled_from([50.25, 49.5, 20.9]),
    }
)


def answers(customers: list[dict[str, float | None]], model: SegmentModel = MODEL) -> pl.DataFrame:
    frame = pl.DataFrame(customers, schema=dict.fromkeys(NAMES, pl.Float64), orient="row")
    return with_answers(frame.lazy(), model).collect()


def check(customers: list[dict[str, float | None]], model: SegmentModel) -> None:
    for customer, answer in zip(customers, answers(customers, model).iter_rows(named=True), strict=True):
        known = model.predict(customer)
        assert answer["segment"] == known.segment
        assert answer["confidence"] == known.confidence
        note = answer["note"] or ""
        assert note.startswith(f"borderline, next nearest: {known.runner_up}") == known.borderline
        said = "Age is not given" if not model.assumed else "Age is not given, 36 years assumed"
        far = model.explain(customer).far_outside
        assert note.partition("; Annual income is far outside")[0].endswith(said) == (customer["age"] is None)
        assert ("Annual income is far outside what I learned from" in note) == bool(far)


@settings(max_examples=campaign(40, 200), deadline=None)
@given(st.lists(CUSTOMERS, min_size=1, max_size=20))
def test_every_answer_is_the_models(customers: list[dict[str, float | None]]) -> None:
    check(customers, MODEL)


@settings(max_examples=campaign(20, 50), deadline=None)
@given(st.lists(CUSTOMERS, min_size=1, max_size=20), st.integers(0, 4), st.integers(0, 4))
def test_ties_between_centroids_go_as_in_the_model(
    customers: list[dict[str, float | None]], one: int, other: int
) -> None:
    centroids = list(MODEL.centroids)
    centroids[one] = centroids[other]
    schema = replace(MODEL.schema, borderline_below=0.0)
    check(customers, replace(MODEL, centroids=tuple(centroids), schema=schema))


def test_a_customer_on_two_equal_centroids_has_no_confidence() -> None:
    model = replace(MODEL, centroids=((0.0, 0.0),) * 5)
    customer: dict[str, float | None] = {"age": 30.0, "income": MODEL.mean[1], "score": MODEL.mean[2]}
    assert answers([customer], model)["confidence"].to_list() == [0.0] == [model.predict(customer).confidence]


def test_a_tree_of_one_leaf_answers_all_alike() -> None:
    stump = DecisionTree((LEAF,), (0.0,), (LEAF,), (LEAF,), (3,))
    assert set(answers([{"age": 1.0, "income": 2.0, "score": 3.0}] * 2, hand_made_model(tree=stump))["segment"]) == {
        "Careful"
    }


@pytest.mark.parametrize(
    ("customer", "note"),
    [
        ({"age": 30.0, "income": None, "score": 5.0}, "Annual income is missing"),
        ({"age": 9.0, "income": 1001.0, "score": None}, f"{DIVIDED}; Spending score is missing"),
        ({"age": -1.0, "income": 10.0, "score": 5.0}, "Age is outside 0 to 120 years"),
        ({"age": None, "income": 10.0, "score": -0.1}, "Spending score is outside 0 to 100 points"),
        ({"age": 30.0, "income": float("nan"), "score": 5.0}, "Annual income is outside 0 to 1000 k$"),
        ({"age": 30.0, "income": float("inf"), "score": 5.0}, "Annual income is outside 0 to 1000 k$"),
        ({"age": 30.0, "income": 60000.0, "score": 5.0}, DIVIDED),
    ],
)  # fmt: skip
def test_what_cannot_be_scored_says_why_instead(customer: dict[str, float | None], note: str) -> None:
    (answer,) = answers([customer]).iter_rows(named=True)
    assert (answer["segment"], answer["confidence"], answer["note"]) == (None, None, note)


@pytest.mark.parametrize("model", [MODEL, hand_made_model(tree=AGELESS_TREE), sample_trained().model])
def test_segments_and_notes_are_those_of_every_other_path(model: SegmentModel) -> None:
    hard = hard_customers(model, campaign(2_000, 20_000))
    frame = pl.DataFrame(hard, schema=dict.fromkeys(NAMES, pl.Float64), orient="row").with_row_index("id")
    scored = with_answers(frame.lazy(), model).select("id", "segment", "confidence", "note").collect()
    check_answers(model, hard, scored.rows())
    assert any("far outside" in (note or "") for note in scored["note"])


def test_other_columns_stay_and_integers_will_do() -> None:
    frame = pl.LazyFrame({"id": ["a"], "age": [35], "income": [60], "score": [70]})
    answer = with_answers(frame, MODEL).collect()
    assert answer.columns == ["id", "age", "income", "score", "segment", "confidence", "note"]
    assert answer["segment"].item() == MODEL.predict({"age": 35, "income": 60, "score": 70}).segment


def test_the_streaming_engine_gives_the_same() -> None:
    rows = 100_000
    frame = pl.LazyFrame({name: [float(i * (7 + k) % 100) for i in range(rows)] for k, name in enumerate(NAMES)})
    staged = with_answers(frame, MODEL)
    assert staged.collect(engine="streaming").equals(staged.collect(engine="in-memory"))


def test_the_answer_table_holds_what_the_expressions_say() -> None:
    model = hand_made_model(tree=AGELESS_TREE)
    table = answer_table(model)
    assert table is not None
    values = pl.DataFrame({"age": [None, 3.5, 30.0], "income": [0.0, 1000.0, 61.0], "score": [0.0, 100.0, 49.0]})
    found = table.answers[table.cells(values).to_list()]
    known = with_indices(values.lazy(), model).collect()
    for column in (SEGMENT_INDEX, "confidence", RUNNER_UP_INDEX):
        assert found[column].to_list() == known[column].to_list()


def test_the_answer_table_does_not_know_fractions_or_gaps() -> None:
    table = answer_table(hand_made_model(tree=AGELESS_TREE))
    assert table is not None
    values = pl.DataFrame({"age": [1.0] * 3, "income": [60.5, None, 60.0], "score": [1.0, 1.0, 0.5]})
    assert table.cells(values).null_count() == 3


def test_there_is_no_answer_table_where_the_combinations_are_too_many() -> None:
    assert answer_table(MODEL) is None, "its tree asks for the age too"
