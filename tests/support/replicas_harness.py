"""Replicas in a hurry, as processes of their own: what takes them seconds in service takes less here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from benchmarks.chaos import BotProcess
from benchmarks.traffic.balancer import program

LAST_SECONDS: Final = 8
# Beats come seven times as often, and death is declared seven times as soon.
HURRY: Final = f"""
from bot.cli import main
from bot.cli.runtime import Runtime
from bot.timings import HeartbeatTimings, JobTimings, ServingTimings, SlackTimings, Timings
main(
    obj=Runtime(
        own_timings=Timings(
            HeartbeatTimings(beat=.3, fresh=.9, dead=1.5),
            JobTimings(first_pause=.2, watching=.2),
            ServingTimings(last={LAST_SECONDS}),
            SlackTimings(asking=15),
        )
    )
)
"""

needs_nginx = pytest.mark.skipif(program() is None, reason="nginx is not installed (Debian: nginx)")


def changed_source(folder: Path) -> None:
    """Change the source of every workflow in a copy of the packages, as the next release may."""
    for name in ("files/file_workflow", "retrains/retrain_workflow"):
        path = folder / "bot" / "jobs" / f"{name}.py"
        text = path.read_text(encoding="utf-8")
        work = "            with self._running.running("
        changed = text.replace(work, f"            print(end='')  # the next release\n{work}")
        assert changed.count("the next release") == text.count("@workflow(")
        path.write_text(changed, encoding="utf-8")


async def readiness(replica: BotProcess) -> tuple[int, dict[str, Any]]:
    """What a replica says of itself: HTTP status, 0 where nobody answers, and the page."""
    try:
        async with aiohttp.ClientSession() as session, session.get(f"{replica.address}/readyz") as response:
            return response.status, json.loads(await response.text())
    except aiohttp.ClientError:
        return 0, {}
