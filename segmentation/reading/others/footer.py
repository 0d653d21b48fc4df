"""What a report prints below its rows: who made it, when, for whom; none of these lines is a customer."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from segmentation.numbers.values import parse_number, trim
from segmentation.reading.encoding import Encoded
from segmentation.reading.layout import Layout
from segmentation.reading.others.totals import TotalsFinder, is_total

# A footer is looked for in this much of the file's end, as UTF-8.
_TAIL_BYTES: Final = 64 << 10
_MOST_LINES: Final = 200
# How the lines below a report begin, in the languages reports are most often in.
_WORDING: Final = re.compile(
    r"\W*(?:©|\(c\)|copyright|confidential\b|generated|created (?:by|on|at|with)|printed|exported|report\b|page \d|"
    r"source\b|notes?\s*:|filters?\b|as of\b|data as of|last updated|end of (?:report|file|data)|all rights reserved|"
    r"erstellt|gedruckt|exportiert|vertraulich|seite \d|quelle\b|stand\b|bericht\b|alle rechte|"
    r"généré|genere|imprimé|confidentiel|tous droits|rapport\b|generado|impreso|fuente\b|informe\b|página \d|"
    r"todos los derechos|todos os direitos|gerado|fonte\b|generato|riservato|pagina \d|gegenereerd|vertrouwelijk|"
    r"wygenerowano|poufne|сформирован|создан|источник|конфиденциально|作成|出典|生成|来源|출처)",
    re.IGNORECASE,
)
_DIGITS: Final = re.compile(r"\d")
# A line of so many words is a sentence rather than a name that lost the rest of its row.
_SENTENCE: Final = 3


class _Line(Enum):
    DATA = auto()
    BLANK = auto()
    TOTALS = auto()
    # Text that could be a footer's, but also what is left of a customer.
    LIKELY = auto()
    FOOTER = auto()


@dataclass(frozen=True, slots=True)
class Footer:
    """A file's last lines, from the first that belongs to its footer.

    Parameters
    ----------
    data
        The lines as UTF-8.
    lines
        Which of them, counted from 0, belong to the footer; the others are blank or totals.
    """

    data: bytes = b""
    lines: frozenset[int] = frozenset()


NO_FOOTER: Final = Footer()


def find_footer(encoded: Encoded, layout: Layout) -> Footer:
    """Look at the file's end for lines that are not rows of the table.

    A line is one if it has a single filled cell, or none but texts and the wording of a footer, and if a blank line
    or totals part it from the rows, or its wording does. Lines below it are judged likewise.
    """
    tail, whole = encoded.tail(_TAIL_BYTES)
    if layout.width == 1:
        return NO_FOOTER
    body = tail[layout.size :] if whole else tail[tail.find(b"\n") + 1 :]
    lines = body.splitlines(keepends=True)[-_MOST_LINES:]
    finder = TotalsFinder(layout.columns, layout.id_column)
    kinds: list[_Line] = []
    for line in reversed(lines):
        if (kind := _kind(line, layout, finder)) is _Line.DATA:
            break
        kinds.insert(0, kind)
    if len(kinds) == len(lines):
        return NO_FOOTER
    footer = _footer_lines(kinds)
    if not footer:
        return NO_FOOTER
    first = min(footer)
    data = b"".join(lines[len(lines) - len(kinds) + first :])
    return Footer(data, frozenset(line - first for line in footer))


def _footer_lines(kinds: Sequence[_Line]) -> list[int]:
    """Return which lines below the last row of data belong to a footer."""
    footer: list[int] = []
    parted = False
    for at, kind in enumerate(kinds):
        if kind in {_Line.BLANK, _Line.TOTALS}:
            parted = True
        elif kind is _Line.FOOTER or parted:
            footer.append(at)
            parted = True
        else:
            # Perhaps a customer whose row is incomplete: it is refused, and what follows is judged on its own.
            footer.clear()
    return footer


def _kind(line: bytes, layout: Layout, finder: TotalsFinder) -> _Line:
    fields = _fields(line.decode(errors="replace").rstrip("\r\n"), layout.delimiter)
    if fields is None:
        return _Line.DATA
    if not any(map(trim, fields)):
        return _Line.BLANK
    # Nothing that begins with a number is a total or a footer; asking for totals takes longer than this.
    if fields[0].isascii() and fields[0].isdecimal():
        return _Line.DATA
    if len(fields) <= layout.width and is_total(fields, finder):
        return _Line.TOTALS
    return _text_kind(fields, layout)


def _text_kind(fields: Sequence[str], layout: Layout) -> _Line:
    """Judge a line that is neither blank nor totals."""
    there = [trim(field) for field in fields if trim(field)]
    if any(_is_number(field) for field in there):
        return _Line.DATA
    wording = _WORDING.match(there[0]) is not None
    if len(there) > 1:
        return _Line.FOOTER if wording and _lacks_features(fields, layout) else _Line.DATA
    if wording or (len(fields) == 1 and len(there[0].split()) >= _SENTENCE):
        return _Line.FOOTER
    return _Line.DATA if _looks_like_id(there[0]) else _Line.LIKELY


def _fields(text: str, delimiter: str) -> list[str] | None:
    """Return the cells of a line that is a record by itself; None if it may be part of a longer one."""
    if text.count('"') % 2:
        return None
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None


def _lacks_features(fields: Sequence[str], layout: Layout) -> bool:
    return any(at >= len(fields) or not trim(fields[at]) for at in layout.columns)


def _is_number(text: str) -> bool:
    return parse_number(text) is not None or parse_number(text, decimal_comma=True) is not None


def _looks_like_id(text: str) -> bool:
    return " " not in text and _DIGITS.search(text) is not None
