"""Categories in distances: one weighs as one number, and every way to an answer gives the same one."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import psycopg
import pytest
import sqlglot
from campaigns import campaign
from category_cases import SCHEMA_TEXT, category_schema, subscribers_file
from category_distances import (
    CLUSTER_PLAN,
    PROFILE_PLAN,
    distance_schema,
    distance_trained,
    mixed_customers,
)
from sklearn.metrics import adjusted_rand_score
from warehouse_tables import asked, check_same

from segmentation.answers.advice import RELIABLE
from segmentation.charts.segment_map import segment_map
from segmentation.density import shown_on_map
from segmentation.errors import BadInput, BadSchema, BadTrainingData
from segmentation.evaluation.comparison import Side
from segmentation.evaluation.drift import drift_between, joint_drift
from segmentation.evaluation.moves import moves_now
from segmentation.model_data import model_from_data, model_to_data
from segmentation.narrowing import narrow
from segmentation.portrait import examples, neighbours
from segmentation.registry.artifact import compare_forms
from segmentation.schema import Indicator
from segmentation.schema_data import parse_schema, schema_from_data
from segmentation.scoring.answer_table import answer_table
from segmentation.scoring.batch import BatchPredictor
from segmentation.scoring.polars_expressions import with_answers
from segmentation.scoring.score import score_file
from segmentation.training.clustering import coarsen
from segmentation.training.distillation import CustomerGenerator
from segmentation.training.groups.choice import k_in_service
from segmentation.training.groups.structure import find_structure
from segmentation.training.groups.sweep import sweep
from segmentation.training.names.suggestions import suggested_names
from segmentation.training.points.cleaning import clean
from segmentation.training.points.dataset import Budget, gather, gather_file
from segmentation.training.space import Space
from segmentation.training.train import train, train_clean
from segmentation.warehouse.address import Address
from segmentation.warehouse.connections import open_warehouse
from segmentation.warehouse.counts import training_counts
from segmentation.warehouse.sql import DIALECTS, sql

SCHEMA = distance_schema()
PLAN_ONLY = category_schema((PROFILE_PLAN, CLUSTER_PLAN))
MODEL = distance_trained().model
ROWS = campaign(3_000, 50_000)
CUSTOMERS = mixed_customers(ROWS)
INDICATORS = slice(len(SCHEMA.features), None)


def known(row: tuple[float | None, ...]) -> tuple[str | None, float | None]:
    """Return the model's own answer; none for a customer it refuses."""
    if None in row:
        return None, None
    answer = MODEL.predict(dict(zip(SCHEMA.names, row, strict=True)))
    return answer.segment, answer.confidence


def texts(row: tuple[float | None, ...]) -> tuple[float | str | None, ...]:
    """Return a customer as a table holds it, with categories by name."""
    pairs = zip(SCHEMA.features[2:], row[2:], strict=True)
    shown = (None if code is None else feature.show(code) for feature, code in pairs)
    return (*row[:2], *shown)


def check(found: Sequence[tuple[str | None, float | None]]) -> None:
    assert len(found) == ROWS
    for (segment, confidence), row in zip(found, CUSTOMERS, strict=True):
        expected = known(row)
        assert segment == expected[0], row
        assert confidence == (None if expected[1] is None else pytest.approx(expected[1], abs=1e-6)), row


def test_a_category_weighs_as_one_number() -> None:
    rng = np.random.default_rng(0)
    codes = rng.choice(3, 5_000, p=[0.7, 0.2, 0.1]).astype(float)
    values = np.column_stack([rng.normal(500, 90, 5_000), rng.normal(50, 9, 5_000), codes, np.zeros(5_000)])
    space = Space.of(clean(values.clip(0, [1000, 100, 2, 3]), PLAN_ONLY), PLAN_ONLY)
    full = space.full
    one, other = (full.points[rng.choice(len(full.points), 200_000, p=full.counts / full.counts.sum())] for _ in "ab")
    squared = ((one - other) ** 2).mean(axis=0)
    assert squared[0] == pytest.approx(2, rel=0.02)
    assert squared[2:].sum() == pytest.approx(2, rel=0.02)
    assert space.groups == ((2, 3, 4),)


def test_a_weight_counts_as_that_of_a_number_does() -> None:
    half = MODEL.factor[-1]
    shares = np.array([segment.shares[3] for segment in MODEL.segments])
    sizes = np.array([segment.customers for segment in MODEL.segments])
    p = (shares * sizes[:, None]).sum(axis=0) / sizes.sum()
    assert half == pytest.approx(0.5 / math.sqrt(1 - (p**2).sum()))


