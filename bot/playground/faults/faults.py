"""The active faults: what goes wrong, for which method, and how many more times."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

FaultKind = Literal[
    "status", "hang", "drop", "delay", "missing_scope", "error", "truncate", "stall", "redirect", "html"
]

ANY: Final = "*"
UPLOAD: Final = "upload"
DOWNLOAD: Final = "download"
RESPONSE_URL: Final = "response_url"
"""Not methods of the Web API, but faults can be set for them too."""

TOO_MANY: Final = 429


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Parameters
    ----------
    method
        A method of the Web API, ``upload``, ``download``, ``response_url``, or ``*`` for everything.
    kind
        What happens.
    times
        How many more calls it applies to; None until cleared.
    status
        HTTP status, for ``status``.
    seconds
        ``Retry-After`` of a 429, or how long a ``delay`` takes.
    word
        Slack's error code for ``error``, the scope for ``missing_scope``, the target of a ``redirect``.
    """

    method: str
    kind: FaultKind
    times: int | None = None
    status: int = 0
    seconds: float = 0.0
    word: str = ""


class Faults:
    """The active faults in the order they were added; the first that matches a call is applied to it.

    Attributes
    ----------
    on_change
        Called whenever the active faults change.
    """

    def __init__(self) -> None:
        self._active: list[Fault] = []
        self._released = asyncio.Event()
        self._duplicates = 0
        self.on_change: Callable[[], None] = lambda: None

    @property
    def duplicates(self) -> int:
        """How many of the next events are delivered twice."""
        return self._duplicates

    @property
    def active(self) -> tuple[Fault, ...]:
        """All active faults, oldest first."""
        return tuple(self._active)

    def rate_limit(self, method: str = ANY, *, retry_after: int = 1, times: int | None = 1) -> None:
        """Answer 429 with ``Retry-After``."""
        self.add(Fault(method, "status", times, status=TOO_MANY, seconds=retry_after))

    def server_error(self, method: str = ANY, *, status: int = 503, times: int | None = 1) -> None:
        """Answer 500, 502 or 503 without a usable body."""
        self.add(Fault(method, "status", times, status=status))

    def error(self, method: str, word: str, *, times: int | None = 1) -> None:
        """Answer with one of Slack's error codes."""
        self.add(Fault(method, "error", times, word=word))

    def hang(self, method: str = ANY, *, times: int | None = 1) -> None:
        """Accept the request but do not answer until faults are cleared."""
        self.add(Fault(method, "hang", times))

    def drop(self, method: str = ANY, *, times: int | None = 1) -> None:
        """Abort the connection instead of answering."""
        self.add(Fault(method, "drop", times))

    def delay(self, method: str = ANY, *, seconds: float, times: int | None = 1) -> None:
        """Answer normally, but late."""
        self.add(Fault(method, "delay", times, seconds=seconds))

    def missing_scope(self, method: str, scope: str, *, times: int | None = None) -> None:
        """Answer as if the app had been installed without a scope."""
        self.add(Fault(method, "missing_scope", times, word=scope))

    def truncate_download(self, *, times: int | None = 1) -> None:
        """End a download halfway as if it were complete."""
        self.add(Fault(DOWNLOAD, "truncate", times))

    def stall_download(self, *, times: int | None = 1) -> None:
        """Send half of a download, then nothing until faults are cleared."""
        self.add(Fault(DOWNLOAD, "stall", times))

    def redirect_download(self, target: str, *, times: int | None = 1) -> None:
        """Answer a download with a redirect to `target`."""
        self.add(Fault(DOWNLOAD, "redirect", times, word=target))

    def html_download(self, *, times: int | None = 1) -> None:
        """Answer a download with a sign-in page and 200."""
        self.add(Fault(DOWNLOAD, "html", times))

    def duplicate_events(self, times: int = 1) -> None:
        """Deliver each of the next events twice, under the same event id."""
        self._duplicates += times
        self.on_change()

    def add(self, fault: Fault) -> None:
        """Add a fault."""
        self._active.append(fault)
        self.on_change()

    def clear(self, method: str | None = None) -> None:
        """Remove all faults, or those of one method, and release hanging requests."""
        self._active = [fault for fault in self._active if method is not None and fault.method != method]
        if method is None:
            self._duplicates = 0
        self._released.set()
        self._released = asyncio.Event()
        self.on_change()

    def take(self, method: str) -> Fault | None:
        """Return the fault to apply to a call to `method` now, if any, and count it."""
        for index, fault in enumerate(self._active):
            if fault.method in (method, ANY):
                if fault.times is not None:
                    left = fault.times - 1
                    self._active[index : index + 1] = [replace(fault, times=left)] if left else []
                    self.on_change()
                return fault
        return None

    def take_duplicate(self) -> bool:
        """Return whether to deliver the current event twice, and count it."""
        if self._duplicates:
            self._duplicates -= 1
            self.on_change()
            return True
        return False

    async def until_cleared(self) -> None:
        """Wait until faults are cleared."""
        await self._released.wait()
