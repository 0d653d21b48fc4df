"""A made-up shop whose customers are in groups that marketers have names for."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from order_files import OrderFile

from segmentation.orders.rfm import derive_customers
from segmentation.orders.rfm_schema import rfm_schema
from segmentation.training.points.dataset import gather_file
from segmentation.training.train import Trained, train_clean

_LAST_DAY: Final = date(2017, 12, 30)


@dataclass(frozen=True)
class Habit:
    """How the customers of a group buy: days since the last order, orders, and cents an order, about."""

    recency: int
    orders: int
    cents: int


GROUPS: Final[Mapping[str, Habit]] = MappingProxyType(
    {
        "Champions": Habit(12, 24, 9_000),
        "New": Habit(20, 1, 4_000),
        "At risk": Habit(300, 5, 5_000),
        "Hibernating": Habit(420, 1, 3_000),
    }
)


def grouped_shop(customers: int = 30, seed: int = 5, currency: str = "") -> OrderFile:
    """Orders of customers in four groups, each called "Group-number"; the file's last day is 30 Dec 2017.

    Parameters
    ----------
    customers
        In each group.
    currency
        Of all orders; without one the file has no such column.
    """
    rng = random.Random(seed)  # noqa: S311 - made-up orders, the same in every run
    rows: list[list[str]] = []
    for group, habit in GROUPS.items():
        for number in range(customers):
            orders = max(1, round(habit.orders * rng.uniform(0.85, 1.15)))
            # The very last day is somebody's, so that recency is the habit's.
            days = 0 if group == "Champions" and not number else round(habit.recency * rng.uniform(0.8, 1.2))
            for _ in range(orders):
                day, order = _LAST_DAY - timedelta(days=days), f"O-{len(rows) + 1}"
                line = [f"{group}-{number}", order, day.strftime("%d %b %Y"), f"{_about(rng, habit.cents):.2f}"]
                rows.append([*line, currency] if currency else line)
                days += rng.randrange(5, 20)
    header = ("Customer ID", "Order ID", "Order Date", "Sales", *(("Currency",) if currency else ()))
    return OrderFile(header, rows)


@cache
def trained_on_orders() -> Trained:
    """A model of the shop's customers, whose money is in EUR."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = grouped_shop(currency="EUR").write(Path(folder, "orders.csv")), Path(folder, "customers.csv")
        schema = rfm_schema(derive_customers(source, target).currency)
        return train_clean(gather_file(target, schema).data, schema)


def _about(rng: random.Random, cents: int) -> float:
    return round(cents * rng.uniform(0.8, 1.2)) / 100
