"""Files of other countries and shops as people have sent them: names, phones and quotes come back as they were."""

from __future__ import annotations

import csv
import io
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from reference import SHARED

from segmentation.model import SegmentModel
from segmentation.reading.table import open_table
from segmentation.schema_data import load_schema
from segmentation.scoring.report import ScoreReport
from segmentation.scoring.score import score_file
from segmentation.training.train import train

CASES = SHARED / "cases"
pytestmark = pytest.mark.skipif(not CASES.exists(), reason="the cases are not beside the project")


@cache
def shop_model() -> SegmentModel:
    with (CASES / "shop-train.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    values = np.array([[float(row["Total Spent"]), float(row["Total Orders"])] for row in rows])
    return train(values, load_schema(CASES / "shop.toml"), k=4).model


def scored(name: str, folder: Path) -> tuple[list[dict[str, str]], ScoreReport]:
    report = score_file(CASES / name, folder / "out.csv", shop_model())
    text = (folder / "out.csv").read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True)), report


@pytest.mark.parametrize(
    ("name", "people", "said"),
    [
        ("cp1250", ["Łukasz Wiśniewski", "Jiří Novák"], "Windows-1250"),
        ("cp1251", ["Иван Петров", "Мария"], "Windows-1251"),
        ("cp1254", ["İsmail Şahin", "Ayşe Yıldız"], "Windows-1254"),
        ("cp932", ["山田太郎", "佐藤"], "Shift JIS"),
        ("cp949", ["김철수", "이영희", "박민수"], "CP949"),
        ("gbk", ["张伟", "王芳"], "GB18030"),
        ("mac_roman", ["José Müller", "Zoë"], "Mac Roman"),
    ],
)
def test_names_come_back_as_they_were_written(name: str, people: list[str], said: str, tmp_path: Path) -> None:
    rows, report = scored(f"encodings/{name}.csv", tmp_path)
    assert [row["Name"] for row in rows] == people
    assert report.scored == len(people)
    assert any(f"read as {said}" in note for note in report.notes)


@pytest.mark.parametrize("name", ["turkish-header-cp1254", "turkish-capitals"])
def test_turkish_headers_are_understood(name: str) -> None:
    table = open_table(CASES / "encodings" / f"{name}.csv", load_schema(CASES / "mall-turkish.toml"))
    assert table.layout.columns == (2, 3, 4)


def test_phone_numbers_come_back_as_they_were(tmp_path: Path) -> None:
    rows, report = scored("text/phones-with-plus.csv", tmp_path)
    assert [row["Phone"] for row in rows][:2] == ["+49 170 0000001", "'+49 170 0000002"]
    assert rows[0]["Zip"] == "'04109"
    assert report.guarded_cells == 0


def test_a_misquoted_row_keeps_its_quotes(tmp_path: Path) -> None:
    rows, report = scored("text/stray-quote.csv", tmp_path)
    assert [row["Company"] for row in rows] == ['Screens 27" and more', "Beth, Bens. Co.", '"Half" quoted', "Plain"]
    assert [bool(row["segment"]) for row in rows] == [True, True, False, True]
    assert report.rejected == 1
