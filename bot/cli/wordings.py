"""Reads what `segbot models name` is given: OLD=NEW, --meaning NAME=TEXT and --action NAME=TEXT."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from segmentation.errors import BadInput
from segmentation.renaming import Wording
from segmentation.writing.folding import fold_text

if TYPE_CHECKING:
    from segmentation.model import SegmentModel


def wordings_of(
    model: SegmentModel, names: Iterable[str], meanings: Iterable[str], actions: Iterable[str]
) -> list[Wording]:
    """Return every segment's wording with what the options change.

    A meaning or an action may name its segment as it was or as it is to be called.

    Raises
    ------
    BadInput
        When an option is not NAME=TEXT, or there is no such segment.
    """
    found = [Wording.of(segment) for segment in model.segments]
    known = {name: i for i, name in enumerate(model.names)}
    named = dict(known)
    for text in names:
        i, name = _read(text, known)
        found[i] = replace(found[i], name=name)
        named[name] = i
    reword: tuple[tuple[Iterable[str], Callable[[Wording, str], Wording]], ...] = (
        (meanings, lambda wording, text: replace(wording, meaning=text)),
        (actions, lambda wording, text: replace(wording, action=text)),
    )
    for texts, put in reword:
        for text in texts:
            i, words = _read(text, named)
            found[i] = put(found[i], words)
    return found


def _read(text: str, known: dict[str, int]) -> tuple[int, str]:
    """Split "NAME=TEXT" at the = after a segment's name, which may hold one itself."""
    ends = [place for place, character in enumerate(text) if character == "="]
    if not ends:
        raise BadInput(f"“{text}” is not NAME=TEXT: write the segment's name, =, and the new words.")
    for end in reversed(ends):
        meant = text[:end].strip()
        exact = known.get(meant)
        near = [i for name, i in known.items() if fold_text(name) == fold_text(meant)]
        if exact is not None or near:
            return near[0] if exact is None else exact, text[end + 1 :].strip()
    raise BadInput(f"There is no segment “{text[: ends[0]].strip()}”. The version has {', '.join(known)}.")
