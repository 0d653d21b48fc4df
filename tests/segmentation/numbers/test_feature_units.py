"""What a number that is too large for its unit is said to look like."""

from __future__ import annotations

import pytest

from segmentation.numbers.values import ValueFault, check_range, read_value
from segmentation.schema import Feature, Role


def spending(unit: str, factor: float) -> Feature:
    return Feature("spend", "Spend", unit, 0, 500, Role.CLUSTER, base_unit_factor=factor)


@pytest.mark.parametrize(
    ("unit", "factor", "said"),
    [
        ("k$", 1000, "looks like dollars; I expect thousands (k$)"),
        ("kEUR", 1000, "looks like euros; I expect thousands (kEUR)"),
        ("kCHF", 1000, "looks like francs; I expect thousands (kCHF)"),
        ("kWh", 1000, "looks like Wh; I expect thousands (kWh)"),
        ("€", 100, "looks like cents; I expect euros"),
        ("thousand visits", 1000, "is too large for thousand visits"),
        ("kg", 100, "is too large for kg"),
    ],
)
def test_a_number_too_large_by_the_units_factor_is_asked_about(unit: str, factor: float, said: str) -> None:
    fault = check_range(spending(unit, factor), 60 * factor)
    assert isinstance(fault, ValueFault)
    assert fault.question == f"Spend {60 * factor} {said}. Did you mean 60?"
    # A file's note says the bounds: whoever reads it may not have typed the number.
    assert fault.sentence.startswith(f"Spend {60 * factor} is outside 0 to 500 {unit}")


def test_a_sign_beside_the_number_changes_nothing() -> None:
    fault = read_value(spending("k€", 1000), "15000 €")
    assert isinstance(fault, ValueFault)
    assert fault.question == "Spend “15000 €” looks like euros; I expect thousands (k€). Did you mean 15?"


@pytest.mark.parametrize("text", ["60k", "$60k", "15000 $", "60-", "abc", "501", "-60000"])
def test_nothing_is_said_of_a_number_in_the_right_unit_or_in_none_at_all(text: str) -> None:
    fault = read_value(spending("k€", 1000), text)
    if isinstance(fault, ValueFault):
        assert not fault.looks
