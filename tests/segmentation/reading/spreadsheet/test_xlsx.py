"""Cells of xlsx workbooks, by whatever program they were written."""

from __future__ import annotations

import errno
import os
import re
import zipfile
from datetime import date
from pathlib import Path

import pytest
import python_calamine
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from workbooks import Value, sheet_xml, write_raw_xlsx, write_xlsx

from segmentation.errors import BadInput
from segmentation.reading.spreadsheet.cells import Cell, Kind, SheetRow, cell_text
from segmentation.reading.spreadsheet.package import PackageLimits
from segmentation.reading.spreadsheet.xlsx import opened_xlsx

STYLES = (
    '<styleSheet xmlns="x"><numFmts><numFmt numFmtId="164" formatCode="0.0%"/><numFmt numFmtId="165" '
    'formatCode="dd/mm/yy"/></numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>'
    '<xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="14"/></cellXfs></styleSheet>'
)


def rows_of(path: Path, name: str = "Data") -> list[SheetRow]:
    with opened_xlsx(path) as workbook:
        return list(workbook.rows(name))


def cells_of(path: Path) -> dict[tuple[int, int], Cell]:
    return {(row.index, at): cell for row in rows_of(path) for at, cell in row.cells.items()}


def raw_cells(folder: Path, rows: str, texts: tuple[str, ...] = (), workbook: str = "") -> dict[tuple[int, int], Cell]:
    return cells_of(write_raw_xlsx(folder / "a.xlsx", sheet_xml(rows), texts=texts, styles=STYLES, workbook=workbook))


def test_reads_shared_inline_and_formula_texts(tmp_path: Path) -> None:
    rows = (
        '<row r="2"><c r="B2" t="s"><v>1</v></c><c r="C2" t="inlineStr"><is><r><t>rich </t></r><r><t>text</t></r>'
        '<rPh sb="0" eb="1"><t>guide</t></rPh></is></c><c r="D2" t="str"><f>"a"</f><v>a_x000D_b</v></c></row>'
    )
    assert raw_cells(tmp_path, rows, ("none", "Çağla & Söhne")) == {
        (1, 1): Cell(Kind.TEXT, "Çağla & Söhne"),
        (1, 2): Cell(Kind.TEXT, "rich text"),
        (1, 3): Cell(Kind.TEXT, "a\rb"),
    }


def test_leaves_phonetic_guides_out_of_shared_texts(tmp_path: Path) -> None:
    path = write_raw_xlsx(tmp_path / "a.xlsx", sheet_xml('<row><c t="s"><v>0</v></c></row>'))
    shared = '<sst xmlns="x"><si><r><t>東京</t></r><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></si></sst>'
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    with zipfile.ZipFile(path, "w") as package:
        for name, data in (parts | {"xl/sharedStrings.xml": shared.encode()}).items():
            package.writestr(name, data)
    assert cells_of(path) == {(0, 0): Cell(Kind.TEXT, "東京")}


def test_counts_rows_and_cells_that_do_not_say_where_they_are(tmp_path: Path) -> None:
    rows = '<row><c><v>1</v></c><c/><c><v>3</v></c></row><row r="5"><c r="C5"><v>4</v></c><c><v>5</v></c></row>'
    assert {at: cell.value for at, cell in raw_cells(tmp_path, rows).items()} == {
        (0, 0): 1.0,
        (0, 2): 3.0,
        (4, 2): 4.0,
        (4, 3): 5.0,
    }


def test_reads_numbers_dates_and_percentages_with_their_formats(tmp_path: Path) -> None:
    rows = '<row><c s="1"><v>.35</v></c><c s="2"><v>45355.5</v></c><c s="3"><v>1</v></c><c s="9"><v>-0</v></c></row>'
    cells = raw_cells(tmp_path, rows)
    assert cells[0, 0] == Cell(Kind.NUMBER, 0.35, "0.0%")
    assert cells[0, 1] == Cell(Kind.DATE, 45355.5, "dd/mm/yy")
    assert [cell_text(cell) for cell in cells.values()] == ["0.35", "2024-03-04 12:00:00", "1900-01-01", "0"]


def test_counts_dates_from_1904_when_the_workbook_says_so(tmp_path: Path) -> None:
    workbook = (
        '<workbook xmlns:r="r"><workbookPr date1904="1"/><sheets><sheet name="Data" r:id="rId0"/></sheets></workbook>'
    )
    cells = raw_cells(tmp_path, '<row><c s="3"><v>43893</v></c></row>', workbook=workbook)
    assert cell_text(cells[0, 0]) == "2024-03-04"


