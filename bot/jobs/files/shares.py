"""Which share of a file an event is about: a file can be shared in a channel again and again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

from bot.records.file_job import FileJob

# A share this much older than its event belongs to an earlier event; seconds, as an event may come a little late.
OLDER: Final = 2.0
Share = dict[str, Any]


async def share_of(job: FileJob, file: dict[str, Any], is_answered: Callable[[Share], Awaitable[bool]]) -> Share | None:
    """Return the share that a job is about; None while Slack does not say.

    Slack tells of a share before it lists it, so the only one listed may be an earlier one.

    Parameters
    ----------
    file
        As `files.info` answers.
    is_answered
        Says whether there is a job's message for a share.
    """
    listed: list[Share] = [share for kind in (file.get("shares") or {}).values() for share in kind.get(job.channel, [])]
    shares = sorted((share for share in listed if share.get("ts")), key=_at, reverse=True)
    exact = next((share for share in shares if share["ts"] == job.shared), None)
    if exact is not None or not shares:
        return exact
    nearest = min(shares, key=lambda share: abs(_at(share) - job.at))
    if not job.shared or _at(nearest) >= job.at - OLDER:
        return nearest
    for share in shares:
        if not await is_answered(share):
            return share
    return None


def ids_of(job: FileJob, share: Share) -> tuple[str, ...]:
    """Return the ids under which the first attempt at a share may have been stored; the last one is 0.1.0's."""
    first = replace(job, attempt=0)
    return replace(first, shared=str(share["ts"])).id, replace(first, shared="").id


def _at(share: Share) -> float:
    return float(share["ts"])
