"""Fixtures of the scenarios: the bot's own, and a stage."""

from __future__ import annotations

from harness import harness, model, schema, trained, what_tests_share_stays_unchanged, without_jobs
from stage import read, retrained, stage, staging

__all__ = [
    "harness",
    "model",
    "read",
    "retrained",
    "schema",
    "stage",
    "staging",
    "trained",
    "what_tests_share_stays_unchanged",
    "without_jobs",
]
