"""Words in headings that say what a column counts, in the languages customer files are most often in."""

from __future__ import annotations

from typing import Final


def listed(text: str) -> frozenset[str]:
    """Return the words of a text that is nothing but a list of them."""
    return frozenset(text.split())


MONEY: Final = listed("""
    amount amt mnt price cost costs charge charges revenue sales turnover income salary spend spent spending balance
    payment payments credit debt loan limit purchases monetary fee fees profit margin deposit deposits savings
    refund refunds ltv clv aov arpu mrr arr wealth wage rent discount umsatz betrag preis kosten gehalt einkommen
    saldo guthaben gebuhr ertrag montant prix revenu depense depenses solde cout importe precio ingreso ingresos
    gasto gastos importo prezzo reddito spesa fatturato valor preco renda gelir harcama tutar
    """)
COUNT: Final = listed("""
    count counts number num numbers n qty quantity quantities orders visits trx transactions sessions logins
    clicks calls items units products tickets returns children kids kidhome teenhome dependents anzahl menge
    bestellungen besuche nombre commandes visites cantidad pedidos numero quantita ordini visite quantidade adet
    siparis messages frequency downloads views opens seats licenses complaints
    """)
SHARE: Final = listed("""
    share rate prc perc ratio percent percentage pct proportion fraction frequency probability utilization
    utilisation anteil quote prozent taux part porcentaje tasa percentuale quota taxa oran
    """)
POINTS: Final = listed("score scores rating points index rank nps punkte note percentile")
DATE: Final = listed("""
    date dt datum fecha data time timestamp day created updated since seit tarih jour
    """)
CODE: Final = listed("""
    code zip zipcode postal postcode plz cap cep region channel type class category store branch department group
    status country state gender sex plan tier kanal filiale art typ gruppe kategorie marital education occupation
    job month quarter weekday area year day hour week tag monat mes mois
    """)
# Of these, the words whose numbers measure nothing, however many there are.
NEVER_MEASURED: Final = listed("code zip zipcode postal postcode plz cep branch store department filiale")
# The last word of what people number things with: "Contract no.", "Steuernummer".
NUMBERING: Final = listed("number no nr num nummer numero numer nro")
NUMBERED: Final = listed("sku ean gtin upc isbn asin barcode iban bic vatid ustid siret siren")
# What happened when: their numbers are instants.
EVENT: Final = listed("joined signup registered login seen visited ordered first last onboarded activated expires")
TARGET: Final = listed("segment segments cluster clusters label labels target targets")
# They describe who customers are rather than what they do.
PERSON: Final = listed("""
    age alter edad eta idade yas birth born geburtsjahr height weight latitude longitude lat lon lng children kids
    dependents kidhome teenhome household
    """)
AGE: Final = listed("age alter edad eta idade yas")
YES_NO: Final = tuple(
    map(
        listed,
        (
            *("yes no", "y n", "true false", "t f", "0 1", "0.0 1.0", "on off", "active inactive", "ja nein", "j n"),
            *("oui non", "o n", "si no", "sí no", "s n", "sim nao", "sim não", "ja nej", "ja nee", "tak nie"),
            *("evet hayır", "evet hayir", "да нет", "はい いいえ"),
        ),
    )
)
# What exports write where nothing is known.
NOTHING: Final = frozenset({""}) | listed("""
    na n/a #n/a nan null nil - -- – — ? . k.a. n.a. (null) (blank) <na> #null! #value! #ref! #div/0! #name? #num!
    """)
