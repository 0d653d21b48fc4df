"""Fidelity on held-out customers."""

import numpy as np
import pytest
from numpy.typing import NDArray
from reference import reference_trained, reference_values

from segmentation.schema_data import default_schema
from segmentation.training.held_out import FEW, held_out_fidelity
from segmentation.training.report import TrainingReport

SCHEMA = default_schema()


def ones(points: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.ones(len(points), dtype=np.int64)


def by_income(points: NDArray[np.float64]) -> NDArray[np.intp]:
    return (points[:, 0] > 60).astype(np.intp)


def customers(count: int) -> NDArray[np.float64]:
    return np.random.default_rng(3).uniform([20, 1], [100, 99], (count, 2))


def test_a_tree_can_follow_a_straight_border() -> None:
    points = customers(300)
    assert held_out_fidelity(points, ones(points), by_income(points), by_income, SCHEMA, 0) == pytest.approx(
        1, abs=0.02
    )


def test_customers_whom_no_rule_explains_are_followed_by_chance_only() -> None:
    """A tree that has seen them knows them by heart; it is asked about those it has not seen."""
    points = customers(300)
    labels = np.random.default_rng(4).integers(0, 2, 300).astype(np.intp)

    def chance(given: NDArray[np.float64]) -> NDArray[np.intp]:
        return np.random.default_rng(5).integers(0, 2, len(given)).astype(np.intp)

    fidelity = held_out_fidelity(points, ones(points), labels, chance, SCHEMA, 0)
    assert fidelity == pytest.approx(0.5, abs=0.1)


def test_each_customer_counts() -> None:
    """The customers on the wrong side are few points, and most of the customers."""
    points = customers(300)
    wrong = (points[:, 0] < 22) | (np.arange(300) < 3)
    weights = np.where(wrong, 1000, 1)
    labels = np.where(wrong, 1 - by_income(points), by_income(points))
    weighted = held_out_fidelity(points, weights, labels, by_income, SCHEMA, 0)
    plain = held_out_fidelity(points, ones(points), labels, by_income, SCHEMA, 0)
    assert weighted is not None
    assert plain is not None
    assert weighted < 0.75
    assert plain > 0.95


def test_of_many_a_part_is_held_out() -> None:
    points = customers(FEW + 100)
    assert held_out_fidelity(points, ones(points), by_income(points), by_income, SCHEMA, 0) == pytest.approx(
        1, abs=0.01
    )


def test_too_few_to_hold_any_out_have_no_such_fidelity() -> None:
    points = customers(4)
    assert held_out_fidelity(points, ones(points), by_income(points), by_income, SCHEMA, 0) is None


def test_the_reference_clusters_are_followed_on_held_out_customers_too() -> None:
    report = reference_trained().report
    assert report.fidelity_held_out is not None
    assert 0.97 <= report.fidelity_held_out <= 1
    # All 200 were asked about, each once.
    assert report.fidelity_held_out * len(reference_values()) == pytest.approx(
        round(report.fidelity_held_out * len(reference_values()))
    )


def test_versions_saved_before_it_was_measured_have_none() -> None:
    data = reference_trained().report.to_data()
    del data["fidelity_held_out"]
    assert TrainingReport.from_data(data).fidelity_held_out is None
