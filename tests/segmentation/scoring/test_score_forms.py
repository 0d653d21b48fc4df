"""Files come back in the form they came in: workbooks as workbooks, archives as archives, the same answers in all."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import python_calamine
import xlsxwriter
from campaigns import campaign
from hypothesis import given, settings
from hypothesis import strategies as st
from scoring_cases import hand_made_model
from workbooks import Value, sheet_xml, write_ods, write_raw_xlsx, write_xls, write_xlsx

from segmentation.errors import BadInput
from segmentation.palette import look_of
from segmentation.reading.encoding import Limits
from segmentation.reading.questions import Answers, Question
from segmentation.reading.spreadsheet.xlsx import opened_xlsx
from segmentation.scoring.report import ScoreReport
from segmentation.scoring.score import score_file

MODEL = hand_made_model()
HEADER: list[Value] = ["id", "age", "income", "score"]
CUSTOMERS: list[list[Value]] = [["Ann", 35.0, 60.0, 70.0], ["Bob", 25.0, 26.5, 79.0], ["Çağla", 41.0, 88.25, 17.0]]
CSV = "id,age,income,score\nAnn,35,60,70\nBob,25,26.5,79\nÇağla,41,88.25,17\n"


def score(source: Path, **more: object) -> tuple[Path, ScoreReport]:
    target = source.with_name("result")
    return target, score_file(source, target, MODEL, **more)  # type: ignore[arg-type]  # the caller names them


def cells(path: Path) -> list[list[object]]:
    sheet = python_calamine.load_workbook(path).get_sheet_by_index(0)
    return [list(row) for row in sheet.to_python(skip_empty_area=False)]


def csv_rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def answers_of(path: Path) -> list[list[str]]:
    return [row[-3:] for row in csv_rows(path.read_text(encoding="utf-8-sig", errors="replace"))]


def test_a_workbook_comes_back_as_a_workbook(tmp_path: Path) -> None:
    target, report = score(write_xlsx(tmp_path / "a.xlsx", {"Data": [HEADER, *CUSTOMERS]}))
    (tmp_path / "a.csv").write_text(CSV, encoding="utf-8")
    plain = answers_of(score(tmp_path / "a.csv")[0])
    target, report = score(tmp_path / "a.xlsx")
    assert (report.rows, report.scored, report.suffix) == (3, 3, ".xlsx")
    found = cells(target)
    assert found[0] == [*HEADER, "segment", "confidence", "note"]
    assert [row[:4] for row in found[1:]] == CUSTOMERS
    assert [row[4] for row in found[1:]] == [row[0] for row in plain[1:]]
    assert [row[5] for row in found[1:]] == [float(row[1]) for row in plain[1:]]
    assert [row[6] for row in found[1:]] == [row[2] for row in plain[1:]]


def test_every_cell_stays_where_and_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Kunden")
        sheet.write_string(0, 1, "=HYPERLINK(1)")
        sheet.write_row(2, 1, [*HEADER, "joined"])
        sheet.write_row(3, 1, [*CUSTOMERS[0]])
        sheet.write_datetime(3, 5, date(2024, 3, 4), book.add_format({"num_format": "dd/mm/yy"}))
        sheet.write_string(3, 8, "beside")
        sheet.write_string(5, 1, "+1+1")
        sheet.write_row(5, 2, CUSTOMERS[1][1:])
        sheet.write_boolean(5, 5, True)
        sheet.write_formula(6, 1, "=NA()", None, "#N/A")
        sheet.write_row(6, 2, CUSTOMERS[2][1:])
        sheet.set_column(2, 2, None, None, {"hidden": True})
    target, report = score(path)
    assert (report.rows, report.scored) == (3, 3)
    with opened_xlsx(path) as before, opened_xlsx(target) as after:
        (name,) = (sheet.name for sheet in after.sheets)
        assert name == "Kunden"
        assert after.hidden_columns(name) == {2}
        old = {(row.index, at): cell for row in before.rows(name) for at, cell in row.cells.items()}
        new = {(row.index, at): cell for row in after.rows(name) for at, cell in row.cells.items()}
    assert {place: cell for place, cell in new.items() if place[1] < 9} == old
    assert [new[row, 9].value for row in (2, 3, 5, 6)] == ["segment", "Standard", "Spender", "Miser"]
    assert (0, 9) not in new


def test_the_header_is_frozen_filtered_and_each_segment_has_its_colour(tmp_path: Path) -> None:
    rows: list[list[Value]] = [["Report"], HEADER, *CUSTOMERS]
    target, _ = score(write_xlsx(tmp_path / "a.xlsx", {"Data": rows}))
    with zipfile.ZipFile(target) as package:
        sheet, styles = package.read("xl/worksheets/sheet1.xml").decode(), package.read("xl/styles.xml").decode()
    assert '<pane ySplit="2"' in sheet
    assert '<autoFilter ref="A2:G5"/>' in sheet
    for name in ("Standard", "Spender", "Miser"):
        assert f'<fgColor rgb="FF{look_of(name, MODEL.names).colour[1:]}"/>' in styles
    assert "<f>" not in sheet


def test_dates_and_money_as_the_country_writes_them_stay_so(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, [*HEADER, "joined"])
        sheet.write_row(1, 0, CUSTOMERS[0])
        sheet.write_number(1, 2, 60, book.add_format({"num_format": 44}))
        sheet.write_number(1, 4, 45355, book.add_format({"num_format": 14}))
    target, report = score(path)
    assert "The column “income” is formatted as money; its numbers were read as they are stored." in report.notes
    with zipfile.ZipFile(target) as package:
        styles = package.read("xl/styles.xml").decode()
    assert 'numFmtId="14"' in styles
    assert 'numFmtId="44"' in styles
    assert "¤" not in styles


def test_a_workbooks_numbers_are_never_doubtful(tmp_path: Path) -> None:
    customers: list[list[Value]] = [["Ann", 35.0, 12.125, 1.047], ["Bob", 25.0, 60.5, 3.125]]
    _, report = score(write_xlsx(tmp_path / "a.xlsx", {"Data": [HEADER, *customers]}))
    assert report.scored == 2
    assert [report.profiles["Careful"][name] for name in ("income", "score")] == pytest.approx([12.125, 1.047])
    assert "was read as" not in str(report.notes)


def test_numbers_kept_as_texts_follow_the_rule_for_texts(tmp_path: Path) -> None:
    customers: list[list[Value]] = [["Ann", 35.0, "60,5", "'70"], ["Bob", 25.0, "26,25", "79"]]
    _, report = score(write_xlsx(tmp_path / "a.xlsx", {"Data": [HEADER, *customers]}))
    assert report.scored == 2
    assert "A comma in a number was read as the decimal point." in report.notes
    assert sum(segment["income"] or 0 for segment in report.profiles.values()) == pytest.approx(86.75)


def test_a_text_never_becomes_a_formula(tmp_path: Path) -> None:
    dangerous = ["=1+1", "+1", "-1", "@x", "＝1", "\t=1", "http://example.org", "{=1}"]
    customers: list[list[Value]] = [[text, 35.0, 60.0, 70.0] for text in dangerous]
    target, report = score(write_xlsx(tmp_path / "a.xlsx", {"Data": [HEADER, *customers]}))
    assert report.guarded_cells == 0
    assert "apostrophe" not in str(report.notes)
    with zipfile.ZipFile(target) as package:
        assert "<f>" not in package.read("xl/worksheets/sheet1.xml").decode()
        assert not [name for name in package.namelist() if name.startswith("xl/worksheets/_rels")]
    assert [row[0] for row in cells(target)[1:]] == dangerous


def test_a_table_at_the_right_edge_of_the_sheet_is_refused(tmp_path: Path) -> None:
    for first in (16_377, 16_378):
        with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
            sheet = book.add_worksheet("Data")
            for row, cells_of_row in enumerate([HEADER, *CUSTOMERS]):
                sheet.write_row(row, first, cells_of_row)
        if first == 16_378:
            assert "no room for the segments. Move the table to the left." in refusal(tmp_path / "a.xlsx")
        else:
            assert cells(score(tmp_path / "a.xlsx")[0])[1][-3:-1] != ["", ""]
            (tmp_path / "result").unlink()


def test_ods_and_xls_come_back_as_xlsx(tmp_path: Path) -> None:
    target, report = score(write_ods(tmp_path / "a.ods", {"Data": [HEADER, *CUSTOMERS]}))
    assert (report.scored, report.suffix) == (3, ".xlsx")
    assert report.notes[-1] == "The result is an xlsx workbook."
    assert [row[:4] for row in cells(target)[1:]] == CUSTOMERS
    target, report = score(write_xls(tmp_path / "a.xls"))
    assert (report.rows, report.scored, report.suffix) == (4, 3, ".xlsx")
    assert [row[6] for row in cells(target)[3:]] == ["Standard", "Spender", "Miser", ""]


def test_macros_are_left_out_and_unusual_cells_written_as_they_are(tmp_path: Path) -> None:
    rows = (
        '<row><c t="str"><v>income</v></c><c t="str"><v>score</v></c><c t="str"><v>age</v></c>'
        "<c><v>2024</v></c></row>"
        '<row><c><v>60</v></c><c><v>70</v></c><c/><c t="e"><v>#GETTING_DATA</v></c><c><f>1</f></c></row>'
        '<row><c><v>60</v></c><c><v>70</v></c><c/><c t="e"><v>#REF!</v></c></row>'
    )
    path = write_raw_xlsx(tmp_path / "a.xlsm", sheet_xml(rows), extra={"xl/vbaProject.bin": b"x"})
    target, report = score(path)
    assert report.notes[-1] == "The result is an xlsx workbook, without the macros."
    with zipfile.ZipFile(target) as package:
        assert "xl/vbaProject.bin" not in package.namelist()
    with opened_xlsx(target) as book:
        found = [[cell.value for cell in row.cells.values()] for row in book.rows("Data")]
    assert found[0][:5] == ["income", "score", "age", 2024.0, "segment"]
    assert found[1][:3] == [60.0, 70.0, "#GETTING_DATA"]
    assert found[2][:3] == [60.0, 70.0, "#REF!"]


def test_a_refused_row_is_named_as_the_spreadsheet_counts(tmp_path: Path) -> None:
    rows = (
        '<row r="3"><c r="A3" t="str"><v>income</v></c><c t="str"><v>score</v></c><c t="str"><v>age</v></c></row>'
        '<row r="7"><c r="A7" t="e"><v>#N/A</v></c><c><v>5</v></c></row>'
    )
    target, report = score(write_raw_xlsx(tmp_path / "a.xlsx", sheet_xml(rows)))
    assert (report.rows, report.rejected, report.problems[0].lines) == (1, 1, (7,))
    assert report.problems[0].text == "1 row: Annual income is not a plain number but text (row 7)"
    assert cells(target)[6][5] == "row 7, column “income”: Annual income is not a plain number: “#N/A”"


def test_asks_for_the_sheet_and_reads_the_one_named(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"Q1": [HEADER, CUSTOMERS[0]], "Q2": [HEADER, *CUSTOMERS]})
    with pytest.raises(Question):
        score(path)
    assert not (tmp_path / "result").exists()
    assert score(path, answers=Answers(sheet="Q2"))[1].rows == 3


def test_a_sheet_name_that_xlsx_does_not_allow_is_changed(tmp_path: Path) -> None:
    for name, wanted in [("a/b" * 20, "a_b" * 10 + "a"), ("History", "Customers"), ("'", "Customers")]:
        target, _ = score(write_ods(tmp_path / "a.ods", {name: [HEADER, CUSTOMERS[0]]}))
        assert python_calamine.load_workbook(target).sheet_names == [wanted]


def test_gzip_comes_back_as_gzip(tmp_path: Path) -> None:
    plain = tmp_path / "a.csv"
    plain.write_text(CSV, encoding="utf-8")
    expected = score(plain)[0].read_bytes()
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(CSV.encode()))
    target, report = score(packed)
    assert gzip.decompress(target.read_bytes()) == expected
    assert report.suffix == ".csv.gz"
    book = write_xlsx(tmp_path / "a.xlsx", {"Data": [HEADER, *CUSTOMERS]})
    packed.write_bytes(gzip.compress(book.read_bytes()))
    target, report = score(packed)
    assert report.suffix == ".xlsx.gz"
    book.write_bytes(gzip.decompress(target.read_bytes()))
    assert [row[:4] for row in cells(book)[1:]] == CUSTOMERS


def zipped(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in files.items():
            package.writestr(name if "MACOSX" in name else name.replace("__", "/").replace("_dot_", "."), data)
    return path


def test_a_zip_of_one_table_comes_back_as_a_zip_of_one_table(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", folder__customers_dot_csv=CSV.encode(), readme_dot_md=b"#", b__=b"")
    target, report = score(path)
    assert report.suffix == ".zip"
    assert report.notes[-1] == "“customers.csv” in the zip archive was read."
    with zipfile.ZipFile(target) as package:
        assert package.namelist() == ["segments.csv"]
        assert csv_rows(package.read("segments.csv").decode("utf-8-sig"))[1][:5] == [
            "Ann",
            "35",
            "60",
            "70",
            "Standard",
        ]
    book = write_xlsx(tmp_path / "a.xlsx", {"Data": [HEADER, *CUSTOMERS]})
    target, _ = score(zipped(tmp_path / "b.zip", a_dot_xlsx=book.read_bytes()))
    with zipfile.ZipFile(target) as package:
        assert package.namelist() == ["segments.xlsx"]


def test_the_only_file_of_a_zip_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", customers=CSV.encode(), **{"__MACOSX/._customers": b"x"})
    assert score(path)[1].rows == 3


def refusal(source: Path, limits: Limits | None = None) -> str:
    with pytest.raises(BadInput) as refused:
        score(source, limits=limits or Limits())
    assert not source.with_name("result").exists()
    return refused.value.sentence


def test_refuses_archives_that_are_not_one_table(tmp_path: Path) -> None:
    table = CSV.encode()
    assert "holds 2 tables: send the one to score" in refusal(zipped(tmp_path / "a", a_dot_csv=table, b_dot_txt=table))
    assert "holds no table" in refusal(zipped(tmp_path / "a", a_dot_md=b"x", b_dot_md=b"y"))
    assert "holds no table" in refusal(zipped(tmp_path / "a"))
    inner = zipped(tmp_path / "inner", a_dot_csv=table).read_bytes()
    assert "an archive in an archive" in refusal(zipped(tmp_path / "a", a_dot_csv=inner))
    (tmp_path / "a").write_bytes(gzip.compress(gzip.compress(table)))
    assert "an archive in an archive" in refusal(tmp_path / "a")
    (tmp_path / "a").write_bytes(gzip.compress(bytes(257) + b"ustar\0"))
    assert "is a tar archive" in refusal(tmp_path / "a")


def test_refuses_damaged_archives(tmp_path: Path) -> None:
    packed = gzip.compress(CSV.encode() * 100)
    for data in (packed[:-20], packed[:40] + bytes(40) + packed[80:], packed[:-8] + bytes(8)):
        (tmp_path / "a").write_bytes(data)
        assert "The gzip archive is damaged" in refusal(tmp_path / "a")
    path = zipped(tmp_path / "a", a_dot_csv=CSV.encode())
    path.write_bytes(path.read_bytes()[:-30])
    assert "damaged zip archive" in refusal(path)


def test_refuses_archives_beyond_the_limits(tmp_path: Path) -> None:
    limits = Limits(file_bytes=1 << 20)
    (tmp_path / "a").write_bytes(gzip.compress(bytes(2 << 20)))
    assert "is larger than the limit of 1 MB" in refusal(tmp_path / "a", limits)
    assert "is larger than the limit of 1 MB" in refusal(zipped(tmp_path / "a", a_dot_csv=bytes(2 << 20)), limits)
    assert "the limit is 64 bytes" in refusal(zipped(tmp_path / "a", a_dot_csv=b"x"), Limits(file_bytes=64))
    (tmp_path / "a").write_bytes(gzip.compress(bytes(40 << 20)))
    assert "is larger than the limit of 1 GB" in refusal(tmp_path / "a")


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"word__document_dot_xml": b""}, "is a Word document"),
        ({"ppt__presentation_dot_xml": b""}, "is a PowerPoint presentation"),
        ({"xl__workbook_dot_bin": b""}, "is a binary Excel workbook (xlsb): save it as xlsx"),
        ({"Index__Document_dot_iwa": b""}, "is an Apple Numbers document"),
        (
            {"mimetype": b"application/vnd.oasis.opendocument.text", "content_dot_xml": b""},
            "is an OpenDocument text or drawing",
        ),
    ],
)
def test_names_other_documents_by_their_content(parts: dict[str, bytes], words: str, tmp_path: Path) -> None:
    assert words in refusal(zipped(tmp_path / "a.csv", **parts))


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("EncryptedPackage", "protected with a password"),
        ("WordDocument", "is an old Word document"),
        ("PowerPoint Document", "is an old PowerPoint presentation"),
        ("__properties_version1.0", "is an Outlook message"),
    ],
)
def test_names_old_documents_by_their_content(part: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(write_xls(path).read_bytes() + part.encode("utf-16-le"))
    assert words in refusal(path)


def test_the_name_of_a_file_means_nothing(tmp_path: Path) -> None:
    book = write_xlsx(tmp_path / "a.csv", {"Data": [HEADER, *CUSTOMERS]})
    assert score(book)[1].suffix == ".xlsx"
    (tmp_path / "b.xlsx").write_text(CSV, encoding="utf-8")
    assert score(tmp_path / "b.xlsx")[1].suffix == ".csv"


def test_refuses_a_target_whose_name_promises_another_form(tmp_path: Path) -> None:
    book = write_xlsx(tmp_path / "a.xlsx", {"Data": [HEADER, *CUSTOMERS]})
    plain = tmp_path / "a.csv"
    plain.write_text(CSV, encoding="utf-8")
    for source, target, name in [
        (book, "out.csv", "out.xlsx instead of out.csv"),
        (plain, "out.xlsx", "out.csv instead of out.xlsx"),
        (plain, "out.gz", "out.csv instead of out.gz"),
    ]:
        with pytest.raises(BadInput, match=f"name it {name}"):
            score_file(source, tmp_path / target, MODEL)
        assert not (tmp_path / target).exists()
    for target in ("out.tsv", "out", "out.result"):
        assert score_file(plain, tmp_path / target, MODEL).rows == 3
    assert score_file(book, tmp_path / "out.XLSX", MODEL).rows == 3


# Those of a workbook's parts that are read; a sheet as often as all others.
READ_PARTS = {
    "write_xlsx": (
        *["xl/worksheets/sheet1.xml"] * 6,
        *("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"),
        *("xl/sharedStrings.xml", "xl/styles.xml"),
    ),
    "write_ods": ("content.xml", "content.xml", "mimetype", "META-INF/manifest.xml"),
}


@cache
def parts_of(write: Callable[[Path, Mapping[str, list[list[Value]]]], Path], path: Path) -> Mapping[str, bytes]:
    with zipfile.ZipFile(write(path, {"Data": [HEADER, *CUSTOMERS]})) as package:
        return {name: package.read(name) for name in package.namelist()}


@settings(deadline=None, max_examples=campaign(30, 800))
@given(
    write=st.sampled_from([write_xlsx, write_ods]),
    part=st.integers(0, 11),
    place=st.floats(0, 1),
    cut=st.integers(0, 30),
    put=st.sampled_from(
        [b"", b"<", b">", b"/", b"&", b'"', b"9999999999", b"<row>", b"</c>", b' r="A0"', b"_x", b"\xff"]
    ),
)
def test_a_damaged_workbook_is_scored_or_refused(
    tmp_path_factory: pytest.TempPathFactory,
    write: Callable[[Path, Mapping[str, list[list[Value]]]], Path],
    part: int,
    place: float,
    cut: int,
    put: bytes,
) -> None:
    # One folder for all of them: a numbered one for each takes longer the more there are.
    folder = tmp_path_factory.getbasetemp() / "damaged"
    folder.mkdir(exist_ok=True)
    path, parts = folder / "a", dict(parts_of(write, folder / write.__name__))
    read = READ_PARTS[write.__name__]
    name = read[part % len(read)]
    at = int(place * len(parts[name]))
    parts[name] = parts[name][:at] + put + parts[name][at + cut :]
    with zipfile.ZipFile(path, "w") as package:
        for each, data in parts.items():
            package.writestr(each, data)
    with suppress(BadInput):
        report = score(path)[1]
        assert report.rows == report.scored + report.rejected


numbers = st.one_of(st.integers(1, 99).map(float), st.integers(2, 198).map(lambda n: n / 2))
ids = st.text("abcgKW가나 ", min_size=1, max_size=6).filter(str.strip)
rows = st.lists(st.tuples(ids, st.integers(18, 70).map(float), numbers, numbers), min_size=1, max_size=12)


@settings(deadline=None, max_examples=campaign(6, 200))
@given(rows)
def test_the_same_rows_in_any_form_give_the_same_segments(
    tmp_path_factory: pytest.TempPathFactory, customers: list[tuple[Value, ...]]
) -> None:
    folder = tmp_path_factory.mktemp("forms")
    lines = [",".join(f"{value:g}" if isinstance(value, float) else str(value) for value in row) for row in customers]
    text = "\n".join(["id,age,income,score", *lines, ""])
    found: dict[str, tuple[object, ...]] = {}
    for encoding in ("utf-8", "utf-16", "cp949"):
        path = folder / f"{encoding}.csv"
        path.write_bytes(text.encode(encoding))
        target, report = score(path)
        found[encoding] = (report.segments, *(row[:2] for row in answers_of(target)[1:]))
    sheets = {"Data": [HEADER, *map(list, customers)]}
    for path in (write_xlsx(folder / "a.xlsx", sheets), write_ods(folder / "a.ods", sheets)):
        target, report = score(path)
        answers = ([str(row[4]), f"{row[5]:.6f}"] for row in cells(target)[1:])
        found[path.suffix] = (report.segments, *answers)
    assert len(set(map(repr, found.values()))) == 1, found
