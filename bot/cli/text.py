"""What the command line prints: results as plain, aligned text, and progress where somebody is watching."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

from segmentation.errors import BrokenArtifact
from segmentation.explanation import Explanation, confidence_word
from segmentation.model import SegmentModel
from segmentation.schema import format_number

if TYPE_CHECKING:
    from pathlib import Path

    from segmentation.evaluation.comparison import Comparison
    from segmentation.registry.artifact import Manifest
    from segmentation.registry.audit import AuditEntry
    from segmentation.registry.registry import Check, Registry, VersionInfo
    from segmentation.registry.transfer import Copied
    from segmentation.retraining import Run
    from segmentation.scoring.score import ScoreReport

_WIDTH: Final = 100
_MOST_PROBLEMS: Final = 5


def explanation_text(explanation: Explanation, *, synthetic: bool) -> str:
    """Return one customer's answer as text."""
    prediction = explanation.prediction
    border = "borderline, " if prediction.borderline else ""
    confidence = f"{confidence_word(prediction)}, {prediction.confidence:.0%}"
    lines = [
        f"{prediction.segment} – {explanation.segment.meaning}",
        f"Confidence: {confidence} ({border}next nearest: {prediction.runner_up})",
        "",
        _table(
            ["Feature", "This customer", f"Typical {prediction.segment}", "80% are within"],
            [
                [
                    f"{line.label} ({line.unit})" if line.unit else line.label,
                    format_number(line.value) + (" (assumed)" if line.imputed else ""),
                    format_number(line.mean, 1),
                    f"{format_number(line.low, 1)} – {format_number(line.high, 1)}",
                ]
                for line in explanation.profile
            ],
        ),
        "",
        "Why: " + "; ".join(reason.sentence for reason in explanation.why),
        *(["What would change it:"] if explanation.changes else []),
        *(f"  {change.sentence}" for change in explanation.changes),
        f"Suggested action: {explanation.segment.action}",
        f"Model {prediction.model_version}" + (", trained on synthetic sample customers" if synthetic else ""),
    ]
    return "\n".join(lines)


def score_text(report: ScoreReport, target: Path) -> str:
    """Return a scoring run's summary as text."""
    lines = [
        f"{report.rows:,} rows: {report.scored:,} scored, {report.rejected:,} not. Result: {target}",
        _table(["Segment", "Rows"], [[name, f"{count:,}"] for name, count in report.segments.items()]),
        *(f"- {note}" for note in report.notes),
        f"Model {report.model_version}",
    ]
    return "\n".join(lines)


def copied_text(copied: list[Copied], to: str) -> str:
    """Return what became of versions that were copied to the models folder or the shared database."""
    if not copied:
        return "There is nothing to copy."

    def line(one: Copied) -> str:
        if one.problem:
            return f"{one.version} was not copied. {one.problem}"
        return f"{one.version} is a candidate in the {to} now." if one.new else f"{one.version} is there already."

    return "\n".join(line(one) for one in copied)


def report_text(run: Run, *, promoted: bool) -> str:
    """Return a training's report as text."""
    report = run.report
    cleaning = report.cleaning
    left_out = ", ".join(f"{count} {reason.replace('_', ' ')}" for reason, count in cleaning.rejected.items())
    state = "is now in service" if promoted else f"is a candidate: segbot models promote {run.version}"
    metrics = ", ".join(
        f"{name.replace('_', ' ')} {value:.3f}" for name, value in report.metrics().items() if value is not None
    )
    lines = [
        f"Version {run.version} {state}.",
        f"Rows: {cleaning.rows:,}, used {cleaning.used:,}"
        + (f", left out: {left_out}" if left_out else "")
        + (f", outliers {cleaning.outlier_rows}" if cleaning.outlier_rows else ""),
        *(f"  {problem.text}" for problem in run.problems[:_MOST_PROBLEMS]),
        *(f"Imputed: {count} values of {name}" for name, count in cleaning.imputed.items()),
        report.choice.reason,
        _segments_table(run.model),
        f"Quality: {metrics}.",
    ]
    lines += _comparison_lines(run.comparison)
    lines += [f"Warning: {warning}" for warning in run.warnings]
    lines += [f"Note: {note}" for note in run.notes]
    return "\n".join(lines)


def history_text(entries: list[AuditEntry]) -> str:
    """Return the audit log as text."""
    if not entries:
        return "Nothing has happened to any model version yet."
    rows = [
        [entry.at, entry.event.replace("_", " "), entry.version, entry.previous or "", entry.actor, entry.note]
        for entry in entries
    ]
    return _table(["When", "What", "Version", "Before", "Who", "Note"], rows)


def _comparison_lines(comparison: Comparison) -> list[str]:
    """Return verdict, reasons, and who would move: from the segments before, down, to those now, across."""
    against = f" than {comparison.against}" if comparison.against else ""
    word = {"better": f"better{against}", "worse": f"worse{against}", "similar": f"similar to {comparison.against}"}
    lines = [f"Verdict: {word.get(comparison.verdict, comparison.verdict)}."]
    lines += [f"  {reason}" for reason in comparison.reasons]
    for title, moves in (
        ("Customers of this file", comparison.moves),
        ("Customers the version in service was trained with", comparison.moves_before),
    ):
        if moves is not None and moves.moved:
            head = [f"{title}{', estimated' if moves.estimated else ''}: from", *moves.names_now]
            pairs = zip(moves.names_before, moves.counts, strict=True)
            lines.append(_table(head, [[name, *(f"{count:,}" for count in row)] for name, row in pairs]))
    return lines


