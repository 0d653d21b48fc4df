"""A table's address, and the part of it that messages may show: it may hold a password."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a table.

    Parameters
    ----------
    url
        The engine or the files; not in `repr`, since it may hold a password.
    table
        The table's name, its parts separated by dots; for Spark also a path, which has a slash; empty for Parquet
        files.
    """

    url: str = field(repr=False)
    table: str = ""

    @property
    def shown(self) -> str:
        """The address without user, password and query."""
        return f"{shown(self.url)}#{shown(self.table)}" if self.table else shown(self.url)

    @property
    def regular(self) -> bool:
        """Whether user and password end unmistakably: any ``@ / ? #`` of their own are percent-encoded."""
        return _is_regular(self.url)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The texts that no message may repeat."""
        return tuple({part for text in (self.url, self.table) if is_url(text) for part in _secret_parts(text)})


def is_url(text: str) -> bool:
    """Say whether a text begins with a scheme, such as ``s3a://``."""
    return _SCHEME.match(text) is not None


def shown(text: str) -> str:
    """Return an address or a path without user, password and query; if these are hard to tell, only the scheme.

    Examples
    --------
    >>> shown("postgresql://ann:secret@db/shop?sslmode=require")
    'postgresql://db/shop'
    """
    if not is_url(text):
        return text
    scheme, rest = text.split("://", 1)
    return f"{scheme}://{rest.split('?', 1)[0].rpartition('@')[2] if _is_regular(text) else '…'}"


def _is_regular(text: str) -> bool:
    # Parsers disagree about where such a password ends, so cutting it off might leave a part of it.
    before, _, after = text.partition("://")[2].partition("@")
    return not after or not (set(before) & set("/?#") or "@" in after)


def _secret_parts(text: str) -> set[str]:
    user_info = text.split("?", 1)[0].rpartition("@")[0].split("://", 1)[-1]
    query = text.partition("?")[2]
    values = [value for _, _, value in (part.partition("=") for part in query.split("&"))]
    parts = [user_info, *user_info.split(":", 1), query, *values]
    # A driver may quote them as they were written, or decoded.
    return {part for raw in parts for part in (raw, unquote(raw)) if part}
