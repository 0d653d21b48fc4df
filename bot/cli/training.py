"""`segbot train`, and what it shares with `segbot warehouse train`: options, promotion, report."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from bot.cli.answers import answer_options, answers_among
from bot.cli.options.orders import order_answers, order_options, orders_flag, says_orders
from bot.cli.other_columns import OtherSchema, other_schema
from bot.cli.progress import progress, steps
from bot.cli.runtime import Runtime, as_json_option, echo_json, note_option, pass_runtime
from bot.cli.text.prose import say
from bot.cli.text.training import report_text
from segmentation.errors import BadInput, Conflict, LookFirst, OtherColumns, SegbotError, Unsafe
from segmentation.evaluation.comparison import Verdict
from segmentation.orders.recognise import lists_orders
from segmentation.reading.encoding import ANY_SIZE
from segmentation.training.bounds import LARGEST_K, SMALLEST_K, is_k

if TYPE_CHECKING:
    from segmentation.reading.questions import Answers
    from segmentation.versions.retraining import Run

# Python reads no number of thousands of digits.
_LONGEST_K: Final = 9


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """The options both trainings take, as they were typed."""

    k: str
    promote: bool
    yes: bool
    seed: int
    note: str
    as_json: bool


def training_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of `TrainingOptions` to a command."""
    for option in (
        as_json_option,
        note_option,
        click.option("--seed", default=0, show_default=True, help="Fixes everything random."),
        click.option(
            "--yes",
            is_flag=True,
            help="Take the columns that are proposed for a file with others than usual; with --promote: "
            "even if the version differs much from the one in service, or its customers are in no groups.",
        ),
        click.option("--promote", is_flag=True, help="Put the new version in service at once."),
        click.option(
            "--k",
            default="auto",
            metavar="auto|N",
            help=f"Number of segments, {SMALLEST_K} to {LARGEST_K}. Default: as in service, else elbow and silhouette.",
        ),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@orders_flag
@order_options
@answer_options
@training_options
@pass_runtime
def train(runtime: Runtime, /, file: Path, of_orders: bool, **options: Any) -> None:  # noqa: ANN401 - TrainingOptions' fields and the answers' options
    """Train a candidate on FILE and compare it with the version in service; --promote puts it there unless unsafe.

    FILE is a CSV, a workbook (xlsx, xlsm, xls, ods), or one of these in a gzip or zip archive. With --orders it lists
    orders, and the candidate is trained on their customers.
    """
    read = TrainingOptions(**{one.name: options.pop(one.name) for one in fields(TrainingOptions)})
    if says_orders(of_orders=of_orders, **options):
        from segmentation.versions.order_training import train_orders  # noqa: PLC0415 - loads scikit-learn

        train_and_report(runtime, partial(train_orders, limits=ANY_SIZE, answers=order_answers(**options)), file, read)
        return
    _train_on_customers(runtime, file, answers_among(options), read)


def _train_on_customers(runtime: Runtime, file: Path, answers: Answers, read: TrainingOptions) -> None:
    """Train on a file with one customer a row."""
    from segmentation.versions.retraining import train_file  # noqa: PLC0415 - loads scikit-learn: seconds --help need not take

    # A schema that somebody set says what the columns are; the one segbot ships with is only a first guess.
    flexible = runtime.settings.schema_path is None
    trainer = partial(train_file, limits=ANY_SIZE, answers=answers, or_schema_in_service=flexible)
    try:
        train_and_report(runtime, trainer, file, read)
    except OtherColumns as refusal:
        if lists_orders(file, sheet=answers.sheet, limits=ANY_SIZE):
            raise OtherColumns(
                f"{file.name} lists orders, not customers. To train on the customers who made them: "
                f"segbot train {shlex.quote(str(file))} --orders"
            ) from refusal
        other = other_schema(runtime, file, answers, refusal, yes=read.yes)
        train_and_report(runtime, partial(train_file, limits=ANY_SIZE, answers=other.answers), file, read, other)


def train_and_report(
    runtime: Runtime,
    trainer: Callable[..., Run],
    source: object,
    options: TrainingOptions,
    other: OtherSchema | None = None,
) -> None:
    """Train, promote if that was asked for, and print the report; a refused promotion is raised after it.

    Parameters
    ----------
    trainer, source
        `train_file` and a file, or `train_table` and a table.
    other
        The schema to train with instead of the usual one.
    """
    settings = runtime.settings
    k = read_k(options.k)
    with progress("Training") as advance:
        run = trainer(
            source,
            runtime.registry,
            runtime.schema if other is None else other.schema,
            k=k,
            seed=options.seed,
            actor=runtime.actor,
            note=options.note,
            progress=steps(advance),
            thresholds=settings.thresholds,
            keep=settings.keep_versions,
        )
    refusal = _promote(runtime, run, options) if options.promote else None
    promoted = options.promote and refusal is None
    if options.as_json:
        proposal = {"proposal": other.proposal.to_data()} if other else {}
        echo_json({**run.to_json(promoted=promoted), **proposal})
    else:
        say(report_text(run, promoted=promoted))
    if refusal is not None:
        raise refusal


def read_k(text: str) -> int | None:
    """Read --k: a number of segments, None for "auto"; BadInput, before anything is read, when it is neither."""
    if text == "auto":
        return None
    if not (text.isascii() and text.isdigit() and len(text) < _LONGEST_K and is_k(int(text))):
        raise BadInput(f'--k must be "auto" or a whole number from {SMALLEST_K} to {LARGEST_K}, not "{text}".')
    return int(text)


def _promote(runtime: Runtime, run: Run, options: TrainingOptions) -> SegbotError | None:
    """Put the new version in service, or return the refusal, so that the report can be printed before it."""
    verdict = run.comparison.verdict
    if verdict.look_first and not options.yes:
        bands = verdict is Verdict.BANDS
        why = "has bands, no groups," if bands else f"differs much from {run.comparison.against}"
        return LookFirst(
            f"{run.version} {why} and was not put in service. "
            f"{run.comparison.reasons[0]} If it is right all the same: segbot models promote {run.version}"
        )
    try:
        runtime.registry.promote(
            run.version,
            actor=runtime.actor,
            expected=run.comparison.against,
            note=options.note,
            allow_unsafe=runtime.settings.allow_unsafe,
        )
    except (Conflict, Unsafe) as error:
        return error
    return None
