"""`segbot rfm`: an export of orders → one row a customer, with recency, frequency and money."""

from __future__ import annotations

import shlex
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from bot.cli.answers import answers_of, form_options
from bot.cli.progress import progress
from bot.cli.runtime import as_json_option, echo_json
from bot.cli.targets import check_target, force_option
from segmentation.errors import BadInput
from segmentation.orders.amounts import currency_code
from segmentation.orders.answers import AmountsPer, DayOrder, OrderAnswers, OrdersPer, Repeats
from segmentation.orders.dates import day_text
from segmentation.orders.headings import Role
from segmentation.orders.report import RfmReport, counted
from segmentation.orders.rfm import derive_customers

E = TypeVar("E", bound=StrEnum)


def _choice(kind: type[StrEnum]) -> click.Choice[str]:
    return click.Choice([member.value for member in kind])


_WORKBOOKS: Final = frozenset({".xlsx", ".xlsm", ".xls", ".ods", ".gz", ".zip"})


@click.command()
@click.argument("orders", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", metavar="OUT", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--as-of", metavar="YYYY-MM-DD", type=click.DateTime(["%Y-%m-%d"]), help="Count recency to this day.")
@click.option("--currency", metavar="C", help="Read the orders in this currency only.")
@click.option("--dates", type=_choice(DayOrder), help="Which comes first in dates such as 3/4/2024.")
@click.option(
    "--column", "columns", multiple=True, metavar="ROLE=NAME", help=f"Name a column. Roles: {', '.join(Role)}."
)
@click.option("--amounts-per", type=_choice(AmountsPer), help="What an amount is for.")
@click.option("--orders-per", type=_choice(OrdersPer), help="What is an order if none has a number.")
@click.option("--repeats", type=_choice(Repeats), help="Whether lines that repeat another one count.")
@click.option("--paid", multiple=True, metavar="STATUS", help="A status of orders that count.")
@click.option("--unpaid", multiple=True, metavar="STATUS", help="A status of orders that do not count.")
@click.option("--gross", is_flag=True, help="Ignore refunds and cancellations.")
@force_option
@form_options
@as_json_option
def rfm(orders: Path, target: Path, force: bool, as_json: bool, **decided: Any) -> None:  # noqa: ANN401 - the answers' options
    """Turn the orders in ORDERS into customers: a CSV at OUT with recency, frequency and money of each.

    ORDERS is a CSV, a workbook (xlsx, xlsm, xls, ods), or one of these in a gzip or zip archive.
    """
    check_target(target, orders, force=force)
    if target.suffix.lower() in _WORKBOOKS:
        raise BadInput(f"The result is a CSV. Name it {target.with_suffix('.csv')}.")
    with progress("Reading") as advance:
        report = derive_customers(orders, target, answers=order_answers(**decided), progress=advance)
    if as_json:
        echo_json(report.to_data())
    else:
        click.echo(rfm_text(report))
        click.echo(f"Result: {target}. Train on it with: segbot train {shlex.quote(str(target))}")


def order_answers(*, columns: tuple[str, ...], as_of: datetime | None, **decided: Any) -> OrderAnswers:  # noqa: ANN401 - options of many types
    """Return what the options say.

    Raises
    ------
    BadInput
        When a column is not ROLE=NAME, or the file's options contradict each other.
    """
    form = {name: decided[name] for name in ("sheet", "thousands", "decimal")}
    return OrderAnswers(
        file=answers_of(**form),
        columns=dict(map(_column, columns)),
        days=_chosen(DayOrder, decided["dates"]),
        currency=None if decided["currency"] is None else currency_code(decided["currency"]),
        amounts_per=_chosen(AmountsPer, decided["amounts_per"]),
        orders_per=_chosen(OrdersPer, decided["orders_per"]),
        repeats=_chosen(Repeats, decided["repeats"]),
        paid=frozenset(status.casefold() for status in decided["paid"]),
        unpaid=frozenset(status.casefold() for status in decided["unpaid"]),
        as_of=None if as_of is None else as_of.date(),
        gross=decided["gross"],
    )


def _chosen(kind: type[E], value: str | None) -> E | None:
    return None if value is None else kind(value)


def rfm_text(report: RfmReport) -> str:
    """Return a derivation's summary as text."""
    money = f", in {report.currency}" if report.currency else ""
    head = (
        f"{counted(report.lines, 'order line')}: {counted(report.orders, 'order')} of "
        f"{counted(report.customers, 'customer')}{money}, as of {day_text(report.as_of)}."
    )
    return "\n".join([head, *(f"- {note}" for note in report.notes)])


def _column(text: str) -> tuple[Role, str]:
    role, equals, name = text.partition("=")
    if not equals or role.strip() not in set(Role):
        raise BadInput(f"--column takes ROLE=NAME, such as date=“Order Date”, not {text}. Roles: {', '.join(Role)}.")
    return Role(role.strip()), name.strip()
