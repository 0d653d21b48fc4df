"""Which segments a customer may be in while values that decide the segment are missing: exactly, and never a guess.

The tree decides the segment, so the question is which of its leaves the values given still allow. Each leaf is a box of
values, and two boxes that differ in nothing but one missing feature show that this feature matters.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import TYPE_CHECKING, Final, NamedTuple

from segmentation.answers.explanation import Prediction, far_outside_sentence, share_text
from segmentation.answers.wording import range_text, reasons
from segmentation.tree import LEAF, DecisionTree, Interval

if TYPE_CHECKING:
    from segmentation.model import SegmentModel
    from segmentation.schema import Feature, Indicator

# A list of more places where the segment changes would be a table, not an answer.
MOST_RUNS: Final = 5
MOST_SEGMENTS: Final = 3

# A code stands for what is nearer to it than to any other.
_HALF: Final = 0.5
# With more combinations of categories than this, those that the tree does not tell apart are taken together.
_MOST_CHOICES: Final = 256


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of the one missing feature that matters, and the segment on it.

    Parameters
    ----------
    above, at_most
        In the feature's unit; None where its bounds end the stretch.
    sentence
        The same in words: "spending score above 61 points".
    """

    segment: str
    above: float | None
    at_most: float | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What can be said of a customer of whom not every cluster feature is known.

    Parameters
    ----------
    values
        In schema order, None for one not given.
    missing
        The cluster features not given, in schema order.
    segments
        All segments the customer may be in, in the model's order. A single one holds whatever the missing values are.
    deciding
        The missing features it depends on, the most telling first; none if there is a single segment.
    runs
        Where the segment changes, ascending, if it depends on one feature and changes few times.
    weakest, strongest
        If there is a single segment and one value is missing: the answers with the lowest and the highest confidence
        that this value can lead to.
    far_outside
        As in `Explanation`, for the values given.
    """

    values: tuple[float | None, ...]
    missing: tuple[Feature, ...]
    segments: tuple[str, ...]
    deciding: tuple[Feature, ...]
    runs: tuple[Run, ...] = ()
    weakest: Prediction | None = None
    strongest: Prediction | None = None
    far_outside: tuple[str, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether a single segment is left."""
        return len(self.segments) == 1

    @property
    def is_choice(self) -> bool:
        """Whether so few segments are left that naming them is an answer."""
        return not self.settled and len(self.segments) <= MOST_SEGMENTS

    @property
    def sentence(self) -> str:
        """What can be said, without a full stop: "Standard, whatever the annual income"."""
        if self.settled:
            return f"{self.segments[0]}, whatever the {_listed([one.label_in_text for one in self.missing])}"
        depends = f"it depends on the {_listed([one.label_in_text for one in self.deciding])}"
        if self.is_choice:
            # In the order of the list that follows, if there is one.
            named = list(dict.fromkeys(run.segment for run in self.runs)) or self.segments
            return f"{_listed(named, 'or')}: {depends}"
        return f"Any of {len(self.segments)} segments is possible: {depends}"

    @property
    def confidence_text(self) -> str:
        """How far the confidence in the single segment left depends on the missing values: "62% to 99%, …"."""
        depends = f"on the {_listed([one.label_in_text for one in self.missing])}"
        if self.weakest is None or self.strongest is None:
            return f"it depends {depends}"
        low, high = share_text(self.weakest), share_text(self.strongest)
        return low if low == high else f"{low} to {high}, depending {depends}"

    @property
    def ask(self) -> Feature | None:
        """The feature to ask for next; None if a single segment is left."""
        return self.deciding[0] if self.deciding else None


class _Box(NamedTuple):
    """The values of the missing features that lead to one leaf, by the feature's index, and its segment."""

    sides: dict[int, Interval]
    segment: int


