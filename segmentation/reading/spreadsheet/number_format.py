"""What a number format says about its numbers: dates, percentages, currencies."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from segmentation.reading.spreadsheet.cells import GENERAL

# ECMA-376 part 1, 18.8.30: the formats that workbooks name by number alone. 27–36 and 50–58 are dates in East Asia.
BUILT_IN: Final[dict[int, str]] = {
    0: GENERAL,
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    5: "¤#,##0",
    6: "¤#,##0;[Red]-¤#,##0",
    7: "¤#,##0.00",
    8: "¤#,##0.00;[Red]-¤#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: "m/d/yy",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "m/d/yy h:mm",
    37: "#,##0",
    38: "#,##0",
    39: "#,##0.00",
    40: "#,##0.00",
    41: "#,##0",
    42: "¤ #,##0",
    43: "#,##0.00",
    44: "¤ #,##0.00",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    49: "@",
    **dict.fromkeys([*range(27, 37), *range(50, 59)], "yyyy-mm-dd"),
}
# Shown as the reader's country writes them, with the sign of its money: a result names them by number again.
OF_THE_COUNTRY: Final = {BUILT_IN[number]: number for number in (5, 6, 7, 8, 14, 22, 42, 44)}
ANY_CURRENCY: Final = "¤"
# Literal text, escaped and padding characters, and everything in brackets but elapsed hours, minutes and seconds.
_LITERAL: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\]|\$)[^\]]*\]', re.IGNORECASE)
_CURRENCY_TAG: Final = re.compile(r"\[\$([^\]-]*)[^\]]*\]")
_CURRENCY: Final = re.compile(r"[¤$€£¥₹₩₽₺₴₫₦₱]|\b(?:USD|EUR|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|HUF)\b")
_DATE: Final = re.compile(r"[dmyhs]", re.IGNORECASE)


@lru_cache(maxsize=4096)
def is_date(code: str) -> bool:
    """Tell whether numbers of this format are dates or times."""
    section = _CURRENCY_TAG.sub("", _LITERAL.sub("", code.split(";", maxsplit=1)[0]))
    return section.casefold() != GENERAL.casefold() and bool(_DATE.search(section))


@lru_cache(maxsize=4096)
def is_percent(code: str) -> bool:
    """Tell whether numbers of this format are shown a hundred times as large, with a percent sign."""
    return "%" in _LITERAL.sub("", code.split(";", maxsplit=1)[0])


@lru_cache(maxsize=4096)
def currency(code: str) -> str:
    """Return the sign or code of the currency that numbers of this format are shown with; empty without one.

    `ANY_CURRENCY` stands for the currency of the person who opens the workbook.
    """
    if tag := _CURRENCY_TAG.search(code):
        return tag[1].strip()
    match = _CURRENCY.search(code)
    return match[0] if match else ""
