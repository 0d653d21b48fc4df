"""Categories describe: read in any spelling, counted exactly in each segment, shown, stored; they decide nothing."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from category_cases import (
    PLANS,
    SCHEMA_TEXT,
    category_schema,
    category_trained,
    subscribers,
    subscribers_file,
)
from hypothesis import given
from hypothesis import strategies as st

from segmentation.categories import code_of, fold_category
from segmentation.errors import BadInput, BadSchema
from segmentation.evaluation.compare import compare
from segmentation.evaluation.comparison import Comparison, Side
from segmentation.evaluation.drift import drift_between
from segmentation.evaluation.moves import positions
from segmentation.model_data import model_from_data, model_to_data
from segmentation.numbers.value_sentences import grouped_rows, unknown_rows
from segmentation.numbers.values import Reason, ValueFault, check_range, read_value
from segmentation.reading.table import open_table
from segmentation.registry.artifact import model_bytes
from segmentation.schema import Feature, Schema
from segmentation.schema_data import default_schema, parse_schema, schema_from_data
from segmentation.scoring.score import score_file
from segmentation.training.points.dataset import Budget, gather_file
from segmentation.training.train import train_clean

SCHEMA = category_schema()
PLAN, COUNTRY = SCHEMA.features[2:]


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        *(
            ("basic", "Basic"),
            (" BASIC ", "Basic"),
            ("Ｂａｓｉｃ", "Basic"),
            ("básic", "Basic"),
            ("ba\u0301sic", "Basic"),
        ),
        *(("pro plus", "Pro Plus"), ("ProPlus", "Pro Plus"), ("PRO\u00a0PLUS", "Pro Plus"), ("Pro", "Pro")),
    ],
)
def test_a_category_is_known_in_any_case_and_spacing(text: str, plan: str) -> None:
    code = read_value(PLAN, text)
    assert isinstance(code, float)
    assert PLAN.show(code) == plan


@pytest.mark.parametrize(
    ("feature", "text", "reason", "suggestion"),
    [
        (PLAN, "", Reason.MISSING, None),
        (PLAN, " \u200b", Reason.MISSING, None),
        (PLAN, "proo", Reason.UNKNOWN_CATEGORY, "Pro"),
        (PLAN, "pro-plus", Reason.UNKNOWN_CATEGORY, '"Pro Plus"'),
        (PLAN, "gold", Reason.UNKNOWN_CATEGORY, None),
        (COUNTRY, "Osterreic", Reason.UNKNOWN_CATEGORY, "Österreich"),
    ],
)
def test_another_category_is_refused_with_those_known(
    feature: Feature, text: str, reason: Reason, suggestion: str | None
) -> None:
    fault = read_value(feature, text)
    assert isinstance(fault, ValueFault)
    assert (fault.reason, fault.suggestion) == (reason, suggestion)
    if reason is Reason.UNKNOWN_CATEGORY:
        assert feature.range_text in fault.sentence


def test_a_schema_may_group_all_other_categories() -> None:
    assert [code_of(COUNTRY, text) for text in ("fr", "it", "Other", "")] == [1, 3, 3, None]
    assert COUNTRY.show(3) == "other"
    assert read_value(COUNTRY, "Japan") == 3


@given(st.text())
def test_folding_is_done_once_and_character_by_character(text: str) -> None:
    folded = fold_category(text)
    assert fold_category(folded) == folded
    assert folded == "".join(fold_category(character) for character in text)


def test_only_codes_that_stand_for_a_category_are_values() -> None:
    assert check_range(PLAN, 2.0) == 2.0
    for code in (3.0, -1.0, 0.5):
        assert isinstance(check_range(PLAN, code), ValueFault)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"Pro", "Pro Plus"]', '"Pro", "PRO"]', '"PRO" is there twice'),
        ('["Basic", "Pro", "Pro Plus"]', '["Basic"]', "at least two are required"),
        ('["Basic", "Pro", "Pro Plus"]', "[]", "at least two are required"),
        ('"Pro Plus"]', f'"{"x" * 65}"]', "a category's name has 1 to 64 characters"),
        ('"Pro Plus"]', '"\u200b"]', "a category's name has 1 to 64 characters"),
        ('["DE", "FR", "Österreich"]', '["DE", "Other"]', "stands for all others already"),
        ('"Pro Plus"]', ", ".join(f'"x{i}"' for i in range(60)) + "]", "at most 50 are supported"),
        ("other = true", 'other = "yes"', "it must be true or false"),
        ('kind = "category"', 'kind = "text"', 'it must be "number" or "category"'),
        ('role = "profile"\naliases', 'role = "profile"\nexample = "Gold"\naliases', "one of the categories"),
        ('kind = "category"', 'kind = "category"\nminimum = 0', "this key is not known"),
    ],
)
def test_a_schema_whose_categories_cannot_be_used_is_refused(old: str, new: str, reason: str) -> None:
    assert old in SCHEMA_TEXT
    with pytest.raises(BadSchema, match="features") as refused:
        parse_schema(SCHEMA_TEXT.replace(old, new, 1), "file")
    assert reason in str(refused.value)


def test_a_schema_with_categories_is_stored_and_read_back() -> None:
    stored = json.loads(json.dumps(SCHEMA.to_data()))
    assert schema_from_data(stored) == SCHEMA
    assert SCHEMA.example == "spend=500 visits=50 plan=Basic country=DE"


def test_a_schema_without_categories_is_stored_as_before_there_were_any() -> None:
    for feature in default_schema().to_data()["features"]:
        assert not {"kind", "categories", "other"} & feature.keys()


@pytest.mark.parametrize(
    "change",
    [
        {"categories": ["Basic", "basic", "Pro"]},
        {"categories": ["Basic", 3, "Pro"]},
        {"other": "yes"},
        {"maximum": 7},
        {"example": 0.5},
        {"kind": "colour"},
    ],
)
def test_a_stored_schema_whose_categories_cannot_be_used_is_refused(change: dict[str, object]) -> None:
    stored = json.loads(json.dumps(SCHEMA.to_data()))
    stored["features"][2].update(change)
    with pytest.raises((TypeError, ValueError)):
        schema_from_data(stored)


def expected_shares(segments: list[str]) -> dict[str, Counter[str]]:
    """Count the plans of each segment's customers, without those who have none that is listed."""
    names = dict(zip(PLANS, (*PLAN.codes, None, None), strict=True))
    found: dict[str, Counter[str]] = {}
    for segment, row in zip(segments, subscribers(), strict=True):
        if plan := names[row[3]]:
            found.setdefault(segment, Counter())[plan] += 1
    return found