def narrow(model: SegmentModel, values: Mapping[str, float | None]) -> Narrowed:
    """Say which segments are possible for a customer whose other values are unknown.

    Parameters
    ----------
    values
        By feature name, each finite and within its bounds. At least one cluster feature is missing.

    Raises
    ------
    BadInput
        For an unknown feature or a value out of range.

    Examples
    --------
    >>> narrow(model, {"income": 60}).sentence
    'Miser, Standard or Target: it depends on the spending score'
    """
    schema = model.schema
    missing = [i for i in schema.cluster_indices if values.get(schema.names[i]) is None]
    # `fill` stands for the missing ones only so that the others are checked; the boxes leave it out.
    x, absent = model.vector({**values, **{schema.names[i]: model.fill[i] for i in missing}})
    boxes = _all_boxes(model, x, missing)
    deciding = [i for i in missing if _matters(i, boxes)]
    telling = sorted(deciding, key=lambda i: (_left_after(i, boxes, model), i))
    possible = sorted({box.segment for box in boxes})
    weakest = strongest = None
    if len(possible) == 1 and len(missing) == 1:
        answers = _answers_along(model, x, absent, missing[0])
        weakest, strongest = answers[0], answers[-1]
    return Narrowed(
        values=tuple(None if i in absent or i in missing else value for i, value in enumerate(x)),
        missing=tuple(schema.features[i] for i in missing),
        segments=tuple(model.names[i] for i in possible),
        deciding=tuple(schema.features[i] for i in telling),
        runs=_runs(deciding[0], boxes, model) if len(deciding) == 1 else (),
        weakest=weakest,
        strongest=strongest,
        far_outside=tuple(
            far_outside_sentence(schema.features[i], x[i], low, high)
            for (i, low, high), (_, least, most) in zip(model.learned, model.near, strict=True)
            if i not in missing and not least <= x[i] <= most
        ),
    )


def _all_boxes(model: SegmentModel, x: Sequence[float], missing: Sequence[int]) -> list[_Box]:
    """Return every leaf that some value of the missing features leads to, for each category one could have."""
    features = model.schema.features
    numbers = {i: _within(features[i]) for i in missing if not features[i].is_category}
    coded = [i for i in missing if features[i].is_category]
    choices: list[Sequence[int]] = [range(len(features[i].codes)) for i in coded]
    if math.prod(map(len, choices)) > _MOST_CHOICES:
        choices = [_told_apart(model, i) for i in coded]
    found: list[_Box] = []
    for codes in product(*choices):
        there = list(x)
        for i, code in zip(coded, codes, strict=True):
            there[i] = float(code)
        chosen = {i: Interval(code - _HALF, code + _HALF) for i, code in zip(coded, codes, strict=True)}
        boxes = _boxes(model.tree, model.schema.expanded(there), numbers)
        found += [_Box({**box.sides, **chosen}, box.segment) for box in boxes]
    return found


def _told_apart(model: SegmentModel, feature: int) -> list[int]:
    """Return the categories that the tree asks for, and one that stands for all others."""
    inputs = (model.schema.inputs[i] for i in model.tree.cuts)
    asked = {one.code for one in inputs if isinstance(one, Indicator) and one.owner == feature}
    others = [code for code in range(len(model.schema.features[feature].codes)) if code not in asked]
    return sorted([*asked, *others[:1]])


def _within(feature: Feature) -> Interval:
    """Return the feature's bounds as intervals of trees are written: the lower end left out."""
    if feature.is_category:
        return Interval(feature.minimum - _HALF, feature.maximum + _HALF)
    return Interval(math.nextafter(feature.minimum, -math.inf), feature.maximum)


def _boxes(tree: DecisionTree, x: Sequence[float], sides: dict[int, Interval], node: int = 0) -> list[_Box]:
    """Return every leaf that some value of the missing features leads to, from a node on."""
    feature, cut = tree.feature[node], tree.cut[node]
    if feature == LEAF:
        return [_Box(sides, tree.segment[node])]
    if feature not in sides:
        return _boxes(tree, x, sides, tree.left[node] if x[feature] <= cut else tree.right[node])
    side = sides[feature]
    found: list[_Box] = []
    if side.low < min(side.high, cut):
        found += _boxes(tree, x, {**sides, feature: Interval(side.low, min(side.high, cut))}, tree.left[node])
    if max(side.low, cut) < side.high:
        found += _boxes(tree, x, {**sides, feature: Interval(max(side.low, cut), side.high)}, tree.right[node])
    return found


def _matters(feature: int, boxes: Sequence[_Box]) -> bool:
    """Say whether two customers who differ in this feature alone can be in different segments."""
    return any(
        one.segment != other.segment
        and all(_overlap(side, other.sides[i]) for i, side in one.sides.items() if i != feature)
        for place, one in enumerate(boxes)
        for other in boxes[place + 1 :]
    )


def _overlap(one: Interval, other: Interval) -> bool:
    return max(one.low, other.low) < min(one.high, other.high)


def _stretches(feature: int, boxes: Sequence[_Box]) -> list[Interval]:
    """Cut a missing feature's bounds where any box begins or ends."""
    ends = sorted({end for box in boxes for end in (box.sides[feature].low, box.sides[feature].high)})
    return [Interval(low, high) for low, high in pairwise(ends)]


