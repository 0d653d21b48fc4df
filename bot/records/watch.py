"""One check of a watched table, as the job engine stores it between steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class WatchRun:
    """Which watch is due, and since when.

    Parameters
    ----------
    team, table
        The workspace, and the name of a configured table.
    due
        When the check was due: seconds since the epoch.
    """

    team: str
    table: str
    due: float

    @property
    def id(self) -> str:
        """The job's id: however many processes take up a due moment, and however often, it is one job."""
        return f"watch:{self.team}:{self.table}:{self.due:.0f}"


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """What came of a check.

    Parameters
    ----------
    watch, seen
        `Watch.to_data()` and `Seen.to_data()` as they were then; empty if the watch was paused or deleted.
    check
        `TableCheck.to_data()`; empty on failure.
    failure
        The sentence that says why the table could not be checked; empty on success.
    """

    watch: dict[str, Any] = field(default_factory=dict)
    seen: dict[str, Any] = field(default_factory=dict)
    check: dict[str, Any] = field(default_factory=dict)
    failure: str = ""
