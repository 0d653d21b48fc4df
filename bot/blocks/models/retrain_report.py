"""The report of a retrain, made for a decision on one screen: what to do, why, sizes before and after, the buttons."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.blocks.limits import BUTTON_VALUE
from bot.blocks.model_names import model_text
from bot.blocks.models.naming import naming_button
from bot.blocks.reply import Reply
from bot.blocks.text import Block, bullets, button, capital, confirmation, context, escape, header, picture, section
from segmentation.charts.captions import sizes_text
from segmentation.evaluation.comparison import Comparison, Verdict

if TYPE_CHECKING:
    from segmentation.registry.manifest import Manifest

PROMOTE: Final = "promote_model"
DISCARD: Final = "discard_model"
# Longer reasons wait in the thread, so that a report stays on one screen of a phone.
_MOST_REASONS: Final = 330
_VERSION: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_FILE: Final = re.compile(r"F[A-Z0-9]{2,20}")
_INSTRUCTIONS: Final = {
    Verdict.BETTER: "🟢 Promote",
    Verdict.SIMILAR: "🟢 Promote",
    Verdict.DIFFERENT: "🟠 Look first",
    Verdict.BANDS: "🟠 Look first",
    Verdict.WORSE: "🟠 Don't promote",
    Verdict.UNSAFE: "🔴 Don't promote",
}
_QUESTIONS: Final = {
    Verdict.DIFFERENT: "Promote a model this different?",
    Verdict.BANDS: "Promote bands of customers?",
}
_QUALITY: Final = {
    Verdict.BETTER: "quality is better",
    Verdict.SIMILAR: "quality is fine",
    Verdict.DIFFERENT: "much is different",
    Verdict.BANDS: "bands, no groups",
    Verdict.WORSE: "worse than the model in service",
    Verdict.UNSAFE: "unsafe",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """What the two buttons carry: a candidate, the version it was compared with, and its uploaded charts."""

    version: str
    expected: str | None
    elbow: str = ""
    segments: str = ""
    sizes: str = ""

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
        files = [file for file in (choice.elbow, choice.segments, choice.sizes) if file != ""]
        if not all(isinstance(one, str) and _VERSION.fullmatch(one) for one in versions):
            raise ValueError("no version")
        if not all(isinstance(one, str) and _FILE.fullmatch(one) for one in files):
            raise ValueError("no file")
        return choice


def report_reply(
    manifest: Manifest,
    comparison: Comparison,
    choice: Choice,
    *,
    promotable: bool,
    closing: str = "",
    renamed_by: str = "",
) -> Reply:
    """Render a candidate's report; everything it leaves out is in `details_reply`.

    Parameters
    ----------
    manifest
        The candidate's.
    comparison
        With the version in service.
    choice
        What the buttons carry, and the chart of sizes.
    promotable
        Whether *Promote* is offered: not for an unsafe candidate, unless that is allowed.
    closing
        What became of the candidate, escaped; it comes first then, and the buttons are gone.
    renamed_by
        Who named its segments, escaped; empty if training did.
    """
    headline = headline_of(comparison)
    blocks: list[Block] = [section(closing), section(f"*{headline}*")] if closing else [header(headline)]
    reasons = [escape(reason) for reason in _first(comparison.telling_reasons)]
    if reasons:
        blocks.append(bullets("Why", reasons))
    if choice.sizes:
        blocks.append(picture(choice.sizes, sizes_text(comparison.segments)))
    elif comparison.segments:
        blocks.append(section(escape(sizes_text(comparison.segments))))
    blocks.append(context(_small_print(manifest, comparison, renamed_by)))
    if not closing:
        blocks.append(_buttons(choice, comparison, promotable=promotable))
    words = f"{headline}. The candidate is the {escape(model_text(manifest.version))}. {' '.join(reasons)}"
    return Reply(f"{closing} {words}".strip(), blocks)


def headline_of(comparison: Comparison) -> str:
    """Say what to do and how many customers that moves: "🟢 Promote: 2 of 200 customers move, quality is fine"."""
    verdict, moved = comparison.verdict, moved_text(comparison)
    if verdict is Verdict.FIRST:
        return "🟢 Promote: your first model" + (" of real customers" if comparison.against else "")
    if verdict is Verdict.SIMILAR and comparison.moves is not None and moved and not comparison.moves.moved:
        return f"🟢 Promote or discard, it is the same: {moved}"
    parts = (moved, _QUALITY[verdict])
    # What makes it unsafe or worse counts more than how many move.
    ordered = parts if verdict in {Verdict.BETTER, Verdict.SIMILAR} else parts[::-1]
    return f"{_INSTRUCTIONS[verdict]}: {', '.join(filter(None, ordered))}"


def moved_text(comparison: Comparison) -> str:
    """Say how many customers move: "2 of 200 customers move"; empty if nobody can tell."""
    moves = comparison.moves
    if moves is None or not moves.total:
        return ""
    if not moves.moved:
        return f"none of {moves.total:,} customers move"
    about = "about " if moves.estimated else ""
    return f"{about}{moves.moved:,} of {moves.total:,} customers move"


def _first(reasons: Sequence[str]) -> Iterator[str]:
    """Yield the weightiest reason, and as many more as there is room for."""
    room = _MOST_REASONS
    for reason in reasons:
        room -= len(reason)
        if room < 0 and reason is not reasons[0]:
            return
        yield reason


def _buttons(choice: Choice, comparison: Comparison, *, promotable: bool) -> Block:
    value = choice.to_value()
    discard = button("Discard", DISCARD, value, style="danger") | {"confirm": _sure_to_discard(comparison)}
    if not promotable:
        return {"type": "actions", "elements": [discard]}
    promote = button("Promote", PROMOTE, value, style="primary") | {"confirm": _sure_to_promote(comparison)}
    return {"type": "actions", "elements": [promote, naming_button(value), discard]}


def _sure_to_promote(comparison: Comparison) -> dict[str, Any]:
    """Say what a promotion does, as plain text: who moves, how to undo it, and what speaks against it."""
    moved = capital(moved_text(comparison))
    undo = "Undo with /retrain rollback." if comparison.against else "It will answer from then on."
    against = ""
    if comparison.verdict in {Verdict.DIFFERENT, Verdict.BANDS, Verdict.WORSE, Verdict.UNSAFE}:
        # The first reason is what makes it so.
        against = next(iter(comparison.telling_reasons), "")
    title = _QUESTIONS.get(comparison.verdict, "Promote this model?")
    said = f"{moved} to another segment." if moved else ""
    return confirmation(title, " ".join(filter(None, (said, undo, against))), "Promote")


def _sure_to_discard(comparison: Comparison) -> dict[str, Any]:
    moved = "No customer moves" if comparison.against else "Nothing else changes"
    text = f"{moved}, and this candidate can't be promoted any more. To get one like it, train again."
    return confirmation("Discard this model?", text, "Discard")


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
    return " · ".join([*parts, "all figures are in the thread"])
