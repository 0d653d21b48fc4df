"""What can be said while deciding values are missing: everything that is possible, and nothing that is not."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import reference_trained
from small_model import MODEL as SMALL
from small_model import segment

from segmentation.errors import BadInput
from segmentation.model import SegmentModel
from segmentation.narrowing import Narrowed, narrow
from segmentation.schema import Feature, Role, Scale, Schema
from segmentation.tree import LEAF, DecisionTree

MODEL = replace(reference_trained().model, version="v1")
NAMES = ("a", "b", "c")


def random_model(seed: int) -> SegmentModel:
    """Return a model of three cluster features from 0 to 4 whose tree is grown at random, cuts on bounds included."""
    random = np.random.default_rng(seed)
    nodes: list[list[float]] = []

    def grow(depth: int) -> int:
        place = len(nodes)
        nodes.append([LEAF, 0.0, LEAF, LEAF, int(random.integers(4))])
        if depth and random.random() < 0.8:
            nodes[place][:2] = int(random.integers(3)), float(random.choice([0.0, 0.5, 1.0, 2.5, 4.0]))
            nodes[place][2] = grow(depth - 1)
            nodes[place][3] = grow(depth - 1)
        return place

    grow(5)
    feature, cut, left, right, found = zip(*nodes, strict=True)
    whole = [tuple(map(int, part)) for part in (feature, left, right, found)]
    return SegmentModel(
        schema=Schema("random", tuple(Feature(name, name, "", 0, 4, Role.CLUSTER) for name in NAMES), ()),
        segments=tuple(segment(name, (1, 1, 1)) for name in "ABCD"),
        centroids=tuple((random.random(), random.random(), random.random()) for _ in "ABCD"),
        mean=(2.0, 2.0, 2.0),
        factor=(1.0, 1.0, 1.0),
        fill=(2.0, 2.0, 2.0),
        tree=DecisionTree(whole[0], tuple(cut), whole[1], whole[2], whole[3]),
        seen=((0.0, 4.0),) * 3,
    )


def representatives(model: SegmentModel, feature: int) -> list[float]:
    """Return a value from every stretch that the tree can tell apart, and both sides of every cut."""
    one = model.schema.features[feature]
    cuts = model.tree.cuts.get(feature, ())
    values = {one.minimum, one.maximum, *cuts, *(math.nextafter(cut, math.inf) for cut in cuts)}
    return sorted(value for value in values if one.minimum <= value <= one.maximum)


def everybody(model: SegmentModel, known: dict[str, float]) -> Iterator[tuple[dict[str, float], str]]:
    """Yield customers with all values the missing ones can have, as far as the tree tells them apart."""
    missing = [i for i in model.schema.cluster_indices if model.schema.names[i] not in known]
    for values in product(*(representatives(model, i) for i in missing)):
        whole = {**known, **{model.schema.names[i]: value for i, value in zip(missing, values, strict=True)}}
        yield whole, model.predict(whole).segment


def by_brute_force(model: SegmentModel, known: dict[str, float]) -> tuple[set[str], set[str]]:
    """Return the possible segments, and the missing features of which two values alone make a difference."""
    answers = {tuple(sorted(whole.items())): said for whole, said in everybody(model, known)}
    deciding = set()
    for name in model.schema.names:
        if name not in known:
            rest: dict[tuple[tuple[str, float], ...], set[str]] = {}
            for whole, said in answers.items():
                rest.setdefault(tuple(pair for pair in whole if pair[0] != name), set()).add(said)
            if any(len(said) > 1 for said in rest.values()):
                deciding.add(name)
    return set(answers.values()), deciding


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sets(st.sampled_from(NAMES), max_size=2), st.sampled_from([0.0, 0.5, 0.7, 3.0, 4.0]))
def test_all_that_is_possible_is_said_and_nothing_else(seed: int, given_names: set[str], value: float) -> None:
    model = random_model(seed)
    known = dict.fromkeys(sorted(given_names), value)
    found = narrow(model, known)
    possible, deciding = by_brute_force(model, known)
    assert set(found.segments) == possible
    assert {feature.name for feature in found.deciding} == deciding
    assert found.settled == (len(possible) == 1) == (not deciding)
    if found.runs:
        (only,) = deciding
        for whole, said in everybody(model, known):
            assert said == run_at(found, whole[only])


def run_at(found: Narrowed, value: float) -> str:
    """Return the segment of the one run that holds a value."""
    (segment,) = (
        run.segment
        for run in found.runs
        if (run.above is None or value > run.above) and (run.at_most is None or value <= run.at_most)
    )
    return segment


@pytest.mark.parametrize("income", [0, 20, 60, 75.5, 90, 137, 1000])
def test_runs_of_a_trained_model_are_its_answers(income: float) -> None:
    found = narrow(MODEL, {"income": income})
    assert [feature.name for feature in found.deciding] == ["score"]
    for score in np.linspace(0, 100, 401):
        assert run_at(found, float(score)) == MODEL.predict({"income": income, "score": float(score)}).segment
    # Neighbours differ, or the place where the segment changes would be none.
    assert all(one.segment != other.segment for one, other in zip(found.runs, found.runs[1:], strict=False))


def test_few_segments_are_named_with_where_they_change() -> None:
    found = narrow(MODEL, {"income": 90})
    assert found.sentence == "Miser or Target: it depends on the spending score"
    assert [run.sentence for run in found.runs] == [
        "spending score up to 50.5 points",
        "spending score above 50.5 points",
    ]
    assert found.is_choice
    assert found.ask is not None
    assert found.ask.name == "score"


def test_a_stretch_in_the_middle_is_a_range_and_the_segments_are_named_in_the_order_of_the_stretches() -> None:
    found = narrow(MODEL, {"income": 60})
    low, middle, high = found.runs
    assert middle.sentence == f"spending score {middle.above:.1f} to {middle.at_most:.1f} points"
    assert found.sentence == f"{low.segment}, {middle.segment} or {high.segment}: it depends on the spending score"
    assert set(found.segments) == {low.segment, middle.segment, high.segment}


def test_if_nothing_is_known_the_most_telling_feature_is_asked_for() -> None:
    found = narrow(MODEL, {"age": 35})
    assert found.sentence == "Any of 5 segments is possible: it depends on the annual income and spending score"
    assert found.runs == ()
    left = {
        name: np.mean([len(narrow(MODEL, {name: float(value)}).segments) for value in np.linspace(low, high, 400)])
        for name, (low, high) in zip(("income", "score"), MODEL.seen or (), strict=True)
    }
    assert found.ask is not None
    assert found.ask.name == min(left, key=lambda name: left[name])


def test_one_segment_is_left_whatever_the_missing_value_is() -> None:
    found = narrow(SMALL, {"score": 40})
    assert (found.settled, found.segments, found.deciding) == (True, ("Low",), ())
    assert found.sentence == "Low, whatever the annual income"
    assert found.values == (None, None, 40.0)


@pytest.mark.parametrize(("score", "age"), [(40, None), (0, 35), (50.5, None), (12.25, 80)])
def test_the_confidence_that_is_left_is_the_lowest_and_the_highest(score: float, age: float | None) -> None:
    known = {"score": score, "age": age}
    found = narrow(SMALL, known)
    answers = [SMALL.predict({**known, "income": float(income)}) for income in np.linspace(0, 1000, 5_001)]
    assert found.weakest is not None
    assert found.strongest is not None
    assert found.weakest.confidence <= min(one.confidence for one in answers)
    assert found.strongest.confidence >= max(one.confidence for one in answers)
    assert found.weakest.confidence == pytest.approx(min(one.confidence for one in answers), abs=1e-3)
    assert found.strongest.confidence == pytest.approx(max(one.confidence for one in answers), abs=1e-3)
    assert found.confidence_text.endswith(", depending on the annual income")


def test_two_missing_values_leave_the_confidence_open() -> None:
    alone = DecisionTree((LEAF,), (0.0,), (-1,), (-1,), (1,))
    found = narrow(replace(SMALL, tree=alone), {})
    assert found.sentence == "High, whatever the annual income and spending score"
    assert found.weakest is None
    assert found.confidence_text == "it depends on the annual income and spending score"


def test_on_a_log_scale_the_confidence_left_is_the_lowest_and_the_highest_too() -> None:
    income = replace(SMALL.schema.features[1], scale=Scale.LOG)
    schema = replace(SMALL.schema, features=(SMALL.schema.features[0], income, SMALL.schema.features[2]))
    model = replace(SMALL, schema=schema, mean=(40.0, 3.9, 50.0), factor=(0.1, 1.0, 0.1))
    found = narrow(model, {"score": 40})
    answers = [model.predict({"score": 40, "income": float(np.expm1(at))}) for at in np.linspace(0, 6.9, 5001)]
    assert found.weakest is not None
    assert found.strongest is not None
    assert found.weakest.confidence == pytest.approx(min(one.confidence for one in answers), abs=1e-3)
    assert found.strongest.confidence == pytest.approx(max(one.confidence for one in answers), abs=1e-3)


def test_a_value_far_outside_is_said_and_one_out_of_bounds_refused() -> None:
    assert "Annual income of 900 k$ is far outside" in narrow(MODEL, {"income": 900}).far_outside[0]
    with pytest.raises(BadInput, match="outside 0 to 100 points"):
        narrow(MODEL, {"score": 101})
    with pytest.raises(BadInput, match="Unknown feature"):
        narrow(MODEL, {"score": 50, "height": 2})


def test_many_changes_along_one_feature_are_not_listed() -> None:
    cuts = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
    nodes = [(2, cut, 2 * i + 1, 2 * i + 2, 0) for i, cut in enumerate(cuts)]
    # A comb: every second stretch of the score is another segment.
    feature, cut, left, right, found = [], [], [], [], []
    for i, (one, at, below, above, _) in enumerate(nodes):
        feature += [one, LEAF]
        cut += [at, 0.0]
        left += [below, -1]
        right += [above, -1]
        found += [0, i % 2]
    tree = DecisionTree((*feature, LEAF), (*cut, 0.0), (*left, -1), (*right, -1), (*found, 0))
    tree.check(3, 3)
    narrowed = narrow(replace(SMALL, tree=tree), {"income": 50})
    assert narrowed.sentence == "Low or High: it depends on the spending score"
    assert narrowed.runs == ()
