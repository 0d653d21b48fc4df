"""Model versions as text and as JSON-ready data: lists, details, history, verification."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bot.cli.text.tables import table
from bot.cli.text.training import moves_lines, segments_table, verdict_lines
from segmentation.errors import BrokenArtifact
from segmentation.evaluation.comparison import Verdict
from segmentation.model import SegmentModel
from segmentation.schema import Feature, Role, Schema
from segmentation.writing.figures import figure
from segmentation.writing.folding import fold_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from segmentation.registry.audit import AuditEntry
    from segmentation.registry.manifest import Manifest
    from segmentation.registry.registry import Registry
    from segmentation.registry.renames import Renamed
    from segmentation.registry.states import Check, VersionInfo
    from segmentation.registry.transfer import Copied


def copied_text(copied: list[Copied], to: str) -> str:
    """Say for each version whether it was copied to the models folder or the shared database."""
    if not copied:
        return "There is nothing to copy."

    def line(one: Copied) -> str:
        if one.problem:
            return f"{one.version} was not copied. {one.problem}"
        return f"{one.version} is a candidate in the {to} now." if one.new else f"{one.version} is already there."

    return "\n".join(line(one) for one in copied)


def renamed_text(done: Renamed) -> str:
    """Say what came of naming segments."""
    if done.in_service:
        undo = f"To undo: segbot models rollback {done.parent}"
        return f"{done.version} is now in service: {done.changes}. No customer changes segment. {undo}"
    return f"{done.version} is a candidate in place of {done.parent}: {done.changes}."


def suggestions_text(version: str, suggested: Mapping[str, str]) -> str:
    """List names to consider, and say how to give one."""
    rows = [[name, suggestion] for name, suggestion in suggested.items()]
    first = next(iter(suggested))
    return "\n".join(
        [
            table(["Segment", "A name to consider"], rows),
            f'To name one: segbot models name {version} "{first}={suggested[first]}"',
        ]
    )


def history_text(entries: list[AuditEntry]) -> str:
    """Return the audit log as text."""
    if not entries:
        return "Nothing has happened to any model version yet."
    rows = [[minute(entry.at), entry.event.replace("_", " "), _entry_text(entry)] for entry in entries]
    return table(["When (UTC)", "What", ""], rows, whole=("When (UTC)", "What"))


def _entry_text(entry: AuditEntry) -> str:
    before = f", before: {entry.previous}" if entry.previous else ""
    return f"{entry.version}{before}, by {entry.actor}{entry.note and f': {entry.note}'}"


def minute(moment: str) -> str:
    """Write a moment in UTC to the minute, as people read it.

    >>> minute("2026-10-03T09:15:30+00:00")
    '2026-10-03 09:15'
    """
    return moment[:16].replace("T", " ")


def version_data(info: VersionInfo) -> dict[str, Any]:
    """Return one line of a listing as JSON-ready data."""
    manifest = info.manifest
    return {
        "version": info.version,
        "state": info.state.value,
        "problem": info.problem,
        "created_at": manifest.created_at if manifest else None,
        "created_by": manifest.created_by if manifest else None,
        "parent": (manifest.parent or None) if manifest else None,
        "renamed_by": (manifest.renamed_by or None) if manifest else None,
        "renamed_at": (manifest.renamed_at or None) if manifest else None,
        "source": manifest.source if manifest else None,
        "verdict": manifest.comparison.verdict.value if manifest and manifest.comparison else None,
        "unsafe": bool(manifest.objections) if manifest else None,
        "k": manifest.report.choice.k if manifest else None,
        "rows": manifest.report.cleaning.rows if manifest else None,
    }


def versions_text(versions: list[VersionInfo]) -> str:
    """Return the listing as text."""
    if not versions:
        return "There is no model version yet. Train one: segbot train customers.csv --promote"
    rows = [[info.version, info.state.value, _about(info)] for info in versions]
    return table(["Version", "State", "Verdict and origin"], rows, whole=("Version",))


def _about(info: VersionInfo) -> str:
    """Say what a version was judged to be, what it is made of, and who made it."""
    if info.problem:
        return info.problem
    data = version_data(info)
    parts = [Verdict(data["verdict"]).word] if data["verdict"] else []
    parts.append(f"k = {data['k']}, {data['source']}, by {data['created_by']}, {minute(data['created_at'])} UTC")
    if data["renamed_by"]:
        parts.append(f"renamed by {data['renamed_by']}, {minute(data['renamed_at'])} UTC")
    return "; ".join(parts)


def version_details(model: SegmentModel, manifest: Manifest, *, rules: bool) -> dict[str, Any]:
    """Return everything about a version as JSON-ready data."""
    data = {
        **asdict(manifest),
        "schema": asdict(model.schema),
        "segments": [asdict(segment) for segment in model.segments],
    }
    del data["golden"]
    return {**data, "rules": model.rules_text()} if rules else data


def version_report(model: SegmentModel, manifest: Manifest, *, rules: bool) -> str:
    """Return a version's segments, metrics, verdict and origin as text."""
    report = manifest.report
    figures = {
        "silhouette": report.silhouette,
        "stability": report.stability,
        "fidelity": report.fidelity,
        "fidelity on held-out customers": report.fidelity_held_out,
    }
    lines = [
        f"Version {manifest.version}, {manifest.source}, by {manifest.created_by}, {manifest.created_at}",
        *([f"Made from {manifest.parent} by {manifest.renamed_by}, {manifest.renamed_at}"] if manifest.parent else []),
        *([f"Note: {manifest.note}"] if manifest.note else []),
        *(verdict_lines(manifest.comparison) if manifest.comparison else []),
        *schema_lines(model.schema),
        report.choice.reason,
        segments_table(model),
        "Quality: " + ", ".join(f"{name} {figure(value)}" for name, value in figures.items() if value is not None),
        *(moves_lines(manifest.comparison) if manifest.comparison else []),
        *(f"Warning: {warning}" for warning in report.warnings),
    ]
    return "\n".join([*lines, *(["", model.rules_text()] if rules else [])])


def schema_lines(schema: Schema) -> list[str]:
    """Return what a version's customers are made of: what makes distances, and what describes."""
    lines = []
    for role, text in ((Role.CLUSTER, "Segments are made of"), (Role.PROFILE, "Described by")):
        features = [f"{feature.name} ({_feature_text(feature)})" for feature in schema.features if feature.role is role]
        lines += [f"{text}: {'; '.join(features)}"] if features else []
    return lines


def _feature_text(feature: Feature) -> str:
    label = [] if fold_key(feature.label) == fold_key(feature.name) else [feature.label]
    return ", ".join([*label, feature.range_text, *(["log scale"] if feature.is_log else [])])


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of `segbot models verify`: checks by version, and the pointer's problem, if any."""

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
