"""A file scored: what stands in the result, what the report says, and what is left behind when it fails."""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from reference import SHARED
from scoring_cases import AGELESS_TREE, MALL, hand_made_model

from segmentation.errors import BadInput
from segmentation.model import SegmentModel
from segmentation.reading.encoding import Limits
from segmentation.reading.ids.duplicates import DuplicateCounter, hashed
from segmentation.reading.table import open_table
from segmentation.scoring.answer_table import answer_table
from segmentation.scoring.report import ScoreReport
from segmentation.scoring.score import score_file, score_table
from segmentation.tree import DecisionTree

MODEL = hand_made_model()
HEADER = "id,age,income,score\n"


def scored(
    text: str | bytes, folder: Path, model: SegmentModel = MODEL, delimiter: str = ","
) -> tuple[list[list[str]], ScoreReport]:
    source, target = folder / "in.csv", folder / "out.csv"
    source.write_bytes(text if isinstance(text, bytes) else text.encode())
    report = score_file(source, target, model)
    result = target.read_bytes().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(result, newline=""), delimiter=delimiter, strict=True)), report


def test_scores_the_mall_customers(tmp_path: Path) -> None:
    target = tmp_path / "result.csv"
    report = score_file(MALL, target, MODEL)
    assert (report.rows, report.scored, report.rejected, report.duplicate_ids) == (200, 200, 0, 0)
    assert list(report.segments) == ["Target", "Miser", "Spender", "Careful", "Standard"]
    assert report.model_version == "v1"
    lines = target.read_bytes().split(b"\r\n")
    assert lines[0] == MALL.read_bytes().split(b"\r\n")[0] + b",segment,confidence,note"
    assert all(
        line.startswith(given + b",")
        for line, given in zip(lines, MALL.read_bytes().split(b"\r\n"), strict=True)
        if given
    )
    with target.open(newline="") as file:
        for row in csv.DictReader(file):
            values = (float(row[key]) for key in ("Age", "Annual Income (k$)", "Spending Score (1-100)"))
            known = MODEL.predict(dict(zip(MODEL.schema.names, values, strict=True)))
            assert row["segment"] == known.segment
            assert float(row["confidence"]) == pytest.approx(known.confidence, abs=1e-6)
            assert row["note"] == (f"borderline, next nearest: {known.runner_up}" if known.borderline else "")


def test_a_refused_row_keeps_its_place_with_line_column_and_reason_as_note(tmp_path: Path) -> None:
    rows, report = scored(f"{HEADER}1,35,60,70\n\n2,x,60000,\n3,35,60,70\n", tmp_path)
    assert rows[2] == [
        "2", "x", "60000", "", "", "",
        "line 4, column “age”: Age is not a plain number: “x”; column “income”: Annual income 60000 is outside 0 to "
        "1000 k$; the unit is k$, so 60000 is 60; column “score”: Spending score is missing",
    ]  # fmt: skip
    assert [row[0] for row in rows] == ["id", "1", "2", "3"]
    assert (report.rows, report.scored, report.rejected) == (3, 2, 1)


def test_a_file_without_a_usable_row_is_still_a_result(tmp_path: Path) -> None:
    rows, report = scored(f"{HEADER}1,35,60000,70\n2,35,,70\n", tmp_path)
    assert (report.scored, report.rejected) == (0, 2)
    assert [row[4:6] for row in rows[1:]] == [["", ""]] * 2
    assert report.segments == dict.fromkeys(MODEL.names, 0)
    assert report.profiles["Target"] == {"age": None, "income": None, "score": None}


