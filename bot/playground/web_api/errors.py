"""The error for every request of the app that Slack would refuse."""

from __future__ import annotations

from bot.playground.workspace.records import Json


class ApiError(Exception):
    """A call that Slack would answer with ``{"ok": false, "error": …}``.

    Parameters
    ----------
    word
        Slack's error code, such as ``not_in_channel``.
    fields
        Further fields of the answer.
    """

    def __init__(self, word: str, **fields: object) -> None:
        super().__init__(word)
        self.word = word
        self.answer: Json = {"ok": False, "error": word, **fields}

    def __str__(self) -> str:
        """Return the error code and the reasons, if there are any."""
        return " ".join([self.word, *self.answer.get("errors", [])])


def with_messages(word: str, messages: list[str]) -> ApiError:
    """Return an error with its reasons in ``response_metadata.messages`` and, as in Slack, in ``errors``."""
    return ApiError(word, errors=messages, response_metadata={"messages": messages})
