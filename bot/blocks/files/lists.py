"""*Get a list…* under a summary: its button, its form, and the messages of the list's job."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from bot.blocks.inputs import ENTERED, labelled, option, plain
from bot.blocks.limits import BUTTON_VALUE, METADATA, OPTIONS
from bot.blocks.reply import Reply
from bot.blocks.text import Block, button, context, escape, names_listed, section, unscored
from bot.records.list_job import ListJob, ListOutcome

GET_LIST: Final = "get_list"
FORM: Final = "list_form"
SEGMENTS_BLOCK: Final = "list_segments"
CONFIDENCE_BLOCK: Final = "list_confidence"
CLOSE_BLOCK: Final = "list_close"
COLUMNS_BLOCK: Final = "list_columns"
HASHED_BLOCK: Final = "list_hashed"
FORM_BLOCK: Final = "list_form_of_file"
MOVED_BLOCK: Final = "list_moved"
# Among the values of options, which are numbers otherwise.
UNSEGMENTED: Final = "unsegmented"
NONE: Final = "none"
WITHOUT_CLOSE: Final = "without"
ONLY_CLOSE: Final = "only"
CSV: Final = "csv"
XLSX: Final = "xlsx"
MOVED: Final = "moved"
_CONFIDENCES: Final = (("Any", "0"), *((f"At least {percent}%", f"{percent / 100:g}") for percent in (50, 80, 90, 95)))
_CLOSE: Final = (("Included", NONE), ("Left out", WITHOUT_CLOSE), ("Only close calls", ONLY_CLOSE))
_FORMS: Final = (("CSV", CSV), ("Excel workbook (xlsx)", XLSX))


@dataclass(frozen=True, slots=True)
class Scored:
    """A scored file that lists can be cut from, as a button and a form repeat it.

    Parameters
    ----------
    file
        Its id in Slack.
    segments
        Its segments that have customers; empty if the button had no room for them.
    columns
        Its headings; empty likewise.
    since
        The id of the earlier file's snapshot that customers moved since; empty if nobody did, or nobody knows.
    """

    file: str
    segments: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    since: str = ""

    @property
    def value(self) -> str:
        """The button's value: names as far as there is room for them, the file always."""
        least = {"file": self.file, **({"since": self.since} if self.since else {})}
        full = {**least, "segments": list(self.segments), "columns": list(self.columns)}
        for stated in (full, {**full, "columns": []}, least):
            value = json.dumps(stated, ensure_ascii=False, separators=(",", ":"))
            if len(value) <= BUTTON_VALUE:
                break
        return value

    @classmethod
    def from_value(cls, value: str) -> Scored:
        """Read what `value` wrote.

        Raises
        ------
        AttributeError, KeyError, TypeError, ValueError
            When this app did not write it.
        """
        stated = json.loads(value)
        segments, columns = stated.get("segments") or (), stated.get("columns") or ()
        since = str(stated.get("since") or "")
        return cls(str(stated["file"]), tuple(map(str, segments)), tuple(map(str, columns)), since)


def list_button(scored: Scored) -> Block:
    """Return the button under a summary."""
    return {"type": "actions", "elements": [button("Get a list…", GET_LIST, scored.value)]}


def list_form(scored: Scored, channel: str) -> dict[str, Any]:
    """Return the modal; `channel` is where the button was clicked."""
    metadata = json.dumps({"scored": scored.value, "channel": channel}, ensure_ascii=False)
    if len(metadata) > METADATA:
        scored = Scored(scored.file, since=scored.since)
        metadata = json.dumps({"scored": scored.value, "channel": channel})
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": metadata,
        "title": plain("Get a list"),
        "submit": plain("Get the list"),
        "close": plain("Cancel"),
        "blocks": [
            section("I cut the list from the scored file in Slack and send it to you alone, in a direct message."),
            _segments(scored),
            _menu(CONFIDENCE_BLOCK, "Confidence", _CONFIDENCES),
            _menu(CLOSE_BLOCK, "Close calls", _CLOSE),
            *_moved(scored),
            _columns(scored),
            _hashed(scored),
            _menu(FORM_BLOCK, "File", _FORMS),
        ],
    }


def _segments(scored: Scored) -> Block:
    if not 0 < len(scored.segments) < OPTIONS:
        return labelled(SEGMENTS_BLOCK, "Segments", _text(), hint="As the summary names them, separated by commas.")
    options = [option(name, str(number)) for number, name in enumerate(scored.segments)]
    options.append(option("Without a segment: couldn't be scored", UNSEGMENTED))
    return labelled(SEGMENTS_BLOCK, "Segments", _several(options, "Choose segments"))


