"""Times as people in Slack read them: always in UTC, and said so."""

from __future__ import annotations

from datetime import UTC, datetime


def in_utc(stamp: str) -> str:
    """Return an ISO 8601 time as people write it, in UTC; or the text itself if it is not one."""
    try:
        return f"{datetime.fromisoformat(stamp).astimezone(UTC):%-d %b %Y, %H:%M} UTC"
    except ValueError:
        return stamp


def time_of_day(seconds: float, *, zone: bool = True) -> str:
    """Return a time of day in UTC, with or without saying so."""
    return f"{datetime.fromtimestamp(seconds, UTC):%H:%M}{' UTC' if zone else ''}"


def day_of(seconds: float, *, year: bool = True) -> str:
    """Return a day in UTC, as people write it: "3 Oct 2026"."""
    day = datetime.fromtimestamp(seconds, UTC)
    return f"{day:%-d %b %Y}" if year else f"{day:%-d %b}"