def test_reads_iso_dates_and_booleans(tmp_path: Path) -> None:
    rows = '<row><c t="d"><v>2024-03-04</v></c><c t="d" s="2"><v>2024-03-04T06:00:00</v></c><c t="b"><v>1</v></c></row>'
    cells = raw_cells(tmp_path, rows)
    assert [cell_text(cell) for cell in cells.values()] == ["2024-03-04", "2024-03-04 06:00:00", "TRUE"]
    assert [cell.format for cell in cells.values()] == ["yyyy-mm-dd hh:mm:ss", "dd/mm/yy", "General"]


def test_tells_errors_and_formulas_without_a_result_from_empty_cells(tmp_path: Path) -> None:
    rows = (
        '<row><c t="e"><f>1/0</f><v>#DIV/0!</v></c><c><f>1+1</f></c><c><f>1+1</f><v></v></c><c s="1"/>'
        '<c t="str"><f>""</f><v></v></c><c><v>1e999</v></c></row>'
    )
    assert raw_cells(tmp_path, rows) == {
        (0, 0): Cell(Kind.ERROR, "#DIV/0!"),
        (0, 1): Cell(Kind.UNCALCULATED, ""),
        (0, 2): Cell(Kind.UNCALCULATED, ""),
        (0, 5): Cell(Kind.ERROR, "1e999"),
    }


def test_tells_hidden_rows_columns_and_sheets(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, [1, 2, 3])
        sheet.write_row(1, 0, [1, 2, 3])
        sheet.set_row(1, None, None, {"hidden": True})
        sheet.set_column(1, 1, None, None, {"hidden": True})
        book.add_worksheet("Other").hide()
        book.add_chartsheet("Chart")
    with opened_xlsx(path) as workbook:
        assert [(sheet.name, sheet.visible) for sheet in workbook.sheets] == [("Data", True), ("Other", False)]
        assert [row.hidden for row in workbook.rows("Data")] == [False, True]
        assert workbook.hidden_columns("Data") == {1}
        assert workbook.hidden_columns("Other") == frozenset()


def test_reads_elements_with_a_namespace_prefix(tmp_path: Path) -> None:
    sheet = '<x:worksheet xmlns:x="x"><x:sheetData><x:row><x:c><x:v>7</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    assert cells_of(write_raw_xlsx(tmp_path / "a.xlsx", sheet)) == {(0, 0): Cell(Kind.NUMBER, 7.0)}


@pytest.mark.parametrize(
    "rows",
    [
        '<row><c r="A"><v>1</v></c></row>',
        '<row><c r="ABCD1"><v>1</v></c></row>',
        '<row><c r="ZZZ1"><v>1</v></c></row>',
        '<row r="1048577"><c><v>1</v></c></row>',
        '<row r="2"/><row r="1"><c><v>1</v></c></row>',
        '<row><c t="s"><v>5</v></c></row>',
        '<row><c t="s"><v>-1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>5</v></c></row>',
        '<row r="1"><c r="A1"><v>x</v></c></row>',
        '<row r="1"><c r="ZZZ1"><v>1</v></c></row>',
        '<row r="0"><c r="A1"><v>1</v></c></row>',
        "<row><c><v>x</v></c></row>",
        "<row><c>",
    ],
)
def test_refuses_a_damaged_sheet(tmp_path: Path, rows: str) -> None:
    with pytest.raises(BadInput, match="damaged Excel workbook"):
        raw_cells(tmp_path, rows)


@pytest.mark.parametrize(
    ("styles", "workbook"),
    [
        ('<styleSheet xmlns="x"><numFmt numFmtId="x" formatCode="0"/></styleSheet>', ""),
        ('<styleSheet xmlns="x"><numFmt numFmtId="164"/></styleSheet>', ""),
        ("", '<workbook xmlns:r="r"><sheets><sheet r:id="rId0"/></sheets></workbook>'),
        ("", "<workbook"),
    ],
)
def test_refuses_damaged_styles_and_lists_of_sheets(tmp_path: Path, styles: str, workbook: str) -> None:
    path = write_raw_xlsx(tmp_path / "a.xlsx", sheet_xml(""), styles=styles, workbook=workbook)
    with pytest.raises(BadInput, match="damaged Excel workbook"):
        cells_of(path)


@pytest.mark.parametrize("missing", ["xl/workbook.xml", "xl/worksheets/sheet1.xml"])
def test_refuses_a_workbook_that_lacks_a_part(tmp_path: Path, missing: str) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"Data": [[1]]})
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist() if name != missing}
    with zipfile.ZipFile(path, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data)
    with pytest.raises(BadInput, match="damaged"):
        rows_of(path)


def test_refuses_a_file_cut_off(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"Data": [[1]]})
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(BadInput, match="damaged"):
        rows_of(path)


def test_refuses_bytes_that_do_not_unpack(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"Data": [[float(i)] for i in range(500)]})
    data = bytearray(path.read_bytes())
    at = data.index(b"xl/worksheets/sheet1.xml") + 60
    data[at : at + 40] = bytes(40)
    path.write_bytes(data)
    with pytest.raises(BadInput, match="damaged"):
        rows_of(path)


