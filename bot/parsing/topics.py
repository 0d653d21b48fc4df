"""Recognises the questions that have one answer each: for help, for an example, who the admins are, how to undo."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from bot.parsing.formatting import bare_word
from segmentation.writing.folding import fold_text

_HELP: Final = re.compile(
    r"(?:[-/]*(?:help|hilfe|aide|ayuda|aiuto|ajuda|hjalp|usage|-h)(?: me)?(?: please)?"
    r"|hi|hello|hey|moin|hallo|\?+|what can (?:you|segbot) do|what do you do|how (?:does|do) (?:this|it|you) work"
    r"|how (?:do|can) i use (?:this|it|you|segbot))\W*"
)
_GREETING: Final = re.compile(
    r"(?:hi|hello|hey|moin|hallo|hola|bonjour|ciao|good (?:morning|afternoon|evening))"
    r"(?:,? (?:there|segbot|again|all|everyone|team))*\W*"
)


class Topic(Enum):
    """What somebody asks about."""

    EXAMPLE = "example"
    FILES = "files"
    ADMINS = "admins"
    INVITING = "inviting"
    UNDOING = "undoing"
    TRAINING = "training"
    MOVING = "moving"
    LISTS = "lists"
    PRIVACY = "privacy"


_A_FILE: Final = r"(?:an?|my|this|the|some) (?:files?|csv|table|list|spreadsheet|workbook|excel)(?: files?)?"
# In this order: "who may undo a promotion?" is about people.
_TOPICS: Final = (
    (
        Topic.ADMINS,
        r"\b(?:who|which|your|the|list)\b.*\b(?:admins?|administrators?|owners?)\b"
        r"|\bwho (?:can|may|is allowed to) (?:train|retrain|promote|undo|change)\b|^admins?\W*$",
    ),
    (Topic.INVITING, r"\binvit(?:e|ing)\b|\b(?:add|bring|get) (?:you|segbot)\b"),
    (Topic.UNDOING, r"\bundo\b|\broll(?:ing)? ?back\b|\bgo back to (?:the|an?) (?:last|previous|earlier|old)\b"),
    (
        Topic.PRIVACY,
        r"\b(?:privacy|gdpr|data protection)\b"
        r"|\b(?:delete|forget|erase|remove) (?:all )?(?:my|our|the) (?:data|customers?)\b"
        r"|\bwhat do you (?:store|keep|save|remember)\b",
    ),
    (Topic.EXAMPLE, r"^(?:(?:can you )?(?:show|give)(?: me)? |see )?(?:(?:an?|another|the) )?example\W*$"),
    (
        Topic.FILES,
        rf"^(?:how (?:do|can) i |how to |(?:can|could) you )?(?:score|segment|upload|drop|send) {_A_FILE}\W*$"
        rf"|\b(?:have|get) {_A_FILE} scored\b|^files?\W*$",
    ),
    (
        Topic.TRAINING,
        r"\bretrain(?:ing|ed)?\b|\b(?:to|i|we|you|can) train\b|\btrain (?:an?|it|on|our|my)\b|^train(?:ing)?\W*$",
    ),
    (
        Topic.MOVING,
        r"\bwho (?:has |have )?(?:moved|changed|left)\b|\bwhat(?:'s| has| have)? (?:new|changed|moved)\b"
        r"|^(?:movers|movement|history|changes)\W*$",
    ),
    (
        Topic.LISTS,
        r"\b(?:get|make|export|need|want|give me|have) (?:me )?(?:an?|the|my) (?:mailing )?lists?\b|^lists?\W*$",
    ),
)
_PATTERNS: Final = tuple((topic, re.compile(pattern)) for topic, pattern in _TOPICS)


def asks_for_help(text: str) -> bool:
    """Say whether a text, behind a command or alone, greets segbot or asks what it can do.

    >>> asks_for_help("*Help!*"), asks_for_help("--help"), asks_for_help("helpful")
    (True, True, False)
    """
    return _HELP.fullmatch(fold_text(bare_word(text))) is not None


def greets(folded: str) -> bool:
    """Say whether a folded text is a greeting and no more.

    >>> greets("hi segbot!"), greets("hi, what is target?")
    (True, False)
    """
    return _GREETING.fullmatch(folded) is not None


def topic_of(folded: str) -> Topic | None:
    """Return what a folded text without numbers asks about; None if it is another question.

    >>> topic_of("who are the admins?"), topic_of("show me an example"), topic_of("the weather is nice")
    (<Topic.ADMINS: 'admins'>, <Topic.EXAMPLE: 'example'>, None)
    """
    return next((topic for topic, pattern in _PATTERNS if pattern.search(folded)), None)
