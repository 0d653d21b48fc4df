"""Copies between registries: verified, complete, never over something else, and never put into service."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from reference import KEY, rfm_trained, sample_trained

from segmentation.errors import NoModel, UnknownVersion
from segmentation.registry.artifact import MODEL
from segmentation.registry.audit import SAVED
from segmentation.registry.postgres_storage import PostgresStorage
from segmentation.registry.registry import Registry
from segmentation.registry.states import State
from segmentation.registry.transfer import Copied, copy_versions

WHO: Any = {"actor": "U1", "source": "test"}


@pytest.fixture
def folder(tmp_path: Path) -> Registry:
    seconds = count()
    return Registry(
        tmp_path / "models", KEY, lambda: datetime(2026, 1, 2, tzinfo=UTC) + timedelta(seconds=next(seconds))
    )


@pytest.fixture
def database(postgres_address: str, tmp_path: Path) -> Registry:
    return Registry(PostgresStorage(postgres_address, tmp_path / "cache"), KEY)


def test_versions_travel_to_the_database_and_back_as_the_same_bytes(
    folder: Registry, database: Registry, tmp_path: Path
) -> None:
    a, b = (folder.save(trained(), **WHO) for trained in (sample_trained, rfm_trained))
    folder.promote(a, actor="U1")
    assert copy_versions(folder, database, actor="U2", note="pushed") == [Copied(a, new=True), Copied(b, new=True)]
    assert {info.version: info.state for info in database.versions()} == dict.fromkeys((a, b), State.CANDIDATE)
    with pytest.raises(NoModel):
        database.load_serving()
    assert [(entry.event, entry.actor, entry.note) for entry in database.history()] == [(SAVED, "U2", "pushed")] * 2
    assert all(check.ok for check in database.verify(a))
    back = Registry(tmp_path / "other", KEY)
    assert copy_versions(database, back, b, actor="U2", note="pulled") == [Copied(b, new=True)]
    assert back.content(b) == folder.content(b)
    assert [info.version for info in back.versions()] == [b]


def test_what_is_there_already_is_left_alone(folder: Registry, database: Registry) -> None:
    version = folder.save(sample_trained(), **WHO)
    copy_versions(folder, database, actor="U1", note="")
    assert copy_versions(folder, database, actor="U1", note="") == [Copied(version, new=False)]
    assert len(database.history()) == 1


def test_another_version_of_the_same_name_is_not_overwritten(tmp_path: Path) -> None:
    here, there = (Registry(tmp_path / name, KEY) for name in ("here", "there"))
    version = here.save(sample_trained(), **WHO)
    other = {**here.content(version)}
    (tmp_path / "there" / version).mkdir(parents=True)
    for name, data in other.items():
        (tmp_path / "there" / version / name).write_bytes(data + b" ")
    (copied,) = copy_versions(here, there, actor="U1", note="")
    assert not copied.new
    assert copied.problem == f"Another version {version} is there already; it was left as it is."
    assert there.content(version) != other


def test_a_broken_version_is_told_and_the_others_travel(tmp_path: Path, folder: Registry) -> None:
    a, b = (folder.save(trained(), **WHO) for trained in (sample_trained, rfm_trained))
    (tmp_path / "models" / a / MODEL).write_bytes(b"{}")
    target = Registry(tmp_path / "target", KEY)
    first, second = copy_versions(folder, target, actor="U1", note="")
    assert "model.json is not the file that was saved" in first.problem
    assert second == Copied(b, new=True)
    assert [info.version for info in target.versions()] == [b]


def test_a_version_signed_with_another_key_does_not_travel(tmp_path: Path, folder: Registry) -> None:
    folder.save(sample_trained(), **WHO)
    target = Registry(tmp_path / "target", b"another key of thirty-two bytes!")
    (copied,) = copy_versions(folder, target, actor="U1", note="")
    assert "signed with another key" in copied.problem
    assert target.versions() == []


def test_a_version_nobody_has_is_refused(tmp_path: Path, folder: Registry) -> None:
    with pytest.raises(UnknownVersion):
        copy_versions(folder, Registry(tmp_path / "target", KEY), "v9", actor="U1", note="")
