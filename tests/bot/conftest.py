"""Fixtures of the bot's tests."""

from __future__ import annotations

from harness import harness, model, schema, trained, without_jobs

__all__ = ["harness", "model", "schema", "trained", "without_jobs"]
