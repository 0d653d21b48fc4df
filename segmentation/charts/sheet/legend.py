"""A legend: each segment's mark or number with its name, in two columns if there are many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from segmentation.charts.sheet.sheet import MARGIN, WIDTH, Sheet
from segmentation.charts.sheet.text import measure, wrap
from segmentation.palette import look_of

# With more segments than this, names beside their marks would cover each other: marks carry numbers instead.
MOST_NAMED: Final = 5
_ONE_COLUMN: Final = 3
_LINES: Final = 3
_LEAST: Final = 40.0
_BESIDE: Final = 44.0


def numbers_of(names: Sequence[str]) -> dict[str, int]:
    """Return the segments' numbers, from 1 in the order of `names`; none if they are few enough to be named."""
    return {name: number for number, name in enumerate(names, 1)} if len(names) > MOST_NAMED else {}


@dataclass(frozen=True)
class Legend:
    """The names of segments, with the marks or numbers that stand for them; without numbers, marks are drawn.

    Parameters
    ----------
    names
        In the order to list them, down the first column first.
    numbers
        By name.
    notes
        What to write after a name, by name.
    """

    names: Sequence[str]
    numbers: dict[str, int]
    notes: dict[str, str]

    @property
    def height(self) -> float:
        """The height in pixels."""
        return sum(self._heights())

    def draw(self, sheet: Sheet, top: float) -> None:
        """Draw the legend from `top` on, in pixels from the top of the sheet."""
        heights, labels = self._heights(), self._labels()
        middles = [top + end - height / 2 for end, height in zip(accumulate(heights), heights, strict=True)]
        for at, (name, label) in enumerate(zip(self.names, labels, strict=True)):
            column, row = divmod(at, len(heights))
            x, y = MARGIN + column * self._width(), middles[row]
            look = look_of(name, self.names)
            if name in self.numbers:
                sheet.number(x + 17, y, self.numbers[name], look)
            else:
                sheet.marker(x + 14, y, look)
            sheet.text(x + _BESIDE, y, label)

    def _columns(self) -> int:
        return 1 if len(self.names) <= _ONE_COLUMN else 2

    def _width(self) -> float:
        return (WIDTH - 2 * MARGIN) / self._columns()

    def _labels(self) -> list[str]:
        return [self._label(name, self._width() - _BESIDE - 16) for name in self.names]

    def _label(self, name: str, room: float) -> str:
        note = self.notes.get(name, "")
        label = wrap(f"{name}{note}", room, _LINES)
        if not note or "\n" not in label:
            return label
        # Too long together: the note gets a line of its own, and is never shortened for the name.
        return f"{wrap(name, room, _LINES - 1)}\n{wrap(note.lstrip(': '), room, 1)}"

    def _heights(self) -> list[float]:
        """Return the height of each row: that of its highest label."""
        labels = self._labels()
        rows = -(-len(labels) // self._columns())
        return [max(_LEAST, *(measure(label)[1] + 10 for label in labels[row::rows])) for row in range(rows)]


def legend_of(names: Sequence[str], *, notes: dict[str, str] | None = None) -> Legend:
    """Return a legend with numbers if there are many segments."""
    return Legend(names, numbers_of(names), notes or {})
