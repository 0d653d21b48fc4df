"""The report of a retrain, made for a decision: verdict, rows, k, segments, moves, drift, and the two buttons."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from bot.blocks.limits import ALT_TEXT, BUTTON_VALUE, SECTION_TEXT
from bot.blocks.models.naming import naming_button
from bot.blocks.reply import Reply
from bot.blocks.tables import table_blocks, telling_first
from bot.blocks.text import (
    Block,
    bullets,
    button,
    confirmation,
    context,
    cut,
    escape,
    header,
    names_listed,
    section,
    sections,
)
from segmentation.evaluation.comparison import Comparison, Moves, SegmentChange, Verdict
from segmentation.palette import square_of
from segmentation.schema import Schema
from segmentation.training.report import left_out_money
from segmentation.writing.figures import figure, percent

if TYPE_CHECKING:
    from segmentation.registry.manifest import Manifest
    from segmentation.training.report import TrainingReport

PROMOTE: Final = "promote_model"
DISCARD: Final = "discard_model"
_MOST_LINES: Final = 12
_MOST_FEATURES: Final = 6
_MOST_PROBLEMS: Final = 5
_VERSION: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_FILE: Final = re.compile(r"F[A-Z0-9]{2,20}")
# How much of a report may be about segments; if it is more, names and labels are shortened, figures never.
_SEGMENTS_TEXT: Final = 8000
_SHORT_NAME: Final = 80
_SHORT_LABEL: Final = 40
# Kept on one line.
_FROM_TO: Final = "from\u00a0↓\u00a0to\u00a0→"
_HEADLINES: Final = {
    Verdict.BETTER: "🟢 Promote: better than the model in service",
    Verdict.SIMILAR: "🟡 Promote if you like: similar to the model in service",
    Verdict.DIFFERENT: "🟠 Look first: different from the model in service",
    Verdict.BANDS: "🟠 Look first: bands, no groups",
    Verdict.WORSE: "🟠 Don't promote: worse than the model in service",
    Verdict.UNSAFE: "🔴 Don't promote: unsafe",
}
_LEVELS: Final = {"none": "none", "chance": "may be chance"}
_STATES: Final = {"matched": "", "new": " (new)", "gone": " (gone)"}


@dataclass(frozen=True, slots=True)
class Choice:
    """What the two buttons carry: a candidate, the version it was compared with, and its uploaded charts."""

    version: str
    expected: str | None
    elbow: str = ""
    segments: str = ""

    def to_value(self) -> str:
        """Return the button's value."""
        return json.dumps(asdict(self))

    @classmethod
    def from_value(cls, text: str) -> Choice:
        """Read a button's value; ValueError when it is not one of ours."""
        if len(text) > BUTTON_VALUE:
            raise ValueError("too long")
        try:
            choice = cls(**json.loads(text))
        except (TypeError, RecursionError) as error:
            raise ValueError("not a candidate's value") from error
        versions = [choice.version] if choice.expected is None else [choice.version, choice.expected]
        files = [file for file in (choice.elbow, choice.segments) if file != ""]
        if not all(isinstance(one, str) and _VERSION.fullmatch(one) for one in versions):
            raise ValueError("no version")
        if not all(isinstance(one, str) and _FILE.fullmatch(one) for one in files):
            raise ValueError("no file")
        return choice


def report_reply(
    manifest: Manifest,
    schema: Schema,
    comparison: Comparison,
    choice: Choice,
    *,
    promotable: bool,
    closing: str = "",
    renamed_by: str = "",
) -> Reply:
    """Render a candidate's report.

    Parameters
    ----------
    manifest
        The candidate's.
    schema
        Its features.
    comparison
        With the version in service.
    choice
        What the buttons carry, and which charts to show.
    promotable
        Whether *Promote* is offered: not for an unsafe candidate, unless that is allowed.
    closing
        What became of the candidate, escaped; the buttons are gone then.
    renamed_by
        Who named its segments, escaped; empty if training did.
    """
    report = manifest.report
    names = tuple(change.name for change in comparison.segments if change.state != "gone")
    headline = _headline(comparison)
    reasons = [escape(reason) for reason in comparison.reasons]
    blocks: list[Block] = [header(headline)]
    if reasons:
        blocks.append(bullets("Why", reasons))
    blocks.append(_rows(manifest, schema))
    if manifest.problems:
        blocks.append(bullets("Left out", _left_out(manifest)))
    blocks.append(_quality(report))
    if choice.elbow:
        blocks.append(_image(choice.elbow, f"Inertia and silhouette by k; {report.choice.k} is chosen"))
    blocks += _segments(comparison.segments, names, schema)
    if choice.segments:
        blocks.append(_image(choice.segments, f"Segment map of the candidate: {names_listed(names)}"))
    blocks += [*_moves(comparison.moves), *_drift(comparison, schema)]
    for title, lines in (("Before you trust it", report.warnings), ("What I assumed", manifest.notes)):
        if lines:
            blocks.append(bullets(title, [escape(line) for line in lines[:_MOST_LINES]]))
    blocks.append(context(_small_print(manifest, comparison, renamed_by)))
    blocks.append(section(closing) if closing else _buttons(choice, comparison, promotable=promotable))
    words = f"{headline}: candidate {escape(manifest.version)}. {' '.join(reasons)}"
    return Reply(f"{words} {closing}".strip(), blocks)


