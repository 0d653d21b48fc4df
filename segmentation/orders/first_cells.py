"""What the first rows of an export say of its columns: whether they are what their names mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import polars as pl

from segmentation.numbers.number_forms import MARKS, NumberStyle
from segmentation.orders.cells.amounts import read_amounts
from segmentation.orders.cells.dates import read_days, trimmed
from segmentation.orders.cells.nothing import ROUNDED
from segmentation.orders.cells.states import State, state_of, tell_lines
from segmentation.orders.currencies import currency_code, is_currency
from segmentation.orders.headings import Role, may_be_other_than_status, names_types, tells_tests

if TYPE_CHECKING:
    from segmentation.orders.answers import OrderAnswers

_NEARLY_ALL: Final = 0.9
_MOST_STATES: Final = 50
NUMBERS: Final = frozenset({Role.AMOUNT, Role.PRICE, Role.QUANTITY, Role.REFUND})
BACK: Final = frozenset({State.PARTLY_REFUNDED, State.REFUNDED, State.CANCELLED})


# Numbers that say whether something was paid, not how much.
_SAY_WHETHER: Final = frozenset({"0", "1"})
_SAY_NO: Final = frozenset({"0", "f", "false", "n", "no", "nein", "non"})


class ColumnEvidence(Protocol):
    """What is known of columns besides their names; each is given by its position."""

    def share(self, role: Role, at: int) -> float | None:
        """Return the share of a column's filled cells that are what a role says; None if all are empty."""

    def are_states(self, at: int) -> bool:
        """Tell whether a column holds statuses, some of orders that don't count."""

    def are_alike(self, places: Sequence[int]) -> bool:
        """Tell whether columns part the rows in the same way, such as an order's id and its number."""

    def are_rounded(self, at: int) -> bool:
        """Tell whether a column of ids holds some whose last digits a spreadsheet took off."""

    def gives_back(self, at: int, amount: int) -> bool:
        """Tell whether a column of types says that money was given back in lines whose amount is above zero."""

    def are_dates(self, at: int) -> bool:
        """Tell whether a column whose name says nothing of dates holds such."""

    def shared(self, customer: int, address: int) -> int:
        """Return how many addresses have several customers."""


@dataclass(frozen=True)
class FirstCells:
    """The first rows of a file.

    Parameters
    ----------
    header
        All names.
    cells
        String columns `c0`, `c1`, ….
    answers
        What a person has decided, such as about statuses.
    """

    header: tuple[str, ...]
    cells: pl.DataFrame
    answers: OrderAnswers

    def share(self, role: Role, at: int) -> float | None:
        """Return the share of a column's filled cells that are what a role says; None if all are empty."""
        filled = self._filled(at)
        if filled.is_empty():
            return None
        unfit = 0.0
        if role is Role.DATE:
            unfit = read_days(filled, {}, any_year=True).null_count()
        if role is Role.STATUS and may_be_other_than_status(self.header[at]):
            unfit = len(filled) * (1 - share_of_states(self.header[at], Counter(filled), self.answers))
        if role is Role.CANCELLED and tells_tests(self.header[at]):
            unfit = len(filled) * _SAY_NO.issuperset(filled.str.to_lowercase())
        if role in NUMBERS:
            unfit = min(read_amounts(filled, NumberStyle(decimal=mark))["amount"].null_count() for mark in MARKS)
        if role is Role.CURRENCY:
            unfit = sum(not is_currency(currency_code(text)) for text in filled)
        if role is Role.AMOUNT and _SAY_WHETHER.issuperset(filled):
            unfit = len(filled)
        return 1 - unfit / len(filled)

    def are_states(self, at: int) -> bool:
        """Tell whether a column holds statuses, some of orders that don't count."""
        filled = self._filled(at)
        return filled.n_unique() <= _MOST_STATES and say_states(filled.to_list(), self.answers)

    def are_alike(self, places: Sequence[int]) -> bool:
        """Tell whether columns part the rows in the same way, such as an order's id and its number."""
        names = [f"c{at}" for at in places]
        together = self.cells.n_unique(names) if names else 0
        return all(self.cells[name].n_unique() == together for name in names)

    def are_rounded(self, at: int) -> bool:
        """Tell whether a column of ids holds some whose last digits a spreadsheet took off."""
        return bool(self._filled(at).str.contains(ROUNDED).any())

    def gives_back(self, at: int, amount: int) -> bool:
        """Tell whether a column of types says that money was given back in lines whose amount is above zero."""
        types = trimmed(self.cells[f"c{at}"])
        back = [text for text in types.unique() if state_of(text, self.answers) in BACK]
        amounts = trimmed(self.cells[f"c{amount}"].filter(types.is_in(back)))
        return any((read_amounts(amounts, NumberStyle(decimal=mark))["amount"] > 0).any() for mark in MARKS)

    def are_dates(self, at: int) -> bool:
        """Tell whether a column whose name says nothing of dates holds such."""
        # Numbers alone may be dates too, but only below a name that says so.
        if self.cells[f"c{at}"].str.contains(r"^[0-9.]+$").any():
            return False
        share = self.share(Role.DATE, at)
        return share is not None and share >= _NEARLY_ALL

    def shared(self, customer: int, address: int) -> int:
        """Return how many addresses have several customers."""
        pairs = pl.DataFrame(
            {"who": trimmed(self.cells[f"c{customer}"]), "address": trimmed(self.cells[f"c{address}"])}
        )
        pairs = pairs.with_columns(pl.col("address").str.to_lowercase())
        pairs = pairs.filter((pl.col("who") != "") & pl.col("address").str.contains("@", literal=True)).unique()
        return pairs.filter(pl.col("address").is_duplicated())["address"].n_unique()

    def _filled(self, at: int) -> pl.Series:
        filled = trimmed(self.cells[f"c{at}"])
        return filled.filter(filled != "")


def share_of_states(heading: str, texts: Counter[str], answers: OrderAnswers) -> float:
    """Return the share of a column's cells that are known statuses; all, if they say which lines are no sales.

    Parameters
    ----------
    texts
        How many rows have each.
    """
    states = {text: state_of(text, answers) for text in texts}
    if names_types(heading) and len(texts) <= _MOST_STATES and tell_lines(states.values(), texts):
        return 1.0
    return sum(rows for text, rows in texts.items() if states[text] is not None) / texts.total()


def say_states(texts: Sequence[str], answers: OrderAnswers) -> bool:
    """Tell whether nearly all of some texts are known statuses, some of orders that don't count."""
    states = [state_of(text, answers) for text in texts]
    known = [state for state in states if state is not None]
    return len(known) >= max(1, _NEARLY_ALL * len(states)) and not BACK.isdisjoint(known)
