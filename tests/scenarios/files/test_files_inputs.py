"""Every row of the table of inputs, through the real path: a real file dropped, the sentence people read asserted."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
import python_calamine
from files_harness import HEADER, FilesHarness, at_work, customers, rows_of
from harness import Harness, live_markup, mrkdwn_texts
from workbooks import Value, write_ods, write_xlsx

from bot.jobs.files.unclear_file import NO_TABLE

pytestmark = pytest.mark.asyncio(loop_scope="module")

GOOD: Final = "c1,35,60,70\nc2,20,15,80\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def files(harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FilesHarness]:
    """A bot at work."""
    async with at_work(harness.copy(tmp_path_factory.mktemp("inputs"))) as started:
        yield started


@dataclass(frozen=True)
class Scored:
    """A file that is scored: what is said of it, how many of how many customers are, the result's first row."""

    data: bytes
    said: tuple[str, ...] = ()
    scored: int = 2
    rows: int = 2
    name: str = "customers.csv"
    first: tuple[str, ...] = ("c1", "35", "60", "70")
    delimiter: str = ","
    notes: tuple[str, ...] = ()
    others: int = 0


def text(content: str, encoding: str = "utf-8") -> bytes:
    return content.encode(encoding)


WIDE: Final = ",".join(f"extra{i}" for i in range(25))

