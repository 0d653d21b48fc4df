"""Lists of customers: exactly the chosen rows of a scored file, cells as they are, in every form a result has."""

from __future__ import annotations

import csv
import gzip
import io
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import pytest
import python_calamine
from campaigns import campaign
from hypothesis import given, settings
from hypothesis import strategies as st
from scoring_cases import hand_made_model
from workbooks import Value, write_xlsx

from segmentation.errors import BadInput
from segmentation.lists.choice import ListChoice, ListReport
from segmentation.lists.cut import cut_list
from segmentation.reading.encoding import Limits
from segmentation.scoring.score import score_file

MODEL = hand_made_model()
SCORED = (
    "id,email,segment,confidence,note\n"
    "007,ann@shop.example,Target,0.991000,\n"
    '8,Bo@Shop.example,Miser,0.600000,"borderline, next nearest: Target"\n'
    '9,\'-x@shop.example,Target,0.700000,"borderline, next nearest: Miser; Age is not given"\n'
    "10,none,Target,0.800000,Age is not given\n"
    '11,cy@shop.example,,,"income is missing, so is score"\n'
)
IDS = {"Target": ["007", "9", "10"], "Miser": ["8"], "": ["11"]}


def scored(folder: Path, text: str = SCORED) -> Path:
    path = folder / "scored.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return path


def rows_of(path: Path, delimiter: str = ",") -> list[list[str]]:
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


def cut(source: Path, choice: ListChoice, name: str = "list.csv") -> tuple[list[list[str]], ListReport]:
    target = source.with_name(name)
    report = cut_list(source, target, choice)
    return rows_of(target), report


def ids(rows: Sequence[Sequence[str]]) -> list[str]:
    return [row[0] for row in rows[1:]]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (ListChoice(("Target",)), ["007", "9", "10"]),
        (ListChoice((" TARGET ", "miser")), ["007", "8", "9", "10"]),
        (ListChoice(unsegmented=True), ["11"]),
        (ListChoice(("Miser",), unsegmented=True), ["8", "11"]),
        (ListChoice(("Target",), min_confidence=0.8), ["007", "10"]),
        (ListChoice(("Target", "Miser"), unsegmented=True, min_confidence=0.75), ["007", "10"]),
        (ListChoice(("Target", "Miser"), borderline=True), ["8", "9"]),
        (ListChoice(("Target",), borderline=False), ["007", "10"]),
        (ListChoice(("Target",), unsegmented=True, borderline=False), ["007", "10", "11"]),
    ],
)
def test_lists_the_rows_that_are_chosen(tmp_path: Path, choice: ListChoice, expected: list[str]) -> None:
    rows, report = cut(scored(tmp_path), choice)
    assert ids(rows) == expected
    assert rows[0] == ["id", "email", "segment", "confidence", "note"]
    assert (report.rows, report.of) == (len(expected), 5)
    assert sum(report.segments.values()) + report.unsegmented == report.rows


def test_counts_by_segment(tmp_path: Path) -> None:
    _, report = cut(scored(tmp_path), ListChoice(("miser", "Target"), unsegmented=True))
    assert (report.segments, report.unsegmented, report.without_email) == ({"Target": 3, "Miser": 1}, 1, 0)


def test_keeps_the_columns_that_are_named_in_that_order(tmp_path: Path) -> None:
    rows, report = cut(scored(tmp_path), ListChoice(("Miser",), columns=("Segment", " ID")))
    assert rows == [["segment", "id"], ["Miser", "8"]]
    assert report.columns == ("segment", "id")


def test_hashed_addresses_come_alone_unless_columns_are_named(tmp_path: Path) -> None:
    source = scored(tmp_path)
    rows, report = cut(source, ListChoice(("Target",), hashed_email="EMail"))
    # printf 'ann@shop.example' | sha256sum, and the same of -x@shop.example, without the result's apostrophe
    hashes = [
        "6a0bf011a1fc1e9a8add1728704b8ddb5d9d2701ae295a65452d9f1f1cf91be5",
        "ed03f078e9a8ba531d48ead27cb4762410454c57c888ad6efe9a2e5b2de0d84d",
    ]
    assert rows == [["Email"], *([value] for value in hashes)]
    assert (report.rows, report.without_email, report.columns) == (2, 1, ("Email",))
    rows, _ = cut(source, ListChoice(("Target",), hashed_email="email", columns=("id",)))
    assert rows == [["Email", "id"], [hashes[0], "007"], [hashes[1], "9"]]


def test_the_addresses_are_never_in_a_hashed_list(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="can't hold that column as it is"):
        cut(scored(tmp_path), ListChoice(("Target",), hashed_email="email", columns=("id", "Email")))
    assert not (tmp_path / "list.csv").exists()


