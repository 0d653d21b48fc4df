"""README's performance table is what the benchmarks measured, and says what was missed."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest

import benchmarks.__main__ as runner
from benchmarks.figures import Figure, Goal, Measurement, Section
from benchmarks.published import END, RECORD, ROOT, START, machine, publish, table, with_table

SECTION = Section(
    "a part: this against that",
    "Once.",
    (Measurement("this", {"s": 1.0}),),
    (
        Figure("this / that", 1.25, "×", Goal.most(1.3), cpu=1.4),
        Figure("a|b", 12_345, "rows/s", Goal.least(20_000)),
        Figure("lost", 0, "", Goal.most(0)),
        Figure("only to know", 3, "s"),
    ),
)


def test_the_table_in_the_readme_is_what_was_measured() -> None:
    readme, kept = (ROOT / "README.md").read_text(), json.loads(RECORD.read_text())
    assert readme == with_table(readme, kept)
    assert kept.keys() <= {*runner.PARTS.values()}


def test_every_row_says_the_goal_and_whether_it_was_missed() -> None:
    kept = json.loads(RECORD.read_text())
    rows = [line.split(" | ") for line in table(kept) if not line.startswith(("| **", "| What", "|---"))]
    assert rows
    figures = [figure for part in kept.values() for figure in part["figures"] if figure["goal"]]
    assert [row[0].removeprefix("| ") for row in rows] == [figure["name"] for figure in figures]
    for row, figure in zip(rows, figures, strict=True):
        assert re.match(r"[≤≥] [\d.,e-]+", row[2])
        assert row[2].endswith("(missed) |") is not figure["met"]


def test_the_record_names_the_day_and_the_kind_of_machine_alone() -> None:
    for part in json.loads(RECORD.read_text()).values():
        assert date.fromisoformat(part["day"]) >= date(2026, 11, 1)
        assert re.fullmatch(r"\d+ cores \([^()/]+\), \w+, Python [\d.]+", part["machine"])
    assert re.fullmatch(r"\d+ cores \([^/]+\), \w+, Python .+", machine())


def test_a_part_is_published_without_the_others(tmp_path: Path) -> None:
    readme, record = tmp_path / "README.md", tmp_path / "measured.json"
    readme.write_text(f"before\n{START}\nold\n{END}\nafter\n")
    for part, day in (("one", date(2026, 1, 2)), ("two", date(2026, 3, 4)), ("one", date(2026, 5, 6))):
        publish(part, SECTION, day, record=record, readme=readme)
    kept = json.loads(record.read_text())
    assert {part: found["day"] for part, found in kept.items()} == {"one": "2026-05-06", "two": "2026-03-04"}
    text = readme.read_text()
    assert text.startswith(f"before\n{START}\n\n| What |")
    assert text.endswith(f"|\n\n{END}\nafter\n")
    assert text.splitlines()[5:9] == [
        f"| **a part: this against that** – 6 May 2026, {machine()} | | |",
        "| this / that | 1.25 × (CPU 1.4 ×) | ≤ 1.3 × |",
        "| a\\|b | 12,345 rows/s | ≥ 20,000 rows/s (missed) |",
        "| lost | 0 | ≤ 0 |",
    ]
    assert "old" not in text
    assert "only to know" not in text


def test_a_text_without_markers_is_left_alone(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"{END} {START}")
    with pytest.raises(ValueError, match="has no table between"):
        publish("one", SECTION, date(2026, 1, 2), record=tmp_path / "measured.json", readme=readme)
    assert readme.read_text() == f"{END} {START}"


@pytest.mark.parametrize("other", [["--quick"], ["truth", "--only", "k"]])
def test_only_whole_runs_are_published(other: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        runner.main(["--write", *other])
    assert "leave out --quick and --only" in capsys.readouterr().err
