"""What a file in Slack is meant as, judged by its name and type; its bytes are looked at later."""

from __future__ import annotations

from enum import Enum
from pathlib import PurePosixPath
from typing import Any, Final

TABLE_ENDINGS: Final = (".csv", ".tsv", ".tab", ".xlsx", ".xlsm", ".xls", ".ods", ".csv.gz", ".xlsx.gz", ".csv.zip")
_TABLE_TYPES: Final = frozenset({"csv", "tsv", "xlsx", "xlsm", "xls", "ods"})
# Endings that say little, as does none at all; Slack calls such files text, binary, or after the archive.
_UNCLEAR_ENDINGS: Final = frozenset({"", ".txt", ".text", ".dat", ".data", ".gz", ".zip"})
_UNCLEAR_TYPES: Final = frozenset({"", "text", "binary", "auto", "txt", "dat", "data", "gzip", "gz", "zip"})


class Meaning(Enum):
    """What a file is meant as."""

    TABLE = "table"
    UNCLEAR = "unclear"
    OTHER = "other"


def name_of(file: dict[str, Any]) -> str:
    """Return what a file object of Slack's is called; never a path."""
    return str(file.get("name") or file.get("title") or "file")


def address_of(file: dict[str, Any]) -> str:
    """Return where a file's bytes are; empty if Slack does not say."""
    return str(file.get("url_private_download") or file.get("url_private") or "")


def is_gone(file: dict[str, Any]) -> bool:
    """Say whether only the trace of a file is left: somebody deleted it, or the workspace's plan hides it."""
    return file.get("mode") in {"tombstone", "hidden_by_limit"}


def meaning_of(file: dict[str, Any]) -> Meaning:
    """Say what a file is meant as: a table, something else such as a photo, or what only its content can tell."""
    name, kind = name_of(file).casefold(), str(file.get("filetype") or "")
    if name.endswith(TABLE_ENDINGS) or kind in _TABLE_TYPES:
        return Meaning.TABLE
    unclear = PurePosixPath(name).suffix in _UNCLEAR_ENDINGS and kind in _UNCLEAR_TYPES
    return Meaning.UNCLEAR if unclear else Meaning.OTHER


def is_table(file: dict[str, Any]) -> bool:
    """Say whether a file that is still there is meant as a table."""
    return not is_gone(file) and meaning_of(file) is Meaning.TABLE
