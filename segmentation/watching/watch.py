"""One watch, or one scheduled retrain, as somebody set it up, and what its last check saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Final

from segmentation.watching.schedule import Schedule

DEFAULT_POINTS: Final = 5.0


class Kind(StrEnum):
    """What is done when it is due."""

    WATCH = "watch"
    RETRAIN = "retrain"


@dataclass(frozen=True, slots=True)
class Seen:
    """What checks have seen and told so far: counts and names only, nobody's values.

    Parameters
    ----------
    version
        The model version that `shares` and `left_out` are about; empty before the first check.
    at
        When they were told: seconds since the epoch; 0 for those of the model's training.
    shares
        The share of the scored customers in each segment, 0 to 1, when a move was last told; at first in training.
    left_out
        The share of rows that could not be scored when that was last told, or the smallest since.
    rows
        How many rows the last check counted.
    checked
        When the last check was due; 0 before the first.
    told
        What was told and still holds, so that it is told once.
    failing
        Whether the last check failed, and that was told.
    """

    version: str = ""
    at: float = 0.0
    shares: Mapping[str, float] = field(default_factory=dict)
    left_out: float = 0.0
    rows: int = 0
    checked: float = 0.0
    told: tuple[str, ...] = ()
    failing: bool = False

    def to_data(self) -> dict[str, Any]:
        """Return the JSON-ready form."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Seen:
        """Rebuild it from `to_data`'s form; what this release does not know is ignored."""
        known = {one.name for one in fields(cls)}
        seen = cls(**{name: value for name, value in data.items() if name in known})
        return replace(seen, told=tuple(seen.told))


@dataclass(frozen=True, slots=True)
class Watch:
    """What somebody wants done with a table, and when. A workspace has one of each kind for a table.

    Parameters
    ----------
    team, channel, user
        The workspace, where to post, and who set it up.
    kind
        What is done when it is due.
    table
        The name of a configured table.
    schedule
        When it is due.
    since
        From when on it counts, in seconds since the epoch: when it was set up, changed or resumed.
    points
        By how many percentage points a segment's share must move to be told.
    paused
        Whether it rests.
    k
        For a retrain: the number of segments; None leaves it to elbow and silhouette.
    ran
        The last due moment that was taken up, or `since`.
    seen
        What its checks have seen.
    """

    team: str
    channel: str
    user: str
    kind: Kind
    table: str
    schedule: Schedule
    since: float
    points: float = DEFAULT_POINTS
    paused: bool = False
    k: int | None = None
    ran: float = 0.0
    seen: Seen = field(default_factory=Seen)

    def due(self, now: float) -> float | None:
        """Return the moment that is to be taken up now; None if there is none.

        However many were missed while nothing ran, it is the latest, once. A clock that is put back brings none again.
        """
        last = self.schedule.last(now)
        return last if not self.paused and last > max(self.ran, self.since) else None

    def is_ahead(self, now: float) -> bool:
        """Say whether it was taken up by a clock that was more than one due moment ahead."""
        return self.ran > self.schedule.next(now)

    def to_data(self) -> dict[str, Any]:
        """Return the JSON-ready form of what somebody set up; `ran` and `seen` are kept beside it."""
        data = asdict(self)
        del data["ran"], data["seen"]
        return {**data, "kind": self.kind.value, "schedule": self.schedule.to_data()}

    @classmethod
    def from_data(cls, data: Mapping[str, Any], ran: float, seen: Seen) -> Watch:
        """Rebuild it from `to_data`'s form; what this release does not know is ignored."""
        known = {one.name for one in fields(cls)}
        given = {name: value for name, value in data.items() if name in known}
        given |= {"kind": Kind(data["kind"]), "schedule": Schedule.from_data(data["schedule"])}
        return cls(**given, ran=ran, seen=seen)
