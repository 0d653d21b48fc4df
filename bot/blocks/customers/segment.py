"""One customer's answer: segment, confidence, values beside typical ones, why, what would change it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from bot.blocks.customers.on_map import ON_MAP, is_on_map
from bot.blocks.model_names import small_model
from bot.blocks.reply import Reply
from bot.blocks.tables import raw, table_blocks
from bot.blocks.text import Block, bullets, button, capital, context, escape, header, section
from segmentation.answers.explanation import (
    Explanation,
    Prediction,
    agreement_text,
    far_outside_text,
    no_change_text,
    share_text,
)
from segmentation.answers.usual import EVERYBODY, Usual, usual_text
from segmentation.palette import square_of
from segmentation.schema import Feature, Schema, telling_first

SHARE: Final = "share_segment"
MOST_CHANGES: Final = 6
# Stands for a customer's value while the table's cells are measured: the longest a value can be.
_LONGEST_VALUE: Final = "-1.2345678901234567e-300"


@dataclass(frozen=True, slots=True)
class Shared:
    """What the *Share in channel* button carries: the model version that answered and the values, in schema order.

    A value is None if it was not given.
    """

    version: str
    values: tuple[float | None, ...]

    def to_value(self) -> str:
        """Return the button's value."""
        return orjson.dumps({"version": self.version, "values": self.values}).decode()

    @classmethod
    def from_value(cls, text: str) -> Shared:
        """Read a button's value; ValueError when it is not one of ours."""
        try:
            data = json.loads(text)
            return cls(str(data["version"]), tuple(None if value is None else float(value) for value in data["values"]))
        except (KeyError, TypeError, OverflowError, RecursionError) as error:
            raise ValueError("not a share button's value") from error


def segment_reply(
    explanation: Explanation, schema: Schema, names: tuple[str, ...], *, synthetic: bool, shared_by: str | None = None
) -> Reply:
    """Render one explanation; parameters as for `SegmentReplies` and its `reply`."""
    return SegmentReplies(schema, names, synthetic=synthetic).reply(explanation, shared_by)


class SegmentReplies:
    """Renders one model's explanations; the parts shared by all customers of a segment are rendered once.

    Parameters
    ----------
    schema
        The model's.
    names
        All segment names of the model; a segment's position decides its colour.
    synthetic
        Whether the model was trained on generated customers; if so, the small print says it.
    """

    def __init__(self, schema: Schema, names: tuple[str, ...], *, synthetic: bool) -> None:
        self._schema = schema
        self._names = names
        self._synthetic = synthetic
        self._on_map = is_on_map(schema)
        # What decides comes first in the table.
        self._order = telling_first(schema.features)
        self._units = [(feature.name, "" if feature.is_category else feature.unit) for feature in schema.features]
        self._fixed: dict[str, _Fixed] = {}
        self._small_prints: dict[str, Block] = {}

    def reply(self, explanation: Explanation, shared_by: str | None = None) -> Reply:
        """Render an explanation.

        Parameters
        ----------
        shared_by
            The user id of the person who shared it; the reply then has no share button.
        """
        far, shown = explanation.far_outside, [line.value_text for line in explanation.profile]
        blocks: list[Block] = [
            *([section(escape(far_outside_text(explanation)))] if far else []),
            *([section(escape(" ".join(explanation.hints)))] if explanation.hints else []),
            *self.head(explanation),
        ]
        if not far:
            blocks.append(self.why(explanation, shown))
        if explanation.changes:
            blocks.append(
                changes_block([change_line(change.sentence) for change in explanation.changes[:MOST_CHANGES]])
            )
        elif none := no_change_text(explanation):
            blocks.append(changes_block([change_line(none)]))
        version = explanation.prediction.model_version
        if shared_by is None:
            # Before the details, so that they are on a phone's first screen.
            blocks.append(self.buttons(Shared(version, explanation.values).to_value()))
            small_print = self.small_print(version)
        else:
            small_print = context(_small_print(version, synthetic=self._synthetic, shared_by=shared_by))
        blocks += [self.profile(explanation, shown), context(confidence_text(explanation)), small_print]
        return Reply(in_words(explanation, self.values_in_words(explanation.values, shown)), blocks)

    # The parts of a reply, also for `SegmentTemplates`. `shown` are the values as they are shown, in schema order.

    def head(self, explanation: Explanation) -> list[Block]:
        """Name the segment, what to do about it and what it means, and the nearest other one."""
        fixed = self._of_segment(explanation)
        said = () if explanation.far_outside else (fixed.action, fixed.meaning)
        return [
            header(title_text(explanation, fixed.square)),
            section("\n".join((*said, nearest_text(explanation)))),
        ]

    def why(self, explanation: Explanation, shown: Sequence[str]) -> Block:
        """Say of each value that decided how it compares with the segment's usual one."""
        return bullets("Why", self._why(explanation, self._of_segment(explanation), shown))

    def profile(self, explanation: Explanation, shown: Sequence[str]) -> Block:
        """Return the table of the customer's values beside the segment's typical ones."""
        return _profile(shown, self._of_segment(explanation).profile, self._order)

    def buttons(self, value: str) -> Block:
        """Return the buttons under an answer; `value` is `Shared`'s."""
        share = button("Share in channel", SHARE, value)
        shown = [button("Show on the map", ON_MAP, value)] if self._on_map else []
        return {"type": "actions", "elements": [share, *shown]}

    def small_print(self, version: str) -> Block:
        """Name the model of an answer that nobody shared."""
        if version not in self._small_prints:
            text = _small_print(version, synthetic=self._synthetic, shared_by=None)
            self._small_prints[version] = context(text)
        return self._small_prints[version]

    def values_in_words(self, values: Sequence[float | None], shown: Sequence[str]) -> str:
        """Say the values with their names and units, unescaped."""
        return ", ".join(
            f"{name} {text}" if value is None else f"{name} {text} {unit}".rstrip()
            for (name, unit), text, value in zip(self._units, shown, values, strict=True)
        )

    def _of_segment(self, explanation: Explanation) -> _Fixed:
        name = explanation.prediction.segment
        if name not in self._fixed:
            self._fixed[name] = _fixed(explanation, self._schema.features, self._names, self._order)
        return self._fixed[name]

    def _why(self, explanation: Explanation, fixed: _Fixed, shown: Sequence[str]) -> list[str]:
        deciding = {reason.feature for reason in explanation.why}
        said = []
        for usual, line, value in zip(fixed.usual, explanation.profile, shown, strict=True):
            if line.feature in deciding and line.value is not None:
                deciding.remove(line.feature)
                said.append(capital(escape(usual_text(usual, line, value))))
        # What the tree assumed for a value not given, in a model stored by an early version, is in its reasons alone.
        if deciding:
            said += [capital(escape(reason.sentence)) for reason in explanation.why if reason.feature in deciding]
        return said or [capital(EVERYBODY)]


