"""Centroids → names: by the schema's rules, or kept from the previous version; never by cluster number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from segmentation.schema import Feature, Level, Schema, SegmentRule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from segmentation.model import SegmentModel

# In standard deviations from the mean of all customers.
_IDEAL: Final = {Level.LOW: -1.0, Level.MID: 0.0, Level.HIGH: 1.0}
# Neighbouring levels overlap: a centre near a border may take either rule, and the assignment of all decides.
_FITS: Final = {Level.LOW: (-np.inf, -0.35), Level.MID: (-0.65, 0.65), Level.HIGH: (0.35, np.inf)}
# A kept name may fit less well than a new one, but must not say the opposite of what the customers do.
_KEEPS: Final = {Level.LOW: (-np.inf, 0.25), Level.MID: (-1.0, 1.0), Level.HIGH: (-0.25, np.inf)}
# A segment is the same as before when its centre moved less than half the gap to the nearest other one.
_SAME_WITHIN: Final = 0.5
_FORBIDDEN: Final = 1e9
_FEATURES_IN_A_NAME: Final = 2
_NO_RULE: Final = (
    "No rule in the schema describes this segment yet: look at its profile, then give it a name and an action."
)


@dataclass(frozen=True, slots=True)
class Name:
    """What one cluster is called, what that means and what to do about it."""

    name: str
    meaning: str
    action: str


@dataclass(frozen=True, slots=True)
class Naming:
    """Names in cluster order, and how they relate to the previous version's.

    Parameters
    ----------
    names
        One per cluster, unique.
    matched, new, gone
        Names kept from the previous version, names of clusters that are none of its segments, and its names that no
        cluster has any more. Without a previous version all are new.
    """

    names: tuple[Name, ...]
    matched: tuple[str, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]


def name_clusters(
    centres: NDArray[np.float64],
    mean: NDArray[np.float64],
    deviation: NDArray[np.float64],
    schema: Schema,
    previous: SegmentModel | None = None,
) -> Naming:
    """Name every cluster.

    Parameters
    ----------
    centres
        (k, c) centres in the features' units, cluster features in schema order.
    mean, deviation
        (c,) mean and standard deviation of all customers, in the features' units.
    previous
        The version whose names are kept for clusters that are the same as before.
    """
    levels = (centres - mean) / deviation
    found: dict[int, Name] = {}
    if previous is not None:
        found |= _kept(centres, levels, schema, previous)
    matched = tuple(found[i].name for i in sorted(found))
    rules = [rule for rule in schema.rules if rule.name not in matched]
    free = [i for i in range(len(centres)) if i not in found]
    for i, j in _assign(levels[free], rules, schema):
        found[free[i]] = _of_rule(rules[j])
    found |= _derived(centres, levels, schema, found, {rule.name for rule in schema.rules})
    names = tuple(found[i] for i in range(len(centres)))
    before = previous.names if previous is not None else ()
    return Naming(
        names=names,
        matched=matched,
        new=tuple(name.name for name in names if name.name not in matched),
        gone=tuple(name for name in before if name not in {item.name for item in names}),
    )


def _of_rule(rule: SegmentRule) -> Name:
    return Name(rule.name, rule.meaning, rule.action)


def _assign(levels: NDArray[np.float64], rules: list[SegmentRule], schema: Schema) -> Iterable[tuple[int, int]]:
    """Pair clusters with the rules they fit: as many pairs as possible, then the closest (Hungarian method)."""
    if not len(levels) or not rules:
        return []
    columns = {schema.features[index].name: column for column, index in enumerate(schema.cluster_indices)}
    cost = np.zeros((len(levels), len(rules)))
    fits = np.ones(cost.shape, dtype=bool)
    for j, rule in enumerate(rules):
        for feature, level in rule.levels:
            column = levels[:, columns[feature]]
            low, high = _FITS[level]
            cost[:, j] += (column - _IDEAL[level]) ** 2
            fits[:, j] &= (low <= column) & (column <= high)
    cost[~fits] = _FORBIDDEN  # the same for all misfits: then the cheapest assignment is one with the most fits
    return [(int(i), int(j)) for i, j in zip(*linear_sum_assignment(cost), strict=True) if cost[i, j] < _FORBIDDEN]


def _kept(
    centres: NDArray[np.float64], levels: NDArray[np.float64], schema: Schema, previous: SegmentModel
) -> dict[int, Name]:
    """Match clusters to the previous version's segments, in its scaled space."""
    features = [schema.features[index] for index in schema.cluster_indices]
    names = [feature.name for feature in features]
    before = previous.schema
    if names != [before.features[index].name for index in before.cluster_indices]:
        return {}
    # The previous scaling, for the distances between its centroids are in it; the new one follows the new data.
    index = list(before.cluster_indices)
    scaled = (centres - np.array(previous.mean)[index]) * np.array(previous.factor)[index]
    old = np.array(previous.centroids)
    gaps = np.linalg.norm(old[:, None] - old[None], axis=2)
    np.fill_diagonal(gaps, np.inf)
    distance = np.linalg.norm(scaled[:, None] - old[None], axis=2)
    distance[distance > _SAME_WITHIN * gaps.min(axis=1)[None]] = _FORBIDDEN
    rules = {rule.name: rule for rule in schema.rules}
    found: dict[int, Name] = {}
    for i, j in zip(*linear_sum_assignment(distance), strict=True):
        segment = previous.segments[j]
        rule = rules.get(segment.name)
        if distance[i, j] >= _FORBIDDEN or (rule is not None and not _still_says(rule, names, levels[i])):
            continue
        if rule is not None:
            found[int(i)] = _of_rule(rule)
        else:  # a derived name's meaning states its centre, which has moved
            meaning = _place(centres[i], features) if segment.action == _NO_RULE else segment.meaning
            found[int(i)] = Name(segment.name, meaning, segment.action)
    return found


