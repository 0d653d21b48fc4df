"""Counts in words."""

from __future__ import annotations

import pytest

from bot.cli.text.tables import counts_text, table


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


def test_a_table_of_many_columns_keeps_its_words_whole() -> None:
    said = table([f"feature {i}" for i in range(20)], [["customers"] * 20])
    assert said.splitlines()[-1].split() == ["customers"] * 20
