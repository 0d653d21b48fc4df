"""One customer's answer: segment, confidence, values beside typical ones, why, what would change it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

import orjson

from bot.blocks.reply import Reply
from bot.blocks.tables import raw, table_blocks
from bot.blocks.text import Block, bullets, button, context, escape, header, section
from segmentation.answers.explanation import (
    NOT_GIVEN,
    Explanation,
    agreement_text,
    far_outside_text,
    no_change_text,
    share_text,
)
from segmentation.palette import square_of
from segmentation.schema import Schema

SHARE: Final = "share_segment"
_MOST_CHANGES: Final = 6
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
        self._fixed: dict[str, _Fixed] = {}
        self._small_prints: dict[str, Block] = {}

    def reply(self, explanation: Explanation, shared_by: str | None = None) -> Reply:
        """Render an explanation.

        Parameters
        ----------
        shared_by
            The user id of the person who shared it; the reply then has no share button.
        """
        prediction = explanation.prediction
        fixed = self._fixed.get(prediction.segment)
        if fixed is None:
            fixed = self._fixed[prediction.segment] = _fixed(explanation, self._names)
        why = [escape(reason.sentence) for reason in explanation.why]
        far = explanation.far_outside
        meaning = "" if far else f"{fixed.meaning}\n"
        blocks: list[Block] = [
            *([section(escape(far_outside_text(explanation)))] if far else []),
            *([section(escape(" ".join(explanation.hints)))] if explanation.hints else []),
            fixed.title,
            section(f"{meaning}{confidence_text(explanation)}"),
            _profile(explanation, fixed.profile),
        ]
        if not far:
            blocks.append(bullets("Why", why or ["every customer is in this segment"]))
        if explanation.changes:
            changes = [escape(change.sentence) for change in explanation.changes[:_MOST_CHANGES]]
            blocks.append(bullets("What would change it", changes))
        elif none := no_change_text(explanation):
            blocks.append(bullets("What would change it", [none]))
        if not far:
            blocks.append(fixed.action)
        if shared_by is None:
            blocks.append(self._small_print(prediction.model_version))
            value = Shared(prediction.model_version, explanation.values).to_value()
            blocks.append({"type": "actions", "elements": [button("Share in channel", SHARE, value)]})
        else:
            version = prediction.model_version
            blocks.append(context(_small_print(version, synthetic=self._synthetic, shared_by=shared_by)))
        return Reply(_in_words(explanation, self._schema), blocks)

    def _small_print(self, version: str) -> Block:
        if version not in self._small_prints:
            text = _small_print(version, synthetic=self._synthetic, shared_by=None)
            self._small_prints[version] = context(text)
        return self._small_prints[version]


@dataclass(frozen=True, slots=True)
class _Fixed:
    """The parts that all answers of a segment share; `profile` is the table of one of its customers."""

    title: Block
    meaning: str
    action: Block
    profile: Block


def _fixed(explanation: Explanation, names: tuple[str, ...]) -> _Fixed:
    segment = explanation.segment
    rows = [["Feature", "This customer", f"Typical {segment.name}", "80% are within"]]
    for line in explanation.profile:
        longest = max(line.categories, key=len, default=_LONGEST_VALUE)
        rows.append([line.label_with_unit, longest, line.mean_text, line.range_text])
    return _Fixed(
        header(f"{square_of(segment.name, names)} {segment.name}"),
        escape(segment.meaning),
        section(f"*Suggested action*\n{escape(segment.action)}"),
        table_blocks(rows, right=(1, 2, 3))[0],
    )


def confidence_text(explanation: Explanation) -> str:
    """Say the confidence in word and number, and what a borderline answer borders on."""
    prediction = explanation.prediction
    text = f"*Confidence: {explanation.confidence_word}, {share_text(prediction)}*{agreement_text(explanation)}"
    if prediction.borderline:
        return f"{text} – borderline, next nearest: *{escape(prediction.runner_up)}*"
    return f"{text} – next nearest: {escape(prediction.runner_up)}"


def _profile(explanation: Explanation, like: Block) -> Block:
    """Return the profile table: that of another customer of the segment, with this one's values."""
    head, *rows = like["rows"]
    return {
        **like,
        "rows": [
            head,
            *(
                [row[0], raw(line.value_text), row[2], row[3]]
                for row, line in zip(rows, explanation.profile, strict=True)
            ),
        ],
    }


def _small_print(version: str, *, synthetic: bool, shared_by: str | None) -> str:
    parts = [f"Model {escape(version or 'unsaved')}"]
    if synthetic:
        parts.append("trained on *synthetic sample customers*")
    if shared_by is not None:
        parts.append(f"shared by <@{escape(shared_by)}>")
    return " · ".join(parts)


def _in_words(explanation: Explanation, schema: Schema) -> str:
    prediction = explanation.prediction
    values = ", ".join(
        f"{feature.name} {NOT_GIVEN if value is None else feature.show(value)}"
        for feature, value in zip(schema.features, explanation.values, strict=True)
    )
    borderline = f", borderline, next nearest {prediction.runner_up}" if prediction.borderline else ""
    return escape(
        f"{prediction.segment} (confidence {explanation.confidence_word}, {share_text(prediction)}{borderline})"
        f" for {values}"
    )
