"""What of a check is told: what changed, why, and each thing once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from segmentation.watching.changes import STALE_DAYS, News, news_of, seen_failing
from segmentation.watching.check import TableCheck
from segmentation.watching.schedule import Every, Schedule
from segmentation.watching.unlike import Unlike
from segmentation.watching.watch import Kind, Seen, Watch

DAY = 24 * 3600.0
START = 1_800_000_000.0
WATCH = Watch("T1", "C1", "U1", Kind.WATCH, "customers", Schedule(Every.DAY, 0, 540), since=START)
CHECK = TableCheck(
    version="V1",
    trained_at=START,
    rows=1000,
    scored=1000,
    segments={"Target": 500, "Miser": 300, "Standard": 200},
    trained={"Target": 0.5, "Miser": 0.3, "Standard": 0.2},
)


def feature(level: str) -> Unlike:
    text = "annual income is higher (typically 71 k$, 60 k$ in training)"
    return Unlike("income", "Annual income (k$)", text, 0.3, level, (("up to 50", 0.5, 0.4), ("above 50", 0.5, 0.6)))


def sized(target: int, **more: Any) -> TableCheck:
    """A check in which Target has so many of 1,000 customers, at Miser's expense."""
    return replace(CHECK, segments={"Target": target, "Miser": 800 - target, "Standard": 200}, **more)


def told(*checks: TableCheck, watch: Watch = WATCH) -> list[News]:
    """The news of checks a day apart."""
    found = []
    for number, check in enumerate(checks):
        news, seen = news_of(watch, check, START + number * DAY)
        watch = replace(watch, seen=seen)
        found.append(news)
    return found


def test_nothing_is_told_of_a_table_like_the_training() -> None:
    assert [bool(news) for news in told(CHECK, CHECK, sized(549))] == [False, False, False]


def test_a_move_by_more_than_the_amount_is_told_once_and_from_then_on_compared_with() -> None:
    exactly, first, again, further = told(sized(550), sized(551), sized(551), sized(602))
    assert not exactly
    assert [(one.segment, one.before, one.now) for one in first.moved] == [
        ("Miser", 0.3, 0.249),
        ("Target", 0.5, 0.551),
    ]
    assert first.since is None
    assert first.advises_retrain
    assert not again
    assert further.moved
    assert further.since == START + DAY


def test_small_moves_are_told_once_they_add_up() -> None:
    assert [bool(news.moved) for news in told(sized(520), sized(540), sized(560), sized(580))] == [
        False,
        False,
        True,
        False,
    ]


def test_another_version_is_compared_with_its_own_training() -> None:
    other = sized(600, version="V2", trained={"Target": 0.6, "Miser": 0.2, "Standard": 0.2})
    assert [bool(news) for news in told(CHECK, other)] == [False, False]


def test_the_amount_is_the_watchs_own() -> None:
    (news,) = told(sized(515), watch=replace(WATCH, points=1.0))
    assert news.moved


def test_a_drift_is_told_once_until_it_was_over() -> None:
    large, moderate, none = (replace(CHECK, features=(feature(level),)) for level in ("large", "moderate", "none"))
    news = told(moderate, large, large, moderate, large, none, large)
    assert [bool(one.drifted) for one in news] == [False, True, False, False, False, False, True]
    chance = replace(CHECK, features=(feature("chance"),))
    assert not told(chance)[0]


def test_features_unlike_in_training_are_the_reasons_of_a_move() -> None:
    (news,) = told(sized(600, features=(feature("moderate"),)))
    assert [one.name for one in news.why] == ["income"]
    assert news.drifted == ()


def test_rows_left_out_are_told_if_they_rise_and_again_only_if_they_rise_again() -> None:
    some, many = replace(CHECK, scored=980), replace(CHECK, scored=950)
    news = told(some, some, many, many, some, many)
    assert [one.left_out for one in news] == [None, None, (0.02, 0.05), None, None, (0.02, 0.05)]
    assert not news[2].advises_retrain


def test_a_table_that_lost_most_of_its_rows_is_told() -> None:
    few = replace(CHECK, rows=400, scored=400, segments={"Target": 200, "Miser": 120, "Standard": 80})
    assert [one.lost for one in told(CHECK, few, few)] == [None, (1000, 400), None]


def test_an_old_model_is_told_once() -> None:
    old = replace(CHECK, trained_at=START - STALE_DAYS * DAY)
    assert [one.stale_days for one in told(CHECK, old, old)] == [None, STALE_DAYS + 1, None]
    assert told(replace(CHECK, trained_at=START - STALE_DAYS * DAY + 1))[0].stale_days is None


def test_a_failure_is_told_once_and_so_is_its_end() -> None:
    news, seen = seen_failing(WATCH, START)
    assert news
    failing = replace(WATCH, seen=seen)
    news, seen = seen_failing(failing, START + DAY)
    assert not news
    back = told(CHECK, CHECK, watch=replace(failing, seen=seen))
    assert [one.recovered for one in back] == [True, False]
    assert not back[0].advises_retrain


def test_a_failure_keeps_what_was_seen() -> None:
    _, seen = news_of(WATCH, sized(600), START)
    _, after = seen_failing(replace(WATCH, seen=seen), START + DAY)
    assert after == replace(seen, failing=True, checked=START + DAY)


@pytest.mark.parametrize("value", [CHECK, replace(CHECK, features=(feature("large"),))])
def test_a_check_comes_back_from_its_data(value: TableCheck) -> None:
    assert TableCheck.from_data(value.to_data()) == value


def test_seen_comes_back_from_its_data_and_ignores_what_is_new() -> None:
    _, seen = news_of(WATCH, replace(CHECK, features=(feature("large"),)), START)
    assert seen.told
    assert Seen.from_data({**seen.to_data(), "told": list(seen.told), "of_tomorrow": 1}) == seen


# Time as processes see it: late, put back, put forward.


def test_a_watch_is_due_once_however_the_clock_goes() -> None:
    watch = replace(WATCH, ran=START)
    first = watch.schedule.next(START)
    assert watch.due(first - 1) is None
    # A process that was down for three days makes up for the last moment only.
    assert watch.due(first + 3 * DAY + 5) == first + 3 * DAY
    taken = replace(watch, ran=first + 3 * DAY)
    for now in (first + 3 * DAY + 60, first + 2 * DAY, first - 10 * DAY):
        assert taken.due(now) is None
    assert taken.due(first + 4 * DAY) == first + 4 * DAY


def test_a_watch_that_is_paused_is_not_due_and_makes_up_for_nothing_when_resumed() -> None:
    first = WATCH.schedule.next(START)
    assert replace(WATCH, paused=True).due(first) is None
    assert replace(WATCH, since=first + 60).due(first + 120) is None


def test_a_clock_that_was_far_ahead_is_noticed() -> None:
    first = WATCH.schedule.next(START)
    ahead = replace(WATCH, ran=first + 3 * DAY)
    assert ahead.due(first + DAY) is None
    assert ahead.is_ahead(first + DAY)
    # One moment ahead is nothing: that is what a clock put back by an hour sees.
    assert not ahead.is_ahead(first + 2 * DAY)
