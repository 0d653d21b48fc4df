"""Rows of an order export → lines: who, which order, which day, how much, in which currency; kept on disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import polars as pl

from segmentation.orders.answers import Discounts, OrderAnswers
from segmentation.orders.cells.amounts import read_amounts
from segmentation.orders.cells.dates import read_days, trimmed
from segmentation.orders.cells.discounts import discounted, read_discounts
from segmentation.orders.cells.nothing import GUESTS, ROUNDED, is_nothing, nulled
from segmentation.orders.cells.states import State, state_of
from segmentation.orders.evidence import MONEY, Forms, order_rows
from segmentation.orders.headings import Role, names_types
from segmentation.orders.line_currencies import LineCurrencies, Said, currencies
from segmentation.orders.line_parts import LineParts
from segmentation.orders.mapping import OrderColumns
from segmentation.reading.blocks import CleanBlock, RecordBlock
from segmentation.reading.encodings.raw_bytes import shown
from segmentation.reading.others.second_header import SecondHeader, other_columns_below
from segmentation.reading.shape import UNKNOWN_COLUMNS
from segmentation.reading.table import Table, in_order

LINE: Final = pl.Schema(
    {
        "order": pl.String,
        "customer": pl.String,
        "day": pl.Date,
        "amount": pl.Int64,
        "refund": pl.Int64,
        "currency": pl.String,
        "state": pl.UInt8,
        "hash": pl.UInt64,
    }
)
# What a column of cancelled orders says of the others; PostgreSQL writes t and f.
NOT_CANCELLED: Final = frozenset({"0", "0.0", "f", "false", "n", "no", "nein", "non"})
# What these columns hold is never the name of another column.
_NAMED_BY_NO_LINE: Final = (Role.DATE, *MONEY, Role.CUSTOMER, Role.ORDER)
_MAIL: Final = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"


@dataclass(frozen=True)
class LinePart:
    """The lines of a block, and what was left out of them; fields as in `LineCounts`."""

    lines: pl.DataFrame
    undated: int
    unpriced: int
    guest_words: dict[str, int]
    contradicted: Counter[Said] = field(default_factory=Counter)
    other_years: frozenset[str] = frozenset()


@dataclass
class LineCounts:
    """What a pass has seen.

    Attributes
    ----------
    rows
        Lines that were kept.
    undated, unpriced
        Lines that were left out: their date or amount is there but cannot be read.
    last_day
        The last day of all lines.
    largest
        No amount or refund is larger than this, in millionths, whatever its sign.
    guest_words
        What stands for guests in the column of customers, besides nothing, and how often.
    contradicted
        How many lines say in several ways which currency they are in, by what they say.
    other_years
        A date of a year that orders cannot be of, if there is one among the lines that were left out.
    """

    rows: int = 0
    undated: int = 0
    unpriced: int = 0
    last_day: date | None = None
    largest: int = 0
    guest_words: Counter[str] = field(default_factory=Counter)
    contradicted: Counter[Said] = field(default_factory=Counter)
    other_years: frozenset[str] = frozenset()

    def add(self, part: LinePart) -> None:
        """Count the lines of a block."""
        self.rows += part.lines.height
        self.undated += part.undated
        self.unpriced += part.unpriced
        self.guest_words.update(part.guest_words)
        self.contradicted.update(part.contradicted)
        self.other_years = frozenset(sorted(self.other_years | part.other_years)[:1])
        size = part.lines.select(pl.col("amount", "refund").abs().max().fill_null(0)).max_horizontal().item()
        self.largest = max(self.largest, int(size))
        last = part.lines["day"].max()
        if isinstance(last, date):
            self.last_day = last if self.last_day is None else max(last, self.last_day)


@dataclass(frozen=True)
class LineReader:
    """Reads the rows of one export; it holds no state, so several threads may share it.

    Parameters
    ----------
    hash_rows
        Returns the hash, UInt64, of each row's cells.
    """

    table: Table
    columns: OrderColumns
    forms: Forms
    answers: OrderAnswers
    hash_rows: Callable[[pl.DataFrame], pl.Series] = pl.DataFrame.hash_rows

    def spool(self, parts: LineParts, progress: Callable[[int], None] | None = None) -> LineCounts:
        """Write all lines to their parts, and say what was seen.

        Parameters
        ----------
        progress
            Called with the number of lines read so far.
        """
        counts = LineCounts()
        for part in in_order(lambda block: self.read(self.cells_of(block)), self.table.blocks()):
            parts.add(part.lines)
            counts.add(part)
            if progress is not None:
                progress(counts.rows)
        parts.flush()
        return counts

    def cells_of(self, block: CleanBlock | RecordBlock) -> pl.DataFrame:
        """Return a block's order lines, all cells as text."""
        return order_rows(self.table, block, self.columns.used, all_cells=True)

    def read(self, cells: pl.DataFrame) -> LinePart:
        """Read the lines of a block.

        Raises
        ------
        BadInput
            When one of them names other columns than the header does.
        """
        date_texts = trimmed(self._texts(cells, Role.DATE))
        days = read_days(date_texts, self.forms.dates.orders(self.answers.days, self.answers.serials))
        undated = unread(days, date_texts)
        self._refuse_second_header(cells, undated.arg_true())
        money, unpriced = self._money(cells)
        money = self.counted(money, self._ignored(cells))
        money, states = self.returned(money, self._states(cells))
        customer, guests = customer_ids(self._customers(cells, money["amount"]))
        currency, contradicted = self.currencies.of(self._named_currencies(cells), money["sign"])
        lines = pl.DataFrame(
            {
                "order": self._keys(cells),
                "customer": customer,
                "day": days,
                "amount": money["amount"],
                "refund": money["refund"],
                "currency": currency,
                "state": states,
                "hash": self.hash_rows(cells),
            },
            schema=LINE,
        )
        return LinePart(
            lines.filter(~(undated | unpriced)),
            int(undated.sum()),
            int((unpriced & ~undated).sum()),
            guests,
            contradicted,
            of_other_years(date_texts.filter(undated)),
        )

    def _refuse_second_header(self, cells: pl.DataFrame, rows: pl.Series) -> None:
        """Refuse the file if one of some lines, whose dates can't be read, is the header of another table."""
        if rows.is_empty():
            return
        # Other columns hold texts that may be the names of columns by chance, such as "Refund".
        places = [self.columns.places[role] for role in _NAMED_BY_NO_LINE if role in self.columns.places]
        header = SecondHeader(self.table.layout.header, places, UNKNOWN_COLUMNS)
        at = header.find(lambda place: cells[f"c{place}"].gather(rows), pl.repeat(True, len(rows), eager=True))
        if at is not None:
            raise other_columns_below("One of the lines", cells.row(rows[at]), "Make a file of each table")

    def _texts(self, cells: pl.DataFrame, role: Role) -> pl.Series:
        if role not in self.columns.places:
            return pl.repeat("", cells.height, dtype=pl.String, eager=True)
        return cells[f"c{self.columns.places[role]}"]

    def _customers(self, cells: pl.DataFrame, amounts: pl.Series) -> pl.Series:
        """Return who bought; of a line that pays back, who got the money, if a column of its own says so."""
        texts = self._texts(cells, Role.CUSTOMER)
        if Role.PAYEE not in self.columns.places:
            return texts
        return texts.zip_with((amounts >= 0).fill_null(value=True), self._texts(cells, Role.PAYEE))

    def _keys(self, cells: pl.DataFrame) -> pl.Series:
        return nulled(trimmed(self._texts(cells, Role.ORDER)))

    def _money(self, cells: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
        """Return amount, refund and the sign beside the amount, and the rows whose amounts cannot be read."""
        read = {role: read_amounts(self._texts(cells, role), style) for role, style in self.forms.styles.items()}
        lacking = pl.repeat(value=False, n=cells.height, dtype=pl.Boolean, eager=True)
        for role, found in read.items():
            lacking |= unread(found["amount"], self._texts(cells, role))
        discounts, unreadable = self._discounts(cells)
        money = self.money_of({role: found["amount"] for role, found in read.items()}, cells.height, discounts)
        main = read.get(Role.AMOUNT, read.get(Role.PRICE))
        assert main is not None  # noqa: S101 - told to the type checker: `find_columns` sees to it
        return money.with_columns(main["sign"]), lacking | unreadable

    def _discounts(self, cells: pl.DataFrame) -> tuple[pl.Series | None, pl.Series]:
        """Return the discounts of lines whose amount is a product, and the rows whose discount cannot be read."""
        discounts = None
        lacking = pl.repeat(value=False, n=cells.height, dtype=pl.Boolean, eager=True)
        if Role.AMOUNT not in self.forms.styles and (self.forms.discounts or Discounts.NONE) is not Discounts.NONE:
            discounts = read_discounts(self._texts(cells, Role.DISCOUNT), self.forms.styles[Role.PRICE])
            lacking = discounts.is_null()
        return discounts, lacking

    def money_of(self, read: Mapping[Role, pl.Series], rows: int, discounts: pl.Series | None = None) -> pl.DataFrame:
        """Return what was paid and refunded: amount and refund, Int64 in millionths.

        Parameters
        ----------
        read
            The columns of numbers, Int64 in millionths, by role.
        discounts
            Those of quantity × price.
        """
        amount = read[Role.AMOUNT] if Role.AMOUNT in read else self._multiplied(read, rows, discounts)
        nothing = pl.repeat(None, rows, dtype=pl.Int64, eager=True)
        return pl.DataFrame({"amount": amount, "refund": read.get(Role.REFUND, nothing)})

    def _multiplied(self, read: Mapping[Role, pl.Series], rows: int, discounts: pl.Series | None) -> pl.Series:
        """Return quantity × price less the discount."""
        nothing = pl.repeat(0, rows, dtype=pl.Int64, eager=True)
        pair = pl.DataFrame(
            {
                "price": read[Role.PRICE],
                "quantity": read[Role.QUANTITY],
                "discount": nothing if discounts is None else discounts,
            }
        )
        kind = Discounts.NONE if discounts is None else self.forms.discounts or Discounts.NONE
        paid = discounted(pl.col("price"), pl.col("quantity"), pl.col("discount"), kind)
        return pair.select(paid.cast(pl.Int64)).to_series()

    def counted(self, money: pl.DataFrame, ignored: pl.Series | None) -> pl.DataFrame:
        """Let lines give nothing back that don't count because a person said so of their status.

        Parameters
        ----------
        ignored
            Boolean, which these are; None if nobody said so of any.
        """
        if ignored is None:
            return money
        return money.with_columns(pl.when(ignored & (pl.col("amount") < 0)).then(0).otherwise("amount").alias("amount"))

    def _ignored(self, cells: pl.DataFrame) -> pl.Series | None:
        if Role.STATUS not in self.columns.places or not self.answers.unpaid:
            return None
        return ignored(trimmed(self._texts(cells, Role.STATUS)), self.answers)

    def returned(self, money: pl.DataFrame, states: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
        """Take the amount of a line of the type "return" for money given back, whichever sign it has."""
        if Role.STATUS not in self.columns.places or not names_types(self.columns.name(Role.STATUS)):
            return money, states
        back = states == State.REFUNDED
        amount = money["amount"].zip_with(~back, -money["amount"].abs())
        return money.with_columns(amount), states.scatter(back.arg_true(), State.UNSAID)

    @property
    def currencies(self) -> LineCurrencies:
        """What tells the currency of a line."""
        return LineCurrencies(self.columns, self.answers)

    def _named_currencies(self, cells: pl.DataFrame) -> pl.Series | None:
        if Role.CURRENCY not in self.columns.places:
            return None
        texts = trimmed(self._texts(cells, Role.CURRENCY))
        known = texts.unique()
        return texts.replace_strict(known, currencies(known), default=None, return_dtype=pl.String)

    def _states(self, cells: pl.DataFrame) -> pl.Series:
        found = pl.repeat(int(State.UNSAID), cells.height, dtype=pl.UInt8, eager=True)
        if Role.STATUS in self.columns.places:
            texts = trimmed(self._texts(cells, Role.STATUS))
            known = texts.unique()
            found = texts.replace_strict(known, states_of(known, self.answers), return_dtype=pl.UInt8)
        if Role.CANCELLED in self.columns.places:
            cancelled = tell_cancelled(trimmed(self._texts(cells, Role.CANCELLED)))
            found = found.scatter(cancelled.arg_true(), State.CANCELLED)
        return found


def states_of(texts: pl.Series, answers: OrderAnswers) -> pl.Series:
    """Return the `State`, UInt8, that each status says."""
    return pl.Series([state_of(text, answers) or State.UNSAID for text in texts], dtype=pl.UInt8)


def ignored(texts: pl.Series, answers: OrderAnswers) -> pl.Series:
    """Tell which statuses a person said not to count."""
    known = texts.unique()
    found = pl.Series([text.casefold() in answers.unpaid for text in known], dtype=pl.Boolean)
    return texts.replace_strict(known, found, return_dtype=pl.Boolean)


def tell_cancelled(texts: pl.Series) -> pl.Series:
    """Tell which cells of a column of cancellations say that there was one."""
    when = texts.str.to_lowercase()
    return ~(is_nothing(when) | when.is_in(list(NOT_CANCELLED)))


def customer_ids(texts: pl.Series) -> tuple[pl.Series, dict[str, int]]:
    """Return who bought, null for guests, and the words that stand for these, each with how often it does."""
    texts = trimmed(texts)
    folded = texts.str.to_lowercase()
    guests = folded.is_in(list(GUESTS)) | texts.str.contains(ROUNDED)
    words = dict(texts.filter(guests & (texts != "")).value_counts().iter_rows())
    # One address is one person, however it was typed.
    ids = texts
    if texts.str.contains("@", literal=True).any():
        ids = folded.zip_with(texts.str.contains(_MAIL), texts)
    ids = pl.Series([shown(text) for text in ids]) if ids.str.contains(r"[\x{e000}-\x{f8ff}]").any() else ids
    return ids.zip_with(~guests, pl.Series([None], dtype=pl.String)), words


def of_other_years(texts: pl.Series) -> frozenset[str]:
    """Return the least of some texts that is a date, if only its year cannot be that of an order."""
    dates = texts.filter(read_days(texts, {}, any_year=True).is_not_null()) if len(texts) else texts
    return frozenset(dates.sort().head(1))


def unread(read: pl.Series, texts: pl.Series) -> pl.Series:
    """Tell which cells hold something that could not be read."""
    lacking = read.is_null()
    return lacking & ~is_nothing(trimmed(texts)) if lacking.any() else lacking
