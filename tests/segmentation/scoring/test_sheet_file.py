"""Workbooks whose rows are written in bulk hold the cells that xlsxwriter would write one by one."""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest
import python_calamine
import xlsxwriter
from campaigns import campaign
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.reading.spreadsheet.cells import Cell, Kind
from segmentation.reading.spreadsheet.xlsx import opened_xlsx
from segmentation.scoring.sheets.file import opened_sheet
from segmentation.scoring.sheets.rows import CELLS, LONGEST_TEXT, cells_of

Sheet = Mapping[tuple[int, int], Cell]
texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8),
    st.sampled_from(
        [
            "=1+1",
            "<r>=1</r>",
            "<r><t>x</t></r>",
            "_x0041_x0042_",
            "\x00",
            " a ",
            "a\r\nb",
            "\n",
            "00123",
            "&amp;",
            "]]>",
        ]
    ),
)
cells = st.one_of(
    texts.map(lambda text: Cell(Kind.TEXT, text)),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda number: Cell(Kind.NUMBER, number + 0.0, "0.00")),
    st.integers(0, 2_000_000).map(lambda number: Cell(Kind.NUMBER, float(number))),
    st.integers(0, 60_000).map(lambda days: Cell(Kind.DATE, float(days), "yyyy-mm-dd")),
    st.booleans().map(lambda truth: Cell(Kind.BOOLEAN, float(truth))),
    st.sampled_from(["#N/A", "#DIV/0!"]).map(lambda error: Cell(Kind.ERROR, error)),
)
sheets = st.dictionaries(st.tuples(st.integers(0, 30), st.sampled_from([0, 1, 2, 25, 26, 702])), cells, min_size=1)


def write_in_bulk(path: Path, sheet: Sheet, pieces: int = 1) -> Path:
    """Write cells with `opened_sheet`, in pieces of some rows."""
    last = max(row for row, _ in sheet) + 1
    with path.open("w+b") as file, opened_sheet(file, "Data", path.parent) as writing:
        styles = {code: writing.style(num_format=code) for code in ("0.00", "yyyy-mm-dd")} | {"General": 0}
        for piece in range(pieces):
            rows = range(last * piece // pieces, last * (piece + 1) // pieces)
            columns: dict[int, list[tuple[int, int, float | None, str | None, int]]] = {}
            for (row, at), cell in sorted(sheet.items()):
                if row in rows:
                    text = cell.value if isinstance(cell.value, str) else None
                    number = None if isinstance(cell.value, str) else cell.value
                    columns.setdefault(at, []).append((row, cell.kind, number, text, styles[cell.format]))
            writing.write({at: pl.DataFrame(found, schema=CELLS, orient="row") for at, found in columns.items()})
    return path


def write_cell_by_cell(path: Path, sheet: Sheet) -> Path:
    """Write the same cells with xlsxwriter alone."""
    with xlsxwriter.Workbook(str(path)) as book:
        written, formats = book.add_worksheet("Data"), {"General": None}
        for (row, at), cell in sorted(sheet.items()):
            if cell.format not in formats:
                formats[cell.format] = book.add_format({"num_format": cell.format})
            if cell.kind is Kind.TEXT:
                written.write_string(row, at, cell.value, formats[cell.format])
            elif cell.kind is Kind.BOOLEAN:
                written.write_boolean(row, at, bool(cell.value))
            elif cell.kind is Kind.ERROR:
                written.write_formula(row, at, f"={cell.value}", None, cell.value)
            else:
                written.write_number(row, at, cell.value, formats[cell.format])
    return path


def read(path: Path) -> dict[tuple[int, int], Cell]:
    with opened_xlsx(path) as book:
        return {(row.index, at): cell for row in book.rows("Data") for at, cell in row.cells.items()}


def sheet_of(path: Path) -> str:
    with zipfile.ZipFile(path) as package:
        return package.read("xl/worksheets/sheet1.xml").decode()


@settings(deadline=None, max_examples=campaign(20, 400))
@given(sheet=sheets, pieces=st.integers(1, 3))
def test_every_cell_is_read_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, sheet: Sheet, pieces: int) -> None:
    path = write_in_bulk(tmp_path_factory.mktemp("s") / "a.xlsx", sheet, pieces)
    assert read(path) == sheet