def _still_says(rule: SegmentRule, names: list[str], levels: NDArray[np.float64]) -> bool:
    return all(_KEEPS[level][0] < levels[names.index(feature)] < _KEEPS[level][1] for feature, level in rule.levels)


def _derived(
    centres: NDArray[np.float64],
    levels: NDArray[np.float64],
    schema: Schema,
    found: dict[int, Name],
    reserved: set[str],
) -> dict[int, Name]:
    """Describe the clusters no rule and no previous segment names."""
    features = [schema.features[index] for index in schema.cluster_indices]
    left = [i for i in range(len(centres)) if i not in found]
    plain = {i: _description(levels[i], features) for i in left}
    taken = {name.name for name in found.values()} | reserved
    derived: dict[int, Name] = {}
    # The order in which equal descriptions are told apart follows the centres, not the cluster numbers.
    for i in sorted(left, key=lambda i: tuple(centres[i])):
        twins = [j for j in left if plain[j] == plain[i]]
        name = plain[i]
        if len(twins) > 1 or name in taken:
            column = int(np.ptp(levels[twins], axis=0).argmax()) if len(twins) > 1 else int(abs(levels[i]).argmax())
            name = f"{name} (around {features[column].show_typical(centres[i, column])})"
        number, base = 2, name
        while name in taken:
            name, number = f"{base} #{number}", number + 1
        taken.add(name)
        derived[i] = Name(name, _place(centres[i], features), _NO_RULE)
    return derived


def _place(centre: NDArray[np.float64], features: list[Feature]) -> str:
    where = (
        f"{feature.label_in_text} {feature.show_typical(value)}"
        for feature, value in zip(features, centre, strict=True)
    )
    return f"Customers around {', '.join(where)}."


def _description(levels: NDArray[np.float64], features: list[Feature]) -> str:
    """Say a centre in words, by its most telling features: "High annual income, low spending score"."""
    telling = sorted(range(len(features)), key=lambda column: -abs(levels[column]))[:_FEATURES_IN_A_NAME]
    parts = []
    # In the schema's order again, so that two segments name their features in the same order.
    for column in sorted(telling):
        fits = [level for level in (Level.LOW, Level.HIGH) if _FITS[level][0] <= levels[column] <= _FITS[level][1]]
        parts.append(f"{fits[0] if fits else Level.MID} {features[column].label_in_text}")
    text = ", ".join(parts)
    return text[0].upper() + text[1:]