def _headline(comparison: Comparison) -> str:
    if comparison.verdict is Verdict.FIRST:
        return "🟢 Promote: your first model" + (" of real customers" if comparison.against else "")
    moves = comparison.moves
    if moves is None or not moves.total:
        return _HEADLINES[comparison.verdict]
    if comparison.verdict is Verdict.SIMILAR and not moves.moved:
        # Nothing to warn of, so not amber.
        return f"🟢 Nothing would change: same as the model in service, none of {moves.total:,} customers would move"
    about = "about " if moves.estimated else ""
    return f"{_HEADLINES[comparison.verdict]}, {about}{moves.moved:,} of {moves.total:,} customers would move"


def _buttons(choice: Choice, comparison: Comparison, *, promotable: bool) -> Block:
    value = choice.to_value()
    discard = button("Discard", DISCARD, value, style="danger")
    if not promotable:
        return {"type": "actions", "elements": [discard]}
    promote = button("Promote", PROMOTE, value, style="primary")
    if comparison.verdict is Verdict.DIFFERENT:
        # The first reason is what makes it different.
        promote["confirm"] = confirmation("Promote a model this different?", comparison.reasons[0], "Promote")
    if comparison.verdict is Verdict.BANDS:
        promote["confirm"] = confirmation("Promote bands of customers?", comparison.reasons[0], "Promote")
    return {"type": "actions", "elements": [promote, naming_button(value), discard]}


def _rows(manifest: Manifest, schema: Schema) -> Block:
    cleaning = manifest.report.cleaning
    text = f"*Rows* – {cleaning.rows:,} in the file, {cleaning.used:,} used"
    left_out = [f"{count:,} {escape(reason.replace('_', ' '))}" for reason, count in cleaning.rejected.items() if count]
    if cleaning.outlier_rows:
        money = left_out_money(cleaning, schema)
        left_out.append(f"{cleaning.outlier_rows:,} far outside the rest{f' ({escape(money)})' if money else ''}")
    if left_out:
        text += f"; left out: {', '.join(left_out)}"
    lacking = [f"{count:,} had no {escape(name)}" for name, count in cleaning.imputed.items() if count]
    if lacking:
        text += f". Of those used, {', '.join(lacking)}"
    return section(f"{text}.")


def _left_out(manifest: Manifest) -> list[str]:
    lines = [escape(problem.text) for problem in manifest.problems[:_MOST_PROBLEMS]]
    more = len(manifest.problems) - _MOST_PROBLEMS
    return [*lines, f"and {more} more kinds"] if more > 0 else lines


def _quality(report: TrainingReport) -> Block:
    figures = [] if report.silhouette is None else [f"silhouette {figure(report.silhouette)}"]
    figures.append(f"stability on other samples {figure(report.stability)}")
    rules = f"rules match the clusters with fidelity {figure(report.fidelity)}"
    if report.fidelity_held_out is not None:
        rules += f", on held-out customers {figure(report.fidelity_held_out)}"
    figures.append(rules)
    return section(f"*Number of segments* – {escape(report.choice.reason)}\n*Quality* – {'; '.join(figures)}")


