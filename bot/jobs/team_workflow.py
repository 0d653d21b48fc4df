"""What the workflow of every job is made of, and for which workspaces such workflows run in this process."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from bot.timings import JobTimings

Steps = TypeVar("Steps")


class RunningTeams:
    """For which workspaces this process is running workflows just now."""

    def __init__(self) -> None:
        self._workflows: Counter[str] = Counter()

    @contextmanager
    def running(self, team: str) -> Iterator[None]:
        """Count a workflow of the workspace as running."""
        self._workflows[team] += 1
        try:
            yield
        finally:
            self._workflows[team] -= 1

    def __contains__(self, team: str) -> bool:
        return bool(self._workflows[team])


class TeamWorkflow(ABC, Generic[Steps]):
    """The workflow of one kind of job, each done for a workspace.

    Parameters
    ----------
    steps
        What each step does.
    running
        Whose workflows run in this process.
    timings
        The pauses between attempts.
    """

    def __init__(self, steps: Steps, running: RunningTeams, timings: JobTimings) -> None:
        self.steps = steps
        self._running = running
        self._timings = timings

    @abstractmethod
    def define(self) -> None:
        """Define the workflow for the engine that is about to be launched."""
