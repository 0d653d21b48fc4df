"""A training's report as text, with what a run of the command does not show."""

from __future__ import annotations

from dataclasses import replace

from bot.cli.text.explanation import explanation_text
from bot.cli.text.training import report_text, segments_table
from segmentation.evaluation.comparison import Comparison, Moves, SegmentChange, Verdict
from segmentation.model import SegmentModel
from segmentation.reading.problems import Problem
from segmentation.training.train import Trained
from segmentation.versions.retraining import Run

CHANGE = SegmentChange("Miser", "gone", 35, None, 0.175, None, (41.1, 88.2, 17.1), None)
MOVES = Moves(("Target", "Miser"), ("Target", "Saver"), ((30, 9), (1, 34)), estimated=False)
COMPARED = Comparison(
    "v0", Verdict.WORSE, ("The silhouette is worse.",), (CHANGE,), MOVES, Moves(("A",), ("A",), ((3,),), estimated=True)
)


def a_run(trained: Trained, comparison: Comparison = COMPARED, objections: tuple[str, ...] = ()) -> Run:
    return Run("v1", trained.model, trained.report, ("Delimiter is a semicolon.",), objections, comparison)


def test_a_report_tells_what_was_left_out_and_what_to_beware_of(trained: Trained) -> None:
    report = trained.report
    cleaning = replace(
        report.cleaning,
        rejected={"out_of_range": 2},
        outlier_rows=3,
        outlier_money={"income": 0.0712},
        imputed={"age": 4},
    )
    warnings = ("Few rows.", "Only 40 rows could be used. With fewer than 50, expect chance.")
    report = replace(report, cleaning=cleaning, warnings=warnings)
    objection = "Only 40 rows could be used. Add rows."
    problems = tuple(Problem("missing", "Age", f"Age {number} is missing", number, (7,)) for number in range(1, 9))
    run = replace(a_run(trained, objections=(objection,)), report=report, problems=problems)
    text = report_text(run, promoted=True)
    for part in (
        "Version v1 is now in service.",
        "left out: 2 out of range",
        "outliers 3 (7.1% of annual income)",
        "\n  1 row: Age 1 is missing (line 7)\n",
        "\n  5 rows: Age 5 is missing (line 7 …)\n",
        "No age: 4 rows",
        "Warning: Few rows.",
        "Note: Delimiter is a semicolon.",
    ):
        assert part in text
    assert "Age 6" not in text
    assert "With fewer than 50" not in text  # the objection says so already


def test_a_report_gives_the_verdict_its_reasons_and_who_would_move(trained: Trained) -> None:
    text = report_text(a_run(trained), promoted=False)
    assert "Verdict: worse than v0.\n  The silhouette is worse.\n" in text
    table = text[text.index("Customers of this file: from") :].splitlines()
    assert table[0].split()[-2:] == ["Target", "Saver"]
    assert [line.split() for line in table[2:4]] == [["Target", "30", "9"], ["Miser", "1", "34"]]
    assert "estimated" not in text  # nobody moved there
    first = Comparison(None, Verdict.FIRST, ("There is nothing to compare with.",), ())
    assert "Verdict: first model.\n  There is nothing to compare with.\n" in report_text(
        a_run(trained, first), promoted=False
    )


def test_tables_begin_with_the_features_that_decide(trained: Trained, model: SegmentModel) -> None:
    for text in (
        segments_table(trained.model),
        explanation_text(model.explain({"age": 35, "income": 60, "score": 70}), model.schema, synthetic=True),
    ):
        assert text.index("Annual income") < text.index("Spending score") < text.index("Age (years)")


def test_no_line_is_wider_than_a_terminal(trained: Trained, model: SegmentModel) -> None:
    for text in (
        report_text(a_run(trained), promoted=False),
        explanation_text(model.explain({"age": 35, "income": 60, "score": 70}), model.schema, synthetic=True),
    ):
        tables = [line for line in text.splitlines() if "  " in line.strip()]
        assert tables
        assert max(map(len, tables)) <= 130
