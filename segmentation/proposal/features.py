"""A column → a feature: a name to type, a label, its bounds or categories; all distinct within the file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from segmentation.numbers.values import trim
from segmentation.proposal.bounds import wide_bounds
from segmentation.scales import ProposedScale, proposed_scale
from segmentation.schema import Feature, FeatureKind, Role
from segmentation.writing.folding import fold_key, fold_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.proposal.columns.categories import Categories
    from segmentation.proposal.columns.column import Column

_LETTERS: Final = re.compile(r"[a-z0-9]+")
LONGEST_NAME: Final = 32
# So many rows tell skewness and correlation well enough; each of 200 columns is compared with all others.
_MOST_WEIGHED: Final = 4000


class FeatureNames:
    """Gives out names and labels that no other column of the file could be meant with.

    Parameters
    ----------
    columns
        The names of all the file's columns, features or not: the reader looks for each feature among them.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        keys = Counter(map(fold_key, columns))
        # The reader would find two columns for a feature whose key is that of both.
        self._owners = {key: column if keys[key] == 1 else "" for column in columns if (key := fold_key(column))}

    def owns(self, column: str) -> bool:
        """Tell whether a column can be told from all others by its name."""
        key = fold_key(column)
        return bool(key) and self._owners[key] == column

    def take(self, column: str, candidates: Sequence[str]) -> str | None:
        """Return the first candidate that is nobody else's, and keep it for this column; None if all are taken."""
        for candidate in candidates:
            key = fold_key(candidate)
            if key and self._owners.setdefault(key, column) == column:
                return candidate
        return None


def make_feature(column: Column, role: Role, names: FeatureNames, position: int) -> Feature:
    """Make a feature of a column of numbers.

    Parameters
    ----------
    column
        With `numbers`, and a name of its own.
    position
        Its position in the file, counted from 0.
    """
    facts = column.numbers
    assert facts is not None  # noqa: S101 - told to the type checker
    named = _named(column, names, position)
    low, high, _why = wide_bounds(column)
    values = facts.values.drop_nulls()
    middle = values.median()
    example = round(float(middle), facts.decimals) if isinstance(middle, int | float) else low
    return Feature(
        name=named.name,
        label=named.label,
        unit=facts.unit,
        minimum=low,
        maximum=high,
        role=role,
        decimals=facts.decimals,
        base_unit_factor=facts.unit_factor,
        aliases=named.aliases,
        example=min(max(example, low), high),
        scale=scale_of(column).scale,
    )


def make_category(column: Column, categories: Categories, names: FeatureNames, position: int) -> Feature:
    """Make a feature of a column of categories; parameters as for `make_feature`."""
    named, other = _named(column, names, position), bool(categories.grouped)
    return Feature(
        name=named.name,
        label=named.label,
        unit="",
        minimum=0.0,
        maximum=float(len(categories.names) + other - 1),
        role=Role.PROFILE,
        aliases=named.aliases,
        kind=FeatureKind.CATEGORY,
        categories=categories.names,
        other=other,
    )


class _Named(NamedTuple):
    name: str
    label: str
    aliases: tuple[str, ...]


def _named(column: Column, names: FeatureNames, position: int) -> _Named:
    """Find a name, a label and, if neither is the header, an alias."""
    header = " ".join(trim(column.name).split())
    label = names.take(column.name, (column.label, header)) or header
    slugs = [slug for text in (label, header) if (slug := slug_of(text))]
    name = names.take(column.name, (*slugs, f"column_{position + 1}", f"feature_{position + 1}"))
    assert name is not None  # noqa: S101 - a header that is called feature_7 besides column_7 in place 7 is refused before
    return _Named(name, label, (header,) if fold_key(header) not in {fold_key(name), fold_key(label)} else ())


def scale_of(column: Column) -> ProposedScale:
    """Propose a scale for a column of numbers, between the bounds it is to have."""
    return proposed_scale(values_of(column), wide_bounds(column)[0])


def values_of(column: Column) -> NDArray[np.float64]:
    """Return (n,) values of a column of numbers, of the same rows for every column of a file; NaN where missing."""
    assert column.numbers is not None  # noqa: S101 - told to the type checker
    values = column.numbers.values
    return values.gather_every(max(1, len(values) // _MOST_WEIGHED)).cast(float).fill_null(np.nan).to_numpy()


def slug_of(text: str) -> str:
    """Write a label as people type it in a command; empty if it has no letter that every keyboard has.

    >>> slug_of("Größe (€)"), slug_of("収入")
    ('grosse', '')
    """
    parts = _LETTERS.findall(fold_text(text))
    while parts and not parts[0][0].isalpha():
        parts.pop(0)
    return "_".join(parts)[:LONGEST_NAME].rstrip("_")
