"""Orders are told from customers by what the header names, and by customers who come again."""

from __future__ import annotations

from pathlib import Path

import pytest
from order_files import OrderFile, shopify_file, till_file, woo_file
from workbooks import write_xlsx

from segmentation.orders.recognise import lists_orders

_STRIPE = OrderFile(
    ("id", "Created (UTC)", "Amount", "Amount Refunded", "Currency", "Customer ID", "Status"),
    [["ch_1", "2024-03-05 10:00", "12.00", "0.00", "eur", "cus_1", "Paid"]],
)


@pytest.mark.parametrize("file", [shopify_file(20), till_file(20), woo_file(20), _STRIPE])
def test_exports_of_shops_are_recognised(file: OrderFile, tmp_path: Path) -> None:
    assert lists_orders(file.write(tmp_path / "file.csv"))


@pytest.mark.parametrize(
    ("header", "customers", "expected"),
    [
        ("customer id,date,amount", "1 1 1 2", True),
        ("customer id,signup date,total spent", "1 2 3 4", False),
        ("customer id,date,amount", "1 2 3 3", False),
        ("customer id,order id,date,amount", "1 2 3 4", True),
        ("customer id,order id,date,colour", "1 1 1 1", False),
        ("id,age,income,score", "1 2 3 4", False),
    ],
    ids=["they come again", "once each", "one comes again", "order numbers", "no amount", "customers"],
)
def test_a_table_with_one_row_a_customer_lists_no_orders(
    header: str, customers: str, expected: bool, tmp_path: Path
) -> None:
    columns = header.split(",")
    rows = [[who, *("5" for _ in columns[1:])] for who in customers.split()]
    assert lists_orders(OrderFile(columns, rows).write(tmp_path / "file.csv")) is expected


def test_what_cannot_be_read_as_a_table_lists_no_orders(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    for content in (b"", b"Customer ID,Order ID,Order Date,Amount\n", b"%PDF-1.4"):
        path.write_bytes(content)
        assert not lists_orders(path)


def test_of_a_workbook_the_sheet_that_somebody_named_is_looked_at(tmp_path: Path) -> None:
    orders = [["customer id", "order id", "date", "amount"], ["1", "2", "2024-01-01", "5"]]
    book = write_xlsx(tmp_path / "book.xlsx", {"Orders": orders, "Notes": [["a", "b"], ["1", "2"]]})
    assert lists_orders(book, sheet="Orders")
    assert not lists_orders(book, sheet="Notes")
