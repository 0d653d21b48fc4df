"""What an order's status says: whether it counts, was refunded wholly or partly, or was cancelled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from segmentation.numbers.values import quote, trim
from segmentation.orders.answers import OrderAnswers
from segmentation.reading.questions import Choice, Question
from segmentation.writing.folding import fold_key

if TYPE_CHECKING:
    from collections import Counter

_SHOWN: Final = 4
_NOTHING: Final = frozenset({"", "nan", "null", "none", "n/a", "-"})


class State(IntEnum):
    """What becomes of an order; of several lines' states the highest decides."""

    UNSAID = 0
    COUNTS = 1
    PARTLY_REFUNDED = 2
    REFUNDED = 3
    CANCELLED = 4


_WORDS: Final = {
    State.COUNTS: """
        order orders invoice rechnung facture factura fattura factuur faktura
        paid complete completed processing processed fulfilled shipped delivered closed succeeded success successful
        captured settled sale sold invoiced done approved confirmed ok purchase payment
        paiementaccepte livre encoursdelivraison remisautransporteur 完了 発送済み 発送済 出荷済み 入金済み 支払済み
        配達完了
        已完成 已发货 已付款 交易成功 완료 결제완료 배송완료
        wysłane wysłano zrealizowane opłacone dostarczone zakonczone pago paga entregue enviado skickad levererad betald
        bezahlt abgeschlossen versendet versandt geliefert verkauf payee terminee expediee livree vente pagado
        pagada completado completada enviado enviada entregado entregada venta pagato pagata completato spedito
        consegnato vendita pago betaald verzonden geleverd odendi tamamlandi teslimedildi
        """,
    State.PARTLY_REFUNDED: """
        partiallyrefunded partlyrefunded partialrefund partialrefunded partiallyreturned teilweiseerstattet
        partiellementrembourse partiellementremboursee parcialmentereembolsado
        """,
    State.REFUNDED: """
        refunded refund fullyrefunded returned return chargeback chargedback reversed erstattet zuruckerstattet retoure
        retourniert rembourse remboursee remboursement reembolsado reembolsada devuelto devolucion rimborsato
        rimborsata reso terugbetaald retour iade iadeedildi creditnote credit gutschrift avoir
        creditmemo salescreditmemo rechnungskorrektur notadecredito notacredito notadicredito creditnota
        zwrot zwrocone devolvido estornado
        返金 返金済み 返品 返品済み 已退款 退款 환불 반품
        """,
    State.CANCELLED: """
        anulowane anulowano makulerad annulleret uncollectible
        cancelled canceled cancel cancellation void voided failed failure declined expired abandoned rejected trash
        draft checkoutdraft deleted storniert storno annule annulee annulation cancelado cancelada anulado anulada
        annullato annullata geannuleerd iptal iptaledildi キャンセル キャンセル済み 取消 已取消 취소 주문취소
        """,
}
# What a line of money may be that is no sale: how it was paid, or a part of the amount or of its costs.
_NO_SALES: Final = frozenset(
    {"tender", "change", "cash", "card", "zahlung", "tax", "taxes", "vat", "fee", "fees", "itemfee", "itemfees"}
    | {"commission", "principal", "itemprice", "shipping", "promotion", "tip", "payout", "transfer", "deposit"}
)
KNOWN_STATES: Final = {fold_key(word): state for state, words in _WORDS.items() for word in words.split()}


def state_of(text: str, answers: OrderAnswers) -> State | None:
    """Return what a status says; None if nobody knows.

    >>> state_of("wc-refunded", OrderAnswers()), state_of("On hold", OrderAnswers())
    (<State.REFUNDED: 3>, None)
    """
    plain = trim(text)
    if plain.casefold() in answers.paid:
        return State.COUNTS
    if plain.casefold() in answers.unpaid:
        return State.CANCELLED
    return State.UNSAID if plain.casefold() in _NOTHING else KNOWN_STATES.get(fold_key(plain.removeprefix("wc-")))


def tell_lines(states: Iterable[State | None], texts: Iterable[str]) -> bool:
    """Tell whether some types of lines say that not all are sales: refunds, or how something was paid."""
    back = {State.PARTLY_REFUNDED, State.REFUNDED, State.CANCELLED}
    return not back.isdisjoint(states) or not _NO_SALES.isdisjoint(map(fold_key, texts))


def status_questions(column: str, statuses: Counter[str], answers: OrderAnswers) -> Iterator[Question]:
    """Ask about statuses that are not known.

    Parameters
    ----------
    statuses
        How many lines have each.
    """
    # A header that is repeated among the lines is no status.
    others = (status for status in statuses if status.casefold() != column.casefold())
    unknown = sorted(status for status in others if state_of(status, answers) is None)
    if unknown:
        more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
        asked = (
            f"I don't know what {_listed(unknown[:_SHOWN])}{more} in the column {quote(column)} "
            f"{'mean' if len(unknown) > 1 else 'means'}: do these orders count?"
        )
        parts = tuple(map(_status_question, unknown))
        yield Question(
            f"{asked} Say so of each with --paid STATUS or --unpaid STATUS, or read no status with --column status=.",
            asked,
            tuple(choice for part in parts for choice in part.choices),
            parts,
        )


def _status_question(status: str) -> Question:
    asked = f"Do orders with the status {quote(status)} count?"
    meanings = (("paid", "counts"), ("unpaid", "does not count"))
    choices = tuple(Choice(f"{key}={status}", f"{quote(status)} {meaning}") for key, meaning in meanings)
    return Question(asked, asked, choices)


def _listed(statuses: Iterable[str]) -> str:
    return ", ".join(map(quote, statuses))
