"""Which buttons were pressed: what may be done once is done once, though a click comes twice, or to two replicas."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Final

import psycopg

from segmentation.database import connect
from segmentation.migrations import migrate

_REMEMBERED: Final = 1000
# A button is gone soon after its press: longer than this nobody has to remember it.
_KEPT: Final = "1 day"
_log = logging.getLogger(__name__)


class Presses:
    """Claims presses, each once in this process and, where replicas share a database, among them.

    Parameters
    ----------
    address
        The shared database, as libpq takes it; empty where this process is alone.
    """

    def __init__(self, address: str = "") -> None:
        self._address = address
        self._known: deque[str] = deque(maxlen=_REMEMBERED)

    async def claim(self, press: str) -> bool:
        """Say whether this is the first time; while the database is away, the first time here."""
        if press in self._known:
            return False
        self._known.append(press)
        if not self._address:
            return True
        try:
            return await asyncio.to_thread(self._claim, press)
        except psycopg.Error as error:
            # People would rather see an answer twice than never.
            _log.warning("a press is known here only", extra={"failure": type(error).__name__})
            return True

    async def release(self, press: str) -> None:
        """Forget a press of which nothing came, so that it can be tried again."""
        if press in self._known:
            self._known.remove(press)
        if not self._address:
            return
        try:
            await asyncio.to_thread(self._release, press)
        except psycopg.Error as error:
            _log.warning("a press could not be forgotten", extra={"failure": type(error).__name__})

    def _claim(self, press: str) -> bool:
        with connect(self._address) as connection:
            migrate(connection)
            connection.execute("DELETE FROM segbot.presses WHERE at < clock_timestamp() - %s::interval", (_KEPT,))
            noted = connection.execute(
                "INSERT INTO segbot.presses (press) VALUES (%s) ON CONFLICT DO NOTHING", (press,)
            )
            return noted.rowcount == 1

    def _release(self, press: str) -> None:
        with connect(self._address) as connection:
            migrate(connection)
            connection.execute("DELETE FROM segbot.presses WHERE press = %s", (press,))