def test_no_other_column_gives_the_addresses_away(tmp_path: Path) -> None:
    text = "id,email,contact,segment,confidence,note\n1,a@b.com,,Target,1,\n2,c@d.com,Cy <c@d.com>,Target,1,\n"
    source = scored(tmp_path, text)
    with pytest.raises(
        BadInput, match="The column “contact” holds e-mail addresses, which a list of hashes never does"
    ):
        cut(source, ListChoice(("Target",), hashed_email="email", columns=("id", "contact")))
    assert not (tmp_path / "list.csv").exists()
    assert len(cut(source, ListChoice(("Target",), hashed_email="email", columns=("id",)))[0]) == 3


@pytest.mark.parametrize("mark", ["\ufeff", ""])
def test_a_hashed_list_is_what_ad_platforms_take(tmp_path: Path, mark: str) -> None:
    source = scored(tmp_path, f"{mark}id;email;segment;confidence;note\r\n8;bo@shop.example;Miser;1;é\r\n")
    cut_list(source, tmp_path / "list.csv", ListChoice(("Miser",), hashed_email="email", columns=("segment", "id")))
    assert (tmp_path / "list.csv").read_bytes().splitlines(keepends=True)[0] == b"Email,segment,id\n"


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        (ListChoice(("Targt",)), "No row of this file is in the segment “Targt”. Its segments are “Target”, “Miser”."),
        (
            ListChoice(("Target",), columns=("zip",)),
            "The file has no column “zip”. Its columns are “id”, “email”, “segment”, “confidence”, “note”.",
        ),
        (
            ListChoice(("Target",), hashed_email="mail"),
            "The file has no column “mail”. Its columns are “id”, “email”, “segment”, “confidence”, “note”.",
        ),
    ],
)
def test_says_what_there_is_instead(tmp_path: Path, choice: ListChoice, sentence: str) -> None:
    with pytest.raises(BadInput) as refusal:
        cut(scored(tmp_path), choice)
    assert refusal.value.sentence == sentence
    assert not (tmp_path / "list.csv").exists()


@pytest.mark.parametrize(
    "text",
    [
        "id,age,income,score\n1,35,60,70\n",
        "id,segment\n1,Target\n",
        "segment,note,confidence\nTarget,,0.9\n",
        '"never closed\n1,2\n',
        "",
        "<!DOCTYPE html><html></html>",
    ],
)
def test_refuses_a_file_that_was_not_scored(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput):
        cut(scored(tmp_path, text), ListChoice(("Target",)))
    assert not (tmp_path / "list.csv").exists()


def test_says_how_to_get_a_scored_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"not a file that segbot scored.*Score it first"):
        cut(scored(tmp_path, "id,age,income,score\n1,35,60,70\n"), ListChoice(("Target",)))
    write_xlsx(tmp_path / "a.xlsx", {"One": [["id", "age"], ["a", 1.0]], "Two": [["id"], ["b"]]})
    with pytest.raises(BadInput, match="not a file that segbot scored"):
        cut(tmp_path / "a.xlsx", ListChoice(("Target",)))


def test_refuses_a_file_in_which_nobody_has_a_segment(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No row of this file has a segment"):
        cut(scored(tmp_path, "id,segment,confidence,note\n1,,,x\n"), ListChoice(("Target",)))


def test_refuses_a_row_that_no_longer_fits_the_header(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="Line 3 doesn't fit the header: the row has 2 fields, the header 4"):
        cut(scored(tmp_path, "id,segment,confidence,note\n1,Target,0.9,\n2,Target\n"), ListChoice(("Target",)))


def test_the_last_of_several_such_columns_are_the_results(tmp_path: Path) -> None:
    text = "segment,confidence,note,segment_2,confidence_2,note_2,called\nOld,1,,Target,0.9,,yes\nTarget,1,,Miser,1,,\n"
    rows, _ = cut(scored(tmp_path, text), ListChoice(("Target",)))
    assert rows[1:] == [["Old", "1", "", "Target", "0.9", "", "yes"]]


def test_blank_lines_are_not_rows(tmp_path: Path) -> None:
    rows, report = cut(scored(tmp_path, "id,segment,confidence,note\n1,,,x\n,,,\n\n"), ListChoice(unsegmented=True))
    assert (len(rows), report.of) == (2, 1)


@pytest.mark.parametrize("text", ["", "x"])
def test_nothing_chosen_or_an_impossible_confidence_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="at least one segment"):
        ListChoice()
    with pytest.raises(BadInput, match="from 0 to 1"):
        ListChoice((text,), min_confidence=80)


