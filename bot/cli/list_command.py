"""`segbot list`: the customers of some segments, out of a file that was scored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bot.cli.progress import progress
from bot.cli.runtime import as_json_option, echo_json
from bot.cli.targets import check_target, force_option
from bot.cli.text.prose import say
from bot.parsing.names import names_in
from segmentation.lists.choice import ListChoice, ListReport
from segmentation.lists.cut import cut_list
from segmentation.reading.encoding import ANY_SIZE


@click.command("list")
@click.argument("scored", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", metavar="OUT", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--segment", "segments", multiple=True, metavar="NAME", help="A segment to list; may be repeated.")
@click.option("--unsegmented", is_flag=True, help="List the rows without a segment, too.")
@click.option("--min-confidence", type=float, default=0.0, metavar="X", help="The least confidence, 0 to 1.")
@click.option("--borderline/--no-borderline", default=None, help="Close calls only, or all but these.")
@click.option("--columns", default="", metavar="NAMES", help="The columns to keep, separated by commas.")
@click.option("--hashed-email", default="", metavar="COLUMN", help="Write the SHA-256 of that column's addresses.")
@force_option
@as_json_option
def list_command(scored: Path, target: Path, force: bool, as_json: bool, **chosen: Any) -> None:  # noqa: ANN401 - `ListChoice`'s options
    """List the customers of SCORED, a result of `segbot score`, that are in some segments: into OUT, .csv or .xlsx."""
    check_target(target, scored, force=force)
    choice = ListChoice(**{**chosen, "columns": names_in(chosen["columns"])})
    with progress("Reading", source=scored) as advance:
        report = cut_list(scored, target, choice, limits=ANY_SIZE, progress=advance)
    if as_json:
        echo_json(report.to_data())
    else:
        say(list_text(report, target))


def list_text(report: ListReport, target: Path) -> str:
    """Return a list's summary as text."""
    counts = [f"{name} {count:,}" for name, count in report.segments.items()]
    counts += [f"without a segment {report.unsegmented:,}"] if report.unsegmented else []
    listed = f": {', '.join(counts)}" if counts else ""
    lines = [f"{report.rows:,} of {report.of:,} rows listed{listed}. List: {target}"]
    if report.without_email:
        rows = "1 row was" if report.without_email == 1 else f"{report.without_email:,} rows were"
        lines.append(f"{rows} left out, having no e-mail address.")
    return "\n".join(lines)
