"""What one segment is: its neighbours with what sets it apart from them, and made-up customers as examples."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from segmentation.answers.shares import share_text
from segmentation.schema import Feature, Indicator
from segmentation.writing.plain import format_number

if TYPE_CHECKING:
    from segmentation.answers.explanation import Segment
    from segmentation.model import SegmentModel

_NEIGHBOURS: Final = 2
# A difference counts if it is at least this share of the largest one, in scaled space.
_TELLING: Final = 0.5
# How far an example is from the segment's average, as a share of the way to where one customer of ten is beyond it.
_STEPS: Final = (0.8, 0.4, 0.2)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A segment nearby.

    Parameters
    ----------
    differences
        What sets it apart, the most telling first: "annual income is 55 k$ on average, here 86".
    """

    name: str
    differences: tuple[str, ...]


def neighbours(model: SegmentModel, name: str) -> tuple[Neighbour, ...]:
    """Return the nearest segments, the nearest first.

    Raises
    ------
    KeyError
        When the model has no segment of that exact name.
    """
    here = model.names.index(model.segment(name).name)
    others = sorted(
        (math.dist(model.centroids[here], centroid), place)
        for place, centroid in enumerate(model.centroids)
        if place != here
    )
    return tuple(
        Neighbour(model.names[place], tuple(_differences(model, here, place))) for _, place in others[:_NEIGHBOURS]
    )


def examples(model: SegmentModel, name: str) -> tuple[tuple[float, ...], ...]:
    """Return up to three made-up customers of a segment, as values in schema order, in the features' units.

    The first is the segment's average; the others lie between it and the segment's edges, in opposite directions. Each
    is one whom the model puts in the segment. Nobody's real values are used: the model keeps none.

    Raises
    ------
    KeyError
        When the model has no segment of that exact name.
    """
    segment = model.segment(name)
    directions = [[0] * len(segment.mean), *([sign * (-1) ** i for i in range(len(segment.mean))] for sign in (-1, 1))]
    found: list[tuple[float, ...]] = []
    for direction in directions:
        for step in _STEPS:
            values = _made_up(model, segment, [step * turn for turn in direction])
            if values is not None and values not in found and _is_in(model, values, name):
                found.append(values)
                break
    return tuple(found)


def example_text(features: Sequence[Feature], values: Sequence[float]) -> str:
    """Write a made-up customer: "34 years, 88 k$, spending score 81"."""
    return ", ".join(
        feature.show(value) if feature.unit else f"{feature.label_in_text} {feature.show(value)}"
        for feature, value in zip(features, values, strict=True)
    )


def _differences(model: SegmentModel, here: int, there: int) -> Iterator[str]:
    apart = [
        (abs(mine - theirs), i)
        for i, mine, theirs in zip(
            model.schema.cluster_inputs, model.centroids[here], model.centroids[there], strict=True
        )
    ]
    largest = max(distance for distance, _ in apart)
    for distance, i in sorted(apart, key=lambda one: (-one[0], one[1])):
        feature = model.schema.inputs[i]
        if isinstance(feature, Indicator):
            if distance >= _TELLING * largest > 0:
                yield _shares_apart(model, here, there, feature)
            continue
        mine, theirs = model.segments[here].mean[i], model.segments[there].mean[i]
        if distance >= _TELLING * largest > 0 and mine is not None and theirs is not None:
            ours = format_number(mine, feature.decimals + 1)
            yield f"{feature.label_in_text} is {feature.show_typical(theirs)} on average, here {ours}"


def _shares_apart(model: SegmentModel, here: int, there: int, one: Indicator) -> str:
    def share(place: int) -> str:
        shares = model.segments[place].shares_of(one.owner)
        return share_text(shares[one.code]) if shares else "nobody"

    return f"{one.label_in_text} for {share(there)}, here for {share(here)}"


def _made_up(model: SegmentModel, segment: Segment, steps: Sequence[float]) -> tuple[float, ...] | None:
    """Return the average, each number moved by a share of the way to its lower or upper edge; None if unknown."""
    values = []
    for i, (feature, step, mean, low, high) in enumerate(
        zip(model.schema.features, steps, segment.mean, segment.low, segment.high, strict=True)
    ):
        if shares := segment.shares_of(i):  # a category has no average: the commonest stands for it
            values.append(float(max(range(len(shares)), key=shares.__getitem__)))
            continue
        if mean is None or low is None or high is None:
            return None
        value = mean + abs(step) * ((high if step > 0 else low) - mean)
        values.append(min(max(round(value, feature.decimals), feature.minimum), feature.maximum))
    return tuple(values)


def _is_in(model: SegmentModel, values: Sequence[float], name: str) -> bool:
    return model.predict(dict(zip(model.schema.names, values, strict=True))).segment == name
