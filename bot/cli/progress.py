"""Progress on stderr while somebody watches: the step, how much of it is done, how fast, and how long it will take."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from segmentation.training.steps import Steps

# How much of a file is looked at, and in how many places, to guess how many lines it has.
_SAMPLE: Final = 64 * 1024
_PLACES: Final = 16
_NOT_TEXT: Final = (b"\x1f\x8b", b"PK", b"\xd0\xcf\x11\xe0")
# A speed measured over less says nothing.
_SETTLED_SECONDS: Final = 1.0
_ALMOST: Final = 0.99
_MINUTE: Final = 60


@contextmanager
def progress(
    title: str, stream: TextIO | None = None, *, source: Path | None = None, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[object], None]]:
    """Show the step under way, or the rows done so far, on stderr; silent when that is not a terminal.

    Parameters
    ----------
    source
        The file whose rows are counted, if it is known: then their share of all and the time left are shown, too.
    clock
        Seconds that only grow.
    """
    stream = stream or sys.stderr
    if not stream.isatty():
        yield lambda _step: None
        return
    from rich.console import Console  # noqa: PLC0415 - scripts do without

    so_far = Pace(lines_in(source) if source else None, clock)
    with Console(file=stream).status(f"{title}…") as status:

        def show(step: object) -> None:
            status.update(f"{title}: {so_far.text(step) if isinstance(step, int) else step}")

        yield show


def steps(advance: Callable[[object], None]) -> Steps:
    """Return what a training tells its progress to: the step, and how far it has come, are shown together."""
    name = ""

    def begin(step: str) -> None:
        nonlocal name
        name = step
        advance(step)

    return Steps(begin, lambda so_far: advance(f"{name}, {so_far}"))


class Pace:
    """How far a count of rows has come.

    Parameters
    ----------
    total
        About how many rows there are; None if nobody knows.
    clock
        As for `progress`.
    """

    def __init__(self, total: int | None, clock: Callable[[], float]) -> None:
        self._total = total
        self._clock = clock
        self._began = clock()

    def text(self, rows: int) -> str:
        """Say how far `rows` are: share, rows, rows a second, time left."""
        seconds, parts = self._clock() - self._began, [f"{rows:,} rows"]
        share = None
        if self._total and rows:
            # The total is a guess: nothing is finished before it is finished.
            share = min(rows / self._total, _ALMOST)
            parts.insert(0, f"{share:.0%}")
        if rows and seconds >= _SETTLED_SECONDS:
            parts.append(f"{_rounded(rows / seconds):,} rows/s")
            if share is not None:
                parts.append(f"about {_duration(seconds * (1 - share) / share)} left")
        return " · ".join(parts)


def lines_in(source: Path) -> int | None:
    """Guess how many rows a text file has from samples spread over it; None for archives and workbooks.

    A file of one sample or less is counted whole.
    """
    size = source.stat().st_size
    with source.open("rb") as file:
        if file.read(4).startswith(_NOT_TEXT):
            return None
        seen = lines = 0
        for place in range(_PLACES):
            file.seek(max(size - _SAMPLE, 0) * place // (_PLACES - 1))
            part = file.read(_SAMPLE)
            seen += len(part)
            lines += part.count(b"\n")
    # The first line holds the headings.
    return max(round(size * lines / seen) - 1, 1) if lines else None


def _rounded(number: float) -> int:
    """Keep two digits: more would only flicker."""
    text = f"{number:.0f}"
    return int(text[:2].ljust(len(text), "0"))


def _duration(seconds: float) -> str:
    """Write a duration: "12 s", "3 min"."""
    return f"{max(round(seconds), 1)} s" if seconds < _MINUTE else f"{round(seconds / _MINUTE)} min"
