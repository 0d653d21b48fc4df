"""The answer for a customer of whom a deciding value is missing: the one segment left, or the few and what decides."""

from __future__ import annotations

from bot.blocks.model_names import small_model
from bot.blocks.reply import Reply
from bot.blocks.text import Block, bullets, context, escape, header, section, unscored
from segmentation.model import SegmentModel
from segmentation.narrowing import Narrowed
from segmentation.palette import square_of
from segmentation.writing.plain import format_number


def narrowed_reply(command: str, narrowed: Narrowed, model: SegmentModel) -> Reply:
    """Say which segments are possible, and what to add if it is more than one.

    Parameters
    ----------
    command
        Its name, for the command to type next; empty in a thread, where Slack takes none.
    narrowed
        What the values given leave open.
    model
        What answered.
    """
    far = " and ".join(narrowed.far_outside)
    warned = [section(unscored(escape(f"{far}, so check the value before you act.")))] if far else []
    small = f"For {escape(values_text(narrowed, model))} · {small_model(model.version)}"
    if model.synthetic:
        small += " · trained on *synthetic sample customers*"
    if narrowed.settled:
        text = escape(f"{narrowed.sentence}. {_confidence(narrowed)}")
        return Reply(text, [*warned, *_settled(narrowed, model), context(small)])
    text = unscored(escape(asked_text(narrowed)))
    return Reply(text, [*warned, *_open(command, narrowed, model), context(unscored(small))])


def values_text(narrowed: Narrowed, model: SegmentModel) -> str:
    """Echo the values given: "age 35 years, income 60 k$"."""
    given = zip(model.schema.features, narrowed.values, strict=True)
    return ", ".join(f"{feature.name} {feature.show(value)}" for feature, value in given if value is not None)


def asked_text(narrowed: Narrowed) -> str:
    """Say what is possible and, of several features that decide, which to add first."""
    if narrowed.ask is None or len(narrowed.deciding) == 1:
        return narrowed.sentence
    return f"{narrowed.sentence}. Of these, the {narrowed.ask.label_in_text} decides most"


def next_text(narrowed: Narrowed, model: SegmentModel) -> str:
    """Return the text to complete: the values given, then the keys that decide."""
    given = zip(model.schema.features, narrowed.values, strict=True)
    pairs = [
        f"{feature.name}={feature.typed(value) if feature.is_category else format_number(value)}"
        for feature, value in given
        if value is not None
    ]
    return " ".join([*pairs, *(f"{feature.name}=…" for feature in narrowed.deciding)])


def _settled(narrowed: Narrowed, model: SegmentModel) -> list[Block]:
    segment = model.segment(narrowed.segments[0])
    # What is typical of the segment says nothing of somebody unlike all its members.
    meaning = "" if narrowed.far_outside else f"{escape(segment.meaning)}\n"
    action = "" if narrowed.far_outside else f"*Suggested action:* {escape(segment.action)}\n"
    return [
        header(f"{square_of(segment.name, model.names)} {segment.name}"),
        section(f"{action}*{escape(narrowed.sentence)}*\n{meaning}*{escape(_confidence(narrowed))}*"),
    ]


def _confidence(narrowed: Narrowed) -> str:
    return f"Confidence: {narrowed.confidence_text}"


def _open(command: str, narrowed: Narrowed, model: SegmentModel) -> list[Block]:
    told = unscored(escape(asked_text(narrowed)))
    if narrowed.runs:
        lines = [
            f"{square_of(run.segment, model.names)} *{escape(run.segment)}* – {escape(run.sentence)}"
            for run in narrowed.runs
        ]
        answer = [bullets(told, map(unscored, lines))]
    else:
        names = ", ".join(f"{square_of(name, model.names)} {escape(name)}" for name in narrowed.segments)
        answer = [section(f"*{told}*"), section(unscored(names))]
    typed = unscored(escape(next_text(narrowed, model)))
    if command:
        return [*answer, section(f"To get an answer, add what you know:\n`{command} {typed}`")]
    # In a channel a message is read by itself: those before it in the thread may be about somebody else.
    how = f"To get an answer, write it all in one message: `{typed}`"
    return [*answer, section(f"{how}\nIn a direct message, a reply in this thread with the rest is enough.")]
