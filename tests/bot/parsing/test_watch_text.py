"""What `/segments watch` and `/retrain every …` take: a table, a schedule, an amount; nothing is guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.parsing.retrain_text import Misread, Order, Wish, read_retrain
from bot.parsing.schedule_text import read_schedule
from bot.parsing.watch_text import MisreadWatch, WatchOrder, read_watch
from segmentation.watching.schedule import LAST_DAY, WEEKDAYS, Every, Schedule, ordinal

MONDAY = Schedule(Every.WEEK, 0, 540)


@pytest.mark.parametrize(
    ("text", "schedule"),
    [
        ("every monday 9:00", MONDAY),
        ("every Monday at 09:00", MONDAY),
        ("every mon 9am", MONDAY),
        ("every mondays, 9h00.", MONDAY),
        ("every wednesdays 12:30 pm", Schedule(Every.WEEK, 2, 750)),
        ("every day 0:00", Schedule(Every.DAY, 0, 0)),
        ("every day at 12am", Schedule(Every.DAY, 0, 0)),
        ("every day 12 PM", Schedule(Every.DAY, 0, 720)),
        ("every month on the 1st 9:00", Schedule(Every.MONTH, 1, 540)),
        ("every month the 22nd at 23:59", Schedule(Every.MONTH, 22, 1439)),
        ("every month on 31 7:15", Schedule(Every.MONTH, 31, 435)),
    ],
)
def test_a_schedule_is_read(text: str, schedule: Schedule) -> None:
    found = read_schedule(text)
    assert found is not None
    assert (found.schedule, found.rest) == (schedule, "")


@pytest.mark.parametrize(
    "text",
    [
        "every monday",
        "every monday 9",
        "every monday 25:00",
        "every monday 9:60",
        "every monday 13pm",
        "every monday 0am",
        "every t 9:00",
        "every fortnight 9:00",
        "every month 9:00",
        "every month on the 32nd 9:00",
        "every month on the 0 9:00",
        "monday 9:00",
        "everyday 9:00",
    ],
)
def test_what_is_no_schedule_or_could_be_two_is_not_read(text: str) -> None:
    assert read_schedule(text) is None


@given(st.sampled_from(Every), st.integers(0, 6), st.integers(1, LAST_DAY), st.integers(0, 1439))
def test_a_schedule_is_read_as_it_is_written(every: Every, weekday: int, date: int, minute: int) -> None:
    day = {Every.DAY: 0, Every.WEEK: weekday, Every.MONTH: date}[every]
    schedule = Schedule(every, day, minute)
    found = read_schedule(f"table=customers {schedule.text}")
    assert found is not None
    assert (found.schedule, found.rest) == (schedule, "table=customers")
    assert (WEEKDAYS[weekday] in schedule.text) is (every is Every.WEEK)
    assert (ordinal(date) in schedule.text) is (every is Every.MONTH)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("table=customers every monday 9:00", WatchOrder("customers", MONDAY)),
        ("every monday 9:00 table = Customers by=3", WatchOrder("customers", MONDAY, 3.0)),
        ("by=2.5% table=“customers”, every monday 9:00", WatchOrder("customers", MONDAY, 2.5)),
    ],
)
def test_a_watch_is_read_in_any_order(text: str, order: WatchOrder) -> None:
    assert read_watch(text) == order


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "when is missing"),
        ("table=customers", "when is missing"),
        ("table=customers every fortnight 9:00", "I can't read when"),
        ("every monday 9:00", "which table? Write table=NAME"),
        ("table= every monday 9:00", "which table? Write table=NAME"),
        ("table=a table=b every monday 9:00", "table=… is given twice"),
        ("table=a by=0 every monday 9:00", "by=…"),
        ("table=a by=101 every monday 9:00", "by=…"),
        ("table=a by=nan every monday 9:00", "by=…"),
        ("table=a please every monday 9:00", "I don't know “please”"),
        ("table=a k=5 every monday 9:00", "I don't know “k=5”"),
        ("x" * 2001, "longer than 2,000 characters"),
    ],
)
def test_what_is_not_understood_is_named(text: str, fault: str) -> None:
    found = read_watch(text)
    assert isinstance(found, MisreadWatch)
    assert any(fault in one for one in found.faults)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert isinstance(read_watch(text), WatchOrder | MisreadWatch)
    assert isinstance(read_retrain(f"every {text}"), Order | Misread)


def test_a_scheduled_retrain_is_read() -> None:
    wanted = Order(Wish.SCHEDULE, k=5, table="customers", schedule=MONDAY)
    assert read_retrain("every monday 9:00 table=customers k=5") == wanted
    assert read_retrain("table=Customers k=5 every Monday at 9am") == wanted


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("every monday 9:00", "which table?"),
        ("every monday 9:00 latest", "“every …” and “latest” don't go together"),
        ("every monday 9:00 rollback", "“every …” and “rollback” don't go together"),
        ("every fortnight table=customers", "I can't read when"),
        ("every monday 9:00 table=customers k=99", "k must be a whole number"),
    ],
)
def test_a_scheduled_retrain_that_is_not_understood_is_refused_with_an_example(text: str, fault: str) -> None:
    found = read_retrain(text)
    assert isinstance(found, Misread)
    assert fault in found.faults[0]
    assert found.instead == "table=NAME every monday 9:00"