SCORED: dict[str, Scored] = {
    "a BOM": Scored(b"\xef\xbb\xbf" + text(HEADER + GOOD)),
    "CRLF": Scored(text((HEADER + GOOD).replace("\n", "\r\n"))),
    "CR": Scored(text((HEADER + GOOD).replace("\n", "\r"))),
    "no final newline": Scored(text((HEADER + GOOD).rstrip("\n"))),
    "quoted fields": Scored(text('"id","age","income","score"\n"c1","35","60","70"\n"c2","20","15","80"\n')),
    "quoted newlines": Scored(
        text(HEADER + '"two\nlines",35,60,70\nc2,20,15,80\n'), first=("two\nlines", "35", "60", "70")
    ),
    "padding": Scored(
        text(" id , age , income , score \nc1, 35 , 60 , 70 \nc2,20,15,80\n"), first=("c1", " 35 ", " 60 ", " 70 ")
    ),
    "blank lines": Scored(text(HEADER + "\nc1,35,60,70\n\n\nc2,20,15,80\n\n"), ("4 blank lines were skipped.",)),
    "ids that are not ASCII": Scored(
        text(HEADER + "Zoë-客户,35,60,70\nc2,20,15,80\n"), first=("Zoë-客户", "35", "60", "70")
    ),
    "another order, case and spaces": Scored(
        text(" SCORE ,Id,Income,AGE\n70,c1,60,35\n80,c2,15,20\n"), first=("70", "c1", "60", "35")
    ),
    "the columns of the public data set": Scored(
        text("CustomerID,Gender,Age,Annual Income (k$),Spending Score (1-100)\n1,Male,35,60,70\n2,Female,20,15,80\n"),
        ("income from “Annual Income (k$)”", "score from “Spending Score (1-100)”"),
        first=("1", "Male", "35", "60", "70"),
    ),
    "semicolons": Scored(text((HEADER + GOOD).replace(",", ";")), ("The delimiter is a semicolon.",), delimiter=";"),
    "semicolons with decimal commas": Scored(
        text("id;age;income;score\nc1;35;60,5;70\nc2;20;15;80\n"),
        ("The delimiter is a semicolon.", "A comma in a number was read as the decimal point."),
        delimiter=";",
        first=("c1", "35", "60,5", "70"),
    ),
    "tabs": Scored(
        text((HEADER + GOOD).replace(",", "\t")), ("The delimiter is a tab.",), delimiter="\t", name="customers.tsv"
    ),
    "vertical bars": Scored(
        text((HEADER + GOOD).replace(",", "|")), ("The delimiter is a vertical bar.",), delimiter="|"
    ),
    "a sep= line": Scored(
        text("sep=;\n" + (HEADER + GOOD).replace(",", ";")),
        ("The delimiter is a semicolon, as the sep= line says.",),
        delimiter=";",
    ),
    "UTF-16": Scored(text(HEADER + GOOD, "utf-16"), ("The text was read as UTF-16.",)),
    "Windows-1252": Scored(
        text(HEADER + "Müller,35,60,70\nc2,20,15,80\n", "cp1252"),
        ("The text is not UTF-8, so it was read as Windows-1252.",),
        first=("Müller", "35", "60", "70"),
    ),
    "29 columns": Scored(
        text(f"id,age,income,score,{WIDE}\n" + f"c1,35,60,70,{WIDE}\nc2,20,15,80,{WIDE}\n"),
        first=("c1", "35", "60", "70", *WIDE.split(",")),
    ),
    "a bad cell": Scored(
        text(HEADER + GOOD + "c3,thirty,60,70\n"),
        ("Age is not a plain number but text (line 4)",),
        rows=3,
        notes=("Age is not a plain number",),
    ),
    "a missing cell": Scored(
        text(HEADER + GOOD + "c3,35,,70\n"),
        ("Annual income is missing (line 4)",),
        rows=3,
        notes=("Annual income is missing",),
    ),
    "a missing age": Scored(text(HEADER + GOOD + "c3,,60,70\n"), ("One row had no age.",), rows=3, scored=3),
    "a blank string for a number": Scored(
        text(HEADER + GOOD + 'c3,35,"  ",70\n'), ("Annual income is missing (line 4)",), rows=3
    ),
    "ragged lines": Scored(
        text(HEADER + GOOD + "c3,35,60\nc4,35,60,70,80\nc5,35,60,70\n"),
        ("2 rows: they have more or fewer fields than the header (lines 4, 5)",),
        rows=5,
        scored=3,
    ),
    "a repeated header": Scored(text(HEADER + GOOD + HEADER), ("the row repeats the header (line 4)",), rows=3),
    "a totals row": Scored(
        text(HEADER + GOOD + "Total,55,75,150\n"), ("1 row: this is a totals row, not a customer (line 4).",), others=1
    ),
    "the lines below a report": Scored(
        text(HEADER + GOOD + "\nGrand Totals (2 records),55,75,150\n\nExample Corp\nGenerated by: A. User\n"),
        ("1 row: this is a totals row", "2 rows: these are part of the report's footer, not customers (lines 7, 8)."),
        others=3,
    ),
    "lines of separators only": Scored(text(HEADER + GOOD + ",,,\n" * 3), ("3 blank lines were skipped.",)),
    "titles above the header": Scored(
        text(f"Report of May\n\n{HEADER}{GOOD}"), ("Skipped 1 line above the header.", "1 blank line was skipped.")
    ),
    "an income in dollars": Scored(
        text(HEADER + GOOD + "c3,35,60000,70\n"),
        ("Annual income is outside", "divided by 1000 it fits: the unit is k$ (line 4)"),
        rows=3,
    ),
    "a row out of range": Scored(text(HEADER + GOOD + "c3,35,60,101\n"), ("Spending score is outside",), rows=3),
    "nothing that can be scored": Scored(
        text(HEADER + "c1,x,60,70\nc2,35,,70\n"),
        ("0 of 2 rows scored. 2 rows couldn't be scored.",),
        scored=0,
        first=("c1", "x", "60", "70"),
    ),
    "ids that occur twice": Scored(
        text(HEADER + GOOD + "c1,35,60,70\n"),
        ("1 row repeats the id of an earlier row; it was scored.",),
        rows=3,
        scored=3,
    ),
    "formulas": Scored(
        text(HEADER + "\"=cmd|' /C calc'!A0\",35,60,70\n-1,20,15,80\n"), first=("'=cmd|' /C calc'!A0", "35", "60", "70")
    ),
}


@pytest.mark.parametrize("case", SCORED.values(), ids=SCORED)
async def test_is_scored_and_says_what_was_assumed(files: FilesHarness, case: Scored) -> None:
    file = await files.score(case.name, case.data)
    (status,) = files.statuses(file)
    counted = "1 row" if case.rows == 1 else f"{case.rows} rows"
    expected = f"*{case.name}*: {'' if case.scored == case.rows == 1 else f'{case.scored} of '}{counted} scored"
    assert status.text.startswith(expected)
    read = "\n".join([status.text, *mrkdwn_texts(list(status.blocks))])
    for sentence in case.said:
        assert sentence in read
    assert_harmless(status.text, list(status.blocks))
    header, *rows = rows_of((await files.result(file)).data or b"", case.delimiter)
    assert header[-3:] == ["segment", "confidence", "note"]
    assert len(rows) == case.rows + case.others
    assert tuple(rows[0][:-3]) == case.first
    assert sum(bool(row[-3]) for row in rows) == case.scored
    assert all(row[-1] for row in rows if not row[-3])
    for note in case.notes:
        assert any(note in row[-1] for row in rows)


def zipped(name: str, data: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, data)
    return packed.getvalue()


