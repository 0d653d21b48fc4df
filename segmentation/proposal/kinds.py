"""What kind of column some cells and their heading make, and why."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import polars as pl

from segmentation.numbers.number_forms import DressKind, currency_of
from segmentation.numbers.values import BLANK
from segmentation.proposal.columns import words
from segmentation.proposal.columns.codes import MOST_CODES, codes_in
from segmentation.proposal.columns.column import Column, Kind, NumberFacts
from segmentation.proposal.columns.heading import Heading, read_heading
from segmentation.proposal.columns.numbers import Marks, NumberCells, read_facts
from segmentation.proposal.columns.personal import personal_data
from segmentation.reading.ids.id_column import named_ids

if TYPE_CHECKING:
    from segmentation.proposal.columns.tally import ColumnTally

_DATE: Final = (
    r"(?i)^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{2}|\d{4}))(?:[T ,].*)?$|"
    r"^\d{1,2}[ .\-]+\p{L}{3,10}\.?[ .\-,]+\d{2,4}(?: .*)?$|^\p{L}{3,10}\.? \d{1,2},? \d{4}(?: .*)?$|"
    r"^\d{1,2}:\d{2}(?::\d{2})?(?: ?[ap]m)?$|^\d{4}年\d{1,2}月"
)
_COMPACT_DATE: Final = r"^(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$"
_CODE: Final = r"^(?:\p{L}*[-_#/]?\d[\p{L}\d._#/-]*|[0-9a-fA-F-]{16,})$"
_MOSTLY: Final = 0.9
# A column with more different texts than that isn't a list of categories.
_MOST_CATEGORIES: Final = 50
_ROWS_A_CATEGORY: Final = 4
_NEARLY_ALL_ALIKE: Final = 0.995
_ALL_DIFFERENT: Final = 1.02
_ID_BY_VALUES: Final = 1.1
_FEWEST: Final = 20
_HUNDRED: Final = 100.0
_DENSE: Final = 2.0
_PERCENT_UNIT: Final = "%"


@dataclass(frozen=True)
class Seen:
    """Everything that was seen of one column.

    Parameters
    ----------
    name
        As the header has it.
    cells
        String: the sampled rows' cells.
    tally
        All rows.
    rows
        How many rows there are.
    is_id
        Whether the reader takes it for the customers' ids.
    typed
        Whether it has a workbook's number cells.
    """

    name: str
    cells: pl.Series
    tally: ColumnTally
    rows: int
    is_id: bool
    typed: bool

    @cached_property
    def trimmed(self) -> pl.Series:
        """The cells without spaces round them; null where they say that nothing is known."""
        cells = self.cells.str.strip_chars(BLANK)
        nothing = cells.str.to_lowercase().is_in(list(words.NOTHING))
        return cells.to_frame("cell").select(pl.when(~nothing).then("cell")).to_series().rename("cell")

    @cached_property
    def filled(self) -> pl.Series:
        """The trimmed cells of rows that have one."""
        return self.trimmed.drop_nulls()

    @property
    def missing(self) -> float:
        """Share of rows without a value."""
        # Cells such as "n/a" and, in columns of texts, of spaces alone are counted in the sample.
        odd = self.trimmed.is_null() & (self.cells != "")
        if not self.tally.hint.text:
            odd &= self.cells.str.strip_chars(BLANK) != ""
        return min(1.0, self.tally.empty / self.rows + int(odd.sum()) / max(1, len(self.cells)))


def judge(seen: Seen, weighed: NumberCells, marks: Marks) -> Column:
    """Tell what a column is.

    Raises
    ------
    Question
        When it holds numbers that can be read in two ways.
    """
    heading, filled = read_heading(seen.name), seen.filled
    kind, reason = _unmeasured(seen, filled, heading, weighed)
    dates = kind is Kind.DATE
    personal = "" if kind is Kind.CONSTANT else personal_data(filled, heading, dates=dates)
    if personal:
        kind = kind if kind in {Kind.DATE, Kind.ID} and "@" not in personal else Kind.FREE_TEXT
        return _column(seen, heading, kind, f"it holds {personal}", personal=personal)
    if kind is not None:
        values = seen.trimmed if kind in {Kind.CATEGORY, Kind.YES_NO} else None
        return _column(seen, heading, kind, reason, values=values)
    facts = read_facts(seen.name, seen.cells, weighed, heading, seen.tally, marks, typed=seen.typed)
    if facts is None:
        return _column(seen, heading, Kind.FREE_TEXT, "its numbers are too long, or too unlike, to be read as amounts")
    if facts.low == facts.high:
        return _column(seen, heading, Kind.CONSTANT, "every number in it is the same")
    kind, reason = _measure(facts, heading, weighed)
    return _column(seen, heading, kind, reason, numbers=facts, values=seen.trimmed)


def _column(
    seen: Seen,
    heading: Heading,
    kind: Kind,
    reason: str,
    *,
    personal: str = "",
    numbers: NumberFacts | None = None,
    values: pl.Series | None = None,
) -> Column:
    unreadable = 0.0
    if numbers is not None:
        there = (seen.cells.str.strip_chars(BLANK) != "") & numbers.values.is_null()
        unreadable = int(there.sum()) / max(1, len(seen.cells))
    few = values is not None and seen.tally.values.distinct <= MOST_CODES
    return Column(
        name=seen.name,
        label=heading.label,
        kind=kind,
        reason=reason,
        missing=seen.tally.empty / seen.rows if numbers is not None else seen.missing,
        distinct=seen.tally.values.distinct,
        distinct_exact=seen.tally.values.exact,
        commonest=seen.tally.values.commonest_share,
        unreadable=unreadable,
        personal=personal,
        numbers=numbers,
        values=values if few else None,
    )


def _unmeasured(seen: Seen, filled: pl.Series, heading: Heading, weighed: NumberCells) -> tuple[Kind | None, str]:
    """Tell the kinds that are no measures; None for numbers that are."""
    if alike := _alike(seen, filled):
        return Kind.CONSTANT, alike
    if _is_yes_no(filled):
        return Kind.YES_NO, "it has two values, such as yes and no"
    if named_ids([seen.name], ()) is not None:
        return Kind.ID, "its name says that it holds ids"
    if when := _dates(filled, heading):
        return Kind.DATE, when
    measured = weighed.are_numbers and _is_measured(heading)
    if not measured and (identifies := _id(seen, filled, weighed)):
        return Kind.ID, identifies
    return _codes(seen, filled, heading, weighed, measured=measured) if weighed.are_numbers else _text(seen, filled)


def _codes(
    seen: Seen, filled: pl.Series, heading: Heading, weighed: NumberCells, *, measured: bool
) -> tuple[Kind | None, str]:
    """Tell numbers that only stand for something; None for those that measure."""
    if weighed.evidence.is_simple and _share(filled, r"^0\d+$") > 0:
        return Kind.CATEGORY, "its numbers begin with zeros, as codes do"
    return codes_in(filled, heading, seen.tally.values.distinct, measured=measured)


def _is_measured(heading: Heading) -> bool:
    """Tell whether a heading says that numbers below it measure something."""
    return bool(heading.unit or heading.bounds) or heading.has(words.COUNT | words.MONEY | words.SHARE)


def _alike(seen: Seen, filled: pl.Series) -> str:
    if not len(filled):
        return "every cell is empty"
    commonest = seen.tally.values.commonest_share >= _NEARLY_ALL_ALIKE * len(filled) / len(seen.cells)
    return "every cell that is filled holds the same" if filled.n_unique() == 1 and commonest else ""


def _dates(filled: pl.Series, heading: Heading) -> str:
    if _share(filled, _DATE) >= _MOSTLY:
        return "its cells are dates or times"
    compact = heading.has(words.DATE) and _share(filled, _COMPACT_DATE) >= _MOSTLY
    return "its cells are dates written as eight digits" if compact else ""


def _is_yes_no(filled: pl.Series) -> bool:
    values = filled.unique()
    if len(values) != 2:  # noqa: PLR2004 - yes and no
        return False
    pair = {text.casefold() for text in values}
    return any(pair == {*known} for known in words.YES_NO)


def _id(seen: Seen, filled: pl.Series, weighed: NumberCells) -> str:
    """Say by which of its values a column holds ids; empty if it does not."""
    a_value = seen.tally.values.rows_a_value
    if seen.is_id and a_value <= _ID_BY_VALUES:
        return "its values are codes, and no two are the same"
    if a_value > _ALL_DIFFERENT or len(filled) < _FEWEST or len(filled) < len(seen.cells):
        return ""
    if weighed.are_numbers:
        numbers = filled.cast(pl.Float64, strict=False)
        counts = numbers.null_count() == 0 and bool((numbers == numbers.floor()).all()) and numbers.is_sorted()
        dense = seen.tally.plain.high - seen.tally.plain.low < _DENSE * seen.rows
        return "it numbers the rows" if counts and dense else ""
    return "its values are codes, and hardly any two are the same" if _share(filled, _CODE) >= _MOSTLY else ""


def _text(seen: Seen, filled: pl.Series) -> tuple[Kind, str]:
    different = filled.n_unique()
    if different <= _MOST_CATEGORIES and different * _ROWS_A_CATEGORY <= max(len(filled), 2 * _ROWS_A_CATEGORY):
        return Kind.CATEGORY, f"it has {different} different values, again and again"
    about = "" if seen.tally.values.exact else "about "
    return Kind.FREE_TEXT, f"it has {about}{seen.tally.values.distinct:,} different texts"


def _measure(facts: NumberFacts, heading: Heading, weighed: NumberCells) -> tuple[Kind, str]:
    """Tell what numbers measure: by what stands beside them, else by what their heading says."""
    if weighed.dress.kind is DressKind.CURRENCY:
        return Kind.MONEY, f"its cells carry {weighed.dress.word}"
    if facts.unit == _PERCENT_UNIT:
        beside = weighed.dress.kind is DressKind.PERCENT
        return Kind.SHARE, "its cells are percentages" if beside else "its heading names %"
    if currency_of(facts.unit) is not None:
        return Kind.MONEY, f"its heading names {facts.unit}"
    if facts.unit:
        return Kind.NUMBER, f"its values are numbers, in {facts.unit}"
    return _named_measure(facts, heading)


def _named_measure(facts: NumberFacts, heading: Heading) -> tuple[Kind, str]:
    """Tell what numbers without a unit measure."""
    if facts.bounds is not None:
        return Kind.NUMBER, f"its heading gives its range, {facts.bounds[0]:g} to {facts.bounds[1]:g}"
    in_shares = facts.low >= 0 and facts.high <= _HUNDRED and (facts.high <= 1 or facts.decimals > 0)
    if in_shares and heading.has(words.SHARE):
        return Kind.SHARE, f"its name says so, and all values are from 0 to {1 if facts.high <= 1 else 100}"
    whole = facts.decimals == 0 and facts.low >= 0
    if whole and heading.has(words.COUNT):
        return Kind.COUNT, "its name says that it counts, and its values are whole"
    if heading.has(words.MONEY) and not heading.has(words.POINTS):
        return Kind.MONEY, "its name says that it is an amount"
    return Kind.NUMBER, "its values are " + ("whole numbers" if facts.decimals == 0 else "numbers")


def _share(cells: pl.Series, pattern: str) -> float:
    return int(cells.str.contains(pattern).sum()) / len(cells) if len(cells) else 0.0
