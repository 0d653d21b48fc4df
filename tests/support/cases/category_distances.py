"""Subscribers whose plans make distances: the model, and customers on which engines easily disagree."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from category_cases import category_schema, subscribers_file

from segmentation.schema import Schema
from segmentation.training.points.dataset import gather_file
from segmentation.training.train import Trained, train_clean

PROFILE_PLAN: Final = 'role = "profile"\naliases'
CLUSTER_PLAN: Final = 'role = "cluster"\naliases'
PROFILE_COUNTRY: Final = 'other = true\nrole = "profile"'
CLUSTER_COUNTRY: Final = 'other = true\nweight = 0.5\nrole = "cluster"'


def distance_schema() -> Schema:
    """Return the subscribers' schema with the plan in distances, and the country with half a number's weight."""
    return category_schema((PROFILE_PLAN, CLUSTER_PLAN), (PROFILE_COUNTRY, CLUSTER_COUNTRY))


@cache
def distance_trained() -> Trained:
    with TemporaryDirectory() as folder:
        data = gather_file(subscribers_file(Path(folder)), distance_schema()).data
    return train_clean(data, distance_schema(), k=4, seed=0)


def mixed_customers(rows: int, seed: int = 3) -> list[tuple[float | None, ...]]:
    """Return customers in schema order, categories by their codes: at cuts of the tree, at random, some missing."""
    model, rng = distance_trained().model, np.random.default_rng(seed)
    edges = [
        [*(np.nextafter(cut, way) for cut in model.tree.cuts.get(i, (50.0,)) for way in (-np.inf, cut, np.inf))]
        for i in range(2)
    ]
    found: list[tuple[float | None, ...]] = []
    for _ in range(rows):
        numbers = [
            float(rng.choice(edges[i])) if rng.random() < 0.5 else float(rng.uniform(0, (1000, 100)[i]))
            for i in range(2)
        ]
        codes = [None if rng.random() < 0.03 else float(rng.integers(count)) for count in (3, 4)]
        found.append((*numbers, *codes))
    return found
