"""Replies instead of an answer: usage, refusals, errors. None contains the word *confidence*, which marks a score."""

from __future__ import annotations

from collections.abc import Sequence

from bot.blocks.reply import Reply, notice
from bot.blocks.text import context, escape, section, sections, unscored
from bot.parsing.segment_text import Refusal
from segmentation.schema import Role, Schema


def usage_reply(command: str, schema: Schema) -> Reply:
    """Explain the command from the schema: features, units, ranges and an example."""
    example = f"`{command} {escape(schema.example)}`"
    lines = [
        f"*{f.name}* – {escape(f.label_in_text)}, {escape(f.range_text)}"
        + ("; may be left out" if f.role is Role.PROFILE else "")
        for f in schema.features
    ]
    return Reply(
        f"How to use {command}: {escape(schema.example)}",
        [
            section(f"Ask which segment a customer is in, and why:\n{example}"),
            *sections(["*What it needs*", *(f"• {line}" for line in lines)]),
            context(
                "Any order works, so does `:` instead of `=`, and commas are fine. `/segment` alone opens a form. "
                "`/segments` shows all segments; `/segments help` says who the admins are and how to invite me."
            ),
        ],
    )


def refusal_reply(command: str, refusal: Refusal, schema: Schema) -> Reply:
    """Name each fault and give a command to paste: the corrected one, or each that can be meant, else an example.

    Parameters
    ----------
    command
        Its name; empty in a conversation, where the values alone are read.
    """
    faults = [unscored(escape(fault)) for fault in refusal.faults]
    if refusal.more:
        faults.append(f"And {refusal.more} more")

    def typed(text: str) -> str:
        return f"`{command} {escape(text)}`" if command else f"`{escape(text)}`"

    if refusal.corrected is not None:
        way_out = f"Did you mean this? {typed(refusal.corrected)}"
    elif refusal.either:
        way_out = f"Which did you mean? {' or '.join(map(typed, refusal.either))}"
    else:
        way_out = f"It looks like this: {typed(schema.example)}"
    return unread_reply(sentences(faults), way_out)


def sentences(faults: Sequence[str]) -> str:
    """Join faults as sentences: each gets a full stop unless it ends as a question does.

    >>> sentences(["I don't know “incom”: did you mean income?", "Age is given twice"])
    "I don't know “incom”: did you mean income? Age is given twice."
    """
    return " ".join(fault if fault.endswith("?") else f"{fault}." for fault in faults)


def unread_reply(faults: str, way_out: str) -> Reply:
    """Say what could not be read and what to type instead; both escaped."""
    return Reply(f"I couldn't read that: {faults}", [section(f"*I couldn't read that:* {faults}"), section(way_out)])


def error_reply(sentence: str) -> Reply:
    """Return an expected error's own sentence."""
    return notice(sentence)


def unexpected_reply(reference: str) -> Reply:
    """Say that something went wrong in segbot, with the reference to look for in the log."""
    return error_reply(
        "Sorry, something went wrong in segbot. Please try again. "
        f"If it keeps happening, tell your admin: reference {reference}."
    )
