"""What reaches the bot's port, byte for byte: strangers, garbage and Slack's own odd requests."""

from __future__ import annotations

import asyncio
import json
import time
from urllib.parse import urlsplit

import pytest
from harness import EXAMPLE, command_form
from stage import Stage

from bot.actions.unknown import OLD_SHORTCUT
from bot.playground.delivery.transport import sign
from bot.server import MOST_BODY_BYTES


async def exchange(stage: Stage, raw: bytes) -> tuple[int, bytes]:
    """Send bytes to the bot's port; return the status and the rest of the answer."""
    address = urlsplit(str(stage.pg.deliver.request_url))
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        writer.write(raw)
        await writer.drain()
        answer = await asyncio.wait_for(reader.read(65_536), 5)
    finally:
        writer.close()
    return int(answer.split(b" ", 2)[1]), answer


def request(body: bytes, *headers: bytes, method: bytes = b"POST", path: bytes = b"/slack/events") -> bytes:
    lines = [method + b" " + path + b" HTTP/1.1", b"Host: x", b"Connection: close", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def signature(stage: Stage, body: bytes) -> list[bytes]:
    stamp = str(int(time.time()))
    secret = stage.pg.workspace.install.signing_secret
    return [
        b"X-Slack-Request-Timestamp: " + stamp.encode(),
        b"X-Slack-Signature: " + sign(secret, stamp, body).encode(),
        b"Content-Type: application/x-www-form-urlencoded",
    ]


async def ready(stage: Stage) -> bool:
    status, _ = await exchange(stage, request(b"", method=b"GET", path=b"/readyz"))
    return status == 200


async def test_the_process_stays_ready_whatever_a_stranger_sends(stage: Stage) -> None:
    body = command_form(EXAMPLE)
    length = b"Content-Length: %d" % len(body)
    stamp, good, form = signature(stage, body)
    attempts = [
        (401, request(body, length)),
        (401, request(body, length, b"X-Slack-Signature: v0=\xff\xfe", stamp)),
        (401, request(body, length, b"X-Slack-Request-Timestamp: \xd9\xa3", good)),
        (401, request(body, length, stamp, good.upper())),
        (401, request(b"\xff" * 9, b"Content-Length: 9", stamp, good)),
        (401, request(b"{" * 9, b"Content-Length: 9", b"Content-Type: application/json", stamp, good)),
        (413, request(b"", b"Content-Length: %d" % (MOST_BODY_BYTES + 1), stamp, good)),
        (413, request(b"", b"Content-Length: 99999999999999", stamp, good)),
        (400, b"\x16\x03\x01 nonsense\r\n\r\n"),
        (404, request(b"", method=b"GET")),
        (404, request(b"", method=b"GET", path=b"/../../etc/passwd")),
    ]
    for status, raw in attempts:
        assert (await exchange(stage, raw))[0] == status
        assert await ready(stage)
    status, answer = await exchange(stage, request(body, length, stamp, good, form))
    assert status == 200
    assert b"confidence" in answer


async def test_a_body_too_long_is_refused_although_it_states_no_length(stage: Stage) -> None:
    stamp, good, form = signature(stage, b"x")
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    raw = request(chunk * 20 + b"0\r\n\r\n", b"Transfer-Encoding: chunked", stamp, good, form)
    assert (await exchange(stage, raw))[0] == 413
    assert await ready(stage)


async def test_a_signed_body_that_is_no_object_is_refused(stage: Stage) -> None:
    for body in (b"[1]", b"{", b"null"):
        stamp, good, _ = signature(stage, body)
        raw = request(body, b"Content-Length: %d" % len(body), stamp, good, b"Content-Type: application/json")
        assert (await exchange(stage, raw))[0] == 400
    assert await ready(stage)


async def test_proves_the_address_to_slack(stage: Stage) -> None:
    assert (await stage.pg.deliver.url_verification()).status == 200


@pytest.mark.parametrize("kind", ["team_join", "reaction_added", "something_new"])
async def test_any_event_is_acknowledged_at_the_first_attempt(stage: Stage, kind: str) -> None:
    for _ in range(2):  # the same event may come twice
        reply = await stage.pg.deliver.event({"type": kind, "user": {"id": "U1"}}, event_id="Ev1")
        assert (reply.status, reply.attempts) == (200, 1)


async def test_a_shortcut_of_another_version_is_answered_where_its_user_reads_it(stage: Stage) -> None:
    workspace = stage.pg.workspace
    assert (await stage.pg.deliver.shortcut("old_shortcut")).status == 200
    told = await workspace.wait_for(lambda one: one.text == OLD_SHORTCUT)
    assert told.channel == workspace.direct_message(workspace.analyst).id
    message = workspace.say(workspace.analyst, workspace.general, "35, 60, 70")
    assert (await stage.pg.deliver.shortcut("old_shortcut", message=message)).status == 200
    told = await workspace.wait_for(lambda one: one.text == OLD_SHORTCUT and one.channel == message.channel)
    assert told.ephemeral_to == workspace.analyst.id


async def test_a_hundred_people_ask_at_once(stage: Stage) -> None:
    replies = await asyncio.gather(*(stage.pg.deliver.command("/segment", EXAMPLE) for _ in range(100)))
    assert {reply.status for reply in replies} == {200}
    texts = {json.dumps(reply.body["blocks"]) for reply in replies if isinstance(reply.body, dict)}
    assert len(texts) == 1
