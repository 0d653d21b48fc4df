"""Customers derived from orders, held against pandas; the same bytes in whatever order and blocks the rows come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter
from order_files import OrderFile, shopify_file, till_file, woo_file

from segmentation.errors import BadInput
from segmentation.orders.answers import AmountsPer, OrderAnswers, OrdersPer, Repeats
from segmentation.orders.rfm import derive_customers
from segmentation.reading.encoding import Limits
from segmentation.reading.questions import Question

_CENT = Decimal("0.01")
_REPEATED = OrderAnswers(repeats=Repeats.DROP)
_EUROS = OrderAnswers(currency="EUR")


def _derived(file: OrderFile, folder: Path, answers: OrderAnswers, **how: object) -> tuple[bytes, tuple[str, ...]]:
    target = folder / "customers.csv"
    limits = how.pop("limits", Limits())
    assert isinstance(limits, Limits)
    part_lines = how.pop("part_lines", 1_000_000)
    assert isinstance(part_lines, int)
    report = derive_customers(
        file.write(folder / "orders.csv"), target, answers=answers, limits=limits, part_lines=part_lines
    )
    return target.read_bytes(), report.notes


def _table(data: bytes) -> pd.DataFrame:
    return pd.read_csv(StringIO(data.decode()), dtype=str, keep_default_na=False).set_index("customer_id")


def _of_seven(data: bytes, columns: list[str]) -> list[str]:
    """Some cells of the customer 7."""
    row = _table(data).to_dict("index")["7"]
    return [row[column] for column in columns]


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
    data, _ = _derived(file, tmp_path, answers)
    table = _table(data)
    found = {
        str(customer): (row["recency"], int(row["frequency"]), row["monetary"], int(row["returns"]))
        for customer, row in table.iterrows()
    }
    assert found == oracle(file)
    assert list(table.index) == sorted(table.index)
    shuffled, _ = _derived(file.shuffled(7), tmp_path, answers, limits=Limits(block_bytes=6000), part_lines=150)
    assert shuffled == data


def test_what_else_is_said_of_a_customer(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-01", "10.00"], ["7", "2", "2024-01-04", "10.01"], ["7", "3", "2024-01-08", "0.01"]]
    rows += [["8", "4", "2024-01-11", "5"], ["9", "5", "2024-01-02", "-3.50"]]
    data, notes = _derived(OrderFile(("customer id", "order id", "date", "amount"), rows), tmp_path, OrderAnswers())
    assert data.decode().splitlines() == [
        "customer_id,recency,frequency,monetary,mean_order,tenure,mean_interval,first_order,last_order,returns",
        "7,3,3,20.02,6.67,10,3.50,2024-01-01,2024-01-08,0",
        "8,0,1,5.00,5.00,0,,2024-01-11,2024-01-11,0",
        "9,,0,-3.50,,,,,,1",
    ]
    assert any("1 customer had refunds or cancelled orders only" in note for note in notes)
    assert any("counted to 11 Jan 2024, the file's last day" in note for note in notes)


def test_recency_is_counted_to_the_day_asked_for_and_later_orders_are_left_out(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-01", "10"], ["7", "2", "2024-01-04", "11"], ["8", "3", "2024-01-05", "1"]]
    file = OrderFile(("customer id", "order id", "date", "amount"), rows)
    day = pd.Timestamp("2024-01-02").date()
    data, notes = _derived(file, tmp_path, OrderAnswers(as_of=day))
    assert data.decode().splitlines()[1:] == ["7,1,1,10.00,10.00,1,,2024-01-01,2024-01-01,0"]
    assert "Left out 2 orders: later than 2 Jan 2024." in notes
    with pytest.raises(BadInput, match="No order of a known customer is left"):
        _derived(file, tmp_path, OrderAnswers(as_of=pd.Timestamp("2023-01-02").date()))


def test_refunds_are_ignored_when_asked(tmp_path: Path) -> None:
    rows = [
        ["7", "1", "2024-01-01", "10", "paid"],
        ["7", "2", "2024-01-04", "5", "refunded"],
        ["7", "3", "2024-01-04", "-2", ""],
    ]
    file = OrderFile(("customer id", "order id", "date", "amount", "status"), rows)
    net, _ = _derived(file, tmp_path, OrderAnswers())
    gross, notes = _derived(file, tmp_path, OrderAnswers(gross=True))
    assert _of_seven(net, ["frequency", "monetary", "returns"]) == ["1", "8.00", "2"]
    assert _of_seven(gross, ["frequency", "monetary", "returns"]) == ["2", "15.00", "0"]
    assert "Refunds and cancellations were ignored, as you said." in notes


def test_lines_of_one_order_may_have_states_of_their_own(tmp_path: Path) -> None:
    rows = [
        ["7", "1", "2024-01-01", "10", "shipped"],
        ["7", "1", "2024-01-01", "4", "returned"],
        ["7", "1", "2024-01-01", "2", "cancelled"],
    ]
    file = OrderFile(("customer id", "order id", "date", "amount", "status"), rows)
    data, _ = _derived(file, tmp_path, OrderAnswers())
    assert _of_seven(data, ["frequency", "monetary", "returns"]) == ["1", "10.00", "1"]


def test_a_return_among_sales_gives_money_back_whatever_its_sign(tmp_path: Path) -> None:
    rows = [
        ["7", "1", "2024-01-01", "10", "Sale"],
        ["7", "2", "2024-01-02", "4", "Return"],
        ["7", "3", "2024-01-03", "-1", "Return"],
    ]
    file = OrderFile(("customer id", "order id", "date", "amount", "transaction type"), rows)
    data, _ = _derived(file, tmp_path, OrderAnswers())
    assert _of_seven(data, ["frequency", "monetary", "returns"]) == ["1", "5.00", "2"]


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
    data, notes = _derived(OrderFile(header, rows), tmp_path, OrderAnswers())
    assert _of_seven(data, ["frequency", "monetary"]) == ["8", "80.00"]
    assert {
        "Left out 2 orders of guests, without an id (such as “guest”).",
        "Left out 1 line: the date cannot be read.",
        "Left out 1 line: the amount cannot be read.",
        "Left out 1 order: there is no date.",
        "Left out 1 order: there is no amount.",
        "Left out 1 line: a total, blank, or not as wide as the header.",
    } <= set(notes)


def test_a_file_of_which_more_than_half_cannot_be_read_is_refused(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-01", "1"], ["7", "2", "soon", "1"], ["7", "3", "2024-01-01", "one"]]
    with pytest.raises(BadInput, match="can't read the dates or amounts of 2 of 3 lines"):
        _derived(OrderFile(("customer id", "order id", "date", "amount"), rows), tmp_path, OrderAnswers())


def test_customer_and_currency_may_stand_on_an_orders_first_line_only(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-01", "10", "EUR"], ["", "1", "", "5", ""], ["8", "2", "2024-01-02", "€3", "eur"]]
    file = OrderFile(("customer id", "order id", "date", "amount", "currency"), rows)
    data, notes = _derived(file, tmp_path, OrderAnswers())
    assert _table(data)["monetary"].to_list() == ["15.00", "3.00"]
    assert not any("guests" in note or "Left out" in note for note in notes)


def test_an_id_that_is_a_formula_is_guarded_and_addresses_are_one_whatever_their_case(tmp_path: Path) -> None:
    rows = [
        ["=1+1", "1", "2024-01-01", "10"],
        ["Ann@x.org", "2", "2024-01-01", "1"],
        ["ann@X.org", "3", "2024-01-01", "2"],
    ]
    data, notes = _derived(OrderFile(("customer", "order id", "date", "amount"), rows), tmp_path, OrderAnswers())
    assert _table(data)["monetary"].to_dict() == {"'=1+1": "10.00", "ann@x.org": "3.00"}
    assert any(note.startswith("1 id got a leading apostrophe") for note in notes)


def _asked(file: OrderFile, folder: Path, answers: OrderAnswers) -> Question:
    with pytest.raises(Question) as raised:
        _derived(file, folder, answers)
    assert not (folder / "customers.csv").exists()
    return raised.value


def _empty(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"


def test_several_currencies_are_never_added(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-01", "€10"], ["7", "2", "2024-01-02", "$5"], ["7", "3", "2024-01-02", "5"]]
    file = OrderFile(("customer id", "order id", "date", "amount"), rows)
    question = _asked(file, tmp_path, OrderAnswers())
    assert [choice.key for choice in question.choices] == ["currency=none", "currency=$", "currency=EUR"]
    data, notes = _derived(file, tmp_path, OrderAnswers(currency="EUR"))
    assert _table(data).loc["7", "monetary"] == "10.00"
    assert "Only orders in EUR were read; left out: 1 in no currency, 1 in $." in notes
    data, _ = _derived(file, tmp_path, OrderAnswers(currency="none"))
    assert _table(data).loc["7", "monetary"] == "5.00"
    with pytest.raises(BadInput, match=r"No order is in GBP. The currencies are: \$, EUR, none."):
        _derived(file, tmp_path, OrderAnswers(currency="GBP"))


def test_lines_that_repeat_another_are_asked_about(tmp_path: Path) -> None:
    row = ["7", "1", "2024-01-01", "10"]
    file = OrderFile(("customer id", "order id", "date", "amount"), [row, row, ["7", "1", "2024-01-01", "4"]])
    question = _asked(file, tmp_path, OrderAnswers())
    assert question.asked.startswith("1 line repeats another line in every column, as in order “1”.")
    once, _ = _derived(file, tmp_path, OrderAnswers(repeats=Repeats.DROP))
    each, _ = _derived(file, tmp_path, OrderAnswers(repeats=Repeats.KEEP))
    assert [_table(data).loc["7", "monetary"] for data in (once, each)] == ["14.00", "24.00"]


@pytest.mark.parametrize(("per", "monetary"), [(AmountsPer.LINE, "20.00"), (AmountsPer.ORDER, "10.00")])
def test_an_amount_that_all_lines_of_an_order_have_is_asked_about(
    per: AmountsPer, monetary: str, tmp_path: Path
) -> None:
    rows = [["7", "1", "2024-01-01", "10", "a"], ["7", "1", "2024-01-01", "10", "b"]]
    file = OrderFile(("customer id", "order id", "date", "amount", "product"), rows)
    assert "--amounts-per line or --amounts-per order" in _asked(file, tmp_path, OrderAnswers()).sentence
    data, _ = _derived(file, tmp_path, OrderAnswers(amounts_per=per))
    assert _table(data).loc["7", "monetary"] == monetary


def test_an_order_total_that_differs_within_an_order_is_asked_about(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-01", "10"], ["7", "1", "2024-01-01", "12"]]
    file = OrderFile(("customer id", "order id", "date", "order total"), rows)
    assert [choice.key for choice in _asked(file, tmp_path, OrderAnswers()).choices] == [
        "amounts-per=line",
        "amounts-per=order",
    ]


@pytest.mark.parametrize(("per", "frequency"), [(OrdersPer.LINE, "4"), (OrdersPer.DAY, "2")])
def test_without_order_numbers_lines_of_one_day_are_asked_about(per: OrdersPer, frequency: str, tmp_path: Path) -> None:
    rows = [["7", "2024-01-01", "10"], ["7", "2024-01-01", "4"], ["7", "2024-01-02", "4"]]
    file = OrderFile(("customer id", "date", "amount"), rows)
    assert "No column holds order numbers, and 1 line is" in _asked(file, tmp_path, OrderAnswers()).asked
    data, _ = _derived(
        replace(file, rows=[*rows, rows[0]]), tmp_path, OrderAnswers(orders_per=per, repeats=Repeats.KEEP)
    )
    assert _of_seven(data, ["frequency", "monetary"]) == [frequency, "28.00"]


def test_everything_open_is_asked_at_once(tmp_path: Path) -> None:
    rows = [["7", "1", "3/4/2024", "2,288", "pending"], ["7", "2", "5/6/2024", "1,500", "paid"]]
    file = OrderFile(("customer id", "order id", "date", "amount", "status"), rows)
    question = _asked(file, tmp_path, OrderAnswers())
    assert len(question.sentence.splitlines()) == 3
    for option in ("--dates day-first", "--decimal ,", "--paid STATUS"):
        assert option in question.sentence


def test_lines_of_several_days_with_one_order_number_are_said(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-03", "10"], ["7", "1", "2024-01-01", "4"], ["7", "2", "2024-01-04", "1"]]
    data, notes = _derived(OrderFile(("customer id", "order id", "date", "amount"), rows), tmp_path, OrderAnswers())
    assert _of_seven(data, ["frequency", "first_order"]) == ["2", "2024-01-01"]
    assert "Lines of several days have one order number in 1 order; each is one order, of its first day." in notes


def test_lines_of_separators_alone_are_left_out(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-03", "10", "x"], ["", "", "", "", ""], ["", "", "", "", "x"]]
    header = ("customer id", "order id", "date", "amount", "product")
    data, notes = _derived(OrderFile(header, rows), tmp_path, OrderAnswers())
    assert _of_seven(data, ["frequency", "monetary"]) == ["1", "10.00"]
    assert "Left out 2 lines: a total, blank, or not as wide as the header." in notes


def test_what_was_refunded_in_part_without_saying_how_much_is_said(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-03", "10", "partially refunded"]]
    file = OrderFile(("customer id", "order id", "date", "amount", "status"), rows)
    data, notes = _derived(file, tmp_path, OrderAnswers())
    assert _of_seven(data, ["frequency", "monetary"]) == ["1", "10.00"]
    assert "Refunded in part, but no column says how much: 1 order, counted in full." in notes


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="header but no rows"):
        _derived(OrderFile(("customer id", "date", "amount"), []), tmp_path, OrderAnswers())


def test_a_status_may_be_said_to_count(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-03", "10", "On hold"], ["7", "2", "2024-01-03", "4", "Lost"]]
    file = OrderFile(("customer id", "order id", "date", "amount", "status"), rows)
    said = OrderAnswers(paid=frozenset({"on hold"}), unpaid=frozenset({"lost"}))
    assert _of_seven(_derived(file, tmp_path, said)[0], ["frequency", "monetary"]) == ["1", "10.00"]
    assert [choice.key for choice in _asked(file, _empty(tmp_path), OrderAnswers()).choices] == [
        *("paid=Lost", "unpaid=Lost", "paid=On hold", "unpaid=On hold")
    ]


def test_words_for_nothing_are_nothing(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-01", "10", "EUR", "nan", "NaT"], ["7", "nan", "2024-01-02", "5", "EUR", "paid", "nan"]]
    rows += [["7", "nan", "2024-01-03", "5", "nan", "paid", "nan"], ["NaN", "3", "2024-01-03", "5", "EUR", "paid", "-"]]
    header = ("customer id", "order id", "date", "amount", "currency", "status", "cancelled at")
    data, notes = _derived(OrderFile(header, rows), tmp_path, OrderAnswers(currency="EUR"))
    assert _of_seven(data, ["frequency", "monetary"]) == ["2", "15.00"]
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
