"""`segbot warehouse`: score and train where the data is, and print the model as SQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from bot.cli.options.orders import order_answers, order_choices, order_options, orders_flag
from bot.cli.progress import progress
from bot.cli.runtime import Runtime, as_json_option, echo_json, pass_runtime
from bot.cli.text.orders import rfm_text
from bot.cli.text.prose import say
from bot.cli.text.tables import counts_text
from bot.cli.text.tables import table as aligned
from bot.cli.training import TrainingOptions, train_and_report, training_options
from segmentation.errors import BadInput
from segmentation.orders.report import guarded_note
from segmentation.warehouse.address import Address
from segmentation.warehouse.connections import open_warehouse
from segmentation.warehouse.rfm.counts import read_orders
from segmentation.warehouse.rfm.customers import customers_query, customers_sql
from segmentation.warehouse.rfm.customers_file import CSV, write_customers
from segmentation.warehouse.score import WarehouseReport, score_table
from segmentation.warehouse.sql import sql as model_sql

_url_option: Final = click.option(
    "--url",
    default="",
    help="duckdb://path.duckdb, a Parquet file, folder or pattern, postgresql://…, spark://host:port or spark://local. "
    "Without it, --table is a name from SEGBOT_TABLES.",
)
_table_option: Final = click.option(
    "--table", default="", metavar="TABLE", help="The table's name; with Spark also a path of Parquet."
)


@click.group()
def warehouse() -> None:
    """Score and train where the data is, or print the model as SQL."""


@warehouse.command(short_help="Score every row of a table into a new one.")
@_url_option
@_table_option
@click.option("--into", metavar="TABLE", help="A new table, or a new Parquet file; without it, rows are only counted.")
@as_json_option
@pass_runtime
def score(runtime: Runtime, url: str, table: str, into: str | None, as_json: bool) -> None:
    """Score every row of a table into a new one: its columns, then segment, confidence and note."""
    model, source = runtime.model_in_service(), _address(runtime, url, table)
    with progress("Scoring"):
        report = score_table(source, model, into)
    if as_json:
        echo_json(report.to_json())
    else:
        say(_report_text(report))


@warehouse.command(short_help="Train a candidate on a table, counted where it is.")
@_url_option
@_table_option
@training_options
@pass_runtime
def train(runtime: Runtime, /, url: str, table: str, **options: Any) -> None:  # noqa: ANN401 - TrainingOptions' fields
    """Train a candidate on a table, counted where it is; otherwise as `segbot train`."""
    source = _address(runtime, url, table)
    from segmentation.versions.retraining import train_table  # noqa: PLC0415 - loads scikit-learn; `score` and `sql` do without

    train_and_report(runtime, train_table, source, TrainingOptions(**options))


@warehouse.command(short_help="Print the model as one SELECT to paste.")
@orders_flag
@order_choices
@click.option("--dialect", required=True, metavar="DIALECT", help="snowflake, bigquery, spark, postgres or duckdb.")
@click.option("--table", required=True, metavar="TABLE", help="The table's name, dotted if needed.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FEATURE=NAME",
    help="What a feature's column is called; FEATURE= if there is none. With --orders, ROLE=NAME as of segbot rfm.",
)
@as_json_option
@pass_runtime
def sql(
    runtime: Runtime,
    /,
    dialect: str,
    table: str,
    columns: tuple[str, ...],
    of_orders: bool,
    as_json: bool,
    **decided: Any,  # noqa: ANN401 - the answers' options
) -> None:
    """Print the model as one SELECT to paste: the table's columns, then segment, confidence and note.

    With --orders, print the SELECT that turns a table of order lines into customers: see segbot rfm.
    """
    if of_orders:
        answers = order_answers(columns=columns, **decided)
        _print_sql(dialect, table, customers_sql(answers.columns, answers, dialect, table), as_json=as_json)
        return
    pairs = [pair.partition("=") for pair in columns]
    if wrong := ["".join(pair) for pair in pairs if not all(pair[:2])]:
        raise BadInput(f'--column is written FEATURE=NAME, not "{wrong[0]}".')
    model = runtime.model_in_service()
    text = model_sql(model, dialect, table, {feature: column for feature, _, column in pairs})
    _print_sql(dialect, table, text, as_json=as_json, model_version=model.version)


def _print_sql(dialect: str, table: str, text: str, *, as_json: bool, **about: str) -> None:
    if as_json:
        echo_json({"dialect": dialect, "table": table, "sql": text, **about})
    else:
        click.echo(text)


@warehouse.command(short_help="Turn a table of order lines into customers.")
@_url_option
@_table_option
@click.option("--into", metavar="TABLE", help="A new table, Parquet file or CSV; without it, they are only counted.")
@order_options
@as_json_option
@pass_runtime
def rfm(runtime: Runtime, /, url: str, table: str, into: str | None, as_json: bool, **decided: Any) -> None:  # noqa: ANN401 - the answers' options
    """Turn a table of order lines into customers where it is: recency, frequency and money of each.

    A new file that ends with .csv is written here, as segbot rfm writes it of the same orders.
    """
    source, answers = _address(runtime, url, table), order_answers(**decided)
    target = Path(into) if into is not None and into.endswith(CSV) else None
    changed: tuple[str, ...] = ()
    with (
        progress("Deriving customers"),
        open_warehouse(source, writes=into is not None and target is None) as connection,
    ):
        orders = connection.table(source.table)
        read = read_orders(orders, answers)
        customers = customers_query(orders, read.how)
        if target is not None:
            guarded = write_customers(customers, target)
            changed = (guarded_note(guarded),) if guarded else ()
        elif into is not None:
            connection.write(customers, into)
            customers = connection.written(into)
        report = read.report(customers, changed)
    if as_json:
        echo_json({**report.to_data(), "into": into})
        return
    say(rfm_text(report))
    say(f"Result: {into}" if into else "Nothing was written; --into NAME writes the result.")


def _address(runtime: Runtime, url: str, table: str) -> Address:
    """Return a table's address: the one given, or without a URL the one SEGBOT_TABLES has under that name."""
    if url:
        return Address(url, table)
    tables = runtime.settings.tables
    if table not in tables:
        known = f"names: {', '.join(tables)}" if tables else "names; it names none"
        raise BadInput(f"Without --url, --table must be a name that SEGBOT_TABLES {known}.")
    return tables[table]


def _report_text(report: WarehouseReport) -> str:
    """Return a scoring's report as text."""
    lines = [
        counts_text(report.rows, report.rejected)
        + (f" Result: {report.into}" if report.into else " Nothing was written; --into NAME writes the result."),
        aligned(["Segment", "Rows"], [[name, f"{rows:,}"] for name, rows in report.segments.items()]),
        *(f"- {note}" for note in report.notes),
        f"Model {report.model_version}",
    ]
    return "\n".join(lines)
