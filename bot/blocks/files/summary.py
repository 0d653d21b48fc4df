"""A file job's message: seen, under way, summary or failure. One message is edited from each to the next."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.blocks.files.insight import insight, segments_block
from bot.blocks.files.lists import Scored, list_button
from bot.blocks.files.movement import movement_blocks
from bot.blocks.model_names import small_model
from bot.blocks.questions import question_reply
from bot.blocks.reply import Reply
from bot.blocks.tables import table_blocks
from bot.blocks.text import Block, bullets, button, context, escape, picture, section, unscored
from segmentation.answers.shares import commonest_text
from segmentation.movement.movement import Movement
from segmentation.palette import square_of
from segmentation.reading.layout import COLUMNS_READ
from segmentation.reading.problems import Problem, more_reasons, where_it_says_what_to_write
from segmentation.schema import Schema, telling_first
from segmentation.scoring.report import ScoreReport
from segmentation.scoring.result import far_rows_note
from segmentation.writing.folding import fold_key

TRY_AGAIN: Final = "try_file_again"
ANSWER: Final = "answer_file_question"
_MOST_PROBLEMS: Final = 5
_MOST_NOTES: Final = 8
_COLUMN: Final = re.compile(r"(\w+) from “([^”]*)”")
_COUNTED: Final = ("Segment", "Customers", "Share")


def seen_reply(name: str, ahead: int) -> Reply:
    """Say that a file has been seen, and how many are ahead of it."""
    queue = f" Queued, {ahead} ahead." if ahead else ""
    text = f"I have seen *{escape(name)}* and am scoring it…{queue}"
    return Reply(text, [section(text)])


def progress_reply(name: str, rows: int) -> Reply:
    """Say how many rows of a large file are done."""
    text = f"Scoring *{escape(name)}*: {rows:,} rows done…"
    return Reply(text, [section(text)])


def failure_reply(name: str, sentence: str, retry: str | None) -> Reply:
    """Say why a file was not scored, with a button if trying again may help."""
    text = unscored(f"I couldn't score *{escape(name)}*. {escape(sentence)}")
    blocks: list[Block] = [section(text)]
    if retry is not None:
        blocks.append({"type": "actions", "elements": [button("Try again", TRY_AGAIN, retry)]})
    return Reply(text, blocks)


def doubtful_reply(
    name: str,
    asked: str,
    choices: Mapping[str, str],
    job: Mapping[str, Any],
    parts: Sequence[Mapping[str, Any]] = (),
) -> Reply:
    """Ask how to read a file, with a button for each way or a form; `job` is the attempt that a click begins."""
    opening = unscored(f"I couldn't score *{escape(name)}* yet.")
    return question_reply(unscored(escape(asked)), choices, ANSWER, job, parts, opening)


def elsewhere_reply(name: str, *, outsiders: bool = True) -> Reply:
    """Say that a result was sent privately: because other organisations read the channel, or since results always are.

    Parameters
    ----------
    outsiders
        Whether that is because of people outside the organisation.
    """
    sent = "I sent the result directly to the person who uploaded it."
    why = f"People outside your organisation read this channel, so {sent}" if outsiders else sent
    text = f"*{escape(name)}* is scored. {why}"
    return Reply(text, [section(text)])


def summary_labels(schema: Schema) -> dict[str, str]:
    """Return the features' labels with units, by name, in the order in which a summary shows them."""
    order = telling_first(schema.features)
    return {schema.names[i]: schema.features[i].label_with_unit for i in order}


@dataclass(frozen=True, slots=True)
class Further:
    """What a summary says besides the report, as far as it is known.

    Parameters
    ----------
    actions
        What to do about each segment, by its name.
    result
        The id of the result in Slack, from which lists can be cut; empty if nobody knows it.
    movement
        Who moved since the last file of the same customers; None without such a file.
    picture, picture_text
        The id in Slack of the picture of the file's customers, and what it shows; empty without one.
    """

    actions: Mapping[str, str] = field(default_factory=dict)
    result: str = ""
    movement: Movement | None = None
    picture: str = ""
    picture_text: str = ""


NOTHING_FURTHER: Final = Further()


