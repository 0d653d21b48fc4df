"""Options with which a person decides what a file of orders leaves open, for every command that reads one."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from bot.cli.answers import answers_of
from segmentation.errors import BadInput
from segmentation.orders.answers import AmountsPer, DayOrder, Discounts, OrderAnswers, OrdersPer, Repeats, Serials
from segmentation.orders.headings import Role

if TYPE_CHECKING:
    from datetime import datetime

E = TypeVar("E", bound=StrEnum)


def _choice(kind: type[StrEnum]) -> click.Choice[str]:
    return click.Choice([member.value for member in kind])


_OPTIONS: Final = (
    click.option("--as-of", metavar="YYYY-MM-DD", type=click.DateTime(["%Y-%m-%d"]), help="Count recency to this day."),
    click.option("--currency", metavar="C", help="Read the orders in this currency only."),
    click.option("--dates", type=_choice(DayOrder), help="Which comes first in dates such as 3/4/2024."),
    click.option("--serials", type=_choice(Serials), help="How dates are read that are numbers of days."),
    click.option("--amounts-per", type=_choice(AmountsPer), help="What an amount is for."),
    click.option("--orders-per", type=_choice(OrdersPer), help="What is an order if none has a number."),
    click.option("--repeats", type=_choice(Repeats), help="Whether lines that repeat another one count."),
    click.option(
        "--discount", "discounts", type=_choice(Discounts), help="What discounts beside quantity and price are."
    ),
    click.option("--paid", multiple=True, metavar="STATUS", help="A status of orders that count."),
    click.option("--unpaid", multiple=True, metavar="STATUS", help="A status of orders that don't count."),
    click.option("--gross", is_flag=True, help="Ignore refunds and cancellations."),
)
_NAMES: Final = (
    *(
        "as_of",
        "currency",
        "dates",
        "serials",
        "columns",
        "amounts_per",
        "orders_per",
        "repeats",
        "discounts",
        "paid",
        "unpaid",
        "gross",
    ),
)
orders_flag: Final = click.option(
    "--orders", "of_orders", is_flag=True, help="The file lists orders: derive its customers, as segbot rfm does."
)


def order_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that `order_answers` reads to a command, besides those of `form_options`."""
    column = click.option(
        "--column", "columns", multiple=True, metavar="ROLE=NAME", help=f"Name a column. Roles: {', '.join(Role)}."
    )
    return order_choices(column(command))


def order_choices(command: Callable[..., None]) -> Callable[..., None]:
    """Add the same options without --column, for a command that has one of its own."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def order_answers(*, columns: tuple[str, ...], as_of: datetime | None, **decided: Any) -> OrderAnswers:  # noqa: ANN401 - options of many types
    """Return what the options say.

    Raises
    ------
    BadInput
        When a column is not ROLE=NAME, or the file's options contradict each other.
    """
    form = {name: decided.get(name) for name in ("sheet", "thousands", "decimal")}
    return OrderAnswers(
        file=answers_of(**form, factors=decided.get("factors", ())),
        columns=dict(map(_column, columns)),
        days=_chosen(DayOrder, decided["dates"]),
        serials=_chosen(Serials, decided["serials"]),
        currency=None if decided["currency"] is None else _currency(decided["currency"]),
        amounts_per=_chosen(AmountsPer, decided["amounts_per"]),
        orders_per=_chosen(OrdersPer, decided["orders_per"]),
        repeats=_chosen(Repeats, decided["repeats"]),
        paid=frozenset(status.casefold() for status in decided["paid"]),
        unpaid=frozenset(status.casefold() for status in decided["unpaid"]),
        as_of=None if as_of is None else as_of.date(),
        gross=decided["gross"],
        discounts=_chosen(Discounts, decided["discounts"]),
    )


def says_orders(*, of_orders: bool, **decided: Any) -> bool:  # noqa: ANN401 - options of many types
    """Tell whether the options say that a file lists orders: by --orders, or by how to read them."""
    return of_orders or any(decided[name] not in (None, False, ()) for name in _NAMES)


def _chosen(kind: type[E], value: str | None) -> E | None:
    return None if value is None else kind(value)


def _column(text: str) -> tuple[Role, str]:
    role, equals, name = text.partition("=")
    if not equals or role.strip() not in set(Role):
        raise BadInput(f"--column takes ROLE=NAME, such as date=“Order Date”, not {text}. Roles: {', '.join(Role)}.")
    return Role(role.strip()), name.strip()


def _currency(text: str) -> str:
    from segmentation.orders.currencies import currency_code  # noqa: PLC0415 - most files are not of orders

    return currency_code(text)
