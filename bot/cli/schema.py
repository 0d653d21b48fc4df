"""`segbot schema`: what the columns of a file are, and the schema segbot would make segments of them with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bot.cli.answers import answers_of, form_options
from bot.cli.progress import progress
from bot.cli.runtime import as_json_option, echo_json
from segmentation.proposal.look import look_at
from segmentation.proposal.schema_text import schema_text
from segmentation.reading.encoding import ANY_SIZE
from segmentation.versions.known_schemas import propose_for


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@form_options
@as_json_option
def schema(file: Path, as_json: bool, **decided: Any) -> None:  # noqa: ANN401 - the answers' options
    """Print the schema that FILE's columns suggest, as TOML with the reasons in its comments; SEGBOT_SCHEMA takes it.

    FILE is a CSV, a workbook (xlsx, xlsm, xls, ods), or one of these in a gzip or zip archive.
    """
    with progress("Looking", source=file) as advance:
        look = look_at(file, limits=ANY_SIZE, answers=answers_of(**decided), progress=advance)
    proposal = propose_for(look, file.stem)
    if as_json:
        echo_json(proposal.to_data())
    else:
        click.echo(schema_text(proposal), nl=False)
