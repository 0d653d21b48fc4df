"""How a file's header is found, split and mapped, and what is said when it cannot be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from segmentation.errors import BadInput, OtherColumns
from segmentation.reading.encoding import Limits
from segmentation.reading.layout import Layout, find_layout
from segmentation.reading.table import open_table
from segmentation.schema_data import default_schema

SCHEMA = default_schema()


def layout(text: str) -> Layout:
    return find_layout(text.encode(), SCHEMA, Limits())


def refusal(text: str) -> str:
    with pytest.raises(BadInput) as refused:
        layout(text)
    return refused.value.sentence


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_finds_the_delimiter_by_the_features_it_brings_out(delimiter: str) -> None:
    found = layout(delimiter.join(["id", "age", "income", "score", "a,b;c|d"]) + "\n")
    assert found.delimiter == delimiter
    assert found.columns == (1, 2, 3)


def test_a_delimiter_inside_quoted_names_does_not_mislead() -> None:
    found = layout('"x;y;z;w";"Income, yearly";Age;"Annual Income (k$)";"Spending Score (1-100)"\n')
    assert (found.delimiter, found.width, found.columns) == (";", 5, (2, 3, 4))


@pytest.mark.parametrize("line", ["sep=;", "SEP=;", '"sep=;"', "sep=; "])
def test_a_separator_line_decides_and_is_stated(line: str) -> None:
    found = layout(f"{line}\r\nage;income;score\r\n1;2;3\r\n")
    assert (found.delimiter, found.first_line, found.line_end) == (";", 3, "\r\n")
    assert "The delimiter is a semicolon, as the sep= line says." in found.notes(SCHEMA)


def test_refuses_a_separator_line_with_another_delimiter() -> None:
    assert "names “:” as delimiter" in refusal("sep=:\nage:income:score\n")


def test_features_may_stand_in_any_order_case_and_spelling_they_are_known_by() -> None:
    found = layout("Spending Score (1-100), SALARY ,note,Customer Age\n")
    assert found.columns == (3, 1, 0)
    assert found.notes(SCHEMA) == (
        "Columns read: age from “Customer Age”, income from “SALARY”, score from “Spending Score (1-100)”.",
    )


@pytest.mark.parametrize(("unit", "noted"), [("$", "$"), ("k€", "k€"), ("k$", ""), ("K USD", ""), ("1-9", "")])
def test_a_heading_that_names_another_currency_than_the_features_is_noted(unit: str, noted: str) -> None:
    schema = replace(SCHEMA, features=tuple(
        replace(each, aliases=(*each.aliases, f"Income ({unit})")) if each.name == "income" else each
        for each in SCHEMA.features))  # fmt: skip
    found = find_layout(f"age,Income ({unit}),score\n".encode(), schema, Limits())
    note = f"The heading “Income ({noted})” names {noted}, but annual income is in k$: check that its numbers are too."
    assert found.notes(schema)[1:] == ((note,) if noted else ())


def test_blank_lines_above_the_header_count_as_lines() -> None:
    found = layout("\n  \r\nage,income,score\n")
    assert (found.first_line, found.blank_lines, found.size) == (4, 2, len("\n  \r\nage,income,score\n"))


@pytest.mark.parametrize(
    ("above", "titles", "blank"),
    [
        ("Customers of May\n", 1, 0),
        ("Customers of May;;\r\n\r\n;;\r\nfor A. User;;\r\n", 2, 2),
        ("sep=;\n\n 'Report\n", 1, 1),
        (";;\n", 0, 1),
        ('an "unusual title\n', 1, 0),
        ('"an unclosed title\n', 1, 0),
        ("1;2;3\n", 1, 0),
        ("age;income\n", 1, 0),
        ("title\n" * 29, 29, 0),
    ],
)
def test_titles_above_an_unmistakable_header_are_skipped_and_said(above: str, titles: int, blank: int) -> None:
    header = "id;age;income;score\r\n"
    found = layout(f"{above}{header}1;35;60;70\r\n")
    assert (found.header, found.delimiter) == (("id", "age", "income", "score"), ";")
    assert (found.titles, found.blank_lines) == (titles, blank)
    assert (found.first_line, found.size) == (above.count("\n") + 2, len(above + header))
    said = [note for note in found.notes(SCHEMA) if note.startswith("Skipped")]
    assert said == ([f"Skipped {titles} line{'s' * (titles != 1)} above the header."] if titles else [])


def test_a_header_may_hold_line_ends_in_quotes() -> None:
    found = layout('"Age\n(years)",age,"income\n",score\n'.replace('"Age\n(years)",', '"no\nte",') + "1,2,3,4\n")
    assert (found.header[0], found.first_line) == ("no\nte", 4)


@pytest.mark.parametrize(
    ("name", "position"),
    [("CustomerID", 0), ("customer_id", 0), ("id", 0), ("Row Id", 0), ("userId", 0), ("Kundennummer", 0)],
)
def test_knows_the_column_that_holds_ids_by_its_name(name: str, position: int) -> None:
    assert layout(f"{name},age,income,score\n").id_column == position


@pytest.mark.parametrize("name", ["paid", "Number", "Madrid", "name", ""])
def test_takes_no_other_column_for_ids(name: str) -> None:
    assert layout(f"{name},age,income,score\n").id_column is None


def test_a_profile_feature_needs_no_column() -> None:
    found = layout("id;score;income\n1;70;60\n")
    assert (found.columns, found.absent, found.id_column) == ((2, 1), ("age",), 0)
    assert found.notes(SCHEMA)[:2] == (
        "Columns read: income from “income”, score from “score”.",
        "The file has no column for age: the profile is without it.",
    )
    assert layout("age,income,score\n1,2,3\n").absent == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "age,score\n1,2\n",
            "I can't find income in the file's header, “age, score”. It needs the columns income, score.",
        ),
        ("id,age\n1,2\n", "I can't find income or score in the file's header, “id, age”."),
        (
            "Order ID,Date,Incomes\n1,2,3\n",
            "find income or score in the file's header, “Order ID, Date, Incomes”. It looks",
        ),
        ("age,incme,score\n", "income (is it “incme”? Rename it to income)"),
        ("Age,Anual Income,Spending Score\n", "income (is it “Anual Income”? Rename it to income)"),
        ("age,income,score,salary\n", "2 columns mean income: “income” and “salary”. Keep one"),
        ("age,income,score,Score\n", "2 columns mean score"),
        ("age,income,score,note,Note \n", "Two columns are called “Note”"),
        ("age,income,score,Città,CITTA\n", "Two columns are called “CITTA”"),
        (
            "1,19,15,39\n2,21,15,81\n",
            "no header: its first line holds numbers. Put the column names on top: age,income,score",
        ),
        ("1\t19\t15,5\t39\n", "on top: age, income, score"),
        ("Customers of May\nage,income,score,salary\n1,2,3,4\n", "are in line 2, below other text"),
        ("Report;;\n\n\n;;\nage;income;score;Score\n", "are in line 5"),
        ("sep=;\nReport\nage;income;score;Age\n", "are in line 3"),
        ("title\n" * 30 + "age,income,score\n", "I can't find"),
        ("sep=;\n\n", "no header and no rows"),
        ('"age,income,score\n1,2,3\n', "quote in the header line"),
        ('"age"s,income,score\n1,2,3\n', "quote in the header line"),
    ],
)
def test_refuses_a_header_that_does_not_name_every_feature_once(text: str, words: str) -> None:
    assert words in refusal(text)


def test_columns_without_a_name_may_be_many() -> None:
    assert layout("age,income,score,,,\n").width == 6


@pytest.mark.parametrize(
    ("text", "comma"),
    [
        ("age;income;score\n35;60,5;70\n", True),
        ("age\tincome\tscore\n35\t60,5\t70\n", True),
        ("age;income;score\n35;60,5;70\n36;60.5;70\n", False),
        ("age;income;score\n35;60;70\n", False),
        ("age;income;score;note\n35;60;70;1,5\n", False),
        ("age;income;score\n35;60,5;about 70.5\n", True),
        ("age|income|score\n35|60,5|70\n", True),
        ('age,income,score\n35,"60,5",70\n', True),
    ],
)
def test_a_comma_is_the_decimal_point_only_where_every_number_fits_it(text: str, comma: bool, tmp_path: Path) -> None:
    source = tmp_path / "customers.csv"
    source.write_text(text)
    assert open_table(source, SCHEMA).rows.decimal_comma is comma


def test_understands_turkish_headers_in_capitals() -> None:
    income, *others = SCHEMA.features[1:]
    schema = replace(SCHEMA, features=(replace(income, aliases=("Yıllık gelir (k$)",)), *others))
    found = find_layout("İL,SCORE,YILLIK GELİR (K$)\n1,2,3\n".encode(), schema, Limits())
    assert found.columns == (2, 1)


def test_quotes_that_one_delimiter_does_not_understand_say_nothing_of_another() -> None:
    with pytest.raises(OtherColumns, match="can't find"):
        find_layout(b'"age";"job"\n"1";"2"\n', SCHEMA, Limits())


def test_a_quote_that_no_delimiter_understands_is_named() -> None:
    with pytest.raises(BadInput, match="A quote in the header line"):
        find_layout(b'"age"x "job"\n1\n', SCHEMA, Limits())
