"""The one strict reading of a number and its range, shared by the slash command, the files and the command line."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from segmentation.schema import Feature, format_number

# Format characters people never see but spreadsheets and chat clients leave behind.
ZERO_WIDTH: Final = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"
_SPACES: Final = "".join(character for character in map(chr, range(0x3001)) if character.isspace())
# What a cell that looks empty may hold.
BLANK: Final = _SPACES + ZERO_WIDTH
_FULL_WIDTH: Final = {0xFF10 + digit: str(digit) for digit in range(10)}
_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_COMMA_NUMBER: Final = re.compile(r"-?[0-9]+(?:,[0-9]+)?(?:[eE][+-]?[0-9]+)?")
# "$60,000", "60k", "70 %": a number with decoration, from which the plain number can be recovered.
_CURRENCY: Final = "$€£¥"
_DECORATED: Final = re.compile(
    rf"(?P<sign>-?)\s*[{_CURRENCY}]?\s*(?P<digits>[0-9]{{1,15}}(?:[ ,_'’\u00a0\u202f][0-9]{{3}}){{0,4}})"
    r"(?P<part>\.[0-9]{1,6})?"
    rf"\s*(?P<suffix>[kK%]?)\s*[{_CURRENCY}]?"
)
_QUOTED_AT_MOST: Final = 40
_LONGEST_DECORATED: Final = 40


class Reason(StrEnum):
    """Why a text is not a usable value; stable ids for counting, never shown as they are."""

    MISSING = "missing"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"


@dataclass(frozen=True, slots=True)
class ValueFault:
    """Why one value was refused.

    Parameters
    ----------
    reason
        The kind of fault.
    sentence
        What is wrong, in words, with range and unit; it holds the text as it was given, unescaped.
    suggestion
        The value to type instead, if it can be worked out.
    """

    reason: Reason
    sentence: str
    suggestion: str | None = None

    @property
    def advice(self) -> str:
        """The sentence, with the value to write instead unless that is unknown or already in the sentence."""
        if self.reason is not Reason.NOT_A_NUMBER or self.suggestion is None:
            return self.sentence
        return f"{self.sentence}; write {self.suggestion}"


def trim(text: str) -> str:
    """Strip Unicode spaces and zero-width characters from both ends."""
    return text.strip(BLANK)


def parse_number(text: str, *, decimal_comma: bool = False) -> float | None:
    """Read `-?digits[.digits][e±digits]` after trimming and folding full-width digits; None for anything else.

    `decimal_comma` reads `,` as the decimal point and refuses `.`: for files whose delimiter is `;` or a tab only.

    >>> parse_number(" 60.5 "), parse_number("60,5", decimal_comma=True), parse_number("1_000")
    (60.5, 60.5, None)
    """
    plain = trim(text).translate(_FULL_WIDTH)
    if not (_COMMA_NUMBER if decimal_comma else _NUMBER).fullmatch(plain):
        return None
    value = float(plain.replace(",", ".")) if decimal_comma else float(plain)
    if not math.isfinite(value):
        return None
    return value + 0.0  # folds -0.0 into 0.0


def read_value(feature: Feature, text: str, *, decimal_comma: bool = False) -> float | ValueFault:
    """Read one value of `feature` from text, or say what is wrong with it.

    Returns
    -------
    float | ValueFault
        A finite value inside the feature's bounds, in the feature's unit; or the fault.

    Examples
    --------
    >>> income = model.schema.find("income")
    >>> read_value(income, "60")
    60.0
    >>> read_value(income, "$60,000").advice
    'Annual income is not a plain number: “$60,000”; write 60'
    """
    if not trim(text):
        return ValueFault(Reason.MISSING, missing(feature))
    value = parse_number(text, decimal_comma=decimal_comma)
    if value is None:
        guess = _undecorated(feature, text)
        return ValueFault(Reason.NOT_A_NUMBER, f"{feature.label} is not a plain number: {quote(text)}", guess)
    return check_range(feature, value)


def missing(feature: Feature) -> str:
    """Say that a value is missing, for a sentence or a row's note."""
    return f"{feature.label} is missing"


def outside(feature: Feature) -> str:
    """Say that a value is out of bounds, without the value."""
    return f"{feature.label} is outside {feature.range_text}"


def meant(feature: Feature) -> str:
    """Say that a value out of bounds fits in the feature's unit: "divided by 1000 it fits: the unit is k$"."""
    return f"divided by {format_number(feature.base_unit_factor)} it fits: the unit is {feature.unit}"


def check_range(feature: Feature, value: float) -> float | ValueFault:
    """Return `value` if it is finite and inside the bounds, else the fault with range, unit and likely intent.

    >>> check_range(model.schema.find("income"), 60000).suggestion
    '60'
    """
    if feature.minimum <= value <= feature.maximum:
        return value
    shown = format_number(value)
    sentence = f"{feature.label} {shown} is outside {feature.range_text}"
    if feature.base_unit_factor != 1 and math.isfinite(value):
        smaller = value / feature.base_unit_factor
        if feature.minimum < smaller <= feature.maximum:
            typed = format_number(smaller)
            return ValueFault(
                Reason.OUT_OF_RANGE, f"{sentence}; the unit is {feature.unit}, so {shown} is {typed}", typed
            )
    return ValueFault(Reason.OUT_OF_RANGE, sentence)


def quote(text: str) -> str:
    """Quote what somebody typed, on one line, cut to a readable length."""
    plain = " ".join(trim(text).split())
    return f"“{plain[: _QUOTED_AT_MOST - 1]}…”" if len(plain) > _QUOTED_AT_MOST else f"“{plain}”"


def _undecorated(feature: Feature, text: str) -> str | None:
    """Work out the plain number meant by "$60,000", "60k" or "70%", in the feature's unit; None if that fails."""
    plain = trim(text).translate(_FULL_WIDTH)
    if len(plain) > _LONGEST_DECORATED:
        return None
    match = _DECORATED.fullmatch(plain)
    if match is None:
        return None
    digits = re.sub(r"\D", "", match["digits"])
    value = float(f"{match['sign']}{digits}{match['part'] or ''}")
    if match["suffix"] in {"k", "K"}:
        value *= 1000 / feature.base_unit_factor
    elif not feature.minimum <= value <= feature.maximum:
        value /= feature.base_unit_factor
    if not feature.minimum <= value <= feature.maximum:
        return None
    return format_number(value)