def summary_reply(
    name: str,
    report: ScoreReport,
    labels: Mapping[str, str],
    *,
    synthetic: bool,
    further: Further = NOTHING_FURTHER,
) -> Reply:
    """Render a scoring's outcome: what stands out, how large each segment is and what to do, the button, the figures.

    The button comes before the table, so that all that people act on is on the first screen of a phone.

    Parameters
    ----------
    labels
        Feature labels with units, by feature name, as `summary_labels` orders them.
    further
        What else is known.
    """
    rows, scored, rejected = report.rows, report.scored, report.rejected
    counts = _rows(1) if scored == rows == 1 else f"{scored:,} of {_rows(rows)}"
    text = f"*{escape(name)}*: {counts} scored" + (f". {_rows(rejected)} couldn't be scored." if rejected else ".")
    # What most rows hold says nothing of segments then, and nobody should act on it.
    doubtful = report.far * 2 >= scored > 0
    blocks: list[Block] = [section(f":warning: {escape(far_rows_note(report.far))}")] if report.far else []
    said = "" if doubtful else insight(name, report, further.movement)
    blocks += [section(said)] if said else []
    if scored:
        blocks.append(segments_block(report, {} if doubtful else further.actions))
    # That rows are missing counts more than that none is, which the small print says.
    counted_below = bool(said) and not rejected
    if not counted_below:
        blocks.append(section(text))
    if scored:
        if further.result:
            there = tuple(segment for segment, count in report.segments.items() if count)
            earlier = further.movement.earlier if further.movement and further.movement.moved else ""
            blocks.append(list_button(Scored(further.result, there, report.columns, earlier)))
        blocks += _distribution(report, labels)
        if further.picture:
            blocks.append(picture(further.picture, further.picture_text))
    if further.movement:
        blocks += movement_blocks(further.movement)
    if report.problems:
        blocks.append(_problems(report.problems))
    if report.not_given:
        blocks.append(context(_not_given(report)))
    blocks += _assumed(report.notes)
    small_print = f"{text.removesuffix('.')} · " if counted_below else ""
    small_print += f"{small_model(report.model_version)} · the result file has every row"
    if rejected:
        small_print += ", with the reason if it has no segment"
    if synthetic:
        small_print += " · trained on *synthetic sample customers*"
    blocks.append(context(small_print))
    words = ", ".join(f"{segment} {count:,}" for segment, count in report.segments.items() if count)
    return Reply(f"{text} {escape(words)}", blocks)


def _distribution(report: ScoreReport, labels: Mapping[str, str]) -> list[Block]:
    head, names = [*_COUNTED, *labels.values()], tuple(report.segments)
    body = []
    for name, count in sorted(report.segments.items(), key=lambda item: -item[1]):
        profile = report.profiles.get(name, {})
        shares = report.shares.get(name, {})
        averages = [_typical(profile.get(f), shares.get(f)) for f in labels]
        body.append([f"{square_of(name, names)} {name}", f"{count:,}", f"{count / report.scored:.0%}", *averages])
    return table_blocks([head, *body], right=range(1, len(head)))


def _typical(mean: float | None, shares: Mapping[str, float] | None) -> str:
    """Write a segment's average, or its commonest category; a dash if none of its customers has the feature."""
    if shares is not None:
        return commonest_text(tuple(shares), tuple(shares.values())) or "–"
    return "–" if mean is None else f"{mean:,.1f}".removesuffix(".0")


def _assumed(notes: Sequence[str]) -> list[Block]:
    """Say what was decided in reading the file; which column is which in small print, if nothing else was."""
    telling = [note for note in notes if not _is_plain(note)]
    if len(telling) == 1 and telling[0].startswith(COLUMNS_READ):
        return [context(escape(telling[0]))]
    return [bullets("What I assumed", [escape(note) for note in telling[:_MOST_NOTES]])] if telling else []


def _is_plain(note: str) -> bool:
    """Tell whether a note says of each column only that it is the one of its own name: "income from “Income”"."""
    pairs = _COLUMN.findall(note) if note.startswith(COLUMNS_READ) else []
    return bool(pairs) and all(fold_key(name) == fold_key(heading) for name, heading in pairs)


def _problems(problems: Sequence[Problem]) -> Block:
    lines = [escape(problem.text) for problem in problems[:_MOST_PROBLEMS]]
    if len(problems) > _MOST_PROBLEMS:
        lines.append(more_reasons(len(problems) - _MOST_PROBLEMS))
    if way_out := where_it_says_what_to_write(problems):
        lines.append(way_out)
    return bullets("Rows that couldn't be scored", lines)


def _not_given(report: ScoreReport) -> str:
    """Say how many rows lack a profile feature: "One row had no age, 12 rows had no tenure."."""
    rows = ["one row" if count == 1 else f"{count:,} rows" for count in report.not_given.values()]
    said = ", ".join(f"{some} had no {escape(name)}" for some, name in zip(rows, report.not_given, strict=True))
    return f"{said[:1].upper()}{said[1:]}."


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
