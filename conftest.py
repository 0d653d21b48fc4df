"""Test session rules: what runs only with `--long`, in which order, and that a skip may count as a failure."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Final

import pytest
from campaigns import FULL
from hypothesis import HealthCheck, settings

# No deadline: how long an example takes says more about the machine than about the code. The same examples every time,
# so that a test which fails has met a change; `--hypothesis-profile=explore` draws others.
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", settings.get_profile("explore"), derandomize=True)
settings.register_profile("short", settings.get_profile("long"), max_examples=25)

# Files that take longest come first, so that no worker is left with one of them when the others have ended.
LONGEST: Final = (
    "test_replicas",
    "test_spark_engine",
    "test_retrain_decisions",
    "test_retrain_faults",
    "test_postgres_engine",
    "test_retrain_chaos",
    "test_scoring_differential",
    "test_registry_crashes",
    "test_page_modals",
    "test_page_blocks",
    "test_page_messages",
    "test_files_faults",
    "test_dataset",
    "test_duckdb_engine",
    "test_files_inputs",
    "test_replicas_retrain",
    "test_retrain_access",
    "test_files_flow",
    "test_files_chaos",
)

pytest_plugins = ["postgres_cluster", "spark_cluster"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--long`."""
    parser.addoption("--long", action="store_true", help="run the tests marked long too, and every campaign in full")


@pytest.hookimpl(tryfirst=True)  # Hypothesis loads the profile its own option names later
def pytest_configure(config: pytest.Config) -> None:
    """Tell campaigns and Hypothesis how much to do, before any test module is imported."""
    full = config.getoption("long")
    settings.load_profile("long" if full else "short")
    if full:
        os.environ[FULL] = "1"
    else:
        os.environ.pop(FULL, None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long tests out unless asked for, and begin with what takes longest; all else keeps its order."""
    if not config.getoption("long"):
        left_out = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("long")]
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where skipping is not allowed, keeping its reason."""
    report = yield
    if report.skipped and os.environ.get("SEGBOT_NO_SKIPS") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped, which is not allowed here: {report.longrepr}"
    return report
