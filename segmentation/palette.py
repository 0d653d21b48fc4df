"""One look per segment, the same in every chart and message and after every retrain. Imports no plotting library."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

NOT_SCORED: Final = "not scored"
# Neutral, so that rows without a segment never look like one.
NOT_SCORED_COLOUR: Final = "#9AA0A6"


@dataclass(frozen=True, slots=True)
class Look:
    """How a segment looks.

    Parameters
    ----------
    colour
        "#RRGGBB".
    marker
        A matplotlib marker shape, so that colour is never the only cue.
    square
        The emoji nearest to the colour, a square if there is one: "🟦"; Slack, browsers and terminals all show it.
    """

    colour: str
    marker: str
    square: str


# Okabe & Ito's seven colours, widened to ten by three dark ones. Under simulated protanopia, deuteranopia and
# tritanopia (Machado et al. 2009) no two of the ten come closer than the closest two of the original seven.
PALETTE: Final = (
    Look("#0072B2", "o", "🟦"),
    Look("#CC79A7", "v", "🟪"),
    Look("#E69F00", "^", "🟧"),
    Look("#009E73", "s", "🟩"),
    Look("#7A4B1E", "D", "🟫"),
    Look("#D55E00", "P", "🟥"),
    Look("#56B4E9", "X", "🔵"),
    Look("#332288", "<", "🟣"),
    Look("#F0E442", ">", "🟨"),
    Look("#882255", "p", "🔴"),
)
# For the eleventh segment to the fifteenth: seen in the same ways no nearer to each other or to the ten than those are.
# There are not as many emoji that look like them.
FURTHER: Final = (
    Look("#00FFAA", "*", "🟢"),
    Look("#9911FF", "d", "🟣"),
    Look("#222200", "h", "⚫"),
    Look("#AAEE77", "8", "🟢"),
    Look("#550055", "H", "🟣"),
)
_ALL: Final = PALETTE + FURTHER
_FIXED: Final = {"Target": 0, "Miser": 1, "Spender": 2, "Careful": 3, "Standard": 4}


def look_of(name: str, names: Collection[str]) -> Look:
    """Return how the segment `name` looks among the segments `names`.

    The order of `names` does not matter, and adding or removing a segment leaves the others' looks alone unless one
    of them has a higher claim to the same colour. Up to fifteen segments differ in colour and shape; beyond that,
    colours repeat with other shapes.

    Raises
    ------
    KeyError
        When `name` is not one of `names`.
    """
    return _looks(frozenset(names))[name]


def colour_of(name: str, names: Collection[str]) -> str:
    """Return the colour of segment `name` among `names` as "#RRGGBB"; rules and errors as for `look_of`."""
    return look_of(name, names).colour


def square_of(name: str, names: Collection[str]) -> str:
    """Return the emoji for segment `name` among `names`; rules and errors as for `look_of`.

    It is unique among up to ten segments.

    >>> square_of("Target", ["Target", "Miser"])
    '🟦'
    """
    return look_of(name, names).square


@lru_cache(maxsize=64)
def _looks(names: frozenset[str]) -> dict[str, Look]:
    slots = {name: _FIXED[name] for name in names if name in _FIXED}
    count = len(PALETTE) if len(names) <= len(PALETTE) else len(_ALL) * -(-len(names) // len(_ALL))
    # Every (name, slot) pair has a fixed rank, and the best free pair is taken again and again. So a name's slot
    # depends on the other names alone, not on their order. Slots of the default names come late, further colours later,
    # repeated ones last.
    wishes = sorted(
        (slot >= len(PALETTE), slot // len(_ALL), slot in _FIXED.values(), _rank(name, slot), name, slot)
        for name in names - _FIXED.keys()
        for slot in range(count)
    )
    taken = set(slots.values())
    for *_, name, slot in wishes:
        if name not in slots and slot not in taken:
            slots[name] = slot
            taken.add(slot)
    return {name: _look(slot) for name, slot in slots.items()}


def _rank(name: str, slot: int) -> bytes:
    # Not `hash`, which differs from process to process. A name from JSON may hold half a surrogate pair.
    return hashlib.sha256(f"{slot}:{name}".encode(errors="surrogatepass")).digest()


def _look(slot: int) -> Look:
    lap, place = divmod(slot, len(_ALL))
    look = _ALL[place]
    return Look(look.colour, _ALL[(place + 3 * lap) % len(_ALL)].marker, look.square)
