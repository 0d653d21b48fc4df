"""What the bot's tests share: a trained model in a registry of its own, signed requests, and a look-out for markup."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from reference import sample_trained
from slack_sdk.signature import SignatureVerifier

from bot.app import Bot
from bot.blocks.reply import Reply
from bot.jobs.engine import Jobs
from bot.logs import configure_logging
from bot.settings import Settings, SlackSettings, load_settings
from bot.timings import DEFAULT_TIMINGS, Timings
from segmentation.model import SegmentModel
from segmentation.registry.registry import Registry
from segmentation.schema import Schema
from segmentation.schema_data import default_schema
from segmentation.training.train import Trained

SIGNING_KEY: Final = "a key for tests only, and long enough"
SECRET: Final = "8f742231b10e8888abcd99yyyzzz85a5"
TOKEN: Final = "xoxb-for-tests"
EXAMPLE: Final = "age=35 income=60 score=70"
NOWHERE: Final = "http://127.0.0.1:1/api/"
"""A Web API address where nobody listens."""
SHARED: Final = ("harness", "real_harness")
"""Fixtures that all tests of a run use."""


@dataclass(frozen=True)
class Harness:
    """A registry's folders on disk, and the settings that point there."""

    folder: Path
    versions: tuple[str, ...] = ()
    more: tuple[tuple[str, str], ...] = ()

    @property
    def env(self) -> dict[str, str]:
        """The environment variables of this harness."""
        return {
            "SEGBOT_MODELS_DIR": str(self.folder / "models"),
            "SEGBOT_STATE_DIR": str(self.folder / "var"),
            "SEGBOT_SIGNING_KEY": SIGNING_KEY,
            **dict(self.more),
        }

    @property
    def settings(self) -> Settings:
        """The settings of this harness."""
        return load_settings(self.env)

    @property
    def registry(self) -> Registry:
        """The registry of this harness."""
        return Registry.open(self.settings.models_dir, self.settings.state_dir, SIGNING_KEY)

    def copy(self, folder: Path) -> Harness:
        """Return a copy to change at will."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Harness(folder, self.versions)

    def break_version(self, version: str) -> None:
        """Damage a stored model."""
        path = self.folder / "models" / version / "model.json"
        path.write_bytes(path.read_bytes()[:-9])

    def break_manifest(self, version: str) -> None:
        """Damage what a stored version says of itself."""
        path = self.folder / "models" / version / "manifest.json"
        path.write_bytes(path.read_bytes()[:-9])


@pytest.fixture(scope="session")
def trained() -> Trained:
    """A model trained on the synthetic sample."""
    return sample_trained()


@pytest.fixture(scope="session")
def harness(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Harness:
    """A registry with the sample model in service; not to be changed."""
    empty = Harness(tmp_path_factory.mktemp("bot"))
    (empty.folder / "var").mkdir()
    version = empty.registry.save(trained, actor="tests", source="200 synthetic sample customers")
    empty.registry.promote(version, actor="tests")
    return Harness(empty.folder, (version,))


@pytest.fixture(autouse=True)
def what_tests_share_stays_unchanged(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that changes what others count on: which test comes after which differs from run to run."""
    shared = [request.getfixturevalue(name) for name in SHARED if name in request.fixturenames]
    before = [one.registry.history() for one in shared]
    yield
    assert [one.registry.history() for one in shared] == before, "change a copy: harness.copy(…)"


@pytest.fixture(scope="session")
def model(harness: Harness) -> SegmentModel:
    """The model in service."""
    return harness.registry.load_current()


@pytest.fixture(scope="session")
def schema() -> Schema:
    """The shipped schema."""
    return default_schema()


@pytest.fixture
def without_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave background jobs out: they have tests of their own, and take a while to stop."""
    monkeypatch.setattr(Jobs, "start", lambda _self: None)
    monkeypatch.setattr(Jobs, "stop", lambda _self, *_seconds: None)


def slack_settings(api_url: str = NOWHERE) -> SlackSettings:
    """Slack's side of the settings, with the secret of these tests."""
    return SlackSettings(TOKEN, SECRET, "", api_url)


def make_bot(harness: Harness, api_url: str = NOWHERE, timings: Timings = DEFAULT_TIMINGS) -> Bot:
    """A bot in that harness whose model is loaded."""
    bot = Bot(harness.settings, slack_settings(api_url), timings=timings)
    bot.dependencies.live.refresh()
    return bot


def signed(
    body: bytes, more: dict[str, str] | None = None, *, secret: str = SECRET, at: float | None = None
) -> dict[str, str]:
    """The headers of a request from Slack, signed now or at another time; `more` adds to them or replaces some."""
    stamp = str(int(time.time() if at is None else at))
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    assert signature is not None
    return {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": signature,
        **(more or {}),
    }


