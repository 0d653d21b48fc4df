"""The gate before Bolt, and the pages beside it, request by request."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from harness import (
    EXAMPLE,
    SECRET,
    TOKEN,
    Answer,
    Harness,
    ask,
    command_form,
    event_body,
    logged,
    make_bot,
    signed,
    slack_settings,
)

from bot import server
from bot.app import Bot
from bot.jobs.engine import Jobs
from bot.playground.block_kit.rules import check_blocks
from bot.playground.delivery.transport import sign
from bot.server import MOST_BODY_BYTES, create_asgi
from bot.slack.responses import answers_errors
from bot.timings import DEFAULT_TIMINGS, ServingTimings, Timings
from bot.views.unknown import OLD_FORM

pytestmark = pytest.mark.usefixtures("without_jobs")
BODY = command_form(EXAMPLE)
PRIVATE = "Mrs-Miller-8812"


@pytest.fixture(scope="module")
def bot(harness: Harness) -> Bot:
    return make_bot(harness)


@pytest.fixture(scope="module")
def app(bot: Bot) -> Any:
    return create_asgi(bot)


def rejected(bot: Bot, reason: str) -> float:
    value = bot.dependencies.metrics.registry.get_sample_value("segbot_rejected_requests_total", {"reason": reason})
    return value or 0.0


async def still_answers(app: Any) -> None:
    assert (await ask(app, BODY, signed(BODY))).status == 200
    assert (await ask(app, path="/readyz", method="GET")).status == 200


# Signature and timestamp


async def test_answers_a_signed_command_in_the_response(app: Any) -> None:
    answer = await ask(app, BODY, signed(BODY))
    assert answer.status == 200
    assert answer.json["response_type"] == "ephemeral"
    assert "confidence" in answer.json["text"]


def headers_with(**changes: str | None) -> dict[str, str]:
    headers = {**signed(BODY), **{name.replace("_", "-"): value or "" for name, value in changes.items()}}
    return {name: value for name, value in headers.items() if changes.get(name.replace("-", "_"), "") is not None}


NOW = int(time.time())
GOOD = signed(BODY)["x-slack-signature"]


@pytest.mark.parametrize(
    "changes",
    [
        {"x_slack_request_timestamp": None},
        {"x_slack_signature": None},
        {"x_slack_request_timestamp": None, "x_slack_signature": None},
        {"x_slack_request_timestamp": ""},
        {"x_slack_request_timestamp": "soon"},
        {"x_slack_request_timestamp": "-1"},
        {"x_slack_request_timestamp": "1.5"},
        {"x_slack_request_timestamp": f" {NOW}"},
        {"x_slack_request_timestamp": f"{NOW}\n"},
        {"x_slack_request_timestamp": "1e9"},
        {"x_slack_request_timestamp": "٣٥"},
        {"x_slack_request_timestamp": "9" * 5000},
        {"x_slack_signature": ""},
        {"x_slack_signature": "v0="},
        {"x_slack_signature": GOOD.upper()},
        {"x_slack_signature": GOOD[:-1]},
        {"x_slack_signature": f"{GOOD}0"},
        {"x_slack_signature": GOOD.replace("v0=", "v1=")},
        {"x_slack_signature": GOOD.replace("v0=", "")},
        {"x_slack_signature": "v0=" + "é" * 64},
        {"x_slack_signature": "v0=" + "0" * 64},
    ],
)
async def test_refuses_headers_slack_would_not_send(app: Any, bot: Bot, changes: dict[str, str | None]) -> None:
    before = rejected(bot, "headers") + rejected(bot, "signature")
    answer = await ask(app, BODY, headers_with(**changes))
    assert (answer.status, answer.headers["connection"]) == (401, "close")
    assert rejected(bot, "headers") + rejected(bot, "signature") == before + 1
    await still_answers(app)


async def test_refuses_header_bytes_that_are_no_text(app: Any) -> None:
    for name in (b"x-slack-signature", b"x-slack-request-timestamp"):
        raw = {n.encode(): v.encode() for n, v in signed(BODY).items()} | {name: b"\xff\xfe\x00"}
        assert (await ask(app, BODY, list(raw.items()))).status == 401
    await still_answers(app)


@pytest.mark.parametrize("seconds", [-301, -86_400, 330, 86_400])
async def test_refuses_a_request_from_another_time(app: Any, seconds: int) -> None:
    assert (await ask(app, BODY, signed(BODY, at=time.time() + seconds))).status == 401


@pytest.mark.parametrize("seconds", [-290, 290])
async def test_bears_clocks_that_differ_a_little(app: Any, seconds: int) -> None:
    assert (await ask(app, BODY, signed(BODY, at=time.time() + seconds))).status == 200


async def test_refuses_another_secret_and_a_changed_body(app: Any) -> None:
    assert (await ask(app, BODY, signed(BODY, secret=SECRET[::-1]))).status == 401
    assert (await ask(app, BODY + b"&x=1", signed(BODY))).status == 401
    assert (await ask(app, b"", signed(BODY))).status == 401


async def test_without_a_secret_nothing_is_let_in(harness: Harness) -> None:
    """Socket Mode needs no signing secret; the address is there all the same."""
    settings = slack_settings()
    lone = Bot(harness.settings, type(settings)(TOKEN, "", "xapp-1", settings.api_url))
    app = create_asgi(lone)
    stamp = str(int(time.time()))
    headers = {"x-slack-request-timestamp": stamp, "x-slack-signature": sign("", stamp, BODY)}
    assert (await ask(app, BODY, headers)).status == 401


# Bodies


async def test_refuses_a_stated_length_over_the_limit_without_reading(app: Any) -> None:
    for stated in (str(MOST_BODY_BYTES + 1), "9" * 30, "-1", "1e3", "ten", ""):
        answer = await ask(app, [b"x"] * 4, signed(BODY, {"content-length": stated}))
        assert (answer.status, answer.chunks_read) == (413, 0)
    await still_answers(app)


async def test_stops_reading_a_body_that_states_no_length(app: Any) -> None:
    chunk = b"x" * (256 * 1024)
    answer = await ask(app, [chunk] * 40, signed(BODY))
    assert (answer.status, answer.chunks_read) == (413, 5)
    await still_answers(app)


async def test_reads_a_body_of_exactly_the_limit_in_chunks(app: Any) -> None:
    body = BODY + b"&x=" + b"y" * (MOST_BODY_BYTES - len(BODY) - 3)
    chunks = [body[:1000], body[1000:500_000], body[500_000:], b""]
    assert (await ask(app, chunks, signed(body, {"content-length": str(len(body))}))).status == 200


async def test_a_caller_who_hangs_up_midway_is_refused(app: Any) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(name.encode(), value.encode()) for name, value in signed(BODY).items()]
    scope = {"type": "http", "method": "POST", "path": "/slack/events", "headers": headers, "query_string": b""}
    await app(scope, receive, send)
    assert sent[0]["status"] == 401


@pytest.mark.parametrize("body", [b"\xff\xfe\xfd", b"text=\xff", b"{\xff", b"\x00"])
async def test_bytes_that_are_no_text_never_raise(app: Any, body: bytes) -> None:
    """Signed or not: Slack's own requests are UTF-8."""
    stamp = str(int(time.time()))
    garbage = {"x-slack-request-timestamp": stamp, "x-slack-signature": "v0=" + "a" * 64}
    assert (await ask(app, body, garbage)).status == 401
    await still_answers(app)


