"""Prose on the terminal: broken between words to fit 80 columns, with ids, paths and commands whole."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import east_asian_width

import click

WIDTH: Final = 80
# A command to paste stays on one line, however long: up to the end of its sentence, or of the text.
_COMMAND: Final = re.compile(
    r"(?:SEGBOT_\w+=\S+ )?segbot "
    r"(?:predict|score|list|schema|rfm|train|models|doctor|serve|worker|mcp|warehouse|playground)"
    r"(?: (?:\"[^\"]*\"|'[^']*'|[^\s`\"'])+)*?(?=\.?$|[.;:,] |`)"
)
_GLUE: Final = "\0"
# What a line begins with, and how far the lines that go on with it are moved in: below the text behind a mark.
_LEAD: Final = re.compile(r" *(?:- |→ |(?:ok|wrong|note) +|FAILED )?")


def say(text: str, *, err: bool = False) -> None:
    """Print prose, and tables among it, which are narrow enough already."""
    click.echo(fitted(text), err=err)


def fitted(text: str) -> str:
    """Break the lines that are too long between words.

    >>> print(fitted("- The ids were taken from “No.”, judging by its values; the column “Id” holds the same ones."))
    - The ids were taken from “No.”, judging by its values; the column “Id” holds
      the same ones.
    """
    return "\n".join(line if _width(line) <= WIDTH else _broken(line) for line in text.split("\n"))


def _broken(line: str) -> str:
    lead = _LEAD.match(line)
    assert lead is not None  # noqa: S101 - told to the type checker: the pattern matches nothing, too
    glued = _COMMAND.sub(lambda found: found[0].replace(" ", _GLUE), line[lead.end() :])
    lines, indent = [lead[0]], " " * _width(lead[0])
    fresh = True
    for word in glued.split(" "):
        if not fresh and _width(lines[-1]) + 1 + _width(word) > WIDTH:
            lines.append(indent + word)
        else:
            lines[-1] += word if fresh else f" {word}"
        fresh = False
    return "\n".join(line.rstrip() for line in lines).replace(_GLUE, " ")


def _width(text: str) -> int:
    """Count a terminal's columns: characters of wide scripts take two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