def test_a_missing_profile_value_decides_nothing_and_is_said_and_counted(tmp_path: Path) -> None:
    model = hand_made_model(tree=AGELESS_TREE)
    rows, report = scored(f"{HEADER}1,,26,21\n2,,60,70\n3,,,70\n4,35,60,70\n", tmp_path, model)
    assert rows[1][4:] == ["Careful", rows[1][5], "Age is not given"]
    assert rows[2][6] == "borderline, next nearest: Standard; Age is not given"
    assert rows[2][4:6] == rows[4][4:6]
    assert rows[1][1] == "", "the cell itself stays as it was"
    assert (report.imputed, report.not_given, report.rejected) == (2, {"age": 2}, 1)


@pytest.mark.parametrize("exact", [False, True])
def test_a_file_without_a_profile_column_is_scored_and_says_so(tmp_path: Path, exact: bool) -> None:
    model = hand_made_model(tree=AGELESS_TREE)
    with_age, _ = scored("income,age,score\n55,35,50\n60,35,70\n600000,35,1\n", tmp_path, model)
    source, target = tmp_path / "ageless.csv", tmp_path / "out.csv"
    source.write_text("income,score\n55,50\n60,70\n600000,1\n", encoding="utf-8")
    report = score_table(open_table(source, model.schema, exact=exact), target, model)
    rows = list(csv.reader(target.read_text(encoding="utf-8").splitlines()))
    assert [row[2:] for row in rows] == [row[3:] for row in with_age], "no row says again what the notes say once"
    assert "The file has no column for age: the profile is without it." in report.notes
    assert not any("assumed" in note for note in report.notes)
    assert (report.scored, report.imputed, report.not_given) == (2, 2, {})
    assert report.profiles["Careful"]["age"] is None


def test_a_model_stored_with_cuts_on_a_profile_feature_says_what_it_assumed(tmp_path: Path) -> None:
    rows, report = scored("income,score\n55,50\n", tmp_path)
    assert rows[1][2] == "Standard"
    assert (
        "Some rules of this model ask for age: 36 years was assumed. A model trained from now on does without."
        in report.notes
    )


def test_a_missing_profile_value_that_an_old_tree_asks_for_is_assumed_marked_and_counted(tmp_path: Path) -> None:
    rows, report = scored(f"{HEADER}1,,55,50\n2,,60,70\n3,,,70\n", tmp_path)
    assert rows[1][4:] == ["Standard", rows[1][5], "Age is not given, 36 years assumed"]
    assert rows[2][6] == "borderline, next nearest: Target; Age is not given, 36 years assumed"
    assert rows[1][1] == "", "the cell itself stays as it was"
    assert (report.imputed, report.rejected) == (2, 1)
    assert report.profiles["Standard"]["age"] is None, "what was assumed is no part of an average"


def test_what_a_ragged_row_has_too_much_stands_in_its_last_cell(tmp_path: Path) -> None:
    rows, _ = scored(f"{HEADER}1,35,60,70\n2,35\n3,35,60,70,a,=b\n", tmp_path)
    assert rows[2] == ["2", "35", "", "", "", "", "line 3, the row has 2 fields, the header 4"]
    assert rows[3] == ["3", "35", "60", "70,a,=b", "", "", "line 4, the row has 6 fields, the header 4"]


def test_a_ragged_rows_surplus_fields_keep_the_quotes_they_need(tmp_path: Path) -> None:
    rows, _ = scored(f'{HEADER}3,35,60,70,"a,b",27"\n', tmp_path)
    assert rows[1][3] == '70,"a,b",27"'


def test_a_refused_row_keeps_the_quotes_it_came_with(tmp_path: Path) -> None:
    text = f'{HEADER}1,35,60,70\n"2" two,"35",60,70\n3" three,35,60,70\n"4, or ""four""",35,60,70\n"5"",x"y",35,60,70\n'
    rows, report = scored(text, tmp_path)
    assert [row[0] for row in rows[1:]] == ["1", '"2" two', '3" three', '4, or "four"', '"5"",x"y"']
    assert rows[2][1:] == ["35", "60", "70", "", "", "line 3, the row's quotes are out of place"]
    assert (report.scored, report.rejected) == (3, 2)


