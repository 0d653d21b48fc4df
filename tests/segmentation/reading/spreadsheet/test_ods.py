"""Cells of OpenDocument spreadsheets."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import python_calamine
from hypothesis import given, settings
from hypothesis import strategies as st
from workbooks import Value, write_ods, write_raw_ods

from segmentation.errors import BadInput
from segmentation.reading.spreadsheet.cells import Cell, Kind, SheetRow, cell_text
from segmentation.reading.spreadsheet.ods import opened_ods
from segmentation.reading.spreadsheet.package import PackageLimits


def rows_of(path: Path, name: str = "Data") -> list[SheetRow]:
    with opened_ods(path) as document:
        return list(document.rows(name))


def raw_rows(folder: Path, rows: str) -> list[SheetRow]:
    return rows_of(write_raw_ods(folder / "a.ods", f'<table:table table:name="Data">{rows}</table:table>'))


def raw_cells(folder: Path, cells: str) -> dict[int, Cell]:
    (row,) = raw_rows(folder, f"<table:table-row>{cells}</table:table-row>")
    return dict(row.cells)


def test_reads_every_kind_of_cell(tmp_path: Path) -> None:
    cells = raw_cells(
        tmp_path,
        '<table:table-cell office:value-type="percentage" office:value="0.35"><text:p>35 %</text:p></table:table-cell>'
        '<table:table-cell office:value-type="currency" office:value="60"/>'
        '<table:table-cell office:value-type="date" office:date-value="2024-03-04"/>'
        '<table:table-cell office:value-type="date" office:date-value="2024-03-04T12:00:00"/>'
        '<table:table-cell office:value-type="time" office:time-value="PT26H03M04S"/>'
        '<table:table-cell office:value-type="boolean" office:boolean-value="true"/>'
        '<table:table-cell office:value-type="string" calcext:value-type="error"><text:p>#N/A</text:p>'
        "</table:table-cell>"
        '<table:table-cell table:formula="of:=1+1"/>'
        '<table:table-cell table:formula="of:=&quot;&quot;" office:value-type="string"/>',
    )
    assert cells[0] == Cell(Kind.NUMBER, 0.35, "0.00%")
    assert cells[6] == Cell(Kind.ERROR, "#N/A")
    assert cells[7] == Cell(Kind.UNCALCULATED, "")
    assert 8 not in cells
    assert [cell_text(cells[at]) for at in range(1, 6)] == [
        "60",
        "2024-03-04",
        "2024-03-04 12:00:00",
        "26:03:04",
        "TRUE",
    ]


def test_a_few_bytes_that_stand_for_millions_of_cells_are_refused_before_they_are_repeated(tmp_path: Path) -> None:
    cell = '<table:table-cell office:value-type="float" office:value="7" table:number-columns-repeated="{}"/>'
    row = '<table:table-row table:number-rows-repeated="{}">' + cell + "</table:table-row>"
    limits = PackageLimits(repeats=10, repeats_from=100)
    for rows, allowed in ((row.format(10, 10), True), (row.format(11, 10), False), (row.format(1, 10) * 12, True)):
        path = write_raw_ods(tmp_path / "a.ods", f'<table:table table:name="Data">{rows}</table:table>')
        with opened_ods(path, limits) as document:
            if allowed:
                assert sum(len(found.cells) for found in document.rows("Data")) in {100, 120}
                continue
            with pytest.raises(BadInput, match="The sheet “Data” repeats its cells more than 100 times"):
                next(document.rows("Data"))


def test_reads_paragraphs_spaces_and_breaks_but_no_comments(tmp_path: Path) -> None:
    cells = raw_cells(
        tmp_path,
        '<table:table-cell office:value-type="string"><office:annotation><dc:date>2024</dc:date><text:p>not this'
        '</text:p></office:annotation><text:p>a<text:s text:c="2"/>b<text:tab/><text:span>c</text:span></text:p>'
        "<text:p>d<text:line-break/>e</text:p></table:table-cell>",
    )
    assert cells == {0: Cell(Kind.TEXT, "a  b\tc\nd\ne")}


def test_repeats_cells_and_rows_and_skips_the_empty_million(tmp_path: Path) -> None:
    rows = raw_rows(
        tmp_path,
        '<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>'
        '<table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="2"/>'
        '<table:table-cell table:number-columns-repeated="2" office:value-type="float" office:value="7"/>'
        '<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'
        '<table:table-row table:number-rows-repeated="1048570"><table:table-cell/></table:table-row>',
    )
    assert [(row.index, dict(row.cells)) for row in rows] == [
        (index, {2: Cell(Kind.NUMBER, 7.0), 3: Cell(Kind.NUMBER, 7.0)}) for index in (3, 4)
    ]


@pytest.mark.parametrize(
    "rows",
    [
        '<table:table-row table:number-rows-repeated="1048576"><table:table-cell office:value-type="float" '
        'office:value="1"/></table:table-row>' * 2,
        '<table:table-row><table:table-cell/><table:table-cell table:number-columns-repeated="99999" '
        'office:value-type="float" office:value="1"/></table:table-row>',
        '<table:table-row><table:table-cell office:value-type="float" office:value="inf"/></table:table-row>',
        '<table:table-row><table:table-cell office:value-type="float"/></table:table-row>',
        "<table:table-row><table:table-cell><text:p>"
        + "z" * (2 << 20)
        + "</text:p></table:table-cell></table:table-row>",
        '<table:table-row><table:table-cell office:value-type="time" office:time-value="soon"/></table:table-row>',
    ],
    ids=["rows", "columns", "infinity", "no value", "text", "time"],
)
def test_refuses_a_damaged_sheet(tmp_path: Path, rows: str) -> None:
    with pytest.raises(BadInput, match="damaged OpenDocument spreadsheet"):
        raw_rows(tmp_path, rows)


def test_tells_hidden_sheets_rows_and_columns(tmp_path: Path) -> None:
    style = '<style:style style:name="ta2"><style:table-properties table:display="false"/></style:style>'
    path = write_raw_ods(
        tmp_path / "a.ods",
        '<table:table table:name="Data" table:style-name="ta1"><table:table-column table:number-columns-repeated="2"/>'
        '<table:table-column table:visibility="collapse"/>'
        '<table:table-row table:visibility="filter"><table:table-cell office:value-type="float" office:value="1"/>'
        '</table:table-row></table:table><table:table table:name="Secret" table:style-name="ta2"/>',
        styles=style,
    )
    with opened_ods(path) as document:
        assert [(sheet.name, sheet.visible) for sheet in document.sheets] == [("Data", True), ("Secret", False)]
        assert [row.hidden for row in document.rows("Data")] == [True]
        assert document.hidden_columns("Data") == {2}
        assert list(document.rows("Secret")) == []


def test_refuses_a_password_and_a_missing_part(tmp_path: Path) -> None:
    locked = write_raw_ods(tmp_path / "a.ods", "", manifest="<manifest><manifest:encryption-data/></manifest>")
    with pytest.raises(BadInput, match="protected with a password"):
        rows_of(locked)
    path = write_ods(tmp_path / "b.ods", {"Data": [[1.0]]})
    path.write_bytes(path.read_bytes().replace(b"content.xml", b"content.xxx"))
    with pytest.raises(BadInput, match="damaged"):
        rows_of(path)


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**9), 10**9).map(float),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates(date(1900, 3, 1), date(2100, 1, 1)),
    st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=8),
)


@settings(deadline=None, max_examples=40)
@given(rows=st.lists(st.lists(values, max_size=5), min_size=1, max_size=6))
def test_reads_what_calamine_reads(tmp_path_factory: pytest.TempPathFactory, rows: list[list[Value]]) -> None:
    path = write_ods(tmp_path_factory.mktemp("w") / "a.ods", {"Data": rows})
    sheet = python_calamine.load_workbook(path).get_sheet_by_name("Data")
    start = sheet.start or (0, 0)
    expected = {
        (i, j): value.isoformat() if isinstance(value, date) else value
        for i, row in enumerate(sheet.to_python(), start=start[0])
        for j, value in enumerate(row, start=start[1])
        if value != ""
    }
    found = {
        (row.index, at): cell_text(cell) if cell.kind is Kind.DATE else cell.value
        for row in rows_of(path)
        for at, cell in row.cells.items()
    }
    assert found == expected
