"""Timing in turns, A B C, B C A, …, so that other load on the machine affects every competitor alike."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Mapping
from statistics import median
from time import perf_counter


def rotated(competitors: Iterable[str], turn: int) -> list[str]:
    """Return the order of the competitors in one round: the first of one round is the last of the next."""
    order = list(competitors)
    start = turn % len(order)
    return order[start:] + order[:start]


def timed(
    competitors: Mapping[str, Callable[[], object]], rounds: int, clock: Callable[[], float] = perf_counter
) -> dict[str, list[float]]:
    """Time the competitors in turns.

    Parameters
    ----------
    competitors
        Functions by name; each is called once in advance, untimed.
    rounds
        How often to time each.
    clock
        Tells the time; the CPU time of this process, if other load on the machine must not count.

    Returns
    -------
    dict[str, list[float]]
        Seconds by name, one value per round, with the garbage collector off as in `timeit`.
    """
    for call in competitors.values():
        call()
    seconds: dict[str, list[float]] = {name: [] for name in competitors}
    gc.collect()
    gc.disable()
    try:
        for turn in range(rounds):
            for name in rotated(competitors, turn):
                started = clock()
                competitors[name]()
                seconds[name].append(clock() - started)
    finally:
        gc.enable()
    return seconds


def median_ratio(above: list[float], below: list[float]) -> float:
    """Return the median of the ratios within each round."""
    return median(one / other for one, other in zip(above, below, strict=True))
