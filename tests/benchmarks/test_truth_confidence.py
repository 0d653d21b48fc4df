"""The experiment that asks fresh models whether confidence and advice come true, in a tiny form."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.truth.confidence import borne, calibration_error, measured
from benchmarks.truth.sources import KINDS, reference_source, source
from segmentation.training import distillation


def test_asks_a_fresh_model_about_customers_and_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distillation, "GENERATED", 20_000)  # quick trees, which are good enough between clear groups
    found = borne(source("clear groups", 2, 200), 2)
    assert found.kept.mean() == pytest.approx(1, abs=0.02)
    assert found.confidence.mean() == pytest.approx(1, abs=0.05)
    assert calibration_error(found.margin, found.kept) > 0.1
    assert found.stability == pytest.approx(found.stated_stability, abs=0.05)
    assert found.held.mean() > 0.9


@pytest.mark.long
def test_reports_each_source_and_the_worst_of_all() -> None:
    section = measured(("clear groups",), (2,), (200,), 2)
    found = section.measurements[0]
    assert found.subject == "clear groups, 2 features, 200 rows"
    assert found.values["kept"] == pytest.approx(1, abs=0.02)
    assert found.values["error"] < 0.05 < found.values["margin's error"]
    assert found.values["advice held"] > 0.9
    assert found.values["advised"] > 0
    assert [figure.goal is None for figure in section.figures] == [False, True, True, False]


def test_the_calibration_error_is_the_mean_distance_of_stated_and_true_shares_by_bin() -> None:
    stated = np.array([0.95, 0.95, 0.55, 0.55, 1.0])
    came_true = np.array([1.0, 0.9, 0.75, 0.75, 0.9])
    # In the bin of .5 it is .2 for two of five; in that of .9, where too much and too little balance, .1 in all.
    assert calibration_error(stated, came_true) == pytest.approx((0.4 + 0.1) / 5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("features", [2, 5])
def test_samples_of_a_source_are_alike_and_not_the_same(kind: str, features: int) -> None:
    one = source(kind, features, 400)
    first, again, second = one.sample(1), one.sample(1), one.sample(2)
    assert first.shape == (400, features)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, second)
    assert np.abs(np.median(first, axis=0) - np.median(second, axis=0)).max() < first.std(axis=0).max()
    limits = [(feature.minimum, feature.maximum) for feature in one.schema.features]
    assert all(low <= column.min() <= column.max() <= high for column, (low, high) in zip(first.T, limits, strict=True))


def test_the_reference_is_resampled() -> None:
    values = np.arange(30.0).reshape(10, 3)
    drawn = reference_source(values).sample(0)
    assert {tuple(row) for row in drawn.tolist()} < {tuple(row) for row in values.tolist()}
    assert len(drawn) == 10
