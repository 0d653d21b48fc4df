"""Options with which a person decides what a file leaves open, for every command that reads one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from segmentation.errors import BadInput
from segmentation.numbers.number_forms import MARKS
from segmentation.reading.questions import Answers


def form_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say which sheet is meant and what its marks mean."""
    marks = click.Choice(MARKS)
    for option in (
        click.option("--decimal", type=marks, help="The mark before fractions, in columns that are doubtful."),
        click.option("--thousands", type=marks, help="The mark that groups digits, in columns that are doubtful."),
        click.option("--sheet", metavar="NAME", help="The sheet of a workbook to read."),
    ):
        command = option(command)
    return command


def answer_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that `answers_of` reads to a command."""
    option = click.option(
        "--factor",
        "factors",
        multiple=True,
        metavar="FEATURE=N",
        help="Multiply the numbers of a column: --factor income=0.001 for dollars in k$.",
    )
    return form_options(option(command))


def answers_of(
    *, sheet: str | None, thousands: str | None, decimal: str | None, factors: tuple[str, ...] = ()
) -> Answers:
    """Return what the options say.

    Raises
    ------
    BadInput
        When they contradict each other, or a factor is not FEATURE=N with N above zero.
    """
    if thousands is not None and thousands == decimal:
        raise BadInput(f"--thousands and --decimal both name {decimal!r}. One of them is enough.")
    answers = Answers(sheet=sheet)
    for key in [*_given("thousands", thousands), *_given("decimal", decimal)]:
        answers = answers.with_key(key)
    for factor in factors:
        try:
            answers = answers.with_key(f"factor.{factor.strip()}")
        except BadInput:
            raise BadInput(f"--factor takes FEATURE=N with N above zero, such as income=0.001, not {factor}.") from None
    return answers


def answers_among(options: Mapping[str, Any]) -> Answers:
    """Return what the options of `answer_options` say, among others; errors as for `answers_of`."""
    return answers_of(**{name: options[name] for name in ("sheet", "thousands", "decimal", "factors")})


def _given(name: str, value: str | None) -> list[str]:
    return [] if value is None else [f"{name}={value}"]
