"""Subscribers in three groups, whose plans and countries go with the groups, and a schema that describes them so."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from segmentation.schema import Schema
from segmentation.schema_data import parse_schema
from segmentation.training.points.dataset import gather_file
from segmentation.training.train import Trained, train_clean

SCHEMA_TEXT: Final = """
name = "subscribers"
[[features]]
name = "spend"
unit = "€"
minimum = 0
maximum = 1000
role = "cluster"
[[features]]
name = "visits"
minimum = 0
maximum = 100
role = "cluster"
[[features]]
name = "plan"
kind = "category"
categories = ["Basic", "Pro", "Pro Plus"]
role = "profile"
aliases = ["tariff"]
[[features]]
name = "country"
kind = "category"
categories = ["DE", "FR", "Österreich"]
other = true
role = "profile"
"""
# As people write them: other case, accents left out, spaces, one that is not listed, none.
PLANS: Final = ("basic", "PRO", " Pro\u00a0 plus", "gold", "")
COUNTRIES: Final = ("de", "Fr", "OSTERREICH", "it", "")
_PLANS_OF_GROUP: Final = ((0.7, 0.2, 0.05, 0.02, 0.03), (0.1, 0.8, 0.05, 0.02, 0.03), (0.05, 0.15, 0.75, 0.02, 0.03))
ROWS: Final = 600
HEADER: Final = ("id", "spend", "visits", "Tariff", "country")


def category_schema(*changes: tuple[str, str]) -> Schema:
    """Return the schema, with parts of its text replaced."""
    text = SCHEMA_TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return parse_schema(text, "subscribers.toml")


@cache
def subscribers(rows: int = ROWS, seed: int = 5) -> tuple[tuple[str, ...], ...]:
    """Return rows as `HEADER` names their cells."""
    rng = np.random.default_rng(seed)
    found = []
    for i in range(rows):
        group = int(rng.integers(0, 3))
        spend = float(rng.normal((100, 400, 800)[group], 30))
        visits = int(np.clip(round(rng.normal((20, 80, 30)[group], 5)), 0, 100))
        plan = PLANS[int(rng.choice(len(PLANS), p=_PLANS_OF_GROUP[group]))]
        country = COUNTRIES[int(rng.integers(len(COUNTRIES)))]
        found.append((f"c{i}", f"{max(spend, 0):.1f}", str(visits), plan, country))
    return tuple(found)


def subscribers_file(folder: Path, rows: int = ROWS) -> Path:
    """Write subscribers as a CSV."""
    path = folder / "subscribers.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(subscribers(rows))
    return path


_TRAINED: Final[dict[int, Trained]] = {}


def category_trained(folder: Path) -> Trained:
    """Train on the subscribers, once a process."""
    if ROWS not in _TRAINED:
        data = gather_file(subscribers_file(folder), category_schema()).data
        _TRAINED[ROWS] = train_clean(data, category_schema(), k=3, seed=0)
    return _TRAINED[ROWS]
