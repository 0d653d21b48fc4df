"""The button *Name the segments*, and the form it opens: a name, a meaning and an action for each segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from bot.blocks.inputs import ENTERED, labelled, plain, state_of
from bot.blocks.limits import MODAL_BLOCKS, PLACEHOLDER
from bot.blocks.text import Block, button, cut, escape, section
from bot.records.origin import Origin
from segmentation.palette import square_of
from segmentation.renaming import LONGEST_ACTION, LONGEST_MEANING, LONGEST_NAME, Wording

if TYPE_CHECKING:
    from segmentation.answers.explanation import Segment
    from segmentation.model import SegmentModel

NAME_SEGMENTS: Final = "name_segments"
NAMING_FORM: Final = "name_segments_form"
_MOST_FEATURES: Final = 6


@dataclass(frozen=True, slots=True)
class NamingOf:
    """What the form carries.

    Parameters
    ----------
    choice
        The value of the button, which says what is named.
    origin
        Where it was clicked.
    report
        The ts of the candidate's report; empty if the button was elsewhere.
    """

    choice: str
    origin: Origin
    report: str = ""

    def to_metadata(self) -> str:
        """Return the view's `private_metadata`."""
        return orjson.dumps(asdict(self)).decode()

    @classmethod
    def from_metadata(cls, text: str) -> NamingOf:
        """Read a view's `private_metadata`."""
        data = orjson.loads(text)
        return cls(str(data["choice"]), Origin.from_data(data["origin"]), str(data["report"]))


def naming_button(choice: str) -> dict[str, Any]:
    """Return the button; `choice` is its value, and says of which version."""
    return button("Name the segments", NAME_SEGMENTS, choice)


def naming_form(model: SegmentModel, suggested: Sequence[str], about: NamingOf, *, in_service: bool) -> dict[str, Any]:
    """Return the modal: today's words to begin with, and a name to consider for each segment."""
    what = (
        "This makes a new version that is in service at once; undo with `/retrain rollback`."
        if in_service
        else "This makes a new candidate in place of this one. Nothing is in service until somebody promotes it."
    )
    blocks: list[Block] = [
        section(f"Only words change: every customer stays in the same segment, and nothing is trained. {what}")
    ]
    each = [_fields(i, *of, model) for i, of in enumerate(zip(model.segments, suggested, strict=True))]
    # As many segments as a model can have take up a modal but for the lines between them.
    line: list[Block] = [{"type": "divider"}] if sum(map(len, each)) + len(each) < MODAL_BLOCKS else []
    for fields in each:
        blocks += [*line, *fields]
    return {
        "type": "modal",
        "callback_id": NAMING_FORM,
        "private_metadata": about.to_metadata(),
        "title": plain("Name the segments"),
        "submit": plain("Save names"),
        "close": plain("Cancel"),
        "blocks": blocks,
    }


def wordings_in(view: dict[str, Any]) -> list[Wording]:
    """Return what was entered, one wording a segment, in the model's order."""
    values = (view.get("state") or {}).get("values") or {}
    count = sum(block.startswith("name_") for block in values)

    def entered(field: str, i: int) -> str:
        return str(state_of(view, block_of(field, i)).get("value") or "")

    return [Wording(*(entered(field, i) for field in ("name", "meaning", "action"))) for i in range(count)]


def wordings_before(view: dict[str, Any]) -> list[Wording]:
    """Return what the form began with, as `wordings_in` returns what was entered."""
    began = {
        str(block.get("block_id")): str(block["element"].get("initial_value") or "")
        for block in view.get("blocks", ())
        if block.get("type") == "input"
    }
    count = sum(block.startswith("name_") for block in began)
    return [
        Wording(*(began.get(block_of(field, i), "") for field in ("name", "meaning", "action"))) for i in range(count)
    ]


def block_of(field: str, segment: int) -> str:
    """Return the block id of a field of the segment at an index."""
    return f"{field}_{segment}"


def _fields(i: int, segment: Segment, suggestion: str, model: SegmentModel) -> list[Block]:
    wording = Wording.of(segment)
    name = _text(LONGEST_NAME, wording.name, suggestion)
    meaning = _text(LONGEST_MEANING, wording.meaning, "What these customers have in common")
    action = _text(LONGEST_ACTION, wording.action, "One thing to do about them")
    hint = "" if suggestion == segment.name else f"For instance: {suggestion}"
    called = segment.name
    return [
        section(
            f"{square_of(segment.name, model.names)} *{escape(segment.name)}* – {segment.customers:,} customers "
            f"({segment.share:.0%}): {escape(_centre(segment, model))}"
        ),
        labelled(block_of("name", i), f"Name of {called}", name, hint=hint),
        labelled(block_of("meaning", i), f"What {called} means", meaning, optional=True),
        labelled(block_of("action", i), f"What to do about {called}", action, optional=True),
    ]


def _centre(segment: Segment, model: SegmentModel) -> str:
    features = model.schema.features
    known = [(features[i], segment.typical(i, features[i])) for i in model.schema.cluster_indices[:_MOST_FEATURES]]
    return ", ".join(f"{feature.label_in_text} {text} {feature.unit}".rstrip() for feature, text in known if text)


def _text(longest: int, initial: str, placeholder: str) -> dict[str, Any]:
    element = {
        "type": "plain_text_input",
        "action_id": ENTERED,
        # A text that a schema or an earlier version made longer than this can still be opened, and shortened.
        "max_length": max(longest, len(initial)),
        "multiline": longest > LONGEST_NAME,
        "placeholder": plain(cut(placeholder, PLACEHOLDER)),
    }
    return element | ({"initial_value": initial} if initial else {})
