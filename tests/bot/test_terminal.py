"""What the command line prints, where a run of the command does not show it."""

from __future__ import annotations

import io
import sys
from dataclasses import replace

import pytest

from bot.terminal import explanation_text, progress, report_text
from segmentation.model import SegmentModel
from segmentation.retraining import Run
from segmentation.training import Trained


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_marks_what_was_assumed(model: SegmentModel) -> None:
    text = explanation_text(model.explain({"income": 60, "score": 70}), synthetic=False)
    assert "(assumed)" in text
    assert "synthetic" not in text


def test_is_silent_where_nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with progress("Scoring") as advance:
        advance("Reading")
        advance(1_000_000)
    assert stream.getvalue() == ""


def test_shows_what_is_going_on_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")  # rich moves no cursor about on a terminal that cannot
    with progress("Scoring") as advance:
        advance(1_000_000)
        advance("Reading")
    assert "Scoring" in stream.getvalue()


def test_a_report_tells_what_was_left_out_and_what_to_beware_of(trained: Trained) -> None:
    report = trained.report
    cleaning = replace(report.cleaning, rejected={"out_of_range": 2}, outlier_rows=3, imputed={"age": 4})
    report = replace(
        report, cleaning=cleaning, matched=("Target",), new=("Saver",), gone=("Miser",), warnings=("Few rows.",)
    )
    text = report_text(Run("v1", trained.model, report, ("Delimiter is a semicolon.",)), promoted=True)
    for part in (
        "Version v1 is now in service.",
        "left out: 2 out of range",
        "outliers 3",
        "Imputed: 4 values of age",
        "kept Target; new Saver; gone Miser.",
        "Warning: Few rows.",
        "Note: Delimiter is a semicolon.",
    ):
        assert part in text


def test_no_line_is_wider_than_a_terminal(trained: Trained, model: SegmentModel) -> None:
    for text in (
        report_text(Run("v1", trained.model, trained.report, ()), promoted=False),
        explanation_text(model.explain({"age": 35, "income": 60, "score": 70}), synthetic=True),
    ):
        tables = [line for line in text.splitlines() if "  " in line.strip()]
        assert tables
        assert max(map(len, tables)) <= 130