@pytest.mark.parametrize(
    "body", [b"{", b"[", b"}{", b"null", b'{"a":' * 5000, b"payload={", b"payload=%7B", b"%%%", b""]
)
async def test_unsigned_garbage_gets_401_and_never_500(app: Any, body: bytes) -> None:
    for headers in ({}, {**signed(BODY), "content-type": "application/json"}):
        assert (await ask(app, body, headers)).status == 401
    await still_answers(app)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{", "application/json"),
        (b"{", "text/plain"),
        (b"[1, 2]", "application/json"),
        (b"null", "application/json"),
        (b'"text"', "application/json; charset=utf-8"),
        (b" [1]", "application/json"),
        (b'{"a":' * 20_000 + b"1" + b"}" * 20_000, "application/json"),
        (b"payload=", "application/x-www-form-urlencoded"),
        (b"payload=x", "application/x-www-form-urlencoded"),
        (b"payload=%5B1%5D", "application/x-www-form-urlencoded"),
        (b"a=1&payload=null", "application/x-www-form-urlencoded"),
        (b"payload=%FF", "application/x-www-form-urlencoded"),
    ],
)
async def test_a_signed_body_that_is_no_object_gets_400(app: Any, body: bytes, content_type: str) -> None:
    assert (await ask(app, body, signed(body, {"content-type": content_type}))).status == 400
    await still_answers(app)


