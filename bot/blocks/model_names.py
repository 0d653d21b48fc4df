"""What a model version is called: by the day it was trained in sentences, with the id to copy in small print."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from bot.blocks.text import capital, escape

_TRAINED: Final = re.compile(r"(\d{8}-\d{6})-.+")


def model_text(version: str, among: Sequence[str] = ()) -> str:
    """Name a version by the day it was trained, with the time if one of the others was trained on that day too.

    >>> model_text("20261003-101500-0a1b2c3d"), model_text("mine")
    ('model of 3 Oct', 'model mine')
    >>> model_text("20261003-101500-0a1b2c3d", ["20261003-120000-0a1b2c3d"])
    'model of 3 Oct, 10:15'
    """
    trained = _trained(version)
    if trained is None:
        return f"model {version}"
    days = [other.date() for one in among if one != version and (other := _trained(one)) is not None]
    return f"model of {trained:%-d %b, %H:%M}" if trained.date() in days else f"model of {trained:%-d %b}"


def small_model(version: str) -> str:
    """Name a version in small print, escaped, with the id to copy.

    >>> small_model("20261003-101500-0a1b2c3d"), small_model("mine"), small_model("")
    ('Model of 3 Oct (20261003-101500-0a1b2c3d)', 'Model mine', 'Model unsaved')
    """
    name = capital(model_text(version or "unsaved"))
    return escape(name if _trained(version) is None else f"{name} ({version})")


def _trained(version: str) -> datetime | None:
    """Return when a version was trained, as its id says; None if it does not."""
    found = _TRAINED.fullmatch(version)
    try:
        return datetime.strptime(found[1], "%Y%m%d-%H%M%S").replace(tzinfo=UTC) if found else None
    except ValueError:
        return None
