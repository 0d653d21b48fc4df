"""Finds the trail of a message: the requests that led to it and the calls that made it, in order."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from bot.playground.workspace.records import ApiCall, Delivery, Message

Record = ApiCall | Delivery
_KEY: Final = re.compile(r"\d{10}\.\d{6}|F0[A-Z0-9]{9}|V0[A-Z0-9]{9}|/hooks/\S+")
"""What links one record to another: the ts of a message, the id of a file or view, a response URL."""
_ORDERS: Final = ("command", "interactive")
_ORDER_SECONDS: Final = 60.0
"""A job starts soon after the command that ordered it; a message posted much later has another cause."""


class Trail:
    """Says which of the workspace's requests and calls belong to a message.

    A call belongs to the messages it posted or changed. A request to the app belongs to the message that answered it,
    and to the messages of calls that name the same file, thread, view or response URL. A message the app posts by
    itself belongs to the last command or click in that channel that got no other answer: a job's report belongs to
    the command that ordered the job.

    Parameters
    ----------
    calls, deliveries
        The workspace's logs, oldest first.
    """

    def __init__(self, calls: Sequence[ApiCall], deliveries: Sequence[Delivery]) -> None:
        self._calls = calls
        self._deliveries = deliveries
        self._made: dict[tuple[str, str], list[str]] = {}
        self._response_urls: dict[str, str] = {}
        self._running = ""
        self._count = 0

    def new_id(self) -> str:
        """Return an id for the next record."""
        self._count += 1
        return f"record-{self._count}"

    @contextmanager
    def made_by(self, record: str, response_url: str = "") -> Iterator[None]:
        """Attribute messages posted or changed inside to a record, which came by the path `response_url` if any."""
        if response_url:
            self._response_urls[record] = response_url
        before, self._running = self._running, record
        try:
            yield
        finally:
            self._running = before

    def touch(self, message: Message) -> None:
        """Attribute a message to the current record, if there is one."""
        if not self._running:
            return
        key = (message.channel, message.ts)
        if key not in self._made:
            order = self._order_behind(message)
            self._made[key] = [] if order is None else [order.id]
        if self._running not in self._made[key]:
            self._made[key].append(self._running)

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
        """Return the recent command or click that explains a message the app posted by itself, if there is one."""
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
        """Whether the delivery was answered with a message, in the answer itself or through its response URL."""
        made = any(delivery.id in records for records in self._made.values())
        return made or not self._keys(delivery).isdisjoint(self._response_urls.values())

    def _keys(self, record: Record) -> set[str]:
        values: object = record.payload if isinstance(record, Delivery) else [record.args, record.answer.get("view")]
        keys = set(_found(values))
        if record.id in self._response_urls:
            keys.add(self._response_urls[record.id])
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
"""Ids and addresses are shorter than this; longer text is a message, which need not be searched."""
