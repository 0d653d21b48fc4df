"""The trail of a message: the requests that led to it, the calls that made it, in the order they happened."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from bot.playground.records import ApiCall, Delivery, Message

Record = ApiCall | Delivery
_KEY: Final = re.compile(r"\d{10}\.\d{6}|F0[A-Z0-9]{9}|V0[A-Z0-9]{9}|/hooks/\S+")
"""What ties one record to another: a message's ts, a file, a view, a response URL."""
_VIEW: Final = "V0"


class Trail:
    """Says which of the workspace's requests and calls belong to a message.

    A call is noted for the messages it put there or changed while it ran. A request to the app belongs to a message
    it was answered with, and to the messages of calls that speak of the same file, thread, view or response URL.

    Parameters
    ----------
    calls, deliveries
        The workspace's logs, oldest first.
    """

    def __init__(self, calls: Sequence[ApiCall], deliveries: Sequence[Delivery]) -> None:
        self._calls = calls
        self._deliveries = deliveries
        self._made: dict[tuple[str, str], list[str]] = {}
        self._hooks: dict[str, str] = {}
        self._running = ""
        self._count = 0

    def new_id(self) -> str:
        """Return an id for the next record."""
        self._count += 1
        return f"record-{self._count}"

    @contextmanager
    def made_by(self, record: str, hook: str = "") -> Iterator[None]:
        """Note every message put or changed inside for a record; `hook` is the path of the response URL it came by."""
        if hook:
            self._hooks[record] = hook
        before, self._running = self._running, record
        try:
            yield
        finally:
            self._running = before

    def touch(self, message: Message) -> None:
        """Note a message for the record that is running, if one is."""
        if self._running:
            made = self._made.setdefault((message.channel, message.ts), [])
            if self._running not in made:
                made.append(self._running)

    def of(self, message: Message) -> list[Record]:
        """Return the records of a message, oldest first."""
        made = set(self._made.get((message.channel, message.ts), ()))
        files = set(message.files)
        calls = [call for call in self._calls if call.id in made or (files and files & self._keys(call))]
        keys = {key for call in calls for key in self._keys(call)} | files | {message.ts}
        found: list[Record] = [*calls]
        for delivery in self._deliveries:
            if delivery.id in made or keys & self._keys(delivery):
                found.append(delivery)
        return sorted(found, key=lambda record: record.at)

    def _keys(self, record: Record) -> set[str]:
        values: object = record.payload if isinstance(record, Delivery) else [record.args, record.answer.get("view")]
        keys = set(_found(values))
        if record.id in self._hooks:
            keys.add(self._hooks[record.id])
        return keys


def _found(value: object) -> Iterator[str]:
    if isinstance(value, str):
        if len(value) < _LONGEST:
            yield from _KEY.findall(value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _found(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _found(item)


_LONGEST: Final = 300
"""Ids and addresses are shorter; text that is longer is a message's."""
