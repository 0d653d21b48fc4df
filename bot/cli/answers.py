"""Options with which a person decides what a file leaves open, for every command that reads one."""

from __future__ import annotations

from collections.abc import Callable

import click

from segmentation.reading.questions import Answers


def answer_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that `answers_of` reads to a command."""
    return click.option("--sheet", metavar="NAME", help="The sheet of a workbook to read.")(command)


def answers_of(*, sheet: str | None) -> Answers:
    """Return what the options say."""
    return Answers(sheet=sheet)