REFUSED: dict[str, tuple[bytes, str]] = {
    "every row one field longer": (
        text(HEADER + "c1,35,60,70,9\nc2,20,15,80,9\n"),
        "Every row has 5 fields but the header has 4",
    ),
    "every row one field shorter": (
        text(HEADER + "c1,35,60\nc2,20,15\n"),
        "Every row has 3 fields but the header has 4",
    ),
    "a missing column": (
        text("id,age,incme,score\nc1,35,60,70\n"),
        "I can't find income (is it “incme”? Rename it to income) in the file's header, “",
    ),
    "two columns for one feature": (
        text("id,age,income,Annual Income (k$),score\nc1,35,60,60,70\n"),
        "2 columns mean income: “income” and “Annual Income (k$)”. Keep one of them.",
    ),
    "two columns of one name": (text("age,income,score,x,x\n35,60,70,1,2\n"), "Two columns are called “x”."),
    "no header": (text("1,35,60,70\n2,20,15,80\n"), "The file has no header: its first line holds numbers."),
    "a preamble above a doubtful header": (
        text("Report of May\n\nage,income,score,salary\n35,60,70,60\n"),
        "The column names are in line 3, below other text.",
    ),
    "an empty file": (b"", "The file is empty."),
    "a header only": (text(HEADER), "The file has a header but no rows."),
    "binary data": (bytes(range(256)) * 20, "NUL bytes"),
    "a NUL": (text(HEADER + "c1,3\x005,60,70\n"), "The file holds NUL bytes"),
    "a web page": (b"<!doctype html><html><body>Sign in</body></html>", "The file is a web page (HTML), not a CSV."),
    "JSON": (json.dumps([{"age": 35}]).encode(), "The file is JSON, not a CSV"),
    "a PDF": (b"%PDF-1.7\n1 0 obj\n", "The file is a PDF document, not a CSV"),
    "a zip archive in a zip archive": (zipped("a.csv", zipped("b.csv", b"")), "an archive in an archive"),
    "a damaged gzip archive": (gzip.compress(customers(3))[:-9], "The gzip archive is damaged"),
    "an old document": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"),
        "The file is an old Word document: send the table in it as CSV or xlsx.",
    ),
    "a new document": (zipped("word/document.xml", b""), "The file is a Word document"),
    "UTF-16 without a mark": (text(HEADER + GOOD, "utf-16-le"), "UTF-16 text without a byte order mark"),
    "an unclosed quote": (text(HEADER + 'c1,35,60,70\n"c2,20,15,80\nc3,20,15,80\n'), "never closed"),
    "more columns than the limit": (text(",".join(f"c{i}" for i in range(201)) + "\n"), "the limit is 200"),
    "a header longer than the limit": (text("age,income,score," + "x" * 70_000 + "\n"), "the limit of 64 KB"),
    "a field longer than the limit": (text(HEADER + f"{'x' * 40_000},35,60,70\n"), "32 KB"),
}


@pytest.mark.parametrize(("data", "sentence"), REFUSED.values(), ids=REFUSED)
async def test_is_refused_in_one_plain_sentence(files: FilesHarness, data: bytes, sentence: str) -> None:
    file = await files.score("customers.csv", data)
    (status,) = files.statuses(file)
    assert status.text.startswith("I couldn't score *customers.csv*. ")
    assert sentence in status.text
    assert "Try again" not in str(status.blocks)  # the same file would be refused again
    assert_harmless(status.text, list(status.blocks))
    assert not files.results(file)
    assert "confidence" not in status.text


ROWS: Final[list[list[Value]]] = [["id", "age", "income", "score"], ["c1", 35.0, 60.0, 70.0], ["c2", 20.0, 15.0, 80.0]]


@pytest.mark.parametrize("write", [write_xlsx, write_ods])
async def test_a_workbook_is_scored_and_comes_back_as_one(
    files: FilesHarness, write: Callable[[Path, Mapping[str, list[list[Value]]]], Path], tmp_path: Path
) -> None:
    data = write(tmp_path / "book", {"Cover": [["Customers"]], "Data": ROWS}).read_bytes()
    file = await files.score(f"customers.{write.__name__[-4:].strip('_')}", data)
    said = files.said(file)
    assert "2 rows scored" in said
    assert "The sheet “Data” was read" in said
    result = await files.result(file)
    assert result.name == "customers.segments.xlsx"
    sheet = python_calamine.load_workbook(io.BytesIO(result.data or b"")).get_sheet_by_index(0)
    assert [row[:4] for row in sheet.to_python()] == ROWS
    assert sheet.to_python()[0][4:] == ["segment", "confidence", "note"]


