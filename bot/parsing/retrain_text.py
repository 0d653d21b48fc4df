"""Reads the text of `/retrain`: an order, or a refusal that says what to type."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

from bot.parsing.formatting import plain_words
from bot.parsing.schedule_text import NOT_READ, mentions_schedule, read_schedule
from bot.parsing.topics import asks_for_help
from segmentation.training.bounds import LARGEST_K, SMALLEST_K, is_k
from segmentation.watching.schedule import Schedule

NAME: Final = "/retrain"
LONGEST: Final = 2000
_AUTOMATIC: Final = frozenset({"auto", "automatic"})
_MOST_FAULTS: Final = 5
_SHOWN: Final = 40
_ASSIGNMENT: Final = re.compile(r"\s*[=:]\s*")
_SEPARATOR: Final = re.compile(r"[\s,;]+")


class Wish(StrEnum):
    """What somebody asks of `/retrain`."""

    FORM = "form"
    LATEST = "latest"
    TABLE = "table"
    SCHEDULE = "every"
    SETUP = "setup"
    STATUS = "status"
    HISTORY = "history"
    ROLLBACK = "rollback"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Order:
    """A command that was understood.

    Parameters
    ----------
    k
        Number of segments, 2 to 15; None keeps that in service, else elbow and silhouette decide. With `FORM`,
        `LATEST` and `TABLE` only.
    version
        What to roll back to, None for the previous version. With `ROLLBACK` only.
    table
        The name of a configured table; the command checks whether it exists. With `TABLE` and `SCHEDULE` only.
    schedule
        When to train again and again, its zone not known yet. With `SCHEDULE` only.
    """

    wish: Wish
    k: int | None = None
    version: str | None = None
    table: str = ""
    schedule: Schedule | None = None


@dataclass(frozen=True, slots=True)
class Misread:
    """A command that was not understood: what is wrong, not escaped, and what to type instead."""

    faults: tuple[str, ...]
    instead: str


# An empty text asks for the form, and an option names a table.
_WISHES: Final = {wish.value: wish for wish in Wish if wish not in (Wish.FORM, Wish.TABLE, Wish.SCHEDULE)} | {
    "?": Wish.HELP
}
_EXAMPLE: Final = "table=NAME every monday 9:00"
_TRAINING: Final = (Wish.FORM, Wish.LATEST)


def read_retrain(text: str) -> Order | Misread:
    """Read the command's text: words and options in any order and case.

    Nothing is guessed: a word that is not known is a fault, and so is one that does not go with another.
    """
    if len(text) > LONGEST:
        return Misread((f"the text is longer than {LONGEST:,} characters",), "help")
    if asks_for_help(text):
        return Order(Wish.HELP)
    plain = plain_words(text)
    if mentions_schedule(plain):
        return _read_scheduled(plain)
    return _read_once(plain)


def _read_scheduled(plain: str) -> Order | Misread:
    when = read_schedule(plain)
    if when is None:
        return Misread((NOT_READ,), _EXAMPLE)
    order = _read_once(when.rest)
    if isinstance(order, Misread):
        return Misread(order.faults, _EXAMPLE)
    if order.wish is not Wish.TABLE:
        fault = "which table? A scheduled retrain takes table=NAME"
        return Misread(
            (fault if order.wish is Wish.FORM else f"“every …” and “{order.wish}” don't go together",), _EXAMPLE
        )
    return replace(order, wish=Wish.SCHEDULE, schedule=when.schedule)


def _read_once(plain: str) -> Order | Misread:
    reading = _Reading()
    for word in filter(None, _SEPARATOR.split(_ASSIGNMENT.sub("=", plain))):
        reading.take(word)
    return reading.result()


class _Reading:
    """The words read so far."""

    def __init__(self) -> None:
        self._wish: Wish | None = None
        self._options: dict[str, str] = {}
        self._words: list[str] = []
        self._faults: list[str] = []

    def take(self, word: str) -> None:
        """Sort one word: an option, something to do, or anything else."""
        name, equals, value = word.partition("=")
        wish = _WISHES.get(word.casefold())
        if equals:
            self._take_option(name.casefold(), value)
        elif wish is not None:
            if self._wish not in (None, wish):
                self._faults.append(f"“{self._wish}” and “{wish}” don't go together")
            self._wish = wish
        else:
            self._words.append(word)

    def _take_option(self, name: str, value: str) -> None:
        if name in self._options:
            self._faults.append(f"{_shown(name)} is given twice")
        self._options[name] = value

    def result(self) -> Order | Misread:
        """Return the order, or what is wrong with it."""
        wish = self._wish or Wish.FORM
        version = self._words.pop(0) if wish is Wish.ROLLBACK and self._words else None
        k = self._k()
        self._faults += [f"I don't know {_shown(name)}=…" for name in self._options if name not in _OPTIONS]
        self._faults += [_unknown(word) for word in self._words]
        if wish not in _TRAINING and self._options.keys() & _OPTIONS:
            given = next(option for option in self._options if option in _OPTIONS)
            self._faults.append(f"{given}=… goes with a training, not with “{wish}”")
        table = self._options.get("table", "").casefold()
        if "table" in self._options:
            if wish is Wish.LATEST:
                self._faults.append("“latest” and table=… don't go together")
            if not table:
                self._faults.append("table=… is empty")
        if self._faults:
            return Misread(tuple(dict.fromkeys(self._faults))[:_MOST_FAULTS], self._instead(wish, k))
        return Order(Wish.TABLE if table else wish, k, version, table)

    def _k(self) -> int | None:
        stated = self._options.get("k")
        if stated is None or stated.casefold() in _AUTOMATIC:
            return None
        if stated.isascii() and stated.isdigit() and len(stated) < 4 and is_k(int(stated)):  # noqa: PLR2004 - longer ones are no k
            return int(stated)
        found = f"not {_shown(stated)}" if stated else "and it is empty here"
        self._faults.append(f"k must be a whole number from {SMALLEST_K} to {LARGEST_K}, or auto, {found}")
        return None

    def _instead(self, wish: Wish, k: int | None) -> str:
        if wish is Wish.LATEST:
            return f"k={k} latest" if k else "latest"
        return "help" if wish is Wish.FORM else str(wish)


# The options of a training: words before “=”.
_OPTIONS: Final = frozenset({"k", "table"})


def _unknown(word: str) -> str:
    near = get_close_matches(word.casefold()[:_SHOWN], _WISHES, n=1)
    return f"I don't know {_shown(word)}" + (f"; did you mean “{near[0]}”?" if near else "")


def _shown(word: str) -> str:
    return f"“{word}”" if len(word) <= _SHOWN else f"“{word[:_SHOWN]}…”"