def test_a_decimal_comma_is_a_decimal_comma(tmp_path: Path) -> None:
    text = "id;segment;confidence;note\n1;Target;0,950000;\n2;Target;0,850000;\n"
    cut_list(scored(tmp_path, text), tmp_path / "list.csv", ListChoice(("Target",), min_confidence=0.9))
    assert (tmp_path / "list.csv").read_text() == "id;segment;confidence;note\n1;Target;0,950000;\n"


def test_confidences_that_a_spreadsheet_shows_in_percent_are_read(tmp_path: Path) -> None:
    text = "id,segment,confidence,note\n1,Target,95%,\n2,Target,85 %,\n3,Target,1,\n4,Target,,\n"
    rows, _ = cut(scored(tmp_path, text), ListChoice(("Target",), min_confidence=0.9))
    assert ids(rows) == ["1", "3"]


def test_a_confidence_that_is_none_is_said_rather_than_left_out(tmp_path: Path) -> None:
    source = scored(tmp_path, "id,segment,confidence,note\n1,Target,high,\n")
    with pytest.raises(BadInput, match="The column confidence holds cells that are no confidences"):
        cut(source, ListChoice(("Target",), min_confidence=0.9))
    assert len(cut(source, ListChoice(("Target",)))[0]) == 2


def test_a_text_of_unknown_encoding_comes_back_byte_for_byte(tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "list.csv"
    source.write_bytes(b"id,name,age,income,score\n1,Pe\xf1a,35,60,70\n2,Bob,35,88,20\n")
    score_file(source, tmp_path / "scored.csv", MODEL)
    cut_list(tmp_path / "scored.csv", target, ListChoice(("Standard",)))
    header, line = target.read_bytes().splitlines()
    assert header == b"id,name,age,income,score,segment,confidence,note"
    assert line.startswith(b"1,Pe\xf1a,35,60,70,Standard,0.")
    rows, _ = cut(tmp_path / "scored.csv", ListChoice(("Miser",), hashed_email="name"))
    assert rows == [["Email"]]


SHEET: list[list[Value]] = [
    ["id", "name", "age", "income", "score"],
    ["007", "=1+1", 35.0, 60.0, 70.0],
    ["8", "Çağla", 41.0, 88.25, 17.0],
    ["9", None, 35.0, None, 17.0],
]


def cells(path: Path) -> list[list[object]]:
    return [list(row) for row in python_calamine.load_workbook(path).get_sheet_by_index(0).to_python()]


def test_a_workbook_is_read_and_written(tmp_path: Path) -> None:
    score_file(write_xlsx(tmp_path / "a.xlsx", {"Data": SHEET}), tmp_path / "scored.xlsx", MODEL)
    report = cut_list(tmp_path / "scored.xlsx", tmp_path / "list.xlsx", ListChoice(("Standard",)))
    (header, row) = cells(tmp_path / "list.xlsx")
    assert header == [*SHEET[0], "segment", "confidence", "note"]
    assert row[:5] == SHEET[1]
    assert (row[5], report.rows, report.of) == ("Standard", 1, 3)
    rows, _ = cut(tmp_path / "scored.xlsx", ListChoice(("miser",), unsegmented=True))
    assert [row[:6] for row in rows[1:]] == [
        ["8", "Çağla", "41", "88.25", "17", "Miser"],
        ["9", "", "35", "", "17", ""],
    ]
    rows, _ = cut(tmp_path / "scored.xlsx", ListChoice(("Standard",)))
    assert rows[1][1] == "'=1+1"


def test_a_title_above_the_header_of_a_sheet_is_no_row(tmp_path: Path) -> None:
    sheet: list[list[Value]] = [["Customers of May", None, "all shops"], [], *SHEET]
    score_file(write_xlsx(tmp_path / "a.xlsx", {"Data": sheet}), tmp_path / "scored.xlsx", MODEL)
    rows, report = cut(tmp_path / "scored.xlsx", ListChoice(("Standard", "Miser")))
    assert (rows[0][:2], ids(rows), report.of) == (["id", "name"], ["007", "8"], 3)


def test_one_sheet_is_read_and_several_scored_ones_are_refused(tmp_path: Path) -> None:
    scored_rows: list[list[Value]] = [["id", "segment", "confidence", "note"], ["a", "Target", 0.9, None]]
    write_xlsx(tmp_path / "one.xlsx", {"Notes": [["hello"]], "Scored": scored_rows})
    assert ids(cut(tmp_path / "one.xlsx", ListChoice(("Target",)))[0]) == ["a"]
    write_xlsx(tmp_path / "two.xlsx", {"May": scored_rows, "June": scored_rows})
    with pytest.raises(BadInput, match="Several sheets of this workbook hold scored customers"):
        cut(tmp_path / "two.xlsx", ListChoice(("Target",)))


def test_a_list_longer_than_a_sheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="A sheet has room for 2 customers, and the list has more"):
        cut_list(scored(tmp_path), tmp_path / "list.xlsx", ListChoice(("Target",)), sheet_rows=3)
    assert not (tmp_path / "list.xlsx").exists()


