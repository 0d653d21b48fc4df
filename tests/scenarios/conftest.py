"""Fixtures of the scenarios: the bot's own, and a stage."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "bot"))

from house import house, model, schema, trained, without_jobs
from stage import read, retrained, stage, staging

__all__ = ["house", "model", "read", "retrained", "schema", "stage", "staging", "trained", "without_jobs"]
