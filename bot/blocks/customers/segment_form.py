"""The form that `/segment` alone and the shortcut open: a field for each feature, all of which may be left empty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import orjson

from bot.blocks.inputs import ENTERED, labelled, option, plain
from bot.blocks.text import Block, section
from bot.records.origin import Origin
from segmentation.schema import Feature, Role, Schema, telling_first
from segmentation.writing.plain import format_number

SEGMENT_FORM: Final = "segment_form"
_BLOCK: Final = "feature_"
_WHERE: Final = "where"


@dataclass(frozen=True, slots=True)
class Entered:
    """What one field holds: a text, or a category's name as the menu showed it, and its code; empty if nothing does."""

    text: str = ""
    code: int | None = None


def segment_form(schema: Schema, origin: Origin, *, asks_where: bool = False) -> dict[str, Any]:
    """Return the modal.

    Parameters
    ----------
    origin
        Where the answer is to go.
    asks_where
        Whether people choose that themselves, as a shortcut does not say where they are.
    """
    return {
        "type": "modal",
        "callback_id": SEGMENT_FORM,
        "private_metadata": orjson.dumps(origin).decode(),
        "title": plain("Which segment?"),
        "submit": plain("Answer"),
        "close": plain("Cancel"),
        "blocks": [
            section("Enter what you know of the customer. Only you see the answer."),
            *(_field(schema.features[i]) for i in telling_first(schema.features)),
            *([_where()] if asks_where else []),
        ],
    }


def origin_of(view: dict[str, Any]) -> Origin:
    """Return where the form was opened."""
    return Origin.from_data(orjson.loads(view["private_metadata"]))


def entered_in(view: dict[str, Any]) -> dict[str, Entered]:
    """Return what was entered or chosen, by the feature's name."""
    values = (view.get("state") or {}).get("values") or {}
    return {
        block.removeprefix(_BLOCK): _entered(fields.get(ENTERED) or {})
        for block, fields in values.items()
        if block.startswith(_BLOCK)
    }


def block_of(name: str) -> str:
    """Return the block id of a feature's field."""
    return f"{_BLOCK}{name}"


def _entered(state: dict[str, Any]) -> Entered:
    chosen = state.get("selected_option") or {}
    return Entered(chosen["text"]["text"], int(chosen["value"])) if chosen else Entered(str(state.get("value") or ""))


def is_offered(feature: Feature, chosen: Entered) -> bool:
    """Say whether a feature's menu offers what was chosen: the form may be of another model."""
    if chosen.code is None or not 0 <= chosen.code < len(feature.codes):
        return False
    offered: str = option(feature.codes[chosen.code], "")["text"]["text"]
    return offered == chosen.text


def _field(feature: Feature) -> Block:
    element = _menu(feature) if feature.is_category else _number(feature)
    decides = "decides the segment" if feature.role is Role.CLUSTER else "describes only"
    hint = decides if feature.is_category else f"{feature.range_text} · {decides}"
    return labelled(block_of(feature.name), feature.label_with_unit, element, hint=hint, optional=True)


def _where() -> Block:
    element = {
        "type": "conversations_select",
        "action_id": ENTERED,
        "placeholder": plain("In a direct message"),
        "default_to_current_conversation": True,
        # With it Slack says on submission where to send the answer; segbot need not be in the conversation.
        "response_url_enabled": True,
    }
    return labelled(_WHERE, "Where to answer", element, hint="Only you see the answer there.", optional=True)


def _number(feature: Feature) -> dict[str, Any]:
    element: dict[str, Any] = {"type": "number_input", "action_id": ENTERED, "is_decimal_allowed": True}
    # Slack reads no scientific notation; bounds that far out are checked when the form is submitted.
    for key, bound in (("min_value", feature.minimum), ("max_value", feature.maximum)):
        if "e" not in (text := format_number(bound)):
            element[key] = text
    return element


def _menu(feature: Feature) -> dict[str, Any]:
    # By their codes, since a category's name may be longer than an option's value.
    options = [option(name, str(code)) for code, name in enumerate(feature.codes)]
    return {"type": "static_select", "action_id": ENTERED, "options": options, "placeholder": plain("Not known")}
