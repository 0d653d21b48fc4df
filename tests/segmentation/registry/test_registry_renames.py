"""Renaming segments: another version with the same answers under other words, and one effect among several people."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from reference import sample_trained
from registries import WHO, Killed, killed, opened, states

from segmentation.errors import BadInput, Conflict, Unsafe
from segmentation.model import SegmentModel
from segmentation.model_data import model_to_data
from segmentation.registry.artifact import PIPELINES
from segmentation.registry.registry import Registry
from segmentation.registry.states import State
from segmentation.registry.storage import Storage
from segmentation.renaming import NOTHING_NEW, Wording
from segmentation.versions.version_comparison import compare_versions


def called(model: SegmentModel, **names: str) -> list[Wording]:
    """Return a model's wordings with other names for some segments."""
    return [replace(Wording.of(one), name=names.get(one.name, one.name)) for one in model.segments]


@pytest.fixture
def registry(storage: Storage) -> tuple[Registry, str]:
    """Return a registry with one version in service, and that version."""
    found = opened(storage)
    version = found.save(sample_trained(), **WHO)
    found.promote(version, actor="U1")
    return found, version


def test_the_version_in_service_is_replaced_by_one_that_differs_in_words_only(
    registry: tuple[Registry, str],
) -> None:
    found, version = registry
    before = found.load(version)
    done = found.rename(version, called(before, Miser="Savers"), actor="slack:U2")
    assert (done.parent, done.in_service, done.changes) == (version, True, "Miser → Savers")
    assert found.current() == done.version
    after = found.load(done.version)
    assert after.segment("Savers") == replace(before.segment("Miser"), name="Savers", named_by="slack:U2")
    kept, new = model_to_data(before), model_to_data(after)
    assert kept.pop("segments") != new.pop("segments")
    assert kept == new
    assert found.content(version)[PIPELINES] == found.content(done.version)[PIPELINES]
    values = {"age": 35, "income": 90, "score": 10}
    assert after.predict(values)._replace(segment="", model_version="") == before.predict(values)._replace(
        segment="", model_version=""
    )
    assert after.predict(values).segment == "Savers"


def test_the_manifest_says_who_renamed_and_who_trained(registry: tuple[Registry, str]) -> None:
    found, version = registry
    done = found.rename(version, called(found.load(version), Miser="Savers"), actor="slack:U2")
    parent, manifest = found.manifest(version), found.manifest(done.version)
    assert (manifest.parent, manifest.renamed_by, manifest.created_by) == (version, "slack:U2", "U1")
    assert manifest.created_at == parent.created_at < manifest.renamed_at
    assert manifest.note == "renamed Miser → Savers"
    assert all(check.ok for check in found.verify(done.version))
    comparison = compare_versions(found, done.version, version)
    assert comparison.verdict == "similar"
    assert [(one.name, one.name_before) for one in comparison.segments if one.name_before] == [("Savers", "Miser")]
    assert "every customer stays in the same segment" in comparison.reasons[0]


def test_the_log_says_who_renamed_what_and_a_rollback_goes_back_to_the_old_names(
    registry: tuple[Registry, str],
) -> None:
    found, version = registry
    done = found.rename(version, called(found.load(version), Miser="Savers"), actor="slack:U2")
    renamed, promoted = found.history()[-2:]
    assert (renamed.event, renamed.actor, renamed.version, renamed.previous) == (
        "renamed",
        "slack:U2",
        done.version,
        version,
    )
    assert (promoted.event, promoted.version, promoted.previous) == ("promoted", done.version, version)
    assert states(found) == {version: State.RETIRED, done.version: State.CURRENT}
    assert found.rollback(actor="U1") == (version, done.version)
    assert "Miser" in found.load_current().names


def test_a_renamed_candidate_takes_the_place_of_the_old_one(registry: tuple[Registry, str]) -> None:
    found, version = registry
    candidate = found.save(sample_trained(), **WHO)
    done = found.rename(candidate, called(found.load(candidate), Miser="Savers"), actor="slack:U2")
    assert not done.in_service
    assert states(found) == {
        version: State.CURRENT,
        candidate: State.SUPERSEDED,
        done.version: State.CANDIDATE,
    }
    with pytest.raises(Conflict, match=f"promote {done.version} instead"):
        found.promote(candidate, actor="U1")
    with pytest.raises(Conflict, match="not a candidate but superseded"):
        found.discard(candidate, actor="U1")
    with pytest.raises(Conflict, match=f"renamed before: {done.version} has the new names"):
        found.rename(candidate, called(found.load(candidate), Miser="Thrifty"), actor="slack:U3")
    assert found.promote(done.version, actor="U1") == version


def test_the_same_request_has_one_effect(registry: tuple[Registry, str]) -> None:
    found, version = registry
    wordings = called(found.load(version), Miser="Savers")
    done = found.rename(version, wordings, actor="slack:U2", run="V1")
    assert found.rename(version, wordings, actor="slack:U2", run="V1") == done
    with pytest.raises(Conflict, match=f"{version} is no longer in service: {done.version} is"):
        found.rename(version, wordings, actor="slack:U3", run="V2")
    assert len(found.versions()) == 2


def test_a_version_out_of_service_or_discarded_is_not_renamed(registry: tuple[Registry, str]) -> None:
    found, version = registry
    candidate = found.save(sample_trained(), **WHO)
    found.discard(candidate, actor="U1")
    with pytest.raises(Conflict, match="discarded: only a candidate or the version in service can be renamed"):
        found.rename(candidate, called(found.load(candidate), Miser="Savers"), actor="U1")
    with pytest.raises(BadInput, match=NOTHING_NEW):
        found.rename(version, called(found.load(version)), actor="U1")
    assert found.current() == version


def test_the_gate_asks_the_same_of_a_renamed_version(registry: tuple[Registry, str]) -> None:
    found, _ = registry
    version = found.save(sample_trained(), **WHO, objections=["Too few rows."])
    found.promote(version, actor="U1", allow_unsafe=True)
    wordings = called(found.load(version), Miser="Savers")
    with pytest.raises(Unsafe, match="Too few rows"):
        found.rename(version, wordings, actor="U2")
    assert found.history()[-1].event == "refused"
    assert found.current() == version
    done = found.rename(version, wordings, actor="U2", allow_unsafe=True)
    assert found.current() == done.version
    assert found.manifest(done.version).objections == ["Too few rows."]


def test_a_crash_before_the_log_is_written_leaves_one_candidate(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = opened(root)
    candidate = found.save(sample_trained(), **WHO)
    with monkeypatch.context() as patch:
        patch.setattr("segmentation.registry.audit.AuditLog.append", killed)
        with pytest.raises(Killed):
            found.rename(candidate, called(found.load(candidate), Miser="Savers"), actor="U2")
    found.sweep()
    by_state = {state: version for version, state in states(found).items()}
    assert by_state[State.SUPERSEDED] == candidate
    assert "Savers" in found.load(by_state[State.CANDIDATE]).names
