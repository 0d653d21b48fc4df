"""Names follow what a cluster is, never its number, and survive a retrain."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from cluster_cases import MEAN, alike, spread
from numpy.typing import NDArray
from reference import FIVE_NAMES, known, reference_values, rfm_schema, sample_trained

from segmentation.model import SegmentModel
from segmentation.schema import Feature, Level, Role, Schema, SegmentRule
from segmentation.schema_data import default_schema
from segmentation.training.clustering import fit_kmeans, fit_scaler
from segmentation.training.names.clusters import Clusters
from segmentation.training.names.naming import Naming, name_clusters
from segmentation.training.points.cleaning import clean
from segmentation.training.samples.mall import sample_customers

SCHEMA = default_schema()
CENTRES = np.array([[86.5, 82.1], [88.2, 17.1], [25.7, 79.4], [26.3, 20.9], [55.3, 49.5]])


def named(centres: NDArray[np.float64], previous: SegmentModel | None = None, schema: Schema = SCHEMA) -> Naming:
    return name_clusters(alike(centres), schema, previous)


def titles(naming: Naming) -> tuple[str, ...]:
    return tuple(name.name for name in naming.names)


def clustered(values: NDArray[np.float64], k: int, previous: SegmentModel | None = None) -> Naming:
    data = clean(values, SCHEMA)
    scaler = fit_scaler(data.points, data.weights, SCHEMA)
    kmeans = fit_kmeans(np.ascontiguousarray(scaler.transform(data.points)[:, 1:]), data.weights, k, seed=0)
    clusters = Clusters(
        centres=kmeans.cluster_centers_ * scaler.scale_[1:] + scaler.mean_[1:],
        average=scaler.mean_[1:],
        levels=kmeans.cluster_centers_,
        customers=scaler.transform(data.points)[:, 1:],
        weights=data.weights,
        labels=kmeans.labels_,
    )
    return name_clusters(clusters, SCHEMA, previous)


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
        "Higher income",
        "Lower income",
        "Standard",
    )
    assert naming.names[0].meaning == (
        "Annual income around 110 k$, far above the average of 60 k$; "
        "spending score around 50 points, near the average of 50 points."
    )
    assert "give it a name" in naming.names[0].action


def test_clusters_of_one_description_are_told_apart_by_what_differs() -> None:
    assert titles(named(np.array([[110.0, 50.0], [130.04, 51.0]]))) == ("Higher income", "Highest income")
    assert titles(named(np.array([[110.0, 50.0], [130.04, 51.0], [150, 50]]))) == (
        "Higher income (110 k$)",
        "Higher income (130 k$)",
        "Highest income",
    )


def test_clusters_that_no_words_tell_apart_are_numbered_by_where_they_lie() -> None:
    close = np.array([[110.0, 50.0], [110.001, 50.0], [110.002, 50.0], [150, 50]])
    told = titles(named(close))
    assert told == (
        "Higher income (110 k$)",
        "Higher income (110 k$) #2",
        "Higher income (110 k$) #3",
        "Highest income",
    )
    assert titles(named(close[::-1])) == told[::-1]


def test_a_description_never_takes_a_rule_s_name() -> None:
    rule = SegmentRule("Higher Income", (("score", Level.HIGH), ("income", Level.LOW)), "m", "a")
    naming = named(np.array([[110.0, 50.0], [60.0, 50.0]]), schema=replace(SCHEMA, rules=(rule,)))
    assert titles(naming) == ("Highest income", "Average customers")


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
    clusters = alike(np.array([[1.0, 0, -1], [2, 2, 2]]), np.zeros(3), np.ones(3))
    naming = name_clusters(clusters, Schema("s", features, rules))
    assert titles(naming)[0] == "A"


def test_a_schema_without_rules_is_described() -> None:
    assert len(set(titles(named(CENTRES, schema=replace(SCHEMA, rules=()))))) == 5


def test_the_names_of_another_schema_are_its_own() -> None:
    schema = rfm_schema()
    centres = np.array([[500.0, 3, 900], [20, 60, 9000], [40, 20, 700], [500, 60, 9000]])
    clusters = alike(centres, np.array([190.0, 28, 3500]), np.array([220.0, 24, 3900]))
    naming = name_clusters(clusters, schema)
    assert titles(naming) == ("Lapsed", "Champion", "Regular", "Long absent, higher spending")
    assert naming.names[3].meaning == (
        "Days since last order around 500 days, far above the average of 190 days; orders a year around 60, far above "
        "the average of 28; yearly spend around 9000 €, far above the average of 3500 €."
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
    assert naming.new == ("Higher income",)
    assert naming.gone == ()


def test_a_name_does_not_follow_a_cluster_that_is_elsewhere() -> None:
    base = sample_trained().model
    previous = replace(base, segments=(*base.segments[:4], replace(base.segments[4], name="The middle")))
    naming = named(np.vstack([[known(segment.mean)[1:] for segment in base.segments[:4]], [140.0, 50.0]]), previous)
    assert titles(naming)[4] == "Higher income"
    assert naming.gone == ("The middle",)


def test_a_rule_s_name_is_dropped_where_it_would_say_the_opposite() -> None:
    previous = sample_trained().model
    centres = np.array([known(segment.mean)[1:] for segment in previous.segments])
    # Nobody moved, but most customers are now richer: who was called Target is of low income among them.
    naming = name_clusters(alike(centres, MEAN + np.array([60, 0])), SCHEMA, previous)
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
    assert naming.names[5].meaning.startswith("Annual income around 126 k$, far above the average of 60 k$; ")


def test_a_name_given_by_a_team_before_is_kept_with_its_meaning() -> None:
    base = sample_trained().model
    own = replace(base.segments[0], name="Big fish", meaning="Ours.", action="Call them.")
    naming = named(CENTRES, replace(base, segments=(own, *base.segments[1:])))
    assert ("Big fish", "Ours.", "Call them.") in [(name.name, name.meaning, name.action) for name in naming.names]
    assert "Big fish" in naming.matched


def test_a_name_given_by_a_person_is_kept_where_no_rule_or_claim_would_be() -> None:
    base = sample_trained().model
    swapped = {"Target": "Miser", "Miser": "Higher income, lower age"}
    previous = replace(
        base,
        segments=tuple(
            replace(one, name=swapped.get(one.name, one.name), meaning="Ours.", action="Call.", named_by="slack:U1")
            for one in base.segments
        ),
    )
    centres = np.vstack([known(segment.mean)[1:] for segment in base.segments])
    # Of one customer in two, nothing that a name could claim is true.
    naming = name_clusters(spread(*[[centre - 300, centre + 300] for centre in centres]), SCHEMA, previous)
    assert set(titles(naming)) == set(previous.names) == set(naming.matched)
    assert {(name.meaning, name.action, name.named_by) for name in naming.names} == {("Ours.", "Call.", "slack:U1")}
    assert titles(naming)[base.names.index("Target")] == "Miser"


def test_a_rule_is_not_given_beside_a_person_s_name_that_differs_in_capitals_only() -> None:
    base = sample_trained().model
    previous = replace(
        base,
        segments=tuple(
            replace(one, name="target", named_by="slack:U1") if one.name == "Standard" else one
            for one in base.segments
            if one.name != "Target"
        ),
        centroids=tuple(row for row, one in zip(base.centroids, base.segments, strict=True) if one.name != "Target"),
    )
    naming = named(np.vstack([known(segment.mean)[1:] for segment in base.segments]), previous)
    assert "target" in titles(naming)
    assert len({title.casefold() for title in titles(naming)}) == len(base.segments)


def test_a_version_of_other_features_hands_down_no_names() -> None:
    base = sample_trained().model
    swapped = tuple(replace(f, role=Role.CLUSTER) for f in base.schema.features)
    naming = named(CENTRES, replace(base, schema=replace(base.schema, features=swapped)))
    assert naming.matched == ()
    assert set(naming.new) == set(FIVE_NAMES)
    assert naming.gone == ()


def test_an_abbreviation_stays_one_in_a_name() -> None:
    schema = Schema("s", (Feature("clv", "CLV", "€", 0, 1e6, Role.CLUSTER),), ())
    naming = name_clusters(alike(np.array([[900.0]]), np.array([500.0]), np.array([200.0])), schema)
    assert titles(naming) == ("Higher CLV",)


def test_a_rule_s_name_is_not_given_when_it_is_true_of_too_few() -> None:
    # Few with far higher incomes pull the centre up; most of these customers are below the average.
    rich = [(200.0, 80.0)] * 3 + [(55.0, 80.0)] * 5
    naming = name_clusters(spread(rich, [(55.0, 50.0)] * 8), SCHEMA)
    assert titles(naming) == ("Higher spending", "Standard")
    assert naming.withheld == (
        "No segment is called Target: only 37.5% of the customers it would fit are above average in annual income and "
        "above average in spending score, and 60% must be. They are called Higher spending.",
    )


def test_a_rule_s_name_is_given_from_six_in_ten_on() -> None:
    for poor, called in ((4, "Target"), (5, "Higher spending")):
        customers = [(130.0, 80.0)] * (10 - poor) + [(50.0, 80.0)] * poor
        naming = name_clusters(spread(customers, [(55.0, 50.0)] * 8), SCHEMA)
        assert titles(naming)[0] == called
        assert bool(naming.withheld) == (called != "Target")


def test_a_rule_that_another_cluster_fits_is_not_called_withheld() -> None:
    half = [(200.0, 80.0)] * 3 + [(55.0, 80.0)] * 5
    naming = name_clusters(spread(half, [(90.0, 80.0)] * 8), SCHEMA)
    assert titles(naming)[1] == "Target"
    assert naming.withheld == ()


def test_a_kept_rule_s_name_goes_when_it_is_no_longer_true_of_its_customers() -> None:
    previous = sample_trained().model
    target = known(previous.segment("Target").mean)[1:]
    near = [(x + dx, y) for x, y, dx in [(*target, -35.0)] * 5 + [(*target, 58.0)] * 3]
    naming = name_clusters(spread(near, [(55.0, 50.0)] * 8), SCHEMA, previous)
    assert titles(naming) == ("Higher spending", "Standard")
    assert "Target" in naming.gone
    assert naming.withheld[0].startswith("No segment is called Target: only 37.5% of the customers")


def test_a_kept_rule_s_name_goes_when_the_centre_has_passed_the_average() -> None:
    previous = sample_trained().model
    target = known(previous.segment("Target").mean)[1:]
    # Most customers are above the average, but their mean is not.
    clusters = spread([target] * 8)
    clusters = replace(clusters, levels=np.array([[-0.01, 1.0]]))
    naming = name_clusters(clusters, SCHEMA, previous)
    assert naming.withheld == (
        "No segment is called Target: the mean of the customers it would fit is not above average in annual income and "
        "above average in spending score. They are called Higher spending.",
    )


def with_extra(name: str, centre: tuple[float, float]) -> SegmentModel:
    """Return a version in service with one more segment, described by the program, somewhere."""
    base = sample_trained().model
    extra = replace(base.segments[0], name=name, meaning="Old.", action=named(np.array([[110.0, 50]])).names[0].action)
    place = tuple((value - base.mean[i]) * base.factor[i] for i, value in ((1, centre[0]), (2, centre[1])))
    return replace(base, segments=(*base.segments, extra), centroids=(*base.centroids, place))


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Higher income", True),
        ("Highest income", True),
        ("Highest income (128 k$)", True),
        ("Higher income (128 k$) #2", True),
        ("Income (128 k$)", True),
        ("Mixed customers", True),
        ("High annual income, mid spending score", True),
        ("High annual income, mid spending score (around 128 k$)", True),
        ("Our yachts (2024)", True),
        ("Higher income (90 k$)", False),
        ("High annual income, mid spending score (around 90 k$)", False),
        ("Higher income, higher spending", False),
        ("Lower income", False),
        ("Average customers", False),
        ("Lowest spending", False),
    ],
)
def test_a_description_is_kept_while_it_is_true(name: str, kept: bool) -> None:
    naming = named(np.vstack([CENTRES, [130.0, 50.0]]), with_extra(name, (131.0, 50.0)))
    assert titles(naming)[5] == (name if kept else "Higher income")
    assert (name in naming.matched) == kept
    assert naming.names[5].meaning.startswith("Annual income around 130 k$")


def test_highest_is_dropped_when_another_segment_has_passed() -> None:
    previous = with_extra("Highest income", (131.0, 50.0))
    naming = named(np.vstack([CENTRES, [130.0, 50.0], [160.0, 5]]), previous)
    assert titles(naming)[5:] == ("Higher income", "Higher income, lower spending")
