"""Lists of movers alone: counted by hand, cut from results as the summary's counts are made."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest

from segmentation.errors import BadInput
from segmentation.lists.choice import ListChoice, ListReport
from segmentation.lists.cut import cut_list
from segmentation.movement.hashing import MovementKey
from segmentation.movement.moved_rows import TOO_MANY, UNKNOWN_IDS, MovedRows
from segmentation.movement.recorder import Recorder
from segmentation.movement.snapshot import About, Snapshot, content_of
from segmentation.schema_data import default_schema

KEY = MovementKey.of(b"signing key", "T1")
SEGMENTS = ("Target", "Miser", "Careful")
BEFORE = {"a1": "Target", "a2": "Target", "a3": "Miser", "a4": "Careful", "a5": "", "-x6": "Miser", "a8": "Miser"}
# a2 and -x6 moved; a1 and a3 stayed; a4 cannot be scored any more, a5 could not be; a7 is new; a8 is in two segments.
NOW = """customer_id,email,income,score,segment,confidence,note
a1,a1@shop.example,87,82,Target,0.990000,
 a2 ,a2@shop.example,88,17,Miser,0.600000,
a3,a3@shop.example,88,17,Miser,0.990000,
a4,a4@shop.example,26,,,,Spending score is missing
a5,a5@shop.example,26,21,Careful,0.990000,
'-x6,a6@shop.example,87,82,Target,0.990000,
a7,a7@shop.example,87,82,Target,0.990000,
a8,a8@shop.example,87,82,Target,0.990000,
a8,a8@shop.example,26,21,Careful,0.990000,
,a9@shop.example,26,21,Careful,0.990000,
"""
EVERYBODY = ListChoice(SEGMENTS, unsegmented=True)


def snapshot(places: dict[str, str]) -> Snapshot:
    recorder = Recorder(KEY)
    indices = [SEGMENTS.index(segment) if segment else None for segment in places.values()]
    recorder.add(pl.Series(list(places)), pl.Series(indices, dtype=pl.UInt8))
    customers, _ = recorder.customers()
    content = content_of(customers, SEGMENTS)
    return Snapshot(About("f1", "T1", "income", 0.0, "v1", SEGMENTS, {}, KEY.name, content, len(places)), customers)


def moved_since(places: dict[str, str], most: int = 1_000) -> MovedRows:
    return MovedRows(snapshot(places), KEY, default_schema(), most)


def cut(
    folder: Path, choice: ListChoice, text: str = NOW, since: MovedRows | None = None
) -> tuple[list[list[str]], ListReport]:
    source, target = folder / "scored.csv", folder / "list.csv"
    source.write_text(text, encoding="utf-8", newline="")
    report = cut_list(source, target, choice, moved=since or moved_since(BEFORE))
    return list(csv.reader(target.read_text(encoding="utf-8").splitlines(), strict=True)), report


def test_the_list_holds_those_who_moved_and_says_where_they_were(tmp_path: Path) -> None:
    rows, report = cut(tmp_path, EVERYBODY)
    assert rows == [
        ["customer_id", "email", "income", "score", "segment", "confidence", "note", "segment_before"],
        [" a2 ", "a2@shop.example", "88", "17", "Miser", "0.600000", "", "Target"],
        ["'-x6", "a6@shop.example", "87", "82", "Target", "0.990000", "", "Miser"],
    ]
    assert (report.rows, report.of, report.unsegmented) == (2, 10, 0)
    assert dict(report.segments) == {"Target": 1, "Miser": 1, "Careful": 0}
    assert report.columns[-1] == "segment_before"


def test_other_conditions_and_chosen_columns_hold_as_well(tmp_path: Path) -> None:
    rows, _ = cut(tmp_path, ListChoice(("Target",), columns=("customer_id",)))
    assert rows == [["customer_id", "segment_before"], ["'-x6", "Miser"]]
    rows, _ = cut(tmp_path, ListChoice(SEGMENTS, min_confidence=0.9, columns=("income",)))
    assert rows == [["income", "segment_before"], ["87", "Miser"]]


def test_hashed_addresses_of_movers_come_alone(tmp_path: Path) -> None:
    rows, report = cut(tmp_path, ListChoice(SEGMENTS, hashed_email="email"))
    assert rows[0] == ["Email"]
    assert [len(row[0]) for row in rows[1:]] == [64, 64]
    assert report.columns == ("Email",)


def test_a_row_without_a_segment_is_no_mover_although_its_customer_is(tmp_path: Path) -> None:
    rows, _ = cut(tmp_path, EVERYBODY, NOW + "a2,a2@shop.example,88,,,,Spending score is missing\n")
    assert [row[0].strip() for row in rows[1:]] == ["a2", "'-x6"]


def test_nobody_moved_is_an_empty_list(tmp_path: Path) -> None:
    rows, report = cut(tmp_path, EVERYBODY, since=moved_since({"a1": "Target", "a3": "Miser"}))
    assert (len(rows), report.rows) == (1, 0)


def test_a_column_called_segment_before_already_keeps_its_name(tmp_path: Path) -> None:
    rows, _ = cut(tmp_path, EVERYBODY, NOW.replace("email", "Segment_Before"))
    assert (rows[0][1], rows[0][-1]) == ("Segment_Before", "segment_before_2")


def test_ids_are_told_by_their_values_if_no_heading_names_them(tmp_path: Path) -> None:
    head = "code,income,score,segment,confidence,note\n"
    text = head + "".join(f"c{i}x,{100 + i},50,{'Target' if i in (3, 7) else 'Miser'},0.9,\n" for i in range(30))
    since = moved_since({f"c{i}x": "Target" if i == 3 else "Miser" for i in range(30)})
    rows, _ = cut(tmp_path, ListChoice(("Target", "Miser")), text, since)
    assert [(row[0], row[-1]) for row in rows[1:]] == [("c7x", "Miser")]


@pytest.mark.parametrize(
    "text",
    [NOW.replace("customer_id", "word"), NOW.replace("customer_id", "word").replace("email", "customer_id")],
    ids=["no column", "another column"],
)
def test_a_file_whose_ids_cannot_be_told_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput) as refused:
        cut(tmp_path, EVERYBODY, text)
    assert refused.value.sentence == UNKNOWN_IDS
    assert not (tmp_path / "list.csv").exists()


def test_movers_are_found_in_a_workbook_as_well(tmp_path: Path) -> None:
    source, book, target = tmp_path / "scored.csv", tmp_path / "scored.xlsx", tmp_path / "list.csv"
    source.write_text(NOW, encoding="utf-8")
    cut_list(source, book, EVERYBODY)
    assert cut_list(book, target, EVERYBODY, moved=moved_since(BEFORE)).rows == 2
    rows = list(csv.reader(target.read_text(encoding="utf-8-sig").splitlines(), strict=True))
    assert [(row[0].strip(), row[-1]) for row in rows[1:]] == [("a2", "Target"), ("'-x6", "Miser")]


def test_too_many_customers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        cut(tmp_path, EVERYBODY, since=moved_since(BEFORE, most=8))
    assert refused.value.sentence == TOO_MANY
    assert cut(tmp_path, EVERYBODY, since=moved_since(BEFORE, most=9))[1].rows == 2


def test_more_segments_than_a_model_has_are_refused(tmp_path: Path) -> None:
    head, row = "customer_id,segment,confidence,note\n", "a{0},Segment {0},0.9,\n"
    with pytest.raises(BadInput, match="too many different names"):
        cut(tmp_path, EVERYBODY, head + "".join(row.format(i) for i in range(256)))


def test_rows_read_are_told_while_movers_are_looked_for_and_while_the_list_is_cut(tmp_path: Path) -> None:
    source, told = tmp_path / "scored.csv", list[int]()
    source.write_text(NOW, encoding="utf-8")
    cut_list(source, tmp_path / "list.csv", EVERYBODY, moved=moved_since(BEFORE), progress=told.append)
    assert told == [10, 10]
