"""Progress on stderr while somebody watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console


@contextmanager
def progress(title: str, stream: TextIO | None = None) -> Iterator[Callable[[object], None]]:
    """Show the step under way, or the rows done so far, on stderr; silent when that is not a terminal."""
    stream = stream or sys.stderr
    if not stream.isatty():
        yield lambda _step: None
        return
    with Console(file=stream).status(f"{title}…") as status:
        yield lambda step: status.update(f"{title}: {step:,} rows" if isinstance(step, int) else f"{title}: {step}")
