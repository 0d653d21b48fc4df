"""Whether a drift is explained by another unit."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from segmentation.evaluation.units import OtherUnit, other_unit
from segmentation.training.distributions import Distribution

INCOMES = np.random.default_rng(8).normal(60, 15, 2000).clip(15)


def distribution(values: NDArray[np.float64]) -> Distribution:
    edges = np.unique(np.quantile(values, np.arange(1, 20) / 20))
    counts = np.bincount(edges.searchsorted(values, side="left"), minlength=len(edges) + 1)
    return Distribution("income", tuple(edges.tolist()), tuple((counts / len(values)).tolist()))


def found(values: NDArray[np.float64]) -> OtherUnit | None:
    return other_unit(distribution(INCOMES), distribution(values), len(INCOMES), len(values))


@pytest.mark.parametrize("factor", [1000.0, 12.0, 1 / 12, 1 / 100])
@pytest.mark.parametrize("share", [0.3, 0.5, 1.0])
def test_the_factor_and_the_share_are_found(factor: float, share: float) -> None:
    values = np.random.default_rng(9).permutation(INCOMES)
    values[: int(share * len(values))] *= factor
    assert found(values) == OtherUnit(factor, share)


def test_customers_of_the_same_kind_are_in_the_same_unit() -> None:
    assert found(np.random.default_rng(9).normal(60, 15, 2000).clip(15)) is None


@pytest.mark.parametrize("change", [lambda x: x * 1.4, lambda x: x + 30, lambda x: np.where(x > 60, 60.0, x)])
def test_no_unit_explains_other_customers(change: object) -> None:
    assert callable(change)
    assert found(change(INCOMES)) is None


def test_says_by_what_to_divide_or_multiply() -> None:
    assert OtherUnit(1000.0, 1.0).sentence == (
        "It looks as if the values were in another unit: divided by 1,000 they fit."
    )
    assert OtherUnit(1 / 12, 0.5).sentence == (
        "It looks as if about 50% of the values were in another unit: multiplied by 12 they fit."
    )