def test_arrays_are_answered_as_one_customer_is() -> None:
    values = np.array([[np.nan if value is None else value for value in row] for row in CUSTOMERS])
    for most_cells in (4_000_000, 0):
        segments, confidence, _ = BatchPredictor(MODEL, most_cells=most_cells).segments_with_confidence(values)
        found = [
            (None, None) if index < 0 else (MODEL.names[index], float(sure))
            for index, sure in zip(segments, confidence, strict=True)
        ]
        check(found)


def test_polars_answers_as_one_customer_is() -> None:
    frame = pl.DataFrame(CUSTOMERS, schema=dict.fromkeys(SCHEMA.names, pl.Float64), orient="row").lazy()
    answers = with_answers(frame, MODEL).collect()
    check(list(zip(answers["segment"].to_list(), answers["confidence"].to_list(), strict=True)))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialects_statement_can_be_read_by_that_dialect(dialect: str) -> None:
    text = sql(MODEL, dialect, "customers")
    (statement,) = sqlglot.parse(text, read=dialect)
    assert statement is not None
    for feature in SCHEMA.features:
        assert feature.name in text


def table() -> pl.DataFrame:
    columns = {"spend": pl.Float64, "visits": pl.Float64, "plan": pl.String, "country": pl.String}
    return pl.DataFrame([texts(row) for row in CUSTOMERS], schema=columns, orient="row")


def test_duckdb_answers_as_one_customer_is(tmp_path: Path) -> None:
    table().write_parquet(tmp_path / "customers.parquet")
    with closing(duckdb.connect()) as connection:
        connection.execute(f"CREATE VIEW customers AS FROM '{tmp_path}/customers.parquet'")
        rows = connection.execute(sql(MODEL, "duckdb", "customers")).fetchall()
    check([(row[4], row[5]) for row in rows])
    check_notes([(row[2], row[3], row[6]) for row in rows])


def check_notes(rows: list[tuple[str | None, str | None, str | None]]) -> None:
    for plan, country, note in rows:
        said = (note or "").split("; ")
        assert ("Plan is missing" in said) == (plan is None)
        assert ("Country is missing" in said) == (country is None)


def test_postgres_answers_as_one_customer_is(postgres_address: str) -> None:
    with psycopg.connect(postgres_address, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE customers (spend float8, visits float8, plan text, country text)")
        with cursor.copy("COPY customers FROM STDIN") as copy:
            for row in CUSTOMERS:
                copy.write_row(texts(row))
    rows = asked(postgres_address, sql(MODEL, "postgres", "customers"))
    check([(row[4], row[5]) for row in rows])
    check_notes([(row[2], row[3], row[6]) for row in rows])


def test_a_file_is_scored_as_one_customer_is(tmp_path: Path) -> None:
    table().write_csv(tmp_path / "in.csv")
    for look_up_from in (0, 1 << 40):
        report = score_file(tmp_path / "in.csv", tmp_path / "out.csv", MODEL, look_up_from=look_up_from)
        done = pl.read_csv(tmp_path / "out.csv", infer_schema_length=None)
        check(list(zip(done["segment"].to_list(), done["confidence"].to_list(), strict=True)))
        assert report.rejected == sum(None in row for row in CUSTOMERS)
        assert report.shares[MODEL.names[0]].keys() == {"plan", "country"}


def test_whole_numbers_and_categories_are_looked_up() -> None:
    small = parse_schema(
        'name = "s"\n[[features]]\nname = "visits"\nminimum = 0\nmaximum = 100\nrole = "cluster"\n'
        '[[features]]\nname = "plan"\nkind = "category"\ncategories = ["A", "B"]\nrole = "cluster"\n',
        "s",
    )
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 2, 400).astype(float)
    model = train(np.column_stack([np.round(rng.normal(30 + 40 * codes, 5)), codes]), small, k=2).model
    answers = answer_table(model)
    assert answers is not None
    assert [name for name, _ in answers.features] == ["visits", "plan"]
    assert answers.answers.height == 101 * 2


