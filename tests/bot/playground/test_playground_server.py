"""Starting and closing the playground's server."""

from __future__ import annotations

import asyncio
import socket

import pytest

from bot.playground.server import HOST, Playground


@pytest.mark.parametrize("iterations", range(8))
async def test_closing_ends_every_connection_however_new_it_is(iterations: int) -> None:
    playground = Playground()
    await playground.start()
    port = int(playground.workspace.base_url.rpartition(":")[2])
    with socket.create_connection((HOST, port)) as client:
        client.setblocking(False)
        # From here on the server accepts; each iteration of the loop takes it one step further.
        for _ in range(iterations):
            await asyncio.sleep(0)
        await playground.close()
        assert _ended(client)


def _ended(client: socket.socket) -> bool:
    """Tell whether the other end has closed or reset the connection."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True
    except BlockingIOError:
        return False
