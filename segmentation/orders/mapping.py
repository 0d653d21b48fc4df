"""Which column of an order export holds what: by its name, checked against its first rows; asked where two fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from segmentation.errors import BadInput
from segmentation.numbers.values import quote
from segmentation.orders.answers import OrderAnswers, ask_all
from segmentation.orders.currencies import currency_in, more_exact
from segmentation.orders.first_cells import ColumnEvidence, FirstCells
from segmentation.orders.headings import (
    Role,
    addresses_in,
    candidates,
    key_of,
    may_be_names,
    no_other_reading,
    pairing,
    types_in,
)
from segmentation.orders.known_exports import KNOWN_EXPORTS
from segmentation.orders.scales import scale_in
from segmentation.reading.questions import Choice, Question

if TYPE_CHECKING:
    import polars as pl

_HALF: Final = 0.5
_NONE_SHARED: Final[Mapping[str, int]] = MappingProxyType({})
_NAMED: Final = 20
_OPTIONAL: Final = (*(Role.ORDER, Role.CURRENCY, Role.STATUS, Role.REFUND, Role.CANCELLED, Role.DISCOUNT, Role.PAYEE),)


@dataclass(frozen=True)
class OrderColumns:
    """The columns of an order export.

    Parameters
    ----------
    header
        All names, as people can read them.
    places
        By role, the column's position.
    export
        The system whose export it is, if its header tells; empty otherwise.
    shared
        By the name of a column of addresses, how many of them have several customers in the first rows.
    currency
        The currency that the heading of what was paid names, unless a person named a column of currencies.
    heading_decides
        Whether a person said that all amounts are in that one.
    """

    header: tuple[str, ...]
    places: Mapping[Role, int]
    export: str = ""
    shared: Mapping[str, int] = field(default_factory=lambda: _NONE_SHARED)
    currency: str | None = None
    heading_decides: bool = False

    @property
    def used(self) -> tuple[int, ...]:
        """The positions of the columns that are read."""
        return tuple(sorted(set(self.places.values())))

    def name(self, role: Role) -> str:
        """Return the name of the column with a role."""
        return self.header[self.places[role]]

    @property
    def money(self) -> Role:
        """The role of the column that says how much was paid."""
        return Role.AMOUNT if Role.AMOUNT in self.places else Role.PRICE

    @property
    def note(self) -> str:
        """The mapping, as a sentence."""
        read = [f"{role} from {quote(self.name(role))}" for role in Role if role in self.places]
        if self.currency is not None:
            read.append(f"the currency {self.currency} from the heading {quote(self.name(self.money))}")
        return f"{f'This is an export of {self.export}. ' if self.export else ''}Columns read: {', '.join(read)}."


def find_columns(header: Sequence[str], cells: pl.DataFrame, answers: OrderAnswers) -> OrderColumns:
    """Find the columns of customers, orders, dates and amounts.

    Parameters
    ----------
    cells
        String columns `c0`, `c1`, … of the first rows.

    Raises
    ------
    Question
        When several columns may have a role, or nothing tells who bought, when, or for how much.
    BadInput
        When a person named a column that is not there.
    """
    return columns_by(FirstCells(tuple(header), cells, answers), header, answers)


def columns_by(evidence: ColumnEvidence, header: Sequence[str], answers: OrderAnswers) -> OrderColumns:
    """Find the columns by their names and by what is known of them; errors as for `find_columns`."""
    finder = _Finder(tuple(header), evidence, answers)
    places, questions = finder.find()
    ask_all(questions)
    missing = [role for role in (Role.CUSTOMER, Role.DATE) if role not in places]
    if Role.AMOUNT not in places and not {Role.PRICE, Role.QUANTITY} <= places.keys():
        missing.append(Role.AMOUNT)
    if missing:
        raise _lacking(missing, header, places)
    who = places[Role.CUSTOMER]
    shared = {header[at]: evidence.shared(who, at) for at in addresses_in(header) if at != who}
    columns = OrderColumns(tuple(header), places, finder.export, {name: n for name, n in shared.items() if n})
    return _with_currency(columns, answers)


def _with_currency(columns: OrderColumns, answers: OrderAnswers) -> OrderColumns:
    """Add the currency that the heading of what was paid names.

    Raises
    ------
    Question
        When refunds are in another one by theirs, or in cents beside whole units.
    """
    paid = columns.places[columns.money]
    currency, said = currency_in(columns.header[paid]), answers.columns.get(Role.CURRENCY)
    if Role.REFUND in columns.places:
        back = currency_in(columns.name(Role.REFUND))
        if scale_in(columns.header[paid]) != scale_in(columns.name(Role.REFUND)):
            raise _other_refunds(columns, "of two sizes, such as cents and whole units")
        if None not in {currency, back} and more_exact(str(currency), str(back)) is None:
            raise _other_refunds(columns, "in two currencies")
    decides = bool(said) and named_column(Role.CURRENCY, str(said), columns.header) == paid
    if currency is None or (said and not decides):
        return columns
    places = {role: at for role, at in columns.places.items() if role is not Role.CURRENCY or not decides}
    return replace(columns, places=places, currency=currency, heading_decides=decides)


def _other_refunds(columns: OrderColumns, apart: str) -> Question:
    """Ask whether refunds are to be read that cannot be subtracted from what was paid; `apart` says why."""
    paid, back = quote(columns.name(columns.money)), quote(columns.name(Role.REFUND))
    asked = f"By their headings {paid} and {back} are {apart}, which can't be subtracted."
    other = Choice(f"column.{Role.REFUND}=", f"Read no refunds from {back}")
    return Question(
        f"{asked} Name another column with --column refund=NAME, or read none with --column refund=.", asked, (other,)
    )


def _lacking(missing: Sequence[Role], header: Sequence[str], places: Mapping[Role, int]) -> Question:
    """Ask which column holds what no name or cell tells; any that is free may."""
    lacking = " or ".join(role.meaning for role in missing)
    options = " ".join(f"--column {role}=NAME" for role in missing)
    free = [name for at, name in enumerate(header) if at not in places.values()]
    parts = tuple(
        Question(
            f"Which column holds {role.meaning}?",
            f"Which column holds {role.meaning}?",
            tuple(Choice(f"column.{role}={name}", name) for name in free),
        )
        for role in missing
    )
    asked = f"I can't tell which column holds {lacking}. The columns are {_listed(header)}."
    return Question(f"{asked} Name it with {options}.", asked, tuple(c for part in parts for c in part.choices), parts)


class _Finder:
    """Looks for the columns of one file or table."""

    def __init__(self, header: tuple[str, ...], evidence: ColumnEvidence, answers: OrderAnswers) -> None:
        self._header, self._evidence, self._answers = header, evidence, answers
        self.export, self._known = known_columns(header)

    def find(self) -> tuple[dict[Role, int], list[Question]]:
        """Return the columns by role, and what is open."""
        places: dict[Role, int] = {}
        questions = []
        needed = (Role.CUSTOMER, Role.DATE, Role.AMOUNT)
        for role in (*needed, Role.PRICE, Role.QUANTITY, *_OPTIONAL):
            if role in {Role.PRICE, Role.QUANTITY} and Role.AMOUNT in places:
                continue  # what was paid is in the file: nothing has to be multiplied
            if role is Role.DISCOUNT and not {Role.PRICE, Role.QUANTITY} <= places.keys():
                continue  # an amount that was paid is less its discount
            found = self._candidates(role, frozenset(places.values()))
            if role is Role.ORDER and self._evidence.are_alike(found):
                found = found[:1]  # whichever of them it is, the same lines are one order
            if role is Role.ORDER and role not in self._answers.columns:
                questions += [_rounded_question(self._header[at]) for at in found if self._evidence.are_rounded(at)]
            if role in {Role.CURRENCY, Role.REFUND, Role.DISCOUNT} and len(found) > 1:
                found = self._of_what_was_paid(role, found, places) or found
            if role is Role.STATUS and len(found) == 1:
                found += self._types_that_give_back(found, places)
            if len(found) == 1:
                places[role] = found[0]
            elif found:
                questions.append(role_question(role, [self._header[at] for at in found]))
                if role is Role.AMOUNT:
                    places[role] = found[0]  # spares questions about prices; nothing is read before this is answered
        if Role.AMOUNT not in places and Role.PRICE in places and Role.QUANTITY not in places:
            places[Role.AMOUNT] = places.pop(Role.PRICE)
        return places, questions

    def _candidates(self, role: Role, taken: frozenset[int]) -> list[int]:
        """Return the columns that may have a role: the one that a person named, or the likeliest by name."""
        if (name := self._answers.columns.get(role)) is not None:
            return [named_column(role, name, self._header)] if name else []
        if role in self._known:
            return [self._known[role]]
        for tier in candidates(role, self._header):
            out = taken | (no_other_reading(self._header) if role is Role.AMOUNT else frozenset())
            fitting = [at for at in tier if at not in out and self._fits(role, at)]
            if fitting:
                return fitting
        return self._by_values(role, taken)

    def _of_what_was_paid(self, role: Role, found: list[int], places: Mapping[Role, int]) -> list[int]:
        """Return the columns of currencies whose names go with that of the amounts, or of money in the same one."""
        paid = places.get(Role.AMOUNT, places.get(Role.PRICE))
        if paid is None:
            return []
        names, of = [self._header[at] for at in found], self._header[paid]
        if role is Role.CURRENCY:
            going = pairing(names, role, of)
        else:
            going = [name for name in names if currency_in(of) and currency_in(name) == currency_in(of)]
        return [at for at in found if self._header[at] in going]

    def _types_that_give_back(self, statuses: list[int], places: Mapping[Role, int]) -> list[int]:
        """Return the columns of types that say, beside statuses, of amounts above zero that they were given back."""
        paid = places.get(Role.AMOUNT)
        if paid is None or Role.STATUS in self._answers.columns:
            return []
        free = [at for at in types_in(self._header) if at not in statuses and at not in places.values()]
        return [at for at in free if self._evidence.gives_back(at, paid)]

    def _fits(self, role: Role, at: int) -> bool:
        """Tell whether what is known of a column is what its role says."""
        share = self._evidence.share(role, at)
        return share is None or share >= _HALF

    def _by_values(self, role: Role, taken: frozenset[int]) -> list[int]:
        """Return the columns whose cells look like dates, or like statuses that matter, if no name tells."""
        tell = {Role.STATUS: self._evidence.are_states, Role.DATE: self._evidence.are_dates}.get(role)
        return [] if tell is None else [at for at in range(len(self._header)) if at not in taken and tell(at)]


def known_columns(header: Sequence[str]) -> tuple[str, dict[Role, int]]:
    """Return whose export a header is, empty if nobody's that is known, and the positions of columns by role."""
    keys = [key_of(name) for name in header]
    known = next((export for export in KNOWN_EXPORTS if export.signature <= set(keys)), None)
    if known is None:
        return "", {}
    return known.name, {role: keys.index(key) for role, key in known.columns.items() if key in keys}


