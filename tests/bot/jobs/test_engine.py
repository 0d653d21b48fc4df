"""What the engine does that no scenario shows: its own log kept quiet, its start and stop, which failures may pass."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from harness import Harness, logged, make_bot
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.jobs.durable_step import note_failure
from bot.playground.server import Playground
from bot.records.file_job import FileJob
from bot.settings import load_slack_settings
from bot.slack.client import slack_client
from bot.slack.transfers.files import error_word, is_passing
from segmentation.errors import BadInput, BrokenArtifact, Conflict, NoDatabase, NotReady, SegbotError, UnknownVersion


def slack_error(data: object, status: int = 200) -> SlackApiError:
    """An error as the SDK raises it for such an answer."""
    response = AsyncSlackResponse(
        client=AsyncWebClient(),
        http_verb="POST",
        api_url="x",
        req_args={},
        data=data,  # type: ignore[arg-type]  # a proxy's page is a str
        headers={},
        status_code=status,
    )
    return sdk_error(response)


def sdk_error(response: object) -> SlackApiError:
    return SlackApiError("Canaria", response)  # type: ignore[no-untyped-call]  # slack_sdk annotates only a part


class Foreign:
    """An answer the SDK could not read at all: the HTTP client's own object."""

    status = 502


PASSING: dict[str, tuple[Exception, str]] = {
    "a fatal error": (slack_error({"ok": False, "error": "fatal_error"}), "fatal_error"),
    "a rate limit": (slack_error({"ok": False, "error": "ratelimited"}, 429), "ratelimited"),
    "no body": (slack_error({}, 503), ""),
    "a proxy's page": (slack_error("Bad gateway", 502), ""),
    "an answer that is no JSON": (sdk_error(Foreign()), ""),
}


@pytest.mark.parametrize(("error", "word"), PASSING.values(), ids=PASSING)
def test_what_may_pass_is_tried_again(error: SlackApiError, word: str) -> None:
    assert error_word(error) == word
    assert is_passing(error)
    assert note_failure(error)


@pytest.mark.parametrize("error", [ConnectionError(), TimeoutError(), OSError("disk full"), KeyError("x")])
def test_whatever_else_went_wrong_is_tried_again(error: Exception) -> None:
    assert note_failure(error)


@pytest.mark.parametrize("word", ["missing_scope", "not_in_channel", "token_revoked", "message_not_found"])
def test_what_slack_turned_down_is_not_asked_for_again(word: str) -> None:
    assert not note_failure(slack_error({"ok": False, "error": word}))


@pytest.mark.parametrize("error", [UnknownVersion("gone"), BrokenArtifact("damaged"), BadInput("no"), Conflict("late")])
def test_what_was_refused_on_purpose_is_not_asked_for_again(error: SegbotError) -> None:
    assert not is_passing(error)
    assert not note_failure(error)


@pytest.mark.parametrize("error", [NotReady("soon"), NoDatabase("away")])
def test_what_is_only_not_ready_is_tried_again(error: SegbotError) -> None:
    assert note_failure(error)


def test_a_failure_is_logged_by_its_kind_and_not_in_its_words() -> None:
    with logged() as stream:
        note_failure(ValueError("Canaria"))
        note_failure(slack_error({"ok": False, "error": "missing_scope"}))
    assert "Canaria" not in stream.getvalue()
    assert "ValueError" in stream.getvalue()
    assert "missing_scope" in stream.getvalue()


async def test_a_failure_names_its_step_the_method_and_the_status() -> None:
    async with Playground() as pg:
        slack = load_slack_settings(pg.settings_env())
        pg.faults.error("files.info", "internal_error")
        with pytest.raises(SlackApiError) as refused:
            await slack_client(slack, token=slack.bot_token).files_info(file="F1")
        with logged() as stream:
            note_failure(refused.value, step="look")
        (line,) = [json.loads(one) for one in stream.getvalue().splitlines() if "a step failed" in one]
    assert (line["step"], line["method"], line["status"]) == ("look", "files.info", 200)
    assert line["slack_error"] == "internal_error"


async def test_jobs_that_have_not_started_take_nothing(harness: Harness) -> None:
    jobs = make_bot(harness).dependencies.jobs
    assert not jobs.running
    with pytest.raises(NotReady):
        await jobs.enqueue(FileJob("T1", "C1", "F1", "U1"))
    with pytest.raises(NotReady):
        await jobs.forget_team("T1")


def test_jobs_start_and_stop_and_start_again(harness: Harness, tmp_path: Path) -> None:
    jobs = make_bot(harness.copy(tmp_path)).dependencies.jobs
    for _ in range(2):
        jobs.start()
        assert jobs.running
        engine = logging.getLogger("dbos")
        assert not engine.propagate
        assert [type(handler) for handler in engine.handlers] == [logging.NullHandler]
        jobs.stop(0)
        assert not jobs.running
    assert (tmp_path / "var" / "jobs.sqlite").exists()
