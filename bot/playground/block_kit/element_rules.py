"""Slack's documented rules for Block Kit's elements: buttons, menus, inputs, pictures, rich text."""

from __future__ import annotations

from typing import Final

from bot.playground.block_kit.shapes import (
    Check,
    Findings,
    Shape,
    anything,
    boolean,
    by_type,
    items,
    number,
    one_of,
    plain,
    string,
    text,
)
from bot.playground.workspace.records import Json

ACTION_ID: Final = string(255)
URL: Final = string(3000)
ALT_TEXT: Final = string(2000)
_PLACEHOLDER: Final = plain(150)

_CONFIRM: Final = Shape(
    {
        "title": plain(100),
        "text": text(300),
        "confirm": plain(30),
        "deny": plain(30),
        "style": one_of("primary", "danger"),
    },
    required=("title", "text", "confirm", "deny"),
)
_OPTION: Final = Shape(
    {"text": text(75), "value": string(150), "description": text(75), "url": URL}, required=("text", "value")
)
_GROUP: Final = Shape({"label": plain(75), "options": items(100, _OPTION)}, required=("label", "options"))
_FILTER: Final = Shape(
    {"include": items(4, string(20)), "exclude_external_shared_channels": boolean, "exclude_bot_users": boolean}
)


def picture_source(findings: Findings, pointer: str, value: Json) -> None:
    """Check that an image has exactly one source, and that a Slack file named as the source was processed."""
    has_url, has_file = value.get("image_url") is not None, value.get("slack_file") is not None
    if has_url == has_file:
        findings.add(pointer, "must have exactly one of: image_url, slack_file")
    if not has_file:
        return
    reference = value["slack_file"]
    if not isinstance(reference, dict) or ("id" in reference) == ("url" in reference):
        findings.add(f"{pointer}/slack_file", "must have exactly one of: id, url")
    elif not findings.picture(reference):
        findings.add(f"{pointer}/slack_file", "invalid slack file")


IMAGE: Final = Shape(
    {"image_url": URL, "slack_file": anything, "alt_text": ALT_TEXT},
    required=("alt_text",),
    also=(picture_source,),
)
BUTTON: Final = Shape(
    {
        "text": plain(75),
        "action_id": ACTION_ID,
        "url": URL,
        "value": string(2000),
        "style": one_of("primary", "danger"),
        "confirm": _CONFIRM,
        "accessibility_label": string(75),
        "agent_prompt": string(4000),
        "visible_to_user_ids": items(100, string(50)),
    },
    required=("text",),
)


def _menu(**more: Check) -> Shape:
    return Shape(
        {
            "action_id": ACTION_ID,
            "placeholder": _PLACEHOLDER,
            "confirm": _CONFIRM,
            "focus_on_load": boolean,
            **more,
        }
    )


def _static(**more: Check) -> Shape:
    return Shape(
        {**_menu().fields, "options": items(100, _OPTION), "option_groups": items(100, _GROUP), **more},
        any_of=("options", "option_groups"),
    )


def _typed(**more: Check) -> Shape:
    return Shape(
        {
            "action_id": ACTION_ID,
            "placeholder": _PLACEHOLDER,
            "dispatch_action_config": anything,
            "focus_on_load": boolean,
            **more,
        }
    )


def _choices(maximum: int, initial: str, initial_check: Check) -> Shape:
    return Shape(
        {
            "action_id": ACTION_ID,
            "options": items(maximum, _OPTION),
            initial: initial_check,
            "confirm": _CONFIRM,
            "focus_on_load": boolean,
        },
        required=("options",),
    )


_SHORT: Final = string(3000, minimum=0)
_IDS: Final = items(100, string(50))

