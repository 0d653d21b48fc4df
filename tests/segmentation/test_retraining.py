"""From a file to a candidate: the names of the version in service are kept, and everything about it is told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from reference import FIVE_NAMES, KEY, sample_trained

from segmentation.errors import BadInput
from segmentation.registry import Registry, State
from segmentation.retraining import Run, train_file
from segmentation.sample import sample_customers
from segmentation.schema import default_schema

SCHEMA = default_schema()


def write_csv(path: Path, values: NDArray[np.float64], *more: str) -> Path:
    rows = [",".join(f"{value:g}" for value in row) for row in values]
    path.write_text("\n".join(["age,income,score", *rows, *more]) + "\n")
    return path


def run(tmp_path: Path, registry: Registry, values: NDArray[np.float64], *more: str) -> Run:
    return train_file(write_csv(tmp_path / "customers.csv", values, *more), registry, SCHEMA, actor="U1", note="weekly")


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "models", KEY)


def put_in_service(registry: Registry, *, synthetic: bool) -> str:
    trained = replace(sample_trained(), model=replace(sample_trained().model, synthetic=synthetic))
    version = registry.save(trained, actor="U1", source="test")
    registry.promote(version, actor="U1")
    return version


def test_a_file_becomes_a_candidate_and_tells_what_a_person_decides_on(tmp_path: Path, registry: Registry) -> None:
    found = run(tmp_path, registry, sample_customers(), "30,60000,50", "30,,50", "x,50,50")
    assert registry.versions()[0].state is State.CANDIDATE
    assert registry.load(found.version).names == found.model.names == FIVE_NAMES
    assert not found.model.synthetic
    manifest = registry.manifest(found.version)
    assert (manifest.created_by, manifest.source, manifest.note) == ("U1", "file, 203 rows", "weekly")
    cleaning = found.report.cleaning
    assert (cleaning.rows, cleaning.used) == (203, 200)
    assert sum(cleaning.rejected.values()) == 3
    data = json.loads(json.dumps(found.to_json(promoted=False)))
    assert (data["version"], data["promoted"]) == (found.version, False)
    assert (data["k"], data["rows"], data["used"], data["rejected"]) == (5, 203, 200, cleaning.rejected)
    assert [segment["name"] for segment in data["segments"]] == list(FIVE_NAMES)
    assert sum(segment["customers"] for segment in data["segments"]) == 200
    assert set(data["segments"][0]["centre"]) == {"age", "income", "score"}
    assert data["metrics"]["fidelity"] >= 0.99
    assert data["new"] == list(FIVE_NAMES)
    assert data["choice"]["reason"]
    assert data["notes"] == list(found.notes)


def test_the_names_in_service_are_kept(tmp_path: Path, registry: Registry) -> None:
    put_in_service(registry, synthetic=False)
    assert run(tmp_path, registry, sample_customers(seed=3)).report.matched == FIVE_NAMES


def test_names_of_generated_customers_are_not_handed_to_real_ones(tmp_path: Path, registry: Registry) -> None:
    put_in_service(registry, synthetic=True)
    assert run(tmp_path, registry, sample_customers()).report.matched == ()


def test_a_broken_version_in_service_does_not_stop_a_retrain(tmp_path: Path, registry: Registry) -> None:
    version = put_in_service(registry, synthetic=False)
    (tmp_path / "models" / version / "model.json").write_text("{}")
    assert run(tmp_path, registry, sample_customers()).report.matched == ()


def test_every_step_is_announced(tmp_path: Path, registry: Registry) -> None:
    steps: list[str] = []
    source = write_csv(tmp_path / "customers.csv", sample_customers())
    train_file(source, registry, SCHEMA, k=4, actor="U1", progress=steps.append)
    assert steps[0] == "Reading"
    assert steps[-1] == "Saving"
    assert "Growing the tree" in steps


def test_a_file_that_makes_no_model_leaves_no_version(tmp_path: Path, registry: Registry) -> None:
    with pytest.raises(BadInput):
        run(tmp_path, registry, np.full((60, 3), 50.0))
    assert registry.versions() == []
