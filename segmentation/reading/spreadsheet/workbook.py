"""A workbook of any kind, and which of its sheets is meant."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, Protocol

from segmentation.errors import BadInput, OtherColumns
from segmentation.numbers.values import quote, trim
from segmentation.reading.file_kind import WorkbookKind
from segmentation.reading.questions import Choice, Question
from segmentation.reading.spreadsheet.cell_blocks import CellBlock
from segmentation.reading.spreadsheet.cells import Cell, Sheet, SheetRow, cell_text
from segmentation.reading.spreadsheet.ods import opened_ods
from segmentation.reading.spreadsheet.package import DEFAULT_PACKAGE_LIMITS, PackageLimits
from segmentation.reading.spreadsheet.xls import opened_xls
from segmentation.schema import Role, Schema

# The header stands in one of a sheet's first rows.
_LOOK_AHEAD: Final = 50
_NAMED: Final = 5
_MOST_SHEETS: Final = 100
# A message has room for this many buttons.
_MOST_CHOICES: Final = 20


class Workbook(Protocol):
    """An open workbook."""

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """Its worksheets, in its order."""

    def rows(self, name: str, /) -> Generator[SheetRow]:
        """Yield a sheet's rows that have cells, in order."""

    def blocks(self, name: str, /) -> Generator[CellBlock]:
        """Yield the same rows in bulk."""

    def hidden_columns(self, name: str, /) -> frozenset[int]:
        """Return the columns, counted from 0, that the spreadsheet does not show."""


@dataclass(frozen=True)
class Header:
    """Where a sheet's table begins.

    Parameters
    ----------
    row
        The header's row, counted from 0.
    names
        Its cells by column, ascending, those merged with the row above included.
    features
        The names of the schema's features it names.
    """

    row: int
    names: Mapping[int, Cell]
    features: frozenset[str]


@dataclass(frozen=True)
class ChosenSheet:
    """The sheet to read.

    Parameters
    ----------
    name
        Its name.
    header
        Where its table begins.
    others
        How many more sheets with cells the workbook has.
    """

    name: str
    header: Header
    others: int


@contextmanager
def opened_workbook(
    path: Path, kind: WorkbookKind, limits: PackageLimits = DEFAULT_PACKAGE_LIMITS
) -> Iterator[Workbook]:
    """Open a workbook of a known kind.

    Raises
    ------
    BadInput
        When it is damaged, protected, or larger than the limits.
    """
    if kind is WorkbookKind.XLS:
        with opened_xls(path) as old:
            yield old
    elif kind is WorkbookKind.ODS:
        with opened_ods(path, limits) as document:
            yield document
    else:
        from segmentation.reading.spreadsheet.xlsx import opened_xlsx  # noqa: PLC0415 - texts are read without numpy

        with opened_xlsx(path, limits) as workbook:
            yield workbook


def choose_sheet(workbook: Workbook, schema: Schema, wanted: str | None) -> ChosenSheet:
    """Tell which sheet is meant: the one asked for, else the only one whose header names the features.

    Raises
    ------
    Question
        When several sheets could be meant.
    BadInput
        When there is no such sheet, or none can be meant.
    """
    if wanted is not None:
        return _sheet_called(wanted, workbook, schema)
    visible = [sheet for sheet in workbook.sheets if sheet.visible]
    if len(visible) > _MOST_SHEETS:
        raise BadInput(
            f"The workbook has {len(visible):,} sheets; I look through {_MOST_SHEETS} at most. Keep the one to read."
        )
    headers = {
        sheet.name: header for sheet in visible if (header := find_header(_first_rows(workbook, sheet.name), schema))
    }
    if not headers:
        raise BadInput("The workbook has no cells on a sheet that can be seen.")
    needed = frozenset(feature.name for feature in schema.features if feature.role is Role.CLUSTER)
    fitting = [name for name, header in headers.items() if needed <= header.features]
    if len(fitting) > 1:
        raise _which_of(fitting)
    if not fitting and len(headers) > 1:
        names = ", ".join(quote(name) for name in islice(headers, _NAMED))
        raise OtherColumns(
            f"None of the workbook's {len(headers)} sheets ({names}{', …' if len(headers) > _NAMED else ''}) has a "
            f"header that names {', '.join(sorted(needed))}. Write these names above their columns."
        )
    name = fitting[0] if fitting else next(iter(headers))
    return ChosenSheet(name, headers[name], len(headers) - 1)


def find_header(rows: Iterable[SheetRow], schema: Schema) -> Header | None:
    """Tell which of a sheet's first rows names the columns: the one that names most features.

    If none does, it is the first of several cells.
    A header may be merged over two rows, so that a name stands in the row above: an empty cell takes the one above it
    where that row has several. None for a sheet without cells.
    """
    best: Header | None = None
    above: Mapping[int, Cell] = {}
    for row in rows:
        names = dict(sorted({**above, **row.cells}.items()))
        found = (schema.find(cell_text(cell)) for cell in names.values())
        features = frozenset(feature.name for feature in found if feature)
        # A title stands alone in its row; a header does not.
        title = best is not None and not best.features and len(best.names) == 1 < len(names)
        if best is None or title or len(features) > len(best.features):
            best = Header(row.index, names, features)
        above = row.cells if len(row.cells) > 1 else {}
    return best


def _first_rows(workbook: Workbook, name: str) -> list[SheetRow]:
    with closing(workbook.rows(name)) as rows:
        return list(islice(rows, _LOOK_AHEAD))


def _sheet_called(wanted: str, workbook: Workbook, schema: Schema) -> ChosenSheet:
    names = [sheet.name for sheet in workbook.sheets]
    name = next((name for name in names if trim(name).casefold() == trim(wanted).casefold()), None)
    if name is None:
        known = ", ".join(quote(name) for name in names[:_MOST_CHOICES])
        raise BadInput(f"The workbook has no sheet {quote(wanted)}. Its sheets are {known}.")
    header = find_header(_first_rows(workbook, name), schema)
    if header is None:
        raise BadInput(f"The sheet {quote(name)} is empty.")
    return ChosenSheet(name, header, len(names) - 1)


def _which_of(names: list[str]) -> Question:
    listed = ", ".join(quote(name) for name in names[:_MOST_CHOICES])
    asked = f"{len(names)} sheets of this workbook could be meant: {listed}. Which one shall I read?"
    choices = tuple(Choice(f"sheet={name}", name) for name in names[:_MOST_CHOICES])
    return Question(f"{asked} Name it with --sheet.", asked, choices)
