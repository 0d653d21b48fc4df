"""Currencies by their codes and signs, and the one that the heading of an amount names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from segmentation.numbers.values import folded
from segmentation.writing.folding import fold_text, parted


def _set(texts: str) -> frozenset[str]:
    return frozenset(texts.split())


# Signs → codes, where a sign means one currency; "$", "¥" and "kr" mean several.
CODES: Final = {
    "€": "EUR", "£": "GBP", "US$": "USD", "A$": "AUD", "C$": "CAD", "₹": "INR", "RS": "INR", "RS.": "INR",
    "R$": "BRL", "FR.": "CHF", "ZŁ": "PLN", "TL": "TRY", "₺": "TRY", "KČ": "CZK", "FT": "HUF", "₽": "RUB", "₩": "KRW",
    "₪": "ILS", "KR.": "KR", "EURO": "EUR", "EUROS": "EUR",
}  # fmt: skip
# The codes in use of ISO 4217, whose funds, metals and units of account nobody pays with left out.
_IN_USE: Final = _set("""
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP
    CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR
    ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT
    MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD
    SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES
    VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """)
# Codes that are words or names, too: they are codes only in capitals, beside words that are not.
_WORDS: Final = _set("ALL ANG BAM BOB COP CUP GEL LAK MAD MOP PEN RON SOS STN TOP WST")
# What headings call a currency besides its code.
_NAMES: Final = {"円": "JPY", "원": "KRW", "РУБ": "RUB", "KR": "KR", "¥": "¥"}
# Signs in capitals that are something else in a heading, such as feet.
_NOT_IN_HEADINGS: Final = frozenset({"FT"})
# The currencies that share a sign.
_SHARED: Final = {
    "$": _set("""
        USD AUD CAD NZD SGD HKD TWD MXN ARS CLP COP UYU BBD BMD BND BSD BZD DOP FJD GYD JMD KYD LRD NAD SBD SRD TTD XCD
        """),
    "¥": frozenset({"JPY", "CNY"}),
    "KR": frozenset({"SEK", "NOK", "DKK", "ISK"}),
}
_TOKEN: Final = re.compile(r"[^\W\d_]{0,3}\$|[€£¥₹₺₽₩₪]|[^\W\d_]+(?:(?<=\b[FfKkRr][RrSs])\.)?")
# Beside such a word a code is part of a name: numbers in an account of francs, a rate to dollars.
_NO_MONEY: Final = _set("nr no id number nummer numero code rate kurs konto account to per pro")
_LINKS: Final = _set("in en")


def currency_code(text: str) -> str:
    """Write a currency in one way: its code in capitals, or its sign if that means several currencies.

    >>> currency_code("eur"), currency_code("€"), currency_code("$")
    ('EUR', 'EUR', '$')
    """
    capital = folded(text).upper()
    return CODES.get(capital, capital)


def is_currency(code: str) -> bool:
    """Tell whether a text, as `currency_code` writes it, is a currency's code or sign."""
    return code in _IN_USE or code in _SHARED


def currency_in(heading: str) -> str | None:
    """Return the one currency that the heading of an amount names; None for none or several.

    >>> currency_in("Betrag CHF"), currency_in("price_usd"), currency_in("Umsatz (€)"), currency_in("Chf-Nr")
    ('CHF', 'USD', 'EUR', None)
    >>> currency_in("All sales"), currency_in("Sales ALL"), currency_in("EUR/USD")
    (None, 'ALL', None)
    """
    words = list(_words(heading))
    named = {code for word in words if (code := _code(word, heading)) is not None}
    if len(named) != 1 or not _NO_MONEY.isdisjoint(map(fold_text, words)):
        return None
    return next(iter(named))


def without_currency(heading: str) -> str:
    """Return a heading without the currency it names, nor "in" before that.

    >>> without_currency("Total in USD"), without_currency("price_usd"), without_currency("Total")
    ('Total', 'price', 'Total')
    """
    if currency_in(heading) is None:
        return heading
    return " ".join(word for word in _words(heading) if _code(word, heading) is None and fold_text(word) not in _LINKS)


def more_exact(one: str, other: str) -> str | None:
    """Return which of two ways to say a currency is the more exact; None if they contradict each other.

    >>> more_exact("$", "CAD"), more_exact("EUR", "EUR"), more_exact("$", "EUR")
    ('CAD', 'EUR', None)
    """
    if one == other or other in _SHARED.get(one, ()):
        return other
    return one if one in _SHARED.get(other, ()) else None


def sharing(sign: str) -> frozenset[str]:
    """Return the currencies that a sign may mean, if it may mean several."""
    return _SHARED.get(sign, frozenset())


def signs_of(code: str) -> frozenset[str]:
    """Return the signs that a currency shares with others."""
    return frozenset(sign for sign, codes in _SHARED.items() if code in codes)


def _words(heading: str) -> Iterator[str]:
    yield from _TOKEN.findall(parted(unicodedata.normalize("NFKC", heading)))


def _code(word: str, heading: str) -> str | None:
    """Return the currency that a word of a heading is."""
    capital = word.upper()
    if capital in _WORDS and (word != capital or heading == heading.upper()):
        return None
    if capital in _NOT_IN_HEADINGS:
        return None
    code = _NAMES.get(capital) or CODES.get(capital, capital)
    return code if is_currency(code) or code.endswith("$") else None
