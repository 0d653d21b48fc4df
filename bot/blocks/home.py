"""The App Home tab: the model in service, its segments, recent changes, and how to use segbot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.blocks.good_to_know import good_to_know
from bot.blocks.limits import FIELD_TEXT
from bot.blocks.model_names import model_text, small_model
from bot.blocks.text import Block, bullets, capital, context, cut, escape, header, section, sections
from bot.blocks.times import in_utc
from segmentation.answers.explanation import Segment
from segmentation.evaluation.comparison import Verdict
from segmentation.model import SegmentModel
from segmentation.palette import square_of
from segmentation.registry.audit import DISCARDED, PROMOTED, RECOVERED, REFUSED, RENAMED, ROLLED_BACK, SAVED, AuditEntry
from segmentation.registry.manifest import Manifest
from segmentation.writing.figures import figure

RECENT: Final = 8
_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
_WHAT: Final = {
    SAVED: "trained",
    RENAMED: "named the segments of",
    PROMOTED: "promoted",
    ROLLED_BACK: "rolled back to",
    DISCARDED: "discarded",
    RECOVERED: "found in service",
}


@dataclass(frozen=True, slots=True)
class HomeFacts:
    """What the tab shows.

    Parameters
    ----------
    model, manifest
        The version in service and its manifest; None if there is none.
    problem
        Why the current version is not in service; empty when all is well.
    entries
        The audit log, oldest first.
    users
        The Slack user ids of the actors in it who have one.
    now
        The time against which ages are given.
    waiting
        That there is no model in service but a candidate waits, in a sentence; empty otherwise.
    admin
        Whether the reader may change the model; only then are refused attempts shown.
    admins
        As of `admins_text`.
    """

    model: SegmentModel | None
    manifest: Manifest | None
    problem: str
    entries: Sequence[AuditEntry]
    users: Mapping[str, str]
    now: datetime
    admin: bool
    waiting: str = ""
    admins: Sequence[str] = ()


def home_view(facts: HomeFacts) -> dict[str, Any]:
    """Render the tab as `views.publish` takes it."""
    blocks: list[Block] = []
    if facts.problem:
        blocks.append(section(f":warning: {escape(facts.problem)}"))
    blocks += _model(facts)
    blocks += [{"type": "divider"}, *_use(facts)]
    recent = [entry for entry in facts.entries if entry.event in _WHAT][-RECENT:]
    if recent:
        named = [version for entry in recent for version in (entry.version, entry.previous) if version]
        lines = [_told(entry, facts, named) for entry in reversed(recent)]
        blocks += [{"type": "divider"}, bullets("Recent changes", lines)]
        blocks += [context("Their ids: `/retrain history`")] if facts.admin else []
    if facts.admin:
        blocks += [{"type": "divider"}, _refused(facts)]
    return {"type": "home", "blocks": blocks}


def _model(facts: HomeFacts) -> Iterator[Block]:
    model, manifest = facts.model, facts.manifest
    if model is None and facts.waiting:
        yield header("No model in service")
        yield section(escape(facts.waiting))
        return
    if model is None:
        yield header("No model yet")
        yield section(
            "Nobody has trained a model yet, so I can't answer. An admin can train one with `/retrain`, or on the "
            "command line with `segbot train customers.csv --promote`."
        )
        return
    yield header(f"{len(model.segments)} customer segments in service")
    if model.synthetic:
        how = "Train one on yours: `/retrain`." if facts.admin else "Ask an admin to train one on yours."
        yield section(f":test_tube: This model was trained on *synthetic sample customers*. {how}")
    if manifest is not None:
        yield {"type": "section", "fields": [_field(*pair) for pair in _quality(manifest, facts)]}
        yield context(small_model(manifest.version))
    lines = [
        f"{square_of(segment.name, model.names)} *{escape(segment.name)}* – {segment.customers:,} customers "
        f"({segment.share:.0%}): {_centre(model, segment)}"
        for segment in model.segments
    ]
    yield from sections(lines)


def _quality(manifest: Manifest, facts: HomeFacts) -> Iterator[tuple[str, str]]:
    report = manifest.report
    yield "Version", escape(capital(model_text(manifest.version)))
    yield "Trained", f"{_age(manifest.created_at, facts.now)} ago by {_person(manifest.created_by, facts)}"
    if manifest.renamed_by:
        yield "Segments named", f"{_age(manifest.renamed_at, facts.now)} ago by {_person(manifest.renamed_by, facts)}"
    against = None if manifest.comparison is None else manifest.comparison.against
    # Of names given to the version in service, the comparison is with itself under other names.
    if manifest.comparison is not None and against is not None and against != manifest.parent:
        before = f"the {escape(model_text(against, (manifest.version,)))}"
        verdict = manifest.comparison.verdict
        # The first model of real customers may have replaced one of sample customers, and they measure nothing.
        first = verdict is Verdict.FIRST
        yield (
            "When it was trained",
            "your first model of real customers" if first else f"{verdict.word}, compared with {before}",
        )
    cleaning = report.cleaning
    yield "Trained on", f"{cleaning.used:,} customers of {cleaning.rows:,} rows"
    silhouette = report.silhouette
    yield (
        "How distinct the segments are",
        "–" if silhouette is None else f"silhouette {figure(silhouette)} (-1 to 1)",
    )
    yield "Stability on other samples", f"stability {figure(report.stability)} (1: always the same segments)"
    held_out = report.fidelity_held_out
    real = "" if held_out is None else f", {figure(held_out)} on held-out customers"
    yield "Rules match the clusters", f"fidelity {figure(report.fidelity)} (1: for every customer){real}"


def _field(label: str, value: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": cut(f"*{label}*\n{value}", FIELD_TEXT), "verbatim": True}


def _centre(model: SegmentModel, segment: Segment) -> str:
    features = [(i, model.schema.features[i]) for i in model.schema.cluster_indices]
    return ", ".join(escape(f"{feature.name} {segment.typical(i, feature)}") for i, feature in features)


def _use(facts: HomeFacts) -> Iterator[Block]:
    example = facts.model.schema.example if facts.model is not None else "age=35 income=60 score=70"
    yield bullets(
        "How to use me",
        [
            f"`/segment {escape(example)}` – which segment a customer is in, how sure that is, and why",
            "`/segment` alone – a form to fill in as far as you know the customer",
            "`/segments` – all segments, with their map",
            "Drop a CSV or Excel file into a channel I am in: I score every row and reply in its thread",
            "*Score this file* in a message's ⋮ menu – the same for files from before I came",
            "Write to me in *Messages*, or mention me: “what can you do?”",
            "`/retrain` – admins train a new model, compare it with this one and decide; `/retrain help`",
        ],
    )
    yield good_to_know(facts.admins)


def _told(entry: AuditEntry, facts: HomeFacts, named: Sequence[str]) -> str:
    note = f" – {escape(entry.note)}" if entry.note else ""
    now = f"the {escape(model_text(entry.version, named))}"
    previous = "" if entry.event == SAVED else entry.previous
    before = f" (before: {escape(model_text(previous, named))})" if previous else ""
    return f"{in_utc(entry.at)} {_person(entry.actor, facts)} {_WHAT[entry.event]} {now}{before}{note}"


def _refused(facts: HomeFacts) -> Block:
    refused = [entry for entry in facts.entries if entry.event == REFUSED][-RECENT:]
    if not refused:
        return context("Nobody was refused a change of the model.")
    return bullets(
        "Refused attempts (shown to admins only)",
        [f"{in_utc(entry.at)} {_person(entry.actor, facts)}: {escape(entry.note)}" for entry in reversed(refused)],
    )


def _age(at: str, now: datetime) -> str:
    seconds = (now - datetime.fromisoformat(at)).total_seconds()
    for size, unit in ((_DAY, "day"), (_HOUR, "hour")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than an hour"


def _person(actor: str, facts: HomeFacts) -> str:
    user = facts.users.get(actor)
    return escape(actor) if user is None else f"<@{user}>"