@pytest.mark.parametrize("mark", [b"PK\x01\x02", b"PK\x05\x06"])
def test_refuses_a_directory_that_points_nowhere(tmp_path: Path, mark: bytes) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"Data": [[1]]})
    data = bytearray(path.read_bytes())
    for found in re.finditer(re.escape(mark), bytes(data)):
        at = found.start() + (42 if mark.endswith(b"\x02") else 16)
        data[at : at + 4] = b"\xff\xff\xff\xfe"
    path.write_bytes(data)
    with pytest.raises(BadInput, match="damaged Excel workbook"):
        rows_of(path)


def test_a_disk_that_fails_is_no_damage(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"Data": [[1]]})
    with pytest.raises(OSError, match="No space left"), opened_xlsx(path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_refuses_an_encoding_nobody_knows(tmp_path: Path) -> None:
    sheet = '<?xml version="1.0" encoding="UTF-18"?>' + sheet_xml("")
    with pytest.raises(BadInput, match="damaged Excel workbook"):
        cells_of(write_raw_xlsx(tmp_path / "a.xlsx", sheet))


def test_refuses_a_document_type_and_its_entities(tmp_path: Path) -> None:
    entities = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b SYSTEM "file:///etc/hostname">]>'
    sheet = entities + sheet_xml('<row><c t="str"><v>&b;</v></c></row>')
    with pytest.raises(BadInput, match="declares entities"):
        cells_of(write_raw_xlsx(tmp_path / "a.xlsx", sheet))


def test_two_cells_far_apart_cost_no_memory(tmp_path: Path) -> None:
    # Calamine 0.9.1 asks for 512 GiB here, and the process ends.
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    assert set(raw_cells(tmp_path, rows)) == {(0, 0), (1_048_575, 16_383)}


@pytest.mark.parametrize(
    "rows",
    [
        '<row><c><f y="' + "z" * (9 << 20) + '"/></c></row>',
        '<row><c t="str"><v>' + "z" * (2 << 20) + "</v></c></row>",
    ],
    ids=["tag", "text"],
)
def test_what_must_be_in_memory_at_once_has_limits(tmp_path: Path, rows: str) -> None:
    with pytest.raises(BadInput, match="damaged Excel workbook"):
        raw_cells(tmp_path, rows)


def test_limits_are_checked_before_anything_is_unpacked(tmp_path: Path) -> None:
    path = write_raw_xlsx(tmp_path / "a.xlsx", "<not xml", extra={"zeros": bytes(1 << 20)})
    for limits, words in [
        (PackageLimits(entries=3), "holds 7 files; the limit is 3"),
        (PackageLimits(unpacked_bytes=1 << 20), "unpacks to 1 MB; the limit is 1 MB"),
        (PackageLimits(ratio=20, ratio_from=1 << 20), "times its size; the limit is 20 times"),
    ]:
        with pytest.raises(BadInput, match=words), opened_xlsx(path, limits):
            pass


def test_the_table_of_texts_has_a_limit(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"Data": [["x" * 5000]]})
    with (
        pytest.raises(BadInput, match=r"texts take 5.1 KB; the limit is 4 KB"),
        opened_xlsx(path, PackageLimits(text_bytes=4096)) as workbook,
    ):
        list(workbook.rows("Data"))


def test_refuses_parts_with_a_password(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"Data": [[1]]})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(BadInput, match="protected with a password"):
        rows_of(path)


ODD_ROWS = (
    '<row r="1" spans="1:3" hidden="1"><c r="A1" t="str"><f>"x"</f><v>x</v></c><c r="B1"><f>1</f></c></row>'
    '<row r="2"><c r="A2"/><c r="B2"></c><c r="C2" s="2"><v>45355</v></c><c r="AA2" s="7"><v>1e999</v></c></row>'
    '\n <row r="3" hidden="1"><c r="A3" t="s"><v>0</v></c><c r="B3" t="b"><v>0</v></c><c r="C3" t="e"><v>#N/A</v></c>'
    '<c r="D3" t="inlineStr"><is><t xml:space="preserve"> a_x0041_ </t></is></c><c r="E3"><v>-0</v></c></row>'
    '<row r="4"><c r="A4" t="str"><v>a&amp;b</v></c></row><row r="5"/><row r="6"><c r="A6" t="s"><v>1</v></c></row>'
)


