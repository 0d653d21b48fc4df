"""What is read and written in bulk is what the parser reads, and what is written cell by cell."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

import polars as pl
import pytest
from campaigns import campaign
from hypothesis import given, settings
from hypothesis import strategies as st
from workbooks import sheet_xml, write_raw_xlsx

from segmentation.errors import BadInput
from segmentation.numbers.values import trim
from segmentation.reading.encoding import Limits
from segmentation.reading.file_kind import WorkbookKind
from segmentation.reading.spreadsheet.cell_blocks import block_of, blocks_of, joined, rows_of
from segmentation.reading.spreadsheet.cells import Cell, Kind, SheetRow, cell_text, number_text, unmarked_text
from segmentation.reading.spreadsheet.package import DEFAULT_PACKAGE_LIMITS
from segmentation.reading.spreadsheet.text_columns import number_texts
from segmentation.reading.spreadsheet.text_table import write_text_table
from segmentation.reading.spreadsheet.workbook import choose_sheet
from segmentation.reading.spreadsheet.xlsx import opened_xlsx
from segmentation.schema_data import default_schema

pytestmark = pytest.mark.usefixtures("either_kernel")
STYLES: Final = (
    '<styleSheet xmlns="x"><numFmts><numFmt numFmtId="165" formatCode="dd/mm/yy"/></numFmts><cellXfs>'
    '<xf numFmtId="0"/><xf numFmtId="4"/><xf numFmtId="165"/><xf numFmtId="20"/></cellXfs></styleSheet>'
)
TEXTS: Final = ("Ann", "", "two\nlines", "1,5", "<b> & c", "_x0041_", "_xD83D__xDE00_ _xD800_", " padded ", "x\u2028")
texts = st.one_of(st.sampled_from(TEXTS), st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6))
numbers = st.one_of(
    st.integers(-(10**17), 10**17).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["-0", "-0.0", "1e999", " 7 ", "35.299999999999997", "45355.25", "0.00001", "1E+16", "1_0", "60"]),
)
# What cells of the other types hold; the last are empty.
KINDS: Final[tuple[tuple[str, st.SearchStrategy[str]], ...]] = (
    ("s", st.integers(0, len(TEXTS) - 1).map(str)),
    ("inlineStr", texts),
    ("str", texts),
    ("b", st.sampled_from(["0", "1", "true", " 1"])),
    ("e", st.sampled_from(["#N/A", "#DIV/0!", " #REF! "])),
    ("", st.sampled_from(["", "<v></v>", "<v/>"])),
)


def a_cell(column: str, row: int, style: str, kind: str, inside: str) -> str:
    return f'<c r="{column}{row}"{style}{kind}>{inside}</c>' if inside else f'<c r="{column}{row}"{style}/>'


@st.composite
def cells(draw: st.DrawFn, column: str, row: int) -> str:
    """Draw a cell as programs write it, and now and then as hardly any does."""
    style = draw(st.sampled_from(["", ' s="0"', ' s="1"', ' s="2"', ' s="3"', ' s="9"']))
    formula = draw(st.sampled_from(["", "", "", "<f>A1&amp;B1</f>", '<f t="shared" si="0"/>']))
    form = draw(st.integers(0, 8))
    if form < 3:
        return a_cell(column, row, style, draw(st.sampled_from(["", "", ' t="n"'])), f"{formula}<v>{draw(numbers)}</v>")
    kind, values = KINDS[form - 3]
    value = draw(values)
    if kind == "inlineStr":
        return a_cell(column, row, style, ' t="inlineStr"', f'<is><t xml:space="preserve">{escape(value)}</t></is>')
    if kind:
        return a_cell(column, row, style, f' t="{kind}"', f"{formula}<v>{escape(value)}</v>")
    return a_cell(column, row, style, "", formula + value)


@st.composite
def sheets(draw: st.DrawFn) -> str:
    """Draw a sheet's rows, with gaps, hidden ones and cells out of their order."""
    written, row = [], 0
    for _ in range(draw(st.integers(0, 8))):
        row += draw(st.sampled_from([1, 1, 1, 3]))
        attributes = draw(st.sampled_from(["", "", ' spans="1:4"', ' ht="15" hidden="1"', ' collapsed="0" x:y="a"']))
        columns = draw(st.lists(st.sampled_from("ABCDEA"), max_size=6))
        inside = "".join(draw(cells(column, row)) for column in columns)
        written.append(draw(st.sampled_from(["", "", "\n  "])))
        written.append(f'<row r="{row}"{attributes}>{inside}</row>' if inside else f'<row r="{row}"{attributes}/>')
    return "".join(written)


