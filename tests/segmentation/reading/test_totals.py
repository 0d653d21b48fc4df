"""Rows that add up others, told from customers by the label they begin with."""

from __future__ import annotations

import unicodedata

import pytest

from segmentation.reading.others.totals import TotalsFinder, is_total

# name, number, number: nothing but its name says who a customer is.
NAMED = TotalsFinder(features=(1, 2), id_column=None)
# name, number, number, id, mail or city.
KNOWN = TotalsFinder(features=(1, 2), id_column=3)

LABELS = {
    "English": ["Total", "Grand Total", "Grand Totals (3 records)", "Subtotal", "sub-total", "Average", "TOTALS:"],
    "German": ["Summe", "Gesamtsumme", "Zwischensumme", "Durchschnitt", "Gesamtergebnis", "Insgesamt"],
    "French": ["Total général", "TOTAL GENERAL", "Sous-total", "Moyenne"],
    "Spanish": ["Total general", "Suma total", "Promedio"],
    "Italian": ["Totale complessivo", "Subtotale", "Totale"],
    "Portuguese": ["Total Geral", "Média geral", "MEDIA GERAL"],
    "Dutch": ["Eindtotaal", "Subtotaal", "Gemiddelde"],
    "Swedish": ["Totalsumma", "Delsumma", "Genomsnitt"],
    "Danish": ["Hovedtotal", "I alt", "Gennemsnit"],
    "Norwegian": ["Totalsum", "Gjennomsnitt"],
    "Finnish": ["Loppusumma", "Yhteensä", "YHTEENSA", "Keskiarvo"],
    "Polish": ["Suma końcowa", "Razem", "Średnia", "OGÓŁEM"],
    "Czech": ["Celkový součet", "Celkem", "Průměr"],
    "Slovak": ["Celkový súčet", "Spolu", "Priemer"],
    "Hungarian": ["Végösszeg", "Összesen", "Átlag"],
    "Romanian": ["Total general", "Subtotal", "Medie"],
    "Turkish": ["Genel Toplam", "TOPLAM", "Ara toplam", "Ortalama"],
    "Greek": ["Γενικό σύνολο", "ΣΥΝΟΛΟ", "Μέσος όρος"],
    "Russian": ["Итого", "ИТОГО:", "Общий итог", "Всего", "Среднее"],
    "Ukrainian": ["Разом", "Усього", "Середнє"],
    "Bulgarian": ["Общо", "Обща сума"],
    "Japanese": ["合計", "総計", "小計", "平均", "合計（3件）"],
    "Chinese": ["总计", "合计", "小计", "平均值", "總計"],
    "Korean": ["합계", "총계", "소계", "평균"],
    "Arabic": ["المجموع", "الإجمالي"],
    "Hebrew": ["סה״כ", 'סה"כ', "ממוצע"],
    "Vietnamese": ["Tổng cộng", "Trung bình"],
    "Indonesian": ["Jumlah total", "Rata-rata"],
    "Thai": ["รวม", "ผลรวม", "ยอดรวม", "รวมทั้งหมด"],
    "Serbian": ["Укупно", "Просек"],
    "Slovenian": ["Skupaj", "Vsota", "Povprečje"],
    "Lithuanian": ["Iš viso", "Viso", "Vidurkis"],
    "Latvian": ["Kopā", "Pavisam kopā", "Vidēji"],
    "Estonian": ["Kokku", "Vahesumma", "Keskmine"],
    "Icelandic": ["Samtals", "Meðaltal"],
    "Hindi": ["कुल", "कुल योग", "औसत"],
    "Persian": ["جمع کل", "مجموع", "میانگین"],
}


@pytest.mark.parametrize("label", [label for labels in LABELS.values() for label in labels])
def test_totals_are_known_in_the_languages_spreadsheets_speak(label: str) -> None:
    for written in (label, label.upper(), f"* {label} *", f"{label}:", unicodedata.normalize("NFD", label)):
        assert is_total([written, "2782", "37"], NAMED), written
        assert is_total(["", written, "37"], NAMED), written


def test_more_than_twenty_languages_are_covered() -> None:
    assert len(LABELS) > 20


@pytest.mark.parametrize("label", ["Total (3 records)", "Total [12]", "Total: 3", "Total (EUR)", "Sum = 7 customers"])
def test_a_total_may_say_how_many_it_counts_and_in_what(label: str) -> None:
    assert is_total([label, "2782", "37"], NAMED)


@pytest.mark.parametrize(
    "name",
    ["Total Energies", "TotalEnergies SE", "Summe GmbH", "Sum Ting", "Totally Wine", "Average Joe", "Media Markt",
     "Total 24", "Total (France) SA", "Acme Total", "Summer", "Suma Wholefoods", "Razem Sp. z o.o.", "Meanwhile"],
)  # fmt: skip
def test_a_customer_whose_name_only_holds_such_a_word_stays_a_customer(name: str) -> None:
    assert not is_total([name, "2782", "37"], NAMED)


@pytest.mark.parametrize("more", [["C-17"], ["", "sales@total.example"], ["", "Paris", "energy"]])
def test_a_bare_word_that_may_be_a_name_is_a_customers_if_the_row_says_more_of_it(more: list[str]) -> None:
    assert not is_total(["Total", "2782", "37", *more], KNOWN)
    assert is_total(["Total:", "2782", "37", *more], KNOWN)
    assert is_total(["Total", "2782", "37", *("" for _ in more)], KNOWN)


def test_a_total_whose_label_stands_among_the_ids_is_a_total() -> None:
    assert is_total(["Total", "2782", "37"], TotalsFinder(features=(1, 2), id_column=0))
