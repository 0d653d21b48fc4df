"""Fixtures of the scenarios: the bot's own, and a stage."""

from __future__ import annotations

from harness import harness, model, schema, trained, without_jobs
from stage import read, retrained, stage, staging

__all__ = ["harness", "model", "read", "retrained", "schema", "stage", "staging", "trained", "without_jobs"]
