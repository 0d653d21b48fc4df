"""What the columns of an order export are called, in the languages shops export in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from segmentation.writing.folding import fold_key, fold_text


class Role(StrEnum):
    """What a column of an order export holds."""

    CUSTOMER = "customer"
    ORDER = "order"
    DATE = "date"
    AMOUNT = "amount"
    QUANTITY = "quantity"
    PRICE = "price"
    CURRENCY = "currency"
    STATUS = "status"
    REFUND = "refund"
    CANCELLED = "cancelled"

    @property
    def meaning(self) -> str:
        """What such a column holds, in a sentence."""
        return _MEANINGS[self]


_MEANINGS: Final = {
    Role.CUSTOMER: "who bought",
    Role.ORDER: "the number of the order",
    Role.DATE: "the date of the order",
    Role.AMOUNT: "what was paid",
    Role.QUANTITY: "the quantity",
    Role.PRICE: "the price of one piece",
    Role.CURRENCY: "the currency",
    Role.STATUS: "the order's status",
    Role.REFUND: "what was refunded",
    Role.CANCELLED: "when the order was cancelled",
}


def _keys(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Columns that say of each line what it is, such as a sale or a return.
_TYPES: Final = _keys("transactiontype ordertype eventtype type")
# Statuses or the states of a country: only the cells tell.
_STATES: Final = _keys("state estado stato")
# By role, the folded names that mean it; an earlier set comes before a later one, and a set's names are equals.
_NAMES: Final[Mapping[Role, tuple[frozenset[str], ...]]] = {
    Role.CUSTOMER: (
        _keys("""
            customerid customerids customerno customernumber customernr customerkey customercode customerref kundenid
            kundennr kundennummer kundenno idclient numeroclient nclient codeclient clientid idcliente numerocliente
            codigocliente codicecliente clienteid clienteno musterino musteriid klantnummer klantid klantnr
            """),
        _keys("buyerid userid memberid memberno accountid accountno contactid shopperid loyaltyid"),
        _keys("""
            customeremail email emailaddress billingemail buyeremail mail kundenemail emailcliente courriel eposta
            emailbilling contactemail fromemailaddress
            """),
        _keys("customer customername kunde kundenname client clientname cliente buyer buyername billingname user"),
    ),
    Role.ORDER: (
        _keys(
            "orderid ordernumber orderno ordernr bestellid bestellnummer bestellnr auftragsnummer auftragsnr idorder"
        ),
        _keys("""
            order idcommande numerocommande ncommande commande idpedido numeropedido pedido pedidoid idordine
            numeroordine ordine ordernummer siparisno siparisid orderkey orderref orderreference bestellung
            """),
        _keys("""
            invoiceid invoiceno invoicenumber invoice rechnungsnummer rechnungsnr numerofacture facture nfacture
            numerofactura factura numerofattura fattura factuurnummer
            """),
        _keys(
            "receiptid receiptno receiptnumber receipt bonnummer bonnr belegnummer belegnr bon beleg ticket ticketno"
        ),
        _keys("transactionid transactionno transactionnumber transaction chargeid paymentid basketid purchaseid"),
    ),
    Role.DATE: (
        _keys(
            "orderdate orderedat dateordered datecreated bestelldatum auftragsdatum datecommande fechapedido dataordine"
        ),
        _keys("""
            createdat created createddate creationdate invoicedate purchasedate transactiondate saledate salesdate
            rechnungsdatum kaufdatum datefacture fechafactura datafattura besteldatum siparistarihi receiptdate
            dateachat fechacompra dataacquisto createdutc createddateutc orderdatetime datetime
            """),
        _keys("date datum fecha data day tag tarih timestamp time jour"),
        _keys("paidat paiddate paymentdate datepaid"),
    ),
    Role.AMOUNT: (
        _keys("""
            ordertotal grandtotal totalamount amount total totalprice sales sale revenue linetotal orderamount
            amountpaid
            netsales totalsales totalpaid betrag gesamt gesamtbetrag summe umsatz bestellsumme montant montanttotal
            totalttc importe importetotal importo importototale totale tutar toplam bedrag totaal lineamount salesamount
            invoiceamount nrevenue gross value sum spend netrevenue
            ordervalue totaldue orderrevenue itemtotal rechnungsbetrag
            """),
    ),
    Role.QUANTITY: (
        _keys("""
            quantity qty menge anzahl quantite cantidad quantita adet aantal stuck units quantityordered itemquantity
            orderquantity
            """),
    ),
    Role.PRICE: (
        _keys("unitprice priceeach priceperunit stuckpreis einzelpreis prixunitaire preciounitario prezzounitario"),
        _keys("price preis prix precio prezzo fiyat prijs itemprice sellingprice"),
    ),
    Role.CURRENCY: (
        _keys("currency currencycode ordercurrency wahrung devise moneda valuta parabirimi divisa paymentcurrency"),
    ),
    Role.STATUS: (
        _keys("orderstatus bestellstatus statutcommande estadopedido statoordine"),
        _keys("status financialstatus paymentstatus zahlungsstatus statut durum"),
        _TYPES,
        _STATES,
    ),
    Role.REFUND: (
        _keys("""
            refundedamount amountrefunded refundamount orderrefundamount refundedtotal totalrefunded refund refunded
            erstattung erstattet rembourse reembolso rimborso totalrefund
            """),
    ),
    Role.CANCELLED: (_keys("cancelledat canceledat cancelleddate datecancelled cancelled storniertam"),),
}
# Words of a longer heading, and those that say that another amount or date is meant.
_WORDS: Final[Mapping[Role, frozenset[str]]] = {
    Role.AMOUNT: _keys("amount total sales revenue betrag umsatz montant importe importo tutar bedrag paid"),
    Role.DATE: _keys("date datum fecha ordered created purchased"),
}
_OTHERS: Final[Mapping[Role, frozenset[str]]] = {
    Role.AMOUNT: _keys("""
        sub subtotal tax taxes vat mwst shipping discount fee fees refund refunded outstanding balance converted cost
        costs profit quantity count items orders tip points currency id number at date due commission versand rabatt
        tva iva
        """),
    Role.DATE: _keys("""
        ship shipped shipping delivery delivered birth due update updated modified expiry expires cancelled canceled
        fulfilled refund refunded paid return returned liefer versand geburts until end last first
        """),
}
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD: Final = re.compile(r"[^\W\d_]+")
_BRACKETS: Final = re.compile(r"\s*[(\[][^()\[\]]{1,24}[)\]]\s*$")
# Amounts that are an order's by their name, not a line's.
_OF_ORDERS: Final = _keys("ordertotal grandtotal bestellsumme orderamount ordervalue orderrevenue invoiceamount")


@dataclass(frozen=True)
class KnownExport:
    """An export whose headings mean something only together: `signature` tells it, `columns` are what they mean."""

    name: str
    signature: frozenset[str]
    columns: Mapping[Role, str]


KNOWN_EXPORTS: Final = (
    KnownExport(
        "Shopify",
        _keys("name email financialstatus lineitemname total createdat"),
        {
            Role.CUSTOMER: "email",
            Role.ORDER: "name",
            Role.DATE: "createdat",
            Role.AMOUNT: "total",
            Role.CURRENCY: "currency",
            Role.STATUS: "financialstatus",
            Role.REFUND: "refundedamount",
            Role.CANCELLED: "cancelledat",
        },
    ),
    KnownExport("Stripe", _keys("id amount amountrefunded customerid"), {Role.ORDER: "id"}),
)


def key_of(heading: str) -> str:
    """Return a heading as it is compared: without case, accents, spaces, and what stands in brackets at its end.

    >>> key_of("Created date (UTC)"), key_of("Kunden-Nr.")
    ('createddate', 'kundennr')
    """
    return fold_key(_BRACKETS.sub("", heading)) or fold_key(heading)


def candidates(role: Role, header: Iterable[str]) -> list[list[int]]:
    """Return the positions of columns that may have a role, by their names: the likeliest first, equals together."""
    keys = [key_of(name) for name in header]
    tiers = [[at for at, key in enumerate(keys) if key in names] for names in _NAMES[role]]
    if role in _WORDS:
        named = {at for tier in tiers for at in tier}
        tiers.append([at for at, name in enumerate(header) if at not in named and _means(role, name)])
    return [tier for tier in tiers if tier]


def is_of_orders(heading: str) -> bool:
    """Tell whether an amount's name says that it is for a whole order."""
    return key_of(heading) in _OF_ORDERS


def names_types(heading: str) -> bool:
    """Tell whether a column of statuses says what each line is, not what became of the order."""
    return key_of(heading) in _TYPES


def may_be_names(heading: str) -> bool:
    """Tell whether a column of customers may hold names rather than ids."""
    return key_of(heading) in _NAMES[Role.CUSTOMER][-1]


def may_be_other_than_status(heading: str) -> bool:
    """Tell whether only the cells can say that a column holds statuses."""
    return key_of(heading) in _TYPES | _STATES


def _means(role: Role, heading: str) -> bool:
    words = frozenset(_WORD.findall(fold_text(_CAMEL.sub(" ", heading))))
    return not words.isdisjoint(_WORDS[role]) and words.isdisjoint(_OTHERS[role])
