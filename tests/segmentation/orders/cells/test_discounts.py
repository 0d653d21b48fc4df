"""Discounts beside quantity and price: taken off exactly as somebody says, from returns as from sales."""

from __future__ import annotations

from pathlib import Path

import pytest
from order_files import OrderFile, derived, of_seven

from segmentation.orders.answers import Discounts, OrderAnswers
from segmentation.reading.questions import Question

_HEADER = ("customer id", "order id", "date", "quantity", "unit price", "discount")


def _file(*lines: tuple[str, str, str]) -> OrderFile:
    return OrderFile(_HEADER, [["7", str(n), "2024-01-01", *line] for n, line in enumerate(lines)])


@pytest.mark.parametrize(
    ("kind", "discount", "monetary"),
    [
        (Discounts.LINE, "2.50", "25.00"),
        (Discounts.PIECE, "2.50", "20.00"),
        (Discounts.PERCENT, "2.50", "26.81"),
        (Discounts.SHARE, "0.025", "26.81"),
        (Discounts.NONE, "2.50", "27.50"),
    ],
)
def test_a_discount_is_what_somebody_says(kind: Discounts, discount: str, monetary: str, tmp_path: Path) -> None:
    # Of four pieces one comes back: what was taken off is not given back.
    file = _file(("4", "9.1667", discount), ("-1", "9.1667", discount)) if kind is not Discounts.LINE else None
    file = file or _file(("3", "9.1667", discount), ("1", "0", ""))
    data, notes = derived(file, tmp_path, OrderAnswers(discounts=kind))
    assert of_seven(data, ["monetary"]) == [monetary]
    assert any(note.startswith("“discount” was ") and note.endswith(", as you said.") for note in notes)


def test_a_percent_sign_says_what_a_discount_is_unless_others_lack_it(tmp_path: Path) -> None:
    data, notes = derived(_file(("1", "10", "5%"), ("1", "10", ""), ("1", "10", "0")), tmp_path, OrderAnswers())
    assert of_seven(data, ["monetary"]) == ["29.50"]
    assert "“discount” was taken off in percent, as its cells say." in notes
    with pytest.raises(Question, match="holds discounts such as 5%, 7"):
        derived(_file(("1", "10", "5%"), ("1", "10", "7")), tmp_path, OrderAnswers())


def test_nothing_is_asked_about_discounts_that_are_all_nothing(tmp_path: Path) -> None:
    data, notes = derived(_file(("1", "10", "0.00"), ("2", "10", "")), tmp_path, OrderAnswers())
    assert of_seven(data, ["monetary"]) == ["30.00"]
    assert not any("taken off" in note for note in notes)


def test_a_line_whose_discount_cannot_be_read_is_left_out_and_said(tmp_path: Path) -> None:
    file = _file(("1", "10", "1"), ("1", "10", "some"), ("1", "10", "2"))
    data, notes = derived(file, tmp_path, OrderAnswers(discounts=Discounts.LINE))
    assert of_seven(data, ["frequency", "monetary"]) == ["2", "17.00"]
    assert "Left out 1 line: the amount can't be read." in notes


def test_what_was_paid_is_less_its_discount_already(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-01", "10", "3"]]
    data, _ = derived(
        OrderFile(("customer id", "order id", "date", "amount", "discount"), rows), tmp_path, OrderAnswers()
    )
    assert of_seven(data, ["monetary"]) == ["10.00"]
