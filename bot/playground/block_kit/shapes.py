"""Describes what a JSON object must look like, with error messages and JSON pointers like Slack's.

A check validates one value and adds errors to the `Findings`; a `Shape` holds the checks of an object's fields.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from bot.playground.workspace.records import Json

Surface = Literal["message", "modal", "home"]

_TEXT_FIELDS: Final = {
    "plain_text": frozenset({"type", "text", "emoji"}),
    "mrkdwn": frozenset({"type", "text", "verbatim"}),
}


@dataclass(slots=True)
class Findings:
    """The errors so far.

    Parameters
    ----------
    surface
        What the blocks are meant for.
    picture
        Tells whether a ``slack_file`` object names an image that can be shown now.
    """

    surface: Surface
    picture: Callable[[Json], object]
    errors: list[str] = field(default_factory=list)

    def add(self, pointer: str, sentence: str) -> None:
        """Add an error at a JSON pointer."""
        self.errors.append(f"[ERROR] {sentence} [json-pointer:{pointer}]")


Check = Callable[[Findings, str, Any], None]


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields of a JSON object.

    Parameters
    ----------
    fields
        Allowed field → check of its value. ``type`` and ``block_id`` are always allowed.
    required
        Fields that must be there.
    any_of
        At least one of these must be there; empty if there is no such rule.
    also
        Checks of the object as a whole.
    """

    fields: Mapping[str, Check]
    required: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    also: tuple[Check, ...] = ()

    def __call__(self, findings: Findings, pointer: str, value: Any) -> None:  # noqa: ANN401  any JSON value
        """Check an object."""
        if not isinstance(value, dict):
            findings.add(pointer, "must be an object")
            return
        for name in self.required:
            if value.get(name) is None:
                findings.add(pointer, f"missing required field: {name}")
        if self.any_of and all(value.get(name) is None for name in self.any_of):
            findings.add(pointer, f"must have one of: {', '.join(self.any_of)}")
        for name, item in value.items():
            if name in self.fields:
                if item is not None:
                    self.fields[name](findings, f"{pointer}/{name}", item)
            elif name not in ("type", "block_id"):
                findings.add(pointer, f"invalid additional property: {name}")
        for check in self.also:
            check(findings, pointer, value)


def string(maximum: int, minimum: int = 1) -> Check:
    """Return a check for text of `minimum` to `maximum` characters."""

    def check(findings: Findings, pointer: str, value: object) -> None:
        if not isinstance(value, str):
            findings.add(pointer, "must be a string")
        elif len(value) < minimum:
            findings.add(pointer, f"must be more than {minimum - 1} characters")
        elif len(value) > maximum:
            findings.add(pointer, f"must be less than {maximum + 1} characters")

    return check


def text(maximum: int, *kinds: str) -> Check:
    """Return a check for a text object of at most `maximum` characters; `kinds` defaults to both kinds."""
    allowed = kinds or tuple(_TEXT_FIELDS)
    length = string(maximum)

    def check(findings: Findings, pointer: str, value: object) -> None:
        if not isinstance(value, dict):
            findings.add(pointer, "must be an object")
            return
        if value.get("type") not in allowed:
            findings.add(f"{pointer}/type", f"must be one of: {', '.join(allowed)}")
            return
        for name in sorted(value.keys() - _TEXT_FIELDS[value["type"]]):
            findings.add(pointer, f"invalid additional property: {name}")
        length(findings, f"{pointer}/text", value.get("text"))

    return check


def plain(maximum: int) -> Check:
    """Return a check for a plain text object."""
    return text(maximum, "plain_text")


def boolean(findings: Findings, pointer: str, value: object) -> None:
    """Check for true or false."""
    if not isinstance(value, bool):
        findings.add(pointer, "must be a boolean")


def number(findings: Findings, pointer: str, value: object) -> None:
    """Check for a number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        findings.add(pointer, "must be a number")


def anything(findings: Findings, pointer: str, value: object) -> None:
    """Accept any value."""


def one_of(*allowed: str) -> Check:
    """Return a check that allows these words only."""

    def check(findings: Findings, pointer: str, value: object) -> None:
        if value not in allowed:
            findings.add(pointer, f"must be one of: {', '.join(allowed)}")

    return check


def items(maximum: int, each: Check, minimum: int = 1) -> Check:
    """Return a check for a list of `minimum` to `maximum` items that each pass `each`."""

    def check(findings: Findings, pointer: str, value: object) -> None:
        if not isinstance(value, list):
            findings.add(pointer, "must be an array")
            return
        if len(value) > maximum:
            findings.add(pointer, f"no more than {maximum} items allowed")
        if len(value) < minimum:
            findings.add(pointer, f"no fewer than {minimum} items allowed")
        for index, item in enumerate(value):
            each(findings, f"{pointer}/{index}", item)

    return check


def by_type(shapes: Mapping[str, Check], *allowed: str) -> Check:
    """Return a check that depends on the object's ``type``; `allowed` limits the types."""
    known = allowed or tuple(shapes)

    def check(findings: Findings, pointer: str, value: object) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if isinstance(kind, str) and kind in known:
            shapes[kind](findings, pointer, value)
        else:
            findings.add(f"{pointer}/type", f"unsupported type: {kind}")

    return check


def characters(value: object) -> int:
    """Return how many characters of text a JSON value holds at any depth."""
    if isinstance(value, dict):
        return sum(len(v) if k == "text" and isinstance(v, str) else characters(v) for k, v in value.items())
    if isinstance(value, list | tuple):
        return sum(characters(item) for item in value)
    return 0