def _moved(scored: Scored) -> list[Block]:
    if not scored.since:
        return []
    only = option("Only customers who moved since the last file", MOVED)
    hint = "Into the segments chosen above. A column segment_before says where they were."
    element = {"type": "checkboxes", "action_id": ENTERED, "options": [only]}
    return [labelled(MOVED_BLOCK, "Movers", element, hint=hint, optional=True)]


def _columns(scored: Scored) -> Block:
    hint = "None chosen means all of them."
    if not 0 < len(scored.columns) <= OPTIONS:
        hint = f"As the file names them, separated by commas. {hint}"
        return labelled(COLUMNS_BLOCK, "Columns", _text(), hint=hint, optional=True)
    options = [option(name or "(no heading)", str(number)) for number, name in enumerate(scored.columns)]
    return labelled(COLUMNS_BLOCK, "Columns", _several(options, "All columns"), hint=hint, optional=True)


def _hashed(scored: Scored) -> Block:
    hint = (
        "For an ad platform: SHA-256 hashes of this column's addresses, never the addresses, and no other columns "
        "unless you choose them above."
    )
    label = "Hashed e-mail addresses"
    if not 0 < len(scored.columns) < OPTIONS:
        return labelled(HASHED_BLOCK, label, _text(), hint=f"The column's name. {hint}", optional=True)
    columns = [(f"From the column {name}", str(number)) for number, name in enumerate(scored.columns) if name]
    return _menu(HASHED_BLOCK, label, (("No: cells as they are", NONE), *columns)) | {"hint": plain(hint)}


def _menu(block_id: str, label: str, choices: tuple[tuple[str, str], ...]) -> Block:
    options = [option(text, value) for text, value in choices]
    element = {"type": "static_select", "action_id": ENTERED, "options": options, "initial_option": options[0]}
    return labelled(block_id, label, element)


def _several(options: list[dict[str, Any]], placeholder: str) -> dict[str, Any]:
    return {
        "type": "multi_static_select",
        "action_id": ENTERED,
        "options": options,
        "placeholder": plain(placeholder),
    }


def _text() -> dict[str, Any]:
    return {"type": "plain_text_input", "action_id": ENTERED}


def list_started_reply() -> Reply:
    """Say that a list is under way."""
    text = "I am cutting your list…"
    return Reply(text, [section(text)])


def list_progress_reply(rows: int) -> Reply:
    """Say how many rows of a large file are read."""
    text = f"I am cutting your list: {rows:,} rows read…"
    return Reply(text, [section(text)])


def list_ready_reply(job: ListJob, outcome: ListOutcome) -> Reply:
    """Say what a list holds, or that nobody is in it."""
    name = f"*{escape(outcome.name)}*"
    if outcome.rows:
        counts = [f"{segment} {count:,}" for segment, count in outcome.segments.items() if count]
        counts += [f"without a segment {outcome.unsegmented:,}"] if outcome.unsegmented else []
        text = f"Your list: {outcome.rows:,} of {outcome.of:,} rows of {name}. {escape(', '.join(counts))}"
        text += ". Download the file here."
    else:
        text = f"Nobody in {name} fits what you chose, so there is no list. Choose again under its summary."
    lines = [section(text), context(escape(_conditions(job)))]
    if outcome.without_email:
        rows = "1 row was" if outcome.without_email == 1 else f"{outcome.without_email:,} rows were"
        lines.append(context(f"{rows} left out, having no e-mail address in {escape(job.hashed_email)}."))
    return Reply(text, lines)


def _conditions(job: ListJob) -> str:
    """Say what was chosen: "Chosen: Target, Miser · confidence at least 80% · no close calls"."""
    chosen = [names_listed(job.segments)] if job.segments else []
    chosen += ["rows without a segment"] if job.unsegmented else []
    parts = [f"Chosen: {' and '.join(chosen)}"]
    if job.min_confidence:
        parts.append(f"confidence at least {job.min_confidence:.0%}")
    if job.borderline is not None:
        parts.append("close calls only" if job.borderline else "no close calls")
    if job.since:
        parts.append("only customers who moved since the last file")
    if job.hashed_email:
        parts.append(f"SHA-256 of the addresses in {job.hashed_email}")
    return " · ".join(parts)


def list_failure_reply(sentence: str, *, retry: bool) -> Reply:
    """Say why there is no list; `retry` says whether asking again may help."""
    again = " Click *Get a list…* again in a while." if retry else ""
    text = unscored(f"I couldn't cut your list. {escape(sentence)}{again}")
    return Reply(text, [section(text)])