@settings(deadline=None, max_examples=campaign(10, 150))
@given(sheet=sheets)
def test_other_programs_read_what_xlsxwriter_would_have_written(
    tmp_path_factory: pytest.TempPathFactory, sheet: Sheet
) -> None:
    folder = tmp_path_factory.mktemp("s")
    # xlsxwriter writes sixteen digits, takes some texts for XML of its own, and escapes unlike calamine. The largest
    # floats, rounded to sixteen digits, are more than a float holds: xlsxwriter refuses them.
    rounded = {
        place: cell._replace(value=float(f"{cell.value:.16G}")) if isinstance(cell.value, float) else cell
        for place, cell in sheet.items()
        if not (isinstance(cell.value, str) and re.search("_x|^<r>|[^ -~]", cell.value))
        and not (isinstance(cell.value, float) and math.isinf(float(f"{cell.value:.16G}")))
    }
    if not rounded:
        return
    pair = write_in_bulk(folder / "a.xlsx", rounded), write_cell_by_cell(folder / "b.xlsx", rounded)
    mine, theirs = (python_calamine.load_workbook(path).get_sheet_by_index(0) for path in pair)
    assert mine.to_python() == theirs.to_python()
    assert (mine.start, mine.end) == (theirs.start, theirs.end)
    found = [re.search(r"<dimension[^>]*>", sheet_of(path)) for path in pair]
    assert found[0]
    assert found[1]
    assert found[0][0] == found[1][0]


def test_a_text_is_cut_to_what_a_cell_holds(tmp_path: Path) -> None:
    sheet = {(0, 0): Cell(Kind.TEXT, "x" * 40_000), (1, 0): Cell(Kind.TEXT, "x" + "😀" * 20_000)}
    found = read(write_in_bulk(tmp_path / "a.xlsx", sheet))
    assert found == {
        (0, 0): Cell(Kind.TEXT, "x" * LONGEST_TEXT),
        # Half a character is none.
        (1, 0): Cell(Kind.TEXT, "x" + "😀" * ((LONGEST_TEXT - 1) // 2)),
    }


def test_of_two_cells_in_one_place_the_last_is_written(tmp_path: Path) -> None:
    with (tmp_path / "a.xlsx").open("w+b") as file, opened_sheet(file, "Data", tmp_path) as sheet:
        sheet.write({0: cells_of(pl.Series([3, 3, 4]), Kind.NUMBER, pl.Series([1.0, 2.0, 3.0]), 0)})
    assert sheet_of(tmp_path / "a.xlsx").count("<c ") == 2
    assert {place: cell.value for place, cell in read(tmp_path / "a.xlsx").items()} == {(3, 0): 2.0, (4, 0): 3.0}


def test_a_sheet_without_cells_is_a_workbook(tmp_path: Path) -> None:
    with (tmp_path / "a.xlsx").open("w+b") as file, opened_sheet(file, "Data", None) as sheet:
        sheet.write({0: cells_of(pl.Series([], dtype=pl.Int64), Kind.TEXT, pl.Series([], dtype=pl.String), 0)})
        sheet.frame.set_column(0, 0, 12)
    assert read(tmp_path / "a.xlsx") == {}
    assert python_calamine.load_workbook(tmp_path / "a.xlsx").sheet_names == ["Data"]


def test_equal_styles_are_one_and_each_cell_has_its_own(tmp_path: Path) -> None:
    with (tmp_path / "a.xlsx").open("w+b") as file, opened_sheet(file, "Data", tmp_path) as sheet:
        bold, again, percent = sheet.style(bold=True), sheet.style(bold=True), sheet.style(num_format="0%")
        assert bold == again
        assert bold != percent
        styles = pl.Series([percent, 0, bold])
        sheet.write({0: cells_of(pl.Series([0, 1, 2]), Kind.NUMBER, pl.Series([0.5, 1.5, 2.5]), styles)})
    assert [cell.format for cell in read(tmp_path / "a.xlsx").values()] == ["0%", "General", "General"]
    assert re.findall(r'<c r="A[123]"(?: s="(\d)")?>', sheet_of(tmp_path / "a.xlsx")) == [str(percent), "", str(bold)]


def test_a_text_that_looks_like_rich_text_is_a_text(tmp_path: Path) -> None:
    sheet = {(0, 0): Cell(Kind.TEXT, "<r><t>=1+1</t></r>"), (0, 1): Cell(Kind.TEXT, "<r></c><c><f>1</f></c></r>")}
    path = write_in_bulk(tmp_path / "a.xlsx", sheet)
    assert read(path) == sheet
    assert "<f>" not in sheet_of(path)


def test_nothing_is_written_after_an_error(tmp_path: Path) -> None:
    def write_and_fail(file: io.BytesIO) -> None:
        with opened_sheet(file, "Data", tmp_path) as sheet:
            sheet.write({0: cells_of(pl.Series([0]), Kind.NUMBER, pl.Series([1.0]), 0)})
            raise LookupError

    file = io.BytesIO()
    with pytest.raises(LookupError):
        write_and_fail(file)
    assert file.getvalue() == b""
    assert not [*tmp_path.iterdir()]
