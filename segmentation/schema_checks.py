"""Refuses what would make an answer fail later: categories nobody can tell apart, a stored schema out of its bounds."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from segmentation.categories import fold_category, is_reserved

if TYPE_CHECKING:
    from segmentation.schema import Feature, Schema

MAX_DECIMALS: Final = 6
MAX_CATEGORIES: Final = 50
LONGEST_CATEGORY: Final = 64
# In distances. With so many at most, a cell's key has bits for all of them (`training.points.binning`).
MAX_INDICATORS: Final = 100
_FEWEST_CATEGORIES: Final = 2


def wrong_categories(categories: tuple[str, ...], *, other: bool) -> str:
    """Say what is wrong with a feature's categories; empty if nothing is."""
    keys = [fold_category(name) for name in categories]
    if len(categories) + other < _FEWEST_CATEGORIES or not categories:
        return 'at least two are required, such as ["Basic", "Pro"]'
    if len(categories) > MAX_CATEGORIES:
        return f"at most {MAX_CATEGORIES} are supported; list the commonest, and write other = true for the rest"
    for i, (name, key) in enumerate(zip(categories, keys, strict=True)):
        if not key or len(name) > LONGEST_CATEGORY:
            return f"a category's name has 1 to {LONGEST_CATEGORY} characters"
        if key in keys[:i]:
            return f'"{name}" is there twice: case, accents and spaces make no difference'
        if other and is_reserved(name):
            return f'"{name}" stands for all others already: leave it out, or write other = false'
    return ""


def check_stored(schema: Schema) -> None:
    """Refuse anything that would make a prediction fail later; `parse_schema` holds a schema's author to more."""
    texts = [schema.name]
    numbers = [schema.borderline_below]
    for feature in schema.features:
        texts += [feature.name, feature.label, feature.unit, *feature.aliases]
        numbers += [feature.minimum, feature.maximum, feature.weight, feature.base_unit_factor, feature.example]
    for rule in schema.rules:
        texts += [rule.name, rule.meaning, rule.action, *(name for name, _level in rule.levels)]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a text in the schema is not a string")
    if not all(isinstance(number, int | float) and is_finite(number) for number in numbers):
        raise TypeError("a number in the schema is missing or not finite")
    if not schema.cluster_indices or len(set(schema.names)) != len(schema.names):
        raise ValueError("no feature has role cluster, or two have the same name")
    if len(schema.indicators) > MAX_INDICATORS:
        raise ValueError("there are too many categories in distances")
    for feature in schema.features:
        if not isinstance(feature.decimals, int) or not 0 <= feature.decimals <= MAX_DECIMALS:
            raise ValueError(f"{feature.name} has an impossible number of decimals")
        if feature.minimum >= feature.maximum or feature.weight <= 0 or feature.base_unit_factor <= 0:
            raise ValueError(f"{feature.name} has impossible bounds, weight or unit")
        if feature.is_category:
            _check_stored_categories(feature)
        if feature.is_log and not is_finite(feature.maximum - feature.minimum):
            raise ValueError(f"{feature.name} has bounds too far apart for a logarithm")


def _check_stored_categories(feature: Feature) -> None:
    if not all(isinstance(name, str) for name in feature.categories) or not isinstance(feature.other, bool):
        raise TypeError(f"{feature.name} has a category that is not a text")
    if reason := wrong_categories(feature.categories, other=feature.other):
        raise ValueError(f"{feature.name} has unusable categories: {reason}")
    if (feature.minimum, feature.maximum) != (0, len(feature.codes) - 1) or feature.example not in range(
        len(feature.codes)
    ):
        raise ValueError(f"{feature.name} has bounds that are not those of its categories")
    if feature.is_log:
        raise ValueError(f"{feature.name} has categories, which are on no scale")


def is_finite(value: float) -> bool:
    """Tell whether a number of a file, of any size, is one that a float can hold."""
    # `math.isfinite` raises on an int that is too large for a float.
    return abs(value) <= sys.float_info.max