def test_an_unlisted_category_rejects_a_row_unless_others_are_grouped(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("spend,visits,plan,country\n100,20,gold,de\n100,20,pro,japan\n100,20,,de\n")
    report = score_file(tmp_path / "in.csv", tmp_path / "out.csv", MODEL)
    assert [(problem.reason, problem.rows) for problem in report.problems] == [("missing", 1), ("unknown_category", 1)]
    first, second, third = pl.read_csv(tmp_path / "out.csv")["note"].to_list()
    assert "Plan “gold” is not one I know: it is Basic, Pro or Pro Plus" in first
    assert second is None or "Country" not in second
    assert "Plan is missing" in third


@pytest.mark.parametrize("values", [{"spend": 1, "visits": 1, "country": "DE"}, {"plan": "gold"}, {"plan": 1.5}])
def test_a_customer_needs_a_category_that_decides(values: Mapping[str, float | str]) -> None:
    with pytest.raises(BadInput, match="Plan"):
        MODEL.predict({"spend": 1, "visits": 1, "country": "DE", "plan": None, **values})


def test_the_two_forms_answer_alike() -> None:
    compare_forms(MODEL, distance_trained().pipelines)


def test_a_model_is_stored_and_read_back() -> None:
    stored = json.loads(json.dumps(model_to_data(MODEL)))
    assert model_from_data(stored) == replace(MODEL, version="")
    assert len(stored["mean"]) == len(SCHEMA.inputs)
    stored["mean"].pop()
    with pytest.raises(ValueError, match="one number per feature"):
        model_from_data(stored)


def test_many_customers_train_the_same_model_as_few(tmp_path: Path) -> None:
    path = subscribers_file(tmp_path)
    binned = gather_file(path, SCHEMA, budget=Budget(exact_points=10)).data
    assert binned.cells is not None
    assert {tuple(row) for row in binned.points[:, 2:]} <= {(float(a), float(b)) for a in range(3) for b in range(4)}
    many = train_clean(binned, SCHEMA, k=4, seed=0).model
    assert [s.customers for s in many.segments] == [s.customers for s in MODEL.segments]
    assert np.array(many.centroids) == pytest.approx(np.array(MODEL.centroids), abs=1e-6)
    assert [s.shares for s in many.segments] == [s.shares for s in MODEL.segments]


def test_a_table_is_counted_as_its_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = subscribers_file(tmp_path)
    known_data = gather_file(path, SCHEMA)
    frame = pl.read_csv(path, infer_schema=False).with_columns(pl.col("spend", "visits").cast(pl.Float64))
    frame.write_parquet(tmp_path / "subscribers.parquet")
    address = Address(str(tmp_path / "subscribers.parquet"))
    with open_warehouse(address) as warehouse:
        check_same(training_counts(warehouse.table(address.table), SCHEMA).data, known_data.data)
    monkeypatch.setattr("segmentation.warehouse.counts.EXACT_POINTS", 10)
    binned = gather_file(path, SCHEMA, budget=Budget(exact_points=10)).data
    with open_warehouse(address) as warehouse:
        check_same(training_counts(warehouse.table(address.table), SCHEMA).data, binned)


def test_generated_customers_have_whole_categories() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 3, 300)
    points = np.column_stack([rng.normal(100, 9, 300), rng.normal(20, 3, 300), np.eye(3)[codes]])
    features = [PLAN_ONLY.inputs[i] for i in PLAN_ONLY.cluster_inputs]
    labels = (codes == 0).astype(np.intp)
    generator = CustomerGenerator(points, np.ones(300, dtype=np.int64), labels, features, PLAN_ONLY.groups)
    for drawn in (generator.like_clusters(500, rng), generator.over_range(500, rng), generator.over_bounds(500, rng)):
        assert set(drawn[:, 2:].ravel()) == {0.0, 1.0}
        assert (drawn[:, 2:].sum(axis=1) == 1).all()


def test_categories_without_groups_are_told_from_groups() -> None:
    rng = np.random.default_rng(0)
    values = np.column_stack(
        [rng.uniform(0, 1000, 600), rng.uniform(0, 100, 600), rng.integers(0, 3, 600), rng.integers(0, 4, 600)]
    )
    space = Space.of(gather(values, SCHEMA), SCHEMA)
    swept = sweep(space.coarse.points, space.coarse.counts, 0)
    found = find_structure(space.coarse.points, space.coarse.counts, swept, 0, groups=space.groups)
    assert found is not None
    assert found.silhouette < max(found.bars.values())
    grouped = distance_trained().report.structure
    assert grouped is not None
    assert grouped.silhouette > max(grouped.bars.values())


