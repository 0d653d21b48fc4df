"""What a sheet's cells are: their kinds, values and number formats, the same whatever program wrote the workbook."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from typing import Final, NamedTuple

GENERAL: Final = "General"
DATE_FORMAT: Final = "yyyy-mm-dd"
DATE_TIME_FORMAT: Final = "yyyy-mm-dd hh:mm:ss"
TIME_FORMAT: Final = "hh:mm:ss"
DURATION_FORMAT: Final = "[h]:mm:ss"
# Excel's own limit is 32,767 characters.
LONGEST_TEXT: Final = 1 << 20
# Those of an xlsx sheet.
MOST_COLUMNS: Final = 16_384
_DAY_SECONDS: Final = 86_400
# Excel counts 29 February 1900, which never was, as day 60.
_EPOCH: Final = datetime(1899, 12, 30)
_EPOCH_BEFORE_DAY_60: Final = datetime(1899, 12, 31)
_PHANTOM_DAY: Final = 60
_LAST_SERIAL: Final = 2_958_466
_POINTED: Final = re.compile(r"(?P<sign>-?)(?P<whole>\d+)\.(?P<fraction>\d+)(?:e(?P<power>[+-]?\d+))?(?P<percent>%?)")


class Kind(IntEnum):
    """What a cell holds."""

    TEXT = 0
    NUMBER = 1
    DATE = 2
    BOOLEAN = 3
    ERROR = 4
    UNCALCULATED = 5


class Cell(NamedTuple):
    """One cell that is not empty.

    Parameters
    ----------
    kind
        What it holds.
    value
        TEXT and ERROR: the text. NUMBER: a finite float. DATE: days since the end of 1899, as Excel counts them.
        BOOLEAN: 1.0 or 0.0. UNCALCULATED, a formula whose result the workbook does not hold: empty.
    format
        The number format's code, such as ``0%`` or ``yyyy-mm-dd``; `GENERAL` without one.
    """

    kind: Kind
    value: str | float
    format: str = GENERAL


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of a sheet.

    Parameters
    ----------
    index
        Its place in the sheet, counted from 0. Rows without cells may be left out.
    cells
        Its cells by column, counted from 0; empty ones are left out.
    hidden
        Whether the spreadsheet shows it.
    """

    index: int
    cells: Mapping[int, Cell]
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet, as the workbook lists it: its name, and whether people see it."""

    name: str
    visible: bool = True


def number_text(value: float) -> str:
    """Write a number so that it can be read in one way only: ``2288``, ``0.35``, ``1e+22``."""
    return repr(value).removesuffix(".0")


def unmarked_text(text: str) -> str:
    """Write a number, as `number_text` or with a % behind it, without a decimal mark, so that either mark reads it.

    >>> unmarked_text("1.047"), unmarked_text("-3.5%"), unmarked_text("2288"), unmarked_text("1.5e+22")
    ('1047e-3', '-35e-1%', '2288', '15e21')
    """
    match = _POINTED.fullmatch(text)
    if match is None:
        return text
    sign, whole, fraction, power, percent = match.groups()
    digits = (whole + fraction).lstrip("0") or "0"
    return f"{sign}{digits}e{int(power or 0) - len(fraction)}{percent}"


def cell_text(cell: Cell) -> str:
    """Write a cell the way it stands in a text table, on one line."""
    if cell.kind is Kind.NUMBER:
        return number_text(float(cell.value))
    if cell.kind is Kind.DATE:
        return _date_text(float(cell.value), cell.format)
    if cell.kind is Kind.BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    if cell.kind is Kind.UNCALCULATED:
        return "formula without a result"
    text = str(cell.value)
    return " ".join(text.splitlines()) if len(text.splitlines()) > 1 else text.strip("\r\n")


def percent_text(value: float) -> str:
    """Write a number as its percent format shows it: 35 for .35."""
    return number_text(float(f"{value * 100:.15g}"))


def serial_of(moment: date | datetime | time | timedelta) -> tuple[float, str]:
    """Return a date, time or duration as Excel counts it, and a number format that shows it."""
    if isinstance(moment, timedelta):
        return moment.total_seconds() / _DAY_SECONDS, DURATION_FORMAT
    if isinstance(moment, time):
        since = timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second)
        return since.total_seconds() / _DAY_SECONDS, TIME_FORMAT
    if not isinstance(moment, datetime):
        moment, code = datetime(moment.year, moment.month, moment.day), DATE_FORMAT
    else:
        moment, code = moment.replace(tzinfo=None), DATE_TIME_FORMAT
    days = (moment - _EPOCH).total_seconds() / _DAY_SECONDS
    return (days if days > _PHANTOM_DAY else days - 1), code


def _date_text(serial: float, code: str) -> str:
    """Write a date as ISO does, a time as hours, minutes and seconds."""
    if not 0 <= serial < _LAST_SERIAL:
        return number_text(serial)
    if "[" in code and "[h" in code.casefold():
        seconds = round(serial * _DAY_SECONDS)
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    epoch = _EPOCH if serial >= _PHANTOM_DAY else _EPOCH_BEFORE_DAY_60
    moment = epoch + timedelta(seconds=round(serial * _DAY_SECONDS))
    if serial < 1:
        return moment.time().isoformat()
    return moment.date().isoformat() if math.floor(serial) == serial else moment.isoformat(" ")
