"""Makes ids and message timestamps; clock and seed are parameters, so that a run can be repeated exactly."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Final

Clock = Callable[[], float]
"""Seconds since the epoch."""

system_clock: Final[Clock] = time.time

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_ID_LENGTH: Final = 10
_MICROSECONDS: Final = 1_000_000


class IdSource:
    """Ids and message timestamps in the shapes Slack gives them.

    Parameters
    ----------
    clock
        Where timestamps come from; two timestamps made in the same microsecond still differ.
    seed
        Equal seeds give equal ids in equal order; None seeds from the system.
    """

    def __init__(self, clock: Clock = system_clock, seed: int | None = None) -> None:
        self._clock = clock
        self._random = random.Random(seed)  # noqa: S311  ids, never secrets
        self._last_ts = 0

    def refresh(self) -> None:
        """Make new ids random from now on; those made from the seed so far stay valid."""
        self._random.seed()

    def new(self, prefix: str) -> str:
        """Return an id such as ``F0K3QW81ZP``: `prefix`, a zero, then capitals and digits, 11 characters in all."""
        tail = "".join(self._random.choices(_ALPHABET, k=_ID_LENGTH - len(prefix)))
        return f"{prefix}0{tail}"

    def word(self, length: int = 24) -> str:
        """Return a URL-safe word, as in response URLs and trigger ids."""
        return "".join(self._random.choices(_ALPHABET.lower() + _ALPHABET, k=length))

    def ts(self) -> str:
        """Return the next message timestamp, ``1700000000.000100``: unique and increasing."""
        self._last_ts = max(int(self._clock() * _MICROSECONDS), self._last_ts + 1)
        return f"{self._last_ts // _MICROSECONDS}.{self._last_ts % _MICROSECONDS:06d}"