def test_only_categories_may_make_distances() -> None:
    schema = parse_schema(
        'name = "s"\n'
        '[[features]]\nname = "plan"\nkind = "category"\ncategories = ["A", "B", "C"]\nrole = "cluster"\n'
        '[[features]]\nname = "yes"\nkind = "category"\ncategories = ["yes", "no"]\nrole = "cluster"\n',
        "s",
    )
    rng = np.random.default_rng(4)
    group = rng.integers(0, 2, 500)
    values = np.column_stack([np.where(group, 0, rng.integers(1, 3, 500)), group]).astype(float)
    trained = train(values, schema, k=2)
    model = trained.model
    assert adjusted_rand_score(group, BatchPredictor(model).segments(values)) == 1
    compare_forms(model, trained.pipelines)
    assert {reason.sentence for reason in model.explain({"plan": "A", "yes": "no"}).why} <= {
        *("plan is A", "yes is no", "plan is not B or C")
    }


def test_a_category_that_all_share_cannot_tell_customers_apart() -> None:
    values = np.column_stack([np.arange(100.0), np.arange(100.0), np.ones(100), np.arange(100.0) % 4])
    with pytest.raises(BadTrainingData, match="Plan is Pro in every row, so it can't tell customers apart"):
        train(values, SCHEMA, k=2)


def test_neighbouring_cells_are_merged_before_categories_are() -> None:
    cells = np.array([[a, b, c] for a in range(64) for b in range(64) for c in range(2)])
    whole = np.array([False, False, True])
    points, counts, _ = coarsen(cells.astype(float), np.ones(len(cells), dtype=np.int64), cells, whole)
    assert set(points[:, 2]) == {0.0, 1.0}
    assert counts.sum() == len(cells)
    many = np.array([[a, b] for a in range(100) for b in range(100)])
    points, _, _ = coarsen(many.astype(float), np.ones(len(many), dtype=np.int64), many, np.array([True, True]))
    assert len(points) <= 4096


def test_rules_and_names_speak_of_categories(tmp_path: Path) -> None:
    names = ", ".join(MODEL.names)
    assert "plan is" in names
    assert "=" not in names + "".join(segment.meaning for segment in MODEL.segments)
    assert "plan is Pro Plus:" in MODEL.rules_text()
    assert "plan is not Pro Plus:" in MODEL.rules_text()
    assert any(" for 1" in s.meaning or "% (" in s.meaning for s in MODEL.segments)
    assert len(set(suggested_names(MODEL))) == len(MODEL.names)
    retrained = train_clean(gather_file(subscribers_file(tmp_path), SCHEMA).data, SCHEMA, k=4, seed=1, previous=MODEL)
    assert retrained.report.matched == tuple(MODEL.names)
    assert k_in_service(SCHEMA, MODEL) == 4
    assert k_in_service(PLAN_ONLY, MODEL) is None


def test_explanations_say_which_plan_and_what_another_would_change() -> None:
    changes = []
    for row in CUSTOMERS[:300]:
        if None in row:
            continue
        explanation = MODEL.explain(dict(zip(SCHEMA.names, row, strict=True)))
        for change in explanation.changes:
            if change.feature in {"plan", "country"}:
                changes.append(change)
                after = dict(zip(SCHEMA.names, row, strict=True)) | {change.feature: change.value}
                answer = MODEL.predict(after)
                assert answer.segment == change.segment
                assert answer.confidence >= RELIABLE - 1e-9
        for reason in explanation.why:
            assert "=" not in reason.sentence
    assert changes, "another plan moves some customers"
    assert any(change.sentence.startswith("plan ") and " (now " in change.sentence for change in changes)


def test_a_model_without_confidence_knows_changes_of_categories_too() -> None:
    plain = replace(MODEL, confidence=None, replicas=())
    found = set()
    for row in CUSTOMERS[:300]:
        if None in row:
            continue
        values = dict(zip(SCHEMA.names, row, strict=True))
        for change in plain.explain(values).changes:
            assert plain.predict(values | {change.feature: change.value}).segment == change.segment
            found.add(change.feature)
    assert found >= {"spend", "plan"}


