"""A table's columns: which hold the features, and what the result's are called."""

from __future__ import annotations

from pathlib import Path

import ibis
import polars as pl
import pytest
from reference import rfm_trained
from scoring_cases import hand_made_model
from warehouse_cases import Row, check_answers, frame, hard_customers
from warehouse_tables import (
    MODEL,
    answered,
)

from segmentation.errors import BadInput
from segmentation.tree import LEAF, DecisionTree
from segmentation.warehouse.address import Address
from segmentation.warehouse.columns import score
from segmentation.warehouse.score import score_table


def test_other_columns_stay_and_taken_names_get_a_number() -> None:
    table = ibis.table({"Note": "string", "Customer Age": "int8", "salary": "int64", "score": "float32"}, name="t")
    assert score(table, MODEL).columns == (*table.columns, "segment", "confidence", "note_2")


def test_a_column_that_looks_like_one_of_ours_stays(tmp_path: Path) -> None:
    rows: list[Row] = [(30.0, 20.0, 50.0)]
    frame(MODEL, rows).with_columns(Segbot_usable=pl.lit("mine")).write_parquet(tmp_path / "customers.parquet")
    score_table(Address(str(tmp_path / "customers.parquet")), MODEL, str(tmp_path / "scored.parquet"))
    assert pl.read_parquet(tmp_path / "scored.parquet")["Segbot_usable"].to_list() == ["mine"]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"age": "int8", "score": "int8"}, "has no column income. It needs age, income, score; it has “age”, "),
        ({"age": "int8", "years": "int8", "income": "int8", "score": "int8"}, "2 columns could be age: “age” and"),
        ({"age": "int8", "income": "string", "score": "int8"}, "column “income” holds string, but income must be a"),
        ({"age": "boolean", "income": "int8", "score": "int8"}, "column “age” holds boolean"),
    ],
)  # fmt: skip
def test_refuses_a_table_whose_columns_cannot_be_used(columns: dict[str, str], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        score(ibis.table(columns, name="t"), MODEL)


def test_a_model_of_other_features_answers_alike(tmp_path: Path) -> None:
    model = rfm_trained().model
    hard = hard_customers(model, 20_000)
    check_answers(model, hard, answered(tmp_path, model, hard))


def test_a_tree_of_one_leaf_answers_all_alike(tmp_path: Path) -> None:
    model = hand_made_model(tree=DecisionTree((LEAF,), (0.0,), (LEAF,), (LEAF,), (3,)))
    rows: list[Row] = [(30.0, 20.0, 50.0), (60.0, 90.0, 10.0)]
    assert {segment for _, segment, _, _ in answered(tmp_path, model, rows)} == {"Careful"}
