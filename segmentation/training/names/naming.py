"""Centroids → names: by the schema's rules, or kept from the previous version; never by cluster number.

A rule's name, and any other that says something of its customers, is given or kept only while that is true of most of
them (`clusters.HOLDS_FOR`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from segmentation.renaming import NO_RULE
from segmentation.scales import scaled_columns
from segmentation.schema import Level, Schema, SegmentRule
from segmentation.training.names.clusters import HOLDS_FOR, NEAR_AVERAGE, Claim, Clusters
from segmentation.training.names.derived import TELLING, Describer
from segmentation.writing.figures import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from segmentation.answers.explanation import Segment
    from segmentation.model import SegmentModel

# In standard deviations from the mean of all customers.
_IDEAL: Final = {Level.LOW: -1.0, Level.MID: 0.0, Level.HIGH: 1.0}
# Neighbouring levels overlap: a centre near a border may take either rule, and the assignment of all decides.
_FITS: Final = {
    Level.LOW: (-np.inf, -TELLING),
    Level.MID: (-NEAR_AVERAGE, NEAR_AVERAGE),
    Level.HIGH: (TELLING, np.inf),
}
# A segment is the same as before when its centre moved less than half the gap to the nearest other one.
_SAME_WITHIN: Final = 0.5
_FORBIDDEN: Final = 1e9
_SAID: Final = {Level.LOW: "below average", Level.MID: "near average", Level.HIGH: "above average"}


@dataclass(frozen=True, slots=True)
class Name:
    """What one cluster is called, what that means and what to do about it; and who said so, if a person did."""

    name: str
    meaning: str
    action: str
    named_by: str = ""


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
    withheld
        For each rule that fits a cluster's centre but is not true of enough of its customers: a sentence that says so.
    """

    names: tuple[Name, ...]
    matched: tuple[str, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]
    withheld: tuple[str, ...] = ()


def name_clusters(clusters: Clusters, schema: Schema, previous: SegmentModel | None = None) -> Naming:
    """Name every cluster.

    Parameters
    ----------
    clusters
        Their centres and customers.
    schema
        Its cluster features, in its order, are those of the clusters.
    previous
        The version whose names are kept for clusters that are the same as before.
    """
    describer = Describer(clusters, [schema.inputs[index] for index in schema.cluster_inputs])
    same = _same_as_before(clusters.centres, schema, previous)
    named = _kept(same, clusters, schema, describer)
    matched = tuple(named[i].name for i in sorted(named))
    kept = {name.casefold() for name in matched}
    rules = [rule for rule in schema.rules if rule.name.casefold() not in kept]
    free = [i for i in range(len(clusters.centres)) if i not in named]
    for i, j in _assign(free, rules, clusters, schema):
        named[i] = _of_rule(rules[j])
    left = [i for i in free if i not in named]
    taken = {name.name for name in named.values()} | {rule.name for rule in schema.rules}
    described = describer.names(left, taken)
    named |= {i: Name(text, describer.meaning(i), NO_RULE) for i, text in described.items()}
    names = tuple(named[i] for i in range(len(clusters.centres)))
    titles = {name.name for name in names}
    unused = [rule for rule in rules if rule.name not in titles]
    return Naming(
        names=names,
        matched=matched,
        new=tuple(name.name for name in names if name.name not in matched),
        gone=tuple(name for name in (previous.names if previous is not None else ()) if name not in titles),
        withheld=tuple(_withheld(unused, described, same, clusters, schema)),
    )


def _of_rule(rule: SegmentRule) -> Name:
    return Name(rule.name, rule.meaning, rule.action)


def _claims(rule: SegmentRule, schema: Schema) -> list[Claim]:
    names = [schema.inputs[index].name for index in schema.cluster_inputs]
    return [Claim(names.index(feature), level) for feature, level in rule.levels]


def _fits(cluster: int, claims: Iterable[Claim], clusters: Clusters) -> bool:
    """Tell whether a cluster's centre is as clearly on each level as a rule's name asks for."""
    centre = clusters.levels[cluster]
    return all(_FITS[claim.level][0] <= centre[claim.column] <= _FITS[claim.level][1] for claim in claims)


