"""Prose on the terminal: lines fit, and what people copy stays whole."""

from __future__ import annotations

import pytest

from bot.cli.text.prose import WIDTH, fitted

VERSION = "20261003-101500-0a1b2c3d"


def test_lines_that_fit_stay_as_they_are() -> None:
    text = "Segment    Customers\n────────────────────\nTarget            39\n\n  → done"
    assert fitted(text) == text


@pytest.mark.parametrize(
    ("line", "begins"),
    [
        ("word " * 40, "word"),
        ("- " + "word " * 40, "  word"),
        ("  " + "word " * 40, "  word"),
        ("wrong  " + "word " * 40, "       word"),
        ("       → " + "word " * 40, "         word"),
    ],
)
def test_a_line_goes_on_below_its_own_text(line: str, begins: str) -> None:
    first, *others = fitted(line.rstrip()).split("\n")
    assert first == line[: len(first)]
    assert others
    assert all(other.startswith(begins) for other in others)
    assert all(len(other) <= WIDTH for other in (first, *others))
    assert " ".join(map(str.strip, (first, *others))) == line.strip()


def test_a_command_is_never_broken() -> None:
    command = f"segbot models rollback {VERSION}"
    lines = fitted(f"{VERSION} is in service again. It replaces {VERSION}. To undo: {command}. It can be repeated.")
    assert lines.split("\n") == [
        f"{VERSION} is in service again. It replaces",
        f"{VERSION}. To undo:",
        f"{command}. It can be repeated.",
    ]
    quoted = f'segbot models name {VERSION} "Target=Higher income, higher spending"'
    assert fitted(f"To name one: {quoted}").endswith(f"\n{quoted}")
    long = f"segbot train '{'customers of May ' * 6}.csv' --orders"
    assert fitted(f"It lists orders. To train on the customers who made them: {long}").endswith(f"\n{long}")


def test_an_id_that_is_too_long_is_never_broken() -> None:
    path = "/" + "folder/" * 15
    assert fitted(f"There is no folder {path} here. Create it.").split("\n") == [
        "There is no folder",
        path,
        "here. Create it.",
    ]


def test_wide_scripts_take_two_columns() -> None:
    assert fitted("顧客 " * 17) == "\n".join([("顧客 " * 16).rstrip(), "顧客"])
