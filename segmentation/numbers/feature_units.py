"""What a feature's unit says of a number: which signs go with it, and what a number too large for it looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from segmentation.numbers.number_forms import Dress, DressKind, currency_of

if TYPE_CHECKING:
    from segmentation.schema import Feature

_THOUSAND: Final = 1000.0
_HUNDRED: Final = 100.0
# A value so many times the upper bound is in another unit rather than a customer's.
_FAR_ABOVE: Final = 10.0
_YEARS: Final = frozenset({"y", "yr", "yrs", "year", "years"})
# Currencies by their usual sign: what people call many of them, and many hundredths of them.
_SPOKEN: Final = {
    "$": ("dollars", "cents"),
    "€": ("euros", "cents"),
    "£": ("pounds", "pence"),
    "¥": ("yen", ""),
    "₹": ("rupees", "paise"),
    "R$": ("reais", "centavos"),
    "CHF": ("francs", "centimes"),
}


def unit_fits(feature: Feature, dress: Dress) -> bool:
    """Tell whether what stands beside a number goes with the feature's unit.

    >>> unit_fits(model.schema.find("income"), Dress(DressKind.CURRENCY, "$"))
    True
    """
    if dress.kind is DressKind.CURRENCY:
        return currency_of(feature.unit) == dress.word
    if dress.kind is DressKind.PERCENT:
        return not dress.thousands and ("%" in feature.unit or (feature.minimum, feature.maximum) == (0, 100))
    if dress.kind is DressKind.THOUSANDS:
        return currency_of(feature.unit) is not None or feature.base_unit_factor == _THOUSAND
    if dress.kind is DressKind.UNIT:
        return not dress.thousands and _is_unit(feature, dress.word)
    return dress.kind is not DressKind.ACCOUNTING or feature.minimum < 0


def unit_factor(feature: Feature, dress: Dress) -> float:
    """Return what a number with a k behind it is multiplied with to be in the feature's unit; 1 without the k."""
    return _THOUSAND / feature.base_unit_factor if dress.thousands else 1.0


def _is_unit(feature: Feature, word: str) -> bool:
    unit = feature.unit.casefold()
    if not unit or not word:
        return False
    if unit in _YEARS:
        return word in _YEARS
    return word.rstrip("s") == unit.rstrip("s")


def is_other_unit(feature: Feature, value: float) -> bool:
    """Tell whether a value above the bounds is in the base unit, rather than a customer's a little above all others.

    1,200 k$ is somebody's income; 15,000 is hardly, nor is 2,000, which in thousands is as whole as people state it.
    """
    smaller = value / feature.base_unit_factor
    return value >= _FAR_ABOVE * feature.maximum > 0 or (value > 0 and round(smaller, feature.decimals) == smaller)


def looks_like(feature: Feature) -> str:
    """Say of a number too large by the unit's factor what it looks like: "looks like dollars; I expect thousands (k$)".

    >>> looks_like(model.schema.find("income"))
    'looks like dollars; I expect thousands (k$)'
    """
    unit, currency = feature.unit, currency_of(feature.unit)
    many, hundredths = _SPOKEN.get(currency or "", (currency or unit[1:].strip(), ""))
    if feature.base_unit_factor == _THOUSAND and unit.casefold().startswith("k") and many:
        return f"looks like {many}; I expect thousands ({unit})"
    if feature.base_unit_factor == _HUNDRED and hundredths:
        return f"looks like {hundredths}; I expect {many}"
    return f"is too large for {unit}"
