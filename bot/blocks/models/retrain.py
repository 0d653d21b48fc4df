"""All messages of `/retrain` except the report: usage, refusal, form, progress, status, history."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.blocks.good_to_know import admins_text
from bot.blocks.inputs import ENTERED, labelled, option, plain
from bot.blocks.models.naming import naming_button
from bot.blocks.questions import question_reply
from bot.blocks.refusal import sentences, unread_reply
from bot.blocks.reply import Reply
from bot.blocks.text import Block, bullets, button, capital, context, escape, section
from bot.blocks.times import time_of_day
from bot.parsing.retrain_text import NAME, Misread
from bot.records.retrain_job import Running
from segmentation.training.bounds import LARGEST_K, SMALLEST_K

FORM: Final = "retrain_form"
LOOK_FORM: Final = "look_form"
FILE_BLOCK: Final = "retrain_file"
K_BLOCK: Final = "retrain_k"
NOTE_BLOCK: Final = "retrain_note"
AUTOMATIC: Final = "auto"
TRY_AGAIN: Final = "retrain_again"
ANSWER: Final = "answer_retrain_question"
LONGEST_NOTE: Final = 200
FILE_TYPES: Final = ("csv", "tsv", "txt", "xlsx", "xlsm", "xls", "ods", "gz", "zip")
_USAGE: Final = (
    (NAME, "opens a form: file, number of segments, note"),
    (f"{NAME} latest", "trains on the last table somebody uploaded in this channel"),
    (f"{NAME} setup", "looks at a file with columns of its own, and lets you set up segments from them"),
    (f"{NAME} table=customers", "trains on a table of the data warehouse that SEGBOT_TABLES names"),
    (f"{NAME} table=customers every monday 9:00", "the same again and again; `/segments watches` pauses or deletes it"),
    (f"{NAME} k=6 latest", f"the same with 6 segments; k is {SMALLEST_K} to {LARGEST_K}, or auto"),
    (f"{NAME} status", "what is running, and which version is in service"),
    (f"{NAME} history", "all versions: who trained them, when, on what, and their state"),
    (f"{NAME} rollback", f"asks, then goes back to the model before; `{NAME} rollback VERSION` to an earlier one"),
)


def retrain_usage(admins: Sequence[str]) -> Reply:
    """Explain the command; `admins` as of `admins_text`."""
    lines = [f"`{command}` – {meaning}" for command, meaning in _USAGE]
    return Reply(
        f"How to use {NAME}: " + "; ".join(f"{command}: {meaning}" for command, meaning in _USAGE).replace("`", ""),
        [
            section("Train a new model, see how it compares with the one in service, then decide."),
            bullets("How to ask", lines),
            context(f"{admins_text(admins)} Training alone changes nothing: an admin has to click *Promote*."),
        ],
    )


def misread_reply(misread: Misread) -> Reply:
    """Say what could not be read, and what to type instead."""
    faults = sentences([capital(escape(fault)) for fault in misread.faults])
    return unread_reply(faults, f"Try this: `{NAME} {misread.instead}`")


def no_table_reply(name: str, tables: Sequence[str]) -> Reply:
    """Say that there is no table of that name, and which there are."""
    text = f"I know no table called “{escape(name[:LONGEST_NOTE])}”."
    if tables:
        known = ", ".join(f"`{NAME} table={escape(one)}`" for one in tables)
        return announcement(f"{text} Try {known}.")
    return announcement(f"{text} No table is configured: the person who runs segbot can name tables in SEGBOT_TABLES.")


def retrain_form(channel: str, k: int | None) -> dict[str, Any]:
    """Return the modal; `channel` is where the report is to go, `k` what is chosen to begin with."""
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": json.dumps({"channel": channel}),
        "title": plain("Retrain the model"),
        "submit": plain("Train"),
        "close": plain("Cancel"),
        "blocks": [
            section(
                "I train a *candidate* on your file, compare it with the model in service, and report in the channel "
                "you came from. Nothing changes until an admin clicks *Promote* there."
            ),
            _file_input(f"Over 10 MB? Drop it in the channel, then type {NAME} latest."),
            labelled(K_BLOCK, "Number of segments", _k_menu(k)),
            _note_input(),
        ],
    }


def look_form(channel: str) -> dict[str, Any]:
    """Return the modal that takes a file to look at; `channel` is where what it holds is to be said."""
    return {
        "type": "modal",
        "callback_id": LOOK_FORM,
        "private_metadata": json.dumps({"channel": channel}),
        "title": plain("Set up segments"),
        "submit": plain("Look at it"),
        "close": plain("Cancel"),
        "blocks": [
            section(
                "I look at your file's columns and say in the channel you came from what they are and which could make "
                "segments. You then choose, and nothing changes until an admin clicks *Promote*."
            ),
            _file_input("Over 10 MB? Drop it in the channel: what I say there has the same button."),
        ],
    }


def _file_input(larger: str) -> Block:
    hint = f"A CSV or Excel file with a header line. {larger}"
    element = {"type": "file_input", "action_id": ENTERED, "filetypes": list(FILE_TYPES), "max_files": 1}
    return labelled(FILE_BLOCK, "Customers", element, hint=hint)


def _k_menu(k: int | None) -> dict[str, Any]:
    options = [option("Automatic: as in service, or by elbow and silhouette", AUTOMATIC)]
    options += [option(f"{count} segments", str(count)) for count in range(SMALLEST_K, LARGEST_K + 1)]
    chosen = next(option for option in options if option["value"] == (AUTOMATIC if k is None else str(k)))
    return {"type": "static_select", "action_id": ENTERED, "options": options, "initial_option": chosen}


def _note_input() -> Block:
    element = {
        "type": "plain_text_input",
        "action_id": ENTERED,
        "max_length": LONGEST_NOTE,
        "placeholder": plain("Why now? For instance: spring campaign"),
    }
    return labelled(NOTE_BLOCK, "Note for the log", element, optional=True)


def started_reply(name: str, user: str, k: int | None, instead_of: str = "", *, looks: bool = False) -> Reply:
    """Say that a training or a look has begun; `instead_of` is the channel where this could not be said."""
    return _under_way(_deed(k, looks=looks), name, user, (), instead_of)


def progress_reply(name: str, user: str, k: int | None, steps: Sequence[str], *, looks: bool = False) -> Reply:
    """Say which steps are done; the last one is under way."""
    return _under_way(_deed(k, looks=looks), name, user, steps, "")


def _deed(k: int | None, *, looks: bool) -> tuple[str, str, str]:
    """Say what is under way: a verb, its preposition, and what comes after the file's name."""
    if looks:
        return "Looking", "at", ""
    return "Retraining", "on", f" with {'as many segments as the data suggest' if k is None else f'{k} segments'}"


