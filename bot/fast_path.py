"""Answers `/segment` from the verified form itself, before Bolt is asked.

People type this command all day, and it needs nothing of what Bolt prepares for a listener: a client, a context, ways
to respond. Preparing them costs more than the answer.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from urllib.parse import unquote_plus

from bot.commands.segment import COMMAND, SegmentAnswers

_FORM: Final = b"application/x-www-form-urlencoded"
# A click or a form comes as one field of this name.
_INTERACTION: Final = "payload"
# The fields that an answer depends on.
_TEXT: Final = "text"
_FIELDS: Final = ("command", _TEXT, "team_id", "enterprise_id")
# The names of commands and of workspaces come again and again; texts are each another.
_decoded: Final = lru_cache(maxsize=64)(unquote_plus)


class FastPath:
    """Answers what can be answered without Bolt.

    Parameters
    ----------
    answers
        Those of `/segment`.
    """

    def __init__(self, answers: SegmentAnswers) -> None:
        self._answers = answers

    def answer(self, body: bytes, content_type: bytes) -> bytes | None:
        """Return the JSON that answers a request, as Bolt's listener would; None if the request is for Bolt.

        Parameters
        ----------
        body
            Of a request that Slack signed, so it is UTF-8.
        """
        if content_type != _FORM:
            return None
        command = command_of(body)
        if command is None or command.get("command") != COMMAND:
            return None
        try:
            return self._answers.at_once(command)
        except Exception:  # noqa: BLE001 - Bolt meets the same error, and its one error handler logs and answers it
            return None


def command_of(body: bytes) -> dict[str, str] | None:
    """Return the fields of a command's form that an answer depends on; None for a form that is none of a command.

    Their values are those that Bolt reads: of a field given twice the last one, blank ones too. The others, most of
    them, are not decoded, which is most of the cost of reading a form.
    """
    fields = {}
    for field in body.decode().split("&"):
        name, _, value = field.partition("=")
        fields[name] = value
    if _INTERACTION in fields or _is_encoded("".join(fields)):
        return None
    found = {}
    for wanted in _FIELDS:
        if (text := fields.get(wanted)) is not None:
            found[wanted] = (unquote_plus if wanted == _TEXT else _decoded)(text) if _is_encoded(text) else text
    return found


def _is_encoded(text: str) -> bool:
    return "%" in text or "+" in text
