"""How a table of order lines is read: which column holds what, what its statuses say, and what has to be asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import ibis

from segmentation.errors import BadInput
from segmentation.numbers.values import quote
from segmentation.orders.answers import AmountsPer, Discounts, OrderAnswers, Repeats, ask_all
from segmentation.orders.cells.states import KNOWN_STATES, State, state_of, status_questions
from segmentation.orders.headings import Role, candidates
from segmentation.orders.mapping import known_columns, named_column, role_question
from segmentation.warehouse.columns import fetch
from segmentation.writing.folding import fold_key

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from segmentation.reading.questions import Question

_MOST_STATUSES: Final = 1000
_NUMBERS: Final = frozenset({Role.AMOUNT, Role.PRICE, Role.QUANTITY, Role.REFUND})
_NEEDED: Final = (Role.CUSTOMER, Role.ORDER, Role.DATE)
_OPTIONAL: Final = (Role.CURRENCY, Role.STATUS, Role.REFUND, Role.CANCELLED)


@dataclass(frozen=True)
class OrderTable:
    """How a table of order lines is read.

    Parameters
    ----------
    columns
        By role, the column's name.
    answers
        What a person has decided.
    states
        What each status says, by its text in small letters.
    folded
        Whether these texts are letters and digits only, so that "Partially refunded" is "partiallyrefunded".
    """

    columns: Mapping[Role, str]
    answers: OrderAnswers
    states: Mapping[str, State]
    folded: bool = False

    @property
    def note(self) -> str:
        """The mapping, as a sentence."""
        return f"Columns read: {', '.join(f'{role} from {quote(name)}' for role, name in self.columns.items())}."


def order_columns(names: tuple[str, ...], answers: OrderAnswers) -> dict[Role, str]:
    """Find the columns of order lines by their names.

    Raises
    ------
    Question
        When several columns may have a role.
    BadInput
        When one is missing, or a person named a column that is not there.
    """
    found: dict[Role, str] = {}
    _, known = known_columns(names)
    questions: list[Question] = []
    for role in (*_NEEDED, Role.AMOUNT, Role.PRICE, Role.QUANTITY, *_OPTIONAL):
        if role in {Role.PRICE, Role.QUANTITY} and Role.AMOUNT in found:
            continue
        if (named := answers.columns.get(role)) is not None:
            tier = [named_column(role, named, names)] if named else []
        elif role in known:
            tier = [known[role]]
        else:
            tier = next(iter(candidates(role, [name if name not in found.values() else "" for name in names])), [])
        if len(tier) > 1:
            questions.append(role_question(role, [names[at] for at in tier]))
        if tier:
            found[role] = names[tier[0]]
    ask_all(questions)
    _check_discounts(names, found, answers)
    missing = [role for role in _NEEDED if role not in found]
    if Role.AMOUNT not in found and not {Role.PRICE, Role.QUANTITY} <= found.keys():
        missing.append(Role.AMOUNT)
    if missing:
        lacking = " or ".join(role.meaning for role in missing)
        options = " ".join(f"--column {role}=NAME" for role in missing)
        raise BadInput(
            f"I can't tell which column holds {lacking}. The columns are {', '.join(map(quote, names))}. "
            f"Name it with {options}."
        )
    return found


def _check_discounts(names: tuple[str, ...], found: Mapping[Role, str], answers: OrderAnswers) -> None:
    """Refuse to multiply quantity and price beside a discount, unless a person says that nothing is to be taken off."""
    beside = next(iter(candidates(Role.DISCOUNT, names)), [])
    multiplied = Role.AMOUNT not in found and {Role.PRICE, Role.QUANTITY} <= found.keys()
    if multiplied and beside and answers.discounts is not Discounts.NONE:
        raise BadInput(
            f"What was paid would be quantity × price, and {quote(names[beside[0]])} may have to be taken off. Make a "
            "view with the amount paid, or say --discount none if nothing is."
        )


def order_table(columns: Mapping[Role, str], answers: OrderAnswers) -> OrderTable:
    """Return how a table is read that cannot be looked into: by what a person says, and by the statuses of exports.

    Raises
    ------
    BadInput
        When that leaves open what to add.
    """
    if Role.CURRENCY in columns and answers.currency is None:
        raise BadInput("Several currencies can't be added. Say which the statement is to read with --currency.")
    if answers.repeats is Repeats.DROP:
        raise BadInput(
            "A statement can't tell which lines repeat another in every column, as it doesn't know them all. Make a "
            "view with SELECT DISTINCT *, and print the statement for that."
        )
    states = {f"{prefix}{text}": state for text, state in KNOWN_STATES.items() for prefix in ("", "wc")}
    states |= dict.fromkeys(map(fold_key, answers.paid), State.COUNTS)
    states |= dict.fromkeys(map(fold_key, answers.unpaid), State.CANCELLED)
    per = answers.amounts_per or AmountsPer.LINE
    return OrderTable(columns, replace(answers, amounts_per=per), states, folded=True)


@ibis.udf.scalar.builtin(name="trim")  # type: ignore[untyped-decorator]  # Ibis ships no types
def trimmed(text: str) -> str:
    """Return a text without spaces round it; Ibis's own `strip` takes a v off in Spark, too."""
    raise NotImplementedError(text)  # the engine's own function


def read_states(table: Table, column: str, answers: OrderAnswers) -> tuple[dict[str, State], list[Question]]:
    """Return what the statuses of a table say, by their texts in small letters, and what has to be asked."""
    texts = table.select(text=trimmed(table[column].cast("string")))
    texts = texts.filter(texts["text"].notnull() & (texts["text"] != ""))
    counted = texts.group_by("text").agg(n=texts.count()).order_by("text").limit(_MOST_STATUSES)
    counts = Counter({str(text): int(rows) for text, rows in fetch(counted)})
    states = {text.casefold(): state_of(text, answers) or State.UNSAID for text in counts}
    return states, list(status_questions(column, counts, answers))


def check_types(table: Table, columns: Mapping[Role, str]) -> None:
    """Refuse columns of types that cannot be used.

    Raises
    ------
    BadInput
        With what to do.
    """
    types = table.schema()
    for role, name in columns.items():
        kind = types[name]
        numeric = kind.is_numeric() and not kind.is_boolean()
        dated = kind.is_date() or kind.is_timestamp()
        if (role in _NUMBERS and not numeric) or (role is Role.DATE and not dated):
            needed = "a number" if role in _NUMBERS else "a date"
            raise BadInput(
                f"The column {quote(name)} holds {kind}, but {role.meaning} must be {needed}. Make a view that casts "
                "it to one, and use that view."
            )