def _under_way(deed: tuple[str, str, str], name: str, user: str, steps: Sequence[str], instead_of: str) -> Reply:
    verb, preposition, how = deed
    blocks: list[Block] = [section(f"*{verb}* {preposition} *{escape(name)}*{how}")]
    if steps:
        done = [f"✓ {escape(step)}" for step in steps[:-1]]
        blocks.append(section("\n".join([*done, f"… *{escape(steps[-1])}*"])))
    small = f"asked for by <@{escape(user)}> · the model in service keeps answering"
    if instead_of:
        small += f" · I am not in <#{escape(instead_of)}>, so I tell you here: `/invite @segbot` there"
    blocks.append(context(small))
    step = f": {escape(steps[-1])}" if steps else ""
    return Reply(f"{verb} {preposition} {escape(name)}{step}…", blocks)


def untrained_reply(name: str, sentence: str, retry: str | None) -> Reply:
    """Say why there is no candidate; with a button if trying again may help."""
    text = f"I couldn't train on *{escape(name)}*. {escape(sentence)}"
    blocks: list[Block] = [section(text), context("The model in service has not changed.")]
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
    opening = f"I couldn't train on *{escape(name)}* yet."
    return question_reply(escape(asked), choices, ANSWER, job, parts, opening)


def tried_again_reply(failed: Mapping[str, Any]) -> Reply:
    """Return a failed attempt's message without its button: why it failed stays to be read."""
    kept = [block for block in failed["blocks"] if block["type"] != "actions"]
    return Reply(str(failed["text"]), [*kept, context("Somebody tried again: the new attempt has its own message.")])


def unreported_reply(version: str) -> Reply:
    """Say that there is a candidate whose report could not be shown."""
    return announcement(
        f"The candidate *{escape(version)}* was saved, but I couldn't show its report. "
        f"`{NAME} history` shows what became of it."
    )


def running_reply(running: Running) -> Reply:
    """Say who started the running retrain, and when."""
    text = f"One retrain at a time: {_whose(running)}. Please wait for its report; `{NAME} status` shows how far it is."
    return Reply(text, [section(text)])


def status_reply(running: Running | None, current: str, last: str, unknown: str = "") -> Reply:
    """Say what is running, what is in service, and what came last; `current` and `last` are escaped already.

    Parameters
    ----------
    unknown
        Why the running retrain could not be asked for; empty if it could.
    """
    now = "No retrain is running."
    if unknown:
        now = f"I can't tell right now whether a retrain is running. {escape(unknown)}"
    elif running is not None:
        now = f"A retrain is running: {_whose(running)}; it is *{escape(running.step)}*."
    lines = [now, current, *([last] if last else [])]
    return Reply("\n".join(lines), [section(line) for line in lines])


def announcement(text: str, naming: str = "", small: str = "") -> Reply:
    """Tell everybody; the texts are escaped already.

    Parameters
    ----------
    naming
        The value of the button *Name the segments*; without, there is none.
    small
        The small print.
    """
    buttons: list[Block] = [{"type": "actions", "elements": [naming_button(naming)]}] if naming else []
    return Reply(text, [section(text), *([context(small)] if small else []), *buttons])


def untold_reply(text: str) -> Reply:
    """Tell the person who did something that it is done but could not be announced; the text is escaped already."""
    return announcement(f"{text}\nThis is done, but I couldn't tell this channel. Please tell the others.")


def _whose(running: Running) -> str:
    job = running.job
    return f"<@{escape(job.user)}> started one at {time_of_day(job.at)} in <#{escape(job.channel)}>"
