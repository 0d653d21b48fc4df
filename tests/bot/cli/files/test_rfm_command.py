"""`segbot rfm`: customers from a file of orders, questions with the option that answers, and nothing overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import CommandLine, one_object, refused, said, unbroken

_ORDERS = (
    "Customer ID,Order ID,Order Date,Amount,Status\n"
    "C1,1,3/4/2024,10.00,paid\nC1,2,5/4/2024,20.50,on hold\nC2,3,5/4/2024,7,paid\n,4,6/4/2024,7,paid\n"
)
_DECIDED = ("--dates", "day-first", "--unpaid", "On Hold")


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """Four orders whose dates and one of whose statuses are doubtful."""
    path = tmp_path / "orders.csv"
    path.write_text(_ORDERS)
    return path


def test_a_doubtful_file_is_asked_about_and_the_answers_are_taken(
    run: CommandLine, orders: Path, tmp_path: Path
) -> None:
    out = tmp_path / "customers.csv"
    asked = refused(run("rfm", str(orders), str(out)))
    assert (
        "Does 3/4/2024 mean 3 Apr 2024 or 4 Mar 2024? Say so with --dates day-first or --dates month-first."
        in unbroken(asked)
    )
    assert "I don't know what “on hold” in the column “Status” means" in asked
    assert not out.exists()
    text = said(run("rfm", str(orders), str(out), *_DECIDED))
    assert text.startswith("4 order lines: 2 orders of 2 customers, as of 6 Apr 2024.\n- Columns read: ")
    assert unbroken(text).endswith(f"Result: {out}. Train on these customers with: segbot train {orders} --orders")
    assert out.read_text().splitlines()[1:] == [
        "C1,3,1,10.00,10.00,3,,2024-04-03,2024-04-03,0,1,1,3,113",
        "C2,1,1,7.00,7.00,1,,2024-04-05,2024-04-05,0,3,1,1,311",
    ]


def test_json_has_the_numbers_and_the_mapping(run: CommandLine, orders: Path, tmp_path: Path) -> None:
    data = one_object(run("rfm", str(orders), str(tmp_path / "o.csv"), *_DECIDED, "--as-of", "2024-12-31", "--json"))
    assert (data["lines"], data["orders"], data["customers"], data["guests"]) == (4, 2, 2, 1)
    assert (data["as_of"], data["currency"], data["without_orders"]) == ("2024-12-31", None, 0)
    assert data["columns"]["date"] == "Order Date"
    assert (
        "Recency is counted to 31 Dec 2024, as you said. Days are as written, in the file's time zone." in data["notes"]
    )


def test_a_file_that_exists_is_replaced_only_when_asked(run: CommandLine, orders: Path, tmp_path: Path) -> None:
    out = tmp_path / "customers.csv"
    out.write_text("mine")
    assert "--force" in refused(run("rfm", str(orders), str(out), *_DECIDED))
    assert out.read_text() == "mine"
    said(run("rfm", str(orders), str(out), *_DECIDED, "--force"))
    assert out.read_text().startswith("customer_id,")
    assert "input file itself" in refused(run("rfm", str(orders), str(orders), *_DECIDED, "--force"))


def test_the_result_is_no_workbook(run: CommandLine, orders: Path, tmp_path: Path) -> None:
    assert "customers.csv" in refused(run("rfm", str(orders), str(tmp_path / "customers.xlsx"), *_DECIDED))


def test_columns_and_currency_can_be_named(run: CommandLine, tmp_path: Path) -> None:
    orders, out = tmp_path / "orders.csv", tmp_path / "customers.csv"
    orders.write_text(
        "wer,nr,date,due date,was,order date,cur\n7,1,2024-01-01,,5,2024-02-02,eur\n8,2,2024-01-01,,6,2024-02-02,USD\n"
    )
    asked = refused(run("rfm", str(orders), str(out)))
    assert "I can't tell which column holds who bought or what was paid." in unbroken(asked)
    assert "--column customer=NAME --column amount=NAME" in unbroken(asked)
    named = [
        option for pair in ("customer=wer", "amount=was", "order=NR", "currency=cur") for option in ("--column", pair)
    ]
    text = said(run("rfm", str(orders), str(out), *named, "--currency", "eur"))
    assert "order from “nr”, date from “order date”, amount from “was”, currency from “cur”" in unbroken(text)
    assert "1 order of 1 customer, in EUR, as of 2 Feb 2024" in text


def test_a_column_that_is_not_there_and_a_role_nobody_knows_are_refused(
    run: CommandLine, orders: Path, tmp_path: Path
) -> None:
    out = str(tmp_path / "customers.csv")
    assert "There is no column “Betrag”" in refused(run("rfm", str(orders), out, "--column", "amount=Betrag"))
    for wrong in ("betrag=Amount", "amount"):
        assert "--column takes ROLE=NAME" in refused(run("rfm", str(orders), out, "--column", wrong))


def test_a_discount_beside_quantity_and_price_is_asked_about(run: CommandLine, tmp_path: Path) -> None:
    orders, out = tmp_path / "orders.csv", tmp_path / "customers.csv"
    orders.write_text("customer id,order id,date,quantity,unit price,discount\n7,1,2024-01-01,2,10,0.5\n")
    asked = refused(run("rfm", str(orders), str(out)))
    assert (
        "the column “discount” holds discounts such as 0.5. What are they? Say so with --discount line or"
        in unbroken(asked)
    )
    assert "“discount” was taken off as a share, as you said." in said(
        run("rfm", str(orders), str(out), "--discount", "share")
    )
    assert out.read_text().splitlines()[1].startswith("7,0,1,10.00,")