def test_the_quotes_of_a_file_somebody_has_sent_come_back(tmp_path: Path) -> None:
    source = SHARED / "cases" / "text" / "stray-quote.csv"
    if not source.exists():
        pytest.skip("the cases are not beside the project")
    given = source.read_text().splitlines()
    text = "\n".join([f"{given[0]},age,income,score", *(f"{line},35,60,70" for line in given[1:])]) + "\n"
    rows, report = scored(text, tmp_path)
    assert [row[1] for row in rows[1:]] == ['Screens 27" and more', "Beth, Bens. Co.", '"Half" quoted', "Plain"]
    assert report.rejected == 1


@pytest.mark.parametrize("quote", ["", '"'])
def test_texts_and_headers_are_guarded_and_numbers_are_not(quote: str, tmp_path: Path) -> None:
    cells = ["=1+1", "-5", "x@y", "@x", "+1", "-5.5 ", "\u200b=x", "+49 170 1", "'=1"]
    header = ",".join(["age,income,score", "=h", *(f"h{i}" for i in range(len(cells) - 1))])
    row = ",".join(["35,60,70", *(f"{quote}{cell}{quote}" for cell in cells)])
    rows, report = scored(f"{header}\n{row}\n", tmp_path)
    assert rows[0][3] == "'=h"
    assert rows[1][3:-3] == ["'=1+1", "-5", "x@y", "'@x", "+1", "-5.5 ", "'\u200b=x", "+49 170 1", "'=1"]
    assert report.guarded_cells == 4
    assert "4 cells that a spreadsheet would run as formulas now begin with an apostrophe." in report.notes


def test_one_guarded_cell_is_said_and_none_is_not(tmp_path: Path) -> None:
    _, report = scored(f"{HEADER}=1,35,60,70\n", tmp_path)
    assert "1 cell that a spreadsheet would run as a formula now begins with an apostrophe." in report.notes
    _, report = scored(f"{HEADER}+49 170,35,60,70\n", tmp_path)
    assert (tmp_path / "out.csv").read_text().splitlines()[1].startswith("+49 170,35,60,70,")
    assert not any("apostrophe" in note for note in report.notes)


def test_a_segments_name_can_be_no_formula_and_no_broken_line(tmp_path: Path) -> None:
    names = ("=cmd", "a,b", 'say "x"', "Careful", "@home")
    for quoted in ("60", '"60"'):
        rows, _ = scored(f"{HEADER}1,35,{quoted},70\n2,35,90,20\n", tmp_path, hand_made_model(names))
        assert rows[1][4:] == ["'@home", rows[1][5], "borderline, next nearest: =cmd"]
        assert rows[2][4] == "a,b"


def test_the_result_keeps_delimiter_line_ends_and_decimal_comma(tmp_path: Path) -> None:
    scored("id;age;income;score\r\n1;35;60,5;70\r\n", tmp_path, delimiter=";")
    header, row, rest = (tmp_path / "out.csv").read_bytes().split(b"\r\n")
    assert header == b"id;age;income;score;segment;confidence;note"
    assert row.startswith(b"1;35;60,5;70;Standard;0,")
    assert rest == b""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_result_beyond_ascii_is_utf8_and_marked_for_spreadsheets(encoding: str, tmp_path: Path) -> None:
    rows, _ = scored("größe,age,income,score\nä€,35,60,70\n".encode(encoding), tmp_path)
    assert (tmp_path / "out.csv").read_bytes().startswith(codecs.BOM_UTF8)
    assert rows[0][0] == "größe"
    assert rows[1][0] == "ä€"


def test_columns_of_the_same_name_are_told_apart(tmp_path: Path) -> None:
    rows, report = scored("Segment,age,income,score,note,note_2\na,35,60,70,b,c\n", tmp_path)
    assert rows[0] == ["Segment", "age", "income", "score", "note", "note_2", "segment_2", "confidence", "note_3"]
    assert report.notes[-1].endswith("in the result segment is segment_2, note is note_3.")


