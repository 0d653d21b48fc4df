"""From a file to a candidate: the names of the version in service are kept, and everything about it is told."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from reference import FIVE_NAMES, KEY, sample_trained

from segmentation.errors import BadInput, NoDatabase, Unsafe
from segmentation.evaluation.comparison import Comparison, Verdict
from segmentation.evaluation.thresholds import Thresholds
from segmentation.registry.registry import Registry
from segmentation.registry.states import State
from segmentation.schema_data import default_schema
from segmentation.training.samples.mall import sample_customers
from segmentation.versions.retraining import Run, train_file
from segmentation.versions.version_comparison import compare_versions

SCHEMA = default_schema()
# The sample, a year older: nobody can tell that it is generated.
REAL = np.add(sample_customers(), (1, 0, 0))


def write_csv(path: Path, values: NDArray[np.float64], *more: str) -> Path:
    rows = [",".join(f"{value:g}" for value in row) for row in values]
    path.write_text("\n".join(["age,income,score", *rows, *more]) + "\n")
    return path


def run(tmp_path: Path, registry: Registry, values: NDArray[np.float64], *more: str, **options: Any) -> Run:
    source = write_csv(tmp_path / "customers.csv", values, *more)
    return train_file(source, registry, SCHEMA, actor="U1", note="weekly", **options)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "models", KEY)


def put_in_service(registry: Registry, *, synthetic: bool) -> str:
    trained = replace(sample_trained(), model=replace(sample_trained().model, synthetic=synthetic))
    version = registry.save(trained, actor="U1", source="test")
    registry.promote(version, actor="U1")
    return version


def test_a_file_becomes_a_candidate_and_tells_what_a_person_decides_on(tmp_path: Path, registry: Registry) -> None:
    found = run(tmp_path, registry, REAL, "30,60000,50", "30,,50", "x,50,50")
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


def test_a_file_without_a_profile_column_makes_a_candidate_that_says_so(tmp_path: Path, registry: Registry) -> None:
    put_in_service(registry, synthetic=False)
    source = tmp_path / "ageless.csv"
    lines = [",".join(f"{x:g}" for x in row[1:]) for row in sample_customers()]
    source.write_text("\n".join(["income,score", *lines]) + "\n")
    found = train_file(source, registry, SCHEMA, actor="U1")
    stored = registry.load(found.version)
    assert all(segment.mean[0] is None for segment in stored.segments)
    assert {segment["centre"]["age"] for segment in found.to_json(promoted=False)["segments"]} == {None}
    assert "No customer has a value for age, so the profile is without it." in found.report.warnings
    assert "The file has no column for age: the profile is without it." in found.notes
    assert found.comparison.moves is not None
    assert (found.comparison.moves.total, found.comparison.moves.moved) == (200, 0)
    assert [drift.feature for drift in found.comparison.drift] == ["income", "score"]
    assert registry.manifest(found.version).comparison == found.comparison


def test_the_names_in_service_are_kept(tmp_path: Path, registry: Registry) -> None:
    put_in_service(registry, synthetic=False)
    assert run(tmp_path, registry, sample_customers(seed=3)).report.matched == FIVE_NAMES


def test_names_of_generated_customers_are_not_handed_to_real_ones(tmp_path: Path, registry: Registry) -> None:
    put_in_service(registry, synthetic=True)
    assert run(tmp_path, registry, REAL).report.matched == ()


def test_the_sample_is_known_as_such_whatever_file_it_comes_in(tmp_path: Path, registry: Registry) -> None:
    found = run(tmp_path, registry, sample_customers()[::-1], "30,60000,50")
    assert found.model.synthetic
    assert not run(tmp_path, registry, sample_customers()[1:]).model.synthetic


def test_a_broken_version_in_service_does_not_stop_a_retrain(tmp_path: Path, registry: Registry) -> None:
    version = put_in_service(registry, synthetic=False)
    (tmp_path / "models" / version / "model.json").write_text("{}")
    assert run(tmp_path, registry, sample_customers()).report.matched == ()


def test_every_step_is_announced(tmp_path: Path, registry: Registry) -> None:
    steps: list[str] = []
    source = write_csv(tmp_path / "customers.csv", sample_customers())
    train_file(source, registry, SCHEMA, k=4, actor="U1", progress=steps.append)
    assert steps[0] == "Reading"
    assert steps[-2:] == ["Comparing", "Saving"]
    assert "Growing the tree" in steps


# ---- what a candidate is compared with, and what speaks against it


def test_the_first_candidate_has_nothing_to_be_compared_with(tmp_path: Path, registry: Registry) -> None:
    found = run(tmp_path, registry, sample_customers())
    assert (found.comparison.against, found.comparison.verdict, found.objections) == (None, Verdict.FIRST, ())


def test_a_candidate_is_compared_with_the_version_in_service_and_the_manifest_keeps_it_all(
    tmp_path: Path, registry: Registry
) -> None:
    current = put_in_service(registry, synthetic=False)
    found = run(tmp_path, registry, sample_customers(seed=3), "30,60000,50")
    assert found.comparison.against == current
    assert found.comparison.verdict is Verdict.SIMILAR
    assert found.comparison.moves is not None
    assert not found.comparison.moves.estimated
    assert found.comparison.moves.total == 200
    assert [drift.feature for drift in found.comparison.drift] == ["age", "income", "score"]
    manifest = registry.manifest(found.version)
    assert manifest.comparison == found.comparison
    assert compare_versions(registry, found.version, current) == found.comparison
    assert manifest.notes == list(found.notes)
    data = json.loads(json.dumps(found.to_json(promoted=False)))
    assert (data["verdict"], data["objections"]) == ("similar", [])
    assert data["reasons"] == list(found.comparison.reasons)
    assert Comparison.from_data(data["comparison"]) == found.comparison


def test_a_version_in_service_made_of_sample_customers_is_said_to_be_little_to_compare_with(
    tmp_path: Path, registry: Registry
) -> None:
    current = put_in_service(registry, synthetic=True)
    found = run(tmp_path, registry, sample_customers(seed=3)).comparison
    assert (found.against, found.verdict) == (current, Verdict.FIRST)
    assert "generated sample customers" in found.reasons[0]


def test_a_broken_version_in_service_is_a_reason_and_is_what_a_promotion_replaces(
    tmp_path: Path, registry: Registry
) -> None:
    current = put_in_service(registry, synthetic=False)
    (tmp_path / "models" / current / "model.json").write_text("{}")
    found = run(tmp_path, registry, sample_customers())
    assert (found.comparison.against, found.comparison.verdict) == (current, Verdict.FIRST)
    assert "There is nothing to compare with: " in found.comparison.reasons[0]
    assert registry.promote(found.version, actor="U1", expected=found.comparison.against) == current


def test_a_broken_pointer_does_not_stop_a_retrain(tmp_path: Path, registry: Registry) -> None:
    put_in_service(registry, synthetic=False)
    (tmp_path / "models" / "current").write_text("../etc")
    found = run(tmp_path, registry, sample_customers())
    assert found.comparison.against is None
    assert registry.promote(found.version, actor="U1", expected=None) is None


def test_an_unsafe_candidate_is_saved_and_not_promoted(tmp_path: Path, registry: Registry) -> None:
    found = run(tmp_path, registry, sample_customers()[:49])
    assert found.comparison.verdict is Verdict.UNSAFE
    assert found.objections[0].startswith("Only 49 rows could be used.")
    assert found.comparison.reasons[: len(found.objections)] == found.objections
    assert registry.manifest(found.version).objections == list(found.objections)
    assert found.report.warnings
    assert found.warnings == ()  # the objection has said it
    with pytest.raises(Unsafe, match="Only 49 rows could be used"):
        registry.promote(found.version, actor="U1")


def test_the_thresholds_given_are_those_that_count(tmp_path: Path, registry: Registry) -> None:
    source = write_csv(tmp_path / "customers.csv", sample_customers())
    strict = train_file(source, registry, SCHEMA, actor="U1", thresholds=Thresholds(rows=201, silhouette=0.99))
    assert len(strict.objections) == 2
    mild = train_file(
        write_csv(source, sample_customers()[:49]), registry, SCHEMA, actor="U1", thresholds=Thresholds(20)
    )
    assert mild.objections == ()
    assert mild.warnings[0].startswith("Only 49 rows could be used.")


def test_old_versions_go_and_one_run_saves_one_version(tmp_path: Path, registry: Registry) -> None:
    current = put_in_service(registry, synthetic=False)
    source = write_csv(tmp_path / "customers.csv", sample_customers())
    saved = [
        train_file(source, registry, SCHEMA, k=k, actor="U1", keep=2, run=f"job-{k}", origin="upload").version
        for k in (2, 3, 4)
    ]
    assert train_file(source, registry, SCHEMA, k=4, actor="U1", keep=2, run="job-4").version == saved[2]
    assert [info.version for info in registry.versions()] == [current, *saved[1:]]
    assert registry.manifest(saved[2]).source == "upload, 200 rows"
    assert registry.manifest(saved[2]).run == "job-4"


# ---- data that make no model, or nearly


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["30,20,30", "40,60,70"], "Only 2 rows could be used, and segments need at least 10: check that this is"),
        (["40,60,70"], "Annual income is 60 k$ in every row"),
        (["30,50,60", "31,50,60"] * 30, "Annual income is 50 k$ in every row"),
        ([f"{20 + i},{20 + i},50" for i in range(60)], "Spending score is 50 points in every row"),
        (["30,,"] * 60, "None of the 60 rows can be used"),
        ([",,"] * 60, "The file has a header but no rows."),
        (["30,,50"] * 60, "60 rows: Annual income is missing (lines 2, 3, 4, 5, 6 …). Fill these columns in."),
        (["30,many,50"] * 60, "is not a plain number but text (lines 2, 3, 4, 5, 6 …). Write plain numbers"),
        (["30,1e308,50"] * 60, "None of the 60 rows can be used"),
        (["30,6000000000,50"] * 60, "Check that the file's units are age in 0 to 120 years, income in 0 to 1000 k$"),
        ([], "The file has a header but no rows."),
    ],
    ids=[
        "two rows", "one row", "constant", "one constant column", "all missing", "only separators",
        "one column missing", "no numbers", "1e308", "another unit", "no rows",
    ],
)  # fmt: skip
def test_bad_data_are_refused_with_what_to_fix(tmp_path: Path, registry: Registry, lines: list[str], told: str) -> None:
    source = tmp_path / "customers.csv"
    source.write_text("\n".join(["age,income,score", *lines]) + "\n")
    with pytest.raises(BadInput) as caught:
        train_file(source, registry, SCHEMA, actor="U1")
    assert told in caught.value.sentence
    assert registry.versions() == []


@pytest.mark.parametrize(
    "value", ["1e12", *(pytest.param(value, marks=pytest.mark.long) for value in ("1e308", "-1e12", "9" * 400))]
)
def test_one_impossible_value_is_left_out_and_said(tmp_path: Path, registry: Registry, value: str) -> None:
    found = run(tmp_path, registry, sample_customers(), f"30,{value},50")
    assert found.report.cleaning.used == 200
    assert sum(found.report.cleaning.rejected.values()) == 1
    (problem,) = found.problems
    assert problem.text.startswith("1 row: Annual income is")
    assert problem.text.endswith("(line 202)")
    assert registry.manifest(found.version).problems == [problem]
    assert found.to_json(promoted=False)["problems"] == [asdict(problem)]
    assert found.objections == ()
    assert found.model.names == FIVE_NAMES


def test_one_value_of_1e12_that_the_schema_allows_is_left_out_and_said(tmp_path: Path, registry: Registry) -> None:
    income = replace(SCHEMA.features[1], maximum=1e15)
    schema = replace(SCHEMA, features=(SCHEMA.features[0], income, SCHEMA.features[2]))
    source = write_csv(tmp_path / "customers.csv", sample_customers(), "30,1000000000000,50")
    found = train_file(source, registry, schema, actor="U1")
    assert found.report.cleaning.outlier_rows == 1
    assert found.warnings[0].startswith("1 row has annual income far outside the rest")
    assert found.objections == ()
    assert found.model.names == FIVE_NAMES
    many = ["30,1000000000000,50", "31,900000000000,60"] * 10
    spoilt = train_file(write_csv(source, sample_customers(), *many), registry, schema, actor="U1", k=4)
    assert any("made of outliers" in objection for objection in spoilt.objections)


def test_a_database_that_is_away_when_all_is_trained_is_waited_for(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    save, away = Registry.save, [3]

    def saved(*arguments: Any, **named: Any) -> str:
        away[0] -= 1
        if away[0] >= 0:
            raise NoDatabase("OperationalError")
        return save(*arguments, **named)

    monkeypatch.setattr(Registry, "save", saved)
    with pytest.raises(NoDatabase):
        run(tmp_path, registry, sample_customers())
    assert (away, registry.versions()) == ([2], [])
    trained_once: list[str] = []
    found = run(tmp_path, registry, sample_customers(), patience=60.0, pause=0.01, progress=trained_once.append)
    assert [info.version for info in registry.versions()] == [found.version]
    assert (away, trained_once.count("Reading"), trained_once.count("Saving")) == ([-1], 1, 3)


def test_a_file_that_makes_no_model_leaves_no_version(tmp_path: Path, registry: Registry) -> None:
    with pytest.raises(BadInput):
        run(tmp_path, registry, np.full((60, 3), 50.0))
    assert registry.versions() == []
