"""Discounts beside a quantity and a price: what they are is asked, unless their cells say so with a percent sign."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from segmentation.numbers.number_forms import NumberStyle
from segmentation.numbers.values import quote
from segmentation.orders.answers import Discounts, question
from segmentation.orders.cells.amounts import MILLION, product, read_amounts
from segmentation.orders.cells.dates import trimmed
from segmentation.reading.questions import Question

_NONE: Final = r"^[-0.,\s%]*$"
_SHOWN: Final = 3
_WHOLE: Final = {Discounts.SHARE: MILLION, Discounts.PERCENT: 100 * MILLION}


class DiscountEvidence:
    """What a column of discounts holds besides zeros."""

    def __init__(self) -> None:
        self.examples: list[str] = []
        self._percent = self._plain = False

    def add(self, cells: pl.Series) -> None:
        """Take in some cells."""
        texts = trimmed(cells)
        some = texts.filter(~texts.str.contains(_NONE)).unique()
        percent = some.str.ends_with("%")
        self._percent |= bool(percent.any())
        self._plain |= not percent.all()
        self.examples = sorted({*self.examples, *some.sort().head(_SHOWN)})[:_SHOWN]

    def read_as(self, answer: Discounts | None) -> Discounts:
        """Return what the discounts are, once nothing is open."""
        if answer is not None:
            return answer
        return Discounts.PERCENT if self._percent else Discounts.NONE

    def questions(self, column: str, answer: Discounts | None) -> Iterator[Question]:
        """Ask what the discounts are, unless a person or a percent sign in every cell says so."""
        if answer is None and self._plain:
            shown = ", ".join(self.examples)
            yield question(
                f"What was paid is quantity × price, and the column {quote(column)} holds discounts such as {shown}. "
                "What are they?",
                "discount",
                {
                    "line": "An amount off the line",
                    "piece": "An amount off each piece",
                    "percent": "A percentage, such as 5 for 5 %",
                    "share": "A share, such as 0.05 for 5 %",
                    "none": "Already in the price: take nothing off",
                },
            )

    def note(self, column: str, answer: Discounts | None) -> Iterator[str]:
        """Say what was taken off."""
        if not self.examples:
            return
        said = {
            Discounts.LINE: "was taken off each line",
            Discounts.PIECE: "was taken off the price of each piece",
            Discounts.PERCENT: "was taken off in percent",
            Discounts.SHARE: "was taken off as a share",
            Discounts.NONE: "was not taken off",
        }[self.read_as(answer)]
        yield f"{quote(column)} {said}, as {'its cells say' if answer is None else 'you said'}."


def read_discounts(cells: pl.Series, style: NumberStyle) -> pl.Series:
    """Return discounts, Int64 in millionths, 0 for empty cells; null for those that are none."""
    texts = trimmed(cells).str.strip_suffix("%").str.strip_chars_end()
    found = read_amounts(texts, style)["amount"]
    return found.zip_with(texts != "", pl.Series([0], dtype=pl.Int64))


def discounted(price: pl.Expr, quantity: pl.Expr, discount: pl.Expr, kind: Discounts) -> pl.Expr:
    """Return what was paid, Int128 in millionths: less for a sale, and less given back for a return."""
    size = discount.abs()
    if kind is Discounts.PIECE:
        return product(price - size, quantity)
    paid = product(price, quantity)
    if kind is Discounts.LINE:
        return paid - paid.sign() * size.cast(pl.Int128)
    if kind is Discounts.NONE:
        return paid
    whole = _WHOLE[kind]
    kept = paid.abs() * (whole - size.cast(pl.Int128))
    return paid.sign() * ((2 * kept + whole) // (2 * whole))