def scored(folder: Path) -> list[dict[str, str]]:
    report = score_file(subscribers_file(folder), folder / "out.csv", category_trained(folder).model)
    assert report.scored == report.rows, "a category that only describes rejects no row"
    with (folder / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_each_segment_knows_the_shares_of_its_categories(tmp_path: Path) -> None:
    model = category_trained(tmp_path).model
    expected = expected_shares([row["segment"] for row in scored(tmp_path)])
    for segment in model.segments:
        counts = expected[segment.name]
        assert segment.shares[:2] == ((), ())
        assert segment.shares[2] == pytest.approx([counts[plan] / counts.total() for plan in PLAN.codes])
        assert sum(segment.shares[3]) == pytest.approx(1)
        assert segment.mean[2:] == segment.low[2:] == segment.high[2:] == (None, None)


def test_many_customers_are_counted_as_exactly_as_few(tmp_path: Path) -> None:
    budget = Budget(exact_points=10, most_cells=8192)
    binned = gather_file(subscribers_file(tmp_path), SCHEMA, budget=budget).data
    assert binned.cells is not None
    assert len(np.unique(binned.cells, axis=0)) == len(binned.cells)
    assert set(binned.cells[:, 2]) == {0}, "a category that only describes makes no cell of its own"
    few, many = category_trained(tmp_path).model, train_clean(binned, SCHEMA, k=3, seed=0).model
    for one, other in zip(few.segments, many.segments, strict=True):
        assert one.customers == other.customers
        assert one.shares == other.shares


def test_a_file_is_scored_with_a_note_on_categories_that_are_not_known(tmp_path: Path) -> None:
    for row, written in zip(subscribers(), scored(tmp_path), strict=True):
        assert ("Plan is not one of those known (Basic, Pro or Pro Plus)" in written["note"]) == (row[3] == "gold")
        assert ("Plan is not given" in written["note"]) == (row[3] == "")
        assert "Country is not one" not in written["note"]


def test_the_report_counts_categories(tmp_path: Path) -> None:
    report = score_file(subscribers_file(tmp_path), tmp_path / "out.csv", category_trained(tmp_path).model)
    unknown = sum(row[3] == "gold" for row in subscribers())
    said = f"{unknown} rows: Plan is not one of those known (Basic, Pro or Pro Plus); it only describes, so it makes no"
    assert any(note.startswith(said) for note in report.notes)
    grouped = sum(row[4] == "it" for row in subscribers())
    said = f"{grouped} rows have another country than those listed (DE, FR, Österreich) and count as other."
    assert said in report.notes
    assert report.not_given["plan"] == sum(row[3] == "" for row in subscribers())
    expected = expected_shares([row["segment"] for row in scored(tmp_path)])
    for name, counts in expected.items():
        assert report.profiles[name]["plan"] is None
        assert report.shares[name]["plan"] == pytest.approx({p: counts[p] / counts.total() for p in PLAN.codes})
    assert type(report).from_data(json.loads(json.dumps(report.to_data()))).shares == report.shares


def test_training_says_how_many_categories_the_schema_does_not_list(tmp_path: Path) -> None:
    found = gather_file(subscribers_file(tmp_path), SCHEMA)
    unknown = sum(row[3] == "gold" for row in subscribers())
    assert any(note.startswith(f"{unknown} rows: Plan is not one of those known") for note in found.notes)
    grouped = sum(row[4] == "it" for row in subscribers())
    assert (
        f"{grouped} rows have another country than those listed (DE, FR, Österreich) and count as other." in found.notes
    )
    assert found.rejected == {}
    assert found.data.report.imputed["plan"] == sum(row[3] in {"gold", ""} for row in subscribers())


def test_categories_written_as_numbers_are_read_as_they_stand(tmp_path: Path) -> None:
    schema = parse_schema(SCHEMA_TEXT.replace('["Basic", "Pro", "Pro Plus"]', '["1", "2", "007"]'), "file")
    path = tmp_path / "numbers.csv"
    path.write_text("spend,visits,plan\n" + "100,20,1\n" * 20 + "100,20,007\n100,20,7\n100.5,20,2\n", encoding="utf-8")
    table = open_table(path, schema)
    plans = [code for block in table.blocks() for code in table.rows.read(block).values["plan"].to_list()]
    assert plans == [*([0.0] * 20), 2.0, None, 1.0]


def test_a_repeated_header_is_told_from_customers(tmp_path: Path) -> None:
    path = tmp_path / "repeated.csv"
    path.write_text("spend,visits,plan\n100,20,Pro\nspend,visits,plan\n", encoding="utf-8")
    table = open_table(path, SCHEMA)
    (batch,) = (table.rows.read(block) for block in table.blocks())
    assert batch.rejected["reason"].to_list() == ["repeated_header"]


def test_an_answer_states_the_category_beside_those_of_the_segment(tmp_path: Path) -> None:
    model = category_trained(tmp_path).model
    explanation = model.explain({"spend": 100, "visits": 20, "plan": "pro plus"})
    plan, country = explanation.profile[2:]
    assert (plan.value_text, country.value_text) == ("Pro Plus", "not given")
    shares = explanation.segment.shares[2]
    assert plan.mean_text == f"Basic ({shares[0]:.0%})"
    assert plan.range_text.startswith(f"Basic {shares[0]:.0%}, Pro ")
    data = explanation.to_json()
    assert data["values"] == {"spend": 100, "visits": 20, "plan": "Pro Plus", "country": None}
    assert data["profile"]["plan"]["segment_shares"] == dict(zip(PLAN.codes, shares, strict=True))
    assert "segment_shares" not in data["profile"]["spend"]


def test_a_category_decides_nothing(tmp_path: Path) -> None:
    model = category_trained(tmp_path).model
    known = model.predict({"spend": 250, "visits": 50})
    for plan in (None, "Basic", "Pro Plus", 1.0):
        assert model.predict({"spend": 250, "visits": 50, "plan": plan}) == known


@pytest.mark.parametrize("plan", ["gold", 7.0, 0.5])
def test_an_answer_is_refused_for_a_category_that_is_not_known(plan: str | float, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"Basic, Pro or Pro Plus"):
        category_trained(tmp_path).model.explain({"spend": 100, "visits": 20, "plan": plan})


def test_a_model_with_categories_is_stored_and_read_back(tmp_path: Path) -> None:
    model = category_trained(tmp_path).model
    stored = json.loads(json.dumps(model_to_data(model)))
    assert model_from_data(stored) == replace(model, version="")
    wrong: list[list[list[float]]] = [[[], [], [0.5, 0.5], []], [[], [], [2.0, 0.0, 0.0], []], [[]]]
    for shares in wrong:
        stored["segments"][0]["shares"] = shares
        with pytest.raises(ValueError, match=r"shares|argument"):
            model_from_data(stored)


def without_categories(schema: Schema) -> Schema:
    return replace(schema, features=tuple(feature for feature in schema.features if not feature.is_category))


def test_a_model_without_categories_is_stored_as_before_there_were_any(tmp_path: Path) -> None:
    schema = without_categories(SCHEMA)
    model = train_clean(gather_file(subscribers_file(tmp_path), schema).data, schema, k=3, seed=0).model
    assert b"shares" not in model_bytes(model)
    assert b"categor" not in model_bytes(model)
    with_them = category_trained(tmp_path).model
    assert np.array(model.centroids) == pytest.approx(np.array(with_them.centroids))


def side(folder: Path, version: str) -> Side:
    trained = category_trained(folder)
    return Side(version, trained.model, None, None, None, trained.report.profile)


def test_drift_of_categories_is_measured_bin_by_bin(tmp_path: Path) -> None:
    current = side(tmp_path, "one")
    assert current.profile is not None
    distribution = current.profile.distribution("plan")
    assert distribution is not None
    assert distribution.edges == (0.5, 1.5)
    data = gather_file(subscribers_file(tmp_path), SCHEMA).data
    drift = {found.feature: found.index for found in drift_between(current, current, data)}
    assert drift["plan"] == pytest.approx(0, abs=1e-9)
    all_basic = replace(data, points=data.points * [1, 1, 0, 1])
    assert {found.feature: found.level for found in drift_between(current, current, all_basic)}["plan"] == "large"


def test_a_feature_with_other_categories_is_another_one() -> None:
    other = replace(PLAN, categories=("Pro", "Basic", "Pro Plus"))
    assert positions(SCHEMA.features, [other, PLAN]) == [None, 2]


def test_a_comparison_keeps_the_shares_of_before_and_now(tmp_path: Path) -> None:
    current = side(tmp_path, "one")
    comparison = compare(side(tmp_path, "two"), current)
    first = comparison.segments[0]
    assert first.shares_before == first.shares_now == current.model.segments[0].shares
    assert first.typical_now(2, PLAN) == first.typical_before(2, PLAN) == current.model.segments[0].typical(2, PLAN)
    assert Comparison.from_data(json.loads(json.dumps(comparison.to_data()))) == comparison


def test_one_row_is_counted_as_one() -> None:
    said = "1 row has another country than those listed (DE, FR, Österreich) and counts as other."
    assert grouped_rows(COUNTRY, 1) == said
    assert unknown_rows(PLAN, 1) == "1 row: Plan is not one of those known (Basic, Pro or Pro Plus)"


def test_of_many_categories_a_sentence_names_the_first() -> None:
    many = replace(COUNTRY, categories=tuple(f"C{i}" for i in range(1, 50)))
    assert many.range_text == "C1, C2, C3, C4, C5, C6, C7, C8, C9, C10, C11, C12 or one of 38 more"
    assert replace(COUNTRY, categories=tuple("ABCDEFGHIJK")).range_text == "A, B, C, D, E, F, G, H, I, J, K or other"


def test_rows_are_read_alike_whole_blocks_or_one_by_one(tmp_path: Path) -> None:
    path = subscribers_file(tmp_path)
    clean, exact = (open_table(path, SCHEMA, exact=exact) for exact in (False, True))
    read = []
    for table in (clean, exact):
        batches = [table.rows.read(block) for block in table.blocks(4096)]
        assert len(batches) > 1
        lacking = [(batch.line(row), name) for batch in batches for row, name in batch.lacking.iter_rows()]
        read.append(([row for batch in batches for row in batch.values.rows()], lacking))
    assert read[0] == read[1]
