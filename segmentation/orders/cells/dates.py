"""Dates as exports write them → days. Whether day or month comes first is decided from the whole column, or asked.

The time of day and the time zone are not looked at: a date is the day that is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import polars as pl

from segmentation.numbers.values import BLANK, quote
from segmentation.orders.answers import DayOrder, OrderAnswers, Serials, question
from segmentation.reading.questions import Question
from segmentation.writing.folding import fold_text

_TIME: Final = r"(?:(?:T|,?\s+(?:at |um |à )?)\d{1,2}[:.h]\d{2}.*)?$"
_YEAR_FIRST: Final = (
    r"^(?P<y>\d{4})(?:[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})|年(?P<m2>\d{1,2})月(?P<d2>\d{1,2})日)" + _TIME
)
_NUMERIC: Final = r"^(?P<a>\d{1,2})(?P<mark>[-/.])(?P<b>\d{1,2})[-/.](?P<y>\d{4}|\d{2})" + _TIME
_DAY_OR_MONTH_FIRST: Final = r"^\d{1,2}[-/.]"
_DAY_NAMED: Final = (
    r"^(?:\p{L}{2,10}\.?,?\s+)?(?P<d>\d{1,2})(?:st|nd|rd|th)?[ .\-]+(?:de )?(?P<name>\p{L}{3,10})\.?[ .\-,]+(?:de )?"
    r"(?P<y>\d{4}|\d{2})" + _TIME
)
_NAMED_DAY: Final = (
    r"^(?:\p{L}{2,10}\.?,\s+)?(?P<name>\p{L}{3,10})\.?[\s\-]+(?P<d>\d{1,2})(?:st|nd|rd|th)?(?:,?\s+|-)(?P<y>\d{4}|\d{2})"
    + _TIME
)
_COMPACT: Final = r"^(?P<y>(?:19|20)\d{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])$"
# Seconds or milliseconds since 1970, of the years 2001 to 2065.
_EPOCH: Final = r"^(?P<epoch>[12]\d{9})(?:\d{3})?(?:\.\d+)?$"
# Days since the end of 1899, as a spreadsheet counts them, of the years 1982 to 2091; the time of day is a fraction.
_SERIAL: Final = r"^(?P<serial>[3-6]\d{4})(?:\.\d+)?$"
_SERIAL_OF_1970: Final = 25_569
# Stands for a mark of dates that are numbers of days.
_NUMBERS: Final = "#"
_MONTHS: Final = {
    name: str(number)
    for number, names in enumerate(
        (
            "jan january januar janner janvier janv enero ene gennaio gen januari ocak oca janeiro",
            "feb february februar fevrier fev fevr febrero febbraio februari subat sub fevereiro",
            "mar march marz mrz mars marzo maart mrt mart marco",
            "apr april avril avr abril abr aprile nisan nis",
            "may mai mayo maggio mag mei mayis maio",
            "jun june juni juin junio giugno giu haziran haz junho",
            "jul july juli juillet juil julio luglio lug temmuz tem julho",
            "aug august aout agosto ago augustus agustos",
            "sep sept september septembre septiembre settembre set eylul eyl setembro",
            "oct october oktober okt octobre octubre ottobre ott ekim eki outubro out",
            "nov november novembre noviembre kasim kas novembro",
            "dec december dezember dez decembre diciembre dic dicembre aralik ara dezembro",
        ),
        start=1,
    )
    for name in names.split()
}
_MOST_MONTHS: Final = 12
_MOST_DAYS: Final = 31
# Digits of a year such as 24.
_SHORT_YEAR: Final = 2
_PIVOT: Final = 69
# In the Unicode Common Locale Data Repository (CLDR 49) the standard short forms of 162 locales have dots. None begins
# with the month: if the year comes last, the day comes first. Slashes and hyphens it has both ways.
_USUAL: Final = {".": DayOrder.DAY_FIRST}
# Years before and after these are typing errors, stand for nothing, or are counted by another calendar: 2567 is 2024
# by the Buddhist one, 1402 is 2023 by the Persian.
FIRST_DAY: Final = date(1971, 1, 1)
LAST_DAY: Final = date(2099, 12, 31)
# Texts that occur so often on average are read once each.
_OFTEN: Final = 4
_SHOWN: Final = 3
_SHORT: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass
class DateEvidence:
    """What a column's cells say of the order of day and month, by the mark between them.

    Attributes
    ----------
    day_first, month_first
        Cells that can only be read so.
    doubtful
        Some cells that can be read either way.
    short
        Some cells with a year of two digits.
    ends
        The first and the last parts of such cells, as written; as parts have two digits, there are few.
    serials
        Some cells that count days as spreadsheets do.
    late_serials
        Whether some of these are after the twelfth of a month.
    """

    day_first: dict[str, int] = field(default_factory=dict)
    month_first: dict[str, int] = field(default_factory=dict)
    doubtful: dict[str, list[str]] = field(default_factory=dict)
    short: dict[str, list[str]] = field(default_factory=dict)
    ends: dict[str, tuple[set[str], set[str]]] = field(default_factory=dict)
    serials: list[str] = field(default_factory=list)
    late_serials: bool = False

    def add(self, cells: pl.Series) -> None:
        """Take in some cells."""
        texts = trimmed(cells)
        serials = texts.filter(texts.str.contains(_SERIAL))
        self.serials = _least(self.serials, serials)
        self.late_serials |= bool((_read(serials, _SERIAL, {}).dt.day() > _MOST_MONTHS).any())
        # Most exports begin with the year, and taking dates apart takes long.
        texts = texts.filter(texts.str.contains(_DAY_OR_MONTH_FIRST))
        found = texts.to_frame("cell").select("cell", pl.col("cell").str.extract_groups(_NUMERIC).alias("p"))
        parts = found.unnest("p").drop_nulls("mark").with_columns(pl.col("a").alias("first"))
        parts = parts.with_columns(pl.col("a", "b").cast(pl.Int32))
        first, second = (pl.col(part).is_between(_MOST_MONTHS + 1, _MOST_DAYS) for part in "ab")
        for (mark,), some in parts.group_by("mark"):
            for counts, only in ((self.day_first, first & ~second), (self.month_first, second & ~first)):
                counts[mark] = counts.get(mark, 0) + some.filter(only).height
            doubtful = some.filter(~first & ~second & (pl.col("a") != pl.col("b")))["cell"]
            self.doubtful[mark] = _least(self.doubtful.get(mark, []), doubtful)
            short = some.filter(pl.col("y").str.len_bytes() == _SHORT_YEAR)
            self.short[mark] = _least(self.short.get(mark, []), short["cell"])
            firsts, lasts = self.ends.get(mark, (set(), set()))
            self.ends[mark] = ({*firsts, *short["first"].unique()}, {*lasts, *short["y"].unique()})

    def settled(self, mark: str) -> DayOrder | None:
        """Return the order that a mark's cells settle; None if they settle none or contradict each other."""
        day, month = self.day_first.get(mark, 0), self.month_first.get(mark, 0)
        if bool(day) == bool(month) or self.may_begin_with_years(mark):
            return None
        return DayOrder.DAY_FIRST if day else DayOrder.MONTH_FIRST

    def may_begin_with_years(self, mark: str) -> bool:
        """Tell whether years of two digits may come first: days differ more than years, and first parts don't here."""
        firsts, lasts = self.ends.get(mark, (set(), set()))
        days = all(1 <= int(last) <= _MOST_DAYS for last in lasts)
        return bool(lasts) and len(lasts) >= len(firsts) and days and all(len(first) == _SHORT_YEAR for first in firsts)

    @property
    def may_be_exchanged(self) -> bool:
        """Whether a spreadsheet may have taken the days of some dates for months: it left as texts what it couldn't.

        Then all dates that it took are of the first twelve days, and of none of the others could day and month change
        places.
        """
        left = any(self.settled(mark) and not cells for mark, cells in self.doubtful.items())
        return bool(self.serials) and not self.late_serials and left and not any(self.doubtful.values())

    def orders(self, answer: DayOrder | None, serials: Serials | None = None) -> dict[str, DayOrder]:
        """Return the order by mark, without marks that are open; that of numbers of days if they are exchanged."""
        found = {mark: self.settled(mark) or answer or self._usual(mark) for mark in self.doubtful}
        if self.may_be_exchanged and serials is Serials.EXCHANGED:
            found[_NUMBERS] = DayOrder.MONTH_FIRST
        return {mark: order for mark, order in found.items() if order is not None}

    def _usual(self, mark: str) -> DayOrder | None:
        """Return the order that people use with a mark; None if they differ, or if cells or years speak against it."""
        spoken_against = bool(self.month_first.get(mark)) or self.may_begin_with_years(mark)
        return None if spoken_against else _USUAL.get(mark)

    def questions(self, column: str, answer: DayOrder | None) -> Iterator[Question]:
        """Ask which comes first, if neither the cells nor a person says so."""
        for mark, cells in sorted(self.doubtful.items()):
            contradicted = bool(self.day_first.get(mark)) and bool(self.month_first.get(mark))
            orders = [DayOrder.DAY_FIRST, DayOrder.MONTH_FIRST]
            if self.may_begin_with_years(mark):
                cells, contradicted, orders = self.short[mark], False, list(DayOrder)  # noqa: PLW2901 - other examples
            if mark in self.orders(answer) or not cells:
                continue
            why = "; some can only be read one way and some only the other" if contradicted else ""
            asked = f"The dates in the column {quote(column)} can be read in several ways: {', '.join(cells)}{why}."
            meant = {order: _said(cells[0], order) for order in orders}
            meanings = {order.value: f"{cells[0]} means {day}" for order, day in meant.items()}
            yield question(f"{asked} Does {cells[0]} mean {' or '.join(meant.values())}?", "dates", meanings)

    def exchanged_questions(self, column: str, answer: Serials | None) -> Iterator[Question]:
        """Ask whether a spreadsheet took days for months in the dates that are numbers of days."""
        if not self.may_be_exchanged or answer is not None:
            return
        cell = self.serials[0]
        counted, exchanged = _said(cell, None), _said(cell, DayOrder.MONTH_FIRST)
        first = "day" if any(self.day_first.values()) else "month"
        asked = (
            f"Some dates in the column {quote(column)} are numbers of days, such as {cell} for {counted}; the others "
            f"can only be read with the {first} first. A spreadsheet that expects the opposite exchanges day and month "
            f"of all dates it can. Is {cell} {counted} or {exchanged}?"
        )
        meanings = {"counted": f"{cell} is {counted}", "exchanged": f"Day and month were exchanged: it is {exchanged}"}
        yield question(asked, "serials", meanings)

    def notes(self, column: str, answers: OrderAnswers) -> Iterator[str]:
        """Say how dates were read whose day and month could change places, or that are numbers of days."""
        answer = answers.days
        if self.serials and _NUMBERS in self.orders(answer, answers.serials):
            day = _said(self.serials[0], DayOrder.MONTH_FIRST)
            yield f"In {quote(column)}, {self.serials[0]} was read as {day}, with day and month exchanged, as you said."
        elif self.serials:
            day = _said(self.serials[0], None)
            yield f"In {quote(column)}, {self.serials[0]} was read as {day}: spreadsheets count days like that."
        for mark, cells in sorted(self.doubtful.items()):
            order = self.orders(answer).get(mark)
            if cells and order and not self.may_begin_with_years(mark):
                by = "day first, as dates with dots are" if answer is None else "as you said"
                by = "as other dates of the column show" if self.settled(mark) else by
                yield f"In {quote(column)}, {cells[0]} was read as {_said(cells[0], order)}, {by}."


