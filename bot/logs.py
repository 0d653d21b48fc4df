"""Structured logs: JSON lines for machines, plain lines on a terminal. Never a value, a name or a secret."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Final, TextIO

# Their debug lines hold whole payloads, including what people typed; ours say enough. Bolt calls the app's and the
# listeners' loggers after the app, "segbot:…", and gives each the level that the root has when it is made.
_TALKATIVE: Final = ("slack_bolt", "slack_sdk", "aiohttp", "uvicorn.access", "websockets", "matplotlib", "mcp")
_BOLTS: Final = "segbot:"
# Some addresses carry tickets, hooks or passwords; tokens are removed too, whichever library logs them.
_SECRETS: Final = re.compile(r"wss?://\S+|\w+://[^\s/@]+@\S+|https?://\S*hooks\S+|x(?:ox[a-z]|app)-[\w-]+")
_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class Discretion(logging.Filter):
    """Lets warnings and errors only through from loggers that quote payloads, whatever their own level."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a record may be written."""
        if record.levelno >= logging.WARNING:
            return True
        name = record.name
        return not name.startswith(_BOLTS) and not any(name == one or name.startswith(f"{one}.") for one in _TALKATIVE)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and the record's extra fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; an exception adds its type and where it was raised, not its message."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _redacted(record),
            **extras(record),
        }
        return json.dumps(line, default=str)


class PlainFormatter(logging.Formatter):
    """A readable line: time, level, message, extra fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; an exception is shown as `JsonFormatter` shows it."""
        at = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        more = "".join(f" {key}={value}" for key, value in extras(record).items())
        return f"{at} {record.levelname:<7} {_redacted(record)}{more}"


def _redacted(record: logging.LogRecord) -> str:
    return _SECRETS.sub("[removed]", record.getMessage())


def extras(record: logging.LogRecord) -> dict[str, object]:
    """Return a record's extra fields, and of an exception its type and origin.

    An exception's message may quote what somebody sent; its type, modules and lines are enough to find the fault.
    """
    found = {key: value for key, value in vars(record).items() if key not in _STANDARD}
    if record.exc_info and record.exc_info[0] is not None:
        found["exception"] = record.exc_info[0].__name__
        trace = record.exc_info[2]
        places = []
        while trace is not None:
            places.append(f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}")
            trace = trace.tb_next
        found["trace"] = " > ".join(places[-8:])
    return found


def configure_logging(level: str, stream: TextIO = sys.stderr) -> None:
    """Send this process's logs to `stream` at `level`; libraries that quote payloads log warnings and errors only."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(PlainFormatter() if stream.isatty() else JsonFormatter())
    handler.addFilter(Discretion())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    floor = max(logging.getLevelName(level), logging.WARNING)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(floor)
