"""The one way a request of the app is turned down: an error word and whatever Slack puts beside it."""

from __future__ import annotations

from bot.playground.workspace.records import Json


class ApiError(Exception):
    """A call that Slack would answer with ``{"ok": false, "error": …}``.

    Parameters
    ----------
    word
        Slack's error word.
    fields
        What stands beside it in the answer.
    """

    def __init__(self, word: str, **fields: object) -> None:
        super().__init__(word)
        self.word = word
        self.answer: Json = {"ok": False, "error": word, **fields}

    def __str__(self) -> str:
        """Return the word and, where there are any, the reasons."""
        return " ".join([self.word, *self.answer.get("errors", [])])


def with_messages(word: str, messages: list[str]) -> ApiError:
    """Return an error that explains itself in ``response_metadata.messages`` (and ``errors``, as Slack does)."""
    return ApiError(word, errors=messages, response_metadata={"messages": messages})
