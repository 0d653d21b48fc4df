"""The currency of each order line: by a column, by the mark beside its amount, by the heading of the amounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from segmentation.numbers.values import quote
from segmentation.orders.cells.nothing import nulled
from segmentation.orders.currencies import currency_code, more_exact
from segmentation.orders.headings import Role
from segmentation.reading.questions import Choice, Question

if TYPE_CHECKING:
    from segmentation.orders.answers import OrderAnswers
    from segmentation.orders.mapping import OrderColumns

# What the column, the mark and the heading say of a line's currency.
Said = tuple[str | None, str | None, str | None]
_SOURCES: Final = ("column", "mark", "heading")


@dataclass(frozen=True)
class LineCurrencies:
    """Tells the currencies of the lines of one export.

    Parameters
    ----------
    columns, answers
        Its columns, and what a person has decided.
    """

    columns: OrderColumns
    answers: OrderAnswers

    def of(
        self, column: pl.Series | None, marks: pl.Series | None, lines: pl.Series | None = None
    ) -> tuple[pl.Series, Counter[Said]]:
        """Return the currency, String, of each line, null if only the heading says it or nothing does.

        The second result counts what contradicts each other, unless a person has said what to go by.

        Parameters
        ----------
        column, marks
            By line, what the column of currencies says, and what stands beside the amount; None if nothing does.
        lines
            How many lines each stands for, if not for one.
        """
        rows = next(len(each) for each in (column, marks) if each is not None)
        none = pl.repeat(None, rows, dtype=pl.String, eager=True)
        if self.columns.heading_decides:
            return none, Counter()
        column, marks = (none if each is None else each for each in (column, marks))
        sources = [each for each in (column, marks) if each.null_count() < rows]
        if not sources or (len(sources) == 1 and self.columns.currency is None):
            return sources[0] if sources else none, Counter()
        pairs = pl.DataFrame({"column": column, "mark": marks})
        ones = pl.repeat(1, rows, dtype=pl.Int64, eager=True)
        counted = pairs.with_columns((ones if lines is None else lines).alias("n")).group_by("column", "mark").sum()
        contradicted: Counter[Said] = Counter()
        found = []
        for of_column, of_mark, number in counted.iter_rows():
            currency, contradicts = self._told(of_column, of_mark)
            found.append((of_column, of_mark, currency))
            if contradicts:
                contradicted[of_column, of_mark, self.columns.currency] += number
        told = pl.DataFrame(found, schema={**pairs.schema, "currency": pl.String}, orient="row")
        joined = pairs.join(told, on=["column", "mark"], how="left", nulls_equal=True, maintain_order="left")
        return joined["currency"], contradicted

    def _told(self, *said: str | None) -> tuple[str | None, bool]:
        """Return the currency of a line of which a column and a mark say something, and whether not all agree."""
        first = next((code for code in said if code is not None), None)
        if first is None:
            return None, False
        agreed, contradicts = first, False
        for other in (*said, self.columns.currency):
            both = agreed if other is None else more_exact(agreed, other)
            contradicts |= both is None
            agreed = both or agreed
        return agreed, contradicts and Role.CURRENCY not in self.answers.columns


def currencies(texts: pl.Series) -> pl.Series:
    """Return the currency, String, that each cell names; null for none."""
    return pl.Series([None if text is None else currency_code(text) for text in nulled(texts)], dtype=pl.String)


def with_contradictions(
    columns: OrderColumns, contradicted: Counter[Said], questions: Sequence[Question]
) -> Sequence[Question]:
    """Ask what to go by if column, marks and heading name different currencies, before which of these is read.

    Parameters
    ----------
    contradicted
        How many lines have what said of their currency.
    questions
        What else is asked.
    """
    if not contradicted:
        return questions
    others = [each for each in questions if not any(choice.key.startswith("currency=") for choice in each.choices)]
    return [_question(columns, contradicted), *others]


def _question(columns: OrderColumns, contradicted: Counter[Said]) -> Question:
    amount = columns.name(columns.money)
    said, _ = min(contradicted.items(), key=lambda pair: (-pair[1], [each or "" for each in pair[0]]))
    ways = {}
    for source, code in zip(_SOURCES, said, strict=True):
        if code is not None:
            ways[source] = _way(source, code, columns, amount)
    lines = contradicted.total()
    parts = ", ".join(what for what, _ in ways.values())
    some = "1 line says" if lines == 1 else f"{lines:,} lines say"
    asked = f"{some} in several ways which currency the amount is in: {parts}. Which is right?"
    options = " or ".join(f'--column currency="{choice.key.partition("=")[2]}"' for _, choice in ways.values())
    return Question(f"{asked} Say so with {options}.", asked, tuple(choice for _, choice in ways.values()))


def _way(source: str, code: str, columns: OrderColumns, amount: str) -> tuple[str, Choice]:
    """Return what a source says, and the choice to go by it."""
    if source == "heading":
        return f"the heading {quote(amount)} names {code}", Choice(
            f"column.currency={amount}", f"Amounts are in {code}, as the heading says"
        )
    if source == "mark":
        return f"{code} stands beside amounts", Choice("column.currency=", f"Go by what stands beside amounts: {code}")
    name = columns.name(Role.CURRENCY)
    return f"the column {quote(name)} holds {code}", Choice(
        f"column.currency={name}", f"Go by the column {quote(name)}: {code}"
    )
