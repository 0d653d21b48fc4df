"""The stored form of a model: it reads back the same, and nothing corrupt is accepted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from campaigns import campaign
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reference import rfm_trained, sample_trained
from small_model import MODEL

from segmentation.model_data import model_from_data, model_to_data
from segmentation.training.train import Trained


@pytest.mark.parametrize("trained", [sample_trained, rfm_trained], ids=["sample", "rfm"])
def test_the_stored_form_reads_back_as_the_same_model(trained: Callable[[], Trained]) -> None:
    model = trained().model
    data = json.loads(json.dumps(model_to_data(model)))
    assert "version" not in data
    assert model_from_data(data) == model
    assert model_to_data(replace(model, version="v9")) == model_to_data(model)


def test_a_model_keeps_the_ranges_it_was_trained_on() -> None:
    model = sample_trained().model
    assert model.seen is not None
    for i, (low, high) in zip(model.schema.cluster_indices, model.seen, strict=True):
        typical = [segment.mean[i] for segment in model.segments]
        assert all(mean is not None and low <= mean <= high for mean in typical)


def test_a_model_stored_without_its_ranges_still_loads() -> None:
    data = model_to_data(replace(sample_trained().model, seen=None))
    assert "seen" not in data
    assert model_from_data(data).seen is None


@pytest.mark.parametrize(
    "seen", [[], [[0, 1]], [[0, 1], [1, 0]], [[0, 1], [0, 1e9]], [[0, 1], [0, float("nan")]], [[0]] * 2]
)
def test_refuses_ranges_that_are_none(seen: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        model_from_data({**model_to_data(sample_trained().model), "seen": seen})


Path = tuple[str | int, ...]


def corrupt(path: Path, value: object) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(json.dumps(model_to_data(MODEL)))
    place: Any = data
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), 2),
        (("segments",), []),
        (("segments", 0, "name"), "High"),
        (("segments", 0, "name"), ""),
        (("segments", 0, "name"), 5),
        (("segments", 0, "meaning"), None),
        (("segments", 0, "customers"), -1),
        (("segments", 0, "customers"), "10"),
        (("segments", 0, "share"), 1.1),
        (("segments", 0, "mean"), [1, 2]),
        (("segments", 0, "low"), [1, 2, float("nan")]),
        (("centroids",), [[0, 0], [1, 1]]),
        (("centroids", 0), [0]),
        (("centroids", 0, 0), float("inf")),
        (("centroids", 0, 0), 1e200),
        (("centroids", 0, 0), 10**400),
        (("mean",), [1, 2]),
        (("mean", 1), float("nan")),
        (("factor", 1), 0),
        (("factor", 1), -1),
        (("factor", 0), 1e200),
        (("fill", 0), 121),
        (("fill", 1), "many"),
        (("tree",), []),
        (("tree",), None),
        (("tree", "feature", 0), 3),
        (("tree", "feature", 0), 1.5),
        (("tree", "left", 0), 0),
        (("tree", "right", 2), 9),
        (("tree", "segment", 1), 3),
        (("tree", "cut", 0), float("nan")),
        (("tree", "cut"), [1.0]),
        (("schema", "features", 0, "weight"), 1e-300),
        (("schema", "features", 1, "minimum"), -1e200),
        (("schema", "features", 1, "role"), "profile"),
    ],
)
def test_a_corrupt_index_or_number_is_refused(path: Path, value: object) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        model_from_data(corrupt(path, value))


def places(data: Any, path: Path = ()) -> list[Path]:
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(found for key, value in inside for found in places(value, (*path, key)))]


PLACES = places(json.loads(json.dumps(model_to_data(MODEL))))[1:]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([-2, -1, 0, 1, 2, 3, 10**30, 10**400, -(10**400)])
    | st.floats()
    | st.sampled_from([1e308, -1e308, 1e-320, 0.5])
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


@settings(max_examples=campaign(60, 400), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(PLACES), JSON)
def test_a_corrupt_stored_form_is_refused_or_harmless(path: Path, value: object) -> None:
    try:
        model = model_from_data(corrupt(path, value))
    except (KeyError, TypeError, ValueError):
        return
    features = model.schema.features
    for part in (0.0, 0.3, 0.7, 1.0):
        x = {f.name: min(max(f.minimum * (1 - part) + f.maximum * part, f.minimum), f.maximum) for f in features}
        explanation = model.explain(x)
        assert explanation.prediction == model.predict(x)
        assert 0 <= explanation.prediction.confidence <= 1
        assert {explanation.prediction.segment, explanation.prediction.runner_up} <= set(model.names)
        json.dumps(explanation.to_json())
    model.rules_text()
    assert model_from_data(json.loads(json.dumps(model_to_data(model)))) == model


@pytest.mark.parametrize("path", PLACES, ids=str)
def test_a_stored_form_with_a_part_missing_is_refused_or_harmless(path: Path) -> None:
    data: dict[str, Any] = json.loads(json.dumps(model_to_data(MODEL)))
    place: Any = data
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    try:
        model = model_from_data(data)
    except (KeyError, TypeError, ValueError):
        return
    assert path[0] == "schema"  # an optional field of a feature, an alias, a level or a rule
    assert model.predict({"income": 60, "score": 70}).segment in model.names
