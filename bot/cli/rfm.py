"""`segbot rfm`: an export of orders → one row a customer, with recency, frequency and money."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any, Final

import click

from bot.cli.answers import form_options
from bot.cli.options.orders import order_answers, order_options
from bot.cli.progress import progress
from bot.cli.runtime import as_json_option, echo_json
from bot.cli.targets import check_target, force_option
from bot.cli.text.orders import rfm_text
from bot.cli.text.prose import say
from segmentation.errors import BadInput
from segmentation.orders.rfm import derive_customers
from segmentation.reading.encoding import ANY_SIZE

_WORKBOOKS: Final = frozenset({".xlsx", ".xlsm", ".xls", ".ods", ".gz", ".zip"})


@click.command()
@click.argument("orders", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", metavar="OUT", type=click.Path(dir_okay=False, path_type=Path))
@order_options
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
    with progress("Reading", source=orders) as advance:
        report = derive_customers(orders, target, limits=ANY_SIZE, answers=order_answers(**decided), progress=advance)
    if as_json:
        echo_json(report.to_data())
    else:
        say(rfm_text(report))
        say(f"Result: {target}. Train on these customers with: segbot train {shlex.quote(str(orders))} --orders")
