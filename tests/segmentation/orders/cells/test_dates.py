"""Dates in the forms exports write them, and the order of day and month, from the whole column or asked."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from segmentation.orders.answers import DayOrder, OrderAnswers
from segmentation.orders.cells.dates import DateEvidence, read_days

_DAY_FIRST = {"/": DayOrder.DAY_FIRST, ".": DayOrder.DAY_FIRST, "-": DayOrder.DAY_FIRST}


@pytest.mark.parametrize(
    "text",
    [
        *("2024-03-05", "2024/3/5", "2024.03.05", "20240305", "2024-03-05T23:59:59Z", "2024-03-05 09:30:00 +0100"),
        *("2024-03-05 12:33:11 UTC", "2024年3月5日", "5.3.2024", "05/03/24", "5-3-2024 9:30 PM", "05.03.2024, 09:30"),
        *(
            "5 Mar 2024",
            "5. März 2024",
            "05-Mar-2024",
            "5-MAR-24",
            "Tue, 5 Mar 2024 09:30:00 GMT",
            "5 de marzo de 2024",
        ),
        *("Mar 5, 2024", "March 5th, 2024 at 9:30 am", "5 août 2024", " 2024-03-05 ", "1709629200", "1709629200000"),
    ],
)
def test_a_day_is_read_in_every_form(text: str) -> None:
    month = 8 if "août" in text else 3
    assert read_days(pl.Series([text]), _DAY_FIRST).to_list() == [date(2024, month, 5)]


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2024-02-30", "32.1.2024", "13/13/2024", "2024-3", "5 Foo 2024", "12:30", "2024-03-05 and so on"],
)
def test_what_is_no_day_is_none(text: str) -> None:
    assert read_days(pl.Series([text]), _DAY_FIRST).to_list() == [None]


def test_texts_that_repeat_are_read_as_others_are() -> None:
    cells = pl.Series(["3/4/2024", "soon", "3/4/2024", "3/4/2024"] * 5)
    month_first = read_days(cells, {"/": DayOrder.MONTH_FIRST})
    assert month_first.to_list() == [date(2024, 3, 4), None, date(2024, 3, 4), date(2024, 3, 4)] * 5


def _seen(*cells: str) -> DateEvidence:
    evidence = DateEvidence()
    for cell in cells:  # as over several blocks
        evidence.add(pl.Series([cell]))
    return evidence


@pytest.mark.parametrize(("other", "order"), [("25/3/2024", DayOrder.DAY_FIRST), ("3/25/2024", DayOrder.MONTH_FIRST)])
def test_one_cell_of_the_column_settles_the_order(other: str, order: DayOrder) -> None:
    evidence = _seen("3/4/2024", other)
    assert evidence.orders(None) == {"/": order}
    assert not list(evidence.questions("Date", None))
    said = "3 Apr 2024" if order is DayOrder.DAY_FIRST else "4 Mar 2024"
    assert list(evidence.notes("Date", OrderAnswers())) == [
        f"In “Date”, 3/4/2024 was read as {said}, as other dates of the column show."
    ]


def test_a_column_that_settles_nothing_is_asked_about_with_examples() -> None:
    evidence = _seen("7/8/2024", "3/4/2024", "5/5/2024")
    (question,) = evidence.questions("Date", None)
    assert question.asked == (
        "The dates in the column “Date” can be read in several ways: 3/4/2024, 7/8/2024. "
        "Does 3/4/2024 mean 3 Apr 2024 or 4 Mar 2024?"
    )
    assert [choice.key for choice in question.choices] == ["dates=day-first", "dates=month-first"]
    assert not list(evidence.questions("Date", DayOrder.DAY_FIRST))
    assert evidence.orders(DayOrder.MONTH_FIRST) == {"/": DayOrder.MONTH_FIRST}


def test_dates_that_contradict_each_other_are_asked_about_and_plain_ones_read_the_only_way_they_can() -> None:
    evidence = _seen("3/4/2024", "25/3/2024", "3/25/2024")
    (question,) = evidence.questions("Date", None)
    assert "some can only be read one way and some only the other" in question.asked
    days = read_days(pl.Series(["3/4/2024", "25/3/2024", "3/25/2024"]), evidence.orders(DayOrder.DAY_FIRST))
    assert days.to_list() == [date(2024, 4, 3), date(2024, 3, 25), date(2024, 3, 25)]


def test_each_mark_is_decided_for_itself() -> None:
    evidence = _seen("3/4/2024", "25.3.2024", "1.2.2024")
    (question,) = evidence.questions("Date", None)
    assert "3/4/2024" in question.asked
    assert "1.2.2024" not in question.asked
    assert evidence.orders(DayOrder.MONTH_FIRST) == {"/": DayOrder.MONTH_FIRST, ".": DayOrder.DAY_FIRST}


def test_dates_with_dots_are_read_day_first_and_that_is_said() -> None:
    evidence = _seen("01.04.2024", "02.04.2024")
    assert not list(evidence.questions("Datum", None))
    assert evidence.orders(None) == {".": DayOrder.DAY_FIRST}
    assert list(evidence.notes("Datum", OrderAnswers())) == [
        "In “Datum”, 01.04.2024 was read as 1 Apr 2024, day first, as dates with dots are."
    ]
    assert evidence.orders(DayOrder.MONTH_FIRST) == {".": DayOrder.MONTH_FIRST}
    (said,) = evidence.notes("Datum", OrderAnswers(days=DayOrder.MONTH_FIRST))
    assert said == "In “Datum”, 01.04.2024 was read as 4 Jan 2024, as you said."


def test_dates_with_dots_whose_cells_say_otherwise_are_not_read_day_first_in_silence() -> None:
    assert _seen("01.04.2024", "04.25.2024").orders(None) == {".": DayOrder.MONTH_FIRST}
    assert list(_seen("01.04.2024", "04.25.2024", "25.04.2024").questions("Date", None))
    assert list(_seen("24.04.01").questions("Date", None))


def test_dates_whose_day_is_their_month_leave_nothing_open() -> None:
    assert not list(_seen("5/5/2024", "2024-03-04", "").questions("Date", None))


def test_years_of_two_digits_that_may_come_first_are_asked_about() -> None:
    cells = ("24/03/05", "24/03/07", "23/12/09")
    evidence = _seen(*cells)
    assert evidence.orders(None) == {}
    (question,) = evidence.questions("Date", None)
    assert "Does 23/12/09 mean 23 Dec 2009 or 23 Dec 2009 or 9 Dec 2023?" in question.asked
    assert [choice.key for choice in question.choices][-1] == "dates=year-first"
    days = read_days(pl.Series(cells), evidence.orders(DayOrder.YEAR_FIRST))
    assert days.to_list() == [date(2024, 3, 5), date(2024, 3, 7), date(2023, 12, 9)]
    assert not list(evidence.notes("Date", OrderAnswers(days=DayOrder.YEAR_FIRST)))
    assert not list(_seen("05/03/24", "17/03/24", "09/12/23").questions("Date", None))


@pytest.mark.parametrize("cells", [("5/13/24",), ("17/03/98",), ("17/03/00",)])
def test_years_of_two_digits_that_cannot_come_first_are_not_asked_about(cells: tuple[str, ...]) -> None:
    assert not list(_seen(*cells).questions("Date", None))


def test_a_number_that_is_no_day_settles_nothing() -> None:
    assert list(_seen("3/4/2024", "99/1/2024").questions("Date", None))
