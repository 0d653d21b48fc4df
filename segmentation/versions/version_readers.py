"""Which stored version reads a file whose columns the version in service does not know.

Each version has its own schema, so after one with other columns was promoted, files for the columns before are refused;
the refusal should name the version that reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from segmentation.errors import BrokenArtifact, UnknownVersion
from segmentation.reading.table import DEFAULT_LIMITS, Limits, holds_table
from segmentation.registry.states import State

if TYPE_CHECKING:
    from pathlib import Path

    from segmentation.registry.registry import Registry
    from segmentation.schema import Schema

_USABLE: Final = frozenset({State.RETIRED, State.CANDIDATE})


@dataclass(frozen=True, slots=True)
class Reader:
    """A version that reads a file; `state` says whether it was in service before."""

    version: str
    state: State

    @property
    def sentence(self) -> str:
        """Which version it is."""
        before = "was in service before" if self.state is State.RETIRED else "is a candidate"
        return f"Version {self.version}, which {before}, reads these columns."


def find_reader(
    registry: Registry, source: Path, *, limits: Limits = DEFAULT_LIMITS, scratch: Path | None = None
) -> Reader | None:
    """Return the newest version besides the current one that knows a file's columns, best one that was in service.

    Broken, discarded and unsafe versions are passed over. None if no version is left.
    """
    infos = [info for info in registry.versions() if info.state in _USABLE and info.manifest is not None]
    safe = [info for info in infos if info.manifest is not None and not info.manifest.objections]
    safe.reverse()  # the newest first
    safe.sort(key=lambda info: info.state is not State.RETIRED)
    tried: dict[str, bool] = {}
    for info in safe:
        schema = _schema(registry, info.version)
        if schema is None:
            continue
        if schema.fingerprint not in tried:
            tried[schema.fingerprint] = holds_table(source, schema, limits=limits, scratch=scratch)
        if tried[schema.fingerprint]:
            return Reader(info.version, info.state)
    return None


def _schema(registry: Registry, version: str) -> Schema | None:
    try:
        return registry.load(version).schema
    except (BrokenArtifact, UnknownVersion):  # damaged or removed since it was listed
        return None