@pytest.mark.parametrize(
    "text",
    ["payload", f"payload={EXAMPLE}", f"{EXAMPLE} payload", "&payload=1", "a&payload", "%70ayload", "{payload}"],
)
async def test_a_command_that_mentions_the_payload_is_answered(app: Any, text: str) -> None:
    """Bolt takes a form that holds the word for an interaction, and would drop the command."""
    for body in (command_form(text), b"command=%2Fsegment&text=" + quote(text).encode()):
        answer = await ask(app, body, signed(body))
        assert answer.status == 200
        assert answer.json["blocks"]


CHECK = b"token=abc&ssl_check=1"


@pytest.mark.parametrize("by_slack", [True, False])
async def test_slacks_look_at_the_certificate_is_acknowledged_signed_or_not(app: Any, *, by_slack: bool) -> None:
    answer = await ask(app, CHECK, signed(CHECK) if by_slack else {"content-length": str(len(CHECK))})
    assert (answer.status, answer.body) == (200, b"")


async def test_slacks_look_at_the_certificate_may_be_a_get(app: Any) -> None:
    assert (await ask(app, query=CHECK, method="GET")).status == 200
    for query in (b"", b"ssl_check=0", b"ssl_check=1&command=/segment", b"ssl_check=1&token=" + b"x" * 600):
        assert (await ask(app, query=query, method="GET")).status == 404


@pytest.mark.parametrize(
    "body", [b"ssl_check=1&command=%2Fsegment", b"ssl_check=0", b"ssl_check=1&token=" + b"x" * 600, b"\xff"]
)
async def test_nothing_else_comes_in_without_a_signature(app: Any, body: bytes) -> None:
    assert (await ask(app, body, {"content-length": str(len(body))})).status == 401


async def test_a_rate_limit_is_acknowledged_and_logged(app: Any) -> None:
    body = json.dumps({"type": "app_rate_limited", "token": "t", "team_id": "T1", "minute_rate_limited": 1}).encode()
    with logged() as stream:
        answer = await ask(app, body, signed(body, {"content-type": "application/json"}))
    assert answer.status == 200
    assert "Slack holds events back" in stream.getvalue()


@pytest.mark.parametrize("event", [None, [], "file_shared", 7])
async def test_an_event_that_is_no_object_gets_400(app: Any, event: object) -> None:
    body = json.dumps({"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": event}).encode()
    assert (await ask(app, body, signed(body, {"content-type": "application/json"}))).status == 400
    await still_answers(app)


async def test_an_unknown_command_is_answered_with_those_there_are(app: Any) -> None:
    body = command_form("x", "/other")
    answer = await ask(app, body, signed(body))
    assert answer.status == 200
    assert answer.json["text"] == "I don't know /other. I answer /segment, /segments and /retrain."
    assert answer.json["response_type"] == "ephemeral"


def interaction(**payload: Any) -> bytes:
    """The body of an interaction."""
    return urlencode({"payload": json.dumps({"user": {"id": "U012AB3CD"}, "team": {"id": "T1"}, **payload})}).encode()


async def test_an_unknown_form_says_that_it_is_no_longer_used(app: Any) -> None:
    body = interaction(type="view_submission", view={"callback_id": "old", "type": "modal", "id": "V1"})
    answer = await ask(app, body, signed(body))
    assert answer.status == 200
    assert answer.json["response_action"] == "update"
    assert OLD_FORM in json.dumps(answer.json["view"])
    assert check_blocks(answer.json["view"]["blocks"]) == []


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        ({"type": "view_closed", "view": {"callback_id": "old", "type": "modal"}}, b""),
        ({"type": "block_suggestion", "action_id": "old", "block_id": "b", "value": "x"}, b'{"options": []}'),
    ],
)
async def test_other_unknown_interactions_are_acknowledged(app: Any, payload: dict[str, Any], told: bytes) -> None:
    body = interaction(**payload)
    answer = await ask(app, body, signed(body))
    assert (answer.status, answer.body) == (200, told)


async def test_signed_requests_bolt_knows_nothing_of_do_not_break_it(app: Any) -> None:
    for body in (b"", b"a=1", b"{}", b'{"type": 5}', b'{"type": "event_callback"}', command_form("x", "/other")):
        await ask(app, body, signed(body))
    await still_answers(app)


# Events


