"""Results of a benchmark: measurements, and figures with their goals; printed as text, stored as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any


@dataclass(frozen=True, slots=True)
class Goal:
    """A limit for a figure: at most, or at least."""

    limit: float
    at_most: bool

    @classmethod
    def most(cls, limit: float) -> Goal:
        """Return the goal to stay at or below a limit."""
        return cls(limit, at_most=True)

    @classmethod
    def least(cls, limit: float) -> Goal:
        """Return the goal to reach a limit."""
        return cls(limit, at_most=False)

    def met(self, value: float) -> bool:
        """Say whether a value meets the goal."""
        return value <= self.limit if self.at_most else value >= self.limit

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {show(self.limit)}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure, usually a ratio of two measurements of the same run.

    Parameters
    ----------
    name
        The comparison, in words.
    value
        The number.
    unit
        "×" for a ratio.
    goal
        None for a figure that only informs.
    cpu
        The same ratio of CPU times, which other load on the machine changes less; None if it was not taken.
    """

    name: str
    value: float
    unit: str
    goal: Goal | None = None
    cpu: float | None = None

    def shown(self) -> str:
        """Return the value with its unit."""
        shown = f"{show(self.value)} {self.unit}".rstrip()
        return shown if self.cpu is None else f"{shown} (CPU {show(self.cpu)} {self.unit})"

    def verdict(self) -> str:
        """Return the goal as it reads beside the value, and whether it was missed; empty without a goal."""
        if self.goal is None:
            return ""
        return f"{self.goal} {self.unit}".rstrip() + ("" if self.goal.met(self.value) else " (missed)")

    def to_data(self) -> dict[str, Any]:
        """Return a JSON-ready form."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "goal": str(self.goal) if self.goal else None,
            "met": self.goal.met(self.value) if self.goal else None,
            "cpu": self.cpu,
            "shown": self.shown(),
        }


@dataclass(frozen=True, slots=True)
class Measurement:
    """The values measured for one competitor, keyed by measure and unit, such as "p50 ms"."""

    subject: str
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Section:
    """One benchmark's result.

    Parameters
    ----------
    title
        The competitors and the task.
    method
        How the values were measured and summarised, in a sentence.
    measurements
        One for each competitor, all with the same measures.
    figures
        Ratios and totals derived from them.
    """

    title: str
    method: str
    measurements: tuple[Measurement, ...]
    figures: tuple[Figure, ...]

    def to_data(self) -> dict[str, Any]:
        """Return a JSON-ready form."""
        return {
            "title": self.title,
            "method": self.method,
            "measurements": [{"subject": item.subject, **item.values} for item in self.measurements],
            "figures": [figure.to_data() for figure in self.figures],
        }

    def to_text(self) -> str:
        """Return the section as aligned text: measurements, then figures with goal and verdict."""
        measures = list(self.measurements[0].values)
        measured = [["", *measures]]
        measured += [[item.subject, *(show(item.values[name]) for name in measures)] for item in self.measurements]
        derived = [["", "measured", "goal"]]
        for figure in self.figures:
            derived.append([figure.name, figure.shown(), figure.verdict()])
        return "\n".join([self.title, *_wrapped(self.method), "", *_aligned(measured), "", *_aligned(derived)])


def show(value: float) -> str:
    """Write a number with three significant digits, thousands separated."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 10 else f"{value:.1f}"


def _wrapped(text: str) -> list[str]:
    return wrap(text, 100, initial_indent="  ", subsequent_indent="  ")


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the rows as lines: the first column left-aligned, the others right-aligned."""
    first, *others = (max(map(len, column)) for column in zip(*rows, strict=True))
    for row in rows:
        cells = [row[0].ljust(first), *(cell.rjust(width) for cell, width in zip(row[1:], others, strict=True))]
        yield ("  " + "  ".join(cells)).rstrip()
