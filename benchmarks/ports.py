"""Ports of this machine for servers that are started, killed and started again at the same place."""

from __future__ import annotations

import contextlib
import secrets
import socket
from typing import Final

HOST: Final = "127.0.0.1"
# Below those the system gives to outgoing connections: one of them could take the port while a server is down.
_FIRST: Final = 10_000
_LAST: Final = 32_000
_TRIES: Final = 100


def free_port() -> int:
    """Find a port of 127.0.0.1 that nobody listens on just now and that no outgoing connection is given later.

    Raises
    ------
    OSError
        When there is none in many tries.
    """
    for _ in range(_TRIES):
        port = _FIRST + secrets.randbelow(_LAST - _FIRST)
        with contextlib.suppress(OSError), socket.create_server((HOST, port)):
            return port
    raise OSError("no free port was found")