def named_column(role: Role, name: str, header: Sequence[str]) -> int:
    """Return the position of the column that a person named for a role.

    Raises
    ------
    BadInput
        When it is not there.
    """
    for same in (name.__eq__, lambda other: key_of(other) == key_of(name)):
        places = [at for at, other in enumerate(header) if same(other)]
        if len(places) == 1:
            return places[0]
    raise BadInput(f"There is no column {quote(name)} to take {role.meaning} from. The columns are {_listed(header)}.")


def role_question(role: Role, names: Sequence[str]) -> Question:
    """Ask which of several columns has a role."""
    asked = f"{len(names)} columns may hold {role.meaning}: {_listed(names)}. Which one does?"
    return Question(
        f'{asked} Say so with --column {role}="{names[0]}", for example.',
        asked,
        tuple(Choice(f"column.{role}={name}", name) for name in names),
    )


def _rounded_question(name: str) -> Question:
    """Ask whether order numbers are read that a spreadsheet has rounded."""
    asked = (
        f"A spreadsheet took the last digits off order numbers in {quote(name)} (as in 1.23457E+12), so different "
        "orders may have one number. Export the file again without opening it in a spreadsheet; or shall I read it "
        "as it is?"
    )
    choices = (
        Choice(f"column.{Role.ORDER}={name}", "Orders with one number are one order"),
        Choice(f"column.{Role.ORDER}=", "Read no order numbers"),
    )
    return Question(f'{asked} Say so with --column order="{name}" or --column order=.', asked, choices)


