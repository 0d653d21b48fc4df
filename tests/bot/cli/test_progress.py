"""Progress on a terminal, and silence elsewhere."""

from __future__ import annotations

import io

import pytest

from bot.cli.progress import progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_is_silent_where_nobody_watches() -> None:
    stream = io.StringIO()
    with progress("Scoring", stream) as advance:
        advance("Reading")
        advance(1_000_000)
    assert stream.getvalue() == ""


def test_shows_what_is_going_on_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setenv("TERM", "xterm")  # rich moves no cursor about on a terminal that cannot
    with progress("Scoring", stream) as advance:
        advance(1_000_000)
        advance("Reading")
    assert "Scoring" in stream.getvalue()