def trimmed(cells: pl.Series) -> pl.Series:
    """Return cells without spaces round them."""
    return cells.str.strip_chars(BLANK)


def read_days(cells: pl.Series, orders: Mapping[str, DayOrder], *, any_year: bool = False) -> pl.Series:
    """Return the days, Date, of cells; null for those that are no date.

    Parameters
    ----------
    cells
        String.
    orders
        By the mark between day and month, which comes first; the day if not given.
    any_year
        Whether days before `FIRST_DAY` and after `LAST_DAY` are returned, too.

    Examples
    --------
    >>> import polars as pl
    >>> cells = pl.Series(["2024-03-05 09:30:00 +0100", "5 Mar 2024", "3/5/24"])
    >>> read_days(cells, {"/": DayOrder.MONTH_FIRST}).unique().to_list()
    [datetime.date(2024, 3, 5)]
    """
    texts = trimmed(cells)
    distinct = texts.unique()
    if len(distinct) * _OFTEN < len(texts):
        days = _days(distinct, orders)
        return texts.replace_strict(distinct, days if any_year else _of_our_time(days), return_dtype=pl.Date)
    days = _days(texts, orders)
    return days if any_year else _of_our_time(days)


def _of_our_time(days: pl.Series) -> pl.Series:
    others = ~days.is_between(FIRST_DAY, LAST_DAY)
    return days.set(others, None) if others.any() else days


