"""What the columns of an order export are called, in the languages shops export in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final

from segmentation.orders.currencies import without_currency
from segmentation.orders.scales import without_scale
from segmentation.writing.folding import fold_key, fold_text, parted


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


def folded_keys(text: str) -> frozenset[str]:
    """Return the words of a text, folded."""
    return frozenset(map(fold_key, text.split()))


# Columns that say of each line what it is, such as a sale or a return.
_TYPES: Final = folded_keys("""
    transactiontype ordertype eventtype type documenttype doctype linetype rowtype recordtype entrytype amounttype
    amountdescription invoicetype salestype belegart belegtyp vorgangsart buchungsart tipodocumento tipodedocumento
    typedocument typededocument typepiece typedepiece 取引区分 取引種別 单据类型 交易类型
    """)
# Columns that say which orders were made to try the shop out.
_TESTS: Final = folded_keys("test istest testorder istestorder testmode")
# What is left after a provider's fees is no other reading of what was paid.
_NETS: Final = folded_keys("net netto netamount nettobetrag")
_FORMATTED: Final = "(formatted)"
_FEES: Final = folded_keys("fee fees gebuhr gebuhren frais comision comisiones commissioni paypalfee")
# Addresses, which one person has rather than an order.
_ADDRESSES: Final = folded_keys(
    "customeremail email emailaddress billingemail buyeremail mail kundenemail contactemail"
)
# Statuses or the states of a country: only the cells tell.
_STATES: Final = folded_keys("state estado stato etat")
# By role, the folded names that mean it; an earlier set comes before a later one, and a set's names are equals.
_NAMES: Final[Mapping[Role, tuple[frozenset[str], ...]]] = {
    Role.CUSTOMER: (
        folded_keys("""
            customerid customerids customerno customernumber customernr customerkey customercode customerref kundenid
            kundennr kundennummer kundenno idclient numeroclient nclient codeclient clientid idcliente numerocliente
            codigocliente codicecliente clienteid clienteno musterino musteriid klantnummer klantid klantnr
            nocliente noclient ncliente
            nrklienta idklienta numerklienta kundnummer kundnr kundenr kundenummer
            顧客id 顧客番号 顧客コード 会員番号 会員id 得意先コード 客户id 客户编号 会员号
            고객id
            고객번호 회원번호
            """),
        folded_keys(
            "buyerid userid memberid memberno accountid accountno contactid shopperid loyaltyid loyaltyno guestid "
            "debitor debitornr debitornummer debitorennummer debtorno debtor soldto soldtoparty kundenkarte"
        ),
        folded_keys("""
            customeremail email emailaddress billingemail buyeremail mail kundenemail emailcliente courriel eposta
            emailbilling contactemail fromemailaddress メールアドレス 注文者メールアドレス 購入者メールアドレス 邮箱
            이메일
            """),
        folded_keys("""
            customer customername kunde kundenname client clientname cliente buyer buyername billingname user member
            membername mitglied kupujacy klient musteri musteriadi klant kund
            顧客名 注文者 注文者氏名 購入者 得意先名 氏名 客户 买家 고객명
            """),
    ),
    Role.ORDER: (
        folded_keys("""
            orderid ordernumber orderno ordernr bestellid bestellnummer bestellnr auftragsnummer auftragsnr idorder
            注文番号 受注番号 注文id 受注id オーダー番号 订单号 订单编号 订单id 주문번호
            """),
        folded_keys("""
            order idcommande numerocommande ncommande commande idpedido numeropedido pedido pedidoid idordine
            numeroordine ordine ordernummer siparisno siparisid orderkey orderref orderreference bestellung
            nopedido npedido nocommande nordine noordine
            numerzamowienia nrzamowienia idzamowienia zamowienie ordrenummer ordrenr bestallningsnummer sipariskodu
            """),
        folded_keys("""
            invoiceid invoiceno invoicenumber invoice rechnungsnummer rechnungsnr numerofacture facture nfacture
            numerofactura factura numerofattura fattura factuurnummer documentno documentnumber docno voucherno
            """),
        folded_keys("""
            receiptid receiptno receiptnumber receipt bonnummer bonnr belegnummer belegnr bon beleg ticket ticketno
            伝票番号
            """),
        folded_keys("transactionid transactionno transactionnumber transaction chargeid paymentid basketid purchaseid"),
    ),
    Role.DATE: (
        folded_keys("""
            orderdate orderedat dateordered datecreated bestelldatum auftragsdatum datecommande datedecommande
            fechapedido
            fechadepedido dataordine
            datazamowienia ordredato orderdatum bestallningsdatum ordered orderedon
            注文日 注文日時 受注日 受注日時 下单时间 订单日期 주문일 주문일시 주문일자
            """),
        folded_keys("""
            createdat created createddate creationdate invoicedate purchasedate transactiondate saledate salesdate
            rechnungsdatum kaufdatum datefacture fechafactura datafattura besteldatum siparistarihi receiptdate
            dateachat fechacompra dataacquisto createdutc createddateutc orderdatetime datetime belegdatum
            購入日 購入日時 売上日 売上日時 postingdate documentdate
            """),
        folded_keys("date datum fecha data day tag tarih timestamp time jour 日付 日時 日期 날짜"),
        folded_keys("paidat paiddate paymentdate datepaid datapłatności betaldatum"),
    ),
    Role.AMOUNT: (
        folded_keys("""
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
        folded_keys("""
            quantity qty menge anzahl quantite cantidad quantita adet aantal stuck units quantityordered itemquantity
            orderquantity 数量 個数 수량
            liczba ilosc antal antall quantidade
            """),
    ),
    Role.PRICE: (
        folded_keys("""
            unitprice priceeach priceperunit stuckpreis einzelpreis prixunitaire preciounitario prezzounitario
            birimfiyat cenajednostkowa styckpris stykpris precounitario
            単価 单价 단가
            """),
        folded_keys("price preis prix precio prezzo fiyat prijs itemprice sellingprice cena pris preco"),
    ),
    Role.CURRENCY: (
        folded_keys("""
            currency currencycode ordercurrency wahrung devise moneda valuta parabirimi divisa waluta paymentcurrency
            ordercurrencycode 通貨 币种 통화
            """),
    ),
    Role.STATUS: (
        folded_keys("""
            orderstatus bestellstatus statutcommande estadopedido statoordine statuszamowienia siparisdurumu
            注文ステータス 受注ステータス 订单状态
            주문상태
            """),
        folded_keys(
            "status financialstatus paymentstatus zahlungsstatus statut durum situacao ステータス 状態 状況 状态 상태"
        ),
        _TYPES,
        _STATES,
    ),
    Role.REFUND: (
        folded_keys("""
            refundedamount amountrefunded refundamount orderrefundamount refundedtotal totalrefunded refund refunded
            erstattung erstattet rembourse reembolso rimborso totalrefund
            """),
    ),
    Role.CANCELLED: (folded_keys("cancelledat canceledat cancelleddate datecancelled cancelled storniertam") | _TESTS,),
    Role.DISCOUNT: (
        folded_keys("""
            linediscount lineitemdiscount itemdiscount discount discountamount discountpercent discountpct discountrate
            discounts rabatt rabattbetrag nachlass remise reduction descuento sconto korting indirim 値引き 割引 折扣
            할인
            """),
    ),
    Role.PAYEE: (folded_keys("toemailaddress"),),
}
# Words of a longer heading, and those that say that another amount or date is meant.
_WORDS: Final[Mapping[Role, frozenset[str]]] = {
    Role.AMOUNT: folded_keys("""
        amount total sales revenue betrag gesamtbetrag gesamtpreis umsatz montant importe importo tutar bedrag paid
        """),
    Role.DATE: folded_keys("date datum fecha ordered created purchased"),
    Role.CURRENCY: folded_keys("currency wahrung devise moneda valuta waluta"),
}
_OTHERS: Final[Mapping[Role, frozenset[str]]] = {
    Role.AMOUNT: folded_keys("""
        sub subtotal tax taxes vat mwst shipping discount fee fees refund refunded outstanding balance converted cost
        costs profit quantity count items orders tip points currency id number at date due commission versand rabatt
        tva iva
        """),
    Role.DATE: folded_keys("""
        ship shipped shipping delivery delivered birth due update updated modified expiry expires cancelled canceled
        fulfilled refund refunded paid return returned liefer versand geburts until end last first
        """),
    Role.CURRENCY: folded_keys("rate conversion exchange factor converted id"),
}
_WORD: Final = re.compile(r"[^\W\d_]+")
_BRACKETS: Final = re.compile(r"\s*[(\[（【][^()\[\]（）【】]{1,24}[)\]）】]\s*$")
# Columns whose headings may name a currency.
_OF_MONEY: Final = frozenset({Role.AMOUNT, Role.PRICE, Role.REFUND, Role.DISCOUNT})
# Amounts that are an order's by their name, not a line's.
_OF_ORDERS: Final = folded_keys("""
    ordertotal ordertotalamount grandtotal bestellsumme orderamount ordervalue orderrevenue invoiceamount 注文金額
    订单金额 주문금액
    """)


