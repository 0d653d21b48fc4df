"""Slack's limits for messages and blocks, all in one list.

Source: the block reference at docs.slack.dev; two come from what apps have measured, and say so.
"""

from __future__ import annotations

from typing import Final

# A message. Slack takes 4,000 characters of text when a message is updated.
MESSAGE_TEXT: Final = 4000
# Not documented: Slack answers msg_blocks_too_long from about 13,400 characters in all blocks together, each block
# counting as another 125 or so. A table has a limit of its own.
BLOCKS_TEXT: Final = 13_000
BLOCK_COST: Final = 125

SECTION_TEXT: Final = 3000
FIELDS: Final = 10
FIELD_TEXT: Final = 2000
HEADER_TEXT: Final = 150
ALT_TEXT: Final = 2000
BLOCK_ID: Final = 255

BUTTON_TEXT: Final = 75
BUTTON_VALUE: Final = 2000
CONFIRM_TEXT: Final = 300
ELEMENTS_IN_A_ROW: Final = 25
OPTION_VALUE: Final = 150
OPTION_TEXT: Final = 75
OPTIONS: Final = 100
LABEL_TEXT: Final = 2000
# What Slack keeps with a modal and sends back.
METADATA: Final = 3000
PLACEHOLDER: Final = 150

MODAL_BLOCKS: Final = 100

TABLE_ROWS: Final = 100
TABLE_COLUMNS: Final = 20
TABLE_TEXT: Final = 10_000

CHART_TITLE: Final = 50
CHART_SERIES: Final = 6
CHART_CATEGORIES: Final = 20
CHART_LABEL: Final = 20
