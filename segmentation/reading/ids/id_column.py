"""Which column tells customers apart: by its name, or else by its values."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from itertools import islice
from typing import Final

from segmentation.numbers.values import trim
from segmentation.reading.ids.order_lines import ROWS_AN_ID, names_order
from segmentation.writing.folding import fold_key

_OWNERS: Final = ("customer", "client", "user", "member", "contact", "account", "kunden")
_IDS: Final = frozenset(
    {"id", "ids"}
    | {f"{owner}{kind}" for owner in _OWNERS for kind in ("id", "ids", "no", "number", "nr", "nummer", "key")}
)
# "row id", "ROW_ID", "rowId", "RowID", but not "paid".
_ID_NAME: Final = re.compile(r".*(?:[^a-zA-Z][iI][dD]|[a-z]I[dD])\s*", re.DOTALL)
# This many rows are looked at; fewer than the minimum say nothing.
ID_ROWS: Final = 500
_LEAST_ROWS: Final = 20
_CODE: Final = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9._:/#-]{0,63}")
_DATE: Final = re.compile(r"[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}.*|[0-9]{1,2}:[0-9]{2}.*")
_NUMBER: Final = re.compile(r"[0-9]+(?:[.][0-9]+)?(?:[eE][-+]?[0-9]+)?")
# Codes in a column called "customer" may repeat, in fewer rows than this share: they would be kinds of customers.
_MOST_REPEATED: Final = 0.5
# Numbers of this many digits, all of one length, are codes rather than amounts.
_LONG: Final = 5
# Columns whose values may all differ without telling customers apart.
_NO_ID: Final = re.compile(
    r"name|mail|phone|telefon|mobile|handy|fax|date|datum|time|zip|postal|postcode|plz|iban|amount|price|betrag|"
    r"preis|revenue|umsatz|total|sum|spent|balance|score|points|amt|qty",
    re.IGNORECASE,
)


def named_ids(header: Sequence[str], features: Sequence[int]) -> int | None:
    """Return the position of the column whose name says that it holds ids; None if there is none.

    A name that says whose ids they are, or nothing but "id", comes before any other: "customer_id" before "store_id".
    """
    others = [position for position in range(len(header)) if position not in features]
    certain = (position for position in others if names_customers(header[position]))
    likely = (position for position in others if _ID_NAME.fullmatch(header[position]))
    return next(certain, next(likely, None))


def names_customers(name: str) -> bool:
    """Say whether a column's name leaves no doubt that it holds the ids of customers, unlike "store id"."""
    return fold_key(name) in _IDS


def find_ids(text: str, delimiter: str, header: Sequence[str], features: Sequence[int]) -> tuple[int | None, bool]:
    """Return the position of the column of ids, None if there is none, and whether its values alone say so.

    A name decides, unless it does not say whose ids they are ("store_id"), many rows share one, and in no column is
    there what orders have: then they are ids of something else, and another column may hold the customers' own.

    Parameters
    ----------
    text
        The beginning of the file's rows; its last line may be cut off.
    """
    named = named_ids(header, features)
    if named is None:
        return ids_by_values(text, delimiter, header, features), True
    if names_customers(header[named]) or any(names_order(name) for name in header):
        return named, False
    rows = _rows(text, delimiter, len(header))
    shared = len(rows) >= ROWS_AN_ID * len({trim(row[named]) for row in rows})
    if not shared or any(all(_DATE.fullmatch(trim(cell)) for cell in column) for column in zip(*rows, strict=True)):
        return named, False
    own = ids_by_values(text, delimiter, header, features)
    return (named, False) if own is None else (own, True)


def ids_by_values(text: str, delimiter: str, header: Sequence[str], features: Sequence[int]) -> int | None:
    """Return the position of the first column whose values look like ids; None if none does.

    In every row looked at there is one, no two are the same, and they are codes: with a digit, without spaces, no
    dates, decimals or addresses; whole numbers only if they ascend or are long and of one length. In a column that is
    called after customers ("customer", "client") some may be the same.

    Parameters
    ----------
    text
        The beginning of the file's rows; its last line may be cut off.
    """
    return ids_in_rows(_rows(text, delimiter, len(header)), header, features)


def ids_in_rows(rows: Sequence[Sequence[str]], header: Sequence[str], features: Sequence[int]) -> int | None:
    """Return what `ids_by_values` does, of rows as wide as the header; the first `ID_ROWS` are enough."""
    if len(rows) < _LEAST_ROWS:
        return None
    for position, name in enumerate(header):
        if position in features or _NO_ID.search(name):
            continue
        cells = [trim(row[position]) for row in rows]
        repeated = 1 - len(set(cells)) / len(cells)
        if (repeated == 0 or (fold_key(name) in _OWNERS and repeated < _MOST_REPEATED)) and _are_codes(cells):
            return position
    return None


def _rows(text: str, delimiter: str, width: int) -> list[list[str]]:
    records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        found = list(islice(records, ID_ROWS + 1))
    except csv.Error:
        return []
    # Only the last record may be cut off, whether or not the sample ends with it.
    return [row for row in found[:-1] if len(row) == width and any(map(trim, row))]


def _are_codes(cells: Sequence[str]) -> bool:
    if not all(_CODE.fullmatch(cell) and not _DATE.fullmatch(cell) for cell in cells):
        return False
    if not any(_NUMBER.fullmatch(cell) for cell in cells):
        return True
    if not all(cell.isdecimal() for cell in cells):
        # Codes such as "1e3" among others are codes; decimals are not.
        return not all(_NUMBER.fullmatch(cell) for cell in cells)
    numbers = [int(cell) for cell in cells]
    return numbers == sorted(numbers) or (len({len(cell) for cell in cells}) == 1 and len(cells[0]) >= _LONG)
