"""The faults of a file's rows, counted by kind and column, without repeating anybody's data."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from segmentation.numbers.value_sentences import meant, missing, outside
from segmentation.numbers.values import Reason
from segmentation.schema import Feature

EXAMPLES: Final = 5
# What people count a file by: lines of a text, rows of a spreadsheet.
LINE: Final = "line"
ROW: Final = "row"
# A summary names so many forms of texts that aren't numbers; the others are counted together.
_FORMS_NAMED: Final = 3
# The `place` of a fault in the row as a whole; all others are the index of a feature.
WHOLE_ROW: Final = -1


class RowReason(StrEnum):
    """Why a whole row was refused, regardless of its cells; stable ids for counting."""

    RAGGED = "ragged"
    MISQUOTED = "misquoted"
    REPEATED_HEADER = "repeated_header"
    TOTALS = "totals"
    FOOTER = "footer"


_ROW_SENTENCES: Final = {
    RowReason.RAGGED: "the row has more or fewer fields than the header",
    RowReason.MISQUOTED: "the row's quotes are out of place",
    RowReason.REPEATED_HEADER: "the row repeats the header",
    RowReason.TOTALS: "this is a totals row, not a customer",
    RowReason.FOOTER: "this is part of the report's footer, not a customer",
}
# The same about several rows.
_ROWS_SENTENCES: Final = {
    RowReason.RAGGED: "they have more or fewer fields than the header",
    RowReason.MISQUOTED: "their quotes are out of place",
    RowReason.REPEATED_HEADER: "they repeat the header",
    RowReason.TOTALS: "these are totals rows, not customers",
    RowReason.FOOTER: "these are part of the report's footer, not customers",
}
# Rows of a file that stand for nobody: they are listed, but count neither as customers nor as refused ones.
NOT_CUSTOMERS: Final = frozenset({RowReason.TOTALS, RowReason.FOOTER})


def row_sentence(reason: RowReason) -> str:
    """Say what is wrong with a row as a whole."""
    return _ROW_SENTENCES[reason]


def width_sentence(fields: int, width: int) -> str:
    """Say of a row how many fields it has, and how many the header has."""
    return f"the row has {fields} field{'' if fields == 1 else 's'}, the header {width}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of fault in one column.

    Parameters
    ----------
    reason
        A `Reason` or `RowReason`.
    column
        The column's name in the file; empty for a fault of the whole row.
    sentence
        What is wrong, without any value from the file.
    rows
        How many rows have it.
    lines
        The first few physical lines, counted from 1.
    counted
        `LINE`, or `ROW` in a spreadsheet.
    """

    reason: str
    column: str
    sentence: str
    rows: int
    lines: tuple[int, ...]
    counted: str = LINE

    @property
    def text(self) -> str:
        """How many rows have the problem, what it is, and the lines of the first few."""
        where = self.counted if len(self.lines) == 1 else f"{self.counted}s"
        more = " …" if self.rows > len(self.lines) else ""
        sentence = self.sentence
        if self.rows > 1 and not self.column and self.reason in _ROWS_SENTENCES:
            sentence = _ROWS_SENTENCES[RowReason(self.reason)]
        return f"{_rows(self.rows)}: {sentence} ({where} {', '.join(map(str, self.lines))}{more})"


def more_reasons(count: int) -> str:
    """Say how many problems were left out of a list, and where all of them are."""
    return f"and {count} more reason{'' if count == 1 else 's'}; the result file gives one for every row"


def where_it_says_what_to_write(problems: Iterable[Problem]) -> str:
    """Point to the notes that quote a refused cell and say what to write instead; empty if no cell was refused so.

    The problems themselves are kept with jobs and versions, so they hold nobody's values; the result file does.
    """
    if any(problem.reason == Reason.NOT_A_NUMBER for problem in problems):
        return "The notes in the result file quote each such cell, with what to write instead if that is clear"
    return ""


def _instead(forms: Counter[str]) -> str:
    """Say what cells hold instead of numbers, without a value: what most of them hold, if it is not all the same."""
    if len(forms) < 2:  # noqa: PLR2004 - one or none
        return "".join(f" but {form}" for form in forms)
    ranked = sorted(forms.items(), key=lambda item: (-item[1], item[0]))
    said = [f"{form} in {_rows(count)}" for form, count in ranked[:_FORMS_NAMED]]
    if rest := sum(count for _, count in ranked[_FORMS_NAMED:]):
        said.append(f"something else in {_rows(rest)}")
    return f" but {', '.join(said)}"


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


@dataclass(slots=True)
class ProblemTally:
    """Counts faults as they come, in file order.

    Parameters
    ----------
    features
        The schema's features; a fault's place is an index into them or `WHOLE_ROW`.
    columns
        Their names in the file.
    counted
        As for `Problem`.
    """

    features: tuple[Feature, ...]
    columns: tuple[str, ...]
    counted: str = LINE
    _counts: Counter[tuple[int, str]] = field(default_factory=Counter)
    _fitting: Counter[tuple[int, str]] = field(default_factory=Counter)
    _lines: dict[tuple[int, str], list[int]] = field(default_factory=dict)
    _forms: defaultdict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(
        self, place: int, reason: str, rows: int, lines: Iterable[int], *, fitting: int = 0, form: str | None = None
    ) -> None:
        """Count `rows` more faults of one kind.

        Parameters
        ----------
        fitting
            How many of them fit the bounds once divided by the unit's factor.
        form
            What the cells hold instead of a number.
        """
        key = (place, reason)
        if form is not None:
            self._forms[place][form] += rows
        self._counts[key] += rows
        self._fitting[key] += fitting
        # In file order, though the forms of a block come one after the other.
        self._lines[key] = sorted({*self._lines.get(key, []), *lines})[:EXAMPLES]

    def problems(self) -> tuple[Problem, ...]:
        """Return the faults of customers' rows, the commonest first."""
        return tuple(problem for problem in self._all() if problem.reason not in NOT_CUSTOMERS)

    def other_rows(self) -> tuple[Problem, ...]:
        """Return the kinds of rows that stand for no customer, the commonest first."""
        return tuple(problem for problem in self._all() if problem.reason in NOT_CUSTOMERS)

    def _all(self) -> tuple[Problem, ...]:
        ranked = sorted(self._counts.items(), key=lambda item: (-item[1], item[0]))
        return tuple(
            Problem(
                reason=reason,
                column="" if place == WHOLE_ROW else self.columns[place],
                sentence=self._sentence(place, reason),
                rows=rows,
                lines=tuple(self._lines[place, reason]),
                counted=self.counted,
            )
            for (place, reason), rows in ranked
        )

    def _sentence(self, place: int, reason: str) -> str:
        if place == WHOLE_ROW:
            return _ROW_SENTENCES[RowReason(reason)]
        feature = self.features[place]
        if reason == Reason.MISSING:
            return missing(feature)
        if reason == Reason.NOT_A_NUMBER:
            return f"{feature.label} is not a plain number{_instead(self._forms[place])}"
        sentence = outside(feature)
        fitting = self._fitting[place, reason]
        if fitting == self._counts[place, reason]:
            return f"{sentence}; {meant(feature)}"
        if fitting:
            return f"{sentence}; in {fitting} of these rows, {meant(feature)}"
        return sentence
