"""The heading of an amount names its currency, in files and tables alike; what contradicts it is asked about."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from order_files import OrderFile, derived, of_seven
from order_warehouses import orders_in_duckdb

from segmentation.orders.answers import OrderAnswers
from segmentation.orders.currencies import currency_in, more_exact, without_currency
from segmentation.orders.rfm import derive_customers
from segmentation.reading.questions import Question
from segmentation.warehouse.rfm.counts import read_orders
from segmentation.warehouse.rfm.customers import customers_query

_ROWS = [["7", "1", "2024-01-01", "10"], ["7", "2", "2024-01-02", "5"]]


@pytest.mark.parametrize(
    ("heading", "currency"),
    [
        *(("Betrag CHF", "CHF"), ("Amount (EUR)", "EUR"), ("Total in USD", "USD"), ("Umsatz €", "EUR")),
        *(("Net sales, GBP", "GBP"), ("price_usd", "USD"), ("amountUSD", "USD"), ("TUTAR (TRY)", "TRY")),
        *(
            ("金額（円）", "JPY"),
            ("Kwota zł", "PLN"),
            ("Total A$", "AUD"),
            ("Amount ($)", "$"),
            ("Betrag in Euro", "EUR"),
        ),
        *(("Chf-Nr", None), ("EUR/USD", None), ("USD rate", None), ("Amount", None), ("Eurototal", None)),
        *(("All sales", None), ("TOTAL ALL", None), ("Price per pen", None), ("Total ALL", "ALL"), ("Price ft", None)),
    ],
)
def test_a_heading_names_a_currency_only_as_a_whole_word(heading: str, currency: str | None) -> None:
    assert currency_in(heading) == currency
    assert (without_currency(heading) == heading) is (currency is None)


def test_a_sign_of_several_currencies_is_the_one_that_is_named_beside_it() -> None:
    assert [more_exact(*pair) for pair in (("$", "AUD"), ("SEK", "KR"), ("KR", "KR"), ("$", "SEK"))] == [
        *("AUD", "SEK", "KR", None)
    ]


def _file(heading: str, rows: Sequence[Sequence[str]], *more: str) -> OrderFile:
    return OrderFile(("customer id", "order id", "date", heading, *more), [list(row) for row in rows])


@pytest.mark.parametrize("kernel", ["", "off"])
def test_amounts_are_in_the_currency_of_their_heading(
    kernel: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGBOT_KERNEL", kernel)
    source = _file("Total in CAD", [*_ROWS, ["7", "3", "2024-01-03", "$2"]]).write(tmp_path / "orders.csv")
    report = derive_customers(source, tmp_path / "customers.csv")
    assert report.currency == "CAD"
    assert "the currency CAD from the heading “Total in CAD”." in report.notes[0]


def test_an_order_whose_first_line_only_has_a_currency_stays_one_order(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-01", "10", "USD"], ["7", "1", "2024-01-01", "5", ""]]
    data, _ = derived(_file("Amount ($)", rows, "currency"), tmp_path, OrderAnswers())
    assert of_seven(data, ["frequency", "monetary"]) == ["1", "15.00"]


def test_marks_beside_amounts_that_contradict_the_heading_are_asked_about(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-01", "$10"], ["7", "2", "2024-01-02", "$5"]]
    file = _file("Total (EUR)", rows)
    with pytest.raises(Question) as raised:
        derived(file, tmp_path, OrderAnswers())
    assert raised.value.asked == (
        "2 lines say in several ways which currency the amount is in: $ stands beside amounts, "
        "the heading “Total (EUR)” names EUR. Which is right?"
    )
    keys = [choice.key for choice in raised.value.choices]
    assert keys == ["column.currency=", "column.currency=Total (EUR)"]
    source = file.write(tmp_path / "orders.csv")
    found = [derive_customers(source, tmp_path / "customers.csv", answers=OrderAnswers.parse([key])) for key in keys]
    assert [report.currency for report in found] == ["$", "EUR"]


def test_a_column_of_currencies_that_contradicts_marks_is_asked_about(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-01", "£10", "EUR"], ["7", "2", "2024-01-02", "5", "EUR"]]
    with pytest.raises(Question, match=r"1 line says in several ways .*the column “currency” holds EUR, GBP stands"):
        derived(_file("amount", rows, "currency"), tmp_path, OrderAnswers())


def test_refunds_in_another_currency_are_not_subtracted(tmp_path: Path) -> None:
    file = _file("Total EUR", [[*row, "1"] for row in _ROWS], "Refunded USD")
    with pytest.raises(Question, match="“Total EUR” and “Refunded USD” are in two currencies"):
        derived(file, tmp_path, OrderAnswers())
    data, _ = derived(file, tmp_path, OrderAnswers.parse(["column.refund="]))
    assert of_seven(data, ["monetary"]) == ["15.00"]


@pytest.mark.parametrize(
    ("heading", "scale"),
    [
        *(("amount_cents", "hundredths"), ("Betrag (Rappen)", "hundredths"), ("Beløb øre", "hundredths")),
        *(("Umsatz T€", "thousands"), ("Net sales TCHF", "thousands"), ("Total (in 1,000)", "thousands")),
    ],
)
@pytest.mark.parametrize("kernel", ["", "off"])
def test_an_amount_in_cents_or_thousands_is_called_so(
    kernel: str, heading: str, scale: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGBOT_KERNEL", kernel)
    source = _file(heading, _ROWS).write(tmp_path / "orders.csv")
    answers = OrderAnswers.parse([f"column.amount={heading}"])
    report = derive_customers(source, tmp_path / "customers.csv", answers=answers)
    assert f"“{heading}” holds {scale} by its heading: all money here is in {scale}, too." in report.notes


def test_refunds_in_whole_units_are_not_subtracted_from_cents(tmp_path: Path) -> None:
    file = _file("amount_cents", [[*row, "1"] for row in _ROWS], "refunded")
    with pytest.raises(Question, match="“amount_cents” and “refunded” are of two sizes, such as cents and whole units"):
        derived(file, tmp_path, OrderAnswers())
    data, _ = derived(file, tmp_path, OrderAnswers.parse(["column.refund="]))
    assert of_seven(data, ["monetary"]) == ["15.00"]
    cents = _file("amount_cents", [[*row, "1"] for row in _ROWS], "refunded_cents")
    data, _ = derived(cents, tmp_path, OrderAnswers())
    assert of_seven(data, ["monetary"]) == ["13.00"]


def _by_file(file: OrderFile, answers: OrderAnswers, folder: Path) -> str | None:
    try:
        return derive_customers(file.write(folder / "orders.csv"), folder / "customers.csv", answers=answers).currency
    except Question as question:
        return question.asked


def _by_table(file: OrderFile, answers: OrderAnswers, folder: Path) -> str | None:
    table = pl.DataFrame(file.rows, schema=list(file.header), orient="row")
    table = table.with_columns(pl.col("date").str.to_date(), pl.col("total_eur").cast(pl.Float64))
    with orders_in_duckdb(folder, table) as warehouse:
        try:
            read = read_orders(warehouse.table("orders"), answers)
        except Question as question:
            return question.asked
        return read.report(customers_query(warehouse.table("orders"), read.how)).currency


@pytest.mark.parametrize(
    ("key", "outcome"),
    [
        ("column.date=date", "1 line says in several ways which currency"),
        ("column.currency=currency", "The orders are in several currencies"),
        ("column.currency=total_eur", "EUR"),
    ],
)
def test_a_table_is_read_as_the_file_is(key: str, outcome: str, tmp_path: Path) -> None:
    rows = [[*row, code] for row, code in zip(_ROWS, ("USD", ""), strict=True)]
    file, answers = _file("total_eur", rows, "currency"), OrderAnswers.parse([key])
    by_file = _by_file(file, answers, tmp_path)
    assert str(by_file).startswith(outcome)
    assert _by_table(file, answers, tmp_path) == by_file
