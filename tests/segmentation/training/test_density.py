"""Customers are counted where they are on the map: each once, on the features' scales, and nobody's extreme is kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace

import numpy as np
import pytest
from chart_cases import RFM, SPEND, model
from log_scale import shop_customers, shop_schema

from segmentation.density import MOST_STEPS, Density, shown_on_map
from segmentation.model_data import model_from_data, model_to_data
from segmentation.schema_data import default_schema
from segmentation.training.aggregates.density import STEPS, density_of
from segmentation.training.points.cleaning import CleanData, clean

SCHEMA = default_schema()


def cleaned(points: Sequence[tuple[float, ...]]) -> CleanData:
    return clean(np.array(points), SCHEMA)


def test_every_customer_is_in_the_cell_of_their_values() -> None:
    data = cleaned([(30, 20, 10)] * 3 + [(40, 60, 90), (50, 100, 50), (60, 100, 50)])
    density = density_of(SCHEMA, data)
    assert density.features == ("income", "score")
    assert density.low == (20, 10)
    assert density.step == ((100 - 20) / STEPS, (90 - 10) / STEPS)
    counts = np.array(density.counts)
    assert counts.shape == (STEPS, STEPS)
    # Rows go upwards with the score. The highest values are in the last cells, not beyond them.
    assert {(int(y), int(x)): int(counts[y, x]) for y, x in np.argwhere(counts)} == {
        (0, 0): 3,
        (STEPS - 1, STEPS // 2): 1,
        (STEPS // 2, STEPS - 1): 2,
    }


def test_a_far_customer_neither_stretches_the_grid_nor_is_in_it() -> None:
    near = [(40.0, 20.0 + i % 40, 10.0 + i % 60) for i in range(1200)]
    data = clean(np.array([*near, (40.0, 190.0, 50.0)]), SCHEMA)
    density = density_of(SCHEMA, data)
    assert density.low[0] + STEPS * density.step[0] < 60
    assert sum(map(sum, density.counts)) <= 1200


def test_cells_are_even_on_a_features_scale() -> None:
    schema, values = shop_schema(), shop_customers()[0]
    density = density_of(schema, clean(values, schema))
    orders = schema.features[1]
    assert density.features == ("recency", "orders")
    inside = np.sort(values[:, 1])[[4, -5]]
    assert density.low[1] <= orders.scaled(inside[0])
    assert density.low[1] + STEPS * density.step[1] >= orders.scaled(inside[1])
    assert density.step[1] < 1


def test_one_feature_makes_one_row_and_one_value_one_cell() -> None:
    density = density_of(SPEND, clean(np.full((7, 1), 400.0), SPEND))
    assert np.array(density.counts).shape == (1, STEPS)
    assert sum(density.counts[0]) == density.counts[0][0] == 7


def test_the_grid_is_over_the_features_of_the_map() -> None:
    assert shown_on_map(RFM) == (0, 1)
    assert shown_on_map(SCHEMA) == (1, 2)


GOOD = Density(("income", "score"), (0.0, 0.0), (10.0, 5.0), ((1, 2), (0, 4), (0, 0)))


def test_a_stored_model_keeps_its_density_and_an_older_one_has_none() -> None:
    known = replace(model(), density=GOOD)
    stored = json.loads(json.dumps(model_to_data(known)))
    assert model_from_data(stored).density == GOOD
    assert "density" not in model_to_data(model())
    del stored["density"]
    assert model_from_data(stored).density is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"features": ()}, "not over features"),
        ({"features": ("income", "height")}, "not over features"),
        ({"features": ("income", "score", "age")}, "not over features"),
        ({"low": (0.0,)}, "one beginning"),
        ({"step": (1.0,)}, "one beginning"),
        ({"low": (0.0, float("nan"))}, "grid"),
        ({"step": (1.0, 0.0)}, "grid"),
        ({"step": (1.0, float("inf"))}, "grid"),
        ({"counts": ()}, "every row"),
        ({"counts": ((), ())}, "every row"),
        ({"counts": ((1, 2), (1,))}, "every row"),
        ({"counts": ((1,),) * (MOST_STEPS + 1)}, "every row"),
        ({"counts": ((1,) * (MOST_STEPS + 1),)}, "every row"),
        ({"counts": ((1, -1),)}, "impossible count"),
        ({"counts": ((1, 1 << 60),)}, "impossible count"),
        ({"features": ("income",), "low": (0.0,), "step": (1.0,)}, "more than one row"),
    ],
)
def test_a_density_that_cannot_be_is_refused(changed: dict[str, object], said: str) -> None:
    stored = model_to_data(replace(model(), density=GOOD))
    stored["density"] = asdict(GOOD) | changed
    with pytest.raises(ValueError, match=said):
        model_from_data(stored)
