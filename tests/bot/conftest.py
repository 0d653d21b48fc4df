"""Fixtures of the bot's tests."""

from __future__ import annotations

from harness import harness, model, schema, trained, what_tests_share_stays_unchanged, without_jobs

__all__ = ["harness", "model", "schema", "trained", "what_tests_share_stays_unchanged", "without_jobs"]
