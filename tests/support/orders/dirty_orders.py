"""Files of orders as people have them: mostly plain, with cells here and there that only the exact path understands."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Final

_NAMES: Final = (
    "ann",
    "Ann@Shop.com",
    "ann@shop.com",
    "7",
    "007",
    "Élodie",
    "顧客１",
    "B-12",
    "Jo  Doe",
    "#5",
    "x" * 40,
)
_ODD_NAMES: Final = (
    "",
    "1.23457E+12",
    " ann ",
    "guest",
    "0",
    "N/A",
    "=1+1",
    "\u00a07",
    "@bob",
    "two, words",
    'a "quoted" one',
    "\ufeffann",
)
_ODD_ORDERS: Final = ("", "-", "none", " 12 ", "12", "NaN", "two\nlines")
_ODD_DATES: Final = (
    *("", "n/a", "2024-02-30", "soon", "5 Mar 2024", "20240305", "2567-03-05", " 2024-03-05", "2024-3-5", "1709634600"),
)
_ODD_AMOUNTS: Final = (
    *(
        "",
        "-",
        "(3.00)",
        "€7",
        "1e3",
        "1.234",
        "12.3456789",
        "+5",
        "-0",
        ".5",
        "5.",
        "１2",
        "9" * 13,
        "9" * 19,
        "- 3",
        "x",
    ),
    *("1'000.50", "3.00-", " 4.50 ", "null"),
)
_STATUSES: Final = ("paid", "Paid", "", "shipped")
_ODD_STATUSES: Final = ("refunded", "cancelled", "partially_refunded", " paid", "N/A")
_TOTALS: Final = ("Total", "Grand total", "Summe", "subtotal")


@dataclass
class DirtyOrders:
    """One file, the same for the same seed.

    Attributes
    ----------
    oddity
        How many of a hundred cells are odd.
    """

    seed: int
    rng: random.Random = field(init=False)
    oddity: float = field(init=False)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)  # noqa: S311 - the same in every run
        self.oddity = self.rng.choice((0, 0.3, 0.3, 2, 20))

    def write(self, path: Path) -> Path:
        """Write it."""
        rng = self.rng
        delimiter, end = rng.choice(",;\t,,"), rng.choice(("\n", "\n", "\r\n"))
        comma = delimiter != "," and rng.random() < 0.5
        header = ["order id", "customer id", "date", "amount", "sku"]
        header += [name for name in ("status", "currency", "Refunded Amount") if rng.random() < 0.3]
        if rng.random() < 0.3:
            header[3:4] = ["unit price", "quantity"]
        if rng.random() < 0.15:
            header.remove("order id")
        rng.shuffle(header)
        quoted = rng.choice((0.0, 0.0, 0.02, 0.7))
        headings = ["amount EUR" if name == "amount" and rng.random() < 0.2 else name for name in header]
        text = delimiter.join(headings) + end
        for row in self._rows(header, comma=comma):
            text += delimiter.join(self._cell(cell, delimiter, quoted) for cell in row) + end
        if rng.random() < 0.2:
            text += rng.choice(
                (end, delimiter * (len(header) - 1) + end, "Total" + delimiter * (len(header) - 1) + end)
            )
        path.write_bytes(text.encode())
        return path

    def _rows(self, header: list[str], *, comma: bool) -> list[list[str]]:
        rng = self.rng
        form = rng.choice(
            ("{0}", "{0}", "{0}T09:30:00Z", "{0} 10:15", "{0.day:02}.{0.month:02}.{0.year}", "{0:%m/%d/%Y}")
        )
        count, rows = rng.randrange(1, 400), list[list[str]]()
        many = rng.random() < 0.3
        while len(rows) < count:
            day, order = date(2023, 1, 9) + timedelta(days=rng.randrange(500)), str(rng.randrange(1000, 1400))
            who = f"c{rng.randrange(60)}" if many else rng.choice(_NAMES)
            for _ in range(rng.choice((1, 1, 2, 4))):
                plain = {
                    "order id": order, "customer id": who, "date": form.format(day), "status": rng.choice(_STATUSES),
                    "amount": self._number(comma), "unit price": self._number(comma),
                    "quantity": str(rng.randrange(1, 9)), "currency": "EUR", "sku": f"s{rng.randrange(30)}",
                    "Refunded Amount": rng.choice(("", "0.00")),
                }  # fmt: skip
                row = [self._odd(name) if rng.random() * 100 < self.oddity else plain[name] for name in header]
                rows += [row] * (2 if rng.random() < 0.002 else 1)
        for _ in range(rng.choice((0, 0, 0, 3))):
            at = rng.randrange(len(rows))
            rows[at] = rng.choice((["", *rows[at][1:]], rows[at][:2], [*rows[at], "more"], [""] * len(header)))
        if self.oddity and rng.random() < 0.3:
            rows[rng.randrange(len(rows))][0] = rng.choice(_TOTALS)
        return rows

    def _number(self, comma: bool) -> str:
        cents = self.rng.choice((self.rng.randrange(1, 99_999), -250, 0, 10**9))
        text = self.rng.choice((f"{cents / 100:.2f}", f"{cents}", f"{cents / 10:.1f}"))
        return text.replace(".", ",") if comma else text

    def _odd(self, name: str) -> str:
        odd = {
            "order id": _ODD_ORDERS, "customer id": _ODD_NAMES, "date": _ODD_DATES, "status": _ODD_STATUSES,
            "sku": ("", "a, b", '5"', " "), "currency": ("", "eur", "€", "USD"),
        }  # fmt: skip
        return self.rng.choice(odd.get(name, _ODD_AMOUNTS))

    def _cell(self, text: str, delimiter: str, quoted: float) -> str:
        needs = any(mark in text for mark in (delimiter, '"', "\n", "\r"))
        if needs or self.rng.random() < quoted:
            return '"' + text.replace('"', '""') + '"'
        return text
