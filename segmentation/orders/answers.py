"""What a person has decided about a file of orders, and the questions that ask for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from segmentation.errors import BadInput
from segmentation.orders.headings import Role
from segmentation.reading.questions import Answers, Choice, Question

_NO_ANSWERS: Final = Answers()
_NOTHING: Final[Mapping[Role, str]] = MappingProxyType({})
_COLUMN: Final = "column."


class DayOrder(StrEnum):
    """Which comes first in a date such as 3/4/2024."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"
    YEAR_FIRST = "year-first"


class Serials(StrEnum):
    """Whether numbers that count days have day and month exchanged, as by a spreadsheet that took one for the other."""

    COUNTED = "counted"
    EXCHANGED = "exchanged"


class AmountsPer(StrEnum):
    """What an amount is for: one line, or the whole order, repeated on each of its lines."""

    LINE = "line"
    ORDER = "order"


class OrdersPer(StrEnum):
    """In a file without order numbers: whether each line is an order, or all lines of a customer's day are one."""

    LINE = "line"
    DAY = "day"


class Discounts(StrEnum):
    """What a discount beside quantity and price is, or that it has been taken off already."""

    LINE = "line"
    PIECE = "piece"
    PERCENT = "percent"
    SHARE = "share"
    NONE = "none"


class Repeats(StrEnum):
    """What becomes of lines that repeat another one in every column."""

    KEEP = "keep"
    DROP = "drop"


@dataclass(frozen=True)
class OrderAnswers:
    """What a person has decided about one file of orders; None and empty while nobody has said.

    Parameters
    ----------
    file
        What is asked about any file: its sheet, and the marks of its numbers.
    columns
        By role, the column's name; an empty name if no column has that role.
    days
        How dates are read whose day and month could change places.
    serials
        How dates are read that are numbers of days.
    currency
        The currency to read; orders in others are left out.
    amounts_per, orders_per, repeats, discounts
        As the enumerations say.
    paid, unpaid
        Status texts, in lower case, of orders that count and that do not.
    as_of
        The day recency is counted to; the file's last day if None. Later orders are left out.
    gross
        Whether refunds and cancellations are ignored, so that every order counts with its full amount.

    Examples
    --------
    >>> answers = OrderAnswers.parse(["dates=day-first", "column.date=Paid at", "unpaid=On hold", "decimal=,"])
    >>> answers.days, dict(answers.columns), answers.unpaid, answers.file.decimal
    (<DayOrder.DAY_FIRST: 'day-first'>, {<Role.DATE: 'date'>: 'Paid at'}, frozenset({'on hold'}), ',')
    """

    file: Answers = _NO_ANSWERS
    columns: Mapping[Role, str] = field(default_factory=lambda: _NOTHING)
    days: DayOrder | None = None
    currency: str | None = None
    amounts_per: AmountsPer | None = None
    orders_per: OrdersPer | None = None
    repeats: Repeats | None = None
    paid: frozenset[str] = frozenset()
    unpaid: frozenset[str] = frozenset()
    as_of: date | None = None
    gross: bool = False
    discounts: Discounts | None = None
    serials: Serials | None = None

    @classmethod
    def parse(cls, keys: Iterable[str]) -> OrderAnswers:
        """Read the keys of chosen choices, the later ones deciding.

        Raises
        ------
        BadInput
            When a key has none of the known forms.
        """
        answers = cls()
        for key in keys:
            answers = answers.with_key(key)
        return answers

    def with_key(self, key: str) -> OrderAnswers:
        """Return these answers and one more; errors as for `parse`."""
        name, _, value = key.partition("=")
        read = _READERS.get(name)
        try:
            if name.startswith(_COLUMN):
                return replace(self, columns={**self.columns, Role(name.removeprefix(_COLUMN)): value})
            return replace(self, file=self.file.with_key(key)) if read is None else read(self, value)
        except ValueError as error:
            raise BadInput("That answer doesn't belong to this file. Send the file again.") from error


_READERS: Final[Mapping[str, Callable[[OrderAnswers, str], OrderAnswers]]] = {
    "dates": lambda answers, value: replace(answers, days=DayOrder(value)),
    "serials": lambda answers, value: replace(answers, serials=Serials(value)),
    "currency": lambda answers, value: replace(answers, currency=value),
    "amounts-per": lambda answers, value: replace(answers, amounts_per=AmountsPer(value)),
    "orders-per": lambda answers, value: replace(answers, orders_per=OrdersPer(value)),
    "repeats": lambda answers, value: replace(answers, repeats=Repeats(value)),
    "discount": lambda answers, value: replace(answers, discounts=Discounts(value)),
    "as-of": lambda answers, value: replace(answers, as_of=date.fromisoformat(value)),
    "paid": lambda answers, value: replace(
        answers, paid=answers.paid | {value.casefold()}, unpaid=answers.unpaid - {value.casefold()}
    ),
    "unpaid": lambda answers, value: replace(
        answers, paid=answers.paid - {value.casefold()}, unpaid=answers.unpaid | {value.casefold()}
    ),
}


def ask_all(questions: Iterable[Question]) -> None:
    """Ask everything that is open at once.

    Raises
    ------
    Question
        With a line for each of the questions, if there is one.
    """
    found = tuple(questions)
    if found:
        choices = tuple(choice for question in found for choice in question.choices)
        parts = tuple(part for question in found for part in question.parts or (question,))
        raise Question(
            "\n".join(question.sentence for question in found),
            "\n".join(question.asked for question in found),
            choices,
            parts,
        )


def question(asked: str, option: str, choices: Mapping[str, str]) -> Question:
    """Make a question that an option of the command line answers.

    Parameters
    ----------
    asked
        What is doubtful, with examples.
    option
        The option's name without its dashes.
    choices
        What the option takes → what it means.
    """
    options = [f"--{option} {value}" for value in choices]
    found = tuple(Choice(f"{option}={value}", label) for value, label in choices.items())
    return Question(f"{asked} Say so with {' or '.join(options)}.", asked, found)
