"""A column of categories → the list a schema has of them: the commonest first, the rare ones grouped."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from segmentation.categories import fold_category, is_reserved
from segmentation.numbers.values import parse_number
from segmentation.schema_checks import LONGEST_CATEGORY

if TYPE_CHECKING:
    from segmentation.proposal.columns.column import Column

# More would be a list that nobody reads.
MOST_LISTED: Final = 20
# A category of fewer customers than this says nothing of a segment.
RARE: Final = 0.01
_FEWEST: Final = 2


@dataclass(frozen=True)
class Categories:
    """A column's categories.

    Parameters
    ----------
    names
        The listed ones, the commonest first.
    grouped
        How many are left to be grouped as others.
    commonest, listed
        The shares of the filled cells that hold the first of them, and any of them.
    """

    names: tuple[str, ...]
    grouped: int
    commonest: float
    listed: float

    @property
    def usable(self) -> bool:
        """Whether they tell customers apart at all."""
        return bool(self.names) and len(self.names) + bool(self.grouped) >= _FEWEST

    @property
    def text(self) -> str:
        """What they are, in words, for the reason of a proposal."""
        others = f", {self.grouped} rare ones grouped as other" if self.grouped > 1 else ""
        others = ", a rare one grouped as other" if self.grouped == 1 else others
        return f"{len(self.names)} categories, mostly {self.names[0]} ({self.commonest:.0%}){others}"


def categories_of(column: Column) -> Categories:
    """Count the categories of a column's sampled cells.

    Parameters
    ----------
    column
        With `values`.
    """
    assert column.values is not None  # noqa: S101 - told to the type checker
    spellings = Counter[str](column.values.drop_nulls().to_list())
    total = max(1, spellings.total())
    ranked = sorted(_merged(spellings).items(), key=lambda item: (-item[1], item[0]))
    listed = [name for name, count in ranked if _is_listed(name, count / total)][:MOST_LISTED]
    # Of a column with more values than were sampled, the others are rare.
    grouped = max(len(ranked), column.distinct if column.distinct_exact else 0) - len(listed)
    counts = dict(ranked)
    shares = [counts[name] / total for name in listed]
    return Categories(tuple(listed), grouped if len(ranked) > len(listed) else 0, max(shares, default=0.0), sum(shares))


def _is_listed(name: str, share: float) -> bool:
    # Longer cells are cut in the sample, so that their name would match none.
    return share >= RARE and bool(fold_category(name)) and len(name) < LONGEST_CATEGORY and not is_reserved(name)


def _merged(spellings: Counter[str]) -> dict[str, int]:
    """Join what is the same category, under its commonest spelling."""
    groups = defaultdict[object, Counter[str]](Counter)
    for text, count in spellings.items():
        number = parse_number(text)
        groups[fold_category(text) if number is None else number][text] += count
    return {_spelling(group): group.total() for group in groups.values()}


def _spelling(counts: Counter[str]) -> str:
    """Return the commonest spelling; of numbers the longest, since the sample shortens those it need not keep."""
    numbers = [text for text in counts if parse_number(text) is not None]
    if numbers:
        return max(numbers, key=lambda text: (len(text), text))
    return " ".join(min(counts.items(), key=lambda item: (-item[1], item[0]))[0].split())
