r"""Rows that do not follow the rules of quoting, or have too many fields: kept character by character.

>>> split_misquoted('3,"Half" quoted,"a, b",4', ",")
['3', '"Half" quoted', 'a, b', '4']
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache


def split_misquoted(line: str, delimiter: str) -> list[str]:
    """Split a line where the `csv` module splits it when it is lenient, but take no character from a misquoted field.

    A field in proper quotes is read as usual. One that goes on behind its closing quote stays as is, quotes included:
    written in proper quotes, it is the same text to every reader.
    """
    fields, at = [], 0
    while at <= len(line):
        match = _field(delimiter).match(line, at)
        assert match is not None  # noqa: S101 - for the type checker: the last alternative matches any text
        quoted, bare = match.groups()
        fields.append(bare if quoted is None else quoted.replace('""', '"'))
        at = match.end() + 1
    return fields


@lru_cache
def _field(delimiter: str) -> re.Pattern[str]:
    end, inner = re.escape(delimiter), r'(?:[^"]|"")*+'
    return re.compile(rf'"({inner})"(?={end}|\Z)|((?:"{inner}")?[^{end}]*)')


def join_surplus(fields: Iterable[str], delimiter: str) -> str:
    """Join fields into the one text that splits into them again."""
    special = (delimiter, "\r", "\n")
    return delimiter.join(
        '"' + field.replace('"', '""') + '"'
        if field.startswith('"') or any(mark in field for mark in special)
        else field
        for field in fields
    )
