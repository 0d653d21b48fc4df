"""What charts say in words: the findings in their titles, and their alternative texts. Imports no plotting library.

So code that shows a picture that is already drawn can describe it without the seconds that matplotlib takes to load.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol

from segmentation.answers.shares import share_text
from segmentation.density import shown_on_map

if TYPE_CHECKING:
    from segmentation.answers.explanation import Segment
    from segmentation.model import SegmentModel
    from segmentation.schema import Feature, Schema

MAP_TITLE: Final = "Segment map"
PROFILES_TITLE: Final = "What makes each segment different"
# A map shows two features; with more that decide, profiles show them all.
_ON_A_MAP: Final = 2
_MOST_FEATURES: Final = 8
# In standard deviations from the average of all customers.
_AVERAGE: Final = 0.5
_FAR: Final = 1.0
_MOST_SAID: Final = 3


class SizeChange(Protocol):
    """One segment's training customers and their share of all (0 to 1), before and now; None without such a segment."""

    @property
    def name(self) -> str:
        """What it is called now, or was if it is gone."""
        ...

    @property
    def customers_before(self) -> int | None:
        """How many customers it had."""
        ...

    @property
    def customers_now(self) -> int | None:
        """How many it has."""
        ...

    @property
    def share_before(self) -> float | None:
        """Their share then."""
        ...

    @property
    def share_now(self) -> float | None:
        """Their share now."""
        ...


def elbow_finding(chosen: int, elbow: int | None, silhouette: int | None) -> str:
    """Say in a line why there are `chosen` segments: what the bend of the inertia curve and the silhouette say of it.

    >>> elbow_finding(5, 5, 5)
    '5 segments: the curve bends here, and the silhouette agrees'
    >>> elbow_finding(5, 4, 6)
    '5 segments, between the bend at 4 and the best silhouette at 6'
    """
    segments = "1 segment" if chosen == 1 else f"{chosen} segments"
    if elbow == chosen:
        others = {None: "there is no silhouette to compare", chosen: "and the silhouette agrees"}
        return f"{segments}: the curve bends here, {others.get(silhouette, f'the silhouette is best at {silhouette}')}"
    bend = "the curve has no clear bend" if elbow is None else f"the curve bends at {elbow}"
    if silhouette == chosen:
        return f"{segments}: the silhouette is best here, {bend}"
    if elbow is None or silhouette is None:
        best = "there is no silhouette to compare" if silhouette is None else f"the silhouette is best at {silhouette}"
        return f"{segments}, though {bend} and {best}"
    if min(elbow, silhouette) < chosen < max(elbow, silhouette):
        return f"{segments}, between the bend at {elbow} and the best silhouette at {silhouette}"
    if elbow == silhouette:
        return f"{segments}, though bend and silhouette both say {elbow}"
    return f"{segments}, though {bend} and the silhouette is best at {silhouette}"


def elbow_text(chosen: int, elbow: int | None, silhouette: int | None) -> str:
    """Say in words what the elbow chart shows; parameters as of `elbow_finding`."""
    return f"{elbow_finding(chosen, elbow, silhouette)}. Inertia and silhouette by number of segments"


def sizes_text(changes: Sequence[SizeChange]) -> str:
    """Say in words what the chart shows."""
    compared = is_compared(changes)
    said = ", ".join(f"{change.name} {shares_text(change, compared=compared)}" for change in shown_sizes(changes))
    return f"{sizes_finding(changes)}. {sizes_note(changes)}: {said}"


def is_compared(changes: Sequence[SizeChange]) -> bool:
    """Say whether any segment has a size both before and now: between other segments nothing grows or shrinks."""
    return any(change.share_before is not None and change.share_now is not None for change in changes)


def shown_sizes(changes: Sequence[SizeChange]) -> list[SizeChange]:
    """Return the segments that are drawn: if sizes cannot be compared, those there are now, unless all are gone."""
    now = [change for change in changes if change.share_now is not None]
    return list(changes) if is_compared(changes) or not now else now


def sizes_note(changes: Sequence[SizeChange]) -> str:
    """Say what the bars of sizes show."""
    return "Share of customers, before → now" if is_compared(changes) else "Share of customers"


def sizes_finding(changes: Sequence[SizeChange]) -> str:
    """Say which segment grew or shrank most, in whole percentage points; of equal changes the first counts."""
    if not is_compared(changes):
        return "Segment sizes"
    most = max(changes, key=lambda change: abs(_points(change)))
    points = abs(_points(most))
    if not points:
        return "All segments keep their size"
    if most.share_before is None or most.share_now is None:
        return f"The largest change: {most.name} is {'new' if most.share_before is None else 'gone'}"
    way = "grows" if _points(most) > 0 else "shrinks"
    return f"{most.name} {way} most, by {points} percentage point{'' if points == 1 else 's'}"


