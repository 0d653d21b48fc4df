"""The one strict reading of a number and its range, shared by the slash command, the files and the command line."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from segmentation.categories import code_of, fold_category, is_listed, nearest_category
from segmentation.numbers.feature_units import is_other_unit, looks_like, unit_factor, unit_fits
from segmentation.numbers.number_forms import (
    MARKS,
    DressKind,
    NumberStyle,
    currency_of,
    grouped_number,
    is_doubtful,
    readings,
    scaled,
    taken_apart,
    ungrouped,
)
from segmentation.numbers.value_sentences import missing, outside
from segmentation.schema import Feature
from segmentation.writing.plain import format_number

# Format characters people never see but spreadsheets and chat clients leave behind.
ZERO_WIDTH: Final = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"
_SPACES: Final = "".join(character for character in map(chr, range(0x3001)) if character.isspace())
# Characters that a cell may hold and still look empty.
BLANK: Final = _SPACES + ZERO_WIDTH
_FULL_WIDTH: Final = {0xFF10 + digit: str(digit) for digit in range(10)}
# [0-9], not \d, which would match the digits of every script; full-width ones are folded before.
_NUMBER: Final = re.compile(f"-?{ungrouped('.')}")
_COMMA_NUMBER: Final = re.compile(f"-?{ungrouped(',')}")
_QUOTED_AT_MOST: Final = 40
# The ends of prices, "60.-" or "60,-": outside what is read, but plain enough to say what to write.
_LOOSE_END: Final = re.compile(r"(?<=[0-9])[.,][-–]?$")


class Reason(StrEnum):
    """Why a text is not a usable value; stable ids for counting, never shown as they are."""

    MISSING = "missing"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"
    UNKNOWN_CATEGORY = "unknown_category"


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
    either
        The values to type instead if the text can mean several numbers; else empty.
    looks
        What the value looks like and what is expected, without a full stop, if it fits in another unit; else empty.
        The person who typed the value is told this instead of `sentence`, and asked about `suggestion`.
    """

    reason: Reason
    sentence: str
    suggestion: str | None = None
    either: tuple[str, ...] = ()
    looks: str = ""

    @property
    def question(self) -> str:
        """What is said to somebody who typed the value: what is wrong, and what was probably meant."""
        return f"{self.looks}. Did you mean {self.suggestion}?" if self.looks else f"{self.advice}."

    @property
    def advice(self) -> str:
        """The sentence, with the value to write instead unless that is unknown or already in the sentence."""
        write = f"write {self.suggestion}"
        if self.reason is not Reason.NOT_A_NUMBER or self.suggestion is None or self.sentence.endswith(write):
            return self.sentence
        return f"{self.sentence}; {write}"


def trim(text: str) -> str:
    """Strip Unicode spaces and zero-width characters from both ends."""
    return text.strip(BLANK)


def folded(text: str) -> str:
    """Trim a text and fold its full-width digits.

    >>> folded(" ６0 ")
    '60'
    """
    return trim(text).translate(_FULL_WIDTH)


def parse_number(text: str, *, decimal_comma: bool = False) -> float | None:
    """Read `-?digits[.digits][e±digits]` or `-?.digits` after trimming and folding full-width digits; None otherwise.

    `decimal_comma` reads `,` as the decimal point and refuses `.`: for files whose delimiter is `;` or a tab only.

    >>> parse_number(" 60.5 "), parse_number("60,5", decimal_comma=True), parse_number("1_000")
    (60.5, 60.5, None)
    """
    plain = folded(text)
    if not (_COMMA_NUMBER if decimal_comma else _NUMBER).fullmatch(plain):
        return None
    value = float(plain.replace(",", ".")) if decimal_comma else float(plain)
    if not math.isfinite(value):
        return None
    return value + 0.0  # folds -0.0 into 0.0


def read_value(feature: Feature, text: str, *, style: NumberStyle | None = None) -> float | ValueFault:
    """Read one value of `feature` from text, or say what is wrong with it.

    Parameters
    ----------
    style
        How the column it stands in is written. None for a value alone: its mark before three digits may group or
        separate the fraction, so it is refused if both numbers are in bounds.

    Returns
    -------
    float | ValueFault
        A finite value inside the feature's bounds, in the feature's unit; a category's code; or the fault.

    Examples
    --------
    >>> income = model.schema.find("income")
    >>> read_value(income, "60")
    60.0
    >>> read_value(income, "$60,000").advice
    'Annual income is not a plain number: “$60,000”; write 60'
    """
    if feature.is_category:
        return _read_category(feature, text, alone=style is None)
    return _read_number(feature, text, style)


