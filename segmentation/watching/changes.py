"""What of a check is worth telling: what changed since it was last told, and what holds but was not told yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from segmentation.watching.watch import Seen

if TYPE_CHECKING:
    from segmentation.watching.check import TableCheck
    from segmentation.watching.unlike import Unlike
    from segmentation.watching.watch import Watch

# A model older than this is called old: half a year.
STALE_DAYS: Final = 180
# Rows left out are told if their share rose by more than this.
LEFT_OUT_POINTS: Final = 2.0
# … and a table that lost more of its rows than this.
LOST_SHARE: Final = 0.5
_DAY: Final = 24 * 60 * 60
_HUNDRED: Final = 100.0
# Shares are quotients: a move of exactly the amount set must not become a larger one by rounding.
_DIGITS: Final = 9
_ROUNDING: Final = 1e-9
_STALE: Final = "stale"
_DRIFT: Final = "drift:"
_TELLING: Final = frozenset({"large"})
# A feature that hovers about the mark is not told again each time it crosses it: only once it was well below.
_OVER: Final = frozenset({"none"})
_WHY: Final = frozenset({"large", "moderate"})


@dataclass(frozen=True, slots=True)
class Moved:
    """A segment whose share moved: from and to, 0 to 1."""

    segment: str
    before: float
    now: float

    @property
    def distance(self) -> float:
        """How far it moved, 0 to 1."""
        return abs(self.now - self.before)


@dataclass(frozen=True, slots=True)
class News:
    """What is to be told of one check; nothing if all is empty.

    Parameters
    ----------
    moved
        Segments whose share moved by more than the watch's amount, the largest move first.
    since
        The moment their shares before were counted, in seconds since the epoch; None for the model's training.
    why
        Features unlike in training, told as reasons for the moves.
    drifted
        Features that are much unlike in training, and were not told yet.
    left_out
        The share of rows that could not be scored, before and now; None if it did not rise.
    lost
        The number of rows before and now, if most of them are gone; else None.
    stale_days
        How old the model is, if that is to be told; else None.
    recovered
        Whether the check works again after a failure that was told.
    """

    moved: tuple[Moved, ...] = ()
    since: float | None = None
    why: tuple[Unlike, ...] = ()
    drifted: tuple[Unlike, ...] = ()
    left_out: tuple[float, float] | None = None
    lost: tuple[int, int] | None = None
    stale_days: int | None = None
    recovered: bool = False

    def __bool__(self) -> bool:
        return bool(
            self.moved or self.drifted or self.left_out or self.lost or self.stale_days is not None or self.recovered
        )

    @property
    def advises_retrain(self) -> bool:
        """Whether a new model may help: not if all there is to tell is that the check works again, or rows are gone."""
        return bool(self.moved or self.drifted or self.stale_days is not None)


def news_of(watch: Watch, check: TableCheck, due: float) -> tuple[News, Seen]:
    """Say what is to be told of a check, and what has been seen by then.

    Shares are compared with those last told, so that many small moves are told once they add up; at first, and after
    another version was put in service, with those in that version's training.

    Parameters
    ----------
    due
        When the check was due: seconds since the epoch.
    """
    seen = watch.seen
    shares, at = (seen.shares, seen.at) if seen.version == check.version else (check.trained, 0.0)
    moved = tuple(_moved(shares, check.shares, watch.points)) if check.scored else ()
    held = _still_told(seen, check)
    drifted = tuple(one for one in check.features if one.level in _TELLING and _key(one, check) not in held)
    left_before = seen.left_out if seen.rows else check.left_out
    left_out = _risen(left_before, check.left_out)
    days = int((due - check.trained_at) // _DAY)
    stale = days if days >= STALE_DAYS and f"{_STALE}:{check.version}" not in held else None
    news = News(
        moved=moved,
        since=at or None,
        why=tuple(one for one in check.features if one.level in _WHY) if moved else (),
        drifted=drifted,
        left_out=left_out,
        lost=(seen.rows, check.rows) if check.rows < seen.rows * LOST_SHARE else None,
        stale_days=stale,
        recovered=seen.failing,
    )
    told = {*held, *(_key(one, check) for one in drifted)} | ({f"{_STALE}:{check.version}"} if stale else set())
    now = Seen(
        version=check.version,
        at=due if moved else at,
        shares=dict(check.shares if moved else shares),
        left_out=check.left_out if left_out else min(left_before, check.left_out),
        rows=check.rows,
        checked=due,
        told=tuple(sorted(told)),
    )
    return news, now


def seen_failing(watch: Watch, due: float) -> tuple[bool, Seen]:
    """Say whether a check's failure is to be told, and what has been seen by then: a failure is told once."""
    return not watch.seen.failing, replace(watch.seen, failing=True, checked=due)


def _moved(shares: Mapping[str, float], now: Mapping[str, float], points: float) -> Iterator[Moved]:
    all_of_them = [Moved(name, shares.get(name, 0.0), now.get(name, 0.0)) for name in {*shares, *now}]
    for one in sorted(all_of_them, key=lambda one: (-round(one.distance, _DIGITS), one.segment)):
        if one.distance * _HUNDRED > points + _ROUNDING:
            yield one


def _risen(before: float, now: float) -> tuple[float, float] | None:
    return (before, now) if (now - before) * _HUNDRED > LEFT_OUT_POINTS + _ROUNDING else None


def _still_told(seen: Seen, check: TableCheck) -> set[str]:
    """Return what was told and still holds; what is over would be news if it came again."""
    over = {_key(one, check) for one in check.features if one.level in _OVER}
    versions = (f"{_STALE}:{check.version}", f"{_DRIFT}{check.version}:")
    return {one for one in seen.told if one.startswith(versions)} - over


def _key(one: Unlike, check: TableCheck) -> str:
    return f"{_DRIFT}{check.version}:{one.name}"
