"""What the registry says of versions: their state, a line of a listing, the model that serves, a check's outcome."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Final

from segmentation.errors import Conflict
from segmentation.registry.audit import DISCARDED, MOVES, RENAMED, AuditEntry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from segmentation.errors import BrokenArtifact
    from segmentation.model import SegmentModel
    from segmentation.registry.manifest import Manifest

KEEP_VERSIONS: Final = 20


class Expected(Enum):
    """Expectations of the current version other than one version's id."""

    ANY = "any"


ANY: Final = Expected.ANY


class State(StrEnum):
    """What has become of a version."""

    CANDIDATE = "candidate"
    CURRENT = "current"
    RETIRED = "retired"
    DISCARDED = "discarded"
    SUPERSEDED = "superseded"  # a candidate whose segments were renamed: that made another candidate


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """One version in a listing; `manifest` is None when the version is broken, and `problem` says how."""

    version: str
    state: State
    manifest: Manifest | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Serving:
    """The model to answer with; `problem` is set when it is not the one that should be in service."""

    model: SegmentModel
    problem: BrokenArtifact | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing `verify` looked at."""

    name: str
    ok: bool
    detail: str = ""


def state_of(version: str, current: str | None, entries: Iterable[AuditEntry]) -> State:
    """Return what has become of a version, by the pointer and the log, oldest entry first."""
    # The pointer decides: the log does not know yet if somebody has moved it by hand.
    if version == current:
        return State.CURRENT
    state = State.CANDIDATE
    for entry in entries:
        if entry.version == version and entry.event in MOVES:
            state = State.RETIRED
        elif entry.version == version and entry.event == DISCARDED:
            state = State.DISCARDED
        elif entry.previous == version and entry.event == RENAMED and state is State.CANDIDATE:
            state = State.SUPERSEDED
    return state


def successor_of(version: str, entries: Iterable[AuditEntry]) -> AuditEntry | None:
    """Return the log's entry about the version that a candidate became when its segments were renamed."""
    return next((entry for entry in entries if entry.event == RENAMED and entry.previous == version), None)


def check_expected(current: str | None, expected: str | Expected | None) -> None:
    """Refuse a change that was decided on while another version was current."""
    if expected is ANY or current == expected:
        return
    before = f", not {expected}" if expected is not None else "; there was none before"
    raise Conflict(f"The current version is now {current or 'unknown'}{before}: look at the comparison again.", current)
