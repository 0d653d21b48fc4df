"""The forms people write numbers in: the mark before the fraction, marks that group digits, and signs beside them.

A text alone can leave open what its marks mean; `NumberStyle` says it for a whole column.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MARKS: Final = (",", ".")
# Beside the plain space: no-break, figure, thin and narrow no-break space, which also group digits.
_SPACES: Final = " \u00a0\u2007\u2009\u202f"
_APOSTROPHES: Final = "'\u2019"
# Below this, a product times a million is below 2**53, so that `scaled` rounds it to millionths exactly.
EXACT_BELOW: Final = 1e9
MILLION: Final = 1e6


def _pattern(decimal: str) -> str:
    """Write the form of a number without sign or dress; neither Python's nor Polars' engine needs more than this."""
    other = MARKS[1 - MARKS.index(decimal)]
    grouped = [f"[1-9][0-9]{{0,2}}(?:[{mark}][0-9]{{3}})+" for mark in (other, _SPACES, _APOSTROPHES)]
    if decimal == ".":
        grouped.append("[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}")  # India: 12,34,567
    return f"(?:{ungrouped(decimal)}|(?:{'|'.join(grouped)})(?:[{decimal}][0-9]+)?)"


def ungrouped(decimal: str) -> str:
    """Return the pattern of a number whose digits nothing groups, without its sign: "35.5", ".75", "1e3".

    Parameters
    ----------
    decimal
        The marks before a fraction, one or several.
    """
    return f"(?:[0-9]+(?:[{decimal}][0-9]+)?|[{decimal}][0-9]+)(?:[eE][+-]?[0-9]+)?"


# By decimal mark: all numbers, grouped or not, with a sign.
NUMBER_PATTERNS: Final = {mark: f"^-?{_pattern(mark)}$" for mark in MARKS}
_NUMBERS: Final = {mark: re.compile(pattern) for mark, pattern in NUMBER_PATTERNS.items()}
GROUPING: Final = {
    mark: f"[{MARKS[1 - MARKS.index(mark)]}{_SPACES}{_APOSTROPHES}]" for mark in MARKS
}  # what to take out of such a number
_GROUPING: Final = {mark: re.compile(pattern) for mark, pattern in GROUPING.items()}

# Currencies by the sign or code beside an amount. `$` is any dollar.
_CURRENCIES: Final = {
    "$": "$", "US$": "$", "A$": "$", "C$": "$", "USD": "$", "AUD": "$", "CAD": "$",
    "€": "€", "EUR": "€", "£": "£", "GBP": "£", "¥": "¥", "JPY": "¥", "CNY": "¥",
    "₹": "₹", "INR": "₹", "Rs": "₹", "Rs.": "₹",
    "R$": "R$", "BRL": "R$", "CHF": "CHF", "Fr.": "CHF", "kr": "kr", "kr.": "kr", "SEK": "kr", "NOK": "kr", "DKK": "kr",
    "zł": "zł", "PLN": "zł", "TL": "TL", "TRY": "TL", "₺": "TL", "Kč": "Kč", "CZK": "Kč", "Ft": "Ft", "HUF": "Ft",
    "₽": "₽", "RUB": "₽", "₩": "₩", "KRW": "₩", "₪": "₪", "ILS": "₪",
}  # fmt: skip
# Signs and codes that name one of several currencies with the same sign.
_EXACT: Final = {
    "us$": "USD", "usd": "USD", "a$": "AUD", "aud": "AUD", "c$": "CAD", "cad": "CAD", "jpy": "JPY", "cny": "CNY",
    "sek": "SEK", "nok": "NOK", "dkk": "DKK",
}  # fmt: skip
_BY_FOLDED: Final = {sign.casefold(): currency for sign, currency in _CURRENCIES.items()}
# The longest first, since a pattern takes the first alternative that matches: "Rs." before "Rs", "US$" before "$".
_CURRENCY: Final = "|".join(re.escape(sign) for sign in sorted(_CURRENCIES, key=len, reverse=True))
_SPACE: Final = f"[{_SPACES}]*"
# Loose on purpose: `grouped_number` decides whether the marks make a number. A k means thousands only if nothing but a
# currency follows: in "kr" and "kg" it does not.
_CORE: Final = f"[.,]?[0-9](?:[0-9.,{_SPACES}{_APOSTROPHES}]*[0-9])?(?:[eE][+-]?[0-9]+)?"
_DRESSED: Final = re.compile(
    rf"(?P<apostrophe>'?)(?P<open>\(?){_SPACE}(?P<sign>-?){_SPACE}(?P<before>{_CURRENCY})?{_SPACE}(?P<inner>-?)"
    rf"(?P<core>{_CORE}){_SPACE}(?P<thousand>k(?={_SPACE}(?:{_CURRENCY})?{_SPACE}\)?$))?{_SPACE}(?P<after>{_CURRENCY}|%|[^\W\d_]{{1,20}}\.?)?"
    rf"{_SPACE}(?P<close>\)?)",
    re.IGNORECASE,
)
_LONGEST: Final = 48
_DATE: Final = re.compile(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}(?:[T ]|$)")
# "+60", and the ends of prices: "60.-".
_SIGNS: Final = re.compile(r"^\++|[.,]?[-–]?$")
_UNIT_IN_HEADING: Final = re.compile(r"[(\[]([^()\[\]]+)[)\]]\s*$")


class DressKind(StrEnum):
    """What stands beside a number and does not belong to it."""

    NONE = "none"
    CURRENCY = "currency"
    PERCENT = "percent"
    THOUSANDS = "thousands"
    UNIT = "unit"
    APOSTROPHE = "apostrophe"
    ACCOUNTING = "accounting"


@dataclass(frozen=True, slots=True)
class Dress:
    """What stands beside the numbers of a column.

    Parameters
    ----------
    kind
        What it is.
    word
        For a currency its usual sign, for a unit the word, in lower case; else empty.
    thousands
        Whether a k stands behind the number.
    """

    kind: DressKind = DressKind.NONE
    word: str = ""
    thousands: bool = False


PLAIN: Final = Dress()
_FORMS: Final = {
    DressKind.PERCENT: "a percentage",
    DressKind.UNIT: "a number with a word beside it",
    DressKind.APOSTROPHE: "a number behind an apostrophe",
    DressKind.ACCOUNTING: "a number in brackets",
}


@dataclass(frozen=True, slots=True)
class Dressed:
    """A text taken apart: its number, with a sign but otherwise as written, and what stood beside it."""

    core: str
    dress: Dress


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How the numbers of a column are written.

    Parameters
    ----------
    decimal
        The mark before fractions, point or comma.
    grouped
        Whether the other mark, spaces or apostrophes may group digits.
    dress
        What stands beside every number.
    factor
        A number times this is in the feature's unit.
    undressed
        Whether numbers without the dress are read too; they are in the feature's unit as they are.
    refused_marks
        The marks with which a cell that is a number either way is refused, since the column's cells contradict each
        other: none, one, or both.
    assumed
        Whether only the file's beginning has been looked at: a number in any other form calls for the rest.
    """

    decimal: str = "."
    grouped: bool = False
    dress: Dress = PLAIN
    factor: float = 1.0
    undressed: bool = False
    refused_marks: str = ""
    assumed: bool = False


