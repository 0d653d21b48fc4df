"""Made-up shops: one whose customers are in groups that marketers have names for, and one whose are in none."""

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
_DAYS: Final = 730


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
    """A model of the grouped shop's customers, whose money is in EUR."""
    return _trained(grouped_shop(currency="EUR"))


@cache
def continuous_trained() -> Trained:
    """A model of customers who are in no groups, whose money is in EUR."""
    return _trained(continuous_shop())


def continuous_shop(customers: int = 200, seed: int = 11) -> OrderFile:
    """Orders as shops really have them: how often, how long and for how much people buy varies without any groups.

    People come on any day of two years, buy at a rate of their own, may leave after each order, and spend about a sum
    of their own: the model of P. S. Fader, B. G. S. Hardie and K. L. Lee, "Counting Your Customers" the Easy Way, 2005.
    """
    rng = random.Random(seed)  # noqa: S311 - made-up orders, the same in every run
    bought: list[tuple[float, str, float]] = []
    for number in range(customers):
        pause, leaves, usual = (
            60 / rng.gammavariate(0.8, 1),
            rng.betavariate(0.9, 3),
            60 / rng.gammavariate(4, 1 / 2.25),
        )
        day, here = rng.uniform(0, _DAYS), True
        while here and day < _DAYS:
            bought.append((day, f"C{number:05}", max(1.0, rng.gammavariate(6, usual / 6))))
            here = rng.random() >= leaves
            day += rng.expovariate(1 / pause)
    last = max(int(day) for day, _, _ in bought)
    rows = [
        [who, f"O-{order}", (_LAST_DAY - timedelta(days=last - int(day))).strftime("%d %b %Y"), f"{paid:.2f}", "EUR"]
        for order, (day, who, paid) in enumerate(sorted(bought), start=1)
    ]
    return OrderFile(("Customer ID", "Order ID", "Order Date", "Total", "Currency"), rows)


def _about(rng: random.Random, cents: int) -> float:
    return round(cents * rng.uniform(0.8, 1.2)) / 100


def _trained(shop: OrderFile) -> Trained:
    with tempfile.TemporaryDirectory() as folder:
        source, target = shop.write(Path(folder, "orders.csv")), Path(folder, "customers.csv")
        schema = rfm_schema(derive_customers(source, target).currency)
        return train_clean(gather_file(target, schema).data, schema)
