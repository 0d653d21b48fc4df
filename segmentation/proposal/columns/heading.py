"""A column's heading → its label and unit, and what its words say of the values below it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from segmentation.numbers.number_forms import currency_of
from segmentation.numbers.values import trim
from segmentation.proposal.columns import words
from segmentation.writing.folding import fold_text

_WORD: Final = re.compile(r"[^\W\d_]+|\d+")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# "(k$)", "[EUR]" or "in €" at the end.
_BRACKETS: Final = re.compile(r"^(?P<label>.*?)\s*[(\[（](?P<inside>[^()\[\]（）]{1,24})[)\]）]\s*$", re.DOTALL)
_IN: Final = re.compile(r"^(?P<label>.+?)\s+in\s+(?P<inside>\S{1,12})$", re.IGNORECASE | re.DOTALL)
_LAST: Final = re.compile(r"^(?P<label>.+?)[\s_.-]+(?P<inside>[^\s_.-]{1,8})$", re.DOTALL)
_PERCENT_END: Final = re.compile(r"^(?P<label>.+?)\s*(?P<inside>%)$", re.DOTALL)
_RANGE: Final = re.compile(r"(?P<low>\d{1,6})\s*(?:-|–|to|bis|à)\s*(?P<high>\d{1,6})", re.IGNORECASE)
_THOUSANDS: Final = re.compile(
    r"(?:k|t(?=€|eur|chf|usd)|1[.,]?000|000s?|thousands?|tsd\.?)\s*(?P<rest>\S+)$", re.IGNORECASE
)
# A name of this many letters and more in capitals is shouted rather than abbreviated.
_SHOUTED: Final = 5

# Units by the words headings have for them; these say what a number counts in wherever they stand at the end.
_UNITS: Final = {
    "%": "%", "pct": "%", "percent": "%", "percentage": "%", "prozent": "%",
    "year": "years", "years": "years", "yr": "years", "yrs": "years", "jahre": "years",
    "month": "months", "months": "months", "monate": "months",
    "week": "weeks", "weeks": "weeks",
    "day": "days", "days": "days", "tage": "days",
    "hour": "hours", "hours": "hours", "hrs": "hours", "stunden": "hours",
    "minute": "minutes", "minutes": "minutes", "min": "minutes", "mins": "minutes", "minuten": "minutes",
    "second": "seconds", "seconds": "seconds", "sec": "seconds", "secs": "seconds",
    "kb": "KB", "mb": "MB", "gb": "GB", "tb": "TB", "kwh": "kWh", "km": "km", "kg": "kg", "points": "points",
}  # fmt: skip
# Single letters and everyday words are units only in brackets.
_ONLY_IN_BRACKETS: Final = words.listed("min sec day month year week hour minute second points")


@dataclass(frozen=True, slots=True)
class Heading:
    """What a heading says.

    Parameters
    ----------
    label
        The name without unit and range, its words apart: "Annual income".
    unit, unit_factor
        The unit and how many base units one is; empty and 1 where the heading names none.
    bounds
        The range it states; None for none.
    words
        Its words without case and accents.
    """

    label: str
    unit: str
    unit_factor: float
    bounds: tuple[float, float] | None
    words: frozenset[str]

    def has(self, any_of: frozenset[str]) -> bool:
        """Tell whether one of these words is in the heading."""
        return not self.words.isdisjoint(any_of)


def read_heading(name: str) -> Heading:
    """Take a column's name apart.

    >>> read_heading("Annual Income (k$)").label, read_heading("Annual Income (k$)").unit
    ('Annual Income', 'k$')
    >>> read_heading("spending_score (1-100)").bounds
    (1.0, 100.0)
    """
    plain = " ".join(trim(name).split())
    label, inside = _apart(plain)
    unit, factor, bounds = "", 1.0, None
    if inside:
        if match := _RANGE.search(inside):
            low, high = float(match["low"]), float(match["high"])
            bounds = (low, high) if low < high else None
        elif read := unit_of(inside):
            unit, factor = read
        else:  # brackets that belong to the name, such as "Visits (web)"
            label = plain
    return Heading(_spaced(label) or plain, unit, factor, bounds, words_of(plain))


def words_of(name: str) -> frozenset[str]:
    """Return a name's words without case and accents: those of "CustomerID" and "customer_id" are the same."""
    return frozenset(_WORD.findall(fold_text(_CAMEL.sub(" ", name).replace("_", " "))))


def is_numbering(name: str) -> bool:
    """Tell whether a name is that of numbers people give to things: they identify and measure nothing.

    >>> is_numbering("Contract no."), is_numbering("Vertragsnummer"), is_numbering("SKU"), is_numbering("No. of orders")
    (True, True, True, False)
    """
    found = _WORD.findall(fold_text(_CAMEL.sub(" ", name).replace("_", " ")))
    if not words.NUMBERED.isdisjoint(found):
        return True
    return (len(found) > 1 and found[-1] in words.NUMBERING) or any(word.endswith("nummer") for word in found)


def unit_of(text: str) -> tuple[str, float] | None:
    """Read a unit: how it is written, and how many base units it is; None for any other text.

    >>> unit_of("k$"), unit_of("EUR"), unit_of("pct"), unit_of("in 1000 EUR"), unit_of("web")
    (('k$', 1000.0), ('€', 1.0), ('%', 1.0), ('k€', 1000.0), None)
    """
    plain = re.sub(r"^in\s+", "", trim(text), flags=re.IGNORECASE)
    if named := _UNITS.get(plain.casefold()):
        return named, 1.0
    if currency := currency_of(plain):
        thousands = plain[:1] in "kK" and currency_of(plain[1:]) is not None  # "k$", but not "kr"
        return (f"k{currency}", 1000.0) if thousands else (currency, 1.0)
    parts = _THOUSANDS.match(plain)
    currency = currency_of(parts["rest"]) if parts else None
    return (f"k{currency}", 1000.0) if currency else None


def _apart(plain: str) -> tuple[str, str]:
    """Part the label from what stands in brackets, or from a unit at its end."""
    if match := _BRACKETS.match(plain):
        return match["label"], match["inside"]
    for pattern in (_IN, _PERCENT_END, _LAST):
        match = pattern.match(plain)
        if match and unit_of(match["inside"]) and match["inside"].casefold() not in _ONLY_IN_BRACKETS:
            # In "Day Mins" nothing would be left that says what is counted.
            return (plain, "") if match["label"].casefold() in _UNITS else (match["label"], match["inside"])
    return plain, ""


def _spaced(label: str) -> str:
    """Write a name as a label: "total_spend", "TotalSpend" and "TOTAL_SPEND" become "Total spend"."""
    text = " ".join(label.replace("_", " ").split()).rstrip(" ,;:")
    if text.isupper() and sum(map(str.isalpha, text)) >= _SHOUTED:
        text = text.lower()
    elif " " not in text:
        text = " ".join(part if part.isupper() else part.lower() for part in _CAMEL.split(text))
    return text[:1].upper() + text[1:]
