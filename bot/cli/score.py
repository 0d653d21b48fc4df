"""`segbot score`: a whole file, row by row."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from bot.cli.answers import answer_options, answers_among
from bot.cli.options.orders import order_answers, order_options, orders_flag, says_orders
from bot.cli.progress import progress
from bot.cli.runtime import Runtime, as_json_option, echo_json, pass_runtime
from bot.cli.targets import check_target, force_option
from bot.cli.text.prose import say
from bot.cli.text.tables import counts_text, table
from segmentation.errors import BadInput, OtherColumns
from segmentation.reading.encoding import ANY_SIZE
from segmentation.reading.ids.order_lines import ORDERS_ADVICE
from segmentation.reading.problems import Problem, more_reasons, where_it_says_what_to_write
from segmentation.registry.states import State
from segmentation.scoring.report import ScoreReport
from segmentation.scoring.score import score_file

if TYPE_CHECKING:
    from segmentation.model import SegmentModel
    from segmentation.orders.report import RfmReport

_MOST_PROBLEMS: Final = 5


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@orders_flag
@click.option(
    "--lines",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the lines of the orders with their customer's segment there, as CSV.",
)
@order_options
@force_option
@answer_options
@as_json_option
@pass_runtime
def score(
    runtime: Runtime,
    /,
    source: Path,
    target: Path,
    of_orders: bool,
    lines: Path | None,
    force: bool,
    as_json: bool,
    **decided: Any,  # noqa: ANN401 - the answers' options
) -> None:
    """Score every row of SOURCE into TARGET: its columns, then segment, confidence and note.

    SOURCE is a CSV, a workbook (xlsx, xlsm, xls, ods), or one of these in a gzip or zip archive; TARGET is of its kind.
    If SOURCE lists orders and the model in service knows recency, frequency and money, TARGET is a CSV of customers.
    """
    check_target(target, source, force=force)
    if lines is not None:
        check_target(lines, source, force=force)
        if lines.absolute() == target.absolute():
            raise BadInput("--lines names the output file itself. Choose another file for the order lines.")
    model = runtime.model_in_service()
    of_orders = lines is not None or says_orders(of_orders=of_orders, **decided)
    report, orders = _scored(runtime, model, source, target, _Asked(of_orders, lines, decided))
    if as_json:
        echo_json(report.to_data() | ({} if orders is None else {"orders": orders.to_data()}))
    else:
        say(score_text(report, target))


@dataclass(frozen=True)
class _Asked:
    """What the options say: whether the file lists orders, where its lines go, and the answers' options."""

    of_orders: bool
    lines: Path | None
    decided: Mapping[str, Any]


def _scored(
    runtime: Runtime, model: SegmentModel, source: Path, target: Path, asked: _Asked
) -> tuple[ScoreReport, RfmReport | None]:
    """Score a file of customers, or the customers of a file of orders, with what was made of these."""
    if not asked.of_orders:
        try:
            with progress("Scoring", source=source) as advance:
                report = score_file(
                    source, target, model, limits=ANY_SIZE, answers=answers_among(asked.decided), progress=advance
                )
        except OtherColumns as refusal:
            if not _lists_orders(source, model, asked.decided["sheet"]):
                raise _with_reader(runtime, source, refusal) from refusal
        else:
            return report, None
    from segmentation.orders.score import score_orders  # noqa: PLC0415 - most files are not of orders

    with progress("Reading orders", source=source) as advance:
        scored = score_orders(
            source,
            target,
            model,
            limits=ANY_SIZE,
            answers=order_answers(**asked.decided),
            lines=asked.lines,
            progress=advance,
        )
    return scored.score, scored.orders


def _lists_orders(source: Path, model: SegmentModel, sheet: str | None) -> bool:
    """Tell whether a file lists orders of which the model can score the customers."""
    from segmentation.orders.recognise import lists_orders  # noqa: PLC0415 - most files are not of orders
    from segmentation.orders.rfm_schema import reads_customers  # noqa: PLC0415 - most files are not of orders

    return reads_customers(model.schema) and lists_orders(source, sheet=sheet, limits=ANY_SIZE)


def _with_reader(runtime: Runtime, source: Path, refusal: OtherColumns) -> OtherColumns:
    """Add to a refusal which version reads the file and how to put it in service, or how to train one that does."""
    from segmentation.versions.version_readers import find_reader  # noqa: PLC0415 - most files have the columns

    reader = find_reader(runtime.registry, source, limits=ANY_SIZE)
    if reader is None:
        if ORDERS_ADVICE in refusal.sentence or runtime.settings.schema_path is not None:
            return refusal
        return OtherColumns(
            f"{refusal.sentence} If they have other names there, rename them. "
            f"To make segments from the file's own columns:\n  segbot train {shlex.quote(str(source))}"
        )
    command = "rollback" if reader.state is State.RETIRED else "promote"
    return OtherColumns(f"{refusal.sentence} {reader.sentence} To use it: segbot models {command} {reader.version}")


def score_text(report: ScoreReport, target: Path) -> str:
    """Return a scoring run's summary as text."""
    lines = [
        f"{counts_text(report.rows, report.rejected)} Result: {target}",
        table(["Segment", "Rows"], [[name, f"{count:,}"] for name, count in report.segments.items()]),
        *_problem_lines(report.problems),
        *(f"- {note}" for note in report.notes),
        f"Model {report.model_version}",
    ]
    return "\n".join(lines)


def _problem_lines(problems: Sequence[Problem]) -> list[str]:
    """Say why rows couldn't be scored, the commonest reasons first, and where to read what to write instead."""
    lines = [problem.text for problem in problems[:_MOST_PROBLEMS]]
    if more := len(problems) - len(lines):
        lines.append(more_reasons(more))
    if way_out := where_it_says_what_to_write(problems):
        lines.append(way_out)
    return ["Rows that couldn't be scored:", *(f"- {line}" for line in lines), ""] if lines else []
