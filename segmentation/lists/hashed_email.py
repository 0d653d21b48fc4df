"""E-mail addresses as ad platforms take them: the SHA-256 of the address without spaces, in small letters, in hex.

Google (Customer Match, formatting guidelines for hashed data) has spaces removed before, after and in between; Meta
(customer information parameters, `em`) has them trimmed. An address holds none inside, so one hash serves both. Both
have the address in lower case. Google's Data Manager API also removes the dots before @gmail.com; Meta does not, nor do
Google's guidelines for files, so dots stay.
"""

from __future__ import annotations

import hashlib
from typing import Final

import polars as pl

# What Google's files call the column; Meta knows it, too.
EMAIL: Final = "Email"
_BLANK: Final = r"[\s\p{Z}\p{Cf}]+"
_SOMEWHERE: Final = r"[^@\s,;<>]@[^@\s,;<>]+\.[^@\s,;<>.]{2,}"
_ADDRESS: Final = r"^[^@\s,;<>\x{e000}-\x{f8ff}]+@[^@\s,;<>\x{e000}-\x{f8ff}]+\.[^@\s,;<>.\x{e000}-\x{f8ff}]{2,}$"


def hashed_emails(cells: pl.Series) -> pl.Series:
    """Hash a column of addresses.

    Parameters
    ----------
    cells
        String: what the cells say, without the apostrophes of a result file.

    Returns
    -------
    pl.Series
        String, of the same length: 64 hex digits in small letters; null if a cell holds no address, or several.

    Examples
    --------
    >>> hashed_emails(pl.Series([" John_Smith@gmail.com", "n/a"])).to_list()
    ['62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f', None]
    """
    addresses = _normalised(cells)
    usable = addresses.str.contains(_ADDRESS).fill_null(value=False)
    hashes = [
        hashlib.sha256(address.encode()).hexdigest() if fits else None
        for address, fits in zip(addresses, usable, strict=True)
    ]
    return pl.Series(cells.name, hashes, dtype=pl.String)


def holds_addresses(cells: pl.Series) -> bool:
    """Tell whether any cell of a column holds an address, whatever else it holds."""
    return bool(_normalised(cells).str.contains(_SOMEWHERE).any())


def _normalised(cells: pl.Series) -> pl.Series:
    return cells.str.replace_all(_BLANK, "").str.to_lowercase().str.strip_prefix("mailto:")
