"""Tables of customers for each engine, and checks of results against the model and against a file."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import psycopg
from campaigns import campaign
from numpy.typing import NDArray
from reference import sample_trained
from scoring_cases import hand_made_model
from warehouse_cases import Row, as_doubles, check_answers, frame, typed_query, write_as_csv

from segmentation.model import SegmentModel
from segmentation.schema import Scale
from segmentation.schema_data import default_schema
from segmentation.training.points.cleaning import CleanData
from segmentation.training.points.dataset import gather_file
from segmentation.training.samples.mall import sample_customers
from segmentation.warehouse.address import Address
from segmentation.warehouse.connections import open_warehouse
from segmentation.warehouse.counts import training_counts
from segmentation.warehouse.score import score_table

ROWS = campaign(10_000, 100_000)
FEW = 2_000
MODEL = hand_made_model()
ANSWERS = ("id", "segment", "confidence", "note")


def tied_model() -> SegmentModel:
    """Return a model with two equal centroids, and with a mean and a centre of zero."""
    centroids = list(MODEL.centroids)
    centroids[1] = centroids[3] = (0.0, 0.0)
    return replace(MODEL, centroids=tuple(centroids), mean=(0.0, 0.0, 50.2))


def real_model() -> SegmentModel:
    """Return a trained model, whose tree is as large as trees get."""
    return sample_trained().model


def log_model() -> SegmentModel:
    """Return the trained model as if the income had been on a log scale: its centroids are moved there."""
    model = real_model()
    age, income, score = model.schema.features
    schema = replace(model.schema, features=(age, replace(income, scale=Scale.LOG), score))
    mean, factor = math.log1p(60), 2.5
    centroids = tuple(
        ((math.log1p(middle) - mean) * factor, centroid[1])
        for centroid, segment in zip(model.centroids, model.segments, strict=True)
        if (middle := segment.mean[1]) is not None
    )
    return replace(
        model,
        schema=schema,
        centroids=centroids,
        mean=(model.mean[0], mean, model.mean[2]),
        factor=(model.factor[0], factor, model.factor[2]),
    )


def answered(folder: Path, model: SegmentModel, rows: list[Row]) -> list[tuple[Any, ...]]:
    frame(model, rows).write_parquet(folder / "customers.parquet")
    score_table(Address(str(folder / "customers.parquet")), model, str(folder / "scored.parquet"))
    return pl.read_parquet(folder / "scored.parquet").select(ANSWERS).rows()


def fill_postgres(address: str, model: SegmentModel, rows: list[Row], table: str = "customers") -> None:
    columns = ", ".join(f"{name} float8" for name in model.schema.names)
    with psycopg.connect(address, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {table} (id bigint, {columns})".encode())
        with cursor.copy(f"COPY {table} FROM STDIN".encode()) as copy:
            for number, row in enumerate(rows):
                copy.write_row((number, *row))


def asked(address: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(address) as connection:
        return connection.execute(query.encode()).fetchall()


def typed_into(engine: Any, kinds: tuple[str, ...]) -> list[Row]:
    """Make a table of odd customers with columns of these types, and return them as doubles."""
    engine.execute(f"CREATE TABLE customers AS {typed_query(kinds)}")
    return as_doubles(kinds, engine.execute("SELECT age, income, score FROM customers ORDER BY id").fetchall())


def check_typed(
    rows: list[Row], found: list[tuple[Any, ...]], printed: list[tuple[Any, ...]], counts: CleanData, folder: Path
) -> None:
    """Check a result, the printed statement's rows and the counts against the model and a file of these customers."""
    check_answers(MODEL, rows, found)
    check_answers(MODEL, rows, [(row[0], *row[4:]) for row in printed])
    write_as_csv(rows, folder / "same.csv")
    check_same(counts, gather_file(folder / "same.csv", MODEL.schema).data)


def whole_numbers() -> NDArray[np.float64]:
    return sample_customers(40)


def fractions() -> NDArray[np.float64]:
    values = sample_customers(200)
    noise = np.random.default_rng(2).uniform(0, 1, (len(values), 2))
    values[:, 1:] += noise
    values[:400, 1] = noise[:400, 0] * 400 + 500  # far outside the rest
    return values


def customers_of(values: NDArray[np.float64], folder: Path) -> Path:
    """Write customers, some without a value and some out of bounds, as CSV and as Parquet."""
    draw = np.random.default_rng(3).uniform(0, 1, len(values))
    data = pl.DataFrame(values, schema=["age", "income", "score"]).with_columns(
        age=pl.when(pl.Series(draw < 0.05))
        .then(None)
        .when(pl.Series(draw > 0.995))
        .then(200.0)
        .otherwise(pl.col("age")),
        income=pl.when(pl.Series((draw > 0.5) & (draw < 0.51))).then(None).otherwise(pl.col("income")),
        score=pl.when(pl.Series((draw > 0.7) & (draw < 0.71))).then(101.0).otherwise(pl.col("score").clip(0, 100)),
    )
    data.write_csv(folder / "customers.csv")
    data.write_parquet(folder / "customers.parquet")
    return folder / "customers.csv"


def check_same(found: CleanData, known: CleanData) -> None:
    assert found.report == known.report
    for name in ("points", "weights", "fill", "cells", "scatter", "stated"):
        one, other = getattr(found, name), getattr(known, name)
        assert (one is None) == (other is None), name
        if one is not None:
            assert (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes()), name


def counted(address: Address) -> CleanData:
    with open_warehouse(address) as warehouse:
        return training_counts(warehouse.table(address.table), default_schema()).data
