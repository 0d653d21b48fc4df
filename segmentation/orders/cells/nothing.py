"""What programs write for nothing or nobody, in cells that hold an id, a currency, a date or an amount."""

from __future__ import annotations

from typing import Final

import polars as pl

NOTHING: Final = frozenset({"", "nan", "null", "none", "nat", "n/a", "#n/a", "-"})
_LONGEST: Final = max(map(len, NOTHING))
# What exports write for somebody without an account; WooCommerce numbers guests 0, tills and accounts have one customer
# for everybody who pays cash.
GUESTS: Final = frozenset(
    {"", "0", "guest", "guests", "anonymous", "gast", "invite", "invitado", "ospite", "walk-in", "walk in", "none"}
    | {"null", "nan", "n/a", "na", "#n/a", "-", "--", "unknown"}
    | {"walk-in customer", "walk in customer", "walkin customer", "cash customer", "cash sale", "cash sales"}
    | {"counter sale", "counter sales", "pos customer", "guest customer", "anonymous customer", "no customer"}
    | {"laufkundschaft", "laufkunde", "barverkauf", "barkunde", "gastkunde", "diverse", "diverse kunden"}
    | {"client de passage", "client comptoir", "client divers", "clients divers", "vente comptoir", "invité"}
    | {"clientes varios", "cliente contado", "cliente mostrador", "público en general", "publico en general"}
    | {"consumidor final", "cliente generico", "cliente occasionale", "vendita al banco", "passant", "passanten"}
    | {"perakende müşteri", "散客", "游客", "ゲスト", "非会員", "비회원"}
)
# What a spreadsheet makes of long numbers: the digits that it took off told customers apart. Engines read this, too:
# some have no groups that capture nothing, or take a backslash in a text for themselves.
ROUNDED: Final = r"^[0-9]([.,][0-9]{1,6})?[eE][+][0-9]{2}$"


def is_nothing(texts: pl.Series) -> pl.Series:
    """Tell which trimmed texts stand for nothing."""
    return texts.str.to_lowercase().is_in(list(NOTHING))


def nulled(texts: pl.Series) -> pl.Series:
    """Return trimmed texts, null for those that stand for nothing."""
    # Looking at each text takes long, and what stands for nothing is short.
    short = (texts.str.len_bytes() <= _LONGEST).arg_true()
    nothing = short.filter(is_nothing(texts.gather(short)))
    return texts if nothing.is_empty() else texts.scatter(nothing, None)
