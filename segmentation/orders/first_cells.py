"""What the first rows of an export say of its columns: whether they are what their names mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from segmentation.numbers.number_forms import MARKS, NumberStyle
from segmentation.orders.cells.amounts import read_amounts
from segmentation.orders.cells.dates import read_days, trimmed
from segmentation.orders.cells.states import State, state_of
from segmentation.orders.headings import Role, may_be_other_than_status

if TYPE_CHECKING:
    import polars as pl

    from segmentation.orders.answers import OrderAnswers

_NEARLY_ALL: Final = 0.9
_MOST_STATES: Final = 50
NUMBERS: Final = frozenset({Role.AMOUNT, Role.PRICE, Role.QUANTITY, Role.REFUND})
_BACK: Final = frozenset({State.PARTLY_REFUNDED, State.REFUNDED, State.CANCELLED})


class ColumnEvidence(Protocol):
    """What is known of columns besides their names; each is given by its position."""

    def share(self, role: Role, at: int) -> float | None:
        """Return the share of a column's filled cells that are what a role says; None if all are empty."""

    def are_states(self, at: int) -> bool:
        """Tell whether a column holds statuses, some of orders that don't count."""

    def are_alike(self, places: Sequence[int]) -> bool:
        """Tell whether columns part the rows in the same way, such as an order's id and its number."""

    def are_dates(self, at: int) -> bool:
        """Tell whether a column whose name says nothing of dates holds such."""


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
        if role is Role.DATE:
            return 1 - read_days(filled, {}).null_count() / len(filled)
        if role is Role.STATUS and may_be_other_than_status(self.header[at]):
            return 1 - sum(state_of(text, self.answers) is None for text in filled) / len(filled)
        if role in NUMBERS:
            missed = [read_amounts(filled, NumberStyle(decimal=mark))["amount"].null_count() for mark in MARKS]
            return 1 - min(missed) / len(filled)
        return 1.0

    def are_states(self, at: int) -> bool:
        """Tell whether a column holds statuses, some of orders that don't count."""
        filled = self._filled(at)
        return filled.n_unique() <= _MOST_STATES and say_states(filled.to_list(), self.answers)

    def are_alike(self, places: Sequence[int]) -> bool:
        """Tell whether columns part the rows in the same way, such as an order's id and its number."""
        names = [f"c{at}" for at in places]
        together = self.cells.n_unique(names) if names else 0
        return all(self.cells[name].n_unique() == together for name in names)

    def are_dates(self, at: int) -> bool:
        """Tell whether a column whose name says nothing of dates holds such."""
        # Numbers alone may be dates too, but only below a name that says so.
        if self.cells[f"c{at}"].str.contains(r"^[0-9]+$").any():
            return False
        share = self.share(Role.DATE, at)
        return share is not None and share >= _NEARLY_ALL

    def _filled(self, at: int) -> pl.Series:
        filled = trimmed(self.cells[f"c{at}"])
        return filled.filter(filled != "")


def say_states(texts: Sequence[str], answers: OrderAnswers) -> bool:
    """Tell whether nearly all of some texts are known statuses, some of orders that don't count."""
    states = [state_of(text, answers) for text in texts]
    known = [state for state in states if state is not None]
    return len(known) >= max(1, _NEARLY_ALL * len(states)) and not _BACK.isdisjoint(known)
