"""Which column is what, in the exports of several systems and languages; asked if two fit."""

from __future__ import annotations

import polars as pl
import pytest

from segmentation.orders.answers import OrderAnswers
from segmentation.orders.headings import Role
from segmentation.orders.mapping import OrderColumns, find_columns, mapping_notes
from segmentation.reading.questions import Question

_STRIPE = (
    "id,Description,Created date (UTC),Amount,Amount Refunded,Currency,Converted Amount,Fee,Status,Customer ID,"
    "Customer Email"
)
_SUPERSTORE = (
    "Row ID,Order ID,Order Date,Ship Date,Ship Mode,Customer ID,Customer Name,Segment,Sales,Quantity,Discount,Profit"
)
_CELLS = {"date": "2024-01-05", "datum": "2024-01-05", "created": "2024-01-05", "fecha": "2024-01-05"}


def _found(header: str, answers: OrderAnswers | None = None, cells: dict[str, str] | None = None) -> OrderColumns:
    names = header.split(",")
    row = [
        (cells or {}).get(name, next((text for word, text in _CELLS.items() if word in name.lower()), "7"))
        for name in names
    ]
    frame = pl.DataFrame({f"c{at}": [text] for at, text in enumerate(row)})
    return find_columns(names, frame, answers or OrderAnswers())


@pytest.mark.parametrize(
    ("header", "customer", "order", "date", "amount"),
    [
        (_STRIPE, "Customer ID", "id", "Created date (UTC)", "Amount"),
        (_SUPERSTORE, "Customer ID", "Order ID", "Order Date", "Sales"),
        (
            "Kunden-Nr.,Bestell-Nr.,Bestelldatum,Rechnungsdatum,Gesamtbetrag",
            *("Kunden-Nr.", "Bestell-Nr.", "Bestelldatum", "Gesamtbetrag"),
        ),
        ("Cliente,Pedido,Fecha,Importe (€)", "Cliente", "Pedido", "Fecha", "Importe (€)"),
        (
            "customerId,invoiceNo,invoiceDate,purchase_amount_usd,shipping_amount",
            *("customerId", "invoiceNo", "invoiceDate", "purchase_amount_usd"),
        ),
        ("E-Mail,Receipt,Date,Price", "E-Mail", "Receipt", "Date", "Price"),
    ],
)
def test_columns_are_found_by_their_names(header: str, customer: str, order: str, date: str, amount: str) -> None:
    columns = _found(header)
    found = [columns.name(role) for role in (Role.CUSTOMER, Role.ORDER, Role.DATE, Role.AMOUNT)]
    assert found == [customer, order, date, amount]


def test_quantity_times_price_is_what_was_paid_if_nothing_else_is() -> None:
    columns = _found("CustomerID,InvoiceNo,InvoiceDate,Quantity,UnitPrice")
    assert Role.AMOUNT not in columns.places
    assert "What was paid is quantity × price." in list(mapping_notes(columns))
    assert Role.QUANTITY not in _found("CustomerID,InvoiceNo,InvoiceDate,Quantity,UnitPrice,Total").places


def test_two_columns_that_fit_are_asked_about_together() -> None:
    header = "customer id,invoice date,created at,total,amount"
    with pytest.raises(Question) as raised:
        _found(header)
    assert [choice.key for choice in raised.value.choices] == [
        "column.date=invoice date",
        "column.date=created at",
        "column.amount=total",
        "column.amount=amount",
    ]
    assert '--column date="invoice date"' in raised.value.sentence
    columns = _found(header, OrderAnswers(columns={Role.DATE: "created at", Role.AMOUNT: "Total"}))
    assert (columns.name(Role.DATE), columns.name(Role.AMOUNT)) == ("created at", "total")


@pytest.mark.parametrize(("numbers", "asked"), [(["7", "7", "8"], False), (["7", "8", "8"], True)])
def test_two_numbers_of_an_order_are_asked_about_only_if_they_part_lines_differently(
    numbers: list[str], asked: bool
) -> None:
    cells = {"c0": ["1", "1", "2"], "c1": ["2024-01-01"] * 3, "c2": ["1", "1", "2"], "c3": numbers, "c4": ["5"] * 3}
    header = ["customer id", "date", "order_id", "order_number", "total"]
    if asked:
        with pytest.raises(Question, match="the number of the order: “order_id”, “order_number”"):
            find_columns(header, pl.DataFrame(cells), OrderAnswers())
    else:
        assert find_columns(header, pl.DataFrame(cells), OrderAnswers()).name(Role.ORDER) == "order_id"


def test_a_column_whose_cells_are_something_else_is_passed_over() -> None:
    columns = _found("customer id,order date,date,amount", cells={"order date": "yes", "amount": "7"})
    assert columns.name(Role.DATE) == "date"


def test_the_only_column_of_dates_is_the_date_whatever_its_name() -> None:
    assert _found("customer id,when,amount", cells={"when": "5 Mar 2024"}).name(Role.DATE) == "when"
    with pytest.raises(Question, match="2 columns may hold the date of the order: “when”, “then”"):
        _found("customer id,when,then,amount", cells={"when": "5 Mar 2024", "then": "2024-01-01"})


def test_a_role_can_be_taken_from_no_column() -> None:
    header = "customer id,order id,date,amount,status"
    assert Role.STATUS in _found(header).places
    assert Role.STATUS not in _found(header, OrderAnswers(columns={Role.STATUS: ""})).places


@pytest.mark.parametrize(
    ("name", "cell", "is_status"),
    [
        ("State", "Kentucky", False),
        ("Estado", "enviado", True),
        ("Order Type", "Online", False),
        ("Status", "new", True),
    ],
)
def test_a_state_of_the_country_is_no_status(name: str, cell: str, is_status: bool) -> None:
    columns = _found(f"customer id,order id,date,amount,{name}", cells={name: cell})
    assert (Role.STATUS in columns.places) is is_status


def test_a_column_that_no_name_tells_is_asked_for_among_those_that_are_free() -> None:
    with pytest.raises(
        Question, match=r"which column holds who bought\. The columns are “a”, “date”, “amount”"
    ) as raised:
        _found("a,date,amount")
    assert [choice.key for part in raised.value.parts for choice in part.choices] == ["column.customer=a"]
    assert raised.value.sentence.endswith("Name it with --column customer=NAME.")
