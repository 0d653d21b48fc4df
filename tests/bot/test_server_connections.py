"""Connections that are half open, slow or too many: they cost others nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from bot.connections import MOST_CONNECTIONS, BoundedConfig, BoundedProtocol
from bot.serving import Server, uvicorn_config
from bot.timings import ServingTimings

HALF = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Len"
BODYLESS = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab"
WHOLE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
SECONDS = 30.0


async def read_all(scope: Any, receive: Any, send: Any) -> None:
    """Read a request and answer it with what was read."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Port:
    """A server's port."""

    server: Server
    config: BoundedConfig
    number: int
    opened: list[asyncio.StreamWriter]

    async def connect(self, data: bytes = b"") -> Connection:
        """Connect and send something."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.number)
        self.opened.append(writer)
        writer.write(data)
        await writer.drain()
        return reader, writer

    async def answer(self, connection: Connection) -> bytes:
        """The first line of what comes back; empty if the connection was cut."""
        try:
            return await asyncio.wait_for(connection[0].readline(), SECONDS)
        except ConnectionError:
            return b""

    async def hold(self, count: int) -> None:
        """Wait until the server holds so many connections."""
        async with asyncio.timeout(SECONDS):
            while len(self.server.server_state.connections) != count:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)


@asynccontextmanager
async def listening(most: int = 8, request_seconds: float = SECONDS * 4, app: Any = read_all) -> AsyncIterator[Port]:
    """A server on a free port."""
    config = BoundedConfig(
        app, request_seconds=request_seconds, most_connections=most, lifespan="off", log_config=None, ws="none"
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server, opened = Server(config), list[asyncio.StreamWriter]()
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await server.ready.wait()
            yield Port(server, config, listener.getsockname()[1], opened)
        finally:
            for writer in opened:
                writer.close()
            server.stop()
            server.force_exit = True
            await serving


async def test_half_open_connections_beyond_the_bound_give_way_to_new_ones() -> None:
    async with listening(most=8) as port:
        half = [await port.connect(HALF) for _ in range(8)]
        await port.hold(8)
        for _ in range(30):
            await port.connect(HALF)
        connection = await port.connect(WHOLE)
        assert await port.answer(connection) == b"HTTP/1.1 200 OK\r\n"
        assert len(port.server.server_state.connections) <= 8
        for cut in half:
            assert await port.answer(cut) == b""


async def test_a_connection_that_was_answered_gives_way_too() -> None:
    async with listening(most=2) as port:
        for _ in range(6):
            assert await port.answer(await port.connect(WHOLE)) == b"HTTP/1.1 200 OK\r\n"
        assert len(port.server.server_state.connections) <= 2


async def test_requests_under_way_are_not_cut_for_a_new_connection() -> None:
    begun, go_on = asyncio.Semaphore(0), asyncio.Event()

    async def slowly(scope: Any, receive: Any, send: Any) -> None:
        begun.release()
        await go_on.wait()
        await read_all(scope, receive, send)

    async with listening(most=2, app=slowly) as port:
        under_way = [await port.connect(WHOLE) for _ in range(2)]
        for _ in under_way:
            await asyncio.wait_for(begun.acquire(), SECONDS)
        assert await port.answer(await port.connect(WHOLE)) == b""
        go_on.set()
        assert [await port.answer(one) for one in under_way] == [b"HTTP/1.1 200 OK\r\n"] * 2


@pytest.mark.parametrize("sent", [b"", HALF, BODYLESS], ids=["nothing", "half a header", "half a body"])
async def test_a_request_that_does_not_arrive_in_time_is_ended(sent: bytes) -> None:
    async with listening(request_seconds=0.05) as port:
        assert await port.answer(await port.connect(sent)) == b"HTTP/1.1 408 Request Timeout\r\n"
        await port.hold(0)
        assert not port.config.waiting


async def test_a_second_request_on_a_connection_has_its_own_time() -> None:
    async with listening() as port:
        connection = await port.connect(WHOLE)
        assert await port.answer(connection) == b"HTTP/1.1 200 OK\r\n"
        port.config.request_seconds = 0.05
        connection[1].write(HALF)
        rest = await asyncio.wait_for(connection[0].read(), SECONDS)
        assert rest.endswith(b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")


async def test_requests_in_time_keep_a_connection_however_long_it_lasts() -> None:
    """One timer serves them all: when it fires, it looks for the request that is under way by then."""
    async with listening() as port:
        connection = await port.connect(WHOLE)
        assert await port.answer(connection) == b"HTTP/1.1 200 OK\r\n"
        (protocol,) = port.server.server_state.connections
        assert isinstance(protocol, BoundedProtocol)
        protocol._look()  # no request is under way
        connection[1].write(HALF)
        async with asyncio.timeout(SECONDS):
            while protocol._due is None:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)
        protocol._look()  # this one still has time
        connection[1].write(b"gth: 0\r\n\r\n")
        assert b"HTTP/1.1 200 OK\r\n" in await asyncio.wait_for(connection[0].readuntil(b"OK\r\n"), SECONDS)


async def test_an_answer_may_take_longer_than_its_request() -> None:
    waiting: list[int] = []

    async def look(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        waiting.append(len(port.config.waiting))
        (protocol,) = port.server.server_state.connections
        assert isinstance(protocol, BoundedProtocol)
        assert protocol._due is None
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async with listening(app=look) as port:
        assert await port.answer(await port.connect(WHOLE)) == b"HTTP/1.1 204 No Content\r\n"
    assert waiting == [0]


def test_the_bounds_of_service_leave_file_descriptors_to_the_model_and_time_to_slack() -> None:
    assert MOST_CONNECTIONS <= 512  # of the 1024 that a process commonly may open
    assert 3 < ServingTimings().request <= 30
    assert uvicorn_config.__kwdefaults__ == {"most_connections": MOST_CONNECTIONS}