def rows_in(path: Path) -> list[SheetRow]:
    with opened_xlsx(path) as workbook:
        return list(workbook.rows("Data"))


@settings(deadline=None, max_examples=campaign(20, 300))
@given(rows=sheets(), comment=st.sampled_from(["", "", "", "<!-- </row> -->"]))
def test_rows_read_in_bulk_are_those_of_the_parser(
    tmp_path_factory: pytest.TempPathFactory, rows: str, comment: str
) -> None:
    folder = tmp_path_factory.mktemp("w")
    quick = write_raw_xlsx(folder / "a.xlsx", sheet_xml(rows, before=comment), texts=TEXTS, styles=STYLES)
    # A second space is as good as one, but nothing expects it in bulk.
    odd = sheet_xml(rows.replace("<row r", "<row  r"), before=comment)
    slow = write_raw_xlsx(folder / "b.xlsx", odd, texts=TEXTS, styles=STYLES)
    assert rows_in(quick) == rows_in(slow)


@settings(deadline=None, max_examples=campaign(15, 300))
@given(rows=sheets())
def test_texts_written_in_bulk_are_those_of_the_cells(tmp_path_factory: pytest.TempPathFactory, rows: str) -> None:
    header = "".join(
        f'<c r="{at}1" t="inlineStr"><is><t>{name}</t></is></c>' for at, name in zip("ABC", "xyz", strict=True)
    )
    path = tmp_path_factory.mktemp("w") / "a.xlsx"
    shifted = f'<row r="1">{header}</row>' + rows.replace('<row r="', '<row r="2')
    write_raw_xlsx(path, sheet_xml(shifted), texts=TEXTS, styles=STYLES)
    schema, text = default_schema(), path.with_suffix(".csv")
    with opened_xlsx(path) as workbook:
        chosen = choose_sheet(workbook, schema, None)
        write_text_table(workbook, chosen, WorkbookKind.XLSX, text, schema, Limits(), DEFAULT_PACKAGE_LIMITS)
        # With these names no column is a feature, so that nothing has to be decided about its numbers but their marks.
        marked = marked_columns(list(workbook.rows("Data")))
        expected = "".join(lines_of(list(workbook.rows("Data")), marked))
    assert text.read_text(encoding="utf-8") == expected


def marked_columns(rows: list[SheetRow]) -> set[int]:
    """Return the columns in which texts have digits and a mark beside numbers."""
    found = set()
    for at in range(3):
        own = [row.cells[at] for row in rows[1:] if at in row.cells]
        shown = [cell_text(cell) for cell in own if cell.kind in {Kind.TEXT, Kind.DATE, Kind.BOOLEAN}]
        marked = any(set(text) & set(",.") and set(text) & set("0123456789") for text in shown)
        if marked and any(cell.kind is Kind.NUMBER for cell in own):
            found.add(at)
    return found


def lines_of(rows: list[SheetRow], marked: set[int]) -> list[str]:
    """Return the lines of a table of three columns whose header is the first row, written cell by cell."""
    lines, written = [], rows[0].index
    for row in [rows[0], *(row for row in rows[1:] if is_filled(row))]:
        texts = [text_of(row.cells[at], unmarked=at in marked) if at in row.cells else "" for at in range(3)]
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(texts)
        lines.append("\n" * max(0, row.index - written - 1) + line.getvalue())
        written = row.index
    return lines


def text_of(cell: Cell, *, unmarked: bool) -> str:
    text = cell_text(cell)
    return unmarked_text(text) if unmarked and cell.kind is Kind.NUMBER else text


def is_filled(row: SheetRow) -> bool:
    own = [cell for at, cell in row.cells.items() if at < 3]
    return any(cell.kind not in {Kind.TEXT, Kind.UNCALCULATED} or trim(str(cell.value)) for cell in own)


