"""How a table of order lines is read: which column holds what, what its statuses say, and what has to be asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import ibis

from segmentation.errors import BadInput
from segmentation.numbers.values import quote
from segmentation.orders.answers import AmountsPer, Discounts, OrderAnswers, OrdersPer, Repeats
from segmentation.orders.cells.nothing import ROUNDED
from segmentation.orders.cells.states import KNOWN_STATES, State, state_of, status_questions
from segmentation.orders.first_cells import BACK, NUMBERS, say_states, share_of_states
from segmentation.orders.headings import Role, is_of_orders, may_be_other_than_status, tells_tests
from segmentation.orders.lines import NOT_CANCELLED
from segmentation.orders.mapping import OrderColumns, columns_by
from segmentation.warehouse.columns import fetch
from segmentation.writing.folding import fold_key

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from segmentation.reading.questions import Question

_MOST_STATUSES: Final = 1000
_MOST_STATES: Final = 50
_NO_STATES: Final[Mapping[str, State]] = {}
_NUMERIC: Final = NUMBERS | {Role.DISCOUNT}


@dataclass(frozen=True)
class OrderTable:
    """How a table of order lines is read.

    Parameters
    ----------
    columns
        Which column holds what.
    answers
        What a person has decided, and what the table settles: its reference day, what an amount is for.
    states
        What each status says, by its text in small letters.
    folded
        Whether these texts are letters and digits only, so that "Partially refunded" is "partiallyrefunded".
    filled
        The roles of columns that stand on some lines of an order only.
    unnumbered
        Whether lines have no order number.
    """

    columns: OrderColumns
    answers: OrderAnswers
    states: Mapping[str, State] = field(default_factory=lambda: _NO_STATES)
    folded: bool = False
    filled: frozenset[Role] = frozenset({Role.CUSTOMER, Role.CURRENCY})
    unnumbered: bool = True

    def has(self, role: Role) -> bool:
        """Tell whether a column has a role."""
        return role in self.columns.places


@dataclass(frozen=True)
class TypedColumns:
    """What a table says of its columns: by their types, and by the texts that the engine counts."""

    table: Table
    answers: OrderAnswers

    def share(self, role: Role, at: int) -> float | None:
        """Return whether a column's type is what a role says, as 1 or 0; of statuses, the share of known ones."""
        kind = self._kind(at)
        if role is Role.STATUS and may_be_other_than_status(self.table.columns[at]):
            counts = count_texts(self.table, self.table.columns[at])
            return share_of_states(self.table.columns[at], counts, self.answers) if counts else None
        if role is Role.CANCELLED and tells_tests(self.table.columns[at]):
            texts = count_texts(self.table, self.table.columns[at])
            return float(not NOT_CANCELLED.issuperset(text.lower() for text in texts))
        if kind.is_boolean() and role in _NUMERIC | {Role.DATE}:
            return 0.0
        # Texts may hold them, which is said when the types are checked.
        unfit = kind.is_numeric() if role is Role.DATE else role in _NUMERIC and (kind.is_date() or kind.is_timestamp())
        return float(not unfit)

    def are_states(self, at: int) -> bool:
        """Tell whether a column holds statuses, some of orders that don't count."""
        if not self._kind(at).is_string():
            return False
        counts = count_texts(self.table, self.table.columns[at], _MOST_STATES + 1)
        return len(counts) <= _MOST_STATES and say_states(list(counts.elements()), self.answers)

    def are_alike(self, places: Sequence[int]) -> bool:
        """Tell whether columns part the rows in the same way, such as an order's id and its number."""
        if len(places) < 2:  # noqa: PLR2004 - one is like itself
            return bool(places)
        names = [self.table.columns[at] for at in places]
        together = self.table.select(*names).distinct()
        counted = together.agg(
            n=together.count(), **{f"n{at}": together[name].nunique() for at, name in enumerate(names)}
        )
        (n, *each) = fetch(counted)[0]
        return all(one == n for one in each)

    def are_rounded(self, at: int) -> bool:
        """Tell whether a column of ids holds some whose last digits a spreadsheet took off."""
        column = self.table[self.table.columns[at]]
        if not column.type().is_string():
            return False
        return bool(fetch(self.table.agg(n=self.table.count(where=trimmed(column).re_search(ROUNDED))))[0][0])

    def gives_back(self, at: int, amount: int) -> bool:
        """Tell whether a column of types says that money was given back in lines whose amount is above zero."""
        name, paid = self.table.columns[at], self.table.columns[amount]
        counts = count_texts(self.table.filter(self.table[paid] > 0), name, _MOST_STATES)
        return any(state_of(text, self.answers) in BACK for text in counts)

    def are_dates(self, at: int) -> bool:
        """Tell whether a column holds dates, by its type."""
        return bool(self._kind(at).is_date() or self._kind(at).is_timestamp())

    def shared(self, _customer: int, _address: int) -> int:
        """Leave it uncounted: it would take a pass over the table."""
        return 0

    def _kind(self, at: int) -> ibis.DataType:
        return self.table.schema()[self.table.columns[at]]