def _days(texts: pl.Series, orders: Mapping[str, DayOrder]) -> pl.Series:
    days = pl.Series("day", [None] * len(texts), dtype=pl.Date)
    rest = pl.Series(range(len(texts)), dtype=pl.UInt32)
    for pattern in (_YEAR_FIRST, _NUMERIC, _DAY_NAMED, _NAMED_DAY, _COMPACT, _EPOCH, _SERIAL):
        if rest.is_empty():
            break
        read = _read(texts.gather(rest), pattern, orders)
        known = read.is_not_null()
        days = days.scatter(rest.filter(known), read.filter(known))
        rest = rest.filter(~known)
    return days


def _read(texts: pl.Series, pattern: str, orders: Mapping[str, DayOrder]) -> pl.Series:
    parts = texts.to_frame("t").select(pl.col("t").str.extract_groups(pattern)).unnest("t")
    if "epoch" in parts.columns:
        seconds = parts["epoch"].cast(pl.Int64)
        return (seconds * 1000).cast(pl.Datetime("ms")).cast(pl.Date)
    if "serial" in parts.columns:
        days = (parts["serial"].cast(pl.Int32) - _SERIAL_OF_1970).cast(pl.Date)
        return _exchanged(days) if _NUMBERS in orders else days
    if "mark" in parts.columns:
        parts = parts.with_columns(_numeric_parts(orders))
    if "m2" in parts.columns:
        parts = parts.with_columns(pl.coalesce("m", "m2"), pl.coalesce("d", "d2"))
    if "name" in parts.columns:
        known = {name: _MONTHS.get(fold_text(name)) for name in parts["name"].drop_nulls().unique()}
        named = pl.col("name").replace_strict(known, default=None, return_dtype=pl.String) if known else pl.lit(None)
        parts = parts.with_columns(named.cast(pl.String).alias("m"))
    year = pl.col("y").cast(pl.Int32)
    short = pl.col("y").str.len_bytes() <= _SHORT_YEAR
    century = pl.when(~short).then(0).when(year < _PIVOT).then(2000).otherwise(1900)
    text = pl.concat_str(
        (year + century).cast(pl.String).str.zfill(4), pl.col("m").str.zfill(2), pl.col("d").str.zfill(2), separator="-"
    )
    return parts.select(text.str.to_date("%Y-%m-%d", strict=False)).to_series()