@given(values=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_numbers_are_written_in_bulk_as_by_themselves(values: list[float]) -> None:
    assert number_texts(pl.Series(values)).to_list() == [number_text(value) for value in values]


def with_texts(path: Path, shared: str) -> Path:
    """Give a workbook another table of texts."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    with zipfile.ZipFile(path, "w") as package:
        for name, data in (parts | {"xl/sharedStrings.xml": f"<sst>{shared}</sst>".encode()}).items():
            package.writestr(name, data)
    return path


@settings(deadline=None, max_examples=campaign(25, 200))
@given(items=st.lists(st.tuples(texts, st.integers(0, 4)), max_size=9))
def test_every_cell_gets_its_own_text_of_the_table(
    tmp_path_factory: pytest.TempPathFactory, items: list[tuple[str, int]]
) -> None:
    forms = (
        "<si><t>{}</t></si>",
        '<si><t xml:space="preserve">{}</t></si>',
        "<si><r><t>{}</t></r></si>",
        "<si><t>{}</t><rPh><t>guide</t></rPh></si>",
        "<si ><t>{}</t></si>\n",
    )
    shared = "".join(forms[form].format(escape(text)) for text, form in items)
    rows = "".join(f'<row r="{at + 1}"><c r="A{at + 1}" t="s"><v>{at}</v></c></row>' for at in range(len(items)))
    path = with_texts(write_raw_xlsx(tmp_path_factory.mktemp("w") / "a.xlsx", sheet_xml(rows)), shared)
    found = {row.index: row.cells[0].value for row in rows_in(path)}
    expected = {at: TEXT_OF.get(text, text) for at, (text, _) in enumerate(items)}
    assert found == {at: text for at, text in expected.items() if text}


# What the texts with escapes stand for.
TEXT_OF: Final = {"_x0041_": "A", "_xD83D__xDE00_ _xD800_": "😀 \ufffd"}


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A1" t="str"><v>a > b</v></c></row><row r="2"><c r="A2"><v>7</v></c></row>',
        '<row r="1"><c r="A1" t="str"><v>a > b</v></c></row>\r\n<row r="2"><c r="A2"><v>7</v></c></row>',
        '<row r="1"><c r="A1" t="str"><v><![CDATA[a > b]]></v></c></row><row r="2"><c r="A2"><v>7</v></c></row>',
        '<!-- <row r="1"><c r="A1"><v>1</v></c></row> --><row r="1"><c r="A1" t="str"><v>a &gt; b</v></c></row>'
        '<row r="2"><c r="A2"><v>7</v></c></row>',
    ],
    ids=["bare", "carriage return", "section", "comment"],
)
def test_what_only_the_parser_can_tell_is_left_to_it(tmp_path: Path, rows: str) -> None:
    found = rows_in(write_raw_xlsx(tmp_path / "a.xlsx", sheet_xml(rows)))
    assert [(row.index, dict(row.cells)) for row in found] == [
        (0, {0: Cell(Kind.TEXT, "a > b")}),
        (1, {0: Cell(Kind.NUMBER, 7.0)}),
    ]


def test_rows_in_several_pieces_keep_their_order(tmp_path: Path) -> None:
    # Every hundredth row is left to the parser, and all of them are more than a piece.
    rows = "".join(
        f'<row r="{row}"><c r="A{row}"><v>{row}</v></c><c r="B{row}" t="str"><v>{text}</v></c></row>'
        for row in range(1, 40_001)
        for text in ["&amp;" if row % 100 == 0 else "x" * 60]
    )
    found = rows_in(write_raw_xlsx(tmp_path / "a.xlsx", sheet_xml(rows)))
    assert [row.index for row in found] == list(range(40_000))
    assert all(row.cells[0].value == row.index + 1 for row in found)


@pytest.mark.parametrize("odd", ["", ' <c r="C1"><f>1</f></c>'])
def test_rows_out_of_order_are_damage_however_they_are_read(tmp_path: Path, odd: str) -> None:
    rows = f'<row r="1"><c r="A1"><v>1</v></c></row><row r="3">{odd}</row><row r="2"><c r="A2"><v>1</v></c></row>'
    with pytest.raises(BadInput, match="damaged Excel workbook"):
        rows_in(write_raw_xlsx(tmp_path / "a.xlsx", sheet_xml(rows)))


def test_blocks_hold_the_rows_they_are_made_of() -> None:
    rows = [
        SheetRow(at, {0: Cell(Kind.TEXT, "a"), 3: Cell(Kind.NUMBER, 0.5, "0%")}, hidden=at % 3 == 0)
        for at in range(6_000)
    ]
    assert [row for block in blocks_of(rows) for row in rows_of(block)] == rows
    assert list(rows_of(joined([block_of(rows[::2]), block_of(rows[1::2])]))) == rows
