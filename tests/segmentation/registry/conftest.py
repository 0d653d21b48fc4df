"""Registries to test: in a folder and in PostgreSQL, empty or with three versions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from registries import three_versions

from segmentation.registry.artifact import FILES
from segmentation.registry.audit import (
    SAVED,
    entry_of,
)
from segmentation.registry.folder_storage import FolderStorage
from segmentation.registry.postgres_storage import PostgresStorage
from segmentation.registry.storage import Storage


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def abc(root: Path) -> tuple[str, ...]:
    """Return versions a (retired), b (current) and c (candidate), laid out in `root`."""
    files, versions = three_versions()
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return versions


@pytest.fixture(params=["folder", "postgres"])
def storage(request: pytest.FixtureRequest, root: Path, tmp_path: Path) -> Storage:
    """Return an empty storage of each kind."""
    if request.param == "folder":
        return FolderStorage(root)
    return PostgresStorage(request.getfixturevalue("postgres_address"), tmp_path / "cache")


@pytest.fixture
def kept(storage: Storage) -> tuple[str, ...]:
    """Return versions a (retired), b (current) and c (candidate), laid out on `storage`."""
    files, versions = three_versions()
    with storage.changing():
        for line in files["audit.jsonl"].splitlines():
            entry = entry_of(json.loads(line))
            if entry.event == SAVED:
                storage.add({name: files[f"{entry.version}/{name}"] for name in FILES}, entry)
            else:
                storage.move(entry)
    return versions
