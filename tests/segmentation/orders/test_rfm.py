"""Customers derived from orders, held against pandas; the same bytes in whatever order and blocks the rows come."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pandas as pd
import pytest
from order_files import OrderFile, customer_table, derived, of_seven, shopify_file, till_file, woo_file

from segmentation.errors import BadInput
from segmentation.orders.answers import OrderAnswers, Repeats
from segmentation.reading.encoding import Limits

_CENT = Decimal("0.01")
_REPEATED = OrderAnswers(repeats=Repeats.DROP)
_EUROS = OrderAnswers(currency="EUR")


def _decimals(frame: pd.DataFrame, values: list[Decimal]) -> pd.Series:
    return pd.Series(values, index=frame.index, dtype=object)


def _by_pandas(orders: pd.DataFrame, last: pd.Timestamp) -> dict[str, tuple[str, int, str, int]]:
    """R, F, M and returns by their definition.

    Parameters
    ----------
    orders
        One row an order: customer, day, money (Decimal), counts, back.
    """
    found = {}
    for customer, own in orders.groupby("customer"):
        counted = own[own["counts"]]
        recency = "" if counted.empty else str((last - counted["day"].max()).days)
        money = sum(own["money"], Decimal(0)).quantize(_CENT, ROUND_HALF_UP)
        found[str(customer)] = (recency, len(counted), str(money), int(own["back"].sum()))
    return found


def _of_shopify(file: OrderFile) -> dict[str, tuple[str, int, str, int]]:
    rows = pd.DataFrame(file.records())
    last = pd.to_datetime(rows["Created at"].str[:10]).max()
    orders = rows[(rows["Total"] != "") & (rows["Email"] != "")].copy()
    orders["customer"], orders["day"] = orders["Email"], pd.to_datetime(orders["Created at"].str[:10])
    void = orders["Financial Status"] == "voided"
    net = [
        Decimal(total) - Decimal(back) for total, back in zip(orders["Total"], orders["Refunded Amount"], strict=True)
    ]
    orders["money"] = _decimals(orders, [Decimal(0) if gone else money for gone, money in zip(void, net, strict=True)])
    orders["counts"] = orders["Financial Status"].isin(["paid", "partially_refunded"])
    orders["back"] = orders["Financial Status"].isin(["refunded", "partially_refunded"])
    return _by_pandas(orders, last)


def _of_till(file: OrderFile) -> dict[str, tuple[str, int, str, int]]:
    rows = pd.DataFrame(file.records()).drop_duplicates()
    rows["day"] = pd.to_datetime(rows["InvoiceDate"], format="%m/%d/%Y %H:%M").dt.normalize()
    last = rows["day"].max()
    rows["money"] = _decimals(
        rows, [int(n) * Decimal(price) for n, price in zip(rows["Quantity"], rows["UnitPrice"], strict=True)]
    )
    rows = rows[rows["CustomerID"] != ""].rename(columns={"CustomerID": "customer"})
    orders = rows.groupby(["customer", "InvoiceNo"]).agg(day=("day", "min"), money=("money", "sum")).reset_index()
    orders["back"] = orders["InvoiceNo"].str.startswith("C")
    orders["counts"] = ~orders["back"]
    return _by_pandas(orders, last)


def _of_woo(file: OrderFile) -> dict[str, tuple[str, int, str, int]]:
    rows = pd.DataFrame(file.records())
    iso = rows["order_date"].str.replace(r"^(\d\d)\.(\d\d)\.(\d{4})$", r"\3-\2-\1", regex=True).str[:10]
    rows["day"] = pd.to_datetime(iso)
    last = rows["day"].max()
    orders = rows.drop_duplicates("order_id")
    orders = orders[(orders["order_currency"] == "EUR") & (orders["customer_id"] != "0")].copy()
    orders["customer"] = orders["customer_id"]
    kept = orders["status"].isin(["wc-completed", "wc-processing"])
    total = [Decimal(text.replace(".", "").replace(",", ".")) for text in orders["order_total"]]
    orders["money"] = _decimals(
        orders, [money if keep else Decimal(0) for money, keep in zip(total, kept, strict=True)]
    )
    orders["counts"], orders["back"] = kept, orders["status"] == "wc-refunded"
    return _by_pandas(orders, last)


@pytest.mark.parametrize(
    ("file", "oracle", "answers"),
    [
        (shopify_file(), _of_shopify, OrderAnswers()),
        (till_file(), _of_till, _REPEATED),
        (woo_file(), _of_woo, _EUROS),
    ],
    ids=["shopify", "till", "woocommerce"],
)
def test_recency_frequency_and_money_are_those_of_pandas(
    file: OrderFile,
    oracle: Callable[[OrderFile], dict[str, tuple[str, int, str, int]]],
    answers: OrderAnswers,
    tmp_path: Path,
) -> None:
    data, _ = derived(file, tmp_path, answers)
    table = customer_table(data)
    found = {
        str(customer): (row["recency"], int(row["frequency"]), row["monetary"], int(row["returns"]))
        for customer, row in table.iterrows()
    }
    assert found == oracle(file)
    assert list(table.index) == sorted(table.index)
    # As exports of single days put one behind the other, in no order of days.
    day = next(at for at, name in enumerate(file.header) if name in {"Created at", "InvoiceDate", "order_date"})
    days = OrderFile(file.header, sorted(file.rows, key=lambda row: row[day][:10]), file.delimiter)
    assert derived(days, tmp_path, answers, limits=Limits(block_bytes=3000), part_lines=90)[0] == data
    shuffled, _ = derived(file.shuffled(7), tmp_path, answers, limits=Limits(block_bytes=6000), part_lines=150)
    assert shuffled == data


def test_what_else_is_said_of_a_customer(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-01", "10.00"], ["7", "2", "2024-01-04", "10.01"], ["7", "3", "2024-01-08", "0.01"]]
    rows += [["8", "4", "2024-01-11", "5"], ["9", "5", "2024-01-02", "-3.50"]]
    data, notes = derived(OrderFile(("customer id", "order id", "date", "amount"), rows), tmp_path, OrderAnswers())
    assert data.decode().splitlines() == [
        "customer_id,recency,frequency,monetary,mean_order,tenure,mean_interval,first_order,last_order,returns,"
        "r_score,f_score,m_score,rfm_score",
        "7,3,3,20.02,6.67,10,3.50,2024-01-01,2024-01-08,0,1,3,3,133",
        "8,0,1,5.00,5.00,0,,2024-01-11,2024-01-11,0,3,1,1,311",
        "9,,0,-3.50,,,,,,1,,,,",
    ]
    assert any("1 customer had refunds or cancelled orders only" in note for note in notes)
    assert any("counted to 11 Jan 2024, the file's last day" in note for note in notes)


def test_recency_is_counted_to_the_day_asked_for_and_later_orders_are_left_out(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-01", "10"], ["7", "2", "2024-01-04", "11"], ["8", "3", "2024-01-05", "1"]]
    file = OrderFile(("customer id", "order id", "date", "amount"), rows)
    day = pd.Timestamp("2024-01-02").date()
    data, notes = derived(file, tmp_path, OrderAnswers(as_of=day))
    assert data.decode().splitlines()[1:] == ["7,1,1,10.00,10.00,1,,2024-01-01,2024-01-01,0,1,1,1,111"]
    assert "Left out 2 orders: later than 2 Jan 2024." in notes
    with pytest.raises(BadInput, match="No order of a known customer is left"):
        derived(file, tmp_path, OrderAnswers(as_of=pd.Timestamp("2023-01-02").date()))


def test_refunds_are_ignored_when_asked(tmp_path: Path) -> None:
    rows = [
        ["7", "1", "2024-01-01", "10", "paid"],
        ["7", "2", "2024-01-04", "5", "refunded"],
        ["7", "3", "2024-01-04", "-2", ""],
    ]
    file = OrderFile(("customer id", "order id", "date", "amount", "status"), rows)
    net, _ = derived(file, tmp_path, OrderAnswers())
    gross, notes = derived(file, tmp_path, OrderAnswers(gross=True))
    assert of_seven(net, ["frequency", "monetary", "returns"]) == ["1", "8.00", "2"]
    assert of_seven(gross, ["frequency", "monetary", "returns"]) == ["2", "15.00", "0"]
    assert "Refunds and cancellations were ignored, as you said." in notes


def test_lines_of_one_order_may_have_states_of_their_own(tmp_path: Path) -> None:
    rows = [
        ["7", "1", "2024-01-01", "10", "shipped"],
        ["7", "1", "2024-01-01", "4", "returned"],
        ["7", "1", "2024-01-01", "2", "cancelled"],
    ]
    file = OrderFile(("customer id", "order id", "date", "amount", "status"), rows)
    data, _ = derived(file, tmp_path, OrderAnswers())
    assert of_seven(data, ["frequency", "monetary", "returns"]) == ["1", "10.00", "1"]


def test_a_return_among_sales_gives_money_back_whatever_its_sign(tmp_path: Path) -> None:
    rows = [
        ["7", "1", "2024-01-01", "10", "Sale"],
        ["7", "2", "2024-01-02", "4", "Return"],
        ["7", "3", "2024-01-03", "-1", "Return"],
    ]
    file = OrderFile(("customer id", "order id", "date", "amount", "transaction type"), rows)
    data, _ = derived(file, tmp_path, OrderAnswers())
    assert of_seven(data, ["frequency", "monetary", "returns"]) == ["1", "5.00", "2"]


def test_what_cannot_be_read_is_left_out_and_said(tmp_path: Path) -> None:
    rows = [["7", str(n), "2024-01-01", "10"] for n in range(8)]
    rows += [
        ["7", "20", "soon", "10"],
        ["7", "21", "2024-01-01", "ten"],
        ["7", "22", "", "10"],
        ["7", "23", "2024-01-01", ""],
    ]
    rows += [["guest", "24", "2024-01-01", "3"], ["", "25", "2024-01-01", "3"], ["7", "26"], [""] * 4]
    header = ("customer id", "order id", "date", "amount")
    data, notes = derived(OrderFile(header, rows), tmp_path, OrderAnswers())
    assert of_seven(data, ["frequency", "monetary"]) == ["8", "80.00"]
    assert {
        "Left out 2 orders of guests, without an id (such as “guest”).",
        "Left out 1 line: the date can't be read.",
        "Left out 1 line: the amount can't be read.",
        "Left out 1 order: there is no date.",
        "Left out 1 order: there is no amount.",
        "Left out 2 lines: a total, blank, or not as wide as the header.",
    } <= set(notes)


def test_a_file_of_which_more_than_half_cannot_be_read_is_refused(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-01", "1"], ["7", "2", "soon", "1"], ["7", "3", "2024-01-01", "one"]]
    with pytest.raises(BadInput, match="can't read the dates or amounts of 2 of 3 lines"):
        derived(OrderFile(("customer id", "order id", "date", "amount"), rows), tmp_path, OrderAnswers())


def test_customer_and_currency_may_stand_on_an_orders_first_line_only(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-01", "10", "EUR"], ["", "1", "", "5", ""], ["8", "2", "2024-01-02", "€3", "eur"]]
    file = OrderFile(("customer id", "order id", "date", "amount", "currency"), rows)
    data, notes = derived(file, tmp_path, OrderAnswers())
    assert customer_table(data)["monetary"].to_list() == ["15.00", "3.00"]
    assert not any("guests" in note or "Left out" in note for note in notes)


def test_an_id_that_is_a_formula_is_guarded_and_addresses_are_one_whatever_their_case(tmp_path: Path) -> None:
    rows = [
        ["=1+1", "1", "2024-01-01", "10"],
        ["Ann@x.org", "2", "2024-01-01", "1"],
        ["ann@X.org", "3", "2024-01-01", "2"],
    ]
    data, notes = derived(OrderFile(("customer", "order id", "date", "amount"), rows), tmp_path, OrderAnswers())
    assert customer_table(data)["monetary"].to_dict() == {"'=1+1": "10.00", "ann@x.org": "3.00"}
    assert any(note.startswith("1 id got a leading apostrophe") for note in notes)


def test_sums_beyond_64_bits_are_exact(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-01", "999999999999.99"] for _ in range(20)]
    rows = [[*row, str(number)] for number, row in enumerate(rows)]
    data, _ = derived(
        OrderFile(("customer id", "order id", "date", "amount", "line"), rows),
        tmp_path,
        OrderAnswers.parse(["amounts-per=line"]),
    )
    assert of_seven(data, ["frequency", "monetary"]) == ["1", "19999999999999.80"]


def test_an_orders_customer_is_not_made_of_lines_that_differ(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-01", "10"], ["8", "1", "2024-01-01", "4"], ["", "1", "2024-01-01", "2"]]
    rows += [["", "2", "2024-01-02", "1"], ["7", "3", "2024-01-03", "3"]]
    data, notes = derived(OrderFile(("customer id", "order id", "date", "amount"), rows), tmp_path, OrderAnswers())
    assert customer_table(data)["monetary"].to_dict() == {"7": "13.00", "8": "4.00"}
    assert "Left out 2 orders of guests, without an id." in notes
