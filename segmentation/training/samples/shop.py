"""Generated customers of an online shop: synthetic, seeded, with columns that the default schema does not know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

SHOP_COLUMNS: Final = (
    "customer_id",
    "email",
    "Orders per year",
    "Average basket (€)",
    "Months as customer",
    "Country",
    "Newsletter",
)
_SEED: Final = 4
_COUNTRIES: Final = ("Germany", "France", "Austria", "Poland")


@dataclass(frozen=True, slots=True)
class _Group:
    """A kind of customer: how many, and the mean and spread of orders a year, basket (€) and months."""

    customers: int
    orders: tuple[float, float]
    basket: tuple[float, float]
    months: tuple[float, float]
    newsletter: float


# Made up, but as shops report them: regulars, rare big baskets, occasional small ones, and newcomers.
_GROUPS: Final = (
    _Group(70, (22, 3), (48, 8), (40, 10), 0.8),
    _Group(50, (4, 1.2), (180, 20), (36, 12), 0.4),
    _Group(80, (5, 1.5), (35, 7), (30, 12), 0.3),
    _Group(40, (14, 2.5), (110, 14), (8, 3), 0.7),
)


def shop_rows() -> list[list[str]]:
    """Return 240 synthetic customers as rows of `SHOP_COLUMNS`, in random order.

    The addresses are in a domain that nobody can have.
    """
    rng = np.random.default_rng(_SEED)
    rows = [
        [
            f"{max(1, round(rng.normal(*group.orders)))}",
            f"{max(5.0, rng.normal(*group.basket)):.2f}",
            f"{max(1, round(rng.normal(*group.months)))}",
            str(rng.choice(_COUNTRIES, p=(0.5, 0.2, 0.2, 0.1))),
            "yes" if rng.random() < group.newsletter else "no",
        ]
        for group in _GROUPS
        for _ in range(group.customers)
    ]
    shuffled = (rows[place] for place in rng.permutation(len(rows)))
    return [
        [f"synthetic-{number:03}", f"customer{number:03}@shop.invalid", *row] for number, row in enumerate(shuffled, 1)
    ]
