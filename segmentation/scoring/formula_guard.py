"""No text in a result file may run as a formula in a spreadsheet: cells that could get a leading apostrophe."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import polars as pl

from segmentation.numbers.values import ZERO_WIDTH, parse_number
from segmentation.reading.encodings.raw_bytes import to_bytes

# What makes a spreadsheet evaluate a cell, full-width forms included (OWASP, "CSV Injection").
_TRIGGERS: Final = "=+-@\t\r\n\0＝＋－＠"
# Unicode spaces other than triggers: a spreadsheet may drop them, and invisible characters, before it looks.
_SPACES: Final = (
    "\v\f\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_LEADING: Final = _SPACES + ZERO_WIDTH
# A cell that begins with none of these is never changed.
RISKY_STARTS: Final = _TRIGGERS + _LEADING
# Negative numbers are the most common harmless cells with a trigger: they need no call of `guard`.
_PLAIN_NEGATIVE: Final = r"^-[0-9]{1,15}(?:[.,][0-9]{1,15})?$"
# "+49 (170) 000/00-01": no name and no function can hide in one.
_PHONE: Final = re.compile(r"\+[0-9 \u00a0\u202f()/.-]*[0-9][0-9 \u00a0\u202f()/.-]*")
# Encodings that have full-width signs or a space of their own, for text of which nothing is known.
_WIDE: Final = ("cp932", "cp949", "gb18030", "big5hkscs", "cp1252")
_ASCII_START: Final = r"^[\x{0}-\x{7f}]"


def guard(text: str) -> str:
    """Return a cell as it may stand in a result file: numbers, phone numbers and harmless texts unchanged.

    >>> guard("=1+1"), guard("-60"), guard("+49 170 1234567"), guard("Target")
    ("'=1+1", '-60', '+49 170 1234567', 'Target')
    """
    core = text.lstrip(_LEADING)
    if not core or core[0] not in _TRIGGERS:
        return text
    if _PHONE.fullmatch(text.strip(" ")):
        return text
    # With either decimal mark: a number is harmless whichever the file uses.
    if parse_number(core) is not None or parse_number(core, decimal_comma=True) is not None:
        # A number may start with a minus, but not with a tab or a line end.
        return text if core[0] == "-" else f"'{text}"
    return f"'{text}"


def unguarded(text: str) -> str:
    """Return what a guarded cell said before.

    >>> unguarded("'=1+1"), unguarded("'tis"), unguarded("-60")
    ('=1+1', "'tis", '-60')
    """
    return text[1:] if text.startswith("'") and guard(text[1:]) == text else text


def guard_unread(text: str, encodings: tuple[str, ...]) -> str:
    """Guard a cell of `raw_bytes`: as a formula in any of the encodings it may be in."""
    if text.isascii() or guard(text) != text:
        return guard(text)
    readings = [to_bytes(text).decode(encoding, errors="replace") for encoding in encodings or _WIDE]
    return text if all(guard(reading) == reading for reading in readings) else f"'{text}"


def guarded(texts: pl.Series, guard_cell: Callable[[str], str] = guard) -> tuple[pl.Series, int]:
    """Return a column of cells, each as `guard_cell` returns it, and how many of them it changed; nulls stay.

    Parameters
    ----------
    guard_cell
        `guard`, or `guard_unread` with its encodings.
    """
    suspicious = texts.str.contains(_pattern("^")) & ~texts.str.contains(_PLAIN_NEGATIVE)
    if guard_cell is not guard:
        suspicious |= ~texts.str.contains(_ASCII_START)
    rows = suspicious.fill_null(value=False).arg_true()
    if not len(rows):
        return texts, 0
    cells = texts.gather(rows)
    distinct = cells.unique()
    safe = pl.Series([guard_cell(text) for text in distinct], dtype=pl.String)
    written = cells.replace_strict(distinct, safe, return_dtype=pl.String)
    return texts.scatter(rows, written), int((written != cells).sum())


def unguarded_cells(texts: pl.Series) -> pl.Series:
    """Return a column of guarded cells, each as `unguarded` returns it; nulls stay."""
    rows = texts.str.starts_with("'").fill_null(value=False).arg_true()
    if not len(rows):
        return texts
    return texts.scatter(rows, pl.Series([unguarded(text) for text in texts.gather(rows)], dtype=pl.String))


def any_suspicious(data: bytes, lines: pl.Series, delimiter: str) -> bool:
    """Return whether any cell of unquoted lines may need the guard; `data` are the lines' bytes, with their ends."""
    # Between the ends of unquoted lines, neither an end of line nor the delimiter is part of a cell.
    triggers = "".join(sign for sign in _TRIGGERS if sign not in f"{delimiter}\r\n")
    if data.isascii() and not any(sign.encode() in data for sign in triggers if sign.isascii()):
        return False
    return bool(lines.str.contains(_pattern(f"(?:^|{re.escape(delimiter)})", triggers)).any())


def _pattern(start: str, triggers: str = _TRIGGERS) -> str:
    def written(characters: str) -> str:
        return "".join(f"\\x{{{ord(character):x}}}" for character in characters)

    return f"{start}[{written(_LEADING)}]*[{written(triggers)}]"
