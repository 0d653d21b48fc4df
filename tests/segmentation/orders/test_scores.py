"""Scores of one to five: fifths of the customers, and the same for the same values."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from segmentation.orders.scores import SCORES, with_scores


def _scored(rows: Sequence[tuple[int | None, int, int]]) -> list[tuple[int | None, ...]]:
    schema = {"recency": pl.Int64, "frequency": pl.Int64, "monetary": pl.Int128}
    return with_scores(pl.DataFrame(rows, schema=schema, orient="row")).select(SCORES).rows()


def test_without_ties_each_score_has_a_fifth_of_the_customers() -> None:
    scored = _scored([(day, day + 1, 100 - day) for day in range(10)])
    # The first bought last, least often and for most.
    assert [row[:3] for row in scored] == [(5 - day // 2, 1 + day // 2, 5 - day // 2) for day in range(10)]
    assert (scored[0][3], scored[-1][3]) == (515, 151)


def test_equal_values_get_the_same_score_the_lower_one() -> None:
    # Seven of ten bought once: nobody bought less often, so their score is 1; 70% are below the next, so his is 4.
    scored = _scored([(0, 1, 100)] * 7 + [(0, 2, 100), (0, 3, 100), (0, 9, 100)])
    assert [row[1] for row in scored] == [1] * 7 + [4, 5, 5]
    assert {(row[0], row[2]) for row in scored} == {(1, 1)}


def test_customers_without_orders_have_no_scores_and_do_not_count() -> None:
    scored = _scored([(None, 0, -500), (4, 1, 10), (2, 1, 20), (None, 0, 10**9)])
    assert scored == [(None,) * 4, (1, 1, 1, 111), (3, 1, 3, 313), (None,) * 4]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 5), st.integers(-9, 9)), min_size=1, max_size=40))
def test_a_score_is_one_more_than_the_fifths_of_customers_who_are_worse(rows: list[tuple[int, int, int]]) -> None:
    better = [(-recency, frequency, monetary) for recency, frequency, monetary in rows]
    expected = [
        tuple(1 + 5 * sum(other[i] < own[i] for other in better) // len(rows) for i in range(3)) for own in better
    ]
    scored = _scored(rows)
    assert [row[:3] for row in scored] == expected
    assert all(row[3] == int("".join(map(str, row[:3]))) for row in scored)
