"""What the engine's tests share: customers of two schemas, and models trained once a session."""

from __future__ import annotations

import csv
from collections.abc import Collection
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from segmentation.schema import Schema
from segmentation.schema_data import default_schema, parse_schema
from segmentation.training.samples.mall import sample_customers
from segmentation.training.train import Trained, train

SHARED = Path(__file__).parents[4] / "shared"
MALL_CUSTOMERS = SHARED / "data" / "Mall_Customers.csv"
FIVE_NAMES = ("Target", "Miser", "Spender", "Careful", "Standard")
KEY = b"0123456789abcdef0123456789abcdef"


def known(numbers: Collection[float | None]) -> list[float]:
    """Return a segment's typical values, all of which somebody must have."""
    found = [number for number in numbers if number is not None]
    assert len(found) == len(numbers)
    return found


# Published for the Mall Customers data: income, score, customers.
PUBLISHED = {
    "Target": (86.5, 82.1, 39),
    "Miser": (88.2, 17.1, 35),
    "Spender": (25.7, 79.4, 22),
    "Careful": (26.3, 20.9, 23),
    "Standard": (55.3, 49.5, 81),
}

# Nothing of the default schema's names, units, roles or number of features.
RFM = """
name = "orders"
borderline_below = 0.2

[[features]]
name = "recency"
label = "Days since last order"
unit = "days"
minimum = 0
maximum = 730
role = "cluster"
weight = 0.5
aliases = ["last order"]

[[features]]
name = "tenure"
label = "Years with us"
unit = "years"
minimum = 0
maximum = 40
decimals = 1
role = "profile"

[[features]]
name = "frequency"
label = "Orders a year"
minimum = 0
maximum = 200
role = "cluster"

[[features]]
name = "monetary"
label = "Yearly spend"
unit = "€"
minimum = -500
maximum = 50000
decimals = 2
base_unit_factor = 100
role = "cluster"
weight = 2
example = 1234.5

[[segments]]
name = "Champion"
levels = { recency = "low", frequency = "high", monetary = "high" }
meaning = "They come often and spend most."
action = "Thank them."

[[segments]]
name = "Lapsed"
levels = { recency = "high", frequency = "low" }
meaning = "They have not been here for long."
action = "Win them back."

[[segments]]
name = "Regular"
levels = { recency = "low", monetary = "low" }
meaning = "They come, and spend little."
action = "Offer bundles."
"""


def reference_values() -> NDArray[np.float64]:
    """Return the 200 Mall Customers (age, income, score), which are no part of the project."""
    if not MALL_CUSTOMERS.exists():
        pytest.skip("the reference data are not beside the project")
    with MALL_CUSTOMERS.open(newline="") as file:
        return np.array([[float(cell) for cell in row[2:]] for row in list(csv.reader(file))[1:]])


def rfm_schema() -> Schema:
    return parse_schema(RFM, "orders.toml")


def rfm_values() -> NDArray[np.float64]:
    """Return 180 customers in three clear groups, one in ten without a known tenure."""
    rng = np.random.default_rng(3)
    groups = ((20, 8, 60, 9000), (500, 3, 3, 900), (40, 5, 20, 700))
    spread = (10, 2, 2, 150)
    drawn = np.vstack([rng.normal(group, spread, (60, 4)) for group in groups])
    values: NDArray[np.float64] = np.round(drawn.clip(0, np.array([730.0, 40, 200, 50000])), 1)
    values[::10, 1] = np.nan
    return values


@cache
def reference_trained() -> Trained:
    return train(reference_values(), default_schema())


@cache
def sample_trained() -> Trained:
    return train(sample_customers(), default_schema(), synthetic=True)


@cache
def rfm_trained() -> Trained:
    return train(rfm_values(), rfm_schema(), k=3)
