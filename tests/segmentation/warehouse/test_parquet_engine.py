"""Parquet files are one table: a file, a folder or a pattern."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from warehouse_cases import frame
from warehouse_tables import (
    MODEL,
    check_same,
    counted,
    customers_of,
    fractions,
    whole_numbers,
)

from segmentation.errors import BadInput, BadTrainingData
from segmentation.model_data import model_to_data
from segmentation.schema_data import default_schema
from segmentation.training.points.dataset import gather_file
from segmentation.training.train import train_clean
from segmentation.warehouse.address import Address
from segmentation.warehouse.score import score_table


@pytest.mark.parametrize("values", [whole_numbers, pytest.param(fractions, marks=pytest.mark.long)])
def test_parquet_trains_the_model_its_csv_trains(values: Callable[[], NDArray[np.float64]], tmp_path: Path) -> None:
    known = gather_file(customers_of(values(), tmp_path), default_schema()).data
    found = counted(Address(str(tmp_path / "customers.parquet")))
    check_same(found, known)
    models = [model_to_data(train_clean(data, default_schema(), k=5).model) for data in (found, known)]
    assert models[0] == models[1]


def test_refuses_to_train_on_a_table_without_usable_rows(tmp_path: Path) -> None:
    pl.DataFrame({"age": [1], "income": [-1], "score": [None]}, schema_overrides={"score": pl.Int64}).write_parquet(
        tmp_path / "customers.parquet"
    )
    with pytest.raises(BadTrainingData, match="None of the 1 row"):
        counted(Address(str(tmp_path / "customers.parquet")))


def test_a_file_that_is_no_parquet_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "customers.parquet").write_text("age,income,score\n30,60,70\n")
    with pytest.raises(BadInput, match=r"customers\.parquet is not a Parquet file, or is damaged"):
        score_table(Address(str(tmp_path / "customers.parquet")), MODEL)


def test_reads_a_folder_or_a_pattern_of_parquet(tmp_path: Path) -> None:
    (tmp_path / "part").mkdir()
    for number in range(2):
        frame(MODEL, [(30.0, 60.0, 70.0)]).write_parquet(tmp_path / "part" / f"{number}.parquet")
    assert score_table(Address(str(tmp_path)), MODEL).rows == 2
    assert score_table(Address(f"{tmp_path}/part/*.parquet"), MODEL).rows == 2


def test_a_file_whose_name_could_be_a_pattern_is_that_file(tmp_path: Path) -> None:
    folder = tmp_path / "[1]"
    folder.mkdir()
    frame(MODEL, [(30.0, 60.0, 70.0)] * 2).write_parquet(folder / "a[1].parquet")
    frame(MODEL, [(30.0, 60.0, 70.0)] * 3).write_parquet(folder / "a1.parquet")
    assert score_table(Address(str(folder / "a[1].parquet")), MODEL).rows == 2
    assert score_table(Address(str(folder)), MODEL).rows == 5
    assert score_table(Address(str(folder / "a[1].parquet")), MODEL, str(folder / "o*.parquet")).rows == 2
    frame(MODEL, [(30.0, 60.0, 70.0)] * 3).write_parquet(folder / "o2.parquet")
    assert score_table(Address(str(folder / "o*.parquet")), MODEL, str(tmp_path / "p?.parquet")).rows == 2


def test_refuses_a_table_name_and_a_result_of_another_kind(tmp_path: Path) -> None:
    frame(MODEL, [(30.0, 60.0, 70.0)]).write_parquet(tmp_path / "c.parquet")
    with pytest.raises(BadInput, match="leave --table out"):
        score_table(Address(str(tmp_path / "c.parquet"), "t"), MODEL)
    with pytest.raises(BadInput, match=r"let scored end with \.parquet"):
        score_table(Address(str(tmp_path / "c.parquet")), MODEL, "scored")
