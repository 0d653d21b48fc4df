"""Rows that add up other rows: how spreadsheets and reports in many languages label them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Final

import polars as pl

from segmentation.numbers.values import BLANK

# Labels that nobody bears as a name, by language.
_PHRASES: Final[dict[str, str]] = {
    "en": "grand total|grand totals|sub total|sub totals|total sum|overall total|report total|page total|"
    "overall average|grand average|totals|averages|mean|median",
    "de": "gesamtsumme|gesamtergebnis|zwischensumme|teilsumme|teilergebnis|endsumme|summe gesamt|insgesamt|"
    "durchschnitt|gesamtdurchschnitt|mittelwert",
    "fr": "total général|sous total|somme totale|total global|moyenne|moyenne générale",
    "es": "total general|suma total|promedio|promedio general|total parcial|totales",
    "it": "totale generale|totale complessivo|totale parziale|subtotale|sub totale|totali",
    "pt": "total geral|soma total|média geral|totais",
    "nl": "eindtotaal|subtotaal|sub totaal|totaal generaal|algemeen totaal|gemiddelde",
    "sv": "totalsumma|delsumma|slutsumma|genomsnitt|medelvärde|totalt",
    "da": "hovedtotal|i alt|gennemsnit",
    "nb": "totalsum|delsum|gjennomsnitt|sum totalt",
    "fi": "loppusumma|kokonaissumma|välisumma|yhteensä|keskiarvo",
    "pl": "suma końcowa|suma częściowa|suma całkowita|razem|ogółem|łącznie|średnia",
    "cs": "celkový součet|mezisoučet|součet|celkem|průměr",
    "sk": "celkový súčet|medzisúčet|súčet|celkom|spolu|priemer",
    "hu": "végösszeg|részösszeg|összesen|összesítés|átlag",
    "ro": "total general|subtotal|total parțial",
    "tr": "genel toplam|ara toplam|toplam|ortalama",
    "el": "γενικό σύνολο|μερικό σύνολο|σύνολο|μέσος όρος",
    "ru": "общий итог|общая сумма|промежуточный итог|итого|всего|среднее|среднее значение",
    "uk": "загальний підсумок|загальна сума|проміжний підсумок|підсумок|разом|усього|всього|середнє",
    "bg": "общ сбор|обща сума|междинна сума|общо|средно",
    "hr": "ukupni zbroj|sveukupno|ukupno|prosjek",
    "sr": "укупно|укупан збир|просек",
    "sl": "skupna vsota|delna vsota|skupaj|skupno|povprečje",
    "lt": "bendra suma|iš viso|vidurkis",
    "lv": "kopsumma|pavisam kopā|starpsumma|vidēji",
    "et": "kogusumma|vahesumma|kokku|keskmine",
    "is": "samtals|heildarsumma|millisamtala|meðaltal",
    "hi": "कुल योग|उप योग|कुल|औसत",
    "fa": "جمع کل|جمع جزء|مجموع|میانگین",
    "ja": "総計|合計|小計|総合計|平均",
    "zh": "总计|合计|小计|总和|平均|平均值|總計|合計|小計|平均值",
    "ko": "총합계|총계|합계|소계|부분합|평균",
    "ar": "المجموع الكلي|الإجمالي|المجموع الفرعي|المجموع|الإجمالي الكلي|المتوسط",
    "he": 'סכום כולל|סיכום ביניים|סה״כ|סה"כ|סך הכל|ממוצע',
    "vi": "tổng cộng|tổng phụ|trung bình",
    "id": "total keseluruhan|jumlah total|jumlah|rata rata",
    "th": "ผลรวมทั้งหมด|ผลรวม|รวมทั้งหมด|รวม|ยอดรวม|รวมทั้งสิ้น|ค่าเฉลี่ย",
}
# Labels that may be somebody's name as well, such as a company called Total.
_NAMES: Final[dict[str, str]] = {
    "en": "total|sum|average|avg",
    "de": "summe|gesamt|ergebnis",
    "fr": "somme|ensemble",
    "es": "suma|media",
    "it": "totale|somma",
    "pt": "soma|média",
    "nl": "totaal|som",
    "sv": "summa|medel",
    "fi": "summa",
    "pl": "suma",
    "ro": "sumă|medie",
    "hr": "zbroj",
    "sr": "збир",
    "sl": "vsota",
    "lt": "suma|viso",
    "lv": "kopā",
    "fa": "جمع",
    "ru": "итог|сумма",
    "uk": "сума",
    "vi": "tổng",
    "id": "rata",
}
# "(3 records)", "[12]", "(EUR)", ": 3 customers", after the label.
_COUNT: Final = (
    r"(?:\s*[(\[（]\s*(?:[\d.,'\s]+[^)\]）]{0,30}|[A-Z]{3}|[$€£¥])\s*[)\]）]|\s*[:=]\s*\d[\d.,]*\s*\w{0,20})"
)


def _forms(words: Iterable[str]) -> set[str]:
    """Return words with and without their accents, and with them apart from their letters."""
    return {form for word in words for form in (word, _bare(word), unicodedata.normalize("NFD", word))}


def _pattern(words: Iterable[str]) -> str:
    """Return an alternation of the forms of words, their parts joined by spaces or hyphens."""
    escaped = sorted((re.escape(form).replace(r"\ ", r"[\s-]*") for form in _forms(words)), key=len, reverse=True)
    return "|".join(escaped)


def _bare(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


def _words(table: dict[str, str]) -> set[str]:
    return {word for words in table.values() for word in words.split("|")}


_ALL: Final = _words(_PHRASES) | _words(_NAMES)
_ANY: Final = _pattern(_ALL)
# Written without spaces between words, so that a label may begin or end in the midst of letters.
_UNSPACED_WORDS: Final = {word for language in ("ja", "zh", "ko", "th") for word in _PHRASES[language].split("|")}
_UNSPACED: Final = _pattern(_UNSPACED_WORDS)
# Every label, and whatever else begins or ends with its words: "Germany Total", "Subtotal: Germany", "Total Energies".
_BEGINNING: Final = rf"(?i)^\W*(?:(?:{_ANY})(?:\W|$)|{_UNSPACED})"
_ENDING: Final = rf"(?i)(?:(?:^|\W)(?:{_ANY})|{_UNSPACED})\W*$"
# The whole cell: a label, perhaps decorated, perhaps with a count.
_LABEL: Final = rf"(?i)^\W*(?:{_ANY}){_COUNT}?\W*$"
_BARE_NAME: Final = rf"(?i)^\s*(?:{_pattern(_words(_NAMES))})\s*$"
# Any character but those that look empty; finding one is much faster than stripping the others.
_FILLED: Final = "[^" + "".join(rf"\x{{{ord(character):x}}}" for character in BLANK) + "]"
_MAIL: Final = r"\S@\S"
_LETTERS: Final = r"^[^\d]*\p{L}[^\d]*$"
# Cells other than label and numbers that make a row with such a label somebody's after all.
_TELLING: Final = 2
# So many columns beside the first are searched for labels: a report has few that name what its rows are about.
_LABEL_COLUMNS: Final = 3
# In more of a block's rows than these, a label beside the first column is a kind of customer, such as "average".
_FEW_ROWS: Final = 500
_FEW: Final = 20


@dataclass(frozen=True, slots=True)
class Labelled:
    """Rows of a block, UInt32 and ascending, that have a total's label.

    Parameters
    ----------
    totals
        Those that are totals.
    suspects
        Those that are if their numbers add up other rows.
    aside
        The suspects whose label is not what their row begins with: their numbers must do so beyond chance.
    """

    totals: pl.Series
    suspects: pl.Series
    aside: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class TotalsFinder:
    """Tells rows that add up others from customers, by the whole first filled cell.

    A label that is not a name, or is decorated ("Total:", "TOTAL (3)"), settles it. A bare word that could be a
    name, such as "Total", is a customer's if the row also has an id, an address of mail, or other texts of its own. So
    is a longer text such as "Total Energies" or "Germany Total". But either may be a total after all: that depends on
    whether its numbers add up other rows. So it does for a label alone in one of the next columns ("North", "Total"),
    unless the row lacks an id that others have; and for one in the place of a feature's number (an age of "Total").

    Parameters
    ----------
    features
        The positions of the features' columns.
    id_column
        The position of the column that holds ids; None if there is none.
    """

    features: Sequence[int]
    id_column: int | None

    @property
    def label_columns(self) -> tuple[int, ...]:
        """The positions, beside the first, of the columns that may hold labels: the next ones left of the numbers."""
        left = (at for at in range(1, max(self.features, default=0)) if at not in self.features)
        return tuple(islice(left, _LABEL_COLUMNS))

    def find(
        self,
        first: pl.Series,
        texts: Callable[[pl.Series], pl.Series],
        cells: Callable[[], pl.DataFrame],
        labels: pl.DataFrame | None = None,
        own: pl.Series | None = None,
    ) -> Labelled:
        """Find the rows with a total's label.

        Parameters
        ----------
        first
            The first column, as it was read: texts or numbers.
        texts
            Returns its texts in the given rows.
        cells
            Returns all columns as text; called only if a first cell is empty or could be a name, or for `labels`.
        labels
            The `label_columns` as text; None to look at what rows begin with alone.
        own
            Ascending rows, UInt32, with a label in a feature's own column, as `labels_in_place` returns; None without.
        """
        totals, suspects = self._by_beginning(first, texts, cells)
        hits = own = _no_rows() if own is None else own
        if labels is not None and labels.width:
            beside = labels.select(pl.any_horizontal(pl.all().str.contains(_LABEL))).to_series().arg_true()
            hits = pl.concat([own, beside]).unique().sort()
        hits = hits.filter(~hits.is_in(pl.concat([totals, suspects]).implode()))
        if hits.is_empty():
            return Labelled(totals, suspects)
        unowned = self._lack_owners(cells()[hits])
        settled, aside = hits.filter(unowned), hits.filter(~unowned)
        if len(aside) > max(_FEW_ROWS, len(first) // _FEW):
            aside = _no_rows()
        return Labelled(
            pl.concat([totals, settled]).sort(), pl.concat([suspects, aside]).sort(), frozenset(aside.to_list())
        )

    def _lack_owners(self, cells: pl.DataFrame) -> pl.Series:
        """Return, for rows with a label beside what they begin with, whether nobody's id, mail or texts are there."""
        labels = cells.select(f"c{at}" for at in sorted({*self.label_columns, *self.features}) if at < cells.width)
        label = labels.select(pl.coalesce(pl.when(pl.all().str.contains(_LABEL)).then(pl.all()))).to_series()
        more = self._has_more_than_numbers(cells, label)
        if self.id_column is None:
            return pl.repeat(False, cells.height, eager=True, dtype=pl.Boolean)
        if self.id_column >= cells.width:  # the row is shorter than others
            return ~more
        ids = cells[f"c{self.id_column}"]
        return (~filled(ids) & ~more) | (ids.str.contains(_LABEL) & ~ids.str.contains(_BARE_NAME))

    def _by_beginning(
        self, first: pl.Series, texts: Callable[[pl.Series], pl.Series], cells: Callable[[], pl.DataFrame]
    ) -> tuple[pl.Series, pl.Series]:
        """Return the rows that are totals by what they begin with, and those that are if they add up others."""
        numbers = first.cast(pl.Int32, strict=False) if first.dtype == pl.String else first
        if numbers.null_count() == 0:
            return _no_rows(), _no_rows()
        rows = numbers.is_null().arg_true()
        said = texts(rows)
        if not filled(said).all():
            said = _first_filled(cells()[rows])
        holds_word = (said.str.contains(_BEGINNING) | said.str.contains(_ENDING)).fill_null(value=False)
        rows, said = rows.filter(holds_word), said.filter(holds_word)
        settled = said.str.contains(_LABEL)
        doubtful = said.str.contains(_BARE_NAME)
        if doubtful.any():
            settled &= ~(doubtful & self._has_more_than_numbers(cells()[rows], said))
        return rows.filter(settled), rows.filter(~settled)

    def _has_more_than_numbers(self, cells: pl.DataFrame, label: pl.Series) -> pl.Series:
        """Return, for each row, whether it says more of somebody than a label and numbers."""
        others = [at for at in range(cells.width) if at not in self.features]
        texts = [(at, cells[f"c{at}"].zip_with(cells[f"c{at}"] != label, _nothing(cells.height))) for at in others]
        telling = pl.Series([0] * cells.height, dtype=pl.UInt32)
        for at, column in texts:
            if at == self.id_column:
                telling += filled(column).cast(pl.UInt32) * _TELLING
            telling += column.str.contains(_MAIL).cast(pl.UInt32) * _TELLING
            telling += column.str.contains(_LETTERS).cast(pl.UInt32)
        return telling >= _TELLING


