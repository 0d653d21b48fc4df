"""`segbot warehouse`: score and train where the data are, and print the model as SQL."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from segmentation.errors import BadInput, SegbotError
from segmentation.training.bounds import LARGEST_K, SMALLEST_K

if TYPE_CHECKING:
    from bot.settings import Settings
    from segmentation.model import SegmentModel
    from segmentation.registry.registry import Registry
    from segmentation.retraining import Run
    from segmentation.schema import Schema
    from segmentation.warehouse.address import Address
    from segmentation.warehouse.score import WarehouseReport

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
_URL = click.option(
    "--url",
    default="",
    help="duckdb://path.duckdb, a Parquet file, folder or pattern, postgresql://…, spark://host:port or spark://local. "
    "Without, --table is one that SEGBOT_TABLES names.",
)


@dataclass(frozen=True)
class Terminal:
    """What every command of the terminal works with.

    Parameters
    ----------
    reported
        Wraps a command so that expected errors become their sentence and exit code.
    settings, registry, schema, model_in_service, actor
        Made when they are asked for.
    promote
        Puts a run's version in service, or returns why not.
    """

    reported: Callable[[Callable[..., None]], Callable[..., None]]
    settings: Callable[[], Settings]
    registry: Callable[[], Registry]
    schema: Callable[[], Schema]
    model_in_service: Callable[[], SegmentModel]
    actor: Callable[[], str]
    promote: Callable[..., SegbotError | None]


def warehouse_commands(terminal: Terminal) -> click.Group:
    """Make the group of commands."""

    @click.group()
    def warehouse() -> None:
        """Score and train where the data are, or print the model as SQL."""

    @warehouse.command()
    @_URL
    @click.option("--table", default="", metavar="TABLE", help="The table's name; with Spark also a path of Parquet.")
    @click.option("--into", metavar="TABLE", help="A new table, or a new Parquet file; without, rows are only counted.")
    @_JSON
    @terminal.reported
    def score(url: str, table: str, into: str | None, as_json: bool) -> None:
        """Score every row of a table into a new one: its columns, then segment, confidence and note."""
        from bot.cli.text import progress  # noqa: PLC0415 - only this command needs it
        from segmentation.warehouse.score import score_table  # noqa: PLC0415 - loads Ibis

        model, source = terminal.model_in_service(), _address(terminal, url, table)
        with progress("Scoring"):
            report = score_table(source, model, into)
        click.echo(json.dumps(report.to_json(), ensure_ascii=False) if as_json else _report_text(report))

    @warehouse.command()
    @_URL
    @click.option("--table", default="", metavar="TABLE", help="The table's name; with Spark also a path of Parquet.")
    @click.option(
        "--k", default="auto", metavar="auto|N", help="Number of segments, 2 to 10. Default: the elbow decides."
    )
    @click.option("--promote", is_flag=True, help="Put the new version in service at once.")
    @click.option("--seed", default=0, show_default=True, help="Fixes everything random.")
    @click.option("--note", default="", help="A note for the audit log.")
    @_JSON
    @terminal.reported
    def train(url: str, table: str, k: str, promote: bool, seed: int, note: str, as_json: bool) -> None:
        """Train a candidate on a table, counted where it is; otherwise as `segbot train`."""
        from bot.cli.text import progress, report_text  # noqa: PLC0415 - only this command needs it
        from segmentation.retraining import train_table  # noqa: PLC0415 - loads scikit-learn

        wanted, source = read_k(k), _address(terminal, url, table)
        settings, registry = terminal.settings(), terminal.registry()
        with progress("Training") as advance:
            run: Run = train_table(
                source,
                registry,
                terminal.schema(),
                k=wanted,
                seed=seed,
                actor=terminal.actor(),
                note=note,
                progress=advance,
                thresholds=settings.thresholds,
                keep=settings.keep_versions,
            )
        refusal = terminal.promote(registry, run, note, allow_unsafe=settings.allow_unsafe) if promote else None
        promoted = promote and refusal is None
        data = run.to_json(promoted=promoted)
        click.echo(json.dumps(data, ensure_ascii=False) if as_json else report_text(run, promoted=promoted))
        if refusal is not None:
            raise refusal

    @warehouse.command()
    @click.option("--dialect", required=True, metavar="DIALECT", help="snowflake, bigquery, spark, postgres or duckdb.")
    @click.option("--table", required=True, metavar="TABLE", help="The table's name, dotted where needed.")
    @click.option(
        "--column", "columns", multiple=True, metavar="FEATURE=NAME", help="What a feature's column is called."
    )
    @_JSON
    @terminal.reported
    def sql(dialect: str, table: str, columns: tuple[str, ...], as_json: bool) -> None:
        """Print the model as one SELECT to paste: the table's columns, then segment, confidence and note."""
        from segmentation.warehouse.sql import sql as model_sql  # noqa: PLC0415 - loads Ibis

        if wrong := [pair for pair in columns if not all(pair.partition("="))]:
            raise BadInput(f'--column is written FEATURE=NAME, not "{wrong[0]}".')
        model = terminal.model_in_service()
        text = model_sql(
            model, dialect, table, {name: column for name, _, column in (c.partition("=") for c in columns)}
        )
        data = {"dialect": dialect, "table": table, "sql": text, "model_version": model.version}
        click.echo(json.dumps(data, ensure_ascii=False) if as_json else text)

    return warehouse


def read_k(text: str) -> int | None:
    """Read --k: a number of segments, None for "auto"; BadInput when it is neither."""
    if text != "auto" and not (text.isascii() and text.isdigit()):
        raise BadInput(f'--k must be "auto" or a whole number from {SMALLEST_K} to {LARGEST_K}, not "{text}".')
    return None if text == "auto" else int(text)


def _address(terminal: Terminal, url: str, table: str) -> Address:
    """Return where a table is: without a URL, as SEGBOT_TABLES has it."""
    from segmentation.warehouse.address import Address  # noqa: PLC0415 - not for --help

    if url:
        return Address(url, table)
    tables = terminal.settings().tables
    if table not in tables:
        known = f"names: {', '.join(tables)}" if tables else "names; it names none"
        raise BadInput(f"Without --url, --table must be one that SEGBOT_TABLES {known}.")
    return tables[table]


def _report_text(report: WarehouseReport) -> str:
    """Return a scoring's report as text."""
    width = max(map(len, report.segments))
    lines = [
        f"{report.rows:,} rows: {report.scored:,} scored, {report.rejected:,} not."
        + (f" Result: {report.into}" if report.into else " Nothing was written; --into does."),
        *(f"{name:{width}}  {rows:>13,}" for name, rows in report.segments.items()),
        *(f"- {note}" for note in report.notes),
        f"Model {report.model_version}",
    ]
    return "\n".join(lines)
