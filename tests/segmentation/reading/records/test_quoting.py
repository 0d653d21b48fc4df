"""Rows with quotes out of place or too many fields lose no character."""

from __future__ import annotations

import csv

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from segmentation.reading.records.quoting import join_surplus, split_misquoted


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ('3,"Half" quoted,4', ["3", '"Half" quoted', "4"]),
        ('"a"b"c",d', ['"a"b"c"', "d"]),
        ('"a, b"x,"c, d"', ['"a, b"x', "c, d"]),
        ('"say ""x"""y,""', ['"say ""x"""y', ""]),
        ('27" wide,"a"', ['27" wide', "a"]),
        ('""x', ['""x']),
        ('x,"a" ', ["x", '"a" ']),
        (",,", ["", "", ""]),
        ("", [""]),
    ],
)
def test_a_misquoted_field_keeps_its_quotes_and_all_others_are_read_as_ever(line: str, fields: list[str]) -> None:
    assert split_misquoted(line, ",") == fields


@given(st.text('ab",; ', max_size=12), st.sampled_from(",;|\t"))
def test_splits_where_the_csv_module_splits_when_it_is_lenient(line: str, delimiter: str) -> None:
    try:
        strict = next(csv.reader([line], delimiter=delimiter, strict=True), [""])
    except csv.Error as error:
        assume("unexpected end" not in str(error))
        lenient = next(csv.reader([line], delimiter=delimiter))
        fields = split_misquoted(line, delimiter)
        assert [field.replace('"', "") for field in fields] == [field.replace('"', "") for field in lenient]
        assert any(field not in lenient for field in fields)
    else:
        assert split_misquoted(line, delimiter) == (strict or [""])


@given(st.lists(st.text('ab",;\n\r ', max_size=6), min_size=1, max_size=4), st.sampled_from(",;|\t"))
def test_joined_fields_split_into_themselves(fields: list[str], delimiter: str) -> None:
    assert split_misquoted(join_surplus(fields, delimiter), delimiter) == fields


def test_splitting_takes_time_in_proportion_to_the_line() -> None:
    line = '"' + 'a""' * 200_000 + '"x'
    assert split_misquoted(line, ",") == [line]