def _read_number(feature: Feature, text: str, style: NumberStyle | None) -> float | ValueFault:
    plain = folded(text)
    if not plain:
        return ValueFault(Reason.MISSING, missing(feature))
    value = _alone(feature, plain) if style is None else styled_number(plain, style)
    if value is not None:
        return check_range(feature, value)
    meanings = _meanings(feature, plain, style)
    if len(meanings) > 1:
        written = [_in_style(feature, meaning, style) for meaning in meanings]
        return ValueFault(
            Reason.NOT_A_NUMBER,
            f"{feature.label} {quote(text)} can mean {' or '.join(map(format_number, meanings))}: "
            f"write {' or '.join(written)}",
            either=tuple(written),
        )
    sentence = f"{feature.label} is {_wrong(feature, plain)}: {quote(text)}"
    if meanings:
        looks = (
            f"{feature.label} {quote(text)} {looks_like(feature)}" if _is_divided(feature, plain, meanings[0]) else ""
        )
        return ValueFault(Reason.NOT_A_NUMBER, sentence, _in_style(feature, meanings[0], style), looks=looks)
    loose = _LOOSE_END.sub("", plain.removeprefix("+"))
    if loose != plain and len(meanings := _meanings(feature, loose, style)) == 1:
        return ValueFault(Reason.NOT_A_NUMBER, sentence, _in_style(feature, meanings[0], style))
    return _bracketed(feature, plain, style, sentence) or ValueFault(Reason.NOT_A_NUMBER, sentence)


def _wrong(feature: Feature, plain: str) -> str:
    """Say what is wrong with a text that is not read: its currency, if that is not the feature's."""
    apart, unit = taken_apart(plain), currency_of(feature.unit)
    other = apart is not None and apart.dress.kind is DressKind.CURRENCY and unit not in {None, apart.dress.word}
    return f"in {feature.unit}, not in {apart.dress.word}" if apart is not None and other else "not a plain number"


def _is_divided(feature: Feature, plain: str, meaning: float) -> bool:
    """Tell whether a text means a number once it is divided by the unit's factor, and has no k that says so."""
    apart, factor = taken_apart(plain), feature.base_unit_factor
    if apart is None or apart.dress.thousands or factor == 1 or not unit_fits(feature, apart.dress):
        return False
    return scaled(meaning, factor) in [grouped_number(apart.core, mark) for mark in MARKS]


def _read_category(feature: Feature, text: str, *, alone: bool) -> float | ValueFault:
    code, near = code_of(feature, text), None
    if not fold_category(text):
        return ValueFault(Reason.MISSING, missing(feature))
    if code is None or (alone and not is_listed(feature, text)):
        near = nearest_category(feature, text)
    # A slip of the finger must not put a customer among the others; in a file every other category is one of them.
    if code is not None and near is None:
        return float(code)
    unknown = f"{feature.label} {quote(text)} is not one I know"
    if near is None:
        return ValueFault(Reason.UNKNOWN_CATEGORY, f"{unknown}: it is {feature.range_text}")
    sentence = f"{unknown} (did you mean {feature.show(near)}?): it is {feature.range_text}"
    return ValueFault(Reason.UNKNOWN_CATEGORY, sentence, feature.typed(near))


def _in_style(feature: Feature, value: float, style: NumberStyle | None) -> str:
    """Write a value as it is to be typed, in a file as its column is written, so that it is read back as itself."""
    if style is None:
        return typed_value(feature, value)
    text = format_number(value).replace(".", style.decimal)
    return f"{text}0" if style.decimal in style.refused_marks and is_doubtful(text) else text


def _bracketed(feature: Feature, plain: str, style: NumberStyle | None, sentence: str) -> ValueFault | None:
    """Say of "(60)", which accountants write for -60, what to type if that is out of bounds but 60 is not."""
    if not (plain.startswith("(") and plain.endswith(")")):
        return None
    meanings = _meanings(feature, plain[1:-1].strip(), style)
    if len(meanings) != 1:
        return None
    value = _in_style(feature, meanings[0], style)
    return ValueFault(
        Reason.NOT_A_NUMBER,
        f"{sentence} stands for a negative number, outside {feature.range_text}; "
        f"if you mean {format_number(meanings[0])}, write {value}",
        value,
    )


def styled_number(plain: str, style: NumberStyle) -> float | None:
    """Read a trimmed text as a column's style says, in the feature's unit; None if it does not fit the style."""
    if style.dress.kind is DressKind.NONE:
        value = _number_of(plain, style)
        return None if value is None else scaled(value, style.factor)
    apart = taken_apart(plain)
    if apart is None or (value := _number_of(apart.core, style)) is None:
        return None
    if apart.dress == style.dress:
        return scaled(value, style.factor)
    return value if style.undressed and apart.dress.kind is DressKind.NONE else None


