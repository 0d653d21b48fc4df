"""The confidence table: linear between its entries, the same by every reading, and nothing else than a table."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.answers.confidence import ConfidenceTable

TABLE = ConfidenceTable((0.0, 0.1, 0.4), (0.5, 0.7, 0.9))


@pytest.mark.parametrize(
    ("margin", "confidence"),
    [(0, 0.5), (0.05, 0.6), (0.1, 0.7), (0.25, 0.8), (0.4, 0.9), (0.7, 0.9), (1, 0.9)],
)
def test_confidence_is_linear_between_entries_and_constant_above_the_last(margin: float, confidence: float) -> None:
    assert TABLE.of(margin) == pytest.approx(confidence, abs=1e-15)


@pytest.mark.parametrize(
    ("confidence", "margin"), [(0.2, 0), (0.5, 0), (0.6, 0.05), (0.7, 0.1), (0.8, 0.25), (0.9, 0.4), (0.91, math.inf)]
)
def test_the_margin_a_confidence_needs_is_read_off_backwards(confidence: float, margin: float) -> None:
    assert TABLE.margin_of(confidence) == pytest.approx(margin, abs=1e-15)


def test_a_level_stretch_has_its_least_margin() -> None:
    table = ConfidenceTable((0.0, 0.1, 0.2, 0.3), (0.5, 0.8, 0.8, 1.0))
    assert table.margin_of(0.8) == pytest.approx(0.1)


def test_a_table_of_one_entry_is_constant() -> None:
    assert ConfidenceTable((0.0,), (0.75,)).of(0.3) == 0.75


@given(st.lists(st.tuples(st.integers(1, 99), st.integers(0, 100)), max_size=9, unique_by=lambda entry: entry[0]))
def test_confidence_never_falls_and_stays_within_its_entries(entries: list[tuple[int, int]]) -> None:
    margins = (0.0, *sorted(margin / 100 for margin, _ in entries))
    confidences = tuple(sorted([*(confidence / 100 for _, confidence in entries), 0.0]))
    table = ConfidenceTable(margins, confidences)
    table.check()
    found = [table.of(step / 500) for step in range(501)]
    assert all(low <= high + 1e-12 for low, high in pairwise(found))
    assert -1e-12 <= min(found) <= max(found) <= confidences[-1] + 1e-12


@pytest.mark.parametrize(
    ("margins", "confidences"),
    [
        ((), ()),
        ((0.0,), ()),
        ((0.0, 0.5), (0.5,)),
        ((0.1, 0.5), (0.5, 0.6)),
        ((0.0, 0.5, 0.5), (0.5, 0.6, 0.7)),
        ((0.0, 1.0), (0.5, 0.6)),
        ((0.0, math.nan), (0.5, 0.6)),
        ((0.0, 0.5), (0.6, 0.5)),
        ((0.0, 0.5), (0.6, 1.5)),
        ((0.0, 0.5), (-0.1, 0.5)),
        ((0.0, 0.5), (0.5, math.nan)),
        ((0.0,), (math.nan,)),
    ],
)
def test_what_is_not_a_rising_table_is_refused(margins: tuple[float, ...], confidences: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"margins|confidences"):
        ConfidenceTable(margins, confidences).check()
