"""The fast path answers what Bolt would answer, and leaves everything else to Bolt."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlencode

import pytest
from harness import EXAMPLE, Answer, Harness, ask, command_form, make_bot, signed
from hypothesis import given
from hypothesis import strategies as st
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler

from bot.app import Bot
from bot.commands.segment import SegmentAnswers
from bot.fast_path import FastPath, command_of
from bot.server import EVENTS_PATH, create_asgi
from bot.slack.workspace import Installation

pytestmark = pytest.mark.usefixtures("without_jobs")
FORM = b"application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def bot(harness: Harness) -> Bot:
    found = make_bot(harness)
    found.dependencies.access.home.note(Installation("T1"))
    return found


@pytest.fixture(scope="module")
def fast(bot: Bot) -> FastPath:
    return FastPath(SegmentAnswers(bot.dependencies))


async def asked_of_bolt(bot: Bot, body: bytes) -> Answer:
    return await ask(AsyncSlackRequestHandler(bot.app, EVENTS_PATH), body, signed(body))


def counted(bot: Bot, outcome: str) -> float:
    labels = {"command": "/segment", "outcome": outcome}
    return bot.dependencies.metrics.registry.get_sample_value("segbot_commands_total", labels) or 0.0


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (EXAMPLE, "scored"),
        ("income=87.5 score=82", "scored"),
        ("  *age*: 41 yrs, income = 33k; score=9 ", "scored"),
        ("income=60", "asked"),
        ("income=60000 score=70", "refused"),
        ("45 % & payload=1 + <!channel> ÄÖ 好 = payload", "refused"),
        ("help", "usage"),
    ],
)
async def test_answers_as_bolt_does(bot: Bot, fast: FastPath, text: str, outcome: str) -> None:
    body = command_form(text).replace(b"payload", b"%70ayload")  # as the server hands it on to Bolt
    before = counted(bot, outcome)
    answer = await ask(create_asgi(bot), command_form(text), signed(command_form(text)))
    assert counted(bot, outcome) == before + 1
    other = await asked_of_bolt(bot, body)
    assert (answer.status, answer.body) == (other.status, other.body)
    assert answer.headers == other.headers
    assert fast.answer(command_form(text), FORM) == answer.body


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (command_form(""), FORM),
        (command_form("%20%20 \u3000"), FORM),
        (command_form(EXAMPLE, "/segments"), FORM),
        (command_form(EXAMPLE).replace(b"T1", b"T2"), FORM),
        (command_form(EXAMPLE), b"application/json"),
        (command_form(EXAMPLE), b""),
        (command_form(EXAMPLE) + b"&payload=%7B%7D", FORM),
        (command_form(EXAMPLE) + b"&%63ommand=%2Fretrain", FORM),
        (command_form(EXAMPLE) + b"&command=%2Fretrain", FORM),
        (b'{"command": "/segment", "text": "age=35"}', FORM),
        (b"", FORM),
        (b"ssl_check=1&token=t", FORM),
    ],
)
def test_leaves_everything_else_to_bolt(fast: FastPath, body: bytes, content_type: bytes) -> None:
    if body == command_form("%20%20 \u3000"):  # typed as such, it is a text; sent as such, it is blank
        body = body.replace(b"%25", b"%")
    assert fast.answer(body, content_type) is None


async def test_bolt_answers_the_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bot = make_bot(Harness(tmp_path))
    body = command_form(EXAMPLE)
    answer = await ask(create_asgi(bot), body, signed(body))
    assert (answer.status, "no model yet" in answer.json["text"]) == (200, True)

    def fail(*_: object) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(SegmentAnswers, "to", fail)
    answer = await ask(create_asgi(bot), body, signed(body))
    assert (answer.status, "confidence" in answer.json["text"]) == (200, False)
    assert bot.dependencies.metrics.registry.get_sample_value("segbot_errors_total") == 1


_NAMES = st.sampled_from(["command", "text", "team_id", "enterprise_id", "trigger_id", "", "te"])


@given(st.lists(st.tuples(_NAMES, st.text()), max_size=8), st.booleans())
def test_reads_a_form_as_the_standard_library_does(fields: list[tuple[str, str]], plus: bool) -> None:
    body = urlencode(fields, errors="replace", quote_via=quote_plus if plus else quote)
    read = dict(parse_qsl(body, keep_blank_values=True))
    wanted = ("command", "text", "team_id", "enterprise_id")
    assert command_of(body.encode()) == {name: read[name] for name in wanted if name in read}


@given(st.text(alphabet="commandtex=&+%2F0Aé"))
def test_reads_any_text_as_the_standard_library_does_or_not_at_all(text: str) -> None:
    found = command_of(text.encode())
    read = dict(parse_qsl(text, keep_blank_values=True))
    assert found is None or found == {name: read[name] for name in ("command", "text") if name in read}