async def test_a_workbook_of_several_tables_is_not_guessed(files: FilesHarness, tmp_path: Path) -> None:
    data = write_xlsx(tmp_path / "book", {"May": ROWS, "June": ROWS}).read_bytes()
    file = await files.score("customers.xlsx", data)
    assert "2 sheets of this workbook could be meant: “May”, “June”." in files.said(file)
    assert not files.results(file)


async def test_a_table_in_an_archive_comes_back_in_one(files: FilesHarness) -> None:
    file = await files.score("customers.zip", zipped("May.csv", text(HEADER + GOOD)))
    assert "“May.csv” in the zip archive was read." in files.said(file)
    result = await files.result(file)
    assert result.name == "customers.segments.zip"
    with zipfile.ZipFile(io.BytesIO(result.data or b"")) as archive:
        assert rows_of(archive.read("segments.csv"))[1][:4] == ["c1", "35", "60", "70"]
    file = await files.score("customers.csv.gz", gzip.compress(text(HEADER + GOOD)))
    result = await files.result(file)
    assert result.name == "customers.segments.csv.gz"
    assert rows_of(gzip.decompress(result.data or b""))[2][:4] == ["c2", "20", "15", "80"]


@pytest.mark.parametrize(("name", "result"), [("May", "May.segments.csv"), ("May.txt", "May.segments.txt")])
async def test_a_table_is_known_by_its_content_where_its_name_tells_nothing(
    files: FilesHarness, name: str, result: str
) -> None:
    file = await files.score(name, text(HEADER + GOOD))
    assert (await files.result(file)).name == result


@pytest.mark.parametrize("name", ["minutes.txt", "minutes", "photos.zip"])
async def test_what_is_no_table_by_its_content_either_gets_no_answer(files: FilesHarness, name: str) -> None:
    data = zipped("photo.png", b"\x89PNG") if name.endswith(".zip") else b"Minutes of May: income and score rose.\n"
    file = files.drop(name, data)
    await files.fence()
    assert not files.statuses(file)


@pytest.mark.parametrize(
    ("name", "data"), [("photo.png", b"\x89PNG\r\n\x1a\n"), ("minutes.txt", b"Minutes"), ("letter.docx", b"PK\3\4")]
)
async def test_what_is_no_table_gets_a_friendly_line_in_a_direct_message(
    files: FilesHarness, name: str, data: bytes
) -> None:
    file = await files.score(name, data, files.pg.workspace.direct_message(files.pg.workspace.analyst))
    assert NO_TABLE in files.said(file)
    assert "Try again" not in files.said(file)


NAMES: dict[str, tuple[str, str]] = {
    "../../x.csv": ("*../../x.csv*", "x.segments.csv"),
    "..\\..\\x.csv": ("*..\\..\\x.csv*", "x.segments.csv"),
    "=x.csv": ("*=x.csv*", "x.segments.csv"),
    "<!channel>.csv": ("*&lt;!channel&gt;.csv*", "channel.segments.csv"),
    "<@U123> `x` &.csv": ("*&lt;@U123&gt; ˋxˋ &amp;.csv*", "U123_ _x.segments.csv"),
    "x" * 296 + ".csv": ("x" * 100, "x" * 80 + ".segments.csv"),
    "....csv": ("*....csv*", "customers.segments.csv"),
    "客户 2026-05.csv": ("*客户 2026-05.csv*", "客户 2026-05.segments.csv"),
    "UPPER.CSV": ("*UPPER.CSV*", "UPPER.segments.csv"),
}


@pytest.mark.parametrize(
    ("name", "shown", "result"), [(n, *v) for n, v in NAMES.items()], ids=[ascii(n)[:20] for n in NAMES]
)
async def test_a_file_name_is_escaped_and_never_a_path(files: FilesHarness, name: str, shown: str, result: str) -> None:
    file = await files.score(name, customers(2))
    (status,) = files.statuses(file)
    assert shown in status.text
    assert_harmless(status.text, list(status.blocks))
    assert (await files.result(file)).name == result
    assert not [path for path in files.harness.folder.rglob("*") if "x.csv" in path.name or "channel" in path.name]


def assert_harmless(message: str, blocks: list[dict[str, Any]]) -> None:
    """Nothing in a message is live, whatever the file was called and held."""
    for said in [message, *mrkdwn_texts(blocks)]:
        assert live_markup(said) == ""