@dataclass(frozen=True, slots=True)
class _Fixed:
    """The parts that all answers of a segment share.

    Parameters
    ----------
    profile
        The table of one of its customers.
    usual
        Per feature what its usual values are called.
    """

    square: str
    meaning: str
    action: str
    profile: Block
    usual: tuple[Usual, ...]


def _fixed(
    explanation: Explanation, features: Sequence[Feature], names: tuple[str, ...], order: Sequence[int]
) -> _Fixed:
    segment = explanation.segment
    rows = [["Feature", "This customer", f"Typical {segment.name}", "80% are within"]]
    for line in (explanation.profile[i] for i in order):
        longest = max(line.categories, key=len, default=_LONGEST_VALUE)
        rows.append([line.label_with_unit, longest, line.mean_text, line.range_text])
    return _Fixed(
        square_of(segment.name, names),
        escape(segment.meaning),
        f"*Suggested action:* {escape(segment.action)}",
        table_blocks(rows, right=(1, 2, 3))[0],
        tuple(Usual.of(line, segment.name) for line in explanation.profile),
    )


def already_shared(public: Reply) -> Reply:
    """Return the copy of a shared answer that the person who shared it keeps."""
    return Reply(public.text, [context("You shared this answer in the channel."), *public.blocks])


def title_text(explanation: Explanation, square: str) -> str:
    """Say the segment and how sure that is: "Standard: 94 of 100 retrained models agree"."""
    prediction = explanation.prediction
    if prediction.borderline:
        return f"{square} Close call: {prediction.segment}, nearly {prediction.runner_up}"
    if not explanation.retrained:
        return f"{square} {prediction.segment}"
    return f"{square} {prediction.segment}: {_agreeing(prediction)} retrained models agree"


def nearest_text(explanation: Explanation) -> str:
    """Name the nearest other segment; of a close call, how many models agree."""
    prediction = explanation.prediction
    nearest = f"Nearest other segment: *{escape(prediction.runner_up)}*."
    if prediction.borderline and explanation.retrained:
        return f"{_agreeing(prediction)} retrained models agree. {nearest}"
    return nearest


def confidence_text(explanation: Explanation) -> str:
    """Say the confidence in word and number, and the rules that led to the segment."""
    return f"{confidence_in_words(explanation)}{rules_in_words(explanation)}."


def confidence_in_words(explanation: Explanation) -> str:
    """Say the confidence in word and number."""
    share = share_text(explanation.prediction)
    return f"Confidence: {explanation.confidence_word}, {share}{agreement_text(explanation)}"


def rules_in_words(explanation: Explanation) -> str:
    """Say the rules that led to the segment, to go on from the confidence; empty if they say nothing."""
    rules = "; ".join(reason.sentence for reason in explanation.why)
    return "" if explanation.far_outside or not rules else f". Rules: {escape(rules)}"


def changes_block(lines: Sequence[str]) -> Block:
    """List what would change the segment; each line is a `change_line`."""
    return bullets("What would change it", lines)


def change_line(sentence: str) -> str:
    """Return the line that says a sentence about a change."""
    return capital(escape(sentence))


def _agreeing(prediction: Prediction) -> str:
    """Write a confidence as so many of a hundred models.

    All that were trained so far may agree; that does not say that every later one will.
    """
    return f"{share_text(prediction).removesuffix('%')} of 100"


def _profile(shown: Sequence[str], like: Block, order: Sequence[int]) -> Block:
    """Return the profile table: that of another customer of the segment, with this one's values."""
    head, *rows = like["rows"]
    changed = [[row[0], raw(shown[i]), row[2], row[3]] for row, i in zip(rows, order, strict=True)]
    return {**like, "rows": [head, *changed]}


def _small_print(version: str, *, synthetic: bool, shared_by: str | None) -> str:
    parts = [small_model(version)]
    if synthetic:
        parts.append("trained on *synthetic sample customers*")
    if shared_by is not None:
        parts.append(f"shared by <@{escape(shared_by)}>")
    return " · ".join(parts)


def in_words(explanation: Explanation, values: str) -> str:
    """Say the answer in a sentence; `values` are `SegmentReplies.values_in_words`."""
    prediction = explanation.prediction
    borderline = f", borderline, next nearest {prediction.runner_up}" if prediction.borderline else ""
    return escape(
        f"{prediction.segment} (confidence {explanation.confidence_word}, {share_text(prediction)}{borderline})"
        f" for {values}"
    )
