"""The classic scores of one to five for recency, frequency and money, defined so that ties cannot fall differently."""

from __future__ import annotations

from typing import Final

import polars as pl

_FIFTHS: Final = 5
SCORES: Final = ("r_score", "f_score", "m_score", "rfm_score")


def with_scores(customers: pl.DataFrame) -> pl.DataFrame:
    """Add r_score, f_score and m_score (Int64, 1 to 5) and rfm_score, the three digits as one number (555 is best).

    A score says how many fifths of the customers with orders are worse: it is one plus the fifths that lie wholly below
    the customer, so 5 means that at least 80% of them bought longer ago, less often or for less. With r the rank of a
    value, 1 for the worst, equal values sharing the lowest, among n customers: 1 + floor(5 (r - 1) / n). Without ties
    that is the classic cut into five equal parts (Hughes 1994). With ties, equal values get equal scores, the lower
    one, whatever the order of rows or the engine; NTILE, which tools often use, would share them out at random.

    Parameters
    ----------
    customers
        With recency, frequency and monetary. Customers without an order that counts get no scores.
    """
    some = pl.col("frequency") > 0
    # The worst first: the longest absent, the fewest orders, the least money.
    better = {"r_score": 0 - pl.col("recency"), "f_score": pl.col("frequency"), "m_score": pl.col("monetary")}
    ranked = {name: pl.when(some).then(value).rank("min").cast(pl.Int64) for name, value in better.items()}
    scored = customers.with_columns(
        (1 + _FIFTHS * (rank - 1) // some.sum().cast(pl.Int64)).alias(name) for name, rank in ranked.items()
    )
    r, f, m = (pl.col(name) for name in ranked)
    return scored.with_columns((100 * r + 10 * f + m).alias("rfm_score"))