def test_a_missing_category_narrows_the_answer_to_what_is_possible() -> None:
    for row in CUSTOMERS[:100]:
        if None in row:
            continue
        values = dict(zip(SCHEMA.names, row, strict=True))
        narrowed = narrow(MODEL, values | {"plan": None})
        possible = {MODEL.predict(values | {"plan": float(code)}).segment for code in range(3)}
        assert set(narrowed.segments) == possible
        if narrowed.settled:
            sure = [MODEL.predict(values | {"plan": float(code)}).confidence for code in range(3)]
            assert narrowed.weakest is not None
            assert narrowed.strongest is not None
            assert (narrowed.weakest.confidence, narrowed.strongest.confidence) == (min(sure), max(sure))
        else:
            assert [feature.name for feature in narrowed.deciding] == ["plan"]
            assert all(run.sentence.startswith("plan is ") for run in narrowed.runs)
        both = narrow(MODEL, values | {"plan": None, "spend": None})
        assert possible <= set(both.segments)


def test_portraits_and_comparisons_know_categories() -> None:
    said = "; ".join(text for name in MODEL.names for one in neighbours(MODEL, name) for text in one.differences)
    assert "plan is " in said
    assert all(examples(MODEL, name) for name in MODEL.names)
    trained = distance_trained()
    side = Side("one", MODEL, None, None, None, trained.report.profile)
    moves = moves_now(side, side, None)
    assert moves is not None
    assert moves.moved == 0
    assert moves.total == sum(segment.customers for segment in MODEL.segments)
    assert side.profile is not None
    assert side.profile.grid is not None
    assert all(drift.index == pytest.approx(0, abs=1e-9) for drift in drift_between(side, side, None))
    assert joint_drift(side, side, None) is None


def test_rules_are_about_numbers() -> None:
    rule = '\n[[segments]]\nname = "A"\nlevels = { plan = "high" }\nmeaning = "m"\naction = "a"\n'
    with pytest.raises(BadSchema, match="no number of that name has role cluster"):
        parse_schema(SCHEMA_TEXT.replace(PROFILE_PLAN, CLUSTER_PLAN) + rule, "file")


def test_too_many_categories_in_distances_are_refused() -> None:
    one = '[[features]]\nname = "p{}"\nkind = "category"\nrole = "cluster"\ncategories = [{}]\n'
    names = ", ".join(f'"c{i}"' for i in range(40))
    text = 'name = "s"\n' + "".join(one.format(i, names) for i in range(3))
    with pytest.raises(BadSchema, match="100 in all"):
        parse_schema(text, "file")
    stored = json.loads(json.dumps(parse_schema('name = "s"\n' + one.format(0, names), "file").to_data()))
    stored["features"] = [{**stored["features"][0], "name": f"p{i}"} for i in range(3)]
    with pytest.raises(ValueError, match="too many categories"):
        schema_from_data(stored)


def test_indicators_belong_to_the_features_that_make_distances() -> None:
    assert [one.name for one in SCHEMA.inputs[INDICATORS]] == [
        *("plan=Basic", "plan=Pro", "plan=Pro Plus"),
        *("country=DE", "country=FR", "country=Österreich", "country=other"),
    ]
    assert all(isinstance(one, Indicator) for one in SCHEMA.inputs[INDICATORS])
    assert SCHEMA.expanded((1.0, 2.0, 1.0, 3.0)) == (1.0, 2.0, 1.0, 3.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)
    assert category_schema().inputs == category_schema().features


def test_maps_are_drawn_with_any_mix_of_numbers_and_categories() -> None:
    assert shown_on_map(SCHEMA) == (0, 1)
    assert segment_map(MODEL, highlight=(120.0, 22.0, 1.0, 2.0)) != segment_map(MODEL)
    plan = '[[features]]\nname = "plan"\nkind = "category"\ncategories = ["A", "B", "C"]\nrole = "cluster"\n'
    number = '[[features]]\nname = "visits"\nminimum = 0\nmaximum = 100\nrole = "{}"\n'
    rng = np.random.default_rng(4)
    group = rng.integers(0, 2, 200)
    codes, visits = np.where(group, 0.0, 2.0), 30.0 + 30 * group
    # By what the visits are for: which features span the map.
    for role, shown in (("cluster", (1,)), ("profile", (1,)), (None, (0,))):
        schema = parse_schema('name = "s"\n' + plan + (number.format(role) if role else ""), "s")
        values = np.column_stack([codes, visits]) if role else codes[:, None]
        model = train(values, schema, k=2).model
        assert shown_on_map(schema) == shown
        assert segment_map(model).startswith(b"\x89PNG")
        answer = model.predict(dict(zip(schema.names, values[0].tolist(), strict=True)))
        assert model.names[model.segment_at(values[0].tolist())] == answer.segment
