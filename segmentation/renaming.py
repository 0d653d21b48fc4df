"""What people call segments: the checks on a name, a meaning and an action, and a model that has new ones.

Nothing is trained: only the words change, so every customer stays in the segment, with the same confidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from segmentation.errors import BadInput
from segmentation.writing.folding import fold_text

if TYPE_CHECKING:
    from segmentation.answers.explanation import Segment
    from segmentation.model import SegmentModel

LONGEST_NAME: Final = 40
LONGEST_MEANING: Final = 300
LONGEST_ACTION: Final = 300
# Training gives this to segments that no rule describes.
NO_RULE: Final = (
    "No rule in the schema describes this segment yet: look at its profile, then give it a name and an action."
)
# A segment that a person named without saying what to do has this.
NO_ACTION: Final = "Nobody has decided on an action yet: an admin can add one with “Name the segments” in /segments."
_PLACEHOLDERS: Final = frozenset({NO_RULE, NO_ACTION})
NOTHING_NEW: Final = "Nothing was changed: all names, meanings and actions are as before."


@dataclass(frozen=True, slots=True)
class Wording:
    """What a person wants a segment to be called, what that means, and what to do about its customers.

    An empty meaning keeps the one there is; an empty action says that nobody has decided on one.
    """

    name: str
    meaning: str = ""
    action: str = ""

    @classmethod
    def of(cls, segment: Segment) -> Wording:
        """Return a segment's wording as a person would have written it."""
        return cls(segment.name, segment.meaning, "" if segment.action in _PLACEHOLDERS else segment.action)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the wording of the segment at an index: the field, and a sentence for it."""

    segment: int
    field: str
    sentence: str


def plain(text: str) -> str:
    """Put a text on one line without control characters."""
    return " ".join("".join(c for c in text if c.isprintable() or c.isspace()).split())


def faults_of(wordings: Sequence[Wording], before: Sequence[Wording]) -> list[Fault]:
    """Say what is wrong with all segments' wordings together; at most one fault a field.

    A text that is as `before` is not too long, for a schema or a training made it so.
    """
    found: list[Fault] = []
    known = {text for wording in before for text in (wording.name, wording.meaning, wording.action)}
    first: dict[str, str] = {}
    for i, wording in enumerate(wordings):
        name = plain(wording.name)
        if fault := _fault_of_name(name, first.get(_folded(name)), is_known=wording.name in known):
            found.append(Fault(i, "name", fault))
        first.setdefault(_folded(name), name)
        for field, text, most in (
            ("meaning", wording.meaning, LONGEST_MEANING),
            ("action", wording.action, LONGEST_ACTION),
        ):
            if len(plain(text)) > most and text not in known:
                found.append(Fault(i, field, f"This has {len(plain(text))} characters; {most} is the limit."))
    return found


def renamed(model: SegmentModel, wordings: Sequence[Wording], actor: str) -> SegmentModel:
    """Return the model with other words for its segments, and without a version.

    Parameters
    ----------
    wordings
        One a segment, in the model's order.
    actor
        Who gives them, as the audit log names people.

    Raises
    ------
    BadInput
        When a wording cannot be used, or all are as before.
    """
    if len(wordings) != len(model.segments):
        raise BadInput(f"There are {len(model.segments)} segments to name, and {len(wordings)} names were given.")
    if faults := faults_of(wordings, [Wording.of(segment) for segment in model.segments]):
        raise BadInput(" ".join(fault.sentence for fault in faults))
    segments = tuple(
        _reworded(segment, wording, actor) for segment, wording in zip(model.segments, wordings, strict=True)
    )
    if segments == model.segments:
        raise BadInput(NOTHING_NEW)
    return replace(model, segments=segments, version="")


def changes_text(before: SegmentModel, after: SegmentModel) -> str:
    """Say which words differ: "Miser → Savers; other words for Target"."""
    pairs = list(zip(before.segments, after.segments, strict=True))
    names = [f"{old.name} → {new.name}" for old, new in pairs if old.name != new.name]
    reworded = [
        new.name
        for old, new in pairs
        if old.name == new.name and (old.meaning, old.action) != (new.meaning, new.action)
    ]
    if reworded:
        names.append(f"another meaning or action for {', '.join(reworded)}")
    return "; ".join(names)


def _fault_of_name(name: str, same: str | None, *, is_known: bool) -> str:
    if not name:
        return "Every segment needs a name: this one is empty."
    if len(name) > LONGEST_NAME and not is_known:
        return f"“{name[:LONGEST_NAME]}…” has {len(name)} characters; {LONGEST_NAME} is the limit."
    if same is None:
        return ""
    if same == name:
        return f"Two segments are called “{name}”: give each a name of its own."
    return f"“{same}” and “{name}” differ only in capitals or accents: people would take them for the same."


def _reworded(segment: Segment, wording: Wording, actor: str) -> Segment:
    name, meaning, action = (plain(text) for text in (wording.name, wording.meaning, wording.action))
    known = Wording.of(segment)
    if Wording(name, meaning or known.meaning, action) == known:
        return segment
    return replace(segment, name=name, meaning=meaning or segment.meaning, action=action or NO_ACTION, named_by=actor)


def _folded(name: str) -> str:
    return fold_text(name)
