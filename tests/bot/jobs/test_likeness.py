"""What a model was trained on is looked up for a file's summary, and scoring never fails because of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import Harness

from bot.jobs.likeness import values_beside


def test_a_version_says_what_it_was_trained_on(harness: Harness) -> None:
    registry = harness.registry
    assert values_beside(registry, registry.load_current()) is not None


def test_a_version_that_cannot_be_read_says_nothing(
    harness: Harness, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = harness.copy(tmp_path)
    model = broken.registry.load_current()
    broken.break_manifest(model.version)
    assert values_beside(broken.registry, model) is None
    assert "what a model was trained on cannot be read" in caplog.text