def _points(change: SizeChange) -> int:
    """Return by how many percentage points a segment has grown, as the shares are written."""
    return round(100 * (change.share_now or 0.0)) - round(100 * (change.share_before or 0.0))


def shares_text(change: SizeChange, *, compared: bool) -> str:
    """Write a segment's share now, after the one before if sizes are compared."""
    now = _share(change.share_now)
    return f"{_share(change.share_before)} → {now}" if compared else now


def _share(share: float | None) -> str:
    return "–" if share is None else share_text(share).replace("under ", "<")


def has_profiles(schema: Schema) -> bool:
    """Say whether segments are shown by their profiles: more numbers make distances than a map has axes."""
    return sum(not schema.features[i].is_category for i in schema.cluster_indices) > _ON_A_MAP


def overview_title(schema: Schema) -> str:
    """Return what the picture of all segments is called."""
    return PROFILES_TITLE if has_profiles(schema) else MAP_TITLE


def candidate_title(schema: Schema) -> str:
    """Return what the picture of all segments of a candidate is called."""
    return (
        "What makes each segment of the candidate different"
        if has_profiles(schema)
        else f"{MAP_TITLE} of the candidate"
    )


def overview_text(model: SegmentModel) -> str:
    """Say in words what the picture of all segments shows: where each lies on the map, or what sets it apart."""
    schema = model.schema
    if has_profiles(schema):
        said = [f"{segment.name}: {_apart(model, segment)}" for segment in model.segments]
        return f"{PROFILES_TITLE}. {'; '.join(said)}"
    features = [(i, schema.features[i]) for i in shown_on_map(schema)]
    where = [
        f"{segment.name} around {' and '.join(_typical(segment, i, feature) for i, feature in features)}"
        for segment in model.segments
    ]
    return f"{MAP_TITLE} by {' and '.join(feature.label_in_text for _, feature in features)}: {', '.join(where)}"


def customers_text(model: SegmentModel, points: Sequence[Sequence[float]]) -> str:
    """Say in words what the map of some customers, shape (n, features), shows: "12 customers on the segment map…"."""
    answers = [model.predict_at(point) for point in points]
    counts = Counter(answer.segment for answer in answers)
    close = sum(answer.borderline for answer in answers)
    axes = " and ".join(model.schema.features[i].label_in_text for i in shown_on_map(model.schema))
    said = ", ".join(f"{name} {counts[name]}" for name in model.names if counts[name])
    customers = "1 customer" if len(points) == 1 else f"{len(points)} customers"
    calls = "is a close call" if close == 1 else "are close calls"
    hollow = f". {close} of them {calls}, drawn hollow" if close else ""
    return f"{customers} on the segment map by {axes}: {said}{hollow}"


def profile_features(schema: Schema) -> tuple[int, ...]:
    """Return the numbers that profiles show: at most eight, those that make distances first."""
    numbers = [i for i, feature in enumerate(schema.features) if not feature.is_category]
    return tuple(sorted(numbers, key=lambda i: i not in schema.cluster_indices)[:_MOST_FEATURES])


def standing(model: SegmentModel, index: int, value: float | None) -> float | None:
    """Return by how many standard deviations a value of a feature is above the average of the training customers."""
    if value is None:
        return None
    feature = model.schema.features[index]
    return (feature.scaled(value) - model.mean[index]) * model.factor[index] / feature.weight


def _typical(segment: Segment, index: int, feature: Feature) -> str:
    """Write a segment's mean with its unit; of a category what is commonest."""
    mean = segment.mean[index]
    return segment.typical(index, feature) if mean is None else feature.show_typical(mean)


def _apart(model: SegmentModel, segment: Segment) -> str:
    """Name the features in which a segment is farthest from the average, the farthest first."""
    found = []
    for i in profile_features(model.schema):
        level = standing(model, i, segment.mean[i])
        if level is not None and abs(level) >= _AVERAGE:
            far = "far " if abs(level) >= _FAR else ""
            side = "above" if level > 0 else "below"
            feature = model.schema.features[i]
            found.append(
                (-abs(level), f"{feature.label_in_text} {far}{side} average ({_typical(segment, i, feature)})")
            )
    return ", ".join(text for _, text in sorted(found)[:_MOST_SAID]) or "near average in everything"
