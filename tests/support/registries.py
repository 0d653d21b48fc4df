"""Registries for tests: one with three versions made once, a clock that ticks, and a process that is killed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from reference import KEY, rfm_trained, sample_trained

from segmentation.registry.artifact import MANIFEST
from segmentation.registry.registry import Registry
from segmentation.registry.states import State
from segmentation.registry.storage import Storage

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
WHO: dict[str, Any] = {"actor": "U1", "source": "test"}


def clock() -> Callable[[], datetime]:
    seconds = count()
    return lambda: START + timedelta(seconds=next(seconds))


def opened(place: Path | Storage) -> Registry:
    return Registry(place, KEY, clock())


@cache
def three_versions() -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return the files of a registry with versions a and b promoted in turn and the candidate c, and their ids."""
    with TemporaryDirectory() as place:
        registry = opened(Path(place))
        a, b, c = (registry.save(trained(), **WHO) for trained in (sample_trained, rfm_trained, sample_trained))
        registry.promote(a, actor="U1")
        registry.promote(b, actor="U1", expected=a)
        files = {str(path.relative_to(place)): path.read_bytes() for path in Path(place).rglob("*") if path.is_file()}
    return files, (a, b, c)


class Killed(BaseException):
    """The process is gone: nothing that catches errors runs any more."""


def killed(*_args: object, **_named: object) -> None:
    raise Killed


def states(registry: Registry) -> dict[str, State]:
    return {info.version: info.state for info in registry.versions()}


def edit_manifest(folder: Path) -> None:
    body = json.loads((folder / MANIFEST).read_bytes()) | {"note": "edited"}
    (folder / MANIFEST).write_text(json.dumps(body, indent=1) + "\n")
