"""A table's columns: which hold the features, and what the result's are called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import ibis
import numpy as np
import polars as pl
import pytest
from reference import rfm_trained
from scoring_cases import hand_made_model
from warehouse_cases import Row, check_answers, frame, hard_customers, known_answers
from warehouse_tables import (
    MODEL,
    answered,
    real_model,
)

from segmentation.errors import BadInput
from segmentation.model import SegmentModel
from segmentation.schema_data import default_schema
from segmentation.training.points.cells import EXACT_POINTS
from segmentation.training.points.dataset import gather
from segmentation.tree import LEAF, DecisionTree
from segmentation.warehouse.address import Address
from segmentation.warehouse.columns import score
from segmentation.warehouse.connections import open_warehouse
from segmentation.warehouse.counts import training_counts
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
        ({"age": "int8", "score": "int8"}, "has no column income. It needs income, score; it has “age”, "),
        ({"age": "int8", "years": "int8", "income": "int8", "score": "int8"}, "2 columns could be age: “age” and"),
        ({"age": "int8", "income": "string", "score": "int8"}, "column “income” holds string, but income must be a"),
        ({"age": "boolean", "income": "int8", "score": "int8"}, "column “age” holds boolean"),
    ],
)  # fmt: skip
def test_refuses_a_table_whose_columns_cannot_be_used(columns: dict[str, str], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        score(ibis.table(columns, name="t"), MODEL)


@pytest.mark.parametrize("model", [real_model, hand_made_model])
def test_a_table_without_a_profile_column_gets_the_models_answers(
    model: Callable[[], SegmentModel], tmp_path: Path
) -> None:
    hard: list[Row] = [(None, *row[1:]) for row in hard_customers(model(), 2000)]
    table = frame(model(), hard)
    ageless = table.drop(next(name for name in table.columns if name.casefold() == "age"))
    ageless.write_parquet(tmp_path / "customers.parquet")
    scored = tmp_path / "scored.parquet"
    report = score_table(Address(str(tmp_path / "customers.parquet")), model(), str(scored))
    found = pl.read_parquet(scored).sort("id").select("id", "segment", "confidence", "note").rows()
    known = [replace(answer, note=_without_age(answer.note)) for answer in known_answers(model(), hard)]
    for (_, segment, confidence, note), answer in zip(found, known, strict=True):
        assert (segment, note) == (answer.segment, answer.note)
        assert confidence == (None if answer.confidence is None else pytest.approx(answer.confidence, abs=1e-12))
    assert "The table has no column for age: the profile is without it." in report.notes
    assert any("ask for age: 36 years was assumed" in note for note in report.notes) == bool(model().assumed)


def _without_age(note: str | None) -> str | None:
    """Leave out what is said of the age: of a whole table it is said once, in the notes."""
    return "; ".join(part for part in (note or "").split("; ") if not part.startswith("Age is not given")) or None


@pytest.mark.parametrize("customers", [200, EXACT_POINTS + 3000])
def test_a_table_without_a_profile_column_trains_as_a_file_does(tmp_path: Path, customers: int) -> None:
    values = np.random.default_rng(3).uniform(0, 100, (customers, 3))
    path = tmp_path / "customers.parquet"
    pl.DataFrame({"income": values[:, 1], "score": values[:, 2]}).write_parquet(path)
    values[:, 0] = np.nan
    schema = default_schema()
    with open_warehouse(Address(str(path)), writes=False) as warehouse:
        found = training_counts(warehouse.table(""), schema).data
    expected = gather(values, schema)
    assert (found.cells is None) == (customers <= EXACT_POINTS)
    assert np.array_equal(found.points, expected.points)
    assert found.stated is not None
    assert expected.stated is not None
    assert np.array_equal(found.stated, expected.stated)
    assert found.report.imputed == {"age": found.report.used}


def test_a_model_of_other_features_answers_alike(tmp_path: Path) -> None:
    model = rfm_trained().model
    hard = hard_customers(model, 20_000)
    check_answers(model, hard, answered(tmp_path, model, hard))


def test_a_tree_of_one_leaf_answers_all_alike(tmp_path: Path) -> None:
    model = hand_made_model(tree=DecisionTree((LEAF,), (0.0,), (LEAF,), (LEAF,), (3,)))
    rows: list[Row] = [(30.0, 20.0, 50.0), (60.0, 90.0, 10.0)]
    assert {segment for _, segment, _, _ in answered(tmp_path, model, rows)} == {"Careful"}