def test_a_result_can_be_scored_again(tmp_path: Path) -> None:
    _, first = scored(f"{HEADER}1,35,60,70\n2,35,,70\n", tmp_path)
    _, second = scored((tmp_path / "out.csv").read_bytes(), tmp_path)
    assert (second.rows, second.scored, second.segments) == (first.rows, first.scored, first.segments)


def test_repeated_ids_are_scored_counted_and_stated(tmp_path: Path) -> None:
    rows, report = scored(f"{HEADER}1,35,60,70\n1,35,60,70\n,35,60,70\n,35,60,70\n1,35,60,70\n", tmp_path)
    assert len(rows) == 6
    assert report.duplicate_ids == 2
    assert "2 rows repeat the id of an earlier row; each was scored." in report.notes


def test_without_a_column_of_ids_none_are_counted(tmp_path: Path) -> None:
    assert scored("age,income,score\n35,60,70\n35,60,70\n", tmp_path)[1].duplicate_ids is None


def test_very_many_ids_are_counted_by_sample() -> None:
    counter = DuplicateCounter(most=1_000)
    for start in range(0, 20_000, 500):
        counter.add(hashed(pl.Series([str(i % 10_000) for i in range(start, start + 500)])))
    assert not counter.exact
    assert counter.duplicates() == pytest.approx(10_000, rel=0.2)
    assert DuplicateCounter().duplicates() == 0


