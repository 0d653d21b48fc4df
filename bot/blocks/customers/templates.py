"""The JSON that answers `/segment`, put together from parts that are rendered once.

`SegmentReplies` renders each part, with a mark for every value of the customer. Of the part's JSON a template is made,
which the next customers fill. So an answer is byte for byte the JSON of the reply, at a third of the cost.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

import orjson

from bot.blocks.customers.segment import (
    MOST_CHANGES,
    SegmentReplies,
    Shared,
    change_line,
    changes_block,
    confidence_in_words,
    in_words,
    rules_in_words,
)
from bot.blocks.limits import BLOCK_COST, BLOCKS_TEXT, SECTION_TEXT
from bot.blocks.reply import Reply
from bot.blocks.text import Block, context, escape
from segmentation.answers.explanation import NOT_GIVEN, Assessment, no_change_text, share_text
from segmentation.answers.wording import number_change
from segmentation.model import SegmentModel
from segmentation.tree import Step
from segmentation.writing.plain import format_number

# A mark is a character of Unicode's private area, repeated to the length of the longest value: a text that is within a
# limit of Slack's with marks is within it with values, too.
_LENGTH: Final = 24
_VALUES: Final = 0xE000
_MOST_FEATURES: Final = 200
_REST: Final = "\ue100" * _LENGTH
_HOLE: Final = b"%(rest)b"
_ANY_MARK: Final = re.compile(rb"(\xee[\x80-\x87][\x80-\xbf])\1{%d}" % (_LENGTH - 1))
_LIKE_A_MARK: Final = re.compile(rb"\xee[\x80-\x87]")
# Two parts of a text as long as this, with what stands around them, are within each of Slack's limits.
_LONGEST_PART: Final = SECTION_TEXT // 2 - 100
# As many blocks as an answer has, and more.
_LONGEST_ANSWER: Final = BLOCKS_TEXT - 12 * BLOCK_COST
# Parts are kept of so many kinds of customers; all together they take a few megabytes.
_MOST_KEPT: Final = 1024
_Key = TypeVar("_Key")
_Part = TypeVar("_Part")


class _NotCertain(Exception):
    """A limit of Slack's might cut this part, depending on the customer's values."""


@dataclass(frozen=True, slots=True)
class _Head:
    """What depends on the two segments and the confidence: of the words, of the blocks, and of the last line."""

    sentence: bytes
    blocks: bytes
    confidence: bytes


class SegmentTemplates:
    """Answers with the JSON of one model's replies.

    Parameters
    ----------
    model
        The model in service.
    replies
        Renders its answers.
    encode
        Encodes a reply as the answer to a command.
    """

    def __init__(self, model: SegmentModel, replies: SegmentReplies, encode: Callable[[Reply], bytes]) -> None:
        self._model = model
        self._replies = replies
        self._usable = _has_templates(model)
        self._keys = tuple(b"%d" % i for i in range(len(model.schema.features)))
        self._opening, blocks = encode(Reply(_REST, [])).split(_REST.encode())
        self._blocks, self._end = blocks[:-2], blocks[-2:]
        start, self._between, end = _template(changes_block([_REST, _REST])).split(_HOLE)
        self._around_changes = start, b"%(changes)b" + end + b","
        self._usual = {
            segment.name: tuple((i, *_range(segment.low[i], segment.high[i])) for i in model.schema.cluster_indices)
            for segment in model.segments
        }
        value = Shared(model.version, ()).to_value().removesuffix("[]}")
        self._buttons = _template(replies.buttons(f"{value}{_REST}}}")).replace(_HOLE, b"%(values)b") + b","
        self._small_print = b"," + _template(replies.small_print(model.version))
        self._heads: dict[tuple[str, str, bool, str, str], _Head] = {}
        self._whys: dict[tuple[int, tuple[int, ...]], bytes] = {}
        self._changes: dict[tuple[int, int], bytes] = {}
        self._tables: dict[tuple[str, frozenset[int]], bytes] = {}
        self._rules: dict[int, bytes] = {}
        self._values: dict[frozenset[int], bytes] = {}
        self._unchanging: bytes | None = None

    def encoded(self, found: Assessment) -> bytes | None:
        """Return the JSON that answers one customer; None for an unusual one, whose reply must be rendered."""
        if not self._usable or not self._model.is_ordinary(found.x):
            return None
        try:
            parts = self._parts(found)
        except _NotCertain:
            self._usable = False  # the next customer's text would be as long
            return None
        holes = {
            key: format_number(value).encode()
            for key, value in zip(self._keys, found.given, strict=True)
            if value is not None
        }
        changes = self._between.join([self._change(step, holes) for step in found.steps[:MOST_CHANGES]])
        holes[b"changes"], holes[b"values"] = changes, orjson.dumps(found.given)
        answer = b"".join(parts) % holes
        return answer if len(changes) <= _LONGEST_PART and len(answer) <= _LONGEST_ANSWER else None

    def _parts(self, found: Assessment) -> tuple[bytes, ...]:
        """Return the templates that make up an answer, in order."""
        prediction, x = found.prediction, found.x
        segment = prediction.segment
        # On which side of the segment's usual values the customer's are.
        sides = tuple([(x[i] > high) - (x[i] < low) for i, low, high in self._usual[segment]])
        table = segment, found.absent
        kind = segment, prediction.runner_up, prediction.borderline, found.confidence_word, share_text(prediction)
        head = self._heads.get(kind) or _kept(self._heads, kind, self._head(found))
        return (
            self._opening,
            head.sentence,
            self._values.get(found.absent) or _kept(self._values, found.absent, self._values_in_words(found)),
            self._blocks,
            head.blocks,
            self._whys.get((found.leaf, sides)) or _kept(self._whys, (found.leaf, sides), self._why(found)),
            *(self._around_changes if found.steps else (self._no_change(found),)),
            self._buttons,
            self._tables.get(table) or _kept(self._tables, table, self._table(found)),
            head.confidence,
            self._rules.get(found.leaf) or _kept(self._rules, found.leaf, self._rules_in_words(found)),
            self._small_print,
            self._end,
        )

    def _head(self, found: Assessment) -> _Head:
        explanation = self._model.worded(found)
        sentence, _ = _certain(in_words(explanation, _REST)).split(_HOLE)
        blocks = b",".join(map(_template, self._replies.head(explanation)))
        opening, _ = _template(context(_REST)).split(_HOLE)
        return _Head(sentence, blocks + b",", b"," + opening + _certain(confidence_in_words(explanation)))

    def _values_in_words(self, found: Assessment) -> bytes:
        return _certain(escape(self._replies.values_in_words(found.given, self._marked(found))))

    def _why(self, found: Assessment) -> bytes:
        block = self._replies.why(self._model.worded(found), self._marked(found))
        _certain(block["text"]["text"])
        return _template(block) + b","

    def _table(self, found: Assessment) -> bytes:
        return _template(self._replies.profile(self._model.worded(found), self._marked(found)))

    def _rules_in_words(self, found: Assessment) -> bytes:
        _, end = _template(context(_REST)).split(_HOLE)
        return _certain(f"{rules_in_words(self._model.worded(found))}.") + end

    def _no_change(self, found: Assessment) -> bytes:
        """Return what is said if nothing would change the segment."""
        if self._unchanging is None:
            none = no_change_text(self._model.worded(found))
            self._unchanging = _template(changes_block([change_line(none)])) + b"," if none else b""
        return self._unchanging

    def _change(self, step: Step, values: Mapping[bytes, bytes]) -> bytes:
        """Return the line of one change, filled."""
        key = step.feature, step.segment
        line = self._changes.get(key)
        if line is None:
            feature, segment = self._model.schema.features[step.feature], self._model.names[step.segment]
            sentence = change_line(number_change(feature, _REST, _REST, segment))
            line = _kept(self._changes, key, _certain(sentence).replace(_HOLE, b"%b"))
        return line % (format_number(step.value).encode(), values[self._keys[step.feature]])

    def _marked(self, found: Assessment) -> list[str]:
        """Return a mark for each value, in schema order."""
        return [NOT_GIVEN if value is None else _mark(i) for i, value in enumerate(found.given)]


def _has_templates(model: SegmentModel) -> bool:
    """Say whether a model's answers can be made of templates: most can.

    Not those with categories, whose names are values that need escaping; those of an early version that assume what was
    not given; and those with a name that looks like a mark.
    """
    features = model.schema.features
    if model.assumed or len(features) > _MOST_FEATURES or any(feature.is_category for feature in features):
        return False
    return _LIKE_A_MARK.search(orjson.dumps((features, model.segments))) is None


def _range(low: float | None, high: float | None) -> tuple[float, float]:
    """Return a range within which everything is if it is not known."""
    return (-math.inf, math.inf) if low is None or high is None else (low, high)


def _mark(index: int) -> str:
    return chr(_VALUES + index) * _LENGTH


def _certain(text: str) -> bytes:
    """Return the template of a part of a text that no limit of Slack's cuts, whatever the values."""
    if len(text) > _LONGEST_PART:
        raise _NotCertain
    return _template(text)[1:-1]


def _template(part: Block | str) -> bytes:
    """Return the JSON of a part with a hole for each mark, for `%`."""
    return _ANY_MARK.sub(_hole, orjson.dumps(part).replace(b"%", b"%%"))


def _hole(mark: re.Match[bytes]) -> bytes:
    character = mark[0][:3].decode()
    return _HOLE if character == _REST[0] else b"%%(%d)b" % (ord(character) - _VALUES)


def _kept(kept: dict[_Key, _Part], key: _Key, part: _Part) -> _Part:
    """Keep a part for the next customers."""
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    kept[key] = part
    return part
