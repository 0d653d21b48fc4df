"""The trail of a message: the requests that led to it, the calls that made it, in the order they happened."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from bot.playground.workspace.records import ApiCall, Delivery, Message

Record = ApiCall | Delivery
_KEY: Final = re.compile(r"\d{10}\.\d{6}|F0[A-Z0-9]{9}|V0[A-Z0-9]{9}|/hooks/\S+")
"""What ties one record to another: a message's ts, a file, a view, a response URL."""
_ORDERS: Final = ("command", "interactive")
_ORDER_SECONDS: Final = 60.0
"""A job begins within moments of being ordered; what is posted much later has another reason."""


class Trail:
    """Says which of the workspace's requests and calls belong to a message.

    A call is noted for the messages it put there or changed while it ran. A request to the app belongs to a message
    it was answered with, and to the messages of calls that speak of the same file, thread, view or response URL. What
    the app posts by itself belongs to the last command or press in that channel that was not answered otherwise: a
    job's report to the command that ordered it.

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
        if not self._running:
            return
        place = (message.channel, message.ts)
        if place not in self._made:
            order = self._order_behind(message)
            self._made[place] = [] if order is None else [order.id]
        if self._running not in self._made[place]:
            self._made[place].append(self._running)

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

    def _order_behind(self, message: Message) -> Delivery | None:
        """Return what made the app post a message of its own accord; None where nothing of late did."""
        if message.made_by != "chat.postMessage" or message.thread_ts is not None:
            return None
        for delivery in reversed(self._deliveries):
            if float(message.ts) - delivery.at > _ORDER_SECONDS:
                break
            speaks_of_here = message.channel in json.dumps(delivery.payload)
            if delivery.kind in _ORDERS and not delivery.problem and speaks_of_here and not self._answered(delivery):
                return delivery
        return None

    def _answered(self, delivery: Delivery) -> bool:
        """Whether a message of its own came of it, in the answer itself or by its response URL."""
        made = any(delivery.id in records for records in self._made.values())
        return made or not self._keys(delivery).isdisjoint(self._hooks.values())

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
