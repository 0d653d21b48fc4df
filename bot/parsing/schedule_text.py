"""Reads when something is to be done: `every monday 9:00`, `every day 9am`, `every month on the 1st 9:00`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from segmentation.watching.schedule import LAST_DAY, WEEKDAYS, Every, Schedule

EXAMPLES: Final = ("every monday 9:00", "every day 9:00", "every month on the 1st 9:00")
NOT_READ: Final = f"I can't read when: write {', '.join(EXAMPLES[:2])} or {EXAMPLES[2]}"
_HOUR: Final = 60
_NOON: Final = 12
_HOURS: Final = 24
_SHORTEST_DAY: Final = 3
_EVERY: Final = re.compile(
    r"\bevery\s+(?P<which>day|month(?:\s+on)?(?:\s+the)?\s+(?P<date>\d{1,2})(?:st|nd|rd|th)?(?:\s+day)?|[a-z]{3,10})"
    r"\s*,?\s*(?:at\s+)?(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2}))?\s*(?P<half>am|pm)?(?=[\s,;.!]|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class When:
    """A schedule in a command, its zone not known yet, and the command without it."""

    schedule: Schedule
    rest: str


def mentions_schedule(text: str) -> bool:
    """Say whether a command says that something is to be done again and again.

    >>> mentions_schedule("table=customers every day 9:00"), mentions_schedule("table=everyone")
    (True, False)
    """
    return re.search(r"(?:^|[\s,;])every(?:[\s,;]|$)", text, re.IGNORECASE) is not None


def read_schedule(text: str) -> When | None:
    """Read the one schedule in a command; None if there is none that can be read.

    >>> read_schedule("table=customers every Monday at 9:00 by=3")
    When(schedule=Schedule(every=<Every.WEEK: 'week'>, day=0, minute=540, zone='UTC'), rest='table=customers  by=3')
    """
    found = _EVERY.search(text)
    if found is None:
        return None
    minute, day = _minute_of(found), _day_of(found)
    if minute is None or day is None:
        return None
    rest = f"{text[: found.start()]} {text[found.end() :].lstrip('.!')}"
    return When(Schedule(*day, minute), rest.strip())


def _minute_of(found: re.Match[str]) -> int | None:
    """Return the minutes since midnight; None for a time that does not exist, or could be two."""
    hour, stated, half = int(found["hour"]), found["minute"], (found["half"] or "").casefold()
    if half:
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if half == "pm" else 0)
    elif stated is None:
        return None  # a bare number may be anything
    minute = int(stated or 0)
    return hour * _HOUR + minute if hour < _HOURS and minute < _HOUR else None


def _day_of(found: re.Match[str]) -> tuple[Every, int] | None:
    which = found["which"].casefold()
    if which == "day":
        return Every.DAY, 0
    if found["date"]:
        date = int(found["date"])
        return (Every.MONTH, date) if 1 <= date <= LAST_DAY else None
    days = [number for number, day in enumerate(WEEKDAYS) if day.casefold().startswith(which.removesuffix("s"))]
    return (Every.WEEK, days[0]) if len(days) == 1 and len(which) >= _SHORTEST_DAY else None
