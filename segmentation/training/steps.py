"""What a training tells of its progress: the name of each step as it begins and, to who asks, how far it has come."""

from __future__ import annotations

from collections.abc import Callable


class Steps:
    """Receives a training's progress where the names of its steps alone are not enough.

    It may be given wherever a callable that takes the name of a step is.

    Parameters
    ----------
    begun
        Called with the name of each step as it begins.
    come
        Called with how far the step under way has come, in words: "1,200,000 rows", "7 of 15".
    """

    def __init__(self, begun: Callable[[str], None], come: Callable[[str], None]) -> None:
        self._begun = begun
        self.come = come

    def __call__(self, step: str) -> None:
        """Begin a step."""
        self._begun(step)


def tell(progress: Callable[[str], None], so_far: str) -> None:
    """Say how far the step under way has come, if the receiver of the steps wants to know."""
    if isinstance(progress, Steps):
        progress.come(so_far)


def no_steps(_step: str) -> None:
    """Receive the names of steps for nobody."""
