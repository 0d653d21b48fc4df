"""What a person would say of a scored file first: one sentence, then each segment's size and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bot.blocks.files.movement import growth_sentence
from bot.blocks.text import Block, cut, escape, section
from segmentation.answers.shares import share_text
from segmentation.movement.movement import Movement
from segmentation.palette import square_of
from segmentation.scoring.report import ScoreReport

_NEAR: Final = 0.025
# Shares that people say in words rather than in percent.
_SAID: Final = (
    (0.9, "nine in ten"),
    (0.8, "four in five"),
    (0.75, "three quarters"),
    (2 / 3, "two thirds"),
    (0.6, "three in five"),
    (0.5, "half"),
    (0.4, "two in five"),
    (1 / 3, "a third"),
    (0.25, "a quarter"),
    (0.2, "a fifth"),
)
_NEARLY_ALL: Final = 0.95
_EXACTLY: Final = 0.005
_LONGEST_ACTION: Final = 200
# A word or two before a mark say too little by themselves.
_CLAUSE: Final = re.compile(r".{12,}?(?=[;:](?:\s|$))")
_LONGEST_NAME: Final = 60
# Squares of a bar: as many as stand on a phone's line beside a name and its figures.
_LONGEST_BAR: Final = 6
_MOST_ACTIONS: Final = 6


def insight(name: str, report: ScoreReport, movement: Movement | None = None) -> str:
    """Say of a file what stands out, escaped; empty if nobody in it has a segment.

    Parameters
    ----------
    movement
        Who moved since the last file of the same customers; None without such a file.
    """
    if not report.scored:
        return ""
    segment, count = max(report.segments.items(), key=lambda item: item[1])
    largest = f"{share_in_words(count / report.scored)} of the customers in *{escape(name)}* are *{escape(segment)}*"
    said = f"{largest[:1].upper()}{largest[1:]}"
    grown = growth_sentence(report.segments, movement) if movement else ""
    close = _close(report.borderline) if report.borderline else ""
    return f"{'; '.join(filter(None, (said, grown, close)))}."


def share_in_words(share: float) -> str:
    """Say a share as people do.

    >>> share_in_words(0.5), share_in_words(0.34), share_in_words(0.45), share_in_words(1.0)
    ('half', 'about a third', '45%', 'all')
    """
    if share == 1:
        return "all"
    if share >= _NEARLY_ALL:
        return "nearly all"
    value, words = min(_SAID, key=lambda said: abs(said[0] - share))
    if abs(value - share) > _NEAR:
        return f"{share:.0%}"
    return words if abs(value - share) <= _EXACTLY else f"about {words}"


def segments_block(report: ScoreReport, actions: Mapping[str, str]) -> Block:
    """Return a bar for each segment that has customers, the largest first, and beside it what to do about them.

    Parameters
    ----------
    actions
        By segment, as the model has them; those of the smallest segments are left out if there are many.
    """
    there = sorted((item for item in report.segments.items() if item[1]), key=lambda item: -item[1])
    names, largest = tuple(report.segments), there[0][1]
    lines = []
    for place, (name, count) in enumerate(there):
        bar = square_of(name, names) * max(1, round(_LONGEST_BAR * count / largest))
        line = f"{bar} *{escape(cut(name, _LONGEST_NAME))}* {count:,} ({share_text(count / report.scored)})"
        if place < _MOST_ACTIONS and (action := actions.get(name)):
            line += f" → {escape(cut(in_short(action), _LONGEST_ACTION))}"
        lines.append(line)
    return section("\n".join(lines))


def in_short(action: str) -> str:
    """Return the first clause of what to do, which is all that a phone's screen has room for.

    >>> in_short("Test offers here first; small nudges move many people."), in_short("Call: they answer.")
    ('Test offers here first', 'Call: they answer.')
    """
    clause = _CLAUSE.match(action)
    return clause[0] if clause else action


def _close(count: int) -> str:
    return "1 customer is a close call" if count == 1 else f"{count:,} customers are close calls"
