"""When something is due: every day, on a weekday, or on a day of the month, at a time of day in a time zone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from segmentation.errors import BadInput

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LAST_DAY: Final = 31
_MINUTES_OF_DAY: Final = 24 * 60
_HOUR: Final = 60
_DAY: Final = timedelta(days=1)
# A month and two days: any schedule has a date among as many.
_LOOKED_THROUGH: Final = 33
_TEENS: Final = range(11, 14)


class Every(StrEnum):
    """How often."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Schedule:
    """A rule for when something is due.

    Parameters
    ----------
    every
        How often.
    day
        With `Every.WEEK` 0 for Monday to 6 for Sunday; with `Every.MONTH` 1 to 31, where a month that is shorter takes
        its last day; else 0.
    minute
        Minutes since midnight, 0 to 1439.
    zone
        The name of an IANA time zone.

    Raises
    ------
    BadInput
        When there is no such day or time. An unknown zone is UTC.
    """

    every: Every
    day: int
    minute: int
    zone: str = "UTC"

    def __post_init__(self) -> None:
        object.__setattr__(self, "every", Every(self.every))  # stored as its text
        days = {Every.DAY: range(1), Every.WEEK: range(7), Every.MONTH: range(1, LAST_DAY + 1)}
        if self.day not in days[self.every] or self.minute not in range(_MINUTES_OF_DAY):
            raise BadInput("There is no such day or time.")

    def last(self, now: float) -> float:
        """Return the latest moment at or before `now` when it was due; both in seconds since the epoch."""
        today = datetime.fromtimestamp(now, zone_of(self.zone)).date()
        # From tomorrow on, since a clock that was set forward over a time of day is past it.
        return next(moment for moment in self._moments(today + _DAY, -_DAY) if moment <= now)

    def next(self, now: float) -> float:
        """Return the earliest moment after `now` when it will be due; both in seconds since the epoch."""
        today = datetime.fromtimestamp(now, zone_of(self.zone)).date()
        return next(moment for moment in self._moments(today - _DAY, _DAY) if moment > now)

    @property
    def text(self) -> str:
        """The rule in words, without its zone.

        >>> Schedule(Every.WEEK, 0, 540).text, Schedule(Every.MONTH, 1, 870).text
        ('every Monday at 9:00', 'every month on the 1st at 14:30')
        """
        which = {
            Every.DAY: "every day",
            Every.WEEK: f"every {WEEKDAYS[self.day % 7]}",
            Every.MONTH: f"every month on the {ordinal(self.day)}",
        }[self.every]
        return f"{which} at {self.minute // _HOUR}:{self.minute % _HOUR:02}"

    def to_data(self) -> dict[str, Any]:
        """Return the JSON-ready form."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Schedule:
        """Rebuild it from `to_data`'s form."""
        return cls(Every(data["every"]), int(data["day"]), int(data["minute"]), str(data.get("zone", "UTC")))

    def _moments(self, start: date, step: timedelta) -> Iterator[float]:
        """Yield the moments on the dates from `start` on, in either direction."""
        zone = zone_of(self.zone)
        for number in range(2 * _LOOKED_THROUGH):
            day = start + number * step
            if self._falls_on(day):
                # Of a time of day that comes twice, the first; one that is left out when clocks go forward is an hour
                # later.
                hour, minute = divmod(self.minute, _HOUR)
                yield datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).timestamp()

    def _falls_on(self, day: date) -> bool:
        if self.every is Every.WEEK:
            return day.weekday() == self.day
        if self.every is Every.MONTH:
            return day.day == self.day or (day.day < self.day and (day + _DAY).day == 1)
        return True


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its name; UTC if this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return ZoneInfo("UTC")


def is_known_zone(name: str) -> bool:
    """Say whether this machine knows a time zone."""
    return bool(name) and zone_of(name).key == name


def ordinal(number: int) -> str:
    """Return a number as people count days.

    >>> [ordinal(number) for number in (1, 2, 3, 11, 22)]
    ['1st', '2nd', '3rd', '11th', '22nd']
    """
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number in _TEENS else ending}"
