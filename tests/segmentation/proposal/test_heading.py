"""What a heading says of its column."""

from __future__ import annotations

import pytest

from segmentation.proposal.columns.heading import read_heading, unit_of, words_of


@pytest.mark.parametrize(
    ("name", "label", "unit", "factor"),
    [
        ("Annual Income (k$)", "Annual Income", "k$", 1000),
        ("Umsatz in €", "Umsatz", "€", 1),
        ("amount_usd", "Amount", "$", 1),
        ("Rate %", "Rate", "%", 1),
        ("Quote [%]", "Quote", "%", 1),
        ("tenure_months", "Tenure", "months", 1),
        ("Kosten (Tsd. EUR)", "Kosten", "k€", 1000),
        ("Sales (in 1000 EUR)", "Sales", "k€", 1000),
        ("Umsatz (T€)", "Umsatz", "k€", 1000),
        ("Umsatz in TEUR", "Umsatz", "k€", 1000),
        ("Gewinn [TCHF]", "Gewinn", "kCHF", 1000),
        ("Gewicht (t)", "Gewicht (t)", "", 1),
        ("Cost (kr)", "Cost", "kr", 1),
        ("年収(k¥)", "年収", "k¥", 1000),
        ("Day Mins", "Day Mins", "", 1),
        ("Visits (web)", "Visits (web)", "", 1),
        ("TotalCharges", "Total charges", "", 1),
        ("CASH_ADVANCE_TRX", "Cash advance trx", "", 1),
        ("RFM", "RFM", "", 1),
        ("(€)", "(€)", "€", 1),
    ],
)
def test_label_and_unit_are_taken_apart(name: str, label: str, unit: str, factor: float) -> None:
    heading = read_heading(name)
    assert (heading.label, heading.unit, heading.unit_factor, heading.bounds) == (label, unit, factor, None)


@pytest.mark.parametrize(
    ("name", "bounds"),
    [("Spending Score (1-100)", (1, 100)), ("Satisfaction [0 – 10]", (0, 10)), ("Grade (5 to 1)", None)],
)
def test_a_range_in_brackets_gives_bounds(name: str, bounds: tuple[float, float] | None) -> None:
    assert read_heading(name).bounds == bounds


def test_words_are_the_same_however_they_are_joined() -> None:
    assert words_of("CustomerID") == words_of("customer_id") == words_of("Customer-Id") == {"customer", "id"}
    assert words_of("GEBÜHR") == {"gebuhr"}


@pytest.mark.parametrize("text", ["web", "", "kilo", "x", "k"])
def test_other_words_are_no_units(text: str) -> None:
    assert unit_of(text) is None
