"""Names follow what a cluster is, never its number, and survive a retrain."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from numpy.typing import NDArray
from reference import FIVE_NAMES, known, reference_values, rfm_schema, sample_trained

from segmentation.model import SegmentModel
from segmentation.schema import Feature, Level, Role, Schema, SegmentRule
from segmentation.schema_data import default_schema
from segmentation.training.cleaning import clean
from segmentation.training.clustering import fit_kmeans, fit_scaler
from segmentation.training.names.naming import Naming, name_clusters
from segmentation.training.sample import sample_customers

SCHEMA = default_schema()
MEAN, DEVIATION = np.array([60.0, 50.0]), np.array([26.0, 26.0])
CENTRES = np.array([[86.5, 82.1], [88.2, 17.1], [25.7, 79.4], [26.3, 20.9], [55.3, 49.5]])


def named(centres: NDArray[np.float64], previous: SegmentModel | None = None, schema: Schema = SCHEMA) -> Naming:
    return name_clusters(centres, MEAN, DEVIATION, schema, previous)


def titles(naming: Naming) -> tuple[str, ...]:
    return tuple(name.name for name in naming.names)


def clustered(values: NDArray[np.float64], k: int, previous: SegmentModel | None = None) -> Naming:
    data = clean(values, SCHEMA)
    scaler = fit_scaler(data.points, data.weights, SCHEMA)
    kmeans = fit_kmeans(np.ascontiguousarray(scaler.transform(data.points)[:, 1:]), data.weights, k, seed=0)
    centres = kmeans.cluster_centers_ * scaler.scale_[1:] + scaler.mean_[1:]
    return name_clusters(centres, scaler.mean_[1:], scaler.scale_[1:], SCHEMA, previous)


def test_the_five_centres_get_their_names_in_whatever_order() -> None:
    for order in permutations(range(5)):
        naming = named(CENTRES[list(order)])
        assert titles(naming) == tuple(FIVE_NAMES[i] for i in order)
        assert [name.meaning for name in naming.names] == [SCHEMA.rules[i].meaning for i in order]
        assert [name.action for name in naming.names] == [SCHEMA.rules[i].action for i in order]
        assert set(naming.new) == set(FIVE_NAMES)
        assert naming.matched == naming.gone == ()


@pytest.mark.parametrize("k", range(2, 11))
def test_names_are_unique_and_the_same_in_any_cluster_order_for_every_k(k: int) -> None:
    rng = np.random.default_rng(k)
    naming = clustered(reference_values(), k)
    assert len(set(titles(naming))) == k
    assert all(name.name and name.meaning and name.action for name in naming.names)
    centres = rng.uniform((15, 1), (130, 99), (k, 2))
    for previous in (None, sample_trained().model):
        before = dict(zip(map(tuple, centres), titles(named(centres, previous)), strict=True))
        shuffled = rng.permutation(centres)
        assert dict(zip(map(tuple, shuffled), titles(named(shuffled, previous)), strict=True)) == before


def test_k_five_on_the_reference_customers_is_the_five_names() -> None:
    assert set(titles(clustered(reference_values(), 5))) == set(FIVE_NAMES)


def test_a_cluster_no_rule_fits_is_described_by_where_it_lies() -> None:
    naming = named(np.array([[110.0, 50.0], [10.0, 50.0], [60.0, 50.0]]))
    assert titles(naming) == (
        "High annual income, mid spending score",
        "Low annual income, mid spending score",
        "Standard",
    )
    assert naming.names[0].meaning == "Customers around annual income 110 k$, spending score 50 points."
    assert "give it a name" in naming.names[0].action


def test_clusters_of_one_description_are_told_apart_by_what_differs() -> None:
    naming = named(np.array([[110.0, 50.0], [130.04, 51.0]]))
    assert titles(naming) == (
        "High annual income, mid spending score (around 110 k$)",
        "High annual income, mid spending score (around 130 k$)",
    )
    close = np.array([[110.0, 50.0], [110.001, 50.0], [110.002, 50.0]])
    told = titles(named(close))
    assert len(set(told)) == 3
    assert told[1] == f"{told[0]} #2"
    assert titles(named(close[::-1])) == told[::-1]


def test_a_description_never_takes_a_rule_s_name() -> None:
    rule = SegmentRule(
        "High annual income, mid spending score", (("score", Level.HIGH), ("income", Level.LOW)), "m", "a"
    )
    naming = named(np.array([[110.0, 50.0], [60.0, 50.0]]), schema=replace(SCHEMA, rules=(rule,)))
    assert titles(naming)[0] == "High annual income, mid spending score (around 110 k$)"


def test_a_rule_goes_to_the_cluster_it_fits_best() -> None:
    assert titles(named(np.array([[80.0, 75.0], [90.0, 78.0]])))[1] == "Target"
    assert titles(named(np.array([[90.0, 78.0], [140.0, 99.0]])))[0] == "Target"


def test_as_many_clusters_as_possible_get_a_rule_s_name() -> None:
    features = tuple(Feature(f"f{i}", f"F{i}", "", -10, 10, Role.CLUSTER) for i in range(3))
    high, low = Level.HIGH, Level.LOW
    rules = (
        SegmentRule("A", (("f0", high), ("f1", Level.MID)), "m", "a"),
        SegmentRule("B", (("f0", low), ("f1", low), ("f2", low)), "m", "a"),
    )
    # The first cluster fits A; the second fits neither, and misses B by more features than the other way round.
    naming = name_clusters(np.array([[1.0, 0, -1], [2, 2, 2]]), np.zeros(3), np.ones(3), Schema("s", features, rules))
    assert titles(naming)[0] == "A"


def test_a_schema_without_rules_is_described() -> None:
    assert len(set(titles(named(CENTRES, schema=replace(SCHEMA, rules=()))))) == 5


def test_the_names_of_another_schema_are_its_own() -> None:
    schema = rfm_schema()
    centres = np.array([[500.0, 3, 900], [20, 60, 9000], [40, 20, 700], [500, 60, 9000]])
    naming = name_clusters(centres, np.array([190.0, 28, 3500]), np.array([220.0, 24, 3900]), schema)
    assert titles(naming) == ("Lapsed", "Champion", "Regular", "High days since last order, high yearly spend")
    assert naming.names[3].meaning == (
        "Customers around days since last order 500 days, orders a year 60, yearly spend 9000 €."
    )


def test_segments_keep_their_names_when_the_centres_drift() -> None:
    previous = sample_trained().model
    drifted = sample_customers(seed=2)
    drifted[:, 1] *= 1.08
    naming = clustered(drifted, 5, previous)
    assert set(naming.matched) == set(FIVE_NAMES) == set(titles(naming))
    assert naming.new == naming.gone == ()


@pytest.mark.parametrize("gone", FIVE_NAMES)
def test_a_segment_whose_customers_left_is_gone_and_the_others_keep_their_names(gone: str) -> None:
    previous = sample_trained().model
    values = sample_customers()
    ages = previous.schema.names
    answers = [previous.predict(dict(zip(ages, row, strict=True))).segment for row in values.tolist()]
    naming = clustered(values[np.array(answers) != gone], 4, previous)
    assert naming.gone == (gone,)
    assert set(naming.matched) == set(titles(naming)) == set(FIVE_NAMES) - {gone}
    assert naming.new == ()


def test_a_cluster_far_from_every_previous_segment_is_new() -> None:
    previous = sample_trained().model
    centres = np.vstack([[known(segment.mean)[1:] for segment in previous.segments], [140.0, 50.0]])
    naming = named(centres, previous)
    assert set(naming.matched) == set(FIVE_NAMES)
    assert naming.new == ("High annual income, mid spending score",)
    assert naming.gone == ()


def test_a_name_does_not_follow_a_cluster_that_is_elsewhere() -> None:
    base = sample_trained().model
    previous = replace(base, segments=(*base.segments[:4], replace(base.segments[4], name="The middle")))
    naming = named(np.vstack([[known(segment.mean)[1:] for segment in base.segments[:4]], [140.0, 50.0]]), previous)
    assert titles(naming)[4] == "High annual income, mid spending score"
    assert naming.gone == ("The middle",)


def test_a_rule_s_name_is_dropped_where_it_would_say_the_opposite() -> None:
    previous = sample_trained().model
    centres = np.array([known(segment.mean)[1:] for segment in previous.segments])
    # Nobody moved, but most customers are now richer: who was called Target is of low income among them.
    naming = name_clusters(centres, MEAN + np.array([60, 0]), DEVIATION, SCHEMA, previous)
    assert "Target" not in naming.matched
    assert "Target" not in titles(naming)
    assert "Target" in naming.gone
    assert "Careful" in naming.matched


def test_a_described_segment_keeps_its_name_and_says_where_it_lies_now() -> None:
    old = named(np.vstack([CENTRES, [130.0, 50.0]]))
    base = sample_trained().model
    extra = replace(base.segments[0], name=old.names[5].name, meaning=old.names[5].meaning, action=old.names[5].action)
    place = [(value - base.mean[i]) * base.factor[i] for i, value in ((1, 130.0), (2, 50.0))]
    previous = replace(base, segments=(*base.segments, extra), centroids=(*base.centroids, tuple(place)))
    naming = named(np.vstack([CENTRES, [126.0, 50.0]]), previous)
    assert naming.names[5].name == old.names[5].name
    assert old.names[5].name in naming.matched
    assert naming.names[5].meaning == "Customers around annual income 126 k$, spending score 50 points."


def test_a_name_given_by_a_team_before_is_kept_with_its_meaning() -> None:
    base = sample_trained().model
    own = replace(base.segments[0], name="Big fish", meaning="Ours.", action="Call them.")
    naming = named(CENTRES, replace(base, segments=(own, *base.segments[1:])))
    assert ("Big fish", "Ours.", "Call them.") in [(name.name, name.meaning, name.action) for name in naming.names]
    assert "Big fish" in naming.matched


def test_a_version_of_other_features_hands_down_no_names() -> None:
    base = sample_trained().model
    swapped = tuple(replace(f, role=Role.CLUSTER) for f in base.schema.features)
    naming = named(CENTRES, replace(base, schema=replace(base.schema, features=swapped)))
    assert naming.matched == ()
    assert set(naming.new) == set(FIVE_NAMES)
    assert naming.gone == ()


def test_an_abbreviation_stays_one_in_a_name() -> None:
    schema = Schema("s", (Feature("clv", "CLV", "€", 0, 1e6, Role.CLUSTER),), ())
    naming = name_clusters(np.array([[900.0]]), np.array([500.0]), np.array([200.0]), schema)
    assert titles(naming) == ("High CLV",)
