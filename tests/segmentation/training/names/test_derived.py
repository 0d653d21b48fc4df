"""Descriptions are short, each another, true of most of a cluster's customers, and the same in any order."""

from __future__ import annotations

import re

import numpy as np
from cluster_cases import alike, spread
from hypothesis import given
from hypothesis import strategies as st

from segmentation.schema import Feature, Role
from segmentation.training.names.derived import LONGEST_NAME, LONGEST_OF_FIGURES, Describer

LABELS = ("Days since last order", "Orders a year", "Basket", "Customer satisfaction index", "Annual income (k$)")


def features(count: int) -> list[Feature]:
    return [Feature(f"feature_{i}", LABELS[i], "", -1e6, 1e6, Role.CLUSTER) for i in range(count)]


TWO = [Feature("income", "Income", "k$", 0, 300, Role.CLUSTER), Feature("visits", "Visits", "", 0, 100, Role.CLUSTER)]


def test_a_name_says_what_sets_the_cluster_apart() -> None:
    clusters = alike(np.array([[90.0, 90], [90, 10], [60, 51], [61, 5]]))
    assert Describer(clusters, TWO).names(range(4), ()) == {
        0: "Higher income, more visits",
        1: "Higher income, fewer visits",
        2: "Average customers",
        3: "Fewer visits",
    }


def test_a_name_says_only_what_is_true_of_most_customers() -> None:
    torn = [(150.0, 90.0)] * 4 + [(40.0, 90.0)] * 6  # their mean income is far above the average
    assert Describer(spread(torn), TWO).names([0], ()) == {0: "More visits"}
    scattered = [(10.0, 50.0), (110.0, 50), (60, 0), (60, 100)] * 3
    assert Describer(spread(scattered), TWO).names([0], ()) == {0: "Mixed customers"}


def test_a_meaning_is_about_the_features_that_set_the_cluster_apart_most() -> None:
    centres = np.array([[90.0, 60, 60, 30, 120, 61], [30, 60, 60, 90, 0, 59]])
    labels = ["Income", "Visits", "Basket", "Returns", "Age", "Orders"]
    six = [Feature(f"f{i}", label, "", 0, 300, Role.CLUSTER) for i, label in enumerate(labels)]
    said = Describer(alike(centres, np.full(6, 60.0), np.full(6, 26.0)), six).meaning(0).split("; ")
    assert [part.partition(" around ")[0] for part in said] == ["Income", "returns", "age", "orders"]


def test_twins_without_a_true_word_are_told_apart_by_a_figure() -> None:
    torn = [(10.0, 0.0), (110.0, 100), (10, 100), (110, 0)] * 3
    shifted = [(x + 4, y) for x, y in torn]
    assert Describer(spread(torn, shifted), TWO).names([0, 1], ()) == {0: "Income (60 k$)", 1: "Income (64 k$)"}


def test_twins_of_one_figure_are_told_apart_by_two() -> None:
    ratings = [Feature(f"{of}_rating", f"{of} rating", "", 1, 5, Role.CLUSTER) for of in ("price", "service")]
    corners = np.array([[1.5, 4.5], [4.5, 4.5], [1.5, 1.5], [4.5, 1.5], [3, 4.5], [3, 1.5]])
    describer = Describer(alike(corners, np.full(2, 3.0), np.full(2, 1.4)), ratings)
    named = describer.names(range(6), ())
    assert named == {
        0: "Price rating 1.5, service rating 4.5",
        1: "Price rating 4.5, service rating 4.5",
        2: "Price rating 1.5, service rating 1.5",
        3: "Price rating 4.5, service rating 1.5",
        4: "Higher service rating",
        5: "Lower service rating",
    }
    # Kept by the next training only where it is still true.
    assert [describer.still_true(i, named[0]) for i in range(6)] == [True, *[False] * 5]


def test_average_twins_say_on_which_side_they_are() -> None:
    assert Describer(alike(np.array([[55.0, 50], [64, 50]])), TWO).names([0, 1], ()) == {
        0: "Lowest income",
        1: "Highest income",
    }


def test_a_name_that_is_taken_is_made_sharper() -> None:
    clusters = alike(np.array([[120.0, 50], [130, 50], [60, 50]]))
    describer = Describer(clusters, TWO)
    assert describer.names([0], ["HIGHER income"]) == {0: "Higher income (120 k$)"}
    assert describer.names([1], ["Higher income"]) == {1: "Highest income"}


@given(
    st.integers(1, 5).flatmap(
        lambda width: st.lists(
            st.tuples(*[st.integers(-300, 300).map(lambda n: n / 100)] * width), min_size=2, max_size=15
        )
    )
)
def test_names_are_short_unique_and_follow_the_centres_alone(levels: list[tuple[float, ...]]) -> None:
    centres = np.array(levels) * 100
    width = centres.shape[1]
    mean, deviation = np.zeros(width), np.full(width, 100.0)
    count = len(centres)
    clusters = alike(centres, mean, deviation)
    names = Describer(clusters, features(width)).names(range(count), ())
    assert len({name.casefold() for name in names.values()}) == count
    for name in names.values():
        figures = re.fullmatch(r"\D.* -?\d\S*, .* -?\d\S*", name)
        assert len(name) <= (LONGEST_OF_FIGURES if figures else LONGEST_NAME) or " #" in name
    describer = Describer(clusters, features(width))
    assert all(describer.still_true(i, name) for i, name in names.items())
    if len(set(levels)) == count:
        turned = alike(centres[::-1], mean, deviation)
        assert Describer(turned, features(width)).names(range(count), ()) == {
            count - 1 - i: name for i, name in names.items()
        }
