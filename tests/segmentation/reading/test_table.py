"""Rows of messy files: which are usable, which are refused, on which line, and why."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
import pytest
from campaigns import campaign
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scoring_cases import MALL

from segmentation.errors import BadInput
from segmentation.numbers.number_forms import MARKS, PLAIN, Dress, DressKind, NumberStyle, form_of
from segmentation.numbers.values import ValueFault, read_value
from segmentation.reading.blocks import CleanBlock, RecordBlock
from segmentation.reading.columns import read_column, read_numbers
from segmentation.reading.problems import ProblemTally
from segmentation.reading.table import DEFAULT_LIMITS, Limits, open_table
from segmentation.reading.training_rows import TrainingRows, read_training_rows
from segmentation.schema import Feature
from segmentation.schema_data import default_schema

SCHEMA = default_schema()
HEADER = "id,age,income,score\n"


@dataclass(frozen=True)
class ReadRows(TrainingRows):
    """What was read, and the values of all blocks together."""

    values: NDArray[np.float64]


def read_rows(source: Path, limits: Limits = DEFAULT_LIMITS) -> ReadRows:
    parts = [np.empty((0, 3))]
    found = read_training_rows(source, SCHEMA, lambda values: values, parts.append, limits=limits)
    return ReadRows(**vars(found), values=np.concatenate(parts))


def training_rows(text: str | bytes, folder: Path, limits: Limits = DEFAULT_LIMITS) -> ReadRows:
    source = folder / "customers.csv"
    source.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_rows(source, limits)


def test_reads_the_mall_customers() -> None:
    rows = read_rows(MALL)
    assert rows.values.shape == (200, 3)
    assert rows.values.dtype == np.float64
    assert rows.values[0].tolist() == [19, 15, 39]
    assert rows.values.mean(axis=0) == pytest.approx([38.85, 60.56, 50.2])
    assert (rows.rows, rows.rejected, rows.problems) == (200, {}, ())


@pytest.mark.parametrize(
    ("row", "reason", "column", "sentence"),
    [
        ("2,35,,70", "missing", "income", "Annual income is missing"),
        ("2,35, \u200b,70", "missing", "income", "Annual income is missing"),
        ("2,35,60", "ragged", "", "the row has more or fewer fields than the header"),
        ("2,35,60,70,", "ragged", "", "the row has more or fewer fields than the header"),
        ("2,35,abc,70", "not_a_number", "income", "Annual income is not a plain number but text"),
        (
            "2,35,60,+70",
            "not_a_number",
            "score",
            "Spending score is not a plain number but a number with a sign too many",
        ),
        ("2,x,60,70", "not_a_number", "age", "Age is not a plain number but text"),
        ("2,130,60,70", "out_of_range", "age", "Age is outside 0 to 120 years"),
        ("2,35,60,-1", "out_of_range", "score", "Spending score is outside 0 to 100 points"),
        (
            "2,35,60,1e999",
            "not_a_number",
            "score",
            "Spending score is not a plain number but a number too large to be read",
        ),
        (
            "2,35,60000,70",
            "out_of_range",
            "income",
            "Annual income is outside 0 to 1000 k$; divided by 1000 it fits: the unit is k$",
        ),
        ("id,age,income,score", "repeated_header", "", "the row repeats the header"),
        ("ID,Age,Salary,Spending Score", "repeated_header", "", "the row repeats the header"),
        ('"2"x,35,60,70', "misquoted", "", "the row's quotes are out of place"),
    ],
)
def test_a_row_that_cannot_be_used_is_left_out_and_counted_with_line_column_and_reason(
    row: str, reason: str, column: str, sentence: str, tmp_path: Path
) -> None:
    rows = training_rows(f"{HEADER}1,19,15,39\n\n{row}\n3,21,15,81\n", tmp_path)
    assert rows.values.tolist() == [[19, 15, 39], [21, 15, 81]]
    assert (rows.rows, rows.rejected) == (3, {reason: 1})
    (problem,) = rows.problems
    assert (problem.reason, problem.column, problem.sentence) == (reason, column, sentence)
    assert (problem.rows, problem.lines) == (1, (4,))


@pytest.mark.parametrize("row", ["Total,35,60,70", ",Grand total:,60,70", "Total", "Grand total,35"])
def test_a_totals_row_is_listed_but_counts_neither_as_a_customer_nor_as_a_refused_one(row: str, tmp_path: Path) -> None:
    rows = training_rows(f"{HEADER}1,19,15,39\n\n{row}\n3,21,15,81\n", tmp_path)
    assert rows.values.tolist() == [[19, 15, 39], [21, 15, 81]]
    assert (rows.rows, rows.rejected, rows.problems) == (2, {}, ())
    (kind,) = rows.other_rows
    assert (kind.reason, kind.rows, kind.lines) == ("totals", 1, (4,))
    assert "1 row: this is a totals row, not a customer (line 4)." in rows.notes


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("blank", [",,,", " ,\u200b,\u00a0 ,\ufeff", '"","",,"  "', ",", " ", ",,,,,,"])
def test_a_line_of_nothing_but_separators_is_a_blank_line(blank: str, exact: bool, tmp_path: Path) -> None:
    source = tmp_path / "customers.csv"
    source.write_text(f"{HEADER}{blank}\n1,19,15,39\n{blank}\n{blank}\n,,15,39\n3,,,\n{blank}\n", encoding="utf-8")
    table = open_table(source, SCHEMA, exact=exact)
    blocks, tally = table.blocks(), table.tally()
    batches = [table.rows.read(block) for block in blocks]
    for batch in batches:
        blocks.leave_out(batch.blank_lines)
        batch.count(tally)
    assert blocks.blank_lines == 4
    assert sum(batch.rows for batch in batches) == blocks.widths[4] == 3
    assert [problem.lines for problem in tally.problems()] == [(7,), (7,)]
    assert "4 blank lines were skipped." in table.notes(blocks, tally)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_of_separators_only_below_its_header_has_no_rows(end: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has a header but no rows"):
        training_rows(f"id,age,income,score{end}" + f",,,{end}" * 3, tmp_path)


def test_a_missing_profile_value_is_not_a_number_yet_no_reason_to_leave_the_row_out(tmp_path: Path) -> None:
    rows = training_rows(f"{HEADER}1,,15,39\n", tmp_path)
    assert math.isnan(rows.values[0, 0])
    assert (rows.rejected, rows.problems) == ({}, ())


def test_a_row_with_several_faults_counts_once_but_tells_all(tmp_path: Path) -> None:
    rows = training_rows(f"{HEADER}1,x,,999\n2,30,40,50\n", tmp_path)
    assert rows.rejected == {"not_a_number": 1}
    assert [(problem.column, problem.rows) for problem in rows.problems] == [("age", 1), ("income", 1), ("score", 1)]


def test_a_customer_whose_name_only_starts_like_a_total_is_a_customer(tmp_path: Path) -> None:
    rows = training_rows("name,age,income,score\nTotally Wine,30,40,50\nSummer,30,40,50\n,30,40,50\n", tmp_path)
    assert len(rows.values) == 3


def test_the_first_column_may_be_a_feature_and_say_total(tmp_path: Path) -> None:
    rows = training_rows("age,income,score\n30,40,50\nTotal,40,50\n,41,51\n,Sum,3\n", tmp_path)
    assert (rows.rows, rows.rejected, rows.problems) == (2, {}, ())
    assert [(kind.reason, kind.rows, kind.lines) for kind in rows.other_rows] == [("totals", 2, (3, 5))]
    assert len(rows.values) == 2


@pytest.mark.parametrize(
    "text",
    [
        "id;age;income;score\n1;19;15;39\n",
        "id\tage\tincome\tscore\r\n1\t19\t15\t39",
        "\ufeffid,age,income,score\r1,19,15,39\r",
        "sep=|\nid|age|income|score\n1|19|15|39\n",
        '"id","age","income","score"\n"1","19","15","39"\n',
        "id,age,income,score,\u00a0name\n1, 19,15\u200b,３９,x\n",
        "\n\nid,age,income,score\n\n1,19,15,39\n\n  \n",
        'id,age,income,score\n"1\r\n1",19,15,39',
        "id,score,income,age\n1,39,15.0,1.9e1\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_the_same_customer_is_read_however_the_file_is_written(text: str, encoding: str, tmp_path: Path) -> None:
    assert training_rows(text.encode(encoding), tmp_path).values.tolist() == [[19, 15, 39]]


def test_windows_text_is_an_assumption_that_is_stated(tmp_path: Path) -> None:
    rows = training_rows("größe,age,income,score\nä€,19,15,39\n".encode("cp1252"), tmp_path)
    assert "The text is not UTF-8, so it was read as Windows-1252." in rows.notes
    assert len(rows.values) == 1


def test_utf16_decimal_commas_and_blank_lines_are_stated(tmp_path: Path) -> None:
    rows = training_rows("\nage;income;score\n1;2,5;3\n\n".encode("utf-16"), tmp_path)
    assert rows.values.tolist() == [[1, 2.5, 3]]
    assert rows.notes[1:] == (
        "The delimiter is a semicolon.",
        "The text was read as UTF-16.",
        "A comma in a number was read as the decimal point.",
        "2 blank lines were skipped.",
    )


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("1,2,3,4,\n2,3,4,5,\n", "Every row has 5 fields but the header has 4"),
        ("1,2,3\n", "Every row has 3 fields but the header has 4"),
        ("1\n2\n", "Every row has 1 field but the header has 4"),
    ],
)
def test_refuses_a_file_whose_every_row_misses_the_headers_width_alike(rows: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        training_rows(HEADER + rows, tmp_path)
    assert words in refused.value.sentence


def test_one_fitting_row_is_enough_to_trust_the_header(tmp_path: Path) -> None:
    rows = training_rows(f"{HEADER}1,2,3,4,5\n1,2,3,4,5\n1,2,3,4\n", tmp_path)
    assert rows.rejected == {"ragged": 2}
    assert len(rows.values) == 1


def test_a_single_row_far_from_the_headers_width_is_one_bad_row(tmp_path: Path) -> None:
    assert training_rows(f"{HEADER}1,2\n", tmp_path).rejected == {"ragged": 1}


def test_lines_are_counted_through_quoted_line_ends_and_block_borders(tmp_path: Path) -> None:
    body = "".join(f'"{i}\n\r\nx",19,15,39\n' if i % 3 else f"{i},19,15,bad\n" for i in range(30))
    rows = training_rows(HEADER + body, tmp_path, Limits(block_bytes=32))
    (problem,) = rows.problems
    assert problem.rows == 10
    assert problem.lines == (2, 9, 16, 23, 30)


def test_a_quote_that_swallows_the_file_is_told_before_memory_runs_out(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="line 2 is never closed"):
        training_rows(HEADER + '1,"' + "x\n" * 500, tmp_path, Limits(columns=4, field_bytes=32, block_bytes=32))


def test_a_file_may_hold_every_control_character_a_text_can(tmp_path: Path) -> None:
    controls = "".join(map(chr, (*range(1, 9), *range(14, 32))))
    rows = training_rows(f"{HEADER}{controls},19,15,39\r\n2,19,15,\r\n".replace("\n", "\r\n", 1), tmp_path)
    assert len(rows.values) == 1


@pytest.mark.parametrize("start", ["\ufeff", "x^", "x\x01", "x\u069c", "x\u06da"])
def test_a_block_may_start_with_what_looks_like_a_mark_or_an_archive(start: str, tmp_path: Path) -> None:
    assert len(training_rows(f"{HEADER}{start}1,19,15,39\n", tmp_path).values) == 1


def test_an_overlong_line_of_short_fields_is_taken(tmp_path: Path) -> None:
    rows = training_rows("id,age,income,score,note\n1,19,15,39,12345678\n", tmp_path, Limits(field_bytes=8))
    assert len(rows.values) == 1


@pytest.mark.parametrize("exact", [False, True])
def test_the_cheap_look_tells_clean_blocks_from_the_rest(exact: bool, tmp_path: Path) -> None:
    source = tmp_path / "customers.csv"
    cases = {"1,2,3,4": not exact, "1,2,3,4\r": False, '"1",2,3,4': False, "1,2,3": False, "1,2,3,4\n": False}
    for line, clean in cases.items():
        source.write_bytes(f"{HEADER}1,2,3,4\n{line}\n1,2,3,4\n".encode())
        blocks = list(open_table(source, SCHEMA, exact=exact).blocks())
        assert [isinstance(block, CleanBlock) for block in blocks] == [clean], line


CELLS = st.one_of(
    st.text("0123456789.,eE+-  \u200b５x", max_size=7),
    st.text("0123456789.,' \u202f-", min_size=4, max_size=10),
    st.tuples(
        st.sampled_from(["", "", "'", "(", "$", "€ ", "-"]),
        st.integers(0, 70_000).map(str) | st.sampled_from(["0.0", "1,047", "2.288", "1.234,50", "12,34,567", "60,5"]),
        st.sampled_from(["", "", "k", "%", " €", " yrs", " k$", ")"]),
    ).map("".join),
    st.floats(-10, 1200).map(repr),
    st.integers(-3, 10**12).map(str),
    st.text(max_size=3),
)
DRESSES = [
    PLAIN,
    PLAIN,
    *(Dress(kind) for kind in DressKind),
    Dress(DressKind.CURRENCY, "$"),
    Dress(DressKind.UNIT, "yrs"),
]
STYLES = st.builds(
    NumberStyle,
    decimal=st.sampled_from(MARKS),
    grouped=st.booleans(),
    dress=st.sampled_from(DRESSES),
    factor=st.sampled_from([1.0, 1.0, 100.0, 0.001]),
    undressed=st.booleans(),
    refused_marks=st.sampled_from(["", ",", ".", ",."]),
)


@example(["0.0"], SCHEMA.features[0], NumberStyle(","))
@example(["", "100", "7"], SCHEMA.features[0], NumberStyle(factor=0.001))
@example(["35.5"], SCHEMA.features[1], NumberStyle(",", grouped=True))
@example([".75", ",75", "-.5", ".750", "$.75", ".5e1"], SCHEMA.features[1], NumberStyle())
@example([".75", ",75", "-,5", ",750", ",75 €"], SCHEMA.features[1], NumberStyle(",", grouped=True))
@example([".75", ".750", "1.750"], SCHEMA.features[1], NumberStyle(".", refused_marks=",."))
@example(["1,047", "2.288", "1.5"], SCHEMA.features[1], NumberStyle(".", grouped=True, refused_marks=",."))
@given(st.lists(CELLS, min_size=1, max_size=30), st.sampled_from(SCHEMA.features), STYLES)
def test_a_column_is_read_exactly_as_its_cells_are_one_by_one(
    texts: list[str], feature: Feature, style: NumberStyle
) -> None:
    column = pl.Series(texts, dtype=pl.String)
    ways = [read_column(column, feature, SCHEMA, style=style)]
    # As `RowReader` does, which lets Polars split plain numbers unless there is a plus, since Polars would take it.
    if style.dress == PLAIN and not column.str.contains("+", literal=True).any():
        whole = column.cast(pl.Int32, strict=False)
        ways.append(read_numbers(whole, column.gather, feature, SCHEMA, style=style))
    known = [read_value(feature, text, style=style) for text in texts]
    for way in ways:
        assert way.values.to_list() == [None if isinstance(read, ValueFault) else read for read in known]
        assert way.faults["row"].to_list() == [row for row, read in enumerate(known) if isinstance(read, ValueFault)]
        assert way.faults["reason"].to_list() == [read.reason for read in known if isinstance(read, ValueFault)]
        assert way.faults["sentence"].to_list() == [read.advice for read in known if isinstance(read, ValueFault)]
        assert not way.values.is_nan().any()


@example("1.104", SCHEMA.features[1], NumberStyle(",", grouped=True, refused_marks="."))
@example("$61,125", SCHEMA.features[1], NumberStyle(".", grouped=True, refused_marks=",."))
@example("(60)", SCHEMA.features[1], NumberStyle(","))
@example("(0,5)", SCHEMA.features[1], NumberStyle(".", factor=100.0))
@given(CELLS, st.sampled_from(SCHEMA.features), STYLES)
def test_what_a_note_says_to_write_is_read_where_it_is_written(text: str, feature: Feature, style: NumberStyle) -> None:
    read = read_value(feature, text, style=replace(style, undressed=True))
    if isinstance(read, ValueFault) and " write " in read.advice:
        for written in read.advice.rsplit(" write ")[-1].split(" or "):
            assert not isinstance(read_value(feature, written, style=replace(style, undressed=True)), ValueFault)


@pytest.mark.parametrize("style", [NumberStyle(","), NumberStyle(",", grouped=True)])
def test_a_point_among_decimal_commas_is_refused_with_the_number_it_must_mean(style: NumberStyle) -> None:
    cells = {"0.0": "0", "35.5": "35,5", "0.125": "0,125", "35.50": "35,5"}
    column = read_column(pl.Series(list(cells)), SCHEMA.features[1], SCHEMA, style=style)
    assert [sentence.rsplit("; write ")[-1] for sentence in column.faults["sentence"]] == list(cells.values())
    for written in cells.values():
        assert not isinstance(read_value(SCHEMA.features[1], written, style=style), ValueFault)


ODD: Final = (
    "5.",
    ".5",
    "-.5",
    ".",
    "-.",
    ".e5",
    ".5e1",
    ".5.",
    "5.-",
    "1..2",
    "1.2.3",
    "--1",
    "1-2",
    "-",
    ".",
    "",
    "-0.0",
    "1e2",
    "5/2",
)
FIRST: Final[dict[str, type[pl.DataType]]] = {
    "1,2.5,3.5,4.5": pl.Float64,
    "C1,2.5,3.5,4.5": pl.String,
    "1,2.5,3.,4.5": pl.String,
    "1,.5,3,4": pl.String,
}
# What is split as numbers at once where a file's first rows are.
POINTED = [f"{number},35.5,60.25,70.5" for number in range(20)]


def both_ways(lines: list[str], folder: Path) -> list[list[Any]]:
    """What becomes of some lines, read fast and read exactly."""
    source, found = folder / "pointed.csv", []
    source.write_bytes((HEADER + "\n".join(lines) + "\n").encode())
    for exact in (False, True):
        table = open_table(source, SCHEMA, exact=exact)
        batches = [table.rows.read(block) for block in table.blocks()]
        found.append([[batch.values.rows(), batch.rejected.rows(), batch.lacking.rows()] for batch in batches])
    return found


@settings(max_examples=campaign(30, 300))
@given(st.lists(st.one_of(st.text("0123456789.-", max_size=7), st.floats(-10, 1200).map(repr)), max_size=20))
def test_numbers_with_points_are_read_alike_whichever_way(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str]
) -> None:
    lines = [*POINTED, *(f"{number},35.5,{cell},70.5" for number, cell in enumerate(cells))]
    fast, exact = both_ways(lines, tmp_path_factory.getbasetemp())
    assert fast == exact


@pytest.mark.parametrize("cell", ODD)
def test_what_polars_might_take_for_a_float_is_judged_as_a_person_is_told(cell: str, tmp_path: Path) -> None:
    for place in range(4):
        row = ["7", "35.5", "60.25", "70.5"]
        row[place] = cell
        fast, exact = both_ways([*POINTED, ",".join(row)], tmp_path)
        assert fast == exact


@pytest.mark.parametrize(("line", "kind"), FIRST.items())
def test_columns_of_plain_points_are_split_as_numbers_at_once(
    line: str, kind: type[pl.DataType], tmp_path: Path
) -> None:
    source = tmp_path / "pointed.csv"
    source.write_text(HEADER + "\n".join([*POINTED, line]) + "\n")
    table = open_table(source, SCHEMA)
    (block,) = table.blocks()
    assert isinstance(block, CleanBlock)
    assert set(table.rows._types(block, pl.Series(POINTED)).values()) == {kind}


def test_problems_are_ranked_and_keep_a_few_example_lines() -> None:
    tally = ProblemTally(SCHEMA.features, ("Age", "Income", "Score"))
    tally.add(0, "missing", 1, [9])
    tally.add(1, "out_of_range", 4, [2, 3, 4, 5], fitting=1)
    tally.add(1, "out_of_range", 4, [6, 7, 8, 9])
    first, second = tally.problems()
    assert (first.column, first.rows, first.lines) == ("Income", 8, (2, 3, 4, 5, 6))
    assert first.sentence.endswith("in 1 of these rows, divided by 1000 it fits: the unit is k$")
    assert second.column == "Age"


def test_a_problem_names_what_the_cells_hold_without_a_value() -> None:
    tally = ProblemTally(SCHEMA.features, ("Age", "Income", "Score"))
    tally.add(1, "not_a_number", 3, [9, 10], form="text")
    tally.add(1, "not_a_number", 1, [4], form="an amount in €")
    tally.add(1, "not_a_number", 1, [5], form="a date")
    tally.add(1, "not_a_number", 2, [6], form="a percentage")
    (problem,) = tally.problems()
    assert problem.text == (
        "7 rows: Annual income is not a plain number but text in 3 rows, a percentage in 2 rows, a date in 1 row, "
        "something else in 1 row (lines 4, 5, 6, 9, 10 …)"
    )


FORMS: Final = {
    "abc": "text",
    "#N/A": "text",
    "3/4/2024": "a date",
    "2024-04-03 10:00": "a date",
    "€60": "an amount in €",
    "60%": "a percentage",
    "60k": "a number of thousands, with a k",
    "35 apples": "a number with a word beside it",
    "'60": "a number behind an apostrophe",
    "(60)": "a number in brackets",
    "60,5": "a number with a decimal comma",
    "+60": "a number with a sign too many",
    "60.-": "a number with a sign too many",
    "1e999": "a number too large to be read",
}


@pytest.mark.parametrize(("text", "form"), FORMS.items())
def test_the_form_of_what_is_no_number_is_known(text: str, form: str) -> None:
    assert form_of(text, NumberStyle()) == form
    assert form_of("60.5", NumberStyle(",")) == "a number with a decimal point"
    assert form_of("1.047", NumberStyle(",", refused_marks=",.")) == "a number that can mean two"


def test_an_odd_row_costs_only_what_is_near_it(tmp_path: Path) -> None:
    rows = [f"{row},30,60.5,50" for row in range(60_000)]
    rows[20_000] = '20000,30,"60.5",50'
    source = tmp_path / "customers.csv"
    source.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    blocks = list(open_table(source, SCHEMA, all_cells=False).blocks())
    lines = [line for block in blocks for line in _lines_of(block)]
    assert lines == list(range(2, 60_002))
    # A row of this file has some sixteen bytes.
    assert sum(block.rows for block in blocks if isinstance(block, RecordBlock)) < (64 << 10) / 16
    assert len(blocks) < 12


def _lines_of(block: CleanBlock | RecordBlock) -> list[int]:
    first = block.first_line if isinstance(block, CleanBlock) else 0
    return list(block.lines) if isinstance(block, RecordBlock) else list(range(first, first + block.rows))
