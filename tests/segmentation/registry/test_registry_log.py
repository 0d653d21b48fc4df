"""What an interrupted job saves, and what the log and the manifests tell."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from reference import rfm_trained, sample_trained
from registries import WHO, Killed, killed, opened

from segmentation.evaluation.compare import compare
from segmentation.evaluation.comparison import Side
from segmentation.registry.audit import (
    DISCARDED,
    LISTED,
    PROMOTED,
    REFUSED,
    ROLLED_BACK,
    SAVED,
    AuditLog,
)
from segmentation.registry.storage import Storage


def test_an_interrupted_job_that_saves_again_gets_the_version_it_saved_first(storage: Storage) -> None:
    registry = opened(storage)
    first = registry.save(sample_trained(), **WHO, run="job-1")
    assert registry.find_run("job-1") == first
    assert registry.find_run("job-2") is registry.find_run("") is None
    assert registry.save(rfm_trained(), **WHO, run="job-1") == first
    assert [entry.event for entry in registry.history()] == [SAVED]
    assert registry.save(rfm_trained(), **WHO, run="job-2") != first
    assert registry.save(rfm_trained(), **WHO) != registry.save(rfm_trained(), **WHO)  # the terminal has no runs
    assert len(registry.versions()) == 4


def test_a_job_killed_between_version_and_log_finds_its_version_and_completes_the_log(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = opened(root)
    with monkeypatch.context() as patch:
        patch.setattr(AuditLog, "append", killed)
        with suppress(Killed):
            registry.save(sample_trained(), **WHO, run="job-1")
    assert registry.history() == []
    registry.sweep()
    assert [entry.event for entry in registry.history()] == [SAVED]
    version = registry.save(sample_trained(), **WHO, run="job-1")
    assert [info.version for info in registry.versions()] == [version]
    assert [(entry.event, entry.version) for entry in registry.history()] == [(SAVED, version)]


def test_a_manifest_keeps_what_the_report_needs(storage: Storage) -> None:
    registry = opened(storage)
    side = Side.of_training(sample_trained())
    comparison = compare(side, None, ("Too few rows.",))
    version = registry.save(
        sample_trained(),
        **WHO,
        run="job-1",
        notes=("The delimiter is a semicolon.",),
        objections=("Too few rows.",),
        comparison=comparison,
    )
    manifest = registry.manifest(version)
    assert (manifest.run, manifest.notes) == ("job-1", ["The delimiter is a semicolon."])
    assert manifest.objections == ["Too few rows."]
    assert manifest.comparison == comparison


def test_the_log_tells_what_data_and_measures_each_change_was_about(storage: Storage) -> None:
    registry = opened(storage)
    first, second = registry.save(sample_trained(), **WHO), registry.save(rfm_trained(), **WHO)
    third = registry.save(rfm_trained(), **WHO)
    registry.promote(first, actor="U1")
    registry.promote(second, actor="U1")
    registry.rollback(actor="U1")
    registry.discard(third, actor="U1")
    reports = {first: sample_trained().report, second: rfm_trained().report, third: rfm_trained().report}
    told = [entry for entry in registry.history() if entry.event in {SAVED, PROMOTED, ROLLED_BACK, DISCARDED}]
    assert len(told) == 7
    for entry in told:
        report = reports[entry.version]
        assert entry.details == {"data": report.data_fingerprint, "metrics": report.metrics()}


def test_a_refusal_is_logged_with_who_tried_what(storage: Storage, kept: tuple[str, ...]) -> None:
    registry = opened(storage)
    registry.refuse("U9", "retrain " + "x" * 1000)
    last = registry.history()[-1]
    assert (last.event, last.actor, last.version, last.details) == (REFUSED, "U9", "", {})
    assert last.note.startswith("retrain x")
    assert len(last.note) == 300
    assert registry.current() == kept[1]


def test_a_list_is_logged_once_for_each_job_and_moves_nothing(storage: Storage, kept: tuple[str, ...]) -> None:
    registry = opened(storage)
    for job in ("list:T1:V1", "list:T1:V1", "list:T1:V2"):
        registry.note_list("slack:U1", "list: Target 39" + "x" * 1000, job=job, rows=39)
    entries = [entry for entry in registry.history() if entry.event == LISTED]
    assert [entry.details for entry in entries] == [{"job": f"list:T1:V{i}", "rows": 39} for i in (1, 2)]
    assert {(entry.actor, entry.version, len(entry.note)) for entry in entries} == {("slack:U1", "", 300)}
    assert registry.current() == kept[1]
