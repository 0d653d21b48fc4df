"""The customers of a small file, kept to be drawn: those that are scored, all or none, whatever order they came in."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from harness import trained

from segmentation.scoring.few_customers import FewCustomers
from segmentation.scoring.score import score_file
from segmentation.training.train import Trained

__all__ = ["trained"]
ROWS = """customer,age,income,score
a,35,60,70
b,20,nobody knows,50
c,,25,80
d,61,90,15
Average,38.7,58.3,55
"""


def frame(*rows: tuple[float | None, float, float]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["age", "income", "score"], orient="row")


def segments(*found: int | None) -> pl.Series:
    return pl.Series(found, dtype=pl.Int64)


def test_keeps_whoever_is_scored_and_fills_in_what_they_lack(trained: Trained, tmp_path: Path) -> None:
    few = FewCustomers(trained.model, 3)
    source = tmp_path / "customers.csv"
    source.write_text(ROWS, encoding="utf-8")
    report = score_file(source, tmp_path / "result.csv", trained.model, values=few)
    assert (report.scored, report.rejected, len(report.other_rows)) == (3, 1, 1)
    usual = trained.model.fill[0]
    assert few.points() == sorted([[35.0, 60.0, 70.0], [usual, 25.0, 80.0], [61.0, 90.0, 15.0]])


def test_of_more_than_a_few_nobody_is_kept_until_it_starts_anew(trained: Trained) -> None:
    few = FewCustomers(trained.model, 2)
    few.add(frame((1, 2, 3), (4, 5, 6)), segments(0, 1))
    assert len(few.points()) == 2
    few.add(frame((7, 8, 9)), segments(None))
    assert len(few.points()) == 2
    few.add(frame((7, 8, 9)), segments(0))
    few.add(frame((1, 1, 1)), segments(None))
    assert few.points() == []
    few.begin()
    few.add(frame((7, 8, 9)), segments(0))
    assert few.points() == [[7, 8, 9]]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_the_order_of_rows_and_pieces_does_not_matter(trained: Trained, order: tuple[int, ...]) -> None:
    few = FewCustomers(trained.model, 10)
    pieces = [frame((3, 2, 1)), frame((1, 2, 3), (None, 2, 3)), frame((1, 1, 1))]
    for place in order:
        few.add(pieces[place], segments(*[0] * pieces[place].height))
    assert few.points() == sorted(
        [[1.0, 1.0, 1.0], [1.0, 2.0, 3.0], [3.0, 2.0, 1.0], [trained.model.fill[0], 2.0, 3.0]]
    )
