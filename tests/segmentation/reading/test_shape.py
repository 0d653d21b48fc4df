"""Finding the table in a text whose columns nobody knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentation.errors import BadInput
from segmentation.reading.layout import DELIMITERS, find_layout
from segmentation.reading.shape import UNKNOWN_COLUMNS, find_shape
from segmentation.reading.source import opened_source
from segmentation.reading.table import Limits, open_table


@pytest.mark.parametrize(
    ("text", "delimiter", "header"),
    [
        ("id,spend\n1,2\n2,3\n", ",", "id"),
        ("id\tspend\tvisits\n1\t2,5\t3\n2\t3,5\t4\n", "\t", "id"),
        ("a|b\n1|2\n", "|", "a"),
        ("spend\n1\n2\n", ",", "spend"),
        ("a;b\n1,5;2,5\n3,5;2,5\n", ";", "a;b"),
        ("Export of 3 May, all shops\n\nid;spend\n1;2,5\n2;3,5\n", ";", "id"),
        ("Customers;;;\nMade by;me;;\nid;spend;visits;x\n1;2,5;3,5;4\n2;3,5;3;4\n", ";", "id"),
        ('"a, b";c\n"1, 2";3\n"2, 3";4\n', ";", '"a, b"'),
        ("id;note\n1;a, b, c\n2;d, e, f\n3;g\n", ";", "id"),
        ("id,2023,2024\nx,1,2\ny,3,4\n", ",", "id"),
        ("id,na\nx", ",", "id"),
    ],
)
def test_delimiter_and_header_are_what_the_lines_agree_on(text: str, delimiter: str, header: str) -> None:
    shape = find_shape(text, DELIMITERS)
    assert shape.delimiter == delimiter
    assert text[shape.above :].startswith(header)


def test_a_last_line_that_is_cut_off_says_nothing() -> None:
    whole = "id,spend,visits\n1,2,3\n2,3,4\n"
    assert find_shape(whole + "3,4", DELIMITERS) == find_shape(whole, DELIMITERS)


def test_a_quote_that_never_closes_leaves_what_was_read_before_it() -> None:
    assert find_shape('id;spend\n1;2\n2;"' + "x" * 200_000, DELIMITERS).delimiter == ";"


@pytest.mark.parametrize("text", ["1,2\n3,4\n", "7\n8\n", "1,5;2\n2,5;3\n"])
def test_rows_without_a_header_are_refused(text: str) -> None:
    with pytest.raises(BadInput, match="no header: its first line holds numbers"):
        find_shape(text, DELIMITERS)


def test_a_layout_without_known_columns_has_no_features() -> None:
    layout = find_layout(b"Report\n\nid;spend\n1;2,5\n2;3,5\n", UNKNOWN_COLUMNS, Limits())
    assert (layout.header, layout.columns, layout.absent) == (("id", "spend"), (), ())
    assert (layout.delimiter, layout.first_line, layout.titles, layout.id_column) == (";", 4, 1, 0)
    assert layout.notes(UNKNOWN_COLUMNS) == ("The delimiter is a semicolon.", "Skipped 1 line above the header.")


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(BadInput, match="Two columns are called “Spend”"):
        find_layout(b"spend,Spend,x\n1,2,3\n", UNKNOWN_COLUMNS, Limits())


def test_a_table_opens_without_a_schema(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,spend\n1,2\n2,3\n")
    with opened_source(path, UNKNOWN_COLUMNS, limits=Limits()) as opened:
        table = open_table(opened, UNKNOWN_COLUMNS)
        cells = [table.rows.cells(block).rows() for block in table.blocks()]
    assert cells == [[("1", "2"), ("2", "3")]]