_MENUS: Final[dict[str, Check]] = {
    "static_select": _static(initial_option=_OPTION),
    "multi_static_select": _static(initial_options=items(100, _OPTION), max_selected_items=number),
    "external_select": _menu(initial_option=_OPTION, min_query_length=number),
    "multi_external_select": _menu(
        initial_options=items(100, _OPTION), min_query_length=number, max_selected_items=number
    ),
    "users_select": _menu(initial_user=string(50)),
    "multi_users_select": _menu(initial_users=_IDS, max_selected_items=number),
    "conversations_select": _menu(
        initial_conversation=string(50),
        default_to_current_conversation=boolean,
        response_url_enabled=boolean,
        filter=_FILTER,
    ),
    "multi_conversations_select": _menu(
        initial_conversations=_IDS, default_to_current_conversation=boolean, max_selected_items=number, filter=_FILTER
    ),
    "channels_select": _menu(initial_channel=string(50), response_url_enabled=boolean),
    "multi_channels_select": _menu(initial_channels=_IDS, max_selected_items=number),
    "datepicker": _menu(initial_date=string(10)),
    "timepicker": _menu(initial_time=string(5), timezone=string(100)),
    "datetimepicker": _menu(initial_date_time=number),
    "checkboxes": _choices(10, "initial_options", items(10, _OPTION)),
    "radio_buttons": _choices(10, "initial_option", _OPTION),
}
_INPUTS: Final[dict[str, Check]] = {
    "plain_text_input": _typed(
        initial_value=_SHORT, multiline=boolean, min_length=number, max_length=number, subtype=string(50)
    ),
    "number_input": Shape(
        {
            **_typed().fields,
            "is_decimal_allowed": boolean,
            "initial_value": string(100),
            "min_value": string(100),
            "max_value": string(100),
        },
        required=("is_decimal_allowed",),
    ),
    "email_text_input": _typed(initial_value=_SHORT),
    "url_text_input": _typed(initial_value=_SHORT),
    "rich_text_input": _typed(initial_value=anything, min_lines=number, max_lines=number),
    "file_input": Shape({"action_id": ACTION_ID, "filetypes": items(100, string(50)), "max_files": number}),
}
_FEEDBACK: Final = Shape(
    {"text": plain(75), "value": string(2000), "accessibility_label": string(75)}, required=("text", "value")
)
_CONTEXT_ACTIONS: Final[dict[str, Check]] = {
    "feedback_buttons": Shape(
        {"action_id": ACTION_ID, "positive_button": _FEEDBACK, "negative_button": _FEEDBACK},
        required=("positive_button", "negative_button"),
    ),
    "icon_button": Shape(
        {
            "action_id": ACTION_ID,
            "icon": string(50),
            "text": plain(75),
            "value": string(2000),
            "confirm": _CONFIRM,
            "accessibility_label": string(75),
            "visible_to_user_ids": _IDS,
        },
        required=("icon", "text"),
    ),
}
_OVERFLOW: Final = Shape(
    {"action_id": ACTION_ID, "options": items(5, _OPTION), "confirm": _CONFIRM}, required=("options",)
)

ACTIONS_ELEMENT: Final = by_type({"button": BUTTON, "overflow": _OVERFLOW, **_MENUS})
ACCESSORY: Final = by_type({"button": BUTTON, "overflow": _OVERFLOW, "image": IMAGE, **_MENUS})
INPUT_ELEMENT: Final = by_type({**_MENUS, **_INPUTS})
CONTEXT_ELEMENT: Final = by_type({"plain_text": text(3000), "mrkdwn": text(3000), "image": IMAGE})
CONTEXT_ACTION: Final = by_type(_CONTEXT_ACTIONS)

_RICH_PART: Final = by_type(
    {
        "text": Shape({"text": string(40_000), "style": anything}, required=("text",)),
        "link": Shape({"url": URL, "text": string(40_000), "style": anything, "unsafe": boolean}, required=("url",)),
        "emoji": Shape({"name": string(100), "unicode": string(100), "skin_tone": number}, required=("name",)),
        "user": Shape({"user_id": string(50), "style": anything}, required=("user_id",)),
        "channel": Shape({"channel_id": string(50), "style": anything}, required=("channel_id",)),
        "usergroup": Shape({"usergroup_id": string(50), "style": anything}, required=("usergroup_id",)),
        "broadcast": Shape({"range": one_of("here", "channel", "everyone")}, required=("range",)),
        "date": Shape(
            {"timestamp": number, "format": string(200), "url": URL, "fallback": string(200), "style": anything},
            required=("timestamp", "format"),
        ),
        "color": Shape({"value": string(20)}, required=("value",)),
    }
)
_RICH_PARTS: Final = items(1000, _RICH_PART, minimum=0)
_RICH_SECTION: Final = Shape({"elements": _RICH_PARTS}, required=("elements",))
_RICH_LIST: Final = Shape(
    {
        "elements": items(1000, by_type({"rich_text_section": _RICH_SECTION})),
        "style": one_of("bullet", "ordered"),
        "indent": number,
        "offset": number,
        "border": number,
    },
    required=("elements", "style"),
)
RICH_TEXT: Final = Shape(
    {
        "elements": items(
            1000,
            by_type(
                {
                    "rich_text_section": _RICH_SECTION,
                    "rich_text_preformatted": Shape(
                        {"elements": _RICH_PARTS, "border": number, "language": string(50)}, required=("elements",)
                    ),
                    "rich_text_quote": Shape({"elements": _RICH_PARTS, "border": number}, required=("elements",)),
                    "rich_text_list": _RICH_LIST,
                }
            ),
        )
    },
    required=("elements",),
)
