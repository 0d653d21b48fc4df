"""A training as text: what was used, the segments, their quality, and the comparison with the version in service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.cli.text.tables import table
from segmentation.model import SegmentModel
from segmentation.schema import telling_first
from segmentation.training.reports.warnings import left_out_money
from segmentation.writing.figures import figure

if TYPE_CHECKING:
    from segmentation.evaluation.comparison import Comparison
    from segmentation.versions.retraining import Run

_MOST_PROBLEMS: Final = 5


def report_text(run: Run, *, promoted: bool) -> str:
    """Return a training's report as text."""
    report = run.report
    cleaning = report.cleaning
    left_out = ", ".join(f"{count} {reason.replace('_', ' ')}" for reason, count in cleaning.rejected.items())
    metrics = ", ".join(
        f"{name.replace('_', ' ')} {figure(value)}" for name, value in report.metrics().items() if value is not None
    )
    return "\n".join(
        [
            f"Version {run.version} {_state(run, promoted=promoted)}",
            *verdict_lines(run.comparison),
            f"Rows: {cleaning.rows:,}, used {cleaning.used:,}"
            + (f", left out: {left_out}" if left_out else "")
            + (f", outliers {cleaning.outlier_rows}" if cleaning.outlier_rows else "")
            + (f" ({money})" if (money := left_out_money(cleaning, run.model.schema)) else ""),
            *(f"  {problem.text}" for problem in run.problems[:_MOST_PROBLEMS]),
            *(f"No {name}: {count} rows" for name, count in cleaning.imputed.items()),
            report.choice.reason,
            segments_table(run.model),
            f"Quality: {metrics}.",
            *moves_lines(run.comparison),
            *(f"Warning: {warning}" for warning in run.warnings),
            *(f"Note: {note}" for note in run.notes),
        ]
    )


def _state(run: Run, *, promoted: bool) -> str:
    if promoted:
        return "is now in service."
    if run.objections:
        return "is a candidate that is unsafe to promote."
    return f"is a candidate. To promote it: segbot models promote {run.version}"


def verdict_lines(comparison: Comparison) -> list[str]:
    """Return the verdict and its reasons."""
    against = f" than {comparison.against}" if comparison.against else ""
    word = {
        "first": "first model of real customers" if comparison.against else "first model",
        "better": f"better{against}",
        "worse": f"worse{against}",
        "similar": f"similar to {comparison.against}",
        "different": f"different from {comparison.against} – look first",
        "bands": "bands, no groups – look first",
    }
    return [
        f"Verdict: {word.get(comparison.verdict, comparison.verdict)}.",
        *(f"  {reason}" for reason in comparison.reasons),
    ]


def moves_lines(comparison: Comparison) -> list[str]:
    """Return who would move, from the segments before, down, to those now, across; nothing if nobody would."""
    moves = comparison.moves
    if moves is None or not moves.moved:
        return []
    head = [f"Customers of this file{', estimated' if moves.estimated else ''}: from", *moves.names_now]
    pairs = zip(moves.names_before, moves.counts, strict=True)
    return [table(head, [[name, *(f"{count:,}" for count in row)] for name, row in pairs])]


def segments_table(model: SegmentModel) -> str:
    """Return the segments with their sizes, mean values and commonest categories."""
    features, order = model.schema.features, telling_first(model.schema.features)
    head = ["Segment", "Customers", "Share", *(features[i].label_with_unit for i in order)]
    rows = [
        [s.name, f"{s.customers:,}", f"{s.share:.0%}", *(s.typical(i, features[i]) for i in order)]
        for s in model.segments
    ]
    return table(head, rows)
