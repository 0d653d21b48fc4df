"""Reads names that somebody typed in one line: of columns, of segments."""

from __future__ import annotations

import csv


def names_in(text: str) -> tuple[str, ...]:
    """Return names separated by commas; one that holds a comma stands in quotes, as in a CSV.

    >>> names_in('id, "name, first",')
    ('id', 'name, first')
    """
    named = (name.strip() for line in csv.reader(text.splitlines(), skipinitialspace=True) for name in line)
    return tuple(name for name in named if name)
