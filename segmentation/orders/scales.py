"""What the heading of an amount says of its size: hundredths such as cents, or thousands."""

from __future__ import annotations

import re
from typing import Final

from segmentation.writing.folding import fold_text, parted


def _set(texts: str) -> frozenset[str]:
    return frozenset(map(fold_text, texts.split()))


_WORD: Final = re.compile(r"[^\W\d_]+[€$£]?|1[.,]?000")
_HUNDREDTHS: Final = _set("""
    cent cents ct cts pence minor rappen centime centimes centimos centavo centavos øre öre ore groszy grosz kopeks
    kurus stotinki
    """)
_THOUSANDS: Final = _set("""
    k€ k$ k£ t€ teur keur tusd kusd tchf kchf tgbp kgbp thousand thousands tsd tausend milliers 1000 1.000 1,000
    """)
_SCALES: Final = _HUNDREDTHS | _THOUSANDS | _set("in en units")
# "Cost per mille" and "per 1000" are rates.
_RATES: Final = _set("per pro par por")


def scale_in(heading: str) -> str | None:
    """Return what an amount's heading says that it counts, "hundredths" or "thousands"; None if it says neither.

    >>> scale_in("amount_cents"), scale_in("totalMinor"), scale_in("Umsatz T€"), scale_in("Net sales (in thousands)")
    ('hundredths', 'hundredths', 'thousands', 'thousands')
    >>> scale_in("Amount"), scale_in("Percent"), scale_in("Center total"), scale_in("Price per 1000")
    (None, None, None, None)
    """
    words = {fold_text(word) for word in _words(heading)}
    if not words.isdisjoint(_RATES):
        return None
    if not words.isdisjoint(_HUNDREDTHS):
        return "hundredths"
    return None if words.isdisjoint(_THOUSANDS) else "thousands"


def without_scale(heading: str) -> str:
    """Return a heading without the words for hundredths or thousands, nor "in" before them.

    >>> without_scale("refunded_cents"), without_scale("Total in thousands"), without_scale("Total")
    ('refunded', 'Total', 'Total')
    """
    if scale_in(heading) is None:
        return heading
    return " ".join(word for word in _words(heading) if fold_text(word) not in _SCALES)


def _words(heading: str) -> list[str]:
    return _WORD.findall(parted(heading))