def mapping_notes(columns: OrderColumns) -> Iterator[str]:
    """Say the mapping, and what follows from what is not there."""
    yield columns.note
    if Role.AMOUNT not in columns.places:
        yield "What was paid is quantity × price."
    if scale := scale_in(columns.name(columns.money)):
        yield f"{quote(columns.name(columns.money))} holds {scale} by its heading: all money here is in {scale}, too."
    if may_be_names(columns.name(Role.CUSTOMER)):
        name = quote(columns.name(Role.CUSTOMER))
        yield f"No column holds ids of customers: {name} tells them apart, so two people of one name are one customer."
    yield from _shared_notes(columns)


def _shared_notes(columns: OrderColumns) -> Iterator[str]:
    """Say that one person may have several ids, as the addresses beside them tell."""
    for name, number in columns.shared.items():
        addresses = "an address" if number == 1 else f"{number:,} addresses"
        yield (
            f"In the first rows {addresses} in {quote(name)} {'has' if number == 1 else 'have'} several customers in "
            f"{quote(columns.name(Role.CUSTOMER))}: each of these is a customer. To tell customers apart by their "
            f'addresses: --column customer="{name}".'
        )


def _listed(names: Iterable[str]) -> str:
    quoted = [quote(name) for name in names]
    more = [f"and {len(quoted) - _NAMED} more"] if len(quoted) > _NAMED else []
    return ", ".join([*quoted[:_NAMED], *more])
