"""Test session rules: where `SEGBOT_NO_SKIPS` is set, a skipped test is a failed run."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says more about the machine than about the code. The same examples every time, so that what
# fails has been changed; `--hypothesis-profile=explore` draws others.
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("segbot", settings.get_profile("explore"), derandomize=True)
settings.load_profile("segbot")

# Files that take longest come first, so that no worker is left with one of them when the others have ended.
LONGEST: Final = (
    "test_warehouse",
    "test_scoring_differential",
    "test_replicas",
    "test_retrain_decisions",
    "test_retrain_faults",
    "test_page_use",
    "test_registry",
    "test_retrain_chaos",
    "test_replicas_retrain",
    "test_files_inputs",
    "test_cli",
    "test_retrain_access",
    "test_files_flow",
    "test_registry_crashes",
    "test_files_chaos",
    "test_dataset",
)

pytest_plugins = ["postgres_cluster", "spark_cluster"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest; all else keeps its order."""
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where skipping is not allowed, keeping its reason."""
    report = yield
    if report.skipped and os.environ.get("SEGBOT_NO_SKIPS") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped, which is not allowed here: {report.longrepr}"
    return report
