"""`segbot score`: a whole file, row by row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bot.cli.answers import answer_options, answers_of
from bot.cli.progress import progress
from bot.cli.runtime import Runtime, as_json_option, echo_json, pass_runtime
from bot.cli.tables import counts_text, table
from bot.cli.targets import check_target, force_option
from segmentation.scoring.report import ScoreReport
from segmentation.scoring.score import score_file


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
    with progress("Scoring") as advance:
        report = score_file(source, target, model, answers=answers_of(**decided), progress=advance)
    if as_json:
        echo_json(report.to_data())
    else:
        click.echo(score_text(report, target))


def score_text(report: ScoreReport, target: Path) -> str:
    """Return a scoring run's summary as text."""
    lines = [
        f"{counts_text(report.rows, report.rejected)} Result: {target}",
        table(["Segment", "Rows"], [[name, f"{count:,}"] for name, count in report.segments.items()]),
        *(f"- {note}" for note in report.notes),
        f"Model {report.model_version}",
    ]
    return "\n".join(lines)
