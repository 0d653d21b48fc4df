"""The details of a candidate, for the thread of its report: rows, k, quality, segments, moves, drift, assumptions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from bot.blocks.limits import SECTION_TEXT
from bot.blocks.model_names import model_text
from bot.blocks.reply import Reply
from bot.blocks.tables import table_blocks
from bot.blocks.text import Block, bullets, cut, escape, names_listed, picture, section, sections
from segmentation.charts.captions import candidate_title, elbow_text
from segmentation.evaluation.comparison import Comparison, Moves, SegmentChange
from segmentation.palette import square_of
from segmentation.schema import Schema, telling_first
from segmentation.training.reports.warnings import left_out_money
from segmentation.writing.figures import figure, percent

if TYPE_CHECKING:
    from segmentation.registry.manifest import Manifest
    from segmentation.training.reports.training import TrainingReport

_MOST_LINES: Final = 12
_MOST_FEATURES: Final = 6
_MOST_PROBLEMS: Final = 5
# How much of a report may be about segments; if it is more, names and labels are shortened, figures never.
_SEGMENTS_TEXT: Final = 8000
_SHORT_NAME: Final = 80
_SHORT_LABEL: Final = 40
# Kept on one line.
_FROM_TO: Final = "from\u00a0↓\u00a0to\u00a0→"
_LEVELS: Final = {"none": "none", "chance": "may be chance"}
_STATES: Final = {"matched": "", "new": " (new)", "gone": " (gone)"}


def details_reply(
    manifest: Manifest, schema: Schema, comparison: Comparison, *, elbow: str = "", segments: str = ""
) -> Reply:
    """Render everything about a candidate that its report leaves out.

    Parameters
    ----------
    manifest, schema, comparison
        As of `report_reply`.
    elbow, segments
        The ids of uploaded pictures: how k was chosen, and the segment map; empty for none.
    """
    report = manifest.report
    names = tuple(change.name for change in comparison.segments if change.state != "gone")
    blocks: list[Block] = []
    if comparison.reasons:
        blocks.append(bullets("Why", map(escape, comparison.reasons)))
    blocks.append(_rows(manifest, schema))
    if manifest.problems:
        blocks.append(bullets("Left out", _left_out(manifest)))
    blocks.append(_quality(report))
    if elbow:
        blocks.append(picture(elbow, elbow_text(report.choice.k, report.choice.elbow, report.choice.silhouette)))
    blocks += _segments(comparison.segments, names, schema)
    if segments:
        blocks.append(picture(segments, f"{candidate_title(schema)}: {names_listed(names)}"))
    blocks += [*_moves(comparison.moves), *_drift(comparison, schema)]
    for title, lines in (("Before you trust it", report.warnings), ("What I assumed", manifest.notes)):
        if lines:
            blocks.append(bullets(title, [escape(line) for line in lines[:_MOST_LINES]]))
    return Reply(f"Details of the candidate, the {escape(model_text(manifest.version))}", blocks)


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
    for index in telling_first(schema.features)[:_MOST_FEATURES]:
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
