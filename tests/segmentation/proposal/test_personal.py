"""Personal data are recognised by their form or their heading, and other columns are not taken for them."""

from __future__ import annotations

import polars as pl
import pytest

from segmentation.proposal.columns.heading import read_heading
from segmentation.proposal.columns.personal import personal_data


def found(heading: str, cells: list[str], *, dates: bool = False) -> str:
    return personal_data(pl.Series(cells), read_heading(heading), dates=dates)


PEOPLE = [
    f"{first} {last}"
    for first in ("Anna", "Jörg", "Zoë", "Mehmet", "José")
    for last in ("Koch", "O'Neil", "Weiß", "Yılmaz", "Silva")
]
# Made up, with right check digits: the ones cards are tested with.
CARDS = ["4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005", "6011111111111117"]


@pytest.mark.parametrize(
    ("heading", "cells", "what"),
    [
        ("contact", ["a@example.org", "b.c@example.com"], "e-mail addresses"),
        ("E-Mail", ["a@example.org", "unknown", "b@x"], "e-mail addresses"),
        ("contact", ["+49 170 1234567", "+1 (555) 010-9999"], "phone numbers"),
        ("contact", ["030/1234567", "(0221) 998877"], "phone numbers"),
        ("contact", ["555-010-9999", "(555) 010-9998"], "phone numbers"),
        ("Mobile", ["1701234567", "1707654321"], "phone numbers"),
        ("x", CARDS, "card numbers"),
        ("Card number", ["1234567890123456", "1234567890123457"], "card numbers"),
        ("x", [*CARDS * 5, "unknown"], "card numbers"),
        ("konto", ["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32"], "account numbers (IBAN)"),
        ("tax", ["078-05-1120", "219-09-9999"], "social security numbers"),
        ("SSN", ["078051120", "219099999"], "numbers of identity papers"),
        ("host", ["10.0.0.1", "192.168.0.7"], "IP addresses"),
        ("where", ["12 Main Street", "7b Elm Ave, Apt 3", "1 Long Winding Rd"], "street addresses"),
        ("wo", ["Hauptstraße 5", "Am Alten Weg 12", "Schloßallee 1"], "street addresses"),
        ("Adresse", ["Hof Lindenau", "Gut Sonnenberg"], "addresses"),
        ("Last name", ["Koch", "Weiß", "de la Cruz"], "names"),
        ("客户姓名 / 姓名", ["王芳", "李伟"], "names"),
        ("who", PEOPLE, "names"),
    ],
)
def test_personal_data_are_recognised(heading: str, cells: list[str], what: str) -> None:
    assert found(heading, cells) == what


def test_dates_of_birth_are_told_from_other_dates() -> None:
    days = ["1990-01-02", "1985-12-31"]
    assert found("Date of birth", days, dates=True) == "dates of birth"
    assert found("Signup date", days, dates=True) == ""


@pytest.mark.parametrize(
    ("heading", "cells"),
    [
        ("Product name", ["Basic", "Gold"]),
        ("Plan", ["Starter", "Team", "Enterprise"]),
        ("share", ["0.1234567", "0.7654321"]),
        ("amount", ["1234567.89", "100.00"]),
        ("id", ["000012345678", "000012345679"]),
        ("order", ["CU00012345678901", "CU00012345678902"]),
        ("long", ["4111111111111112", "4111111111111113", "4111111111111114"]),
        ("names", ["12", "13"]),
        ("Address", ["same", "same"]),
        ("city", ["New York", "San Francisco", "Los Angeles"]),
    ],
)
def test_other_columns_are_not_taken_for_personal_data(heading: str, cells: list[str]) -> None:
    assert found(heading, cells) == ""
