"""The exports of systems whose headings mean something only together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from segmentation.orders.headings import Role, folded_keys


@dataclass(frozen=True)
class KnownExport:
    """An export whose headings mean something only together: `signature` tells it, `columns` are what they mean."""

    name: str
    signature: frozenset[str]
    columns: Mapping[Role, str]


KNOWN_EXPORTS: Final = (
    KnownExport(
        "Shopify",
        folded_keys("name email financialstatus lineitemname total createdat"),
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
    KnownExport("Stripe", folded_keys("id amount amountrefunded customerid"), {Role.ORDER: "id"}),
    # The price of an item is that of all its pieces: https://developer-docs.amazon.com, order reports.
    KnownExport(
        "Amazon",
        folded_keys("amazonorderid purchasedate itemprice"),
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
            folded_keys(f"id reference {first} {customer} total {status} date"),
            {Role.ORDER: "reference", Role.CUSTOMER: customer, Role.AMOUNT: "total", Role.STATUS: status},
        )
        for first, customer, status in (("nouveauclient", "client", "etat"), ("newclient", "customer", "status"))
    ),
)
