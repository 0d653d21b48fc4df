"""What is said of a file of orders: everything that was assumed or left out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter
from order_files import OrderFile, customer_table, derived, of_seven

from segmentation.errors import BadInput
from segmentation.orders.answers import OrderAnswers
from segmentation.orders.rfm import derive_customers
from segmentation.reading.questions import Answers


def test_lines_of_several_days_with_one_order_number_are_said(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-03", "10"], ["7", "1", "2024-01-01", "4"], ["7", "2", "2024-01-04", "1"]]
    data, notes = derived(OrderFile(("customer id", "order id", "date", "amount"), rows), tmp_path, OrderAnswers())
    assert of_seven(data, ["frequency", "first_order"]) == ["2", "2024-01-01"]
    assert "Lines of several days have one order number in 1 order; each is one order, of its first day." in notes


def test_lines_of_separators_alone_are_left_out(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-03", "10", "x"], ["", "", "", "", ""], ["", "", "", "", "x"]]
    header = ("customer id", "order id", "date", "amount", "product")
    data, notes = derived(OrderFile(header, rows), tmp_path, OrderAnswers())
    assert of_seven(data, ["frequency", "monetary"]) == ["1", "10.00"]
    assert "Left out 2 lines: a total, blank, or not as wide as the header." in notes


def test_what_was_refunded_in_part_without_saying_how_much_is_said(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-03", "10", "partially refunded"]]
    file = OrderFile(("customer id", "order id", "date", "amount", "status"), rows)
    data, notes = derived(file, tmp_path, OrderAnswers())
    assert of_seven(data, ["frequency", "monetary"]) == ["1", "10.00"]
    assert "Refunded in part, but no column says how much: 1 order, counted in full." in notes


@pytest.mark.parametrize("year", ["2567", "1402"])
def test_years_of_another_calendar_are_refused(year: str, tmp_path: Path) -> None:
    rows = [["7", "1", f"{year}-01-03", "10"], ["7", "2", f"{year}-01-05", "10"]]
    with pytest.raises(BadInput, match=f"The year of “{year}-01-03” is not between 1971 and 2099"):
        derived(OrderFile(("customer id", "order id", "date", "amount"), rows), tmp_path, OrderAnswers())


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="header but no rows"):
        derived(OrderFile(("customer id", "date", "amount"), []), tmp_path, OrderAnswers())


def test_words_for_nothing_are_nothing(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-01", "10", "EUR", "nan", "NaT"], ["7", "nan", "2024-01-02", "5", "EUR", "paid", "nan"]]
    rows += [["7", "nan", "2024-01-03", "5", "nan", "paid", "nan"], ["NaN", "3", "2024-01-03", "5", "EUR", "paid", "-"]]
    header = ("customer id", "order id", "date", "amount", "currency", "status", "cancelled at")
    data, notes = derived(OrderFile(header, rows), tmp_path, OrderAnswers(currency="EUR"))
    assert of_seven(data, ["frequency", "monetary"]) == ["2", "15.00"]
    assert "Only orders in EUR were read; left out: 1 in no currency." in notes
    assert "Left out 1 order of guests, without an id (such as “NaN”)." in notes


def test_a_workbook_of_orders_is_read_with_its_own_dates_and_without_its_totals(tmp_path: Path) -> None:
    source, target = tmp_path / "orders.xlsx", tmp_path / "customers.csv"
    workbook = xlsxwriter.Workbook(source)
    sheet, day = workbook.add_worksheet("Orders"), workbook.add_format({"num_format": "m/d/yyyy"})
    sheet.write_row(0, 0, ["Order ID", "Customer ID", "Order Date", "Amount"])
    for row, (number, customer, amount) in enumerate([(1, "C1", 10.25), (2, "C2", 4.1), (3, "C1", 2)], start=1):
        sheet.write_row(row, 0, [number, customer])
        sheet.write_datetime(row, 2, datetime(2024, 3, 4 + row), day)
        sheet.write_number(row, 3, amount)
    sheet.write_row(4, 0, ["Total", "", "", 16.35])
    workbook.close()
    report = derive_customers(source, target)
    assert [line.split(",")[:4] for line in target.read_text().splitlines()[1:]] == [
        ["C1", "0", "2", "12.25"],
        ["C2", "1", "1", "4.10"],
    ]
    assert (report.orders, report.as_of.isoformat(), report.guests) == (3, "2024-03-07", 0)


def test_how_doubtful_numbers_were_read_is_said(tmp_path: Path) -> None:
    rows = [["Ann", "1", "2024-01-03", "2,288"], ["Ann", "2", "2024-01-03", "1,500"]]
    answers = OrderAnswers(file=Answers(decimal="."))
    data, notes = derived(OrderFile(("customer", "order id", "date", "amount"), rows), tmp_path, answers)
    assert customer_table(data)["monetary"].to_list() == ["3788.00"]
    assert "In the column “amount”, 2,288 was read as 2288." in notes


def test_that_customers_are_told_apart_by_their_names_is_said(tmp_path: Path) -> None:
    row = ["7", "1", "2024-01-03", "10"]
    for name, said in (("customer", True), ("customer id", False)):
        _, notes = derived(OrderFile((name, "order id", "date", "amount"), [row]), tmp_path, OrderAnswers())
        assert any(note.startswith("No column holds ids of customers: “customer”") for note in notes) is said
