"""Tables of order lines with what shops' exports hold, and what somebody has answered about each."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import polars as pl

from segmentation.orders.answers import OrderAnswers
from segmentation.orders.headings import Role

_LINES: Final = 240


@dataclass(frozen=True)
class Case:
    """Which columns a table has besides customer and date, and what somebody has answered."""

    columns: str
    answers: str = ""


CASES: Final = {
    "plain": Case("order id,amount", "repeats=keep amounts-per=line"),
    "once": Case("order id,amount", "repeats=drop amounts-per=line"),
    "per order": Case("order id,amount", "repeats=drop amounts-per=order"),
    "states": Case("order id,amount,status", "repeats=drop amounts-per=line unpaid=odd"),
    "gross": Case("order id,amount,status,refund", "repeats=drop amounts-per=line paid=odd gross"),
    "types": Case("order id,amount,type", "repeats=drop amounts-per=line"),
    "refunds": Case("order id,amount,status,refund,cancelled", "repeats=drop amounts-per=line unpaid=odd"),
    "currency": Case("order id,amount,currency", "repeats=drop amounts-per=line currency=EUR"),
    "no currency": Case("order id,amount,currency", "repeats=drop amounts-per=line currency=none"),
    "as of": Case("order id,amount", "repeats=drop amounts-per=line as-of=2024-02-01"),
    "each line": Case("amount", "repeats=drop orders-per=line"),
    "each day": Case("amount,currency", "repeats=keep orders-per=day currency=USD amounts-per=line"),
    "multiplied": Case("order id,quantity,unit price", "repeats=drop amounts-per=line"),
    "off the line": Case("order id,quantity,unit price,discount", "repeats=drop amounts-per=line discount=line"),
    "off each": Case("order id,quantity,unit price,discount", "repeats=drop amounts-per=line discount=piece"),
    "percent": Case("order id,quantity,unit price,discount", "repeats=drop amounts-per=line discount=percent"),
    "share": Case(
        "order id,quantity,unit price,rate", "repeats=drop amounts-per=line column.discount=rate discount=share"
    ),
    "nothing off": Case("order id,quantity,unit price,discount", "repeats=drop amounts-per=line discount=none"),
    "payee": Case("order id,amount,payee", "repeats=drop amounts-per=line column.payee=payee"),
}


def table_of(case: Case, seed: int = 4) -> pl.DataFrame:
    """Make a table of the case's columns: guests, gaps, repeated lines, returns and odd cells among them."""
    rng = random.Random(seed)  # noqa: S311 - made-up orders, the same in every run
    people = ["=A", "Bé", "C c", "d@x.org", "D@x.org", "Z9", "10", "9", None, "Guest"]

    def money(low: int, high: int) -> Decimal:
        return Decimal(rng.randrange(low, high)).scaleb(-3)

    def cell(name: str) -> Any:
        makes: dict[str, Any] = {
            "customer id": lambda: rng.choice(people),
            "order id": lambda: rng.choice([None, "n/a", *(f"o{n}" for n in range(60))]),
            "order date": lambda: None if rng.random() < 0.03 else date(2024, 1, 1) + timedelta(days=rng.randrange(60)),
            "amount": lambda: None if rng.random() < 0.05 else money(-9_000, 30_000),
            "status": lambda: rng.choice(["paid", "Refunded", "cancelled", "Partially refunded", "odd", None, "paid"]),
            "type": lambda: rng.choice(["sale", "sale", "Return"]),
            "refund": lambda: rng.choice([None, None, money(0, 2_000), money(-900, 0)]),
            "cancelled": lambda: rng.random() < 0.1,
            "currency": lambda: rng.choice(["EUR", "eur", "€", "USD", "US$", None, None]),
            "quantity": lambda: rng.randrange(-2, 9),
            "unit price": lambda: money(0, 20_000),
            "discount": lambda: rng.choice([None, Decimal(0), money(0, 30_000), money(-5_000, 0)]),
            "rate": lambda: rng.choice([None, Decimal(0), money(0, 400)]),
            "payee": lambda: rng.choice(["d@x.org", "Z9", None]),
        }
        return makes[name]()

    names = ["customer id", "order date", *case.columns.split(",")]
    rows = [[cell(name) for name in names] for _ in range(_LINES)]
    rows += [row for row in rows if rng.random() < 0.04]
    kinds = {name: type(next(value for row in rows if (value := row[at]) is not None)) for at, name in enumerate(names)}
    decimal = pl.Decimal(18, 3)
    schema = {name: decimal if kind is Decimal else pl.DataType.from_python(kind) for name, kind in kinds.items()}
    return pl.DataFrame(rows, schema=schema, orient="row")


def roles_of(case: Case) -> dict[Role, str]:
    """The table's columns by role."""
    known = {"order id": Role.ORDER, "unit price": Role.PRICE, "type": Role.STATUS, "rate": Role.DISCOUNT}
    others = {known.get(name) or Role(name): name for name in case.columns.split(",")}
    return {Role.CUSTOMER: "customer id", Role.DATE: "order date", **others}


def answers_of(case: Case) -> OrderAnswers:
    """What was answered."""
    keys = case.answers.split()
    answers = OrderAnswers.parse(key for key in keys if key != "gross")
    return replace(answers, gross="gross" in keys)