def _number_of(plain: str, style: NumberStyle) -> float | None:
    if style.refused_marks and any(mark in plain for mark in style.refused_marks) and is_doubtful(plain):
        return None
    if style.grouped:
        return grouped_number(plain, style.decimal)
    return parse_number(plain, decimal_comma=style.decimal == ",")


def _alone(feature: Feature, plain: str) -> float | None:
    """Read a value that stands in no column: None as well if a decimal comma would make it another in bounds."""
    value = parse_number(plain)
    if value is None or not is_doubtful(plain):
        return value
    other = grouped_number(plain, ",")
    assert other is not None  # noqa: S101 - told to the type checker: a doubtful text is a number either way
    return None if _inside(feature, value) and _inside(feature, other) else value


def _inside(feature: Feature, value: float) -> bool:
    return feature.minimum <= value <= feature.maximum


def is_number(text: str) -> bool:
    """Tell whether a text is a number in any form that people write.

    >>> is_number("$60,000"), is_number("2.288"), is_number("about 60")
    (True, True, False)
    """
    apart = taken_apart(folded(text))
    return apart is not None and any(number is not None for number in readings(apart.core))


def typed_value(feature: Feature, value: float) -> str:
    """Write a value so that it is read back as itself, alone too: 2.288 as 2.2880 if it could be two thousand.

    >>> typed_value(model.schema.find("income"), 60.125), typed_value(model.schema.find("income"), 0.5)
    ('60.125', '0.5')
    """
    if feature.is_category:
        return feature.typed(value)
    text = format_number(value)
    return f"{text}0" if is_doubtful(text) and _alone(feature, text) is None else text


def check_range(feature: Feature, value: float) -> float | ValueFault:
    """Return `value` if it is finite and inside the bounds, else the fault with range, unit and likely intent.

    >>> check_range(model.schema.find("income"), 60000).suggestion
    '60'
    """
    if feature.is_category:
        known = feature.minimum <= value <= feature.maximum and value == int(value)
        return value if known else ValueFault(Reason.UNKNOWN_CATEGORY, outside(feature))
    if feature.minimum <= value <= feature.maximum:
        return value
    shown = format_number(value)
    sentence = f"{feature.label} {shown} is outside {feature.range_text}"
    if feature.base_unit_factor != 1 and math.isfinite(value):
        smaller = value / feature.base_unit_factor
        if feature.minimum < smaller <= feature.maximum:
            typed = format_number(smaller)
            return ValueFault(
                Reason.OUT_OF_RANGE,
                f"{sentence}; the unit is {feature.unit}, so {shown} is {typed}",
                typed,
                looks=f"{feature.label} {shown} {looks_like(feature)}" if is_other_unit(feature, value) else "",
            )
    return ValueFault(Reason.OUT_OF_RANGE, sentence)


def quote(text: str) -> str:
    """Quote what somebody typed, on one line, cut to a readable length."""
    plain = " ".join(trim(text).split())
    return f"“{plain[: _QUOTED_AT_MOST - 1]}…”" if len(plain) > _QUOTED_AT_MOST else f"“{plain}”"


def _meanings(feature: Feature, plain: str, style: NumberStyle | None) -> list[float]:
    """Work out what can be written for "$60,000", "60k" or "2,288": numbers that are in bounds once they are read."""
    apart = taken_apart(plain)
    if apart is None or (apart.dress.kind is DressKind.UNIT and not unit_fits(feature, apart.dress)):
        return []
    marks = MARKS[::-1] if style is None or style.refused_marks else (style.decimal,)
    numbers = [number for mark in marks if (number := grouped_number(apart.core, mark)) is not None]
    if not numbers and style is not None:  # a cell in the minority: what it means with the other mark
        numbers = [number for mark in MARKS if (number := grouped_number(apart.core, mark)) is not None]
    # A column's factor is for its numbers as they are; those without its sign are in the feature's unit already.
    factor = style.factor if style is not None and style.dress.kind is DressKind.NONE else 1.0
    found = []
    for number in numbers:
        value = scaled(number, unit_factor(feature, apart.dress))
        if not apart.dress.thousands and not _inside(feature, scaled(value, factor)):
            value /= feature.base_unit_factor
        if _inside(feature, scaled(value, factor)) and value not in found:
            found.append(value)
    return sorted(found, reverse=True)
