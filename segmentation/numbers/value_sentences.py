"""What is wrong with a value, in words that leave the value out: for notes, and for counts of many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segmentation.schema import OTHER
from segmentation.writing.plain import format_number

if TYPE_CHECKING:
    from segmentation.schema import Feature


def missing(feature: Feature) -> str:
    """Say that a value is missing, for a sentence or a row's note."""
    return f"{feature.label} is missing"


def outside(feature: Feature) -> str:
    """Say that a value is out of bounds, or a category not a known one, without the value."""
    if feature.is_category:
        return f"{feature.label} is not one of those known ({feature.range_text})"
    return f"{feature.label} is outside {feature.range_text}"


def meant(feature: Feature) -> str:
    """Say that a value out of bounds fits in the feature's unit: "divided by 1000 it fits: the unit is k$"."""
    return f"divided by {format_number(feature.base_unit_factor)} it fits: the unit is {feature.unit}"


def unknown_rows(feature: Feature, rows: int) -> str:
    """Say how many rows have a category that the schema does not list."""
    return f"{'1 row' if rows == 1 else f'{rows:,} rows'}: {outside(feature)}"


def grouped_rows(feature: Feature, rows: int) -> str:
    """Say how many rows have a category that is grouped with all others that the schema does not list."""
    have, count = ("1 row has", "counts") if rows == 1 else (f"{rows:,} rows have", "count")
    listed = ", ".join(feature.categories)
    return f"{have} another {feature.label_in_text} than those listed ({listed}) and {count} as {OTHER}."
