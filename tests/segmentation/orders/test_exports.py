"""Exports as people have them, of many systems and in many languages: each is read rightly, or asked about.

The figures are worked out by hand from the files in `tests/support/exports`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from order_files import customer_table

from segmentation.orders.answers import OrderAnswers
from segmentation.orders.recognise import lists_orders
from segmentation.orders.rfm import derive_customers
from segmentation.reading.questions import Question

EXPORTS: Final = Path(__file__).parents[2] / "support" / "exports"
Row = tuple[str, str, str, str]
# What somebody has answered; then recency, frequency, money and returns by customer.
READ: Final[dict[str, tuple[tuple[str, ...], dict[str, Row]]]] = {
    "shopify": ((), {"ann@example.com": ("1", "2", "44.90", "1"), "bob@example.com": ("", "0", "0.00", "1")}),
    "woocommerce": (
        (),
        {
            "ann@example.com": ("28", "1", "24.90", "0"),
            "bob@example.com": ("", "0", "0.00", "1"),
            "cy@example.com": ("0", "1", "30.00", "0"),
        },
    ),
    "stripe": ((), {"cus_A": ("28", "1", "24.90", "0"), "cus_B": ("", "0", "0.00", "1")}),
    "square-till": ((), {"CUSTA": ("49", "1", "20.00", "0"), "CUSTB": ("2", "1", "0.00", "1")}),
    "etsy": ((), {"anna": ("7", "1", "30.00", "0"), "bobby": ("0", "1", "45.00", "0")}),
    "superstore": (
        (),
        {
            "CG-12520": ("0", "1", "993.90", "0"),
            "DV-13045": ("149", "1", "14.62", "0"),
            "SO-20335": ("384", "1", "957.58", "0"),
        },
    ),
    "uci-retail": (
        (),
        {
            "14527": ("0", "1", "12.50", "1"),
            "17809": ("1", "1", "34.80", "0"),
            "17850": ("13", "1", "35.64", "0"),
        },
    ),
    "uci-retail-ii": ((), {"13085.0": ("1", "1", "164.40", "0"), "16321.0": ("0", "1", "35.40", "1")}),
    "amazon-seller": (
        (),
        {
            "x1@marketplace.amazon.de": ("33", "1", "20.00", "0"),
            "x2@marketplace.amazon.de": ("0", "1", "50.00", "0"),
        },
    ),
    "prestashop": ((), {"J. Dupont": ("7", "2", "1274.90", "0"), "M. Martin": ("", "0", "0.00", "0")}),
    "magento": (
        ("column.amount=Grand Total (Base)",),
        {"ann@example.com": ("28", "1", "24.90", "0"), "bob@example.com": ("0", "1", "30.00", "1")},
    ),
    "lexware": (
        ("column.amount=Gesamtbetrag brutto",),
        {"10001": ("27", "1", "1350.06", "1"), "10002": ("7", "1", "117.81", "0")},
    ),
    "german": ((), {"K1": ("28", "1", "24.90", "0"), "K2": ("0", "1", "1050.00", "0")}),
    "french": ((), {"1": ("0", "2", "1270.50", "0"), "2": ("", "0", "0.00", "1")}),
    "spanish": ((), {"C-1": ("0", "2", "1270.50", "0"), "C-2": ("", "0", "0.00", "0")}),
    "italian": ((), {"C-1": ("0", "2", "1270.50", "0"), "C-2": ("", "0", "0.00", "0")}),
    "japanese": ((), {"A1": ("0", "2", "3400.00", "0"), "A2": ("", "0", "0.00", "0")}),
    "japanese-sjis": ((), {"A1": ("0", "2", "3400.00", "0"), "A2": ("", "0", "0.00", "0")}),
    "bare": ((), {"Ann": ("0", "2", "1270.50", "0"), "Bob": ("7", "1", "50.00", "0")}),
    "iso-zones": (
        (),
        {"a": ("0", "3", "45.00", "0"), "b": ("8", "1", "50.00", "0"), "c": ("0", "1", "3.00", "0")},
    ),
    "doubtful": (("dates=month-first",), {"a": ("0", "2", "32.50", "0"), "b": ("93", "1", "50.00", "0")}),
    "per-line-discount": (("discount=line",), {"a": ("1", "1", "23.00", "0"), "b": ("0", "1", "45.00", "0")}),
    "pct-discount": ((), {"a": ("1", "1", "23.00", "0"), "b": ("0", "1", "47.50", "0")}),
    "northwind": (("discount=share",), {"TOMSP": ("0", "1", "142.29", "0"), "VINET": ("1", "1", "261.10", "0")}),
    "negative-quantity": ((), {"a": ("2", "1", "20.00", "0"), "b": ("1", "1", "0.00", "1")}),
    "paypal": ((), {"ann@example.com": ("21", "1", "24.90", "0"), "bob@example.com": ("1", "1", "0.00", "1")}),
    "ebay": ((), {"ann@example.com": ("27", "1", "24.00", "0"), "bob@example.com": ("0", "1", "50.00", "0")}),
    "bigcommerce": (
        ("paid=Awaiting Fulfillment",),
        {"7": ("21", "1", "24.90", "0"), "8": ("", "0", "0.00", "1")},
    ),
    "swiss-report": ((), {"Huber": ("0", "1", "89.90", "0"), "Meier AG": ("43", "1", "3650.50", "0")}),
    "polish": ((), {"jan_k": ("0", "2", "60.00", "0"), "ola": ("", "0", "0.00", "0")}),
    "turkish": ((), {"M1": ("0", "2", "50.00", "0"), "M2": ("", "0", "0.00", "0")}),
    "brazil": ((), {"Ana": ("0", "2", "1254.50", "0"), "Beto": ("", "0", "0.00", "0")}),
    "dutch": (("column.amount=Bedrag incl. btw",), {"K1": ("0", "2", "48.40", "0"), "K2": ("", "0", "0.00", "0")}),
    "grouped-headings": (
        ("column.amount=Gross",),
        {"Ann": ("0", "2", "36.00", "0"), "Bob": ("26", "1", "12.00", "0")},
    ),
    "net-gross-tax": (
        ("column.amount=gross_amount",),
        {"K1": ("0", "2", "130.90", "0"), "K2": ("25", "1", "59.50", "0")},
    ),
    "excel-serial": ((), {"17": ("23", "2", "30.00", "0"), "18": ("0", "1", "30.00", "0")}),
    "two-digit-years": (("dates=month-first",), {"17": ("23", "2", "30.00", "0"), "18": ("0", "1", "30.00", "0")}),
    "three-dates": ((), {"ann": ("0", "2", "40.00", "0"), "bob": ("12", "1", "20.00", "0")}),
    "dst": ((), {"a": ("210", "2", "30.00", "0"), "b": ("0", "2", "10.00", "0")}),
    "test-orders": (
        (),
        {"ann@example.com": ("0", "2", "35.00", "0"), "dev@shop.example": ("", "0", "0.00", "0")},
    ),
    "one-person-two-ids": (
        (),
        {"C-1": ("62", "1", "10.00", "0"), "C-2": ("0", "2", "60.00", "0"), "C-9": ("31", "1", "20.00", "0")},
    ),
    "ids-case-spaces": (
        (),
        {"AB 12": ("31", "1", "20.00", "0"), "ab 12": ("0", "2", "40.00", "0"), "ab12": ("2", "1", "30.00", "0")},
    ),
    "woo-analytics": ((), {"Ann A": ("1", "2", "30.00", "0"), "Bob B": ("", "0", "0.00", "1")}),
    "part-payments": (
        ("paid=Deposit", "paid=Balance"),
        {"Ann": ("35", "1", "500.00", "0"), "Bob": ("2", "1", "50.00", "1")},
    ),
    "total-on-each-line": (
        ("amounts-per=order",),
        {"c1": ("0", "2", "34.80", "0"), "c2": ("3", "1", "54.90", "0")},
    ),
    "invoices-outstanding": (
        ("column.amount=Paid", "paid=Partially paid", "unpaid=Overdue"),
        {"Ann": ("27", "1", "100.00", "0"), "Bob": ("26", "1", "50.00", "0")},
    ),
    "gift-cards": (
        ("column.amount=line_total",),
        {"ann@example.com": ("0", "2", "50.00", "0"), "bob@example.com": ("31", "1", "50.00", "0")},
    ),
    "stripe-invoices": (
        ("column.amount=Amount Paid", "unpaid=open"),
        {"ann@example.com": ("2", "2", "40.00", "0"), "bob@example.com": ("", "0", "0.00", "0")},
    ),
    "sale-return-exchange": (
        ("paid=Exchange",),
        {"a": ("3", "1", "6.00", "1"), "b": ("0", "2", "26.00", "0")},
    ),
    "subtotals": ((), {"Ann": ("23", "2", "30.00", "0"), "Bob": ("0", "1", "5.00", "0")}),
    "negative-qty-total": ((), {"m1": ("5", "1", "5.00", "1"), "m2": ("0", "1", "40.00", "0")}),
    "erp-documents": ((), {"10001": ("0", "2", "1666.00", "1"), "10002": ("63", "1", "238.00", "0")}),
    "credit-memos": (
        ("column.status=Document Type",),
        {"C1": ("21", "2", "50.00", "1"), "C2": ("0", "1", "70.00", "0")},
    ),
    "till-tender-lines": (
        ("unpaid=TENDER", "unpaid=CHANGE"),
        {"M1": ("1", "1", "15.00", "0"), "M2": ("0", "1", "10.00", "0")},
    ),
    "settlement-report": (
        ("column.status=amount-type", "paid=ItemPrice", "unpaid=ItemFees"),
        {"a@x.com": ("10", "1", "23.80", "0"), "b@x.com": ("7", "1", "40.00", "1")},
    ),
    "rounded-ids": ((), {"9876540000001": ("1", "1", "5.00", "0"), "9876540000002": ("0", "1", "7.00", "0")}),
    "rounded-order-numbers": (
        ("column.order=",),
        {"c1": ("1", "2", "30.00", "0"), "c2": ("0", "1", "30.00", "0")},
    ),
    "cash-customers": ((), {"Ann": ("23", "1", "10.00", "0"), "Bob": ("0", "1", "4.00", "0")}),
    "strange-years": ((), {"c1": ("27", "1", "10.00", "0"), "c2": ("0", "2", "80.00", "0")}),
    "weighed-goods": ((), {"K1": ("0", "2", "8.95", "0"), "K2": ("23", "1", "16.13", "0")}),
    "mangled-dates": (
        ("serials=exchanged",),
        {"c1": ("111", "2", "30.00", "0"), "c2": ("0", "2", "35.00", "0")},
    ),
    "heading-chf": ((), {"C-1": ("10", "2", "1270.50", "0"), "C-2": ("0", "1", "80.00", "0")}),
    "price-usd": ((), {"c1": ("1", "1", "20.00", "0"), "c2": ("0", "1", "20.00", "0")}),
    "two-currencies-side-by-side": (
        ("column.amount=Total (USD)",),
        {"c1": ("1", "1", "8.80", "1"), "c2": ("0", "1", "22.00", "0")},
    ),
    "shop-and-presentment-money": (
        ("column.amount=shop_money_amount",),
        {"c1": ("1", "1", "10.00", "0"), "c2": ("0", "1", "20.00", "0")},
    ),
    "qty-price-tax": ((), {"a": ("31", "1", "25.00", "0"), "b": ("0", "1", "20.00", "0")}),
}
ASKED: Final = {
    "mangled-dates": "Is 45356 5 Mar 2024 or 3 May 2024?",
    "credit-memos": "2 columns may hold the order's status: “Status”, “Document Type”.",
    "till-tender-lines": "I don't know what “CHANGE”, “TENDER” in the column “Line Type” mean",
    "settlement-report": "may hold the order's status: “transaction-type”, “amount-type”, “amount-description”.",
    "rounded-order-numbers": "A spreadsheet took the last digits off order numbers in “Order ID”",
    "two-currencies-side-by-side": "2 columns may hold what was paid: “Total (EUR)”, “Total (USD)”.",
    "shop-and-presentment-money": "may hold what was paid: “shop_money_amount”, “presentment_money_amount”.",
    "dutch": "2 columns may hold what was paid: “Bedrag excl. btw”, “Bedrag incl. btw”.",
    "grouped-headings": "2 columns may hold what was paid: “Net”, “Gross”.",
    "net-gross-tax": "2 columns may hold what was paid: “net_amount”, “gross_amount”.",
    "two-digit-years": "Does 3/5/24 mean 3 May 2024 or 5 Mar 2024?",
    "part-payments": "I don't know what “Balance”, “Deposit” in the column “Type” mean",
    "total-on-each-line": "“Total” are the same on all lines of 1 order of several",
    "invoices-outstanding": "2 columns may hold what was paid: “Total”, “Paid”.",
    "gift-cards": "2 columns may hold what was paid: “line_total”, “amount_paid”.",
    "stripe-invoices": "2 columns may hold what was paid: “Total”, “Amount Paid”.",
    "sale-return-exchange": "I don't know what “Exchange” in the column “Transaction Type” means",
    "magento": "2 columns may hold what was paid: “Grand Total (Base)”, “Grand Total (Purchased)”.",
    "lexware": "2 columns may hold what was paid: “Gesamtbetrag netto”, “Gesamtbetrag brutto”.",
    "doubtful": "Does 03/05/2024 mean 3 May 2024 or 5 Mar 2024?",
    "per-line-discount": "the column “discount” holds discounts such as 2.00, 5.00. What are they?",
    "northwind": "the column “Discount” holds discounts such as 0.05, 0.15. What are they?",
    "bigcommerce": "I don't know what “Awaiting Fulfillment” in the column “Order Status” means",
}


def test_every_export_is_here() -> None:
    assert {file.stem for file in EXPORTS.glob("*.csv")} == set(READ)
    assert len(READ) >= 50


@pytest.mark.parametrize("name", READ)
def test_an_export_is_recognised_and_read(name: str, tmp_path: Path) -> None:
    source, target = EXPORTS / f"{name}.csv", tmp_path / "customers.csv"
    assert lists_orders(source)
    keys, expected = READ[name]
    derive_customers(source, target, answers=OrderAnswers.parse(keys))
    table = customer_table(target.read_bytes())[["recency", "frequency", "monetary", "returns"]]
    assert {str(who): tuple(row) for who, row in table.iterrows()} == expected


@pytest.mark.parametrize("name", [name for name, (keys, _) in READ.items() if keys])
def test_what_is_doubtful_in_an_export_is_asked(name: str, tmp_path: Path) -> None:
    keys, given = set(READ[name][0]), list[str]()
    with pytest.raises(Question) as raised:
        derive_customers(EXPORTS / f"{name}.csv", tmp_path / "customers.csv")
    assert ASKED[name] in raised.value.asked
    # What a column holds is asked first: the rest can't be looked at before.
    while found := [choice.key for choice in raised.value.choices if choice.key in keys - {*given}]:
        given += found
        if keys == {*given}:
            return
        with pytest.raises(Question) as raised:
            derive_customers(EXPORTS / f"{name}.csv", tmp_path / "customers.csv", answers=OrderAnswers.parse(given))
    pytest.fail(f"nobody asked about {keys - {*given}}")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("amazon-seller", "This is an export of Amazon."),
        ("prestashop", "This is an export of PrestaShop."),
        ("german", "01.04.2024 was read as 1 Apr 2024, day first, as dates with dots are."),
        ("square-till", "amount from “Net Sales”"),
        ("paypal", "payee from “To Email Address”"),
        ("pct-discount", "“discount_percent” was taken off in percent, as its cells say."),
        ("uci-retail", "Left out 1 order of guests"),
        ("erp-documents", "status from “Belegart”"),
        ("rounded-ids", "A spreadsheet took the last digits off ids such as “1.23457E+12”, so they tell nobody apart."),
        ("cash-customers", "Left out 2 orders of guests, without an id (such as “Barverkauf”, “Laufkundschaft”)."),
        ("strange-years", "Left out 2 lines: the date can't be read. The year of “0001-01-01” is not between 1971 and"),
        ("mangled-dates", "45356 was read as 3 May 2024, with day and month exchanged, as you said."),
        ("heading-chf", "the currency CHF from the heading “Betrag CHF”"),
        (
            "two-currencies-side-by-side",
            "refund from “Refunded (USD)”, the currency USD from the heading “Total (USD)”",
        ),
        ("shop-and-presentment-money", "currency from “shop_money_currency”"),
        ("swiss-report", "Skipped 2 lines above the header."),
        ("excel-serial", "In “Order Date”, 45356 was read as 5 Mar 2024: spreadsheets count days like that."),
        ("test-orders", "cancelled from “test”"),
        ("one-person-two-ids", "In the first rows an address in “customer_email” has several customers"),
        ("ids-case-spaces", "2 ids differ from another only in capitals or spaces; each is a customer of its own."),
        ("part-payments", "Lines of several days have one order number in 2 orders"),
    ],
)
def test_what_was_made_of_an_export_is_said(name: str, said: str, tmp_path: Path) -> None:
    keys, _ = READ[name]
    report = derive_customers(EXPORTS / f"{name}.csv", tmp_path / "customers.csv", answers=OrderAnswers.parse(keys))
    assert any(said in note for note in report.notes)
