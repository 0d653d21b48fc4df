"""Fixtures of the bot's tests."""

from __future__ import annotations

from house import house, model, schema, trained, without_jobs

__all__ = ["house", "model", "schema", "trained", "without_jobs"]