def label_forms() -> set[str]:
    """Return every label, in lower case and in every form that is found; a space stands for any or none."""
    return _forms(_ALL)


def unspaced_label_forms() -> set[str]:
    """Return the labels among them that may begin or end in the midst of a word."""
    return _forms(_UNSPACED_WORDS)


def is_total(fields: Sequence[str], finder: TotalsFinder) -> bool:
    """Tell whether one row's cells are those of a totals row; fewer cells than columns are enough."""
    text = " ".join(fields).lower()
    # Spares loading Polars for the last row of most files.
    if text.isascii() and not any(word in text for word in _telling_words()):
        return False
    cells = pl.DataFrame({f"c{at}": [cell] for at, cell in enumerate(fields)}, schema_overrides={"c0": pl.String})
    labels = cells.select(f"c{at}" for at in finder.label_columns if at < cells.width)
    return not finder.find(cells["c0"], cells["c0"].gather, lambda: cells, labels).totals.is_empty()


@cache
def _telling_words() -> frozenset[str]:
    """Return the longest word of each label that is ASCII: without one of them, ASCII text holds no label."""
    return frozenset(max(label.split(), key=len) for label in label_forms() if label.isascii())


def labels_in_place(
    suspects: Iterable[tuple[int, pl.Series]], texts: Callable[[int], Callable[[pl.Series], pl.Series]]
) -> pl.Series:
    """Return which of some rows by column, UInt32, have a total's label there, ascending.

    The first column is left out: its labels are found as what rows begin with.
    """
    found = (rows.filter(texts(at)(rows).str.contains(_LABEL)) for at, rows in suspects if at and len(rows))
    return pl.concat([_no_rows(), *found]).unique().sort()


def filled(texts: pl.Series) -> pl.Series:
    """Return whether each text holds more than spaces and zero-width characters."""
    return texts.str.contains(_FILLED)


def _first_filled(cells: pl.DataFrame) -> pl.Series:
    seen = cells.with_columns(pl.when(pl.all().str.strip_chars(BLANK) != "").then(pl.all()))
    return seen.select(pl.coalesce(pl.all())).to_series()


def _no_rows() -> pl.Series:
    return pl.Series(dtype=pl.UInt32)


def _nothing(rows: int) -> pl.Series:
    return pl.Series([""], dtype=pl.String).new_from_index(0, rows)
