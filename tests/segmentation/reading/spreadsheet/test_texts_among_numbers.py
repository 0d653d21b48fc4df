"""Texts among a workbook's number cells: the numbers say nothing of how the texts' author writes a fraction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from workbooks import XLS_ROWS, Value, write_ods, write_xls_with, write_xlsm, write_xlsx

from segmentation.orders.answers import OrderAnswers
from segmentation.orders.rfm import derive_customers
from segmentation.proposal.look import look_at
from segmentation.reading.encoding import Limits
from segmentation.reading.questions import Answers, Question
from segmentation.reading.source import opened_source
from segmentation.reading.table import NOTHING_DECIDED, open_table
from segmentation.reading.training_rows import read_training_rows
from segmentation.schema import Feature, Role, Schema

SPENT = Feature("spent", "Total spent", "$", 0, 1e6, Role.CLUSTER)
RATE = Feature("rate", "Rate", "%", 0, 1e6, Role.CLUSTER)
ORDERS = Feature("orders", "Orders", "", 0, 1000, Role.CLUSTER)
SCHEMA = Schema("shop", (SPENT, ORDERS), ())
THOUSANDS, FRACTIONS = Answers(decimal=","), Answers(decimal=".")
Writer = Callable[[Path, Mapping[str, Sequence[Sequence[Value]]]], Path]
NAMES: Mapping[Writer, str] = {write_xlsx: "a.xlsx", write_xlsm: "a.xlsm", write_ods: "a.ods"}
FORMS = pytest.mark.parametrize("write", NAMES, ids=["xlsx", "xlsm", "ods"])


def book(write: Writer, folder: Path, rows: Sequence[Sequence[Value]], header: Sequence[Value] | None = None) -> Path:
    return write(folder / NAMES[write], {"Data": [header or ["id", "spent", "orders"], *rows]})


def spent(path: Path, answers: Answers = NOTHING_DECIDED, schema: Schema = SCHEMA) -> tuple[list[float | None], str]:
    """Read the first feature as scoring does, and what is said about the file."""
    with opened_source(path, schema, limits=Limits()) as opened:
        table = open_table(opened, schema, answers=answers)
        values = [value for block in table.blocks() for value in table.rows.read(block).values[schema.names[0]]]
    return values, " ".join(table.remarks)


@FORMS
@pytest.mark.parametrize(("text", "fractions"), [("1.047", FRACTIONS), ("1,047", THOUSANDS)])
def test_a_text_that_can_mean_two_numbers_is_asked_about(
    write: Writer, text: str, fractions: Answers, tmp_path: Path
) -> None:
    asks_what_a_text_means(book(write, tmp_path, [*XLS_ROWS[1:-1], ["C", text, 5.0]]), text, fractions)


@pytest.mark.parametrize(("text", "fractions"), [("1.047", FRACTIONS), ("1,047", THOUSANDS)])
def test_a_text_in_an_old_workbook_is_asked_about_as_well(text: str, fractions: Answers, tmp_path: Path) -> None:
    asks_what_a_text_means(write_xls_with(tmp_path / "a.xls", text), text, fractions)


def test_another_text_of_an_old_workbook_is_read_beside_its_numbers(tmp_path: Path) -> None:
    assert spent(write_xls_with(tmp_path / "a.xls", "104,7"))[0] == [35.5, 2288.125, 104.7]


def asks_what_a_text_means(path: Path, text: str, fractions: Answers) -> None:
    """Hold a workbook of `XLS_ROWS` with this text to asking about it, and to either answer."""
    with pytest.raises(Question, match=rf"such as {text}, can be read in two ways") as raised:
        spent(path)
    assert "2288" not in raised.value.asked
    assert spent(path, fractions)[0] == [35.5, 2288.125, 1.047]
    other = THOUSANDS if fractions is FRACTIONS else FRACTIONS
    values, notes = spent(path, other)
    assert values == [35.5, 2288.125, 1047]
    assert f"{text} was read as 1047" in notes


@FORMS
def test_another_text_settles_what_the_mark_means(write: Writer, tmp_path: Path) -> None:
    path = book(write, tmp_path, [["A", 1.047, 3.0], ["B", "35,5", 2.0], ["C", "1.047", 5.0], ["D", "1.234,50", 4.0]])
    values, notes = spent(path)
    assert values == [1.047, 35.5, 1047, 1234.5]
    assert "1.047 was read as 1047" in notes


def test_numbers_of_other_columns_do_not_settle_it_either(tmp_path: Path) -> None:
    header: list[Value] = ["id", "spent", "orders", "paid"]
    path = book(write_xlsx, tmp_path, [["A", "2.288", 3.5, 12.25], ["B", "1.047", 2.0, 19.99]], header)
    with pytest.raises(Question):
        spent(path)
    path = book(write_xlsx, tmp_path, [["A", "2.288", 3.5, "12,25"], ["B", "1.047", 2.0, "19,99"]], header)
    assert spent(path)[0] == [2288, 1047]
    # A column of number cells and texts is no evidence, whatever its texts say: most of it was typed by nobody.
    path = book(write_xlsx, tmp_path, [["A", "2.288", 3.5, 12.25], ["B", "1.047", 2.0, "19,99"]], header)
    with pytest.raises(Question):
        spent(path)


def test_texts_without_a_mark_leave_the_numbers_as_they_are(tmp_path: Path) -> None:
    path = book(write_xlsx, tmp_path, [["A", 1.047, 3.0], ["B", "2288", 2.0], ["C", "n/a", 5.0]])
    assert spent(path) == ([1.047, 2288, None], "")


def test_percentages_among_texts_keep_what_is_shown(tmp_path: Path) -> None:
    rows: list[list[Value]] = [["A", 0.125, 3.0], ["B", "3,5%", 2.0], ["C", "1.047,5 %", 5.0]]
    path = write_xlsx(tmp_path / "a.xlsx", {"Data": [["id", "rate", "orders"], *rows]}, formats={1: "0.0%"})
    assert spent(path, schema=Schema("shop", (RATE, ORDERS), ()))[0] == [12.5, 3.5, 1047.5]


def test_training_asks_as_well(tmp_path: Path) -> None:
    path = book(write_xlsx, tmp_path, [["A", 35.5, 3.0], ["B", "1.047", 2.0]])
    with pytest.raises(Question):
        read_training_rows(path, SCHEMA, np.asarray, lambda values: None, all_cells=False)
    seen = list[np.ndarray]()
    read_training_rows(path, SCHEMA, np.array, seen.append, answers=THOUSANDS)
    assert np.vstack(seen)[:, 0].tolist() == [35.5, 1047]


def test_the_look_asks_as_well_and_reads_the_whole_range(tmp_path: Path) -> None:
    rows: list[list[Value]] = [[f"K-{i:03}", 0.5 + i, i % 7] for i in range(30)]
    path = book(write_xlsx, tmp_path, [*rows, ["K-900", "9.047", 3.0]])
    with pytest.raises(Question):
        look_at(path)
    numbers = next(column for column in look_at(path, answers=THOUSANDS).columns if column.name == "spent").numbers
    assert numbers is not None
    assert (numbers.low, numbers.high) == (0.5, 9047)


def test_orders_ask_as_well(tmp_path: Path) -> None:
    header: list[Value] = ["customer id", "order id", "date", "amount"]
    rows: list[list[Value]] = [["7", "1", date(2024, 1, 1), 10.25], ["8", "2", date(2024, 2, 29), "1.047"]]
    path, target = book(write_xlsx, tmp_path, rows, header), tmp_path / "customers.csv"
    with pytest.raises(Question, match=r"1\.047"):
        derive_customers(path, target)
    derive_customers(path, target, answers=OrderAnswers(file=THOUSANDS))
    lines = target.read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[3] for line in lines[1:]] == ["10.25", "1047.00"], lines[0]


def test_typed_dates_do_not_tell_the_order_of_day_and_month_in_texts(tmp_path: Path) -> None:
    header: list[Value] = ["customer id", "order id", "date", "amount"]
    rows: list[list[Value]] = [["7", "1", date(2024, 1, 31), 10.25], ["8", "2", "3/4/2024", 5.0]]
    with pytest.raises(Question, match=r"3/4/2024"):
        derive_customers(book(write_xlsx, tmp_path, rows, header), tmp_path / "customers.csv")