def version_data(info: VersionInfo) -> dict[str, Any]:
    """Return one line of a listing as JSON-ready data."""
    manifest = info.manifest
    return {
        "version": info.version,
        "state": info.state.value,
        "problem": info.problem,
        "created_at": manifest.created_at if manifest else None,
        "created_by": manifest.created_by if manifest else None,
        "source": manifest.source if manifest else None,
        "verdict": manifest.comparison["verdict"] if manifest and manifest.comparison else None,
        "unsafe": bool(manifest.objections) if manifest else None,
        "k": manifest.report["choice"]["k"] if manifest else None,
        "rows": manifest.report["cleaning"]["rows"] if manifest else None,
    }


def versions_text(versions: list[VersionInfo]) -> str:
    """Return the listing as text."""
    if not versions:
        return "There is no model version yet: segbot train customers.csv --promote"
    rows = []
    for info in versions:
        data = version_data(info)
        detail = info.problem or f"k = {data['k']}, {data['source']}, by {data['created_by']}, {data['created_at']}"
        rows.append([info.version, info.state.value, data["verdict"] or "", detail])
    return _table(["Version", "State", "Verdict", ""], rows)


def version_details(model: SegmentModel, manifest: Manifest, *, rules: bool) -> dict[str, Any]:
    """Return everything about a version as JSON-ready data."""
    data = {**asdict(manifest), "segments": [asdict(segment) for segment in model.segments]}
    del data["golden"]
    return {**data, "rules": model.rules_text()} if rules else data


def version_report(model: SegmentModel, manifest: Manifest, *, rules: bool) -> str:
    """Return a version's segments, metrics, verdict and origin as text."""
    from segmentation.evaluation.comparison import Comparison  # noqa: PLC0415 - loads numpy, which `segbot predict` does without

    report = manifest.report
    figures = ("silhouette", "stability", "fidelity")
    lines = [
        f"Version {manifest.version}, {manifest.source}, by {manifest.created_by}, {manifest.created_at}",
        *([f"Note: {manifest.note}"] if manifest.note else []),
        report["choice"]["reason"],
        _segments_table(model),
        "Quality: " + ", ".join(f"{name} {report[name]:.3f}" for name in figures if report[name] is not None),
        *(_comparison_lines(Comparison.from_data(manifest.comparison)) if manifest.comparison else []),
        *(f"Warning: {warning}" for warning in report["warnings"]),
    ]
    return "\n".join([*lines, *(["", model.rules_text()] if rules else [])])


@dataclass(frozen=True, slots=True)
class Verification:
    """What `segbot models verify` found: checks by version, and the pointer's problem, if any."""

    checks: dict[str, list[Check]]
    pointer_problem: str

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.pointer_problem and all(check.ok for checks in self.checks.values() for check in checks)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready form."""
        return {
            "ok": self.ok,
            "pointer_problem": self.pointer_problem,
            "versions": {version: [asdict(check) for check in checks] for version, checks in self.checks.items()},
        }


def verification(registry: Registry, version: str | None) -> Verification:
    """Verify one version, or the pointer and all of them."""
    if version is not None:
        return Verification({version: registry.verify(version)}, "")
    problem = ""
    try:
        registry.current()
    except BrokenArtifact as error:
        problem = error.sentence
    return Verification({info.version: registry.verify(info.version) for info in registry.versions()}, problem)


def verification_text(result: Verification) -> str:
    """Return a verification as text."""
    lines = [f"FAILED pointer: {result.pointer_problem}"] if result.pointer_problem else []
    for version, checks in result.checks.items():
        lines.append(version)
        lines += [
            f"  {'ok    ' if check.ok else 'FAILED'} {check.name}{check.detail and ': ' + check.detail}"
            for check in checks
        ]
    return "\n".join(lines) or "There is no model version to verify."


@contextmanager
def progress(title: str) -> Iterator[Callable[[object], None]]:
    """Show what is going on on stderr while somebody watches; silent when it is not a terminal."""
    if not sys.stderr.isatty():
        yield lambda _step: None
        return
    from rich.console import Console  # noqa: PLC0415 - not for scripts

    with Console(stderr=True).status(f"{title}…") as status:
        yield lambda step: status.update(f"{title}: {step:,} rows" if isinstance(step, int) else f"{title}: {step}")


def _segments_table(model: SegmentModel) -> str:
    head = ["Segment", "Customers", "Share", *(f"{f.label} ({f.unit})" for f in model.schema.features)]
    rows = [
        [s.name, f"{s.customers:,}", f"{s.share:.0%}", *(format_number(value, 1) for value in s.mean)]
        for s in model.segments
    ]
    return _table(head, rows)


def _table(head: list[str], rows: list[list[str]]) -> str:
    """Align columns with rich, without colour or borders: it is read in pipes too."""
    from rich import box  # noqa: PLC0415 - JSON output does without
    from rich.console import Console  # noqa: PLC0415 - JSON output does without
    from rich.table import Table  # noqa: PLC0415 - JSON output does without
    from rich.text import Text  # noqa: PLC0415 - JSON output does without

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for i, title in enumerate(head):
        table.add_column(Text(title), justify="left" if i == 0 or not title else "right", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    out = StringIO()
    Console(file=out, width=_WIDTH, color_system=None, force_terminal=False).print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip("\n").split("\n"))
