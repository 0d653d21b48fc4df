"""When something is due: over months, changes of the clock, and time zones."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.errors import BadInput
from segmentation.watching.schedule import Every, Schedule, is_known_zone, zone_of

BERLIN = "Europe/Berlin"


def at(text: str, zone: str = "UTC") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def local(seconds: float, zone: str) -> str:
    return f"{datetime.fromtimestamp(seconds, ZoneInfo(zone)):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("schedule", "now", "last", "following"),
    [
        (Schedule(Every.WEEK, 0, 540), "2026-11-27 16:00", "2026-11-23 09:00", "2026-11-30 09:00"),
        (Schedule(Every.WEEK, 4, 540), "2026-11-27 09:00", "2026-11-27 09:00", "2026-12-04 09:00"),
        (Schedule(Every.DAY, 0, 1439), "2026-11-27 16:00", "2026-11-26 23:59", "2026-11-27 23:59"),
        (Schedule(Every.MONTH, 1, 0), "2026-11-27 16:00", "2026-11-01 00:00", "2026-12-01 00:00"),
        # A month that has no 31st takes its last day.
        (Schedule(Every.MONTH, 31, 540), "2027-02-27 16:00", "2027-01-31 09:00", "2027-02-28 09:00"),
        (Schedule(Every.MONTH, 31, 540), "2027-04-30 09:00", "2027-04-30 09:00", "2027-05-31 09:00"),
        (Schedule(Every.MONTH, 29, 540), "2028-02-29 10:00", "2028-02-29 09:00", "2028-03-29 09:00"),
    ],
)
def test_it_was_due_and_will_be(schedule: Schedule, now: str, last: str, following: str) -> None:
    assert local(schedule.last(at(now)), "UTC") == last
    assert local(schedule.next(at(now)), "UTC") == following


def test_it_keeps_to_the_time_of_day_over_a_change_of_the_clock() -> None:
    schedule = Schedule(Every.DAY, 0, 540, BERLIN)
    # Clocks are put forward on 28 March 2027 and back on 31 October.
    for day in ("2027-03-27", "2027-10-30"):
        first = schedule.next(at(f"{day} 00:00", BERLIN))
        second = schedule.next(first)
        assert [local(moment, BERLIN)[-5:] for moment in (first, second)] == ["09:00", "09:00"]
        assert second - first == (23 if day == "2027-03-27" else 25) * 3600


def test_a_time_that_is_left_out_is_an_hour_later_and_one_that_comes_twice_counts_once() -> None:
    schedule = Schedule(Every.DAY, 0, 150, BERLIN)
    assert local(schedule.next(at("2027-03-28 00:00", BERLIN)), BERLIN) == "2027-03-28 03:30"
    first = schedule.next(at("2027-10-31 00:00", BERLIN))
    assert datetime.fromtimestamp(first, UTC) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert local(schedule.next(first), BERLIN) == "2027-11-01 02:30"


@given(
    schedule=st.one_of(
        st.builds(Schedule, st.just(Every.DAY), st.just(0), st.integers(0, 1439), st.sampled_from(["UTC", BERLIN])),
        st.builds(Schedule, st.just(Every.WEEK), st.integers(0, 6), st.integers(0, 1439), st.just("Pacific/Apia")),
        st.builds(Schedule, st.just(Every.MONTH), st.integers(1, 31), st.integers(0, 1439), st.just("Asia/Kolkata")),
    ),
    now=st.integers(1_700_000_000, 1_900_000_000).map(float),
)
def test_the_next_moment_is_the_last_one_once_it_has_come(schedule: Schedule, now: float) -> None:
    last, following = schedule.last(now), schedule.next(now)
    assert last <= now < following
    assert schedule.last(following) == following
    assert schedule.last(following - 1) == last
    assert schedule.next(last) == following
    assert Schedule.from_data(schedule.to_data()) == schedule


@pytest.mark.parametrize(("every", "day", "minute"), [("week", 7, 0), ("month", 0, 0), ("day", 1, 0), ("day", 0, 1440)])
def test_a_day_or_time_that_does_not_exist_is_refused(every: str, day: int, minute: int) -> None:
    with pytest.raises(BadInput):
        Schedule(Every(every), day, minute)


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "\0"])
def test_an_unknown_time_zone_is_utc(name: str) -> None:
    assert not is_known_zone(name)
    assert zone_of(name).key == "UTC"
    assert is_known_zone(BERLIN)
