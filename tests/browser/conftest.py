"""Fixtures of the browser's tests: a bot at work, a Bolt app, a browser."""

from __future__ import annotations

from browsing import browser, visit
from harness import harness, model, schema, trained

__all__ = ["browser", "harness", "model", "schema", "trained", "visit"]