PLAIN_STYLE: Final = NumberStyle()


def grouped_number(text: str, decimal: str) -> float | None:
    """Read a number whose digits may be grouped; None for anything else.

    >>> grouped_number("2,288.50", "."), grouped_number("2,288.50", ","), grouped_number("12,34,567", ".")
    (2288.5, None, 1234567.0)
    """
    if not _NUMBERS[decimal].fullmatch(text):
        return None
    value = float(_GROUPING[decimal].sub("", text).replace(decimal, "."))
    return value + 0.0 if math.isfinite(value) else None  # folds -0.0 into 0.0


def readings(text: str) -> tuple[float | None, float | None]:
    """Return what a text is with a decimal point, and what with a decimal comma.

    >>> readings("2,288"), readings("2,28"), readings("2 288")
    ((2288.0, 2.288), (None, 2.28), (2288.0, 2288.0))
    """
    return grouped_number(text, "."), grouped_number(text, ",")


def is_doubtful(text: str) -> bool:
    """Tell whether a text is one number with a decimal point and another with a decimal comma.

    >>> is_doubtful("2.288"), is_doubtful("2.28"), is_doubtful("0.288")
    (True, False, False)
    """
    point, comma = readings(text)
    return point is not None and comma is not None and point != comma


def taken_apart(text: str) -> Dressed | None:
    """Take apart a trimmed text that holds one number and perhaps a sign, a unit or a mark beside it; None otherwise.

    >>> taken_apart("1.104,00 €")
    Dressed(core='1.104,00', dress=Dress(kind=<DressKind.CURRENCY: 'currency'>, word='€', thousands=False))
    """
    match = _DRESSED.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None or (match["open"] == "(") != (match["close"] == ")"):
        return None
    negative = bool(match["sign"]) + bool(match["inner"]) + bool(match["open"])
    beside = [part for part in (match["before"], match["after"]) if part]
    if negative > 1 or len(beside) > 1 or (match["apostrophe"] and (beside or match["open"])):
        return None
    dress = _dress(match, beside[0] if beside else "")
    return Dressed(("-" if negative else "") + match["core"], dress)


