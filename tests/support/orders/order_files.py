"""Order exports of made-up shops, each written as its system writes it, for tests that derive customers from them."""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any, Final

import pandas as pd

from segmentation.orders.answers import OrderAnswers
from segmentation.orders.derivation.purchases import PART_LINES
from segmentation.orders.rfm import derive_customers
from segmentation.reading.encoding import Limits
from segmentation.reading.table import DEFAULT_LIMITS

_FIRST_DAY: Final = date(2023, 1, 10)


@dataclass(frozen=True)
class OrderFile:
    """A header, rows of texts, and what separates cells."""

    header: Sequence[str]
    rows: list[list[str]]
    delimiter: str = ","

    def write(self, path: Path) -> Path:
        """Write it as CSV."""
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, delimiter=self.delimiter)
            writer.writerow(self.header)
            writer.writerows(self.rows)
        return path

    def shuffled(self, seed: int) -> OrderFile:
        """The same rows in another order."""
        rows = list(self.rows)
        _random(seed).shuffle(rows)
        return OrderFile(self.header, rows, self.delimiter)

    def records(self) -> list[dict[str, Any]]:
        """The rows by column."""
        return [dict(zip(self.header, row, strict=True)) for row in self.rows]


def shopify_file(orders: int = 200, seed: int = 1) -> OrderFile:
    """Orders with totals on their first line only, refunds in whole and in part, cancelled ones, and guests."""
    header = [
        "Name",
        "Email",
        "Financial Status",
        "Currency",
        "Subtotal",
        "Total",
        "Created at",
        "Lineitem quantity",
        "Lineitem name",
        "Lineitem price",
        "Cancelled at",
        "Refunded Amount",
        "Id",
    ]
    rng, rows = _random(seed), []
    for number in range(orders):
        who = rng.choice(["", *(f"shopper{n}@example.com" for n in range(40))])
        when = f"{_day(rng)} {rng.randrange(24):02}:15:00 +0100"
        total = rng.randrange(500, 90_000)
        status = rng.choices(("paid", "partially_refunded", "refunded", "voided"), (80, 8, 8, 4))[0]
        back = {"refunded": total, "partially_refunded": rng.randrange(1, total)}.get(status, 0)
        cancelled = when if status == "voided" else ""
        name, price = f"#{1000 + number}", _money(rng.randrange(100, 9_000))
        first = [name, who, status, "EUR", _money(total - 100), _money(total), when, "1", "Tea", price, cancelled]
        rows.append([*first, _money(back), str(number)])
        rows += [
            [name, who, "", "", "", "", when, "2", f"Cup {n}", price, "", "", ""]
            for n in range(rng.choice((0, 0, 1, 3)))
        ]
    return OrderFile(header, rows)


def till_file(orders: int = 200, seed: int = 2) -> OrderFile:
    """Lines of quantity and price, month before day, returns as receipts of their own, guests, repeated lines."""
    header = ("InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID")
    rng, rows = _random(seed), []
    for number in range(orders):
        who = rng.choice(["", *(str(12_000 + n) for n in range(40))])
        day, back = _day(rng), rng.random() < 0.1
        when = f"{day.month}/{day.day}/{day.year} {rng.randrange(8, 20)}:05"
        for code in rng.sample(range(100), rng.randrange(1, 5)):
            quantity = rng.randrange(1, 20)
            row = [f"{'C' * back}{536_000 + number}", str(code), str(-quantity if back else quantity), when]
            row += [_money(rng.randrange(10, 2_000)), who]
            rows += [row] * (2 if rng.random() < 0.03 else 1)
    return OrderFile(header, rows)


def woo_file(orders: int = 200, seed: int = 3) -> OrderFile:
    """Order totals on every line, decimal commas, dates in three forms, two currencies, guests numbered 0."""
    header = ("order_id", "order_date", "status", "customer_id", "order_total", "order_currency", "item_name")
    rng, rows = _random(seed), []
    for number in range(orders):
        day, total = _day(rng), rng.randrange(500, 400_000)
        form = rng.choice(("{0.day:02}.{0.month:02}.{0.year}", "{0}", "{0}T09:30:00Z"))
        status = rng.choices(
            ("wc-completed", "wc-processing", "wc-refunded", "wc-cancelled", "wc-failed"), (70, 15, 5, 5, 5)
        )
        order = [str(number), form.format(day), status[0], rng.choice(["0", *(str(n) for n in range(1, 40))])]
        order += [_comma(total), rng.choice(("EUR", "EUR", "USD"))]
        rows += [[*order, f"item {n}"] for n in range(rng.choice((1, 1, 2, 4)))]
    return OrderFile(header, rows, ";")


def derived(
    file: OrderFile,
    folder: Path,
    answers: OrderAnswers,
    *,
    limits: Limits = DEFAULT_LIMITS,
    part_lines: int = PART_LINES,
) -> tuple[bytes, tuple[str, ...]]:
    """The customers of a file of orders, as written, and what was said of them."""
    source, target = file.write(folder / "orders.csv"), folder / "customers.csv"
    report = derive_customers(source, target, answers=answers, limits=limits, part_lines=part_lines)
    return target.read_bytes(), report.notes


def customer_table(data: bytes) -> pd.DataFrame:
    """The customers, all cells as text, by id."""
    return pd.read_csv(StringIO(data.decode()), dtype=str, keep_default_na=False).set_index("customer_id")


def of_seven(data: bytes, columns: list[str]) -> list[str]:
    """Some cells of the customer 7."""
    row = customer_table(data).to_dict("index")["7"]
    return [row[column] for column in columns]


def _random(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - made-up orders, the same in every run


def _day(rng: random.Random) -> date:
    return _FIRST_DAY + timedelta(days=rng.randrange(700))


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def _comma(cents: int) -> str:
    return f"{cents // 100:,}".replace(",", ".") + f",{cents % 100:02}"