class _Named:
    """Columns of a table that cannot be looked into: they are what a person says."""

    def share(self, _role: Role, _at: int) -> float | None:
        return None

    def are_states(self, _at: int) -> bool:
        return False

    def are_alike(self, _places: Sequence[int]) -> bool:
        return False

    def are_rounded(self, _at: int) -> bool:
        return False

    def gives_back(self, _at: int, _amount: int) -> bool:
        return False

    def are_dates(self, _at: int) -> bool:
        return False

    def shared(self, _customer: int, _address: int) -> int:
        return 0


def order_columns(table: Table, answers: OrderAnswers) -> OrderColumns:
    """Find the columns of a table of order lines as those of a file are found.

    Raises
    ------
    Question
        When several columns may have a role, or nothing tells who bought, when, or for how much.
    BadInput
        When a person named a column that is not there, or a column is of a type that cannot be used.
    """
    columns = columns_by(TypedColumns(table, answers), tuple(table.columns), answers)
    _check_types(table, columns)
    return columns


def order_table(columns: Mapping[Role, str], answers: OrderAnswers) -> OrderTable:
    """Return how a table is read that cannot be looked into: by what a person says, and by the statuses of exports.

    Raises
    ------
    BadInput
        When that leaves open who bought, when, for how much, or what to add.
    """
    found = columns_by(_Named(), tuple(columns.values()), replace(answers, columns=columns))
    for role, open_, sentence in (
        (
            Role.CURRENCY,
            answers.currency is None,
            "Several currencies can't be added. Say which the statement is to read with --currency.",
        ),
        (
            Role.DISCOUNT,
            answers.discounts is None,
            "A statement can't see what the discounts are. Say so with --discount.",
        ),
    ):
        if role in found.places and open_:
            raise BadInput(sentence)
    if Role.ORDER not in found.places and answers.orders_per is None:
        raise BadInput(
            "No column holds order numbers. Name it with --column order=NAME, or say with --orders-per whether each "
            "line is an order, or all lines of a customer's day are one."
        )
    amount = found.name(Role.AMOUNT if Role.AMOUNT in found.places else Role.PRICE)
    if answers.amounts_per is None and is_of_orders(amount):
        raise BadInput(
            f"By its name {quote(amount)} is for the whole order, and a statement can't see whether each line repeats "
            "it. Say what an amount is for with --amounts-per."
        )
    if answers.repeats is Repeats.DROP:
        raise BadInput(
            "A statement can't tell which lines repeat another in every column, as it doesn't know them all. Make a "
            "view with SELECT DISTINCT *, and print the statement for that."
        )
    states = {f"{prefix}{text}": state for text, state in KNOWN_STATES.items() for prefix in ("", "wc")}
    states |= dict.fromkeys(map(fold_key, answers.paid), State.COUNTS)
    states |= dict.fromkeys(map(fold_key, answers.unpaid), State.CANCELLED)
    decided = replace(
        answers,
        amounts_per=answers.amounts_per or AmountsPer.LINE,
        discounts=answers.discounts or Discounts.NONE,
        orders_per=answers.orders_per or OrdersPer.LINE,
    )
    return OrderTable(found, decided, states, folded=True)


@ibis.udf.scalar.builtin(name="trim")  # type: ignore[untyped-decorator]  # Ibis ships no types
def trimmed(text: str) -> str:
    """Return a text without spaces round it; Ibis's own `strip` takes a v off in Spark, too."""
    raise NotImplementedError(text)  # the engine's own function


def count_texts(table: Table, column: str, most: int = _MOST_STATUSES) -> Counter[str]:
    """Return how many rows have each text of a column, blank ones left out; of more than `most`, the first."""
    texts = table.select(text=trimmed(table[column].cast("string")))
    texts = texts.filter(texts["text"].notnull() & (texts["text"] != ""))
    counted = texts.group_by("text").agg(n=texts.count()).order_by("text").limit(most)
    return Counter({str(text): int(rows) for text, rows in fetch(counted)})


def read_states(table: Table, column: str, answers: OrderAnswers) -> tuple[dict[str, State], list[Question]]:
    """Return what the statuses of a table say, by their texts in small letters, and what has to be asked."""
    counts = count_texts(table, column)
    states = {text.casefold(): state_of(text, answers) or State.UNSAID for text in counts}
    return states, list(status_questions(column, counts, answers))


def _check_types(table: Table, columns: OrderColumns) -> None:
    types = table.schema()
    for role in columns.places:
        name = columns.name(role)
        kind = types[name]
        numeric = kind.is_numeric() and not kind.is_boolean()
        dated = kind.is_date() or kind.is_timestamp()
        if (role in _NUMERIC and not numeric) or (role is Role.DATE and not dated):
            needed = "a number" if role in _NUMERIC else "a date"
            raise BadInput(
                f"The column {quote(name)} holds {kind}, but {role.meaning} must be {needed}. Make a view that casts "
                "it to one, and use that view."
            )
