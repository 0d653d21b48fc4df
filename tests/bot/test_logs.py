"""Logs: JSON for machines, plain lines for people, and no message of an exception in either."""

from __future__ import annotations

import io
import json
import logging

import pytest
from harness import logged

from bot.logs import JsonFormatter, PlainFormatter, configure_logging

SECRET_TEXT = "age=35 of Mrs Miller"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def failing_record() -> logging.LogRecord:
    try:
        int(SECRET_TEXT)
    except ValueError as error:
        exc_info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("bot.test", logging.ERROR, __file__, 1, "it %s", ("failed",), exc_info)
    record.reference = "abcd"
    return record


def test_a_json_line_holds_the_extras_and_of_an_exception_type_and_origin_only() -> None:
    line = JsonFormatter().format(failing_record())
    data = json.loads(line)
    assert data["message"] == "it failed"
    assert (data["level"], data["logger"], data["reference"]) == ("ERROR", "bot.test", "abcd")
    assert data["exception"] == "ValueError"
    assert data["trace"].startswith(f"{__name__}:")
    assert data["at"].endswith("+00:00")
    assert SECRET_TEXT not in line
    assert "\n" not in line


def test_a_plain_line_says_the_same() -> None:
    line = PlainFormatter().format(failing_record())
    assert " ERROR   it failed " in line
    assert "reference=abcd" in line
    assert "exception=ValueError" in line
    assert SECRET_TEXT not in line


def test_an_empty_exception_is_no_exception() -> None:
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "fine", (), (None, None, None))
    assert "exception" not in json.loads(JsonFormatter().format(record))


def test_what_is_not_json_is_written_as_text() -> None:
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "fine", (), None)
    record.what = {1}
    assert json.loads(JsonFormatter().format(record))["what"] == "{1}"


def test_a_terminal_gets_plain_lines_and_a_pipe_json() -> None:
    with logged("INFO") as pipe:
        logging.getLogger("bot.test").info("hello", extra={"n": 1})
        logging.getLogger("bot.test").debug("not this")
        terminal = Terminal()
        configure_logging("INFO", terminal)
        logging.getLogger("bot.test").info("hello", extra={"n": 1})
    assert json.loads(pipe.getvalue())["n"] == 1
    assert terminal.getvalue().rstrip("\n").endswith("INFO    hello n=1")


def test_libraries_that_quote_payloads_keep_quiet_below_warning() -> None:
    with logged("DEBUG") as stream:
        for name in ("slack_bolt.App", "slack_sdk.web.async_base_client", "aiohttp.access", "uvicorn.access"):
            logging.getLogger(name).debug(SECRET_TEXT)
            logging.getLogger(name).info(SECRET_TEXT)
        logging.getLogger("bot.x").debug("ours")
    assert SECRET_TEXT not in stream.getvalue()
    assert "ours" in stream.getvalue()


@pytest.mark.parametrize(
    "name", ["segbot:AsyncApp", "segbot:share", "slack_bolt.IgnoringSelfEvents", "slack_sdk.socket_mode.aiohttp"]
)
def test_a_logger_that_quotes_payloads_is_quiet_even_if_it_has_a_level_of_its_own(name: str) -> None:
    quoting = logging.getLogger(name)
    with logged("DEBUG") as stream:
        quoting.setLevel(logging.DEBUG)
        quoting.debug(SECRET_TEXT)
        quoting.info(SECRET_TEXT)
        quoting.warning("something is wrong")
    assert SECRET_TEXT not in stream.getvalue()
    assert "something is wrong" in stream.getvalue()


def test_removes_addresses_and_tokens_from_whatever_a_library_logs() -> None:
    record = logging.makeLogRecord(
        {"msg": "Failed to connect (wss://x/?ticket=abc) with xoxb-1-2 and postgresql://u:p@h/d"}
    )
    line = JsonFormatter().format(record)
    assert all(secret not in line for secret in ("ticket", "xoxb", "u:p"))
    assert "Failed to connect" in line