def key_of(heading: str) -> str:
    """Return a heading as it is compared: without case, accents, spaces, and what stands in brackets at its end.

    >>> key_of("Created date (UTC)"), key_of("Kunden-Nr.")
    ('createddate', 'kundennr')
    """
    return fold_key(_BRACKETS.sub("", heading)) or fold_key(heading)


def candidates(role: Role, header: Iterable[str]) -> list[list[int]]:
    """Return the positions of columns that may have a role, by their names: the likeliest first, equals together."""
    of_money = role in _OF_MONEY
    keys = [{key_of(name), _bare_key(name)} if of_money else {key_of(name)} for name in header]
    tiers = [[at for at, key in enumerate(keys) if not names.isdisjoint(key)] for names in _NAMES[role]]
    if role in _WORDS:
        named = {at for tier in tiers for at in tier}
        tiers.append([at for at, name in enumerate(header) if at not in named and _means(role, name)])
    return [tier for tier in tiers if tier]


def is_of_orders(heading: str) -> bool:
    """Tell whether an amount's name says that it is for a whole order."""
    return _bare_key(heading) in _OF_ORDERS


def _bare_key(heading: str) -> str:
    """Return the key of an amount's heading without what it says of currency, cents or thousands."""
    return key_of(without_scale(without_currency(heading)))


def names_types(heading: str) -> bool:
    """Tell whether a column of statuses says what each line is, not what became of the order."""
    return key_of(heading) in _TYPES


def types_in(header: Iterable[str]) -> list[int]:
    """Return the positions of columns that say what each line is, by their names."""
    return [at for at, name in enumerate(header) if names_types(name)]


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


def pairing(headings: Sequence[str], role: Role, other: str) -> list[str]:
    """Return those of several headings that have another's words besides their role's own.

    >>> pairing(["shop_currency", "customer_currency"], Role.CURRENCY, "shop_money_amount")
    ['shop_currency']
    """
    own = _WORDS[role] | {"code"}
    return [name for name in headings if _words_of(name) - own and _words_of(name) - own <= _words_of(other)]


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
    words = _words_of(heading)
    return not words.isdisjoint(_WORDS[role]) and words.isdisjoint(_OTHERS[role])


def _words_of(heading: str) -> frozenset[str]:
    return frozenset(_WORD.findall(fold_text(parted(heading))))
