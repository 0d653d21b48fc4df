"""Which buttons were clicked: a click is acted on once, though it may come twice, or to two replicas."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Final

import psycopg

from segmentation.databases.connection import connect
from segmentation.databases.migrations import migrate

_REMEMBERED: Final = 1000
# A button disappears soon after its click, so none has to be remembered longer than this.
_KEPT: Final = "1 day"
_log = logging.getLogger(__name__)


class Clicks:
    """Claims clicks, each once in this process and, if replicas share a database, among them.

    Parameters
    ----------
    address
        The shared database, as libpq takes it; empty if this process is alone.
    """

    def __init__(self, address: str = "") -> None:
        self._address = address
        self._known: deque[str] = deque(maxlen=_REMEMBERED)

    async def claim(self, click: str) -> bool:
        """Say whether this is the first time; while the database is away, the first time here."""
        if click in self._known:
            return False
        # Before anything is awaited: the second click may come meanwhile.
        self._known.append(click)
        if not self._address:
            return True
        try:
            return await asyncio.to_thread(self._claim, click)
        except psycopg.Error as error:
            # People would rather see an answer twice than never.
            _log.warning("a click is known here only", extra={"failure": type(error).__name__})
            return True

    async def release(self, click: str) -> None:
        """Forget a click whose action failed, so that it can be tried again."""
        if click in self._known:
            self._known.remove(click)
        if not self._address:
            return
        try:
            await asyncio.to_thread(self._release, click)
        except psycopg.Error as error:
            _log.warning("a click could not be forgotten", extra={"failure": type(error).__name__})

    # The table is named after what clicks were called in an earlier release: names that are stored stay.
    def _claim(self, click: str) -> bool:
        with connect(self._address) as connection:
            migrate(connection)
            connection.execute("DELETE FROM segbot.presses WHERE at < clock_timestamp() - %s::interval", (_KEPT,))
            noted = connection.execute(
                "INSERT INTO segbot.presses (press) VALUES (%s) ON CONFLICT DO NOTHING", (click,)
            )
            return noted.rowcount == 1

    def _release(self, click: str) -> None:
        with connect(self._address) as connection:
            migrate(connection)
            connection.execute("DELETE FROM segbot.presses WHERE press = %s", (click,))