def _segments(changes: Sequence[SegmentChange], names: tuple[str, ...], schema: Schema) -> list[Block]:
    title = "*Segments*, before → now"
    more = len(schema.features) - _MOST_FEATURES
    if more > 0:
        title += f" ({more} more feature{'' if more == 1 else 's'} left out)"
    lines = [_segment(change, names, schema, SECTION_TEXT, SECTION_TEXT) for change in changes]
    if sum(map(len, lines)) > _SEGMENTS_TEXT:
        lines = [_segment(change, names, schema, _SHORT_NAME, _SHORT_LABEL) for change in changes]
    return sections([title, *lines])


def _segment(
    change: SegmentChange, names: tuple[str, ...], schema: Schema, longest_name: int, longest_label: int
) -> str:
    gone, known = change.state == "gone", change.state == "matched"
    square = "▫️" if gone else square_of(change.name, names)
    before = f" (was {cut(escape(change.name_before), longest_name)})" if change.name_before else ""
    name = f"{square} *{cut(escape(change.name), longest_name)}*{before}{_STATES[change.state]}"
    if gone:
        size = f"{_count(change.customers_before)} customers ({_share(change.share_before)}) before"
    else:
        customers = _arrow(_count(change.customers_before) if known else "", _count(change.customers_now))
        share = _arrow(_share(change.share_before) if known else "", _share(change.share_now))
        size = f"{customers} customers ({share})"
    parts = [size]
    for index in telling_first(schema.features, _MOST_FEATURES)[:_MOST_FEATURES]:
        feature = schema.features[index]
        was, now = (escape(text(index, feature)) for text in (change.typical_before, change.typical_now))
        if centre := was if gone else _arrow(was, now):
            parts.append(f"{cut(escape(feature.label_in_text), longest_label)} {centre}")
    return f"{name} – {' · '.join(parts)}"


def _arrow(before: str, now: str) -> str:
    return f"{before} → {now}" if before and before != now else now


def _count(customers: int | None) -> str:
    return "–" if customers is None else f"{customers:,}"


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _moves(moves: Moves | None) -> list[Block]:
    """Return how many customers would change segment, and a table of where they would go."""
    if moves is None or not moves.total:
        return []
    rows = [[f"In this file, {_FROM_TO}", *moves.names_now]]
    rows += [
        [name, *(f"{count:,}" if count else "–" for count in counts)]
        for name, counts in zip(moves.names_before, moves.counts, strict=True)
    ]
    # The heads are names, and some are long, so they are wrapped.
    grid = table_blocks(rows, right=range(1, len(rows[0])), wrapped=True)
    about = "about " if moves.estimated else ""
    share = percent(moves.moved / moves.total)
    line = f"{about}{moves.moved:,} of the {moves.total:,} customers in this file ({share})"
    return [bullets("Would change segment", [line]), *grid]


def _drift(comparison: Comparison, schema: Schema) -> list[Block]:
    if not comparison.drift:
        return []
    labels = {feature.name: feature.label for feature in schema.features}
    farthest = sorted(comparison.drift, key=lambda drift: -drift.index)
    shown = farthest if len(farthest) > _MOST_LINES else comparison.drift
    found = [(labels.get(drift.feature, drift.feature), drift) for drift in shown[:_MOST_LINES]]
    if comparison.joint is not None:
        found.append((f"All together, by the {comparison.joint.feature}", comparison.joint))
    lines = [
        f"{escape(label)}: {drift.text} – " + _LEVELS.get(drift.level, f"*{escape(drift.level)}*")
        for label, drift in found
    ]
    if more := len(farthest) - len(shown[:_MOST_LINES]):
        rest = "1 more feature" if more == 1 else f"{more} more features"
        lines.append(f"{rest}: {farthest[_MOST_LINES].text} at most")
    return [bullets("Drift since the current model's training (population stability index)", lines)]


def _small_print(manifest: Manifest, comparison: Comparison, renamed_by: str) -> str:
    parts = [f"Candidate {escape(manifest.version)}"]
    if comparison.against:
        parts.append(f"compared with {escape(comparison.against)}")
    parts.append(f"from {escape(manifest.source)}")
    if manifest.parent:
        parts.append(f"made from {escape(manifest.parent)} by {renamed_by}")
    if manifest.note:
        parts.append(f"note: {escape(manifest.note)}")
    if manifest.report.synthetic:
        parts.append("trained on *synthetic sample customers*")
    return " · ".join(parts)


def _image(file: str, alt_text: str) -> Block:
    return {"type": "image", "slack_file": {"id": file}, "alt_text": cut(alt_text, ALT_TEXT)}
