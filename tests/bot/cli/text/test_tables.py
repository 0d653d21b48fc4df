"""Counts in words."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from bot.cli.text.tables import WIDTH, counts_text, table


@pytest.mark.parametrize(
    ("rows", "rejected", "text"),
    [
        (0, 0, "0 rows scored."),
        (1, 0, "1 row scored."),
        (2_000, 0, "2,000 rows scored."),
        (2_000, 1, "1,999 rows scored, 1 row couldn't be scored."),
        (3, 2, "1 row scored, 2 rows couldn't be scored."),
    ],
)
def test_counts_rows_as_people_do(rows: int, rejected: int, text: str) -> None:
    assert counts_text(rows, rejected) == text


def widest(text: str) -> int:
    return max(map(cell_len, text.splitlines()))


def test_a_table_of_many_columns_keeps_its_words_whole() -> None:
    said = table([f"feature {i}" for i in range(20)], [["customers"] * 20])
    assert said.split().count("customers") == 20
    assert widest(said) <= WIDTH


def test_a_wide_table_of_few_rows_is_turned_about() -> None:
    head = ["Segment", "Customers", *(f"Feature number {i}" for i in range(8))]
    said = table(head, [["Target", "39", *["12.5"] * 8], ["Miser", "35", *["7"] * 8]]).splitlines()
    assert said[0].split() == ["Segment", "Target", "Miser"]
    assert said[2].split() == ["Customers", "39", "35"]
    assert said[-1].split() == ["Feature", "number", "7", "12.5", "7"]


def test_a_table_that_fits_neither_way_is_written_row_by_row() -> None:
    names = [f"Customers who spend {word}" for word in ("little", "much", "most", "never", "often", "rarely")]
    said = table(["From", *names], [[name, *"123456"] for name in names])
    assert widest(said) <= WIDTH
    first, second, *_ = said.splitlines()
    assert first == "Customers who spend little"
    assert second.startswith("  Customers who spend little 1 · Customers who spend much 2 · ")


def test_ids_are_never_broken() -> None:
    ids = [f"20261127-18513{i}-d77a2a30" for i in range(3)]
    said = table(["Version", "State", ""], [[one, "candidate", "word " * 30] for one in ids], whole=("Version",))
    assert [one in said for one in ids] == [True] * 3
    assert widest(said) == WIDTH


@pytest.mark.parametrize(
    "name", ["Prämienkundschaft mit sehr hohen Ausgaben im Quartal", "高額購入をする大切なお客様" * 3, "x" * 90]
)
def test_long_names_are_wrapped_by_the_columns_they_take(name: str) -> None:
    said = table(["Segment", "Customers", "Share"], [[name, "1,234", "12%"], ["Target", "5", "1%"]])
    assert widest(said) <= WIDTH
    shown = said.replace("1,234", "").replace("12%", "")
    assert "".join(name.split()) in "".join(shown.split())
    # The figures stay under each other, to the right.
    ends = {line.rindex("%") - len(line) for line in said.splitlines() if line.endswith("%")}
    assert ends == {-1}


def test_columns_without_any_text_are_left_out() -> None:
    assert table(["What", "Note", "Who"], [["saved", "", "me"]]).splitlines()[0].split() == ["What", "Who"]
    assert table(["What", "Note"], []).splitlines()[0].split() == ["What", "Note"]


def test_figures_stay_to_the_right_though_one_is_not_given() -> None:
    said = table(["Feature", "This customer"], [["Age", "not given"], ["Income", "60"], ["Score", "70"]]).splitlines()
    assert [line.endswith(value) for line, value in zip(said[2:], ("not given", "60", "70"), strict=True)] == [True] * 3
    assert {len(line) for line in said} == {len(said[0])}
