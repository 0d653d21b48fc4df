"""Customers of lognormal shops, in groups that are known, and the schema that puts money and orders on a log scale."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from segmentation.schema import Feature, Role, Scale, Schema
from segmentation.training.train import Trained, train

# Of each group: customers, and the medians of days since the last order, orders and money spent.
_GROUPS = ((300, 40, 12, 900), (300, 250, 1.5, 70), (260, 60, 3, 180), (40, 20, 60, 20_000))
# The standard deviation of days, and of the logarithms of orders and money.
_SPREAD = (15, 0.3, 0.45)


def shop_schema(scale: Scale = Scale.LOG) -> Schema:
    return Schema(
        "shop",
        (
            Feature("recency", "Recency", "days", 0, 730, Role.CLUSTER),
            Feature("orders", "Orders", "", 0, 10_000, Role.CLUSTER, scale=scale),
            Feature("spent", "Money spent", "€", 0, 1e7, Role.CLUSTER, decimals=2, scale=scale),
            Feature("returned", "Money returned", "€", 0, 1e6, Role.PROFILE, decimals=2, scale=scale),
        ),
        (),
    )


def plain(schema: Schema) -> Schema:
    """Return the same schema with every feature on a plain scale."""
    return replace(schema, features=tuple(replace(feature, scale=Scale.PLAIN) for feature in schema.features))


def shop_customers(seed: int = 0, repeat: int = 1) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return (n, 4) customers of `shop_schema`, one in ten without a value returned, and their (n,) groups."""
    rng = np.random.default_rng(seed)
    parts, groups = [], []
    for group, (size, days, orders, spent) in enumerate(_GROUPS):
        rows = size * repeat
        parts.append(
            np.column_stack(
                [
                    np.round(rng.normal(days, _SPREAD[0], rows).clip(0, 730)),
                    np.ceil(orders * np.exp(rng.normal(0, _SPREAD[1], rows))),
                    np.round(spent * np.exp(rng.normal(0, _SPREAD[2], rows)), 2),
                    np.where(rng.random(rows) < 0.1, np.nan, np.round(rng.exponential(spent / 20, rows), 2)),
                ]
            )
        )
        groups.append(np.full(rows, group, dtype=np.intp))
    order = rng.permutation(sum(map(len, parts)))
    return np.vstack(parts)[order], np.concatenate(groups)[order]


@cache
def shop_trained(scale: Scale = Scale.LOG) -> Trained:
    return train(shop_customers()[0], shop_schema(scale))
