"""Which version reads a file that the one in service refuses."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from reference import sample_trained
from registries import WHO, opened, three_versions

from segmentation.registry.states import State
from segmentation.versions.version_readers import Reader, find_reader

# In turn: of sample customers and in service before, of orders and in service now, of sample customers and waiting.
VERSIONS = three_versions()[1]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name, content in three_versions()[0].items():
        path = tmp_path / "models" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "models"


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], Path]:
    def written(text: str) -> Path:
        path = tmp_path / "file.csv"
        path.write_text(text)
        return path

    return written


def test_a_version_that_was_in_service_comes_before_a_newer_candidate(place: Path, file: Callable[[str], Path]) -> None:
    reader = find_reader(opened(place), file("income,score\n60,70\n"))
    assert reader == Reader(VERSIONS[0], State.RETIRED)
    assert reader.sentence == f"Version {VERSIONS[0]}, which was in service before, reads these columns."


def test_a_broken_version_is_passed_over(place: Path, file: Callable[[str], Path]) -> None:
    model = place / VERSIONS[0] / "model.json"
    model.write_bytes(model.read_bytes()[:-9])
    reader = find_reader(opened(place), file("income,score\n60,70\n"))
    assert reader == Reader(VERSIONS[2], State.CANDIDATE)
    assert "which is a candidate" in reader.sentence


def test_discarded_and_unsafe_versions_are_not_named(place: Path, file: Callable[[str], Path]) -> None:
    registry, customers = opened(place), file("income,score\n60,70\n")
    shutil.rmtree(place / VERSIONS[0])
    registry.discard(VERSIONS[2], actor="U1")
    registry.save(sample_trained(), objections=("It is too vague.",), **WHO)
    assert find_reader(registry, customers) is None


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "", "recency,frequency,monetary\n1,2,3\n"])
def test_no_version_is_named_for_columns_that_none_or_the_current_one_knows(
    place: Path, file: Callable[[str], Path], text: str
) -> None:
    assert find_reader(opened(place), file(text)) is None
