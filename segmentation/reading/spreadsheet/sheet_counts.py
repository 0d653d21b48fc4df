"""What the cells of a sheet's table turned out to be, and what people are told of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from segmentation.numbers.values import quote
from segmentation.reading.file_kind import WorkbookKind
from segmentation.reading.spreadsheet.cells import cell_text, number_text, percent_text
from segmentation.reading.spreadsheet.number_format import ANY_CURRENCY
from segmentation.reading.spreadsheet.workbook import ChosenSheet
from segmentation.schema import Feature

# How the note on formulas that nobody calculated ends.
UNCALCULATED: Final = "no result in the file: open it in a spreadsheet program, save it, and send it again."


class PercentReading(Enum):
    """How the numbers of a column are read that are all shown as percentages."""

    AS_SHOWN = auto()
    AS_STORED = auto()

    def text(self, value: float) -> str:
        """Write a stored number as it is read."""
        return percent_text(value) if self is PercentReading.AS_SHOWN else number_text(value)


@dataclass
class Counts:
    """What a sheet's cells turned out to be; counters by column of the sheet."""

    cells: int = 0
    last_column: int = 0
    hidden_rows: int = 0
    numbers: Counter[int] = field(default_factory=Counter)
    percents: Counter[int] = field(default_factory=Counter)
    shown_percents: dict[int, float] = field(default_factory=dict)
    digits: Counter[int] = field(default_factory=Counter)
    marked: Counter[int] = field(default_factory=Counter)
    errors: Counter[int] = field(default_factory=Counter)
    uncalculated: Counter[int] = field(default_factory=Counter)
    currencies: dict[int, str] = field(default_factory=dict)


def table_notes(
    chosen: ChosenSheet,
    features: Mapping[int, Feature],
    counts: Counts,
    readings: Mapping[int, PercentReading],
    kind: WorkbookKind,
    hidden_columns: frozenset[int],
) -> Iterator[str]:
    """Yield what people are told of a sheet's table, as sentences.

    Parameters
    ----------
    features
        The features by column of the sheet.
    readings
        How percentages were read, by column.
    hidden_columns
        The columns that the spreadsheet does not show.
    """
    names = {at: quote(cell_text(cell)) for at, cell in chosen.header.names.items()}
    if chosen.others:
        yield f"The sheet {quote(chosen.name)} was read; the workbook's other sheets were left out."
    if chosen.header.row:
        yield f"The column names stand in row {chosen.header.row + 1}; the rows above them are not customers."
    if kind is WorkbookKind.XLSM:
        yield "The workbook's macros were not run."
    for at in sorted(hidden_columns & features.keys()):
        yield f"The column {names[at]} is hidden in the workbook; it was read all the same."
    if counts.hidden_rows:
        rows = "1 hidden row was" if counts.hidden_rows == 1 else f"{counts.hidden_rows:,} hidden rows were"
        yield f"{rows} read like the others."
    for at, reading in sorted(readings.items()):
        shown = counts.shown_percents[at]
        example = f"{percent_text(shown)}% was read as {reading.text(shown)}"
        yield f"The column {names[at]} is formatted as percentages: {example}."
    for at, sign in sorted(counts.currencies.items()):
        money = "money" if sign == ANY_CURRENCY else f"money ({sign})"
        yield f"The column {names[at]} is formatted as {money}; its numbers were read as they are stored."
    if errors := sum(counts.errors[at] for at in features):
        cells = "1 cell holds an error" if errors == 1 else f"{errors:,} cells hold errors"
        yield f"{cells} such as #N/A instead of a number."
    if formulas := sum(counts.uncalculated.values()):
        yield f"{formulas:,} formula{' has' if formulas == 1 else 's have'} {UNCALCULATED}"
