"""Columns that say the same as another."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from segmentation.proposal.overlap import correlation, is_code_of, nearly_same

ONE = np.arange(20.0)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (ONE * -3 + 5, 1.0),
        (np.where(ONE < 10, np.nan, ONE), 1.0),
        (np.where(ONE < 11, np.nan, ONE), 0.0),  # too few rows that have both
        (np.ones(20), 0.0),
    ],
)
def test_correlation_is_over_the_rows_that_have_both(other: np.ndarray, expected: float) -> None:
    assert correlation(ONE, other) == pytest.approx(expected)


def test_the_column_that_is_repeated_is_named() -> None:
    noise = np.random.default_rng(0).normal(size=20)
    found = nearly_same(ONE + noise / 10, [noise, ONE])
    assert found is not None
    assert found[0] == 1
    assert nearly_same(ONE, [noise]) is None


@pytest.mark.parametrize(
    ("codes", "texts", "expected"),
    [
        (["1", "2"] * 9, ["a", "b"] * 9, True),
        (["1", "2", "1"] * 6, ["a", "b", "c"] * 6, False),
        (["1"] * 18, ["a"] * 18, False),
        (["1", "2"], ["a", "b"], False),
    ],
)
def test_codes_and_texts_belong_together_one_to_one(codes: list[str], texts: list[str], expected: bool) -> None:
    assert is_code_of(pl.Series(codes), pl.Series(texts)) is expected
