"""Aligned tables of plain text."""

from __future__ import annotations

from io import StringIO
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDTH: Final = 100
# A table of twenty features is wider than that rather than one letter a line.
_COLUMN: Final = 12


def table(head: list[str], rows: list[list[str]]) -> str:
    """Align columns, without colour or borders: the result is read in pipes too.

    Names in wide scripts take two columns a character, which rich knows and `str.ljust` does not.
    """
    grid = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for i, title in enumerate(head):
        grid.add_column(Text(title), justify="left" if i == 0 or not title else "right", overflow="fold")
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    out = StringIO()
    Console(file=out, width=max(_WIDTH, _COLUMN * len(head)), color_system=None, force_terminal=False).print(grid)
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip("\n").split("\n"))


def counts_text(rows: int, rejected: int) -> str:
    """Say how many rows were scored, and how many could not be.

    Examples
    --------
    >>> counts_text(1, 0), counts_text(1_200, 1)
    ('1 row scored.', "1,199 rows scored, 1 row couldn't be scored.")
    """
    scored = f"{_rows(rows - rejected)} scored"
    return f"{scored}, {_rows(rejected)} couldn't be scored." if rejected else f"{scored}."


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
