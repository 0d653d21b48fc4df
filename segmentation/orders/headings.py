"""What the columns of an order export are called, in the languages shops export in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
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
    DISCOUNT = "discount"
    PAYEE = "payee"

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
    Role.DISCOUNT: "the discount",
    Role.PAYEE: "who got money back",
}


def _keys(text: str) -> frozenset[str]:
    return frozenset(map(fold_key, text.split()))


# Columns that say of each line what it is, such as a sale or a return.
_TYPES: Final = _keys("transactiontype ordertype eventtype type")
# Columns that say which orders were made to try the shop out.
_TESTS: Final = _keys("test istest testorder istestorder testmode")
# What is left after a provider's fees is no other reading of what was paid.
_NETS: Final = _keys("net netto netamount nettobetrag")
_FORMATTED: Final = "(formatted)"
_FEES: Final = _keys("fee fees gebuhr gebuhren frais comision comisiones commissioni paypalfee")
# Addresses, which one person has rather than an order.
_ADDRESSES: Final = _keys("customeremail email emailaddress billingemail buyeremail mail kundenemail contactemail")
# Statuses or the states of a country: only the cells tell.
_STATES: Final = _keys("state estado stato etat")
# By role, the folded names that mean it; an earlier set comes before a later one, and a set's names are equals.
_NAMES: Final[Mapping[Role, tuple[frozenset[str], ...]]] = {
    Role.CUSTOMER: (
        _keys("""
            customerid customerids customerno customernumber customernr customerkey customercode customerref kundenid
            kundennr kundennummer kundenno idclient numeroclient nclient codeclient clientid idcliente numerocliente
            codigocliente codicecliente clienteid clienteno musterino musteriid klantnummer klantid klantnr
            nocliente noclient ncliente
            nrklienta idklienta numerklienta kundnummer kundnr kundenr kundenummer
            顧客id 顧客番号 顧客コード 会員番号 会員id 得意先コード 客户id 客户编号 会员号
            고객id
            고객번호 회원번호
            """),
        _keys("buyerid userid memberid memberno accountid accountno contactid shopperid loyaltyid"),
        _keys("""
            customeremail email emailaddress billingemail buyeremail mail kundenemail emailcliente courriel eposta
            emailbilling contactemail fromemailaddress メールアドレス 注文者メールアドレス 購入者メールアドレス 邮箱
            이메일
            """),
        _keys("""
            customer customername kunde kundenname client clientname cliente buyer buyername billingname user member
            membername mitglied kupujacy klient musteri musteriadi klant kund
            顧客名 注文者 注文者氏名 購入者 得意先名 氏名 客户 买家 고객명
            """),
    ),
    Role.ORDER: (
        _keys("""
            orderid ordernumber orderno ordernr bestellid bestellnummer bestellnr auftragsnummer auftragsnr idorder
            注文番号 受注番号 注文id 受注id オーダー番号 订单号 订单编号 订单id 주문번호
            """),
        _keys("""
            order idcommande numerocommande ncommande commande idpedido numeropedido pedido pedidoid idordine
            numeroordine ordine ordernummer siparisno siparisid orderkey orderref orderreference bestellung
            nopedido npedido nocommande nordine noordine
            numerzamowienia nrzamowienia idzamowienia zamowienie ordrenummer ordrenr bestallningsnummer sipariskodu
            """),
        _keys("""
            invoiceid invoiceno invoicenumber invoice rechnungsnummer rechnungsnr numerofacture facture nfacture
            numerofactura factura numerofattura fattura factuurnummer
            """),
        _keys("""
            receiptid receiptno receiptnumber receipt bonnummer bonnr belegnummer belegnr bon beleg ticket ticketno
            伝票番号
            """),
        _keys("transactionid transactionno transactionnumber transaction chargeid paymentid basketid purchaseid"),
    ),
    Role.DATE: (
        _keys("""
            orderdate orderedat dateordered datecreated bestelldatum auftragsdatum datecommande datedecommande
            fechapedido
            fechadepedido dataordine
            datazamowienia ordredato orderdatum bestallningsdatum ordered orderedon
            注文日 注文日時 受注日 受注日時 下单时间 订单日期 주문일 주문일시 주문일자
            """),
        _keys("""
            createdat created createddate creationdate invoicedate purchasedate transactiondate saledate salesdate
            rechnungsdatum kaufdatum datefacture fechafactura datafattura besteldatum siparistarihi receiptdate
            dateachat fechacompra dataacquisto createdutc createddateutc orderdatetime datetime belegdatum
            購入日 購入日時 売上日 売上日時
            """),
        _keys("date datum fecha data day tag tarih timestamp time jour 日付 日時 日期 날짜"),
        _keys("paidat paiddate paymentdate datepaid datapłatności betaldatum"),
    ),
    Role.AMOUNT: (
        _keys("""
            ordertotal grandtotal totalamount amount total totalprice sales sale revenue linetotal orderamount
            amountpaid
            netsales totalsales totalpaid betrag gesamt gesamtbetrag summe umsatz bestellsumme montant montanttotal
            totalttc importe importetotal importo importototale totale tutar toplam bedrag totaal lineamount salesamount
            invoiceamount nrevenue gross value sum spend netrevenue
            ordervalue totaldue orderrevenue itemtotal rechnungsbetrag gesamtpreis gesamtsumme endbetrag
            wartosczamowienia kwota wartosc suma razem belopp beløb totalbelopp totalt valortotal paid bezahlt
            amountreceived net netto brutto nettobetrag bruttobetrag nettoumsatz bruttoumsatz
            ordertotalamount 合計金額 請求金額 注文金額 売上金額 購入金額 金額 総額 订单金额 实付金额 总金额 金额
            결제금액 주문금액
            금액
            """),
    ),
    Role.QUANTITY: (
        _keys("""
            quantity qty menge anzahl quantite cantidad quantita adet aantal stuck units quantityordered itemquantity
            orderquantity 数量 個数 수량
            liczba ilosc antal antall quantidade
            """),
    ),
    Role.PRICE: (
        _keys("""
            unitprice priceeach priceperunit stuckpreis einzelpreis prixunitaire preciounitario prezzounitario
            birimfiyat cenajednostkowa styckpris stykpris precounitario
            単価 单价 단가
            """),
        _keys("price preis prix precio prezzo fiyat prijs itemprice sellingprice cena pris preco"),
    ),
    Role.CURRENCY: (
        _keys("""
            currency currencycode ordercurrency wahrung devise moneda valuta parabirimi divisa waluta paymentcurrency
            ordercurrencycode 通貨 币种 통화
            """),
    ),
    Role.STATUS: (
        _keys("""
            orderstatus bestellstatus statutcommande estadopedido statoordine statuszamowienia siparisdurumu
            注文ステータス 受注ステータス 订单状态
            주문상태
            """),
        _keys(
            "status financialstatus paymentstatus zahlungsstatus statut durum situacao ステータス 状態 状況 状态 상태"
        ),
        _TYPES,
        _STATES,
    ),
    Role.REFUND: (
        _keys("""
            refundedamount amountrefunded refundamount orderrefundamount refundedtotal totalrefunded refund refunded
            erstattung erstattet rembourse reembolso rimborso totalrefund
            """),
    ),
    Role.CANCELLED: (_keys("cancelledat canceledat cancelleddate datecancelled cancelled storniertam") | _TESTS,),
    Role.DISCOUNT: (
        _keys("""
            linediscount lineitemdiscount itemdiscount discount discountamount discountpercent discountpct discountrate
            discounts rabatt rabattbetrag nachlass remise reduction descuento sconto korting indirim 値引き 割引 折扣
            할인
            """),
    ),
    Role.PAYEE: (_keys("toemailaddress"),),
}
# Words of a longer heading, and those that say that another amount or date is meant.
_WORDS: Final[Mapping[Role, frozenset[str]]] = {
    Role.AMOUNT: _keys("""
        amount total sales revenue betrag gesamtbetrag gesamtpreis umsatz montant importe importo tutar bedrag paid
        """),
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
_OF_ORDERS: Final = _keys("""
    ordertotal ordertotalamount grandtotal bestellsumme orderamount ordervalue orderrevenue invoiceamount 注文金額
    订单金额 주문금액
    """)


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
    # The price of an item is that of all its pieces: https://developer-docs.amazon.com, order reports.
    KnownExport(
        "Amazon",
        _keys("amazonorderid purchasedate itemprice"),
        {
            Role.ORDER: "amazonorderid",
            Role.DATE: "purchasedate",
            Role.AMOUNT: "itemprice",
            Role.STATUS: "orderstatus",
        },
    ),
    *(
        KnownExport(
            "PrestaShop",
            _keys(f"id reference {first} {customer} total {status} date"),
            {Role.ORDER: "reference", Role.CUSTOMER: customer, Role.AMOUNT: "total", Role.STATUS: status},
        )
        for first, customer, status in (("nouveauclient", "client", "etat"), ("newclient", "customer", "status"))
    ),
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


def tells_tests(heading: str) -> bool:
    """Tell whether a column says which orders were made to try the shop out."""
    return key_of(heading) in _TESTS


def no_other_reading(header: Sequence[str]) -> frozenset[int]:
    """Return the positions of amounts that no question is needed about.

    They are what is left after fees, if there is a column of fees, and what another column holds without its form.
    """
    keys = [key_of(name) for name in header]
    fees = not _FEES.isdisjoint(keys)
    return frozenset(
        at
        for at, (name, key) in enumerate(zip(header, keys, strict=True))
        if (fees and key in _NETS) or (_FORMATTED in name.casefold() and keys.count(key) > 1)
    )


def addresses_in(header: Iterable[str]) -> list[int]:
    """Return the positions of columns that hold people's e-mail addresses, by their names."""
    return [at for at, name in enumerate(header) if key_of(name) in _ADDRESSES]


def may_be_names(heading: str) -> bool:
    """Tell whether a column of customers may hold names rather than ids."""
    return key_of(heading) in _NAMES[Role.CUSTOMER][-1]


def may_be_other_than_status(heading: str) -> bool:
    """Tell whether only the cells can say that a column holds statuses."""
    return key_of(heading) in _TYPES | _STATES


def _means(role: Role, heading: str) -> bool:
    words = frozenset(_WORD.findall(fold_text(_CAMEL.sub(" ", heading))))
    return not words.isdisjoint(_WORDS[role]) and words.isdisjoint(_OTHERS[role])