def _left_after(feature: int, boxes: Sequence[_Box], model: SegmentModel) -> float:
    """Return how many segments would be left on average if this feature were known, within what the model learned from.

    All values there count alike on the feature's scale, since which customer is asked about is unknown.
    """
    of = model.schema.features[feature]
    within = _within(of)
    ((low, high),) = [(low, high) for i, low, high in model.learned if i == feature] or [(within.low, within.high)]
    total = weights = 0.0
    for stretch in _stretches(feature, boxes):
        left = len({box.segment for box in boxes if _overlap(box.sides[feature], stretch)})
        inside = max(stretch.low, low), min(stretch.high, high)
        weight = of.scaled(inside[1]) - of.scaled(inside[0]) if inside[0] < inside[1] else 0.0
        total, weights = total + left * weight, weights + weight
    return total / weights if weights else math.inf


def _runs(feature: int, boxes: Sequence[_Box], model: SegmentModel) -> tuple[Run, ...]:
    """Return where the segment changes along the one feature that matters; none if it changes often."""
    joined: list[tuple[float, float, int]] = []
    for stretch in _stretches(feature, boxes):
        # All boxes over this stretch are of one segment, for nothing else matters.
        segment = next(box.segment for box in boxes if _overlap(box.sides[feature], stretch))
        if joined and joined[-1][2] == segment:
            joined[-1] = (joined[-1][0], stretch.high, segment)
        else:
            joined.append((stretch.low, stretch.high, segment))
    if len(joined) > MOST_RUNS:
        return ()
    bounds = _within(model.schema.features[feature])
    return tuple(_run(feature, run, bounds, model) for run in joined)


def _run(feature: int, run: tuple[float, float, int], bounds: Interval, model: SegmentModel) -> Run:
    low, high, segment = run
    open_ended = Interval(-math.inf if low == bounds.low else low, math.inf if high == bounds.high else high)
    if model.schema.features[feature].is_category:
        open_ended = Interval(low, high)
    (reason,) = reasons({feature: open_ended}, model.schema)
    above, at_most, sentence = reason.above, reason.at_most, reason.sentence
    if above is not None and at_most is not None:
        sentence = range_text(model.schema.features[feature], above, at_most)
    return Run(model.names[segment], above, at_most, sentence)


def _answers_along(model: SegmentModel, x: Sequence[float], absent: frozenset[int], feature: int) -> list[Prediction]:
    """Return answers along one feature, the least confident first, among them the least and the most confident of all.

    The margin is highest or lowest at a bound, where two centroids are equally near, or where the ratio of the
    distances from two of them is stationary; a superset of these places is asked.
    """
    names, of = model.schema.names, model.schema.features[feature]
    known = {names[i]: value for i, value in enumerate(x) if i not in absent}
    if of.is_category:
        coded = [model.predict({**known, names[feature]: float(code)}) for code in range(len(of.codes))]
        return sorted(coded, key=lambda answer: answer.confidence)
    places = [of.minimum, of.maximum, *(_unscaled(place, feature, model) for place in _critical(model, x, feature))]
    inside = [place for place in places if of.minimum <= place <= of.maximum]
    answers = [model.predict({**known, names[feature]: place}) for place in inside]
    return sorted(answers, key=lambda answer: answer.confidence)


def _critical(model: SegmentModel, x: Sequence[float], feature: int) -> list[float]:
    """Return the places on a line along one feature, in scaled space, where the margin may be highest or lowest."""
    indices, x = model.schema.cluster_inputs, model.schema.expanded(x)
    scaled = [(model.schema.inputs[i].scaled(x[i]) - model.mean[i]) * model.factor[i] for i in indices]
    along = indices.index(feature)
    # Of each centroid: where it is along the line, and its squared distance from the line.
    lines = [
        (centroid[along], sum((centroid[j] - scaled[j]) ** 2 for j in range(len(indices)) if j != along))
        for centroid in model.centroids
    ]
    found: list[float] = []
    for place, (centre, off) in enumerate(lines):
        for other, far in lines[place + 1 :]:
            apart = other - centre
            if apart:
                found.append((far - off + other * other - centre * centre) / (2 * apart))
            found += _stationary(centre, off, other, far)
    return found


def _stationary(centre: float, off: float, other: float, far: float) -> list[float]:
    """Solve for where ((t - centre)² + off) / ((t - other)² + far) neither rises nor falls."""
    a = centre - other
    b = -a * (centre + other) + far - off
    c = a * centre * other - far * centre + off * other
    if not a:
        return [-c / b] if b else []
    square = b * b - 4 * a * c
    return [(-b + sign * math.sqrt(square)) / (2 * a) for sign in (-1, 1)] if square >= 0 else []


def _unscaled(place: float, feature: int, model: SegmentModel) -> float:
    return model.schema.features[feature].unscaled(place / model.factor[feature] + model.mean[feature])


def _listed(words: Sequence[str], joint: str = "and") -> str:
    *first, last = words
    return f"{', '.join(first)} {joint} {last}" if first else last
