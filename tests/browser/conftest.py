"""Fixtures of the browser's tests: a bot at work, a Bolt app, a browser."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "scenarios"))
sys.path.insert(0, str(Path(__file__).parents[1] / "bot" / "playground"))
sys.path.insert(0, str(Path(__file__).parents[1] / "bot"))

from browsing import browser, visit
from house import house, model, schema, trained

__all__ = ["browser", "house", "model", "schema", "trained", "visit"]
