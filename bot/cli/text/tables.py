"""Tables of plain text for a terminal of 80 columns: aligned, turned about, or a row at a time if they are too wide."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

WIDTH: Final = 80
_GAP: Final = "   "
# A word longer than that is broken, unless its column is to stay whole.
_LONGEST_WORD: Final = 20
_INDENT: Final = "  "


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, whole: Collection[str] = (), width: int = WIDTH
) -> str:
    """Align columns, without colour or borders: the result is read in pipes too.

    Columns without any text are left out. If the columns don't fit, cells are wrapped between words; if that would
    break words, a table of more columns than rows is turned about, and any other is written row by row.

    Parameters
    ----------
    whole
        Titles of the columns whose cells are never broken, such as ids.
    width
        Columns of the terminal. Names in wide scripts take two a character.
    """
    used = [i for i, title in enumerate(head) if i == 0 or (title and not rows) or any(row[i] for row in rows)]
    head, rows = [head[i] for i in used], [[row[i] for i in used] for row in rows]
    if (widths := _fitting(head, rows, whole, width)) is not None:
        return _aligned(head, rows, widths)
    turned = (
        [head[0], *(row[0] for row in rows)],
        [[*column] for column in zip(head[1:], *(r[1:] for r in rows), strict=True)],
    )
    if len(rows) < len(head) and (widths := _fitting(*turned, whole, width)) is not None:
        return _aligned(*turned, widths)
    return _row_by_row(head, rows, width)


def _fitting(
    head: Sequence[str], rows: Sequence[Sequence[str]], whole: Collection[str], width: int
) -> list[int] | None:
    """Return how wide each column is to be; None if they don't fit without broken words."""
    columns = list(zip(head, *rows, strict=True))
    widths = [max(map(_columns_of, column)) for column in columns]
    least = [
        most if column[0] in whole else min(_longest_word(column), _LONGEST_WORD)
        for column, most in zip(columns, widths, strict=True)
    ]
    room = width - len(_GAP) * (len(head) - 1)
    if sum(least) > room:
        return None
    while sum(widths) > room:
        # The widest column gives way first.
        widest = max((i for i in range(len(widths)) if widths[i] > least[i]), key=lambda i: widths[i])
        widths[widest] -= 1
    return widths


def _longest_word(cells: Sequence[str]) -> int:
    return max((_columns_of(word) for cell in cells for word in cell.split()), default=0)


def _aligned(head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> str:
    """Write cells under each other: the first column and texts to the left, figures to the right."""
    # A figure that is not given is said in words, so most cells decide.
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(head)
    lefts = [i == 0 or sum(map(_has_letters, column)) * 2 > len(rows) for i, column in enumerate(columns)]
    lines = [*_lines(head, widths, lefts), "─" * (sum(widths) + len(_GAP) * (len(widths) - 1))]
    for row in rows:
        lines += _lines(row, widths, lefts)
    return "\n".join(lines)


def _has_letters(cell: str) -> bool:
    return any(map(str.isalpha, cell))


def _lines(cells: Sequence[str], widths: Sequence[int], lefts: Sequence[bool]) -> list[str]:
    wrapped = [_wrapped(cell, width) for cell, width in zip(cells, widths, strict=True)]
    lines = []
    for at in range(max(map(len, wrapped))):
        parts = []
        for column, width, left in zip(wrapped, widths, lefts, strict=True):
            text = column[at] if at < len(column) else ""
            space = " " * (width - _columns_of(text))
            parts.append(text + space if left else space + text)
        lines.append(_GAP.join(parts).rstrip())
    return lines


def _row_by_row(head: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> str:
    """Write each row as a title and, below it, its other cells with their columns' titles."""
    lines = []
    for name, *cells in rows:
        lines += _wrapped(name, width)
        items = [f"{title} {cell}".strip() for title, cell in zip(head[1:], cells, strict=True) if cell]
        lines += [_INDENT + line for line in _wrapped(" · ".join(items), width - len(_INDENT))]
    return "\n".join(lines)


def _wrapped(text: str, width: int) -> list[str]:
    """Break a text between words, and a word that is wider than the column itself."""
    if _columns_of(text) <= width:
        return [text]
    from rich.console import Console  # noqa: PLC0415 - most tables fit
    from rich.text import Text  # noqa: PLC0415 - most tables fit

    # Only measures and wraps.
    console = Console(width=WIDTH, color_system=None, force_terminal=False)
    return [line.plain.rstrip() for line in Text(text).wrap(console, width, overflow="fold")]


def _columns_of(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii() and text.isprintable():
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415 - most texts take a column a character

    return cell_len(text)


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
