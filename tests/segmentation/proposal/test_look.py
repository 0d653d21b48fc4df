"""What each column of a file is, and why."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from customer_files import as_csv

from segmentation.errors import BadInput
from segmentation.proposal.columns.column import Column, Kind
from segmentation.proposal.gathering import MOST_SAMPLED
from segmentation.proposal.look import Look, look_at
from segmentation.reading.questions import Answers, Question
from segmentation.reading.table import Limits

# The peak of the process itself: `ru_maxrss` would count what its parent had when it forked.
PEAK = r"""
import re, sys
from pathlib import Path
from segmentation.proposal.look import look_at
look_at(Path(sys.argv[1]))
print(int(re.search(r"VmHWM:\s*([0-9]+) kB", Path("/proc/self/status").read_text())[1]) / 1024)
"""
ROWS = 60
RNG = np.random.default_rng(5)
# Whole numbers of five digits, nearly all different, in no order.
POSTCODES = np.random.default_rng(6).integers(10_000, 99_999, 400)


def look(tmp_path: Path, columns: Mapping[str, Sequence[object]] | str, delimiter: str = ";") -> Look:
    path = tmp_path / "file.csv"
    path.write_text(columns if isinstance(columns, str) else as_csv(columns, delimiter=delimiter), encoding="utf-8")
    return look_at(path)


def column(tmp_path: Path, name: str, cells: Sequence[object]) -> Column:
    # The other columns are there so that nothing but the column itself decides.
    seen = look(tmp_path, {"z": [f"t{i % 7} t" for i in range(len(cells))], name: cells})
    return seen.columns[1]


@pytest.mark.parametrize(
    ("name", "cells", "kind", "reason"),
    [
        ("Customer ID", range(ROWS), Kind.ID, "its name says that it holds ids"),
        ("Nr", [f"K-{900 + 7 * i}" for i in range(ROWS)], Kind.ID, "its values are codes"),
        ("Row", range(1, ROWS + 1), Kind.ID, "its values are codes, and no two are the same"),
        ("date row", range(1, ROWS + 1), Kind.ID, "it numbers the rows"),
        ("name code", [f"{i:x}-{i * i:x}" for i in range(ROWS - 1)] + ["9-9"], Kind.ID, "hardly any two are the same"),
        ("Umsatz (€)", RNG.lognormal(3, 1, ROWS).round(2), Kind.MONEY, "its heading names €"),
        ("spent", [f"${v:.2f}" for v in RNG.lognormal(3, 1, ROWS)], Kind.MONEY, "its cells carry $"),
        ("Total charges", RNG.lognormal(3, 1, ROWS).round(2), Kind.MONEY, "its name says that it is an amount"),
        ("orders", RNG.poisson(8, ROWS), Kind.COUNT, "its name says that it counts"),
        ("Conversion", [f"{v:.1f}%" for v in RNG.uniform(0, 9, ROWS)], Kind.SHARE, "its cells are percentages"),
        ("return %", RNG.uniform(0, 9, ROWS).round(1), Kind.SHARE, "its heading names %"),
        ("churn rate", RNG.random(ROWS).round(3), Kind.SHARE, "from 0 to 1"),
        ("hit rate", (100 * RNG.random(ROWS)).round(1), Kind.SHARE, "from 0 to 100"),
        ("Score (1-10)", RNG.integers(1, 11, ROWS), Kind.NUMBER, "its heading gives its range, 1 to 10"),
        ("tenure_months", RNG.integers(1, 70, ROWS), Kind.NUMBER, "in months"),
        ("Frozen", RNG.integers(1, 9000, ROWS), Kind.NUMBER, "whole numbers"),
        ("latency", RNG.random(ROWS) * 9, Kind.NUMBER, "its values are numbers"),
        ("plan", ["a", "b", "c"] * 20, Kind.CATEGORY, "it has 3 different values"),
        ("PLZ", POSTCODES, Kind.CATEGORY, "stand for something, as its name says"),
        ("area_code", POSTCODES, Kind.CATEGORY, "stand for something, as its name says"),
        ("Last contract no.", POSTCODES, Kind.CATEGORY, "stand for something, as its name says"),
        ("Steuernummer", POSTCODES, Kind.CATEGORY, "stand for something, as its name says"),
        ("Order number", POSTCODES, Kind.CATEGORY, "stand for something, as its name says"),
        ("EAN bought", POSTCODES, Kind.CATEGORY, "stand for something, as its name says"),
        ("number of orders", POSTCODES, Kind.COUNT, "its name says that it counts"),
        ("Orders number", RNG.permutation(400), Kind.COUNT, "its name says that it counts"),
        ("store sales", POSTCODES, Kind.MONEY, "its name says that it is an amount"),
        ("Code area (m2)", [f"{v}.5" for v in POSTCODES], Kind.NUMBER, "its values are numbers"),
        ("last_login", 1_690_000_000 + 97 * POSTCODES, Kind.DATE, "as computers count time"),
        ("logins_ms", 1_690_000_000_000 + 97 * POSTCODES, Kind.DATE, "as computers count time"),
        ("turnover", 1_690_000_000 + 97 * POSTCODES, Kind.MONEY, "its name says that it is an amount"),
        ("Joined", POSTCODES // 4 + 20_000, Kind.DATE, "as Excel counts them"),
        ("Steps", POSTCODES // 4 + 20_000, Kind.NUMBER, "whole numbers"),
        ("days since joined (days)", POSTCODES // 4 + 20_000, Kind.NUMBER, "in days"),
        ("Region", [1, 2, 3] * 20, Kind.CATEGORY, "stand for something, as its name says"),
        ("area", [f"0{i % 30:04d}" for i in range(ROWS)], Kind.CATEGORY, "begin with zeros"),
        ("since", [f"2024-0{1 + i % 9}-1{i % 10}" for i in range(ROWS)], Kind.DATE, "dates or times"),
        ("since", [f"{1 + i % 28}.{1 + i % 12}.2023" for i in range(ROWS)], Kind.DATE, "dates or times"),
        ("since", [f"{1 + i % 28} Mar 2023" for i in range(ROWS)], Kind.DATE, "dates or times"),
        ("Signup date", [20230100 + 1 + i % 28 for i in range(ROWS)], Kind.DATE, "eight digits"),
        ("member", ["Yes", "no"] * 30, Kind.YES_NO, "yes and no"),
        ("member", [0, 1, ""] * 20, Kind.YES_NO, "yes and no"),
        ("comment", [f"text number {i}" for i in range(ROWS)], Kind.FREE_TEXT, "60 different texts"),
        ("country", ["DE"] * ROWS, Kind.CONSTANT, "holds the same"),
        ("fee", ["1", "1.0", "1.00"] * 20, Kind.CONSTANT, "every number in it is the same"),
        ("sums", [10**17 + 7**i for i in range(ROWS // 4)] * 4, Kind.FREE_TEXT, "too long"),
        ("spend (€)", ["$5.25", "$7.50"] * 30, Kind.MONEY, "its cells carry $"),
        ("empty", ["", "n/a", " "] * 20, Kind.CONSTANT, "every cell is empty"),
    ],
)  # fmt: skip
def test_a_column_is_what_its_values_say(
    tmp_path: Path, name: str, cells: Sequence[object], kind: Kind, reason: str
) -> None:
    found = column(tmp_path, name, cells)
    assert found.kind is kind
    assert reason in found.reason
    assert (found.numbers is not None) == kind.is_number


def test_a_column_of_numbers_states_its_range_decimals_unit_and_skew(tmp_path: Path) -> None:
    found = column(tmp_path, "Spent (k€)", [f"{value}" for value in [0.25, *range(1, 50), 900]])
    assert found.to_data() == {
        "name": "Spent (k€)",
        "kind": "money",
        "reason": "its heading names k€",
        "missing": 0.0,
        "distinct": 51,
        "distinct_exact": True,
        "commonest": 1 / 51,
        "unreadable": 0.0,
        "personal": "",
        "low": 0.25,
        "high": 900.0,
        "decimals": 2,
        "skew": pytest.approx(6.8, abs=0.2),
        "unit": "k€",
    }
    assert found.numbers is not None
    assert found.numbers.unit_factor == 1000


@pytest.mark.parametrize(
    ("cells", "unit", "factor"),
    [
        (["$15k", "$20k"], "k$", 1000),
        (["15k", "20k"], "thousands", 1000),
        (["15 kg", "20 kg"], "kg", 1),
        (["EUR 15,50", "EUR 20,25"], "€", 1),
        (["15", "20"], "", 1),
    ],
)
def test_a_unit_is_taken_from_the_cells(tmp_path: Path, cells: list[str], unit: str, factor: float) -> None:
    numbers = column(tmp_path, "x", cells * 20).numbers
    assert numbers is not None
    assert (numbers.unit, numbers.unit_factor) == (unit, factor)
    assert (numbers.low, numbers.high) == ((15.5, 20.25) if "," in cells[0] else (15, 20))


def test_missing_and_unreadable_cells_are_told_apart(tmp_path: Path) -> None:
    numbers = column(tmp_path, "spend", ["", *map(str, range(97)), "n/a", "?"])
    assert (numbers.missing, numbers.unreadable) == (0.01, 0.02)
    texts = column(tmp_path, "plan", ["", "n/a", " ", *(["a"] * 50), *(["b"] * 47)])
    assert texts.missing == pytest.approx(0.03)


def test_numbers_that_can_be_read_in_two_ways_are_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("spend;visits\n" + "".join(f"{i + 1}.{i + 100};{i}\n" for i in range(50)))
    with pytest.raises(Question, match="--thousands"):
        look_at(path)
    seen = look_at(path, answers=Answers(decimal=","))
    assert seen.columns[0].numbers is not None
    assert seen.columns[0].numbers.high == 50_149
    assert seen.decimal == ","


def test_other_columns_settle_what_a_mark_means(tmp_path: Path) -> None:
    seen = look(tmp_path, {"spend": ["2.288", "1.047"] * 20, "share": ["0,5", "0,75"] * 20})
    assert seen.columns[0].numbers is not None
    assert (seen.columns[0].numbers.low, seen.columns[0].numbers.high) == (1047, 2288)


def test_totals_titles_and_ragged_lines_are_no_customers(tmp_path: Path) -> None:
    rows = "".join(f"c{i};{i}\n" for i in range(30))
    seen = look(tmp_path, f"Export;\n\nname of it;spend\n{rows};;\nbroken\nTotal;435\n")
    assert seen.rows == 30
    assert seen.columns[1].numbers is not None
    assert seen.columns[1].numbers.high == 29
    assert "Skipped 1 line above the header." in seen.notes
    assert any(note.startswith("2 lines were left out") for note in seen.notes)


def test_workbooks_and_archives_are_looked_at(tmp_path: Path) -> None:
    packed = tmp_path / "file.csv.gz"
    packed.write_bytes(gzip.compress(as_csv({"id": range(40), "spend": range(40)}).encode()))
    assert [column.kind for column in look_at(packed).columns] == [Kind.ID, Kind.MONEY]


def test_a_large_file_is_sampled_evenly_and_its_bounds_are_those_of_all_rows(tmp_path: Path) -> None:
    rows = 3 * MOST_SAMPLED
    path = tmp_path / "file.csv"
    path.write_text(
        "id,spend,plan\n" + "".join(f"{i},{i % 1000},p{i % 3}\n" for i in range(rows)) + f"{rows},5000,p0\n"
    )
    counted: list[int] = []
    seen = look_at(path, limits=Limits(block_bytes=1 << 17), progress=counted.append)
    assert seen.rows == counted[-1] == rows + 1
    assert MOST_SAMPLED // 2 <= seen.sampled <= MOST_SAMPLED
    spend = seen.columns[1]
    assert spend.numbers is not None
    assert (spend.numbers.low, spend.numbers.high, spend.distinct) == (0, 5000, 1001)
    assert seen.id is seen.columns[0]
    assert seen.id.distinct == pytest.approx(rows, rel=0.1)


@pytest.mark.parametrize(
    ("text", "sentence"), [("a,b\n", "no rows"), ("a,b\nTotal,7\n", "no rows of customers"), ("", "empty")]
)
def test_a_file_without_customers_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        look(tmp_path, text)


def test_no_cell_of_personal_data_is_kept_or_shown(tmp_path: Path) -> None:
    people = [f"secret{i}@example.org" for i in range(40)]
    seen = look(tmp_path, {"contact": people, "spend": range(40)})
    assert seen.columns[0].personal == "e-mail addresses"
    assert seen.columns[0].values is None
    assert "secret" not in f"{seen!r} {seen.to_data()!r}"


def test_what_later_blocks_hold_changes_what_the_first_one_seemed(tmp_path: Path) -> None:
    # Columns of plain numbers are split as numbers from the second block on; not every cell there is one.
    rows = [f"{i},{i}.25,{i},c{i % 5}" for i in range(3000)]
    rows[2000:2010] = [",7,$2000.50,c1", "Total,,9,", "8,,,c2", ",,,", *(f"{i},{i}.5,x,c1" for i in range(6))]
    path = tmp_path / "file.csv"
    path.write_text("row,spend,fee,shop\n" + "\n".join(rows) + "\n")
    small, whole = look_at(path, limits=Limits(block_bytes=4096)), look_at(path)
    assert (small.rows, small.sampled) == (whole.rows, whole.sampled) == (2998, 2998)
    assert [column.to_data() for column in small.columns] == [column.to_data() for column in whole.columns]
    spend, fee = whole.columns[1], whole.columns[2]
    assert spend.missing == pytest.approx(1 / 2998)
    assert fee.unreadable == pytest.approx(6 / 2998)


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="Linux states a process's peak memory")
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    lines = "".join(f"C{i:07},Person Number {i},{i % 977}.25,Town{i % 40}\n" for i in range(50_000))
    peaks = []
    for times in (10, 80):
        path = tmp_path / f"{times}.csv"
        path.write_text("code,who,spend,town\n" + lines * times)
        # A process of its own each: a process gives little back of what it once had.
        done = subprocess.run([sys.executable, "-c", PEAK, path], check=True, capture_output=True, text=True)
        peaks.append(float(done.stdout))
    assert peaks[1] - peaks[0] < 50