def _dress(match: re.Match[str], beside: str) -> Dress:
    thousands = bool(match["thousand"])
    if match["apostrophe"]:
        return Dress(DressKind.APOSTROPHE, thousands=thousands)
    if beside == "%":
        return Dress(DressKind.PERCENT, thousands=thousands)
    if currency := _BY_FOLDED.get(beside.casefold()):
        return Dress(DressKind.CURRENCY, currency, thousands)
    if beside:
        return Dress(DressKind.UNIT, beside.casefold().rstrip("."), thousands)
    if thousands:
        return Dress(DressKind.THOUSANDS, thousands=True)
    return Dress(DressKind.ACCOUNTING) if match["open"] else PLAIN


def form_of(text: str, style: NumberStyle) -> str:
    """Say what a trimmed text is that a column's style does not read, without quoting it.

    >>> form_of("35,5", PLAIN_STYLE), form_of("$60", PLAIN_STYLE), form_of("about 60", PLAIN_STYLE)
    ('a number with a decimal comma', 'an amount in $', 'text')
    """
    apart = taken_apart(text)
    if apart is None or readings(apart.core) == (None, None):
        return _form_of_text(text)
    dress = apart.dress
    if dress.kind is DressKind.CURRENCY:
        return f"an amount in {dress.word}"
    if dress.thousands:
        return "a number of thousands, with a k"
    if dress.kind is DressKind.NONE and is_doubtful(apart.core):
        return "a number that can mean two"
    other = MARKS[1 - MARKS.index(style.decimal)]
    return _FORMS.get(dress.kind, "a number with a decimal comma" if other == "," else "a number with a decimal point")


def _form_of_text(text: str) -> str:
    if _DATE.match(text):
        return "a date"
    if any(numbers.fullmatch(text) for numbers in _NUMBERS.values()):
        return "a number too large to be read"
    bare = taken_apart(_SIGNS.sub("", text))
    return "text" if bare is None or readings(bare.core) == (None, None) else "a number with a sign too many"


def currency_of(unit: str) -> str | None:
    """Return the currency of a unit such as "$", "k€" or "EUR", by its usual sign; None for other units."""
    folded = unit.strip().casefold()
    return _BY_FOLDED.get(folded) or (_BY_FOLDED.get(folded[1:].strip()) if folded.startswith("k") else None)


def other_currency(heading: str, unit: str) -> str | None:
    """Return the currency a heading ends with, if it is not that of a feature's unit, or is not in thousands as it is.

    >>> other_currency("Revenue (€)", "$"), other_currency("Income ($)", "k$"), other_currency("Income (USD)", "$")
    ('€', '$', None)
    """
    match = _UNIT_IN_HEADING.search(heading)
    named = match[1].strip() if match else ""
    if None in {currency_of(named), currency_of(unit)}:
        return None
    differs = currency_of(named) != currency_of(unit) or _is_in_thousands(named) != _is_in_thousands(unit)
    return named if differs else None


def _is_in_thousands(unit: str) -> bool:
    return unit.strip().casefold() not in _BY_FOLDED  # "k$" is, "kr" is not


def exact_currency(text: str) -> str | None:
    """Return the code of the currency beside a number, if its sign could stand for others as well; None otherwise.

    >>> exact_currency("A$5"), exact_currency("5 $")
    ('AUD', None)
    """
    match = _DRESSED.fullmatch(text)
    return None if match is None else _EXACT.get((match["before"] or match["after"] or "").casefold())


def scaled(value: float, factor: float) -> float:
    """Multiply, without the digits that binary fractions add far behind the point.

    >>> 0.29 * 100, scaled(0.29, 100)
    (28.999999999999996, 29.0)
    """
    if factor == 1:
        return value
    product = value * factor
    if not abs(product) < EXACT_BELOW:
        return product
    return math.floor(product * MILLION + 0.5) / MILLION + 0.0
