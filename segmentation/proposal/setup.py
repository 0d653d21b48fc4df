"""What a person may confirm or change of a proposal before anything is trained on it.

A setup holds headings, kinds, ranges and reasons, never a cell, so it can be stored and shown later.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from segmentation.proposal.columns import words
from segmentation.proposal.columns.column import Column, Kind
from segmentation.proposal.columns.heading import words_of
from segmentation.proposal.features import FeatureNames, make_feature
from segmentation.proposal.propose import Use
from segmentation.reading.questions import Answers
from segmentation.schema import Feature, Role, Schema
from segmentation.schema_data import schema_from_data

if TYPE_CHECKING:
    from collections.abc import Mapping

    from segmentation.proposal.propose import Choice, Proposal

_IN_WORDS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NOBODY: Final = ("a column nobody should segment on", "columns nobody should segment on")
# How the kinds are counted in a sentence, in this order.
_COUNTED: Final[dict[tuple[Kind, ...], tuple[str, str]]] = {
    (Kind.ID,): ("an id", "ids"),
    (Kind.NUMBER, Kind.MONEY, Kind.COUNT, Kind.SHARE): ("a number", "numbers"),
    (Kind.CATEGORY, Kind.YES_NO): ("a category", "categories"),
    (Kind.DATE,): ("a date", "dates"),
    (Kind.FREE_TEXT,): ("a text", "texts"),
}


@dataclass(frozen=True, slots=True)
class SetupColumn:
    """One column of the file.

    Parameters
    ----------
    name
        As the header has it.
    kind, reason
        What it holds, and why segbot thinks so.
    use, use_reason
        What it is proposed for, and why.
    low, high
        The least and the largest number of the file; 0 for other columns.
    feature
        The name of the feature it can be; empty if it can be none.
    personal
        Whether it holds personal data: nothing but its heading is known then.
    """

    name: str
    kind: Kind
    reason: str
    use: Use
    use_reason: str
    low: float = 0.0
    high: float = 0.0
    feature: str = ""
    personal: bool = False


@dataclass(frozen=True)
class Setup:
    """A proposal that waits for a person.

    Parameters
    ----------
    schema
        A feature for every column that can be one, those left out of the proposal included: often more than a model's
        schema may have.
    columns
        All of them, in file order.
    rows
        How many customers were seen.
    identity
        The column that tells customers apart; empty if none does.
    notes
        What was assumed about the file, as sentences.
    answers
        How the file is read, as `Answers.parse` takes it.
    """

    schema: Schema
    columns: tuple[SetupColumn, ...]
    rows: int
    identity: str
    notes: tuple[str, ...]
    answers: tuple[str, ...]

    @cached_property
    def usable(self) -> tuple[int, ...]:
        """The positions of the columns that can be features."""
        return tuple(at for at, column in enumerate(self.columns) if column.feature)

    @cached_property
    def ids(self) -> tuple[int, ...]:
        """The positions of the columns that hold ids."""
        return tuple(at for at, one in enumerate(self.columns) if one.kind is Kind.ID and not one.personal)

    def feature(self, position: int) -> Feature:
        """Return the feature a column can be; KeyError if it can be none."""
        return self._features[self.columns[position].feature]

    @cached_property
    def _features(self) -> dict[str, Feature]:
        return {feature.name: feature for feature in self.schema.features}

    def proposed(self, use: Use) -> tuple[int, ...]:
        """Return the positions of the columns proposed for a use."""
        return tuple(at for at in self.usable if self.columns[at].use is use)

    def to_data(self) -> dict[str, Any]:
        """Return a JSON-ready form."""
        return {
            "schema": self.schema.to_data(),
            "columns": [asdict(column) for column in self.columns],
            "rows": self.rows,
            "identity": self.identity,
            "notes": list(self.notes),
            "answers": list(self.answers),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Setup:
        """Rebuild a setup from `to_data`'s form.

        Raises
        ------
        KeyError, TypeError, ValueError
            When the data do not have that form.
        """
        return cls(
            schema=schema_from_data(data["schema"]),
            columns=tuple(
                SetupColumn(**{**column, "kind": Kind(column["kind"]), "use": Use(column["use"])})
                for column in data["columns"]
            ),
            rows=int(data["rows"]),
            identity=str(data["identity"]),
            notes=tuple(map(str, data["notes"])),
            answers=tuple(map(str, data["answers"])),
        )

    @property
    def seen(self) -> str:
        """What the file holds, in a sentence.

        Examples
        --------
        "I see 1,200 customers: an id, four numbers, two categories and a column nobody should segment on."
        """
        taken = [column for column in self.columns if not _is_nobodys(column)]
        counted = {pair: sum(column.kind in kinds for column in taken) for kinds, pair in _COUNTED.items()} | {
            _NOBODY: len(self.columns) - len(taken)
        }
        parts = [one if count == 1 else f"{_number(count)} {many}" for (one, many), count in counted.items() if count]
        customers = "1 customer" if self.rows == 1 else f"{self.rows:,} customers"
        return f"I see {customers}: {listed(parts)}."

    @property
    def suggestion(self) -> str:
        """What is proposed, in a sentence."""
        groups = listed([self.feature(at).label_in_text for at in self.proposed(Use.CLUSTER)])
        describing = [self.feature(at).label_in_text for at in self.proposed(Use.PROFILE)]
        described = f", and described by {listed(describing)}" if describing else ""
        return f"Segments can be made from {groups}{described}."


def setup_of(proposal: Proposal, answers: Answers) -> Setup:
    """Return what a person may change of a proposal.

    Parameters
    ----------
    answers
        What a person has decided about how the file is read.
    """
    names = FeatureNames([choice.column.name for choice in proposal.choices])
    for choice in proposal.choices:
        if choice.feature is not None:
            names.take(choice.column.name, (choice.feature.label,))
            names.take(choice.column.name, (choice.feature.name,))
    features = [_possible(choice, names, at) for at, choice in enumerate(proposal.choices)]
    look = proposal.look
    return Setup(
        schema=replace(proposal.schema, features=tuple(feature for feature in features if feature is not None)),
        columns=tuple(map(_column, proposal.choices, features)),
        rows=look.rows,
        identity=look.id.name if look.id else "",
        notes=look.notes,
        answers=replace(answers, decimal=look.decimal).keys(),
    )


def listed(parts: list[str]) -> str:
    """Join words as a sentence does.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def _possible(choice: Choice, names: FeatureNames, position: int) -> Feature | None:
    """Return the feature a column is proposed as, or could be if a person wants it."""
    column = choice.column
    if choice.feature is not None:
        return choice.feature
    if column.numbers is None or not column.kind.is_number or column.personal or not names.owns(column.name):
        return None
    return make_feature(column, Role.PROFILE, names, position)


def _column(choice: Choice, feature: Feature | None) -> SetupColumn:
    column: Column = choice.column
    numbers = None if column.personal else column.numbers
    return SetupColumn(
        name=column.name,
        kind=column.kind,
        reason="" if column.personal else column.reason,
        use=choice.use,
        use_reason=choice.reason,
        low=0.0 if numbers is None else numbers.low,
        high=0.0 if numbers is None else numbers.high,
        feature="" if feature is None else feature.name,
        personal=bool(column.personal),
    )


def _is_nobodys(column: SetupColumn) -> bool:
    """Tell a column that should make segments for nobody: personal data, one value, somebody's labels."""
    return column.personal or column.kind is Kind.CONSTANT or not words_of(column.name).isdisjoint(words.TARGET)


def _number(count: int) -> str:
    return _IN_WORDS[count] if count < len(_IN_WORDS) else f"{count:,}"
