"""What segbot sees in a file → a schema: which columns make distances, which describe, which are left out, and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from segmentation.errors import BadInput
from segmentation.numbers.values import quote, trim
from segmentation.proposal.bounds import wide_bounds
from segmentation.proposal.columns import words
from segmentation.proposal.columns.categories import categories_of
from segmentation.proposal.columns.column import Column, Kind
from segmentation.proposal.columns.heading import words_of
from segmentation.proposal.columns.unknown_codes import unknown_code
from segmentation.proposal.features import FeatureNames, make_category, make_feature, scale_of, values_of
from segmentation.proposal.overlap import is_code_of, nearly_same
from segmentation.schema import Feature, Role, Scale, Schema
from segmentation.schema_data import MAX_FEATURES
from segmentation.scoring.result import RESULT_COLUMNS
from segmentation.writing.folding import fold_text
from segmentation.writing.plain import format_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from segmentation.proposal.look import Look

MOST_CLUSTERING: Final = 8
# A row without a value that makes distances gets no segment, and one with an unreadable value is refused.
_MOST_MISSING: Final = 0.05
_MOST_UNREADABLE: Final = 0.02
_MOSTLY_MISSING: Final = 0.5
# Numbers of fewer different values cut groups by themselves, whatever the other columns say.
_FEWEST_VALUES: Final = 5
_MOSTLY_ALIKE: Final = 0.75
# If most customers would be grouped as others, the list says little of anybody.
_MOSTLY_LISTED: Final = 0.5
_NAMED: Final = 6
_BY_RANK: Final = (Kind.MONEY, Kind.COUNT, Kind.SHARE, Kind.NUMBER, Kind.CATEGORY, Kind.YES_NO)
_IN_CATEGORIES: Final = frozenset({Kind.CATEGORY, Kind.YES_NO})


class Use(StrEnum):
    """What a column is proposed for."""

    CLUSTER = "cluster"
    PROFILE = "profile"
    LEFT_OUT = "left out"


@dataclass(frozen=True)
class Choice:
    """What is proposed for one column.

    Parameters
    ----------
    column
        The column.
    use, reason
        What for, and why, as a sentence without its full stop.
    feature
        Unless it is left out.
    """

    column: Column
    use: Use
    reason: str
    feature: Feature | None = None

    def to_data(self) -> dict[str, Any]:
        """Return a JSON-ready form, without any cell but the names of categories."""
        feature = None if self.feature is None else asdict(self.feature)
        return {**self.column.to_data(), "use": self.use.value, "use_reason": self.reason, "feature": feature}


@dataclass(frozen=True)
class Proposal:
    """A schema for a file, and what became of each of its columns.

    Parameters
    ----------
    schema
        Loads as it is.
    choices
        One a column, in file order.
    look
        What it rests on.
    """

    schema: Schema
    choices: tuple[Choice, ...]
    look: Look

    def of(self, use: Use) -> tuple[Choice, ...]:
        """Return the columns proposed for a use."""
        return tuple(choice for choice in self.choices if choice.use is use)

    def to_data(self) -> dict[str, Any]:
        """Return a JSON-ready form, without any cell but the names of categories."""
        return {
            "schema": asdict(self.schema),
            "rows": self.look.rows,
            "id": self.look.id.name if self.look.id else None,
            "columns": [choice.to_data() for choice in self.choices],
            "notes": self.look.notes,
        }


def propose(look: Look, name: str) -> Proposal:
    """Propose a schema.

    Parameters
    ----------
    name
        What to call it.

    Raises
    ------
    BadInput
        When no column makes distances.
    """
    names = FeatureNames([column.name for column in look.columns])
    chooser = _Chooser(look)
    plans = chooser.plans(names)
    choices = []
    for position, (column, (use, reason)) in enumerate(zip(look.columns, plans, strict=True)):
        if use is Use.LEFT_OUT:
            choices.append(Choice(column, use, reason))
            continue
        if column.kind in _IN_CATEGORIES:
            choices.append(Choice(column, use, reason, make_category(column, categories_of(column), names, position)))
            continue
        feature = make_feature(column, Role(use.value), names, position)
        choices.append(Choice(column, use, _feature_reason(column, reason), feature))
    features = tuple(choice.feature for choice in choices if choice.feature is not None)
    if not any(feature.role is Role.CLUSTER for feature in features):
        raise BadInput(_nothing_to_use(look.columns, plans))
    return Proposal(Schema(name, features, ()), tuple(choices), look)


_Plan = tuple[Use, str]


class _Chooser:
    """Decides column by column; what depends on other columns last."""

    def __init__(self, look: Look) -> None:
        self._columns = look.columns
        self._plans: dict[int, _Plan] = {}

    def plans(self, names: FeatureNames) -> list[_Plan]:
        for at, column in enumerate(self._columns):
            if reason := _left_out(column, names):
                self._plans[at] = Use.LEFT_OUT, reason
        for at in _answers(self._columns):
            self._plans[at] = Use.LEFT_OUT, "segbot wrote it when it scored these customers"
        self._leave_out_codes()
        self._describe_by_categories()
        self._leave_out_doubles()
        for at, column in enumerate(self._columns):
            if at not in self._plans:
                self._plans[at] = _role(column)
        self._limit()
        self._have_distances()
        return [self._plans[at] for at in range(len(self._columns))]

    def _open(self) -> list[int]:
        """Return the columns that nothing is decided about."""
        return [at for at in range(len(self._columns)) if at not in self._plans]

    def _describe_by_categories(self) -> None:
        for at in self._open():
            if self._columns[at].kind in _IN_CATEGORIES:
                self._plans[at] = Use.PROFILE, f"it describes: {categories_of(self._columns[at]).text}"

    def _leave_out_codes(self) -> None:
        texts: list[Column] = []
        for at in sorted(self._open(), key=lambda at: self._columns[at].kind not in _IN_CATEGORIES):
            codes = self._columns[at]
            if codes.kind in _IN_CATEGORIES:
                texts.append(codes)
            for text in texts:
                if text is codes:
                    continue
                if codes.values is not None and text.values is not None and is_code_of(codes.values, text.values):
                    said = "it says the same as" if codes.kind in _IN_CATEGORIES else "its numbers are codes of"
                    self._plans[at] = Use.LEFT_OUT, f"{said} {quote(text.name)}"

    def _leave_out_doubles(self) -> None:
        kept: list[tuple[int, NDArray[np.float64]]] = []
        for at in sorted(self._open(), key=self._rank):
            values = _scaled(self._columns[at])
            if found := nearly_same(values, [others for _at, others in kept]):
                other = self._columns[kept[found[0]][0]]
                reason = f"it says the same as {quote(other.name)} (correlation {found[1]:.2f}) and would count twice"
                self._plans[at] = Use.LEFT_OUT, reason
            else:
                kept.append((at, values))

    def _rank(self, at: int) -> tuple[float, int, int]:
        """Sort columns: those with most values first, then by kind, then as in the file."""
        column = self._columns[at]
        return round(column.missing + column.unreadable, 2), _BY_RANK.index(column.kind), at

    def _limit(self) -> None:
        """Keep to the number of features that a schema holds, and to those distances can be made of."""
        clustering = sorted((at for at in self._plans if self._plans[at][0] is Use.CLUSTER), key=self._rank)
        for at in clustering[MOST_CLUSTERING:]:
            self._plans[at] = Use.PROFILE, f"it describes: {MOST_CLUSTERING} columns are enough to make distances of"
        used = sorted((at for at, plan in self._plans.items() if plan[0] is not Use.LEFT_OUT), key=self._importance)
        for at in used[MAX_FEATURES:]:
            self._plans[at] = Use.LEFT_OUT, f"a schema has at most {MAX_FEATURES} features"

    def _importance(self, at: int) -> tuple[bool, tuple[float, int, int]]:
        return self._plans[at][0] is not Use.CLUSTER, self._rank(at)

    def _have_distances(self) -> None:
        """Make distances of what would only describe if there is nothing better."""
        if any(use is Use.CLUSTER for use, _reason in self._plans.values()):
            return
        numbers = (at for at, plan in self._plans.items() if plan[0] is Use.PROFILE and self._columns[at].numbers)
        describing = sorted(numbers, key=self._rank)
        for at in describing[:MOST_CLUSTERING]:
            self._plans[at] = Use.CLUSTER, "it makes distances, since no other column does"


def _answers(columns: Sequence[Column]) -> list[int]:
    """Return the positions of the columns that segbot added when it scored the file; none if one is missing."""
    added: dict[str, list[int]] = {name: [] for name in RESULT_COLUMNS}
    for at, column in enumerate(columns):
        name = fold_text(trim(column.name)).rstrip("_23456789")
        if name in added:
            added[name].append(at)
    return sorted(chain(*added.values())) if all(added.values()) else []


_LEFT_OUT: Final = {
    Kind.ID: "it identifies customers",
    Kind.DATE: "dates can't be used yet; a number of days since then could be",
    Kind.FREE_TEXT: "texts make no distances",
}


def _left_out(column: Column, names: FeatureNames) -> str:
    """Say why a column is left out, whatever the others are; empty if it is not."""
    target = not words_of(column.name).isdisjoint(words.TARGET)
    for applies, reason in (
        (column.personal, f"it holds {column.personal}: personal data make no segments"),
        (column.kind is Kind.CONSTANT, column.reason),
        (target, "by its name it holds somebody's segments or labels, not what customers are or do"),
        (column.kind in _LEFT_OUT, _LEFT_OUT.get(column.kind, "")),
        (_too_many(column), f"it has {column.distinct:,} categories, too many to describe by"),
        (_too_few(column), "nearly every cell holds the same"),
        (not names.owns(column.name), "its name has no letter or digit, or is another column's too"),
        (column.missing > _MOSTLY_MISSING, f"{column.missing:.0%} of its cells are empty"),
        (
            column.unreadable > _MOST_UNREADABLE,
            f"{column.unreadable:.0%} of its cells are no numbers; rows with such a cell would be refused",
        ),
    ):
        if applies:
            return reason
    return _with_a_code(column)


def _with_a_code(column: Column) -> str:
    """Say which number in a column stands for no value; empty if none does, or if the column only describes anyway."""
    code = _code(column)
    return f"{code}; empty these cells to use it" if code and column.commonest <= _MOSTLY_ALIKE else ""


def _code(column: Column) -> str:
    code = None if column.numbers is None else unknown_code(column.numbers.values)
    if code is None:
        return ""
    return f"{code.share:.0%} of its cells hold {format_number(code.number)}, which seems to stand for “not known”"


def _too_many(column: Column) -> bool:
    if column.kind not in _IN_CATEGORIES:
        return False
    return column.values is None or categories_of(column).listed < _MOSTLY_LISTED


def _too_few(column: Column) -> bool:
    return column.kind in _IN_CATEGORIES and column.values is not None and not categories_of(column).usable


def _role(column: Column) -> _Plan:
    """Tell whether a column of numbers makes distances or describes."""
    if column.missing > _MOST_MISSING:
        return Use.PROFILE, f"it describes: {column.missing:.0%} of its cells are empty, and distances need a value"
    if column.distinct < _FEWEST_VALUES:
        return Use.PROFILE, f"it describes: with only {column.distinct} different values it would cut groups by itself"
    if column.commonest > _MOSTLY_ALIKE:
        seems = f"; {code}" if (code := _code(column)) else ""
        return Use.PROFILE, f"it describes: {column.commonest:.0%} of its cells hold the same value{seems}"
    if not words_of(column.name).isdisjoint(words.PERSON):
        return Use.PROFILE, "it describes who customers are rather than what they do"
    return Use.CLUSTER, "it makes distances"


def _scaled(column: Column) -> NDArray[np.float64]:
    """Return a column's sampled values, NaN where missing, on the scale that distances will have."""
    values, low = values_of(column), wide_bounds(column)[0]
    return np.log1p(values - low) if scale_of(column).scale is Scale.LOG else values


def _feature_reason(column: Column, reason: str) -> str:
    """Say why a column is used, with its scale and its bounds."""
    scale = scale_of(column)
    on_log = f"; on a log scale: {_in_a_sentence(scale.reason)}" if scale.scale is Scale.LOG else ""
    return f"{reason}{on_log}; {wide_bounds(column)[2]}"


def _in_a_sentence(text: str) -> str:
    return f"{text[0].lower()}{text[1:]}".rstrip(".").replace("; ", ", ")


def _nothing_to_use(columns: Sequence[Column], plans: Sequence[_Plan]) -> str:
    reasons = [f"{quote(column.name)}: {reason}" for column, (_use, reason) in zip(columns, plans, strict=True)]
    more = [f"and {len(reasons) - _NAMED} more columns"] if len(reasons) > _NAMED else []
    return (
        f"I found no column of numbers to make segments of. {'; '.join([*reasons[:_NAMED], *more])}. Add a column of "
        "numbers, such as orders or amounts, and send the file again."
    )