def command_form(text: str, command: str = "/segment", response_url: str = "http://127.0.0.1:1/hook") -> bytes:
    """The body of a slash command."""
    fields = {
        "token": "t",
        "team_id": "T1",
        "channel_id": "C1",
        "user_id": "U1",
        "command": command,
        "text": text,
        "response_url": response_url,
        "trigger_id": "1.2.3",
        "api_app_id": "A1",
    }
    return urlencode(fields).encode()


def event_body(event: dict[str, Any]) -> bytes:
    """The body of an event."""
    return json.dumps({"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": event}).encode()


@dataclass
class Answer:
    """What an ASGI application answered."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    chunks_read: int = 0

    @property
    def json(self) -> Any:
        """The body, as JSON."""
        return json.loads(self.body)


async def ask(
    app: Any,
    body: bytes | list[bytes] = b"",
    headers: dict[str, str] | list[tuple[bytes, bytes]] | None = None,
    *,
    path: str = "/slack/events",
    method: str = "POST",
    query: bytes = b"",
) -> Answer:
    """Send one request to an ASGI application, its body in one or several chunks."""
    chunks = [body] if isinstance(body, bytes) else body
    answer = Answer()

    async def receive() -> dict[str, Any]:
        at = answer.chunks_read
        answer.chunks_read += 1
        if at >= len(chunks):
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": chunks[at], "more_body": at + 1 < len(chunks)}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            answer.body += message.get("body", b"")

    raw = headers if isinstance(headers, list) else [(n.encode(), v.encode()) for n, v in (headers or {}).items()]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": raw,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "scheme": "http",
        "root_path": "",
    }
    await app(scope, receive, send)
    return answer


class Log(io.StringIO):
    """What has been logged; one can wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self._awaited: list[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]] = []

    def write(self, text: str) -> int:
        """Take a line, and tell whoever waits for it."""
        count = super().write(text)
        for phrase, loop, heard in [*self._awaited]:
            if phrase in self.getvalue() and not loop.is_closed():
                loop.call_soon_threadsafe(heard.set)
        return count

    async def hear(self, phrase: str, seconds: float = 60.0) -> None:
        """Wait until `phrase` has been logged, from within the event loop this runs in."""
        heard = asyncio.Event()
        self._awaited.append((phrase, asyncio.get_running_loop(), heard))
        if phrase not in self.getvalue():
            await asyncio.wait_for(heard.wait(), seconds)


@contextmanager
def logged(level: str = "DEBUG") -> Iterator[Log]:
    """Set logging up as `segbot serve` does, into a buffer, and put everything back afterwards."""
    root = logging.getLogger()
    handlers, before = root.handlers[:], root.level
    levels = {name: one.level for name, one in [*logging.Logger.manager.loggerDict.items()] if hasattr(one, "level")}
    stream = Log()
    configure_logging(level, stream)
    try:
        yield stream
    finally:
        root.handlers[:] = handlers
        root.setLevel(before)
        for name in [*logging.Logger.manager.loggerDict]:
            logging.getLogger(name).setLevel(levels.get(name, logging.NOTSET))


_LIVE: Final = re.compile(r"<[!@#a-zA-Z/]|<(?=[^>]*>)")
_ENTITY: Final = re.compile(r"&(?!amp;|lt;|gt;)")
_HIDDEN: Final = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\x00-\x09\x0b-\x1f\x7f\u2028\u2029]")


def live_markup(text: str) -> str:
    """Return what Slack would act on in a mrkdwn text: mentions, links, an unescaped or cut entity, an open code span.

    Empty when there is nothing.
    """
    for pattern in (_LIVE, _ENTITY, _HIDDEN):
        if found := pattern.search(text):
            return f"{found[0]!r} in {text!r}"
    if "<" in text or ">" in text:
        return f"an angle bracket in {text!r}"
    if any(line.count("`") % 2 for line in text.split("\n")) or "```" in text:
        return f"an open code span in {text!r}"
    return ""


def elements(blocks: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The buttons and menus of a message, in order."""
    return [one for block in blocks if block["type"] == "actions" for one in block["elements"]]


def mrkdwn_texts(value: Any) -> list[str]:
    """Return the text of every mrkdwn object in blocks."""
    if isinstance(value, list):
        return [text for item in value for text in mrkdwn_texts(item)]
    if not isinstance(value, dict):
        return []
    if value.get("type") == "mrkdwn":
        assert value["verbatim"] is True  # else Slack makes links of plain words
        return [value["text"]]
    return [text for item in value.values() for text in mrkdwn_texts(item)]


def everything_said(reply: Reply) -> str:
    """Return all a reply holds, as it is sent."""
    return reply.text + json.dumps(reply.blocks, ensure_ascii=False)
