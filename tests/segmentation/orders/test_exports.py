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
}
ASKED: Final = {
    "magento": "2 columns may hold what was paid: “Grand Total (Base)”, “Grand Total (Purchased)”.",
    "lexware": "2 columns may hold what was paid: “Gesamtbetrag netto”, “Gesamtbetrag brutto”.",
    "doubtful": "Does 03/05/2024 mean 3 May 2024 or 5 Mar 2024?",
    "per-line-discount": "the column “discount” holds discounts such as 2.00, 5.00. What are they?",
    "northwind": "the column “Discount” holds discounts such as 0.05, 0.15. What are they?",
    "bigcommerce": "I don't know what “Awaiting Fulfillment” in the column “Order Status” means",
}


def test_every_export_is_here() -> None:
    assert {file.stem for file in EXPORTS.glob("*.csv")} == set(READ)
    assert len(READ) >= 25


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
    with pytest.raises(Question) as raised:
        derive_customers(EXPORTS / f"{name}.csv", tmp_path / "customers.csv")
    assert ASKED[name] in raised.value.asked
    assert set(READ[name][0]) <= {choice.key for choice in raised.value.choices}


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
    ],
)
def test_what_was_made_of_an_export_is_said(name: str, said: str, tmp_path: Path) -> None:
    keys, _ = READ[name]
    report = derive_customers(EXPORTS / f"{name}.csv", tmp_path / "customers.csv", answers=OrderAnswers.parse(keys))
    assert any(said in note for note in report.notes)
