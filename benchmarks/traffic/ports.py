"""Ports for servers that a test starts, kills and starts again on the same port."""

from __future__ import annotations

import contextlib
import secrets
import socket
from typing import Final

HOST: Final = "127.0.0.1"
# Below the ephemeral ports: an outgoing connection could take one of those while the server is down.
_FIRST: Final = 10_000
_LAST: Final = 32_000
_TRIES: Final = 100


def free_port() -> int:
    """Find a port of 127.0.0.1 where nothing listens now, and that no outgoing connection will take later.

    Raises
    ------
    OSError
        When many random ports are all in use.
    """
    for _ in range(_TRIES):
        port = _FIRST + secrets.randbelow(_LAST - _FIRST)
        with contextlib.suppress(OSError), socket.create_server((HOST, port)):
            return port
    raise OSError("no free port found")
