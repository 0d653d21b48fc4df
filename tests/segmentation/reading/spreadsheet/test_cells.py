"""Dates, times and numbers of sheets as text, and what number formats say."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.reading.spreadsheet.cells import (
    Cell,
    Kind,
    cell_text,
    number_text,
    percent_text,
    serial_of,
    unmarked_text,
)
from segmentation.reading.spreadsheet.number_format import BUILT_IN, currency, is_date, is_percent


@pytest.mark.parametrize(
    ("moment", "serial", "text"),
    [
        (date(1900, 1, 1), 1.0, "1900-01-01"),
        (date(1900, 2, 28), 59.0, "1900-02-28"),
        (date(1900, 3, 1), 61.0, "1900-03-01"),
        (date(2024, 3, 4), 45355.0, "2024-03-04"),
        (datetime(2024, 3, 4, 6), 45355.25, "2024-03-04 06:00:00"),
        (time(18, 30), 18.5 / 24, "18:30:00"),
        (timedelta(hours=26, minutes=3, seconds=4), (26 * 3600 + 184) / 86_400, "26:03:04"),
    ],
)
def test_counts_days_as_excel_does(moment: date | time | timedelta, serial: float, text: str) -> None:
    counted, code = serial_of(moment)
    assert counted == pytest.approx(serial)
    assert is_date(code)
    assert cell_text(Cell(Kind.DATE, counted, code)) == text


@pytest.mark.parametrize("serial", [-1.0, 3e6])
def test_a_number_that_no_date_has_is_written_as_a_number(serial: float) -> None:
    assert cell_text(Cell(Kind.DATE, serial, "dd.mm.yyyy")) == number_text(serial)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_back_as_itself(value: float) -> None:
    assert float(number_text(value)) == value


@pytest.mark.parametrize(
    ("value", "text"), [(0.35, "35"), (0.07, "7"), (1.0, "100"), (0.123, "12.3"), (-0.5, "-50"), (1e-7, "1e-05")]
)
def test_a_percentage_is_written_as_shown(value: float, text: str) -> None:
    assert percent_text(value) == text


@pytest.mark.parametrize(
    "code",
    [
        "yyyy-mm-dd",
        "d/m/yy",
        "h:mm AM/PM",
        "[h]:mm",
        "[ss]",
        "[$-407]dd. mmm yyyy",
        "[Red]mm:ss",
        "m/d/yy;@",
        *BUILT_IN,
    ],
    ids=str,
)
def test_dates_are_told_by_their_format(code: str | int) -> None:
    known = code in {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)} if isinstance(code, int) else True
    assert is_date(BUILT_IN[code] if isinstance(code, int) else code) == known


@pytest.mark.parametrize(
    "code",
    ["General", "0.00", "#,##0", "@", '0 "days"', "0\\d", "[Red]0", "[>100]0", "0_d", "0;[Magenta]-0", "[$SEK-41D] 0"],
)
def test_numbers_are_no_dates(code: str) -> None:
    assert not is_date(code)


@pytest.mark.parametrize(
    ("code", "percent"), [("0%", True), ("0.0 %", True), ("[Red]0%;0", True), ('0"%"', False), ("0\\%", False)]
)
def test_percentages_are_told_by_their_format(code: str, percent: bool) -> None:
    assert is_percent(code) == percent


@pytest.mark.parametrize(
    ("code", "sign"),
    [
        ('"$"#,##0.00', "$"),
        ("[$€-407] #,##0.00", "€"),
        ("#,##0.00 [$kr-41D]", "kr"),
        ("$#,##0", "$"),
        ("0 EUR", "EUR"),
        ("[$-409]mmm", ""),
        ("0.00", ""),
    ],
)
def test_money_is_told_by_its_format(code: str, sign: str) -> None:
    assert currency(code) == sign


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_without_a_mark_is_the_same_number(value: float) -> None:
    text = unmarked_text(number_text(value))
    assert "." not in text
    assert float(text) == value
