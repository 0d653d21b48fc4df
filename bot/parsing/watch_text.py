"""Reads the text of `/segments watch`: which table, when, and by how much a share must move."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.parsing.formatting import plain_words
from bot.parsing.schedule_text import NOT_READ, mentions_schedule, read_schedule
from segmentation.watching.schedule import Schedule
from segmentation.watching.watch import DEFAULT_POINTS

NAME: Final = "/segments watch"
_LONGEST: Final = 2000
_SHOWN: Final = 40
_MOST_POINTS: Final = 100
_OPTIONS: Final = ("table", "by")
_POINTS: Final = re.compile(r"(\d{1,3}(?:\.\d{1,2})?)\s*(?:%|points?|pp)?")


@dataclass(frozen=True, slots=True)
class WatchOrder:
    """A watch as it was typed.

    Parameters
    ----------
    table
        The name of a configured table; the command checks whether it exists.
    schedule
        When, its zone not known yet.
    points
        By how many percentage points a share must move.
    """

    table: str
    schedule: Schedule
    points: float = DEFAULT_POINTS


@dataclass(frozen=True, slots=True)
class MisreadWatch:
    """A text that was not understood: what is wrong, not escaped."""

    faults: tuple[str, ...]


def read_watch(text: str) -> WatchOrder | MisreadWatch:
    """Read what follows `watch`. Nothing is guessed: what is not understood is named."""
    if len(text) > _LONGEST:
        return MisreadWatch((f"the text is longer than {_LONGEST:,} characters",))
    plain = re.sub(r"\s*=\s*", "=", plain_words(text))
    when = read_schedule(plain)
    faults: list[str] = []
    if when is None:
        faults.append(NOT_READ if mentions_schedule(plain) else f"when is missing: {NOT_READ.partition(': ')[2]}")
        plain = re.split(r"(?:^|\s)every(?:\s|$)", plain, maxsplit=1, flags=re.IGNORECASE)[0]
    options: dict[str, str] = {}
    for word in (plain if when is None else when.rest).replace(",", " ").split():
        name, equals, value = word.partition("=")
        name = name.casefold()
        if not equals or name not in _OPTIONS:
            faults.append(f"I don't know “{word[:_SHOWN]}”")
        elif name in options:
            faults.append(f"{name}=… is given twice")
        else:
            options[name] = value
    if not options.get("table"):
        faults.append("which table? Write table=NAME")
    points = _points(options.get("by"))
    if points is None:
        faults.append(f"by=… is by how many percentage points a share must move, more than 0, to {_MOST_POINTS}")
    if faults or when is None or points is None:
        return MisreadWatch(tuple(dict.fromkeys(faults)))
    return WatchOrder(options["table"].casefold(), when.schedule, points)


def _points(stated: str | None) -> float | None:
    if stated is None:
        return DEFAULT_POINTS
    found = _POINTS.fullmatch(stated)
    points = float(found[1]) if found else 0.0
    return points if 0 < points <= _MOST_POINTS else None