def test_a_sample_of_ids_is_stated_as_such(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(HEADER + "".join(f"{i % 200},35,60,70\n" for i in range(400)))
    table = open_table(source, MODEL.schema)
    report = score_table(table, tmp_path / "out.csv", MODEL, duplicates=DuplicateCounter(most=100))
    assert any(note.startswith("About ") for note in report.notes)


def test_the_average_profile_is_of_the_segments_customers(tmp_path: Path) -> None:
    _, report = scored(f"{HEADER}1,30,80,80\n2,,90,90\n3,50,55,50\n", tmp_path)
    assert report.profiles["Target"] == {"age": 30, "income": 85, "score": 85}
    assert report.segments == {"Target": 2, "Miser": 0, "Spender": 0, "Careful": 0, "Standard": 1}


def test_the_report_is_json_with_the_contracts_keys(tmp_path: Path) -> None:
    data = json.loads(json.dumps(scored(f"{HEADER}1,35,60,70\n2,35,x,70\n", tmp_path)[1].to_data()))
    assert {"rows", "scored", "rejected", "segments", "notes", "model_version"} <= data.keys()
    assert data["problems"] == [
        {
            "reason": "not_a_number",
            "column": "income",
            "sentence": "Annual income is not a plain number but text",
            "counted": "line",
            "rows": 1,
            "lines": [3],
        }
    ]


def test_progress_tells_rows_done_and_may_stop_the_work(tmp_path: Path) -> None:
    limits = Limits(block_bytes=64)
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(HEADER + "1,35,60,70\n" * 50)
    seen: list[int] = []
    score_file(source, target, MODEL, limits=limits, progress=seen.append)
    assert seen == sorted(seen)
    assert len(seen) > 3
    assert seen[-1] == 50

    def stop(rows: int) -> None:
        raise KeyboardInterrupt

    target.unlink()
    with pytest.raises(KeyboardInterrupt):
        score_file(source, target, MODEL, limits=limits, progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_a_failure_leaves_the_old_result_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old")
    (tmp_path / "in.csv").write_text(f'{HEADER}1,35,60,70\n2,"35,60,70\n')
    with pytest.raises(BadInput):
        score_file(tmp_path / "in.csv", target, MODEL)
    assert target.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]


def test_the_result_is_safely_on_disk_before_it_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def noted_fsync(handle: int) -> None:
        order.append("fsync")
        fsync(handle)

    def noted_replace(self: Path, other: Path) -> Path:
        order.append("replace")
        return replace(self, other)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    scored(f"{HEADER}1,35,60,70\n", tmp_path)
    assert order == ["fsync", "replace"]


@pytest.mark.parametrize(("tree", "few"), [(AGELESS_TREE, True), (MODEL.tree, False)])
def test_looked_up_answers_are_the_computed_ones(
    tree: DecisionTree, few: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGBOT_KERNEL", "off")  # which needs no look-up
    model = hand_made_model(tree=tree)
    body = "".join(
        f"{i},{i % 90},{i % 140}{'.5' if i % 50 == 0 else ''},{i % 101 if i % 70 else 'x'}\n" for i in range(2_000)
    )
    source, computed, looked_up = tmp_path / "in.csv", tmp_path / "computed.csv", tmp_path / "looked_up.csv"
    source.write_text(HEADER + body.replace("7,7,", "7,,"))
    assert (answer_table(model) is not None) is few  # with too many, all are computed
    report = score_file(source, computed, model)
    again = score_file(source, looked_up, model, look_up_from=0)
    assert looked_up.read_bytes() == computed.read_bytes()
    assert again.segments == report.segments
    assert again.problems == report.problems
    assert (again.imputed, again.rejected) == (report.imputed, report.rejected)


def test_answering_one_customer_never_loads_polars() -> None:
    code = "import sys, segmentation.model; sys.exit('polars' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_scoring_loads_neither_numpy_nor_scikit_learn() -> None:
    code = (
        "import sys, segmentation.scoring.score; "
        "sys.exit(any(name in sys.modules for name in ('numpy', 'pandas', 'sklearn')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        (f'{HEADER}1,35,"€60,000",70\n', "“€60,000”; write 60"),
        (f"{HEADER}1,35,60,70%\n2,35,60,70\n", "“70%”; write 70"),
    ],
)
def test_a_note_says_what_to_write_instead_where_that_can_be_told(text: str, advice: str, tmp_path: Path) -> None:
    rows, _ = scored(text, tmp_path)
    assert rows[1][-1].endswith(advice)


def test_a_note_of_a_decimal_comma_file_suggests_a_decimal_comma(tmp_path: Path) -> None:
    rows, _ = scored("id;age;income;score\n1;35;60,5;70\n2;35;60,5k;70\n", tmp_path, delimiter=";")
    assert rows[-1][-1].endswith("“60,5k”; write 60,5")


def test_a_report_survives_being_stored(tmp_path: Path) -> None:
    report = scored(f"{HEADER}1,35,60,70\n2,35,x,70\n", tmp_path)[1]
    assert ScoreReport.from_data(report.to_data()) == report
    stored = json.loads(json.dumps(report.to_data()))
    assert ScoreReport.from_data({**stored, "known_to_a_later_version": 1}) == report
    del stored["profiles"]
    with pytest.raises(KeyError):
        ScoreReport.from_data(stored)


def test_an_error_names_the_result_and_not_the_temporary_file(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(f"{HEADER}1,35,60,70\n")
    (tmp_path / "folder").mkdir()
    for target in (tmp_path / "absent" / "out.csv", tmp_path / "folder"):
        with pytest.raises(OSError, match=re.escape(str(target))) as failed:
            score_file(source, target, MODEL)
        assert failed.value.filename == str(target)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "in.csv"]


def test_a_customer_far_outside_what_was_learned_is_marked_and_counted(tmp_path: Path) -> None:
    rows, report = scored(f"{HEADER}1,35,60,70\n2,35,900,70\n3,,900.5,70\n", tmp_path)
    said = "Annual income is far outside what I learned from (0 to 119.45 k$)"
    assert said not in rows[1][-1]
    assert rows[2][-1].endswith(said)
    assert rows[3][-1].endswith(f"{said}") or said in rows[3][-1]
    assert any(note.startswith("2 rows have values far outside") for note in report.notes)