@pytest.mark.parametrize(
    "event",
    [
        {"type": "team_join", "user": {"id": "U1"}},
        {"type": "message", "channel": "C1", "text": "hi", "user": "U1", "ts": "1.1"},
        {"type": "message", "subtype": "file_share", "channel": "C1", "user": "U1", "ts": "1.1"},
        {"type": "message", "subtype": "message_changed", "channel": "C1"},
        {"type": "something_new"},
        {"type": "line\nbreak"},
    ],
)
async def test_acknowledges_any_event_however_often_it_comes(app: Any, event: dict[str, Any]) -> None:
    body = event_body(event)
    for _ in range(2):
        assert (await ask(app, body, signed(body, {"content-type": "application/json"}))).status == 200


async def test_proves_that_the_address_is_its_own(app: Any) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "c4a11e46e", "token": "t"}).encode()
    answer = await ask(app, body, signed(body, {"content-type": "application/json"}))
    assert (answer.status, answer.json) == (200, {"challenge": "c4a11e46e"})


# Logs


async def test_nothing_a_person_or_a_stranger_sent_is_logged(app: Any) -> None:
    secret_text = f"age=35 income={PRIVATE} score=70"
    requests: list[tuple[bytes, dict[str, str]]] = [
        (PRIVATE.encode(), {}),
        (PRIVATE.encode(), signed(b"other")),
        (b"{" + PRIVATE.encode(), signed(b"{" + PRIVATE.encode())),
        (PRIVATE.encode(), {"x-slack-signature": PRIVATE, "x-slack-request-timestamp": PRIVATE}),
        (PRIVATE.encode(), signed(b"x", {"content-length": f"99{PRIVATE}"})),
        *((body, signed(body)) for body in map(command_form, [secret_text, EXAMPLE])),
        *(
            (body, signed(body))
            for body in (
                command_form(secret_text, "/unknown"),
                event_body({"type": "message", "text": PRIVATE, "user": PRIVATE}),
                urlencode({"payload": json.dumps({"type": "shortcut", "callback_id": "x", "user": PRIVATE})}).encode(),
                urlencode({"payload": json.dumps({"type": "view_submission", "view": {"state": PRIVATE}})}).encode(),
            )
        ),
    ]
    with logged("DEBUG") as stream:
        for body, headers in requests:
            await ask(app, body, headers)
    said = stream.getvalue()
    assert said.count("request refused") == 5
    for private in (PRIVATE, SECRET, TOKEN, "income=", "v0=", "127.0.0.1:1/hook"):
        assert private not in said


async def test_a_bot_built_while_everything_is_logged_quotes_nobody(harness: Harness) -> None:
    with logged("DEBUG") as stream:
        app = create_asgi(make_bot(harness))  # Bolt's loggers take their level when they are made
        for body in (
            command_form(PRIVATE),
            command_form(PRIVATE, "/segments"),
            event_body({"type": "x", "text": PRIVATE}),
        ):
            assert (await ask(app, body, signed(body))).status == 200
    assert PRIVATE not in stream.getvalue()


# Pages


async def get(app: Any, path: str) -> Answer:
    return await ask(app, path=path, method="GET")


async def test_the_pages_beside_slacks_address(app: Any) -> None:
    assert (await get(app, "/healthz")).body == b"ok\n"
    assert (await get(app, "/readyz")).json == {"ready": True, "problems": {}}
    metrics = (await get(app, "/metrics")).body.decode()
    assert "segbot_model_ready 1.0" in metrics
    assert 'segbot_commands_total{command="/segment",outcome="scored"}' in metrics
    assert "segbot_answer_seconds_count" in metrics


@pytest.mark.parametrize(
    "path", ["/", "/slack", "/slack/events", "/slack/events/", "/slack/install", "/docs", "//slack/events"]
)
async def test_nothing_else_is_there(app: Any, path: str) -> None:
    assert (await get(app, path)).status == 404
    if path != "/slack/events":
        assert (await ask(app, BODY, signed(BODY), path=path)).status in {404, 405}


async def test_is_not_ready_without_a_model_but_alive_and_answering(tmp_path: Path) -> None:
    app = create_asgi(make_bot(Harness(tmp_path)))
    ready = await get(app, "/readyz")
    assert (ready.status, ready.json["ready"]) == (503, False)
    assert "segbot train" in ready.json["problems"]["model"]
    assert (await get(app, "/healthz")).status == 200
    answer = await ask(app, BODY, signed(BODY))
    assert (answer.status, answer.json["response_type"]) == (200, "ephemeral")
    assert "There is no model yet. Somebody has to train one" in answer.json["text"]
    assert "confidence" not in answer.json["text"]


