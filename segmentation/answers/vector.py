"""One customer's values in schema order: checked, and completed where they may be missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from segmentation.errors import BadInput
from segmentation.numbers.values import ValueFault, check_range, read_value
from segmentation.schema import Feature, Schema


def checked_vector(
    schema: Schema, fill: Sequence[float], values: Mapping[str, float | str | None]
) -> tuple[tuple[float, ...], frozenset[int]]:
    """Order, check and complete the values of one customer.

    Parameters
    ----------
    fill
        Per feature: the value that stands for a profile feature not given.
    values
        By feature name, in the features' units; a category by its name or its code.

    Returns
    -------
    tuple[tuple[float, ...], frozenset[int]]
        The values in schema order, and the indices of the features not given.

    Raises
    ------
    BadInput
        For an unknown feature, a missing cluster feature, a value that is out of range or not finite, or a category
        that is not known.
    """
    x: list[float] = []
    absent: set[int] = set()
    for i, feature in enumerate(schema.features):
        value = values.get(feature.name)
        if value is None:
            if i in schema.cluster_indices:
                raise BadInput(f"{feature.label} is missing; the segment depends on it.")
            absent.add(i)
            value = fill[i]
        x.append(_checked(feature, value))
    if len(values) > len(x) or not values.keys() <= set(schema.names):
        unknown = ", ".join(sorted(set(values) - set(schema.names)))
        raise BadInput(f"Unknown feature: {unknown}. The model knows {', '.join(schema.names)}.")
    return tuple(x), frozenset(absent)


def _checked(feature: Feature, value: float | str) -> float:
    checked = read_value(feature, value) if isinstance(value, str) else check_range(feature, value)
    if isinstance(checked, ValueFault):
        raise BadInput(checked.question)
    return float(checked)
