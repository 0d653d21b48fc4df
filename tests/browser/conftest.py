"""Fixtures of the browser's tests: a bot at work, a Bolt app, a browser."""

from __future__ import annotations

from browsing import browser, pg, visit
from harness import harness, model, schema, trained, what_tests_share_stays_unchanged

__all__ = ["browser", "harness", "model", "pg", "schema", "trained", "visit", "what_tests_share_stays_unchanged"]
