"""Test session rules: where `SEGBOT_NO_SKIPS` is set, a skipped test is a failed run."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says more about the machine than about the code.
settings.register_profile("segbot", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("segbot")

pytest_plugins = ["postgres_cluster", "spark_cluster"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where skipping is not allowed, keeping its reason."""
    report = yield
    if report.skipped and os.environ.get("SEGBOT_NO_SKIPS") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped, which is not allowed here: {report.longrepr}"
    return report