def _assign(
    free: Sequence[int], rules: Sequence[SegmentRule], clusters: Clusters, schema: Schema
) -> list[tuple[int, int]]:
    """Pair clusters with the rules they fit: as many pairs as possible, then the closest (Hungarian method)."""
    if not free or not rules:
        return []
    cost = np.full((len(free), len(rules)), _FORBIDDEN)
    for j, rule in enumerate(rules):
        claims = _claims(rule, schema)
        for row, i in enumerate(free):
            # All misfits cost the same: then the cheapest assignment is one with the most fits.
            if _fits(i, claims, clusters) and clusters.hold(i, claims):
                cost[row, j] = sum((clusters.levels[i, claim.column] - _IDEAL[claim.level]) ** 2 for claim in claims)
    pairs = zip(*linear_sum_assignment(cost), strict=True)
    return [(free[int(row)], int(j)) for row, j in pairs if cost[row, j] < _FORBIDDEN]


def _same_as_before(centres: NDArray[np.float64], schema: Schema, previous: SegmentModel | None) -> dict[int, Segment]:
    """Match clusters to the previous version's segments by where they are, in its scaled space."""
    if previous is None:
        return {}
    before = previous.schema
    if _clustered_on(schema) != _clustered_on(before):
        return {}
    # The previous scaling, for the distances between its centroids are in it; the new one follows the new data.
    index = list(before.cluster_inputs)
    on_scales = scaled_columns(centres, [before.inputs[i] for i in index])
    scaled = (on_scales - np.array(previous.mean)[index]) * np.array(previous.factor)[index]
    old = np.array(previous.centroids)
    gaps = np.linalg.norm(old[:, None] - old[None], axis=2)
    np.fill_diagonal(gaps, np.inf)
    distance = np.linalg.norm(scaled[:, None] - old[None], axis=2)
    distance[distance > _SAME_WITHIN * gaps.min(axis=1)[None]] = _FORBIDDEN
    pairs = zip(*linear_sum_assignment(distance), strict=True)
    return {int(i): previous.segments[j] for i, j in pairs if distance[i, j] < _FORBIDDEN}


def _clustered_on(schema: Schema) -> list[str]:
    return [schema.inputs[index].name for index in schema.cluster_inputs]


def _kept(same: dict[int, Segment], clusters: Clusters, schema: Schema, describer: Describer) -> dict[int, Name]:
    """Keep the names of segments that are the same as before, while the names are true of them.

    A name that a person gave claims nothing, so it is kept however the segment's customers have changed.
    """
    rules = {rule.name: rule for rule in schema.rules}
    kept: dict[int, Name] = {}
    for i, segment in same.items():
        rule = rules.get(segment.name)
        if segment.named_by:
            kept[i] = Name(segment.name, segment.meaning, segment.action, segment.named_by)
        elif rule is not None:
            if clusters.hold(i, _claims(rule, schema)):
                kept[i] = _of_rule(rule)
        elif segment.action != NO_RULE:  # a team's own
            kept[i] = Name(segment.name, segment.meaning, segment.action)
        elif describer.still_true(i, segment.name):
            kept[i] = Name(segment.name, describer.meaning(i), NO_RULE)
    return kept


def _withheld(
    unused: Iterable[SegmentRule],
    described: dict[int, str],
    same: dict[int, Segment],
    clusters: Clusters,
    schema: Schema,
) -> Iterator[str]:
    """Say which rules fit a cluster's centre, or named it before, but are not true of enough of its customers."""
    for rule in unused:
        claims = _claims(rule, schema)
        fitting = [i for i in described if _fits(i, claims, clusters) or (i in same and same[i].name == rule.name)]
        if not fitting:
            continue
        # If two are as near to it, by the centre: the clusters' numbers mean nothing.
        i = max(fitting, key=lambda i: (clusters.share(i, claims), tuple(clusters.centres[i])))
        share, said = clusters.share(i, claims), _said(claims, schema)
        why = (
            f"only {percent(share)} of the customers it would fit are {said}, and {percent(HOLDS_FOR)} must be"
            if share < HOLDS_FOR
            else f"the mean of the customers it would fit is not {said}"
        )
        yield f"No segment is called {rule.name}: {why}. They are called {described[i]}."


def _said(claims: Iterable[Claim], schema: Schema) -> str:
    features = [schema.inputs[index] for index in schema.cluster_inputs]
    return " and ".join(f"{_SAID[claim.level]} in {features[claim.column].label_in_text}" for claim in claims)
