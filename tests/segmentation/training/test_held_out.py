"""Fidelity on held-out customers."""

import numpy as np
import pytest
from numpy.typing import NDArray
from reference import reference_trained

from segmentation.schema_data import default_schema
from segmentation.training.held_out import FEW, Nearest, Newcomers, held_out_fidelity
from segmentation.training.reports.training import TrainingReport

SCHEMA = default_schema()


CENTRES = np.array([[40.0, 50.0], [80.0, 50.0]])


def fidelity(points: NDArray[np.float64], nearest: Nearest, weights: NDArray[np.int64] | None = None) -> float | None:
    """Hold out customers whose scaled space is that of their features."""
    counts = np.ones(len(points), dtype=np.int64) if weights is None else weights
    return held_out_fidelity(points, points, counts, CENTRES, nearest, SCHEMA, 0)


def by_income(_centres: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.intp]:
    return (points[:, 0] > 60).astype(np.intp)


def by_chance(_centres: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.intp]:
    """Label by digits that no cut can tell apart: the same customer always alike."""
    return (np.floor(points[:, 1] * 1e6) % 2).astype(np.intp)


def customers(count: int) -> NDArray[np.float64]:
    return np.random.default_rng(3).uniform([20, 1], [100, 99], (count, 2))


@pytest.mark.parametrize("count", [300, FEW + 100])
def test_a_tree_can_follow_a_straight_border(count: int) -> None:
    assert fidelity(customers(count), by_income) == pytest.approx(1, abs=0.02)


def test_customers_whom_no_rule_explains_are_followed_by_chance_only() -> None:
    """A tree that has seen them knows them by heart; it is asked about those it has not seen."""
    assert fidelity(customers(300), by_chance) == pytest.approx(0.5, abs=0.1)


def test_each_customer_counts() -> None:
    def poor_by_chance(centres: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.intp]:
        return np.where(points[:, 0] < 60, by_chance(centres, points), by_income(centres, points))

    points = customers(300)
    plain = fidelity(points, poor_by_chance)
    weighted = fidelity(points, poor_by_chance, np.where(points[:, 0] < 60, 1, 50))
    assert plain == pytest.approx(0.75, abs=0.1)
    assert weighted is not None
    assert weighted > 0.95


def test_the_centroids_are_moved_to_where_they_are_without_the_customers_held_out() -> None:
    points, asked = customers(300), list[NDArray[np.float64]]()

    def noted(centres: NDArray[np.float64], given: NDArray[np.float64]) -> NDArray[np.intp]:
        asked.append(centres)
        return by_income(centres, given)

    fidelity(points, noted)
    found = np.unique([centres.tolist() for centres in asked], axis=0)
    assert len(found) == 5
    assert not (found == CENTRES).all(axis=(1, 2)).any()


def test_customers_like_some_who_are_known_are_followed() -> None:
    """No rule explains their segments, but new customers are most often on a point that the tree knows."""
    points = customers(20)
    many = fidelity(points, by_chance, np.full(20, 50))
    assert many is not None
    assert many > 0.9


def by_distance(centres: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return as margin how far from the border of 60 an income is."""
    del centres
    return np.minimum(np.abs(points[:, 0] - 60) / 40, 1)


@pytest.mark.parametrize(("margin", "share"), [(0.1, 0.75), (0.9, 1.0)])
def test_newcomers_are_followed_as_those_held_out_are_who_are_as_near_to_a_border(margin: float, share: float) -> None:
    def near_by_chance(centres: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.intp]:
        plain = by_income(centres, points)
        unclear = (by_distance(centres, points) < 0.5) & (points[:, 0] < 60)
        return np.where(unclear, by_chance(centres, points), plain)

    points = customers(400)
    newcomers = Newcomers(np.full(3, margin), np.ones(3), by_distance)
    weights = np.ones(400, dtype=np.int64)
    found = held_out_fidelity(points, points, weights, CENTRES, near_by_chance, SCHEMA, 0, newcomers)
    assert found == pytest.approx(share, abs=0.06)


def test_without_newcomers_those_held_out_speak_for_themselves() -> None:
    points, weights = customers(300), np.ones(300, dtype=np.int64)
    nobody = Newcomers(np.array([0.5]), np.zeros(1), by_distance)
    found = held_out_fidelity(points, points, weights, CENTRES, by_income, SCHEMA, 0, nobody)
    assert found == fidelity(points, by_income)


def test_too_few_left_when_a_part_is_held_out_have_none() -> None:
    """Of three customers two may be held out together, by chance; the one left cannot be in two segments."""
    points, one_each = customers(3), np.ones(3, dtype=np.int64)
    found = [held_out_fidelity(points, points, one_each, CENTRES, by_income, SCHEMA, seed) for seed in range(8)]
    assert None in found
    assert any(value is not None for value in found)


@pytest.mark.parametrize(("count", "told"), [(2, False), (40, True)])
def test_too_few_to_hold_any_out_have_no_such_fidelity(count: int, told: bool) -> None:
    assert (fidelity(customers(count), by_income) is not None) is told


def test_the_reference_clusters_are_followed_on_held_out_customers_too() -> None:
    report = reference_trained().report
    assert report.fidelity_held_out is not None
    assert 0.97 <= report.fidelity_held_out <= 1


def test_versions_saved_before_it_was_measured_have_none() -> None:
    data = reference_trained().report.to_data()
    del data["fidelity_held_out"]
    assert TrainingReport.from_data(data).fidelity_held_out is None
