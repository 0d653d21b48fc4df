"""The currency that is read of orders in several: asked, and taken as people name it."""

from __future__ import annotations

from collections import Counter
from typing import Final

from segmentation.reading.questions import Choice, Question

_NO_CURRENCY: Final = "none"
_SHOWN: Final = 5


def currency_question(orders: Counter[str | None]) -> Question:
    """Ask which of several currencies to read.

    Parameters
    ----------
    orders
        How many orders are in each; None is the key of those without.
    """
    ranked = sorted(orders.items(), key=lambda pair: (-pair[1], pair[0] or ""))
    named = [(currency or _NO_CURRENCY, number) for currency, number in ranked]
    listed = ", ".join(f"{name} ({number:,} order{'s' * (number != 1)})" for name, number in named[:_SHOWN])
    more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
    asked = f"The orders are in several currencies, which can't be added: {listed}{more}. Which shall I read?"
    return Question(
        f"{asked} Say so with --currency {named[0][0]}, and run it again for another.",
        asked,
        tuple(Choice(f"currency={name}", f"Orders in {name}") for name, _ in named),
    )


def chosen_currency(name: str | None) -> str | None:
    """Return a currency as orders have it; None for those without one."""
    return None if name is None or name.casefold() == _NO_CURRENCY else name
