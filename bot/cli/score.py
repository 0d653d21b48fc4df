"""`segbot score`: a whole file, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from bot.cli.answers import answer_options, answers_of
from bot.cli.progress import progress
from bot.cli.runtime import Runtime, as_json_option, echo_json, pass_runtime
from bot.cli.targets import check_target, force_option
from bot.cli.text.tables import counts_text, table
from segmentation.errors import OtherColumns
from segmentation.reading.problems import Problem, where_it_says_what_to_write
from segmentation.registry.states import State
from segmentation.scoring.report import ScoreReport
from segmentation.scoring.score import score_file
from segmentation.version_readers import find_reader

_MOST_PROBLEMS: Final = 5


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@force_option
@answer_options
@as_json_option
@pass_runtime
def score(runtime: Runtime, /, source: Path, target: Path, force: bool, as_json: bool, **decided: Any) -> None:  # noqa: ANN401 - the answers' options
    """Score every row of SOURCE into TARGET: its columns, then segment, confidence and note.

    SOURCE is a CSV, a workbook (xlsx, xlsm, xls, ods), or one of these in a gzip or zip archive; TARGET is of its kind.
    """
    check_target(target, source, force=force)
    model = runtime.model_in_service()
    try:
        with progress("Scoring") as advance:
            report = score_file(source, target, model, answers=answers_of(**decided), progress=advance)
    except OtherColumns as refusal:
        raise _with_reader(runtime, source, refusal) from refusal
    if as_json:
        echo_json(report.to_data())
    else:
        click.echo(score_text(report, target))


def _with_reader(runtime: Runtime, source: Path, refusal: OtherColumns) -> OtherColumns:
    """Add to a refusal which version reads the file, and how to put it in service."""
    reader = find_reader(runtime.registry, source)
    if reader is None:
        return refusal
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
        lines.append(f"and {more} more reasons; the result file gives one for every row")
    if way_out := where_it_says_what_to_write(problems):
        lines.append(way_out)
    return ["Rows that couldn't be scored:", *(f"- {line}" for line in lines), ""] if lines else []
