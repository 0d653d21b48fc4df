"""Personal data, told by a column's values or its heading, so that none of it is made a feature, shown or logged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from segmentation.proposal.columns import words

if TYPE_CHECKING:
    from collections.abc import Callable

    from segmentation.proposal.columns.heading import Heading

_MOST: Final = 0.8
# Names and addresses are told by their heading if the cells look so in a part of the rows.
_SOME: Final = 0.3
# Values that are one person's differ from row to row; a handful of values is a category.
_VARIED: Final = 20

_MAIL: Final = r"(?i)^(?:mailto:)?[^\s@<>]+@[^\s@<>]+\.[^\s@<>]{2,}$"
# Digits alone with a zero before them are a code as often as a phone number; those the heading has to tell.
_PHONE: Final = (
    r"^(?:\+|00)[1-9][\d\s()/.\-]{6,22}$|^\(?0\d+[)\s/\-][\d\s()/\-]{4,18}$|"
    r"^(?:\+?1[\s.\-]?)?\(?\d{3}\)?[\s.\-]\d{3}[\s.\-]\d{4}$"
)
_PHONE_LOOSE: Final = r"^[+(]?[\d][\d\s()/.\-]{5,20}$"
_CARD: Final = r"^(?:\d[ -]?){12,18}\d$"
_IBAN: Final = r"(?i)^[A-Z]{2}\d{2}[ ]?(?:[A-Z0-9]{4}[ ]?){2,7}[A-Z0-9]{0,4}$"
_SOCIAL: Final = r"^\d{3}-\d{2}-\d{4}$"
_IP: Final = r"^(?:\d{1,3}\.){3}\d{1,3}$"
_WORDED: Final = r"^\p{L}[\p{L}\p{M}'’. -]+$"
_FULL_NAME: Final = r"^(?:\p{Lu}[\p{L}\p{M}'’.-]+,? ){1,3}\p{Lu}[\p{L}\p{M}'’.-]*$"
_ADDRESS: Final = (
    r"(?i)^\d{1,5}[a-z]?[ ,]+(?:\S+ ){0,4}(?:st|street|ave|avenue|rd|road|blvd|boulevard|lane|ln|drive|dr|way|court|ct|"
    r"place|pl|square|sq|rue|via|calle)\b|(?:straße|strasse|str\.|weg|platz|gasse|allee|laan|straat|gatan|vej|ulica|ul\.|"
    r"rue|calle|via|avenida|rua)\b.*\d|^\d{1,5}[a-z]?,? rue "
)
_FORMS: Final = {
    "e-mail addresses": _MAIL,
    "social security numbers": _SOCIAL,
    "IP addresses": _IP,
    "phone numbers": _PHONE,
    "street addresses": _ADDRESS,
}
_CHECKED: Final = 1000
# So many cells, evenly spread, tell a column's form as well as all.
_LOOKED_AT: Final = 2000

_MAIL_WORDS: Final = words.listed("mail email correo")
_PHONE_WORDS: Final = words.listed("""
    phone telephone mobile cell cellphone fax telefon handy tel telefono celular whatsapp
    """)
_CARD_WORDS: Final = words.listed("iban pan")
_NAME_WORDS: Final = words.listed("""
    name names firstname lastname fullname surname forename username vorname nachname nom prenom nombre nombres
    apellido apellidos nome cognome sobrenome naam voornaam achternaam namn efternamn imie nazwisko soyad ad имя
    фамилия 氏名 名前 姓名
    """)
# Names of other things than people.
_THING_WORDS: Final = words.listed("""
    product plan company brand store shop category item campaign file branch city country region segment tier model
    channel event produkt marke filiale
    """)
_ADDRESS_WORDS: Final = words.listed("""
    address addr street adresse anschrift strasse straße rue calle direccion indirizzo endereco adres адрес 住所 地址
    """)
_BIRTH_WORDS: Final = words.listed("""
    birth dob birthday birthdate geburtsdatum geburtstag naissance nacimiento nascita
    """)
_SOCIAL_WORDS: Final = words.listed("ssn passport nino ausweis reisepass dni pesel nif cpf")


def personal_data(cells: pl.Series, heading: Heading, *, dates: bool) -> str:
    """Say which personal data a column holds, in words for "it holds …"; empty for none.

    Parameters
    ----------
    cells
        String: trimmed cells of some rows, none empty.
    dates
        Whether the cells are dates.
    """
    cells = cells.gather_every(max(1, len(cells) // _LOOKED_AT))
    different = cells.n_unique()
    if what := _by_form(cells, dates=dates) or _by_heading(cells, heading, different, dates=dates):
        return what
    if different >= _VARIED and _share(cells, _FULL_NAME) >= _MOST and different >= len(cells) / 2:
        return "names"
    return ""


def _by_form(cells: pl.Series, *, dates: bool) -> str:
    """Tell what has a form of its own."""
    for what, pattern in _FORMS.items():
        if not dates and _share(cells, pattern) >= _MOST:
            return what
    if _checked(cells, _CARD, _luhn) >= _MOST:
        return "card numbers"
    return "account numbers (IBAN)" if _checked(cells, _IBAN, _mod97) >= _MOST else ""


def _by_heading(cells: pl.Series, heading: Heading, different: int, *, dates: bool) -> str:
    """Tell what the heading says it is, if the cells could be that."""
    if dates:
        return "dates of birth" if heading.has(_BIRTH_WORDS) else ""
    of_cards = heading.words >= {"card", "number"} or heading.has(_CARD_WORDS)
    of_people = heading.has(_NAME_WORDS) and not heading.has(_THING_WORDS)
    for what, said, pattern, least in (
        ("numbers of identity papers", heading.has(_SOCIAL_WORDS), r"\d", _MOST),
        ("e-mail addresses", heading.has(_MAIL_WORDS), "@", _SOME),
        ("phone numbers", heading.has(_PHONE_WORDS), _PHONE_LOOSE, _MOST),
        ("addresses", heading.has(_ADDRESS_WORDS), r"\p{L}", _SOME),
        ("card numbers", of_cards, _CARD, _SOME),
        ("names", of_people, _WORDED, _SOME),
    ):
        if said and different > 1 and _share(cells, pattern) >= least:
            return what
    return ""


def _share(cells: pl.Series, pattern: str) -> float:
    return int(cells.str.contains(pattern).sum()) / len(cells) if len(cells) else 0.0


def _checked(cells: pl.Series, pattern: str, check: Callable[[str], bool]) -> float:
    """Return the share of the first cells that match a pattern and whose check digits are right."""
    some = cells.head(_CHECKED)
    formed = some.filter(some.str.contains(pattern)).str.replace_all(r"[^0-9A-Za-z]", "")
    return sum(map(check, formed.to_list())) / max(1, len(some))


def _luhn(number: str) -> bool:
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(number)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0  # noqa: PLR2004 - a digit is at most 9


def _mod97(iban: str) -> bool:
    return int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97 == 1
