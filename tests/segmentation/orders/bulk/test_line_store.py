"""Lines come back from disk as they were, those of one order together, and plain ones are added up by the kernel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from segmentation.orders.bulk import line_store
from segmentation.orders.bulk.library import OrderKernel, TooOdd
from segmentation.orders.bulk.line_store import Currencies, LineStore
from segmentation.orders.cells.states import State

_DAY = date(2024, 3, 5)


def lines_of(**columns: Sequence[object]) -> pl.DataFrame:
    """Lines with these values in some columns."""
    rows = len(next(iter(columns.values())))
    plain: dict[str, Sequence[object]] = {
        "order": [*range(1, rows + 1)],
        "customer": [7] * rows,
        "day": [_DAY] * rows,
        "amount": [1_000_000] * rows,
        "refund": [None] * rows,
        "currency": [None] * rows,
        "state": [0] * rows,
        "hash": [*range(100, 100 + rows)],
    }
    kinds = {"order": pl.UInt64, "customer": pl.UInt32, "day": pl.Date, "amount": pl.Int64, "refund": pl.Int64}
    kinds |= {"currency": pl.String, "state": pl.UInt8, "hash": pl.UInt64}
    return pl.DataFrame(plain | columns, schema=kinds)


def test_lines_are_kept_as_they_are(order_kernel: OrderKernel, tmp_path: Path) -> None:
    lines = lines_of(
        order=[5, None, 5, 9, None], customer=[1, 1, 1, None, None], day=[_DAY, None, _DAY, _DAY, _DAY],
        amount=[1, None, -3, 0, 5], refund=[None, 2, None, None, 0], currency=["EUR", None, "USD", "EUR", None],
        state=[0, 1, 2, 3, 4],
    )  # fmt: skip
    store = LineStore(order_kernel, tmp_path / "lines", 5, 2)
    for at in range(5):
        store.add(lines.slice(at, 1))
    store.flush()
    parts = [part.lines() for part in store.parts()]
    assert pl.concat(parts).sort("hash").equals(lines.sort("hash"))
    assert sum(5 in part["order"] for part in parts) == 1
    store.remove()
    assert not list(store.parts())


def test_plain_lines_are_added_up(order_kernel: OrderKernel, tmp_path: Path) -> None:
    store = LineStore(order_kernel, tmp_path / "lines", 5, 10)
    amounts, days = [4, 6, -3, None, 8], [_DAY, None, date(2024, 3, 1), date(2024, 3, 9), None]
    store.add(lines_of(order=[1, 1, 1, 1, 2], amount=amounts, day=days, refund=[None, -2, 1, None, None]))
    store.flush()
    (part,) = store.parts()
    orders = part.orders()
    assert orders is not None
    first, second = orders.sort("lines", descending=True).to_dicts()
    money = {"filled": 3, "paid": 10, "most": 6, "least": 4, "payments": 2, "back": 3, "most_back": 3}
    days_of = {"day": date(2024, 3, 1), "until": date(2024, 3, 9)}
    assert first == first | {"customer": 7, "lines": 4, "refund": 3, "most_refund": 2, "state": 0} | money | days_of
    assert (second["day"], second["until"], second["paid"], second["currency"]) == (None, None, 8, None)


@pytest.mark.parametrize(
    "columns",
    [
        {"order": [1, None]},
        {"hash": [5, 5]},
        {"state": [0, int(State.REFUNDED)]},
        {"order": [1, 1], "customer": [7, None]},
        {"order": [1, 1], "currency": ["EUR", None]},
    ],
    ids=["no order", "a repeat", "a state", "a customer that another line tells", "a currency that another line tells"],
)
def test_what_lines_say_of_each_other_is_left_to_the_exact_path(
    columns: dict[str, Sequence[object]], order_kernel: OrderKernel, tmp_path: Path
) -> None:
    store = LineStore(order_kernel, tmp_path / "lines", 2, 10)
    store.add(lines_of(**columns))
    store.flush()
    (part,) = store.parts()
    assert part.orders() is None
    assert part.lines().height == 2


def test_orders_of_one_number_are_apart_by_customer_and_currency(order_kernel: OrderKernel, tmp_path: Path) -> None:
    store = LineStore(order_kernel, tmp_path / "lines", 3, 10)
    store.add(lines_of(order=[1, 1, 1, 1], customer=[7, 8, 7, 7], currency=["EUR", "EUR", "USD", "EUR"]))
    store.flush()
    (part,) = store.parts()
    orders = part.orders()
    assert orders is not None
    assert sorted(orders.select("customer", "currency", "lines").rows()) == [
        (7, "EUR", 2),
        (7, "USD", 1),
        (8, "EUR", 1),
    ]


def test_too_many_currencies_are_left_to_the_exact_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_store, "_MOST_CURRENCIES", 3)
    currencies = Currencies()
    assert currencies.numbers(pl.Series(["EUR", None, "USD"])).tolist() in ([1, 0, 2], [2, 0, 1])
    assert currencies.texts(np.array([0], dtype=np.uint16)).to_list() == [None]
    with pytest.raises(TooOdd):
        currencies.numbers(pl.Series(["GBP"]))
