"""A workbook's table as text: which sheet, which header, and what its numbers mean."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from workbooks import Value, sheet_xml, write_ods, write_raw_xlsx, write_xls, write_xlsx

from segmentation.errors import BadInput
from segmentation.reading.encoding import Limits
from segmentation.reading.file_kind import WorkbookKind
from segmentation.reading.questions import Answers, Question
from segmentation.reading.spreadsheet.package import DEFAULT_PACKAGE_LIMITS, PackageLimits
from segmentation.reading.spreadsheet.text_table import SheetTable, write_text_table
from segmentation.reading.spreadsheet.workbook import choose_sheet, opened_workbook
from segmentation.schema import Schema
from segmentation.schema_data import default_schema

SCHEMA = default_schema()
LIMITS = Limits()
HEADER: list[Value] = ["id", "age", "income", "score"]
ANN: list[Value] = ["Ann", 35.0, 60.0, 70.0]


def table_of(
    path: Path,
    *,
    sheet: str | None = None,
    schema: Schema = SCHEMA,
    limits: Limits = LIMITS,
    package_limits: PackageLimits = DEFAULT_PACKAGE_LIMITS,
) -> tuple[list[str], SheetTable]:
    kind = WorkbookKind(path.suffix[1:])
    with opened_workbook(path, kind, package_limits) as workbook:
        chosen = choose_sheet(workbook, schema, sheet)
        text = path.with_suffix(".text")
        table = write_text_table(workbook, chosen, kind, text, schema, limits, package_limits)
    return text.read_text(encoding="utf-8").split("\n")[:-1], table


def test_writes_numbers_as_plain_decimals_and_dates_as_iso(tmp_path: Path) -> None:
    rows: list[list[Value]] = [[*HEADER, "joined"], ["Ann", 35.0, 2288.0, 1.047, date(2024, 3, 4)], ["B", 0.5]]
    lines, table = table_of(write_xlsx(tmp_path / "a.xlsx", {"Data": rows}))
    assert lines == ["id,age,income,score,joined", "Ann,35,2288,1.047,2024-03-04", "B,0.5,,,"]
    assert table.typed == {1, 2, 3}


def test_every_row_is_one_line_and_blank_rows_stay_blank(tmp_path: Path) -> None:
    rows: list[list[Value]] = [
        ["Customers of 2024"],
        [],
        HEADER,
        ANN,
        [],
        [" ", " "],
        ["Two\nlines", 1.0, 2.0, 3.0],
        [],
        [" "],
    ]
    lines, table = table_of(write_xlsx(tmp_path / "a.xlsx", {"Data": rows}))
    assert lines == ["id,age,income,score", "Ann,35,60,70", "", "", "Two lines,1,2,3"]
    assert table.header_row == 2
    assert table.notes == ("The column names stand in row 3; the rows above them are not customers.",)


def test_a_header_merged_over_two_rows_is_one(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Data")
        sheet.merge_range(0, 0, 1, 0, "id")
        sheet.merge_range(0, 1, 0, 2, "Figures")
        sheet.write_string(0, 3, "score")
        sheet.write_row(1, 1, ["age", "income"])
        sheet.write_row(2, 0, ANN)
    lines, table = table_of(path)
    assert lines == ["id,age,income,score", "Ann,35,60,70"]
    assert table.header_row == 1


def test_cells_beside_the_table_are_no_part_of_it(tmp_path: Path) -> None:
    rows: list[list[Value]] = [[None, *HEADER], [None, *ANN, None, "a remark"], ["total", None, None, None, None]]
    lines, table = table_of(write_xlsx(tmp_path / "a.xlsx", {"Data": rows}))
    assert lines == ["id,age,income,score", "Ann,35,60,70"]
    assert (min(table.header), table.last_column) == (1, 6)


def test_the_only_sheet_that_fits_is_read(tmp_path: Path) -> None:
    sheets: dict[str, list[list[Value]]] = {"Cover": [["Hello"]], "Customers": [HEADER, ANN], "Empty": []}
    for path in (write_xlsx(tmp_path / "a.xlsx", sheets), write_ods(tmp_path / "a.ods", sheets)):
        lines, table = table_of(path)
        assert lines[1:] == ["Ann,35,60,70"]
        assert table.notes == ("The sheet “Customers” was read; the workbook's other sheets were left out.",)


def test_asks_which_of_several_sheets_is_meant(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"Q1": [HEADER, ANN], "Q2": [HEADER, ["Bob", 1.0, 2.0, 3.0]]})
    with pytest.raises(Question) as asked:
        table_of(path)
    assert asked.value.asked == "2 sheets of this workbook could be meant: “Q1”, “Q2”. Which one shall I read?"
    assert asked.value.sentence == f"{asked.value.asked} Name it with --sheet."
    assert [choice.label for choice in asked.value.choices] == ["Q1", "Q2"]
    answers = Answers.parse([asked.value.choices[1].key])
    assert table_of(path, sheet=answers.sheet)[0][1:] == ["Bob,1,2,3"]
    assert table_of(path, sheet=" q1 ")[0][1:] == ["Ann,35,60,70"]


def test_refuses_a_sheet_that_is_not_there_or_is_empty(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"Q1": [HEADER, ANN], "Q2": []})
    with pytest.raises(BadInput, match=r"has no sheet “Q3”\. Its sheets are “Q1”, “Q2”\."):
        table_of(path, sheet="Q3")
    with pytest.raises(BadInput, match="The sheet “Q2” is empty"):
        table_of(path, sheet="Q2")


def test_refuses_a_workbook_in_which_no_sheet_fits(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no cells on a sheet that can be seen"):
        table_of(write_xlsx(tmp_path / "a.xlsx", {"Q1": []}))
    with pytest.raises(BadInput, match=r"None of the workbook's 2 sheets \(“Q1”, “Q2”\).*names income, score"):
        table_of(write_xlsx(tmp_path / "b.xlsx", {"Q1": [["a", "b"]], "Q2": [["income"]]}))


def test_the_only_sheet_is_read_whatever_its_header_says(tmp_path: Path) -> None:
    lines, _ = table_of(write_xlsx(tmp_path / "a.xlsx", {"Data": [["Report"], ["name", "visits"], ["Ann", 3.0]]}))
    assert lines == ["name,visits", "Ann,3"]


def test_percentages_are_read_as_shown(tmp_path: Path) -> None:
    rows: list[list[Value]] = [HEADER, ["Ann", 35.0, 60.0, 0.07], ["Bob", 36.0, 61.0, 0.35]]
    lines, table = table_of(write_xlsx(tmp_path / "a.xlsx", {"Data": rows}, formats={3: "0%"}))
    assert lines[1:] == ["Ann,35,60,7", "Bob,36,61,35"]
    assert table.notes == ("The column “score” is formatted as percentages: 7% was read as 7.",)


def test_percentages_of_a_fraction_are_read_as_stored(tmp_path: Path) -> None:
    features = tuple(replace(f, minimum=0, maximum=1) if f.name == "score" else f for f in SCHEMA.features)
    schema = replace(SCHEMA, features=features)
    path = write_xlsx(tmp_path / "a.xlsx", {"Data": [HEADER, ["Ann", 35.0, 60.0, 0.35]]}, formats={3: "0.0%"})
    lines, table = table_of(path, schema=schema)
    assert lines[1:] == ["Ann,35,60,0.35"]
    assert table.notes == ("The column “score” is formatted as percentages: 35% was read as 0.35.",)


def test_a_column_that_is_partly_percentages_is_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ANN)
        sheet.write_row(2, 0, ["Bob", 35, 60])
        sheet.write_number(2, 3, 0.35, book.add_format({"num_format": "0%"}))
    assert table_of(path)[0][1:] == ["Ann,35,60,70", "Bob,35,60,35%"]


def test_money_is_read_as_stored_and_said(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"Data": [HEADER, ANN]}, formats={2: "[$€-407] #,##0.00", 0: '"$"0'})
    lines, table = table_of(path)
    assert lines[1:] == ["Ann,35,60,70"]
    assert table.notes == ("The column “income” is formatted as money (€); its numbers were read as they are stored.",)


def test_errors_and_formulas_without_a_result_are_said(tmp_path: Path) -> None:
    rows = (
        '<row><c t="str"><v>income</v></c><c t="str"><v>score</v></c></row>'
        '<row><c t="e"><v>#N/A</v></c><c><f>1+1</f></c></row><row><c t="e"><v>#REF!</v></c><c><v>1</v></c></row>'
    )
    lines, table = table_of(write_raw_xlsx(tmp_path / "a.xlsx", sheet_xml(rows)))
    assert lines[1:] == ["#N/A,formula without a result", "#REF!,1"]
    assert table.notes == (
        "2 cells hold errors such as #N/A instead of a number.",
        "1 formula has no result in the file: open it in a spreadsheet program, save it, and send it again.",
    )


def test_hidden_rows_and_columns_are_read_and_said(tmp_path: Path) -> None:
    lines, table = table_of(write_xls(tmp_path / "a.xls"))
    assert lines[0] == "id,age,income,score,joined,share"
    assert lines[2:] == ["004,25,26.5,79,2024-01-02,0.35", "005,41,88.25,17,2024-01-02,0.35", "err,TRUE,#N/A,50,,"]
    assert table.notes == (
        "The column names stand in row 3; the rows above them are not customers.",
        "The column “age” is hidden in the workbook; it was read all the same.",
        "1 hidden row was read like the others.",
        "1 cell holds an error such as #N/A instead of a number.",
    )


def test_macros_are_not_run(tmp_path: Path) -> None:
    path = write_raw_xlsx(
        tmp_path / "a.xlsm", sheet_xml("<row><c><v>1</v></c></row>"), extra={"xl/vbaProject.bin": b"x"}
    )
    assert table_of(path)[1].notes == ("The workbook's macros were not run.",)


def test_a_workbook_of_very_many_sheets_is_not_looked_through(tmp_path: Path) -> None:
    path = write_ods(tmp_path / "a.ods", {str(number): [HEADER, ANN] for number in range(101)})
    with pytest.raises(BadInput, match="has 101 sheets; I look through 100 at most"):
        table_of(path)
    assert table_of(path, sheet="100")[0][1:] == ["Ann,35,60,70"]


def test_columns_and_cells_have_limits(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"Data": [HEADER, ANN, [*ANN, None, "x"]]})
    with pytest.raises(BadInput, match="“Data” has cells in 6 columns; the limit is 5"):
        table_of(path, limits=Limits(columns=5))
    with pytest.raises(BadInput, match="“Data” has more than 9 cells, which is the limit"):
        table_of(path, package_limits=replace(DEFAULT_PACKAGE_LIMITS, cells=9))
