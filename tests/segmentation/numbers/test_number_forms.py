"""The forms people write numbers in."""

from __future__ import annotations

import pytest

from segmentation.numbers.number_forms import (
    DressKind,
    currency_of,
    grouped_number,
    is_doubtful,
    readings,
    scaled,
    taken_apart,
)


@pytest.mark.parametrize(
    ("text", "core", "kind", "word"),
    [
        ("$60,000", "60,000", DressKind.CURRENCY, "$"),
        ("-$60", "-60", DressKind.CURRENCY, "$"),
        ("$-60", "-60", DressKind.CURRENCY, "$"),
        ("R$ 1.234,50", "1.234,50", DressKind.CURRENCY, "R$"),
        ("12 kr", "12", DressKind.CURRENCY, "kr"),
        ("eur 5", "5", DressKind.CURRENCY, "€"),
        ("1'234.50 CHF", "1'234.50", DressKind.CURRENCY, "CHF"),
        ("44,10\u00a0€", "44,10", DressKind.CURRENCY, "€"),
        ("33k$", "33", DressKind.CURRENCY, "$"),
        ("70 %", "70", DressKind.PERCENT, ""),
        ("9K", "9", DressKind.THOUSANDS, ""),
        ("35yrs", "35", DressKind.UNIT, "yrs"),
        ("12 kg", "12", DressKind.UNIT, "kg"),
        ("'30", "30", DressKind.APOSTROPHE, ""),
        ("(60)", "-60", DressKind.ACCOUNTING, ""),
        ("60", "60", DressKind.NONE, ""),
    ],
)
def test_a_number_is_told_from_what_stands_beside_it(text: str, core: str, kind: DressKind, word: str) -> None:
    apart = taken_apart(text)
    assert apart is not None
    assert (apart.core, apart.dress.kind, apart.dress.word) == (core, kind, word)
    assert apart.dress.thousands == ("k" in text.lower() and word not in {"kr", "kg"})


@pytest.mark.parametrize("text", ["", "$", "k", "60)", "(60", "-(60)", "$60 €", "'$60", "about 60", "6" * 49])
def test_what_is_more_than_a_number_is_not_taken_apart(text: str) -> None:
    assert taken_apart(text) is None


@pytest.mark.parametrize("text", ["1,23,4", "12,34", "01,234", "1,2345", "1,234,5", "1 23", "1,234 567", "1_000", ""])
def test_digits_are_grouped_by_three_or_as_in_india(text: str) -> None:
    assert grouped_number(text, ".") is None


def test_a_number_too_large_for_a_float_is_none() -> None:
    assert grouped_number("1e999", ".") is None


def test_a_point_and_a_comma_say_what_the_other_is() -> None:
    assert readings("1.234,5") == (None, 1234.5)
    assert readings("1,234.5") == (1234.5, None)
    assert is_doubtful("-1,234")
    assert not is_doubtful("abc")


def test_a_unit_names_its_currency() -> None:
    assert [currency_of(unit) for unit in ("k$", "$", "EUR", "k€", "kr", "points", "")] == [
        "$", "$", "€", "€", "kr", None, None,
    ]  # fmt: skip


def test_scaling_leaves_no_binary_dust() -> None:
    assert scaled(0.29, 100) == 29
    assert scaled(15000, 0.001) == 15
    assert scaled(1e300, 10) == 1e301
