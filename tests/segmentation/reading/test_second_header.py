"""Two tables below each other: a second header that names other columns refuses the file instead of misreading it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from scoring_cases import hand_made_model
from workbooks import write_xlsx

from segmentation.errors import BadInput
from segmentation.orders.rfm import derive_customers
from segmentation.reading.encoding import Limits
from segmentation.reading.problems import Problem
from segmentation.schema_data import default_schema
from segmentation.scoring.score import score_file
from segmentation.training.points.dataset import gather_file

MODEL = hand_made_model()
ROWS: Final = [f"C-{i},{20 + i},{30 + i},{40 + i},Bonn" for i in range(30)]
FIRST: Final = "Id,Age,Income,Score,City"


def scored(text: str, folder: Path, limits: Limits | None = None) -> tuple[int, tuple[Problem, ...]]:
    source = folder / "in.csv"
    source.write_text(text, encoding="utf-8")
    report = score_file(source, folder / "out.csv", MODEL, limits=limits or Limits())
    return report.scored, report.problems


def joined(header: str, second: str, before: int = 30) -> str:
    return "\n".join([header, *ROWS[:before], second, *ROWS, ""])


@pytest.mark.parametrize(
    ("second", "shown"),
    [
        ("Id,Age,Score,Income,City", "Id, Age, Score, Income, City"),
        ("Id,Age,Spending Score (1-100),Annual Income (k$),City", "Id, Age, Spending Score"),
        ("Age,Id,Income,Score,City", "Age, Id, Income, Score, City"),
        ("Id,City,Age,Income,Score", "Id, City, Age, Income, Score"),
        ("City,Age,Income,Score,Id", "City, Age, Income, Score, Id"),
        ("Id,Age,Visits,Score,City", "Id, Age, Visits, Score, City"),
        (" ID ,age,SCORE,\u200bincome,city", "ID , age, SCORE"),
    ],
)
@pytest.mark.parametrize("quoted", ["", '"'], ids=["clean", "quoted"])
@pytest.mark.parametrize("size", [Limits(), Limits(block_bytes=64, block_rows=2)], ids=["whole", "in blocks"])
def test_a_second_header_of_other_columns_refuses_the_file(
    second: str, shown: str, quoted: str, size: Limits, tmp_path: Path
) -> None:
    text = joined(FIRST, quoted + second.replace(",", f"{quoted},{quoted}") + quoted)
    with pytest.raises(BadInput, match="Line 32 names other columns than the header does") as refused:
        scored(text, tmp_path, size)
    assert shown in str(refused.value)
    assert not (tmp_path / "out.csv").exists()
    with pytest.raises(BadInput, match="Line 32 names other columns"):
        gather_file(tmp_path / "in.csv", default_schema(), limits=size)


@pytest.mark.parametrize(
    ("header", "second", "before", "reason"),
    [
        (FIRST, FIRST, 30, "repeated_header"),
        (FIRST, "Id,Age,Annual income,Spending score,Town", 30, "repeated_header"),
        # Of another table, but no number says so: these may be a customer's cells.
        (FIRST, "C-77,old,much,little,Bonn", 30, "not_a_number"),
        (FIRST, "Id,n/a,n/a,-,City", 30, "not_a_number"),
        # Lines that explain the header, right below it or below a repeated one.
        (FIRST, "text,years,k$,1-100,text", 0, "not_a_number"),
        (FIRST, "text,years,k$,points,text", 30, "not_a_number"),
        (FIRST, "Customer,Age,Income per year,Score of loyalty,Town", 0, "not_a_number"),
        # A customer in a city called Score has numbers.
        (FIRST, "Score,35,Age,50,Income", 30, "not_a_number"),
        ("Id,Age,Income,Score,Age group", "C-77,Age group,60,50,Age", 30, "not_a_number"),
    ],
)
def test_other_rows_of_texts_are_refused_by_themselves(
    header: str, second: str, before: int, reason: str, tmp_path: Path
) -> None:
    count, problems = scored(joined(header, second, before), tmp_path)
    assert count == 30 + before
    assert {problem.reason for problem in problems} == {reason}
    assert {problem.rows for problem in problems} == {1}


def test_a_row_that_does_not_fit_the_header_is_only_ragged(tmp_path: Path) -> None:
    assert scored(joined(FIRST, "Id,Age,Score,Income"), tmp_path)[0] == 60


def test_two_tables_on_a_sheet_are_told_by_the_row(tmp_path: Path) -> None:
    rows: list[list[str | float | None]] = [[i, 20 + i, 30 + i, 40 + i] for i in range(20)]
    sheet: list[list[str | float | None]] = [
        ["id", "age", "income", "score"],
        *rows,
        [None],
        ["id", "age", "score", "income"],
        *rows,
    ]
    source = write_xlsx(tmp_path / "in.xlsx", {"Tables": sheet})
    with pytest.raises(BadInput, match=r"Row 23 names other columns .* Put each table on a sheet of its own"):
        score_file(source, tmp_path / "out.xlsx", MODEL)


ORDERS: Final = [f"{1000 + i},C{i % 7},2024-0{1 + i % 9}-11,{5 + i}.50,web {i},Paid" for i in range(40)]


@pytest.mark.parametrize(
    ("second", "refused"),
    [
        ("Order,Customer,Date,Channel,Amount,Status", True),
        ("Customer,Order,Date,Amount,Channel,Status", True),
        ("Order,Customer,Channel,Date,Amount,Status", True),
        ("Order,Customer,Date,Amount,Channel,Status", False),
        ("1040,C1,soon,7.50,Amount,Paid", False),
    ],
)
def test_two_tables_of_orders_are_not_read_as_one(second: str, refused: bool, tmp_path: Path) -> None:
    source, target = tmp_path / "orders.csv", tmp_path / "customers.csv"
    source.write_text("\n".join(["Order,Customer,Date,Amount,Channel,Status", *ORDERS[9:], second, *ORDERS[:9], ""]))
    if refused:
        with pytest.raises(
            BadInput, match=f"names other columns than the header does: “{second.replace(',', ', ')[:35]}"
        ):
            derive_customers(source, target)
        assert not target.exists()
    else:
        report = derive_customers(source, target)
        assert report.customers == 7
        assert "Left out 1 line: the date can't be read." in report.notes
