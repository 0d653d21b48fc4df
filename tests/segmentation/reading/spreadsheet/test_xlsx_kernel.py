"""What the compiled kernel reads of a sheet's XML is what the parser reads, float by float."""

from __future__ import annotations

import io
import math
import random
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from campaigns import campaign
from hypothesis import given, settings
from hypothesis import strategies as st
from workbooks import sheet_xml

from segmentation.errors import BadInput
from segmentation.reading.spreadsheet import xlsx_kernel
from segmentation.reading.spreadsheet.cell_blocks import rows_of
from segmentation.reading.spreadsheet.cells import GENERAL, SheetRow
from segmentation.reading.spreadsheet.package import DamagedXml
from segmentation.reading.spreadsheet.xlsx_kernel import KernelRowsReader, SheetKernel, load, wanted_kernel
from segmentation.reading.spreadsheet.xlsx_sheet import SheetReader, TextsReader
from segmentation.scoring.kernel.build import NotBuilt, build

SHARED = pl.Series(["Ann", "", "two\nlines", "a & b"])
FORMATS = [GENERAL, "0.00", "dd/mm/yy", "h:mm"]


@pytest.fixture(scope="module")
def kernel() -> SheetKernel:
    try:
        return SheetKernel(build())
    except NotBuilt as reason:
        pytest.skip(f"the kernel cannot be built here: {reason}")


def row_of(*cells: str, row: int = 1, attributes: str = "") -> str:
    return f'<row r="{row}"{attributes}>{"".join(cells)}</row>'


def rows_in(xml: str | bytes, *, days_later: int = 0) -> list[SheetRow]:
    data = xml if isinstance(xml, bytes) else xml.encode()
    blocks = SheetReader(SHARED, FORMATS, days_later).blocks(io.BytesIO(data))
    return [row for block in blocks for row in rows_of(block)]


def numbers_in(kernel: SheetKernel, texts: list[str]) -> list[float | None]:
    """Read numbers, each in a row of its own; None for one that is left to the parser."""
    xml = "".join(row_of(f'<c r="A{at}"><v>{text}</v></c>', row=at) for at, text in enumerate(texts, start=1))
    plain = KernelRowsReader(kernel, SHARED, FORMATS, 0).read(xml.encode())
    assert plain is not None
    found = dict(zip(plain.cells["row"], plain.cells["number"], strict=True))
    left = {at for first, after in plain.odd for at in range(first, after)}
    assert left.isdisjoint(found)
    assert len(left) + len(found) == len(texts)
    return [found.get(at) for at in range(len(texts))]


digits = st.text("0123456789", max_size=22)
written_numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.floats(1e-9, 1e17).map(lambda value: f"{value:.17g}"),
    st.floats(1e-9, 1e17).map(lambda value: f"{value:.16E}"),
    st.integers(-(10**20), 10**20).map(str),
    st.builds("{}{}.{}{}".format, st.sampled_from(["", "-", "+"]), digits, digits, st.sampled_from(["", "e5", "E-07"])),
    st.text("0123456789.-+eE ", min_size=1, max_size=12),
)


@settings(deadline=None, max_examples=campaign(60, 600))
@given(texts=st.lists(written_numbers, min_size=1, max_size=30))
def test_numbers_are_the_nearest_floats(kernel: SheetKernel, texts: list[str]) -> None:
    for text, number in zip(texts, numbers_in(kernel, texts), strict=True):
        if number is not None:
            assert number == float(text), text
            # Zero has no sign.
            assert math.copysign(1, number) == math.copysign(1, float(text) + 0.0), text


