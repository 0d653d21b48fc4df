"""A single value within its bounds that looks as if it were in another unit: what was probably meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from segmentation.numbers.number_forms import scaled
from segmentation.numbers.values import parse_number, typed_value
from segmentation.schema import Feature
from segmentation.writing.plain import format_number

_LARGER: Final = (10.0, 100.0, 1000.0)
_SMALLER: Final = (0.1, 0.01, 0.001)
# So much below everybody, a value is hardly another customer's.
_FAR_BELOW: Final = 10.0
# A value so many times the largest is in hundredths or thousandths rather than a slip of the finger.
_FAR_ABOVE: Final = 10.0
# The lower end of a range, as a share of its width: a customer there may as well be below it.
_LOW_END: Final = 0.02


@dataclass(frozen=True, slots=True)
class Learned:
    """What a model knows of a feature's values, all in the feature's unit.

    Parameters
    ----------
    low, high
        The range it was learned from.
    usual_low
        In every segment nine customers of ten are above this.
    most
        A value above this is far outside what the model learned from.
    estimated
        Whether the range is an estimate, because the model did not keep it.
    """

    low: float
    high: float
    usual_low: float
    most: float
    estimated: bool = False


def unit_hint(feature: Feature, value: float, learned: Learned) -> str | None:
    """Ask whether a score of 0.33 was meant to be 33; None for a value that some customer may well have.

    Parameters
    ----------
    value
        Within the feature's bounds, in its unit.
    """
    meanings = _meanings(feature, value, learned)
    if not meanings:
        return None
    typed = " or ".join(f"{feature.name}={typed_value(feature, meaning)}" for meaning in meanings)
    if learned.estimated or value > learned.most:  # of a value far outside, the answer itself says the range
        return f"Did you mean {typed}?"
    between = f"{format_number(learned.low)} and {feature.show(learned.high)}"
    return f"Did you mean {typed}? Everyone I learned from is between {between}."


def unquestioned(learned: Learned) -> float:
    """Return a value such that `unit_hint` asks about none from there up to `learned.most`."""
    far_below = learned.low / (_FAR_BELOW / 2) if learned.low > 0 else 0.0  # halved: whatever is rounded
    return max(far_below, min(1.0, _fraction_below(learned)))


def meant_in_smaller_units(feature: Feature, text: str) -> tuple[str, ...]:
    """Return what to type for a number that is far out of bounds: 70 or 7 for a score of 7000; empty for any other.

    Parameters
    ----------
    text
        What was typed for the feature.
    """
    number = None if feature.is_category else parse_number(text)
    if number is None or number < _FAR_ABOVE * feature.maximum:
        return ()
    meant = (scaled(number, factor) for factor in _SMALLER[1:])
    inside = (value for value in meant if feature.minimum <= value <= feature.maximum)
    return tuple(typed_value(feature, value) for value in inside if not _is_finer(feature, value))


def _meanings(feature: Feature, value: float, learned: Learned) -> list[float]:
    """Return what the value is after × or ÷ 10, 100 or 1000, as far as that is what the model learned from."""
    if value <= 0:
        return []
    if value > learned.most:
        factors = _SMALLER
    elif _is_too_small(feature, value, learned):
        factors = _LARGER
    else:
        return []
    found = {factor: scaled(value, factor) for factor in factors}
    found = {factor: meaning for factor, meaning in found.items() if learned.low <= meaning <= learned.high}
    found = {factor: meaning for factor, meaning in found.items() if not _is_finer(feature, meaning)} or found
    base = [meaning for factor, meaning in found.items() if scaled(factor, feature.base_unit_factor) == 1]
    if len(found) > 1:  # one place too many or too few is a slip of the finger, two or three are another unit
        found.pop(factors[0], None)
    return base or list(found.values())


def _is_too_small(feature: Feature, value: float, learned: Learned) -> bool:
    """Tell whether a value is below what customers have: far below, or a fraction of one although theirs are whole."""
    if value * _FAR_BELOW <= learned.low:
        return True
    # Nearly every value ends here, before anything is rounded.
    if value >= 1 or value >= _fraction_below(learned):
        return False
    whole = not any(_is_finer(feature, end) for end in (learned.low, learned.high))
    return whole and _is_finer(feature, value)


def _fraction_below(learned: Learned) -> float:
    """Return the value below which a fraction is too small, if all customers' values are whole."""
    return min(learned.low + _LOW_END * (learned.high - learned.low), learned.usual_low)


def _is_finer(feature: Feature, value: float) -> bool:
    """Tell whether a value has more digits after the point than people state the feature with."""
    return round(value, feature.decimals) != value
