"""Counting different values and ranges in bounded memory, whatever the order and size of the parts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest

from segmentation.proposal.columns.distinct import DistinctPart, DistinctValues
from segmentation.proposal.columns.tally import NO_HINT, ColumnPart, ColumnTally, Range


def tally_of(parts: Sequence[Sequence[str]], *, hinted: bool = True) -> ColumnTally:
    tally = ColumnTally()
    for cells in parts:
        tally.add(ColumnPart.of(pl.Series(cells, dtype=pl.String), tally.hint if hinted else NO_HINT))
    return tally


def test_few_values_are_counted_exactly() -> None:
    values = DistinctValues()
    for cells in (["a", "b", "a"], ["a", "c"]):
        values.add(DistinctPart.of(pl.Series(cells).hash(), values.step))
    assert (values.distinct, values.exact, values.commonest_share) == (3, True, 0.6)
    assert values.rows_a_value == pytest.approx(5 / 3)


def test_nothing_has_no_values() -> None:
    values = DistinctValues()
    assert (values.distinct, values.rows_a_value, values.commonest_share) == (0, 0.0, 0.0)


@pytest.mark.parametrize("late", [False, True])
def test_many_values_are_estimated_from_those_kept(late: bool) -> None:
    values = DistinctValues(most=2048)
    parts = [pl.Series(range(start, start + 5_000)).hash() for start in (0, 5_000, 0, 5_000)]
    for hashes in parts:
        # A part may have been counted before the step grew.
        values.add(DistinctPart.of(hashes, 1 if late else values.step))
    assert not values.exact
    assert values.distinct == pytest.approx(10_000, rel=0.1)
    assert values.rows_a_value == 2.0


def test_a_range_leaves_out_what_is_not_finite() -> None:
    assert Range.of(pl.Series([1.0, float("inf"), float("nan"), -2.0])) == Range(-2.0, 1.0)
    assert not Range.of(pl.Series([], dtype=pl.Float64))
    assert Range(1, 2).with_(Range()) == Range(1, 2)


def test_empty_cells_are_counted_however_they_look() -> None:
    assert tally_of([["1", "", "2"], [" ", "3", "\u200b"]]).empty == 3
    assert tally_of([["a", "", "b"], ["", "c"]]).empty == 2


def test_ranges_are_kept_under_each_meaning_of_a_mark() -> None:
    tally = tally_of([["1.234", "2.500"], ["999", "7"]])
    assert tally.range_of(".", plain=True) == Range(1.234, 999)
    assert tally.range_of(",", plain=False) == Range(7, 2500)


def test_what_stands_beside_a_number_is_left_out_of_it() -> None:
    tally = tally_of([["$1,234.50", "$7.25", "($3.10)", "-$4.00"], ["$12.00", "free"]])
    assert tally.range_of(".", plain=False) == Range(-4, 1234.5)
    assert not tally.hint.text


def test_a_fraction_without_a_zero_is_not_taken_for_a_whole_number() -> None:
    tally = tally_of([[".75", "-.5", "1,500"], ["$.25", "Rs.5", "1"]])
    assert tally.range_of(".", plain=False) == Range(-0.5, 1500)
    assert tally_of([[",75", "-,5", "1.500"]]).range_of(",", plain=False) == Range(-0.5, 1500)
    assert tally_of([[".75", ".5", ".125"]]).range_of(".", plain=True) == Range(0.125, 0.75)


def test_a_settled_point_spares_the_other_reading() -> None:
    tally = tally_of([["1.25", "2.5"], ["3.75", "1.000"]])
    assert tally.hint.pointed
    assert tally.range_of(".", plain=True) == Range(1, 3.75)


def test_texts_are_not_searched_for_numbers_again() -> None:
    tally = tally_of([["x", "y", "5 z"], ["7", "z"]])
    assert tally.hint.text
    assert not tally.range_of(".", plain=True).high >= 7
    assert tally.values.distinct == 5


def test_hints_change_no_count() -> None:
    rng = np.random.default_rng(0)
    numbers = [[f"{value:.2f}" for value in rng.normal(100, 20, 400)] for _ in range(4)]
    hinted, plain = tally_of(numbers), tally_of(numbers, hinted=False)
    assert (hinted.plain, hinted.empty, hinted.values.distinct) == (plain.plain, plain.empty, plain.values.distinct)


def test_numbers_that_were_split_as_such_are_counted_like_texts() -> None:
    texts = pl.Series(["1", "2.5", "-3", "2.5"])
    as_text, as_number = ColumnPart.of(texts), ColumnPart.of(texts.cast(pl.Float64))
    assert (as_number.empty, as_number.plain, as_number.by_mark) == (as_text.empty, as_text.plain, as_text.by_mark)
    assert as_number.values.counts.sort("hash").equals(as_text.values.counts.sort("hash"))


@pytest.mark.parametrize(
    ("cells", "plain"),
    [(["1", "2.5"], True), (["1", ""], False), (["1", "x", "2"], False), (["4111111111111111"], False)],
)
def test_only_columns_of_plain_numbers_are_split_as_numbers(cells: list[str], plain: bool) -> None:
    assert tally_of([cells]).hint.plain is plain
    assert not tally_of([cells, ["1", ""]]).hint.plain