def halfway(value: float) -> str:
    """Write the number that is as far from a float as from the next; exactly, if it has no more than 19 digits."""
    return str((int(value) + int(math.nextafter(value, math.inf))) // 2)


@settings(deadline=None, max_examples=campaign(60, 600))
@given(values=st.lists(st.integers(2**54, 2**62).map(float), min_size=1, max_size=30), shift=st.integers(0, 18))
def test_ties_and_their_neighbours_are_told_apart(kernel: SheetKernel, values: list[float], shift: int) -> None:
    whole = [str(int(halfway(value)) + step) for value in values for step in (-1, 0, 1)]
    texts = [*whole, *(f"{text[:-shift]}.{text[-shift:]}" for text in whole if 0 < shift < len(text))]
    assert numbers_in(kernel, texts) == [float(text) for text in texts]


def many_numbers(rng: random.Random) -> Iterator[str]:
    """Yield numbers as programs write them, of any size, and digits that are halfway between two floats."""
    for _ in range(500):
        value = math.ldexp(rng.random() + 1, rng.randrange(-30, 60))
        yield from (repr(value), f"{value:.17g}", f"{value:.16E}", f"{value:.{rng.randrange(16)}f}")
        figures, places = str(rng.randrange(10 ** rng.randrange(1, 20))), rng.randrange(1, 19)
        figures = figures.zfill(places + 1)
        yield f"{figures[:-places]}.{figures[-places:]}"
        yield f"{halfway(float(rng.randrange(2**54, 2**62)))}E{rng.choice(['', '+', '-'])}{rng.randrange(20)}"


@pytest.mark.parametrize("seed", range(campaign(1, 60)))
def test_many_numbers_are_the_nearest_floats(kernel: SheetKernel, seed: int) -> None:
    texts = list(many_numbers(random.Random(seed)))  # noqa: S311 - the same in every run
    read = [(text, found) for text, found in zip(texts, numbers_in(kernel, texts), strict=True) if found is not None]
    assert [found for _, found in read] == [float(text) for text, _ in read]
    # The others are tiny, and have more digits than are read at once.
    assert len(read) > 0.75 * len(texts)


@pytest.mark.parametrize(
    "text",
    ["0", "-0", "7", "35.299999999999997", "45.8", "1E-3", "1.2345678901234E-5", "5e0", "1e+15", "9007199254740993",
     "9999999999999999999", "0.1234567890123456789", "1234567890.123456789", "0000000000000000000000012.5"],
)  # fmt: skip
def test_what_programs_write_is_read_at_once(kernel: SheetKernel, text: str) -> None:
    assert numbers_in(kernel, [text]) == [float(text)]


@pytest.mark.parametrize(
    "text",
    ["", "+7", ".5", "5.", " 7", "7 ", "1_0", "1e", "1e+", "1e999", "1e20", "1e-20", "nan", "inf", "0x10", "1,5",
     "1.2.3", "12345678901234567890", "--1", "1e5.5", "٣"],
)  # fmt: skip
def test_other_numbers_are_left_to_the_parser(kernel: SheetKernel, text: str) -> None:
    xml = row_of(f'<c r="A1"><f>1</f><v>{text}</v></c>').encode()
    plain = KernelRowsReader(kernel, SHARED, FORMATS, 0).read(xml)
    assert plain is not None
    assert plain.odd == [(0, 1)]
    assert plain.cells.height == 0


PLAIN = (
    '<c r="A1"><v>1</v></c>',
    '<c r="XFD1048576" s="12345" t="n"><v>1</v></c>',
    '<c r="A1" s="2"/>',
    '<c r="A1" t="s"><v>0</v></c>',
    '<c r="A1" t="s"><v>3</v></c>',
    '<c r="A1" t="b"><v>1</v></c><c r="B1" t="b"><v>false</v></c>',
    '<c r="A1" t="e"><v>#DIV/0!</v></c>',
    '<c r="A1" t="str"><f>A2&amp;"x"</f><v>é 😀 "quoted", too</v></c>',
    '<c r="A1"><f t="shared" si="0"/><v>5</v></c>',
    '<c r="A1" t="inlineStr"><is><t xml:space="preserve"> x </t></is></c>',
    '<c r="A1" s="1">\n  <v>5</v>\n</c>',
    '<c r="A1"><v></v></c>',
    '<c r="A1"></c>',
)


@pytest.mark.parametrize("cell", PLAIN)
def test_cells_as_programs_write_them_are_read_at_once(kernel: SheetKernel, cell: str) -> None:
    xml = row_of(cell, attributes=' spans="1:5" ht="15" hidden="1" x14ac:dyDescent="0.25"')
    plain = KernelRowsReader(kernel, SHARED, FORMATS, 0).read(xml.encode())
    assert plain is not None
    assert plain.odd == []
    assert plain.hidden == {0}


# The parser refuses these.
DAMAGED = (
    '<c r="A1" t="s"><v>4</v></c>',
    '<c r="A1" t="s"><v>-1</v></c>',
    '<c r="A1" t="s"><v>1234567890</v></c>',
    '<c r="XFE1"><v>1</v></c>',
    '<c r="AAAA1"><v>1</v></c>',
    '<c r="1"><v>1</v></c>',
    '<c r="A"><v>1</v></c>',
    '<c r="A12345678"><v>1</v></c>',
)
ODD = (
    '<c r="A1" t="d"><v>2026-01-01</v></c>',
    '<c r="A1" t="b"><v>2</v></c>',
    '<c r="A1" t="b"><v>10</v></c>',
    '<c r="A1" t="e"><v>#n/a</v></c>',
    '<c r="A1" t="str"><v>a &amp; b</v></c>',
    '<c r="A1" t="str"><v>a > b</v></c>',
    '<c r="A1" t="str"><v>a\rb</v></c>',
    '<c r="A1" s="01"><v>1</v></c>',
    '<c r="A1" t="n" s="1"><v>1</v></c>',
    '<c s="1"><v>1</v></c>',
    "<c><v>1</v></c>",
    '<c r="A1" ><v>1</v></c>',
    '<c r="A1"><f>1</f></c>',
    '<c r="A1"><f>é</f><v>1</v></c>',
    '<c r="A1"><v>1</v><extLst/></c>',
    '<c r="A1" t="inlineStr"><is><r><t>a</t></r></is></c>',
    '<c r="A1"><v>1</v></c><x/>',
)


@pytest.mark.parametrize("cell", [*ODD, *DAMAGED])
def test_what_is_written_otherwise_is_left_to_the_parser(kernel: SheetKernel, cell: str) -> None:
    xml = row_of('<c r="B2" t="str"><v>kept</v></c>', row=2) + row_of(cell, row=3) + row_of(PLAIN[0], row=4)
    plain = KernelRowsReader(kernel, SHARED, FORMATS, 0).read(xml.encode())
    assert plain is not None
    assert plain.odd == [(1, 2)]
    assert plain.cells.select("row", "text", "number").rows() == [(1, "kept", None), (3, None, 1.0)]


def test_what_is_no_utf_8_is_left_to_the_parser(kernel: SheetKernel) -> None:
    texts = b"<si><t>\xff</t></si>"
    assert kernel.texts(texts) is None
    row = row_of('<c r="A1" t="str"><v>?</v></c>').encode().replace(b"?", b"\xff")
    assert KernelRowsReader(kernel, SHARED, FORMATS, 0).read(row) is None


@pytest.mark.parametrize("cell", DAMAGED)
def test_a_damaged_cell_is_refused_whatever_stands_before_it(kernel: SheetKernel, cell: str) -> None:
    xml = sheet_xml(row_of('<c r="A1" ><v>1</v></c>', row=1) + row_of(cell, row=2))
    with pytest.raises(BadInput, match="damaged Excel workbook"):
        rows_in(xml)


def test_a_piece_that_is_not_whole_is_left_to_the_parser(kernel: SheetKernel) -> None:
    reader = KernelRowsReader(kernel, SHARED, FORMATS, 0)
    for rest in ("", "<row", '<row r="2"><c r="A2"><v>1</v>'):
        assert (reader.read((row_of(PLAIN[0]) + rest).encode()) is None) == bool(rest)
    assert kernel.texts(b"<si><t>a</t></si><si><t>b</t>") is None


CELLS = (*PLAIN, *ODD)
GARBAGE = (
    b"<",
    b">",
    b"/",
    b"&",
    b'"',
    b" ",
    b"\r",
    b"\n",
    b"\xff",
    b"\xc3",
    b"0",
    b"<row>",
    b"</c>",
    b"</row>",
    b"<v>",
)


def mangled(rng: random.Random) -> Iterator[bytes]:
    """Yield sheets of some cells, as they are and with bytes put in and taken out."""
    rows, row = [], 0
    for _ in range(rng.randrange(1, 6)):
        row += rng.choice([1, 1, 3])
        cells = [rng.choice(CELLS) for _ in range(rng.randrange(4))]
        rows.append(row_of(*cells, row=row, attributes=rng.choice(["", ' hidden="true"', ' spans="1:2"'])))
    sheet = "".join(rows).encode()
    yield sheet
    for _ in range(8):
        at, cut = rng.randrange(len(sheet)), rng.choice([0, 0, 1, 1, 5, 30])
        yield sheet[:at] + rng.choice([b"", *GARBAGE]) + sheet[at + cut :]


@pytest.mark.parametrize("seed", range(campaign(20, 300)))
def test_whatever_the_parser_reads_the_kernel_reads_alike(kernel: SheetKernel, seed: int) -> None:
    for rows in mangled(random.Random(seed)):  # noqa: S311 - the same in every run
        around = [part.encode() for part in sheet_xml("|").split("|")]
        try:
            # Behind a comment the parser reads everything.
            expected = rows_in(around[0] + b"<!-- -->" + rows + around[1], days_later=1462)
        except (BadInput, DamagedXml):
            continue
        assert rows_in(around[0] + rows + around[1], days_later=1462) == expected, rows


@pytest.mark.parametrize("seed", range(campaign(10, 200)))
def test_a_table_of_texts_is_read_as_the_parser_reads_it(kernel: SheetKernel, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - the same in every run
    forms = ("<si><t>{}</t></si>", '<si> <t xml:space="preserve">{}</t>\n</si>', "<si><r><t>{}</t></r></si>", "<si/>")
    texts = ("", "a", "é 😀", "&amp;", "_x0041_", "a > b", "a\rb", " x ", "two\nlines")
    items = "".join(rng.choice(forms).format(rng.choice(texts)) for _ in range(rng.randrange(9))).encode()
    at, cut = rng.randrange(len(items) + 1), rng.choice([0, 1, 5])
    for table in (items, items[:at] + rng.choice(GARBAGE) + items[at + cut :]):
        try:
            expected = TextsReader().read(io.BytesIO(b"<sst><!-- -->" + table + b"</sst>"))
        except (BadInput, DamagedXml):
            continue
        assert TextsReader().read(io.BytesIO(b"<sst>" + table + b"</sst>")).to_list() == expected.to_list(), table


def test_a_library_of_another_source_is_not_used(kernel: SheetKernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_kernel, "SheetTextsStruct", xlsx_kernel.SheetRowsStruct)
    with pytest.raises(OSError, match="of another version"):
        SheetKernel(build())


def test_without_a_library_that_can_be_loaded_workbooks_are_read_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "kernel.so"
    monkeypatch.setattr(xlsx_kernel, "library_path", lambda: library)
    assert isinstance(load(), str)
    library.write_bytes(b"no library")
    assert isinstance(load(), str)


def test_the_kernel_is_used_unless_it_is_not_wanted(kernel: SheetKernel, monkeypatch: pytest.MonkeyPatch) -> None:
    assert wanted_kernel() is not None
    monkeypatch.setenv("SEGBOT_KERNEL", "off")
    assert wanted_kernel() is None