def _exchanged(days: pl.Series) -> pl.Series:
    """Exchange day and month where that is a date."""
    text = days.dt.strftime("%Y-%d-%m")
    return text.str.to_date("%Y-%m-%d", strict=False)


def _numeric_parts(orders: Mapping[str, DayOrder]) -> list[pl.Expr]:
    """Return year, month and day of a numeric date whose parts are a, b and y."""
    marks = {order: [mark for mark, other in orders.items() if other is order] for order in DayOrder}
    first, second = (pl.col(part).cast(pl.Int32) > _MOST_MONTHS for part in "ab")
    # A number above 12 can only be the day, whatever comes first elsewhere.
    month_first = second | (pl.col("mark").is_in(marks[DayOrder.MONTH_FIRST]) & ~first)
    year_first = pl.col("mark").is_in(marks[DayOrder.YEAR_FIRST]) & (pl.col("y").str.len_bytes() == _SHORT_YEAR)
    return [
        pl.when(year_first).then("b").when(month_first).then("a").otherwise("b").alias("m"),
        pl.when(year_first).then("y").when(month_first).then("b").otherwise("a").alias("d"),
        pl.when(year_first).then("a").otherwise("y").alias("y"),
    ]


def _said(cell: str, order: DayOrder | None) -> str:
    day = read_days(pl.Series([cell]), {mark: order for mark in f"-/.{_NUMBERS}" if order is not None})[0]
    return "no date" if day is None else day_text(day)


def _least(shown: list[str], cells: pl.Series) -> list[str]:
    """Return the first few texts in their order: a question is the same whatever order the rows have."""
    return sorted({*shown, *cells.unique().sort().head(_SHOWN)})[:_SHOWN]


def day_text(day: date) -> str:
    """Write a day as people do.

    >>> from datetime import date
    >>> day_text(date(2017, 12, 30))
    '30 Dec 2017'
    """
    return f"{day.day} {_SHORT[day.month - 1]} {day.year}"