async def test_stays_ready_and_says_why_when_the_current_version_is_broken(harness: Harness, tmp_path: Path) -> None:
    own = harness.copy(tmp_path)
    bot = make_bot(own)
    (own.folder / "models" / "current").write_text("../../etc/passwd")
    bot.dependencies.live.refresh()
    ready = await get(create_asgi(bot), "/readyz")
    assert (ready.status, ready.json["ready"]) == (200, True)
    assert "holds no version id" in ready.json["problems"]["model"]


async def test_a_replica_that_was_told_to_stop_is_not_ready_and_still_answers(harness: Harness) -> None:
    bot = make_bot(harness)
    bot.draining = True
    app = create_asgi(bot)
    ready = await get(app, "/readyz")
    assert (ready.status, ready.json["ready"]) == (503, False)
    assert ready.json["problems"] == {"process": "It has been told to stop."}
    assert (await ask(app, BODY, signed(BODY))).status == 200
    assert (await get(app, "/healthz")).status == 200


@pytest.mark.parametrize(("listens", "status"), [(True, 200), (False, 503)])
async def test_jobs_that_wait_are_told_and_only_who_does_nothing_else_is_not_ready(
    harness: Harness, listens: bool, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = Bot(harness.settings, slack_settings(), listens=listens)
    bot.dependencies.live.refresh()
    monkeypatch.setattr(Jobs, "problem", "The database is away.")
    ready = await get(create_asgi(bot), "/readyz")
    assert (ready.status, ready.json["ready"]) == (status, status == 200)
    assert ready.json["problems"] == {"jobs": "The database is away."}


async def test_who_only_works_takes_no_requests_of_slack(harness: Harness) -> None:
    bot = Bot(harness.settings, slack_settings(), listens=False)
    bot.dependencies.live.refresh()
    app = create_asgi(bot)
    assert (await ask(app, BODY, signed(BODY))).status == 404
    assert (await get(app, "/readyz")).status == 200


# What runs beside the requests


@pytest.fixture
async def started(harness: Harness, tmp_path: Path) -> AsyncIterator[tuple[Bot, Harness]]:
    own = harness.copy(tmp_path)
    bot = Bot(own.settings, slack_settings())
    async with server.running(bot):
        yield bot, own


async def test_the_model_is_loaded_before_the_first_request(started: tuple[Bot, Harness]) -> None:
    bot, own = started
    assert bot.dependencies.live.get().version == own.versions[0]


async def test_goes_on_introducing_itself_until_slack_answers(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = make_bot(harness, timings=Timings(serving=ServingTimings(introduction=0)))
    answers, done = iter([False, False, True]), asyncio.Event()

    async def introduce() -> bool:
        if answer := next(answers):
            done.set()
        return answer

    monkeypatch.setattr(bot, "introduce", introduce)
    async with server.running(bot):
        await asyncio.wait_for(done.wait(), 5)


@pytest.mark.usefixtures("without_jobs")
async def test_what_was_acknowledged_ends_before_the_process_does(harness: Harness) -> None:
    bot, stopping, done = make_bot(harness), asyncio.Event(), []

    @answers_errors(bot.dependencies.metrics, bot.dependencies.follow_ups)
    async def follow() -> None:
        await stopping.wait()
        await asyncio.sleep(0.05)
        done.append("told")

    async with server.running(bot):
        asyncio.create_task(follow())  # noqa: RUF006 - as Bolt does, which forgets it
        await asyncio.sleep(0)
        stopping.set()
    assert done == ["told"]


@pytest.mark.usefixtures("without_jobs")
async def test_what_hangs_is_not_waited_for_for_ever(harness: Harness) -> None:
    bot = make_bot(harness, timings=Timings(serving=ServingTimings(follow_up=0.05)))

    @answers_errors(bot.dependencies.metrics, bot.dependencies.follow_ups)
    async def hang() -> None:
        await asyncio.Event().wait()

    async with server.running(bot):
        hanging = asyncio.create_task(hang())
        await asyncio.sleep(0)
    assert not hanging.done()
    hanging.cancel()


def test_stopping_takes_no_longer_than_it_may() -> None:
    timings = DEFAULT_TIMINGS.serving
    assert timings.notice + timings.connections + timings.follow_up + timings.jobs < timings.last < 25