def test_plain_rows_are_read_as_the_parser_reads_them(tmp_path: Path) -> None:
    texts = ("é", "")
    quick = raw_cells(tmp_path, ODD_ROWS, texts)
    hidden = [row.index for row in rows_of(tmp_path / "a.xlsx") if row.hidden]
    # A second space is as good as one, but no expression expects it.
    assert raw_cells(tmp_path, ODD_ROWS.replace("<row r", "<row  r"), texts) == quick
    assert hidden == [row.index for row in rows_of(tmp_path / "a.xlsx") if row.hidden] == [0, 2]
    assert quick[2, 3] == Cell(Kind.TEXT, " aA ")
    assert quick[0, 1] == Cell(Kind.UNCALCULATED, "")
    assert (1, 0) not in quick


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "utf-8"])
def test_a_sheet_in_any_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    rows = '<row r="1"><c r="A1" t="str"><v>Zoë</v></c></row>'
    path = write_raw_xlsx(tmp_path / "a.xlsx", "")
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    parts["xl/worksheets/sheet1.xml"] = f'<?xml version="1.0" encoding="{encoding}"?>{sheet_xml(rows)}'.encode(encoding)
    with zipfile.ZipFile(path, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data)
    assert cells_of(path) == {(0, 0): Cell(Kind.TEXT, "Zoë")}


def test_a_row_longer_than_a_piece_of_the_file_is_read(tmp_path: Path) -> None:
    many = "".join(f'<c r="A{row}" t="str"><v>{"x" * 100}</v></c>' for row in range(1, 30_000))
    rows = f'<row r="1"><c r="A1"><v>1</v></c></row><row r="2">{many}</row><row r="3"><c r="B3"><v>é</v></c></row>'
    found = raw_cells(tmp_path, rows.replace("<v>é</v>", "<v>3</v>"))
    assert {place: cell.value for place, cell in found.items()} == {(0, 0): 1.0, (1, 0): "x" * 100, (2, 1): 3.0}


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**9), 10**9).map(float),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.dates(date(1900, 3, 1), date(2100, 1, 1)),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8),
)


@settings(deadline=None, max_examples=60)
@given(rows=st.lists(st.lists(values, max_size=5), min_size=1, max_size=6))
def test_reads_what_calamine_reads(tmp_path_factory: pytest.TempPathFactory, rows: list[list[Value]]) -> None:
    path = write_xlsx(tmp_path_factory.mktemp("w") / "a.xlsx", {"Data": rows})
    sheet = python_calamine.load_workbook(path).get_sheet_by_name("Data")
    start = sheet.start or (0, 0)
    expected = {
        (i, j): value.isoformat() if isinstance(value, date) else value
        for i, row in enumerate(sheet.to_python(), start=start[0])
        for j, value in enumerate(row, start=start[1])
        if value != ""
    }
    found = {at: cell_text(cell) if cell.kind is Kind.DATE else cell.value for at, cell in cells_of(path).items()}
    assert found == expected
    quick = cells_of(path)
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    with zipfile.ZipFile(path, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data.replace(b"<row r", b"<row  r"))
    assert cells_of(path) == quick


def test_a_formula_that_nobody_calculated_has_no_result(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Data")
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, [30_000, 0])
        # Without a result of ours, xlsxwriter gives 0 as everybody's.
        sheet.write_formula(0, 2, "=A1/1000")
        sheet.write_formula(0, 3, "=TODAY()", days)
        sheet.write_formula(0, 4, "=A1/1000", None, 30)
        sheet.write_formula(0, 5, '="x"&A1', None, "x30000")
        sheet.write_row(1, 0, [1, 0])
    uncalculated = Cell(Kind.UNCALCULATED, "")
    assert cells_of(path) == {
        (0, 0): Cell(Kind.NUMBER, 30_000.0),
        (0, 1): Cell(Kind.NUMBER, 0.0),
        (0, 2): uncalculated,
        (0, 3): uncalculated,
        (0, 4): Cell(Kind.NUMBER, 30.0),
        (0, 5): Cell(Kind.TEXT, "x30000"),
        (1, 0): Cell(Kind.NUMBER, 1.0),
        (1, 1): Cell(Kind.NUMBER, 0.0),
    }


@pytest.mark.parametrize(
    ("calculation", "read"),
    [
        ("", Cell(Kind.NUMBER, 0.0)),
        ('<calcPr fullCalcOnLoad="0"/>', Cell(Kind.NUMBER, 0.0)),
        ('<calcPr fullCalcOnLoad="true"/>', Cell(Kind.UNCALCULATED, "")),
    ],
)
def test_a_calculated_0_stays_0(tmp_path: Path, calculation: str, read: Cell) -> None:
    sheets = '<sheets><sheet name="Data" sheetId="1" r:id="rId0"/></sheets>'
    workbook = f'<workbook xmlns="x" xmlns:r="y">{sheets}{calculation}</workbook>'
    rows = '<row r="1"><c r="A1"><f>1-1</f><v>0</v></c><c r="B1"><f>1+1</f><v>2</v></c></row>'
    found = raw_cells(tmp_path, rows, workbook=workbook)
    assert found == {(0, 0): read, (0, 1): Cell(Kind.NUMBER, 2.0)}