def test_a_csv_becomes_a_workbook_with_numbers_as_numbers_and_codes_as_texts(tmp_path: Path) -> None:
    text = (
        "id,amount,code,note_,segment,confidence,note\n"
        "007,60.50,12345678901234567,'=1+1,Target,0.991000,\n-5,1e3,+49 170,'tis,Target,1.000000,\n"
    )
    cut_list(scored(tmp_path, text), tmp_path / "list.xlsx", ListChoice(("Target",)))
    assert cells(tmp_path / "list.xlsx")[1:] == [
        ["007", 60.5, "12345678901234567", "=1+1", "Target", 0.991, ""],
        [-5.0, "1e3", "+49 170", "'tis", "Target", 1.0, ""],
    ]


def test_a_packed_result_is_unpacked(tmp_path: Path) -> None:
    (tmp_path / "scored.csv.gz").write_bytes(gzip.compress(SCORED.encode()))
    rows, _ = cut(tmp_path / "scored.csv.gz", ListChoice(("Target",)))
    assert ids(rows) == IDS["Target"]


@pytest.mark.parametrize("name", ["list.gz", "list.pdf", "list"])
def test_a_list_is_a_csv_or_a_workbook(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match=r"name it list\.csv or list\.xlsx instead of"):
        cut(scored(tmp_path), ListChoice(("Target",)), name)


def test_a_result_of_a_file_at_the_limits_can_be_read(tmp_path: Path) -> None:
    limits = Limits(columns=4, header_bytes=20)
    (tmp_path / "in.csv").write_text("id,age,income,score\n1,35,60,70\n")
    score_file(tmp_path / "in.csv", tmp_path / "scored.csv", MODEL, limits=limits)
    report = cut_list(tmp_path / "scored.csv", tmp_path / "list.csv", ListChoice(("Standard",)), limits=limits)
    assert report.rows == 1


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    line = "12345,somebody@shop.example,Target,0.991000,\n"
    source = scored(tmp_path, SCORED.splitlines(keepends=True)[0] + line * 60_000)
    limits, seen = Limits(block_bytes=1 << 16), list[int]()
    tracemalloc.start()
    try:
        report = cut_list(source, tmp_path / "list.csv", ListChoice(("Target",)), limits=limits, progress=seen.append)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert report.rows == 60_000
    assert len(seen) > 20
    assert seen == sorted(seen)
    assert peak < source.stat().st_size


NUMBERS = st.one_of(st.integers(0, 110).map(str), st.sampled_from(["", "x", "-5", "900", "=1"]))
TEXTS = st.one_of(
    st.sampled_from(["Ann", "", "=1+1", "@x", "a,b", "a;b", 'say "hi"', "line\nbreak", "'quoted", "Total", "Bö", " "]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=5),
)


@settings(max_examples=campaign(6, 100))
@given(
    rows=st.lists(st.tuples(TEXTS, NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=12),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
    block=st.sampled_from([1 << 8, 1 << 20]),
)
def test_the_lists_of_all_segments_and_the_unsegmented_hold_each_row_once(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str, str, str]],
    delimiter: str,
    end: str,
    block: int,
) -> None:
    folder = tmp_path_factory.mktemp("lists")
    with (folder / "in.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator=end)
        writer.writerow(["name", "age", "income", "score"])
        writer.writerows([*rows, ("Bob", "45", "45", "45")])
    report = score_file(folder / "in.csv", folder / "scored.csv", MODEL)
    header, *every = rows_of(folder / "scored.csv", delimiter)
    left = list(every)
    choices = [ListChoice((name,)) for name, count in report.segments.items() if count]
    for choice in (*choices, ListChoice(unsegmented=True)):
        cut_list(folder / "scored.csv", folder / "list.csv", choice, limits=Limits(block_bytes=block))
        found_header, *found = rows_of(folder / "list.csv", delimiter)
        assert found_header == header
        wanted = [row for row in every if row[4] == (choice.segments or ("",))[0]]
        assert found == wanted
        left = [row for row in left if row not in wanted]
    assert left == []
