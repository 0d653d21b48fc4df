"""What a file leaves open and a person must decide: the question, its choices, and the answers given so far.

Reading never guesses between two meanings. It raises a `Question`; Slack shows its choices as buttons, the command line
as options, and the file is read again with the `Answers`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from segmentation.errors import BadInput
from segmentation.numbers.number_forms import MARKS

_FACTOR: Final = "factor."
_NO_FACTORS: Final[Mapping[str, float]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to read a file.

    Parameters
    ----------
    key
        What `Answers.parse` takes: ``decimal=,``, ``thousands=,``, ``sheet=Customers`` or ``factor.income=0.001``.
    label
        What it means, as a button says it: "2,288 is two thousand".
    """

    key: str
    label: str


class Question(BadInput):
    """A file can be read in several ways; the sentence asks which one, `choices` are the ways.

    Parameters
    ----------
    sentence
        What is doubtful, with examples from the file, and how to answer on the command line.
    asked
        The same without the command line's part, for a message with buttons.
    choices
        Two or more.
    parts
        The questions that this one puts together, each with choices of its own; none if it is a single question.
    """

    def __init__(
        self, sentence: str, asked: str, choices: tuple[Choice, ...], parts: tuple[Question, ...] = ()
    ) -> None:
        super().__init__(sentence)
        self.asked = asked
        self.choices = choices
        self.parts = parts


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person has decided about one file.

    Parameters
    ----------
    decimal
        The mark before fractions in columns that are doubtful; None while nobody has said. The other mark groups.
    sheet
        The sheet of a workbook to read, by name.
    factors
        By feature name, what the values of its column are multiplied with; 1 leaves them as they are.
    identity
        The heading of the column that tells customers apart, empty for none; None leaves it to the file.

    Examples
    --------
    >>> answers = Answers.parse(["decimal=,", "factor.income=0.001"])
    >>> answers.decimal, answers.factors["income"]
    (',', 0.001)
    >>> answers.keys()
    ('decimal=,', 'factor.income=0.001')
    """

    decimal: str | None = None
    sheet: str | None = None
    factors: Mapping[str, float] = field(default_factory=lambda: _NO_FACTORS)
    identity: str | None = None

    @classmethod
    def parse(cls, keys: Iterable[str]) -> Answers:
        """Read the keys of chosen choices, the later ones deciding.

        Raises
        ------
        BadInput
            When a key has none of the known forms.
        """
        answers = cls()
        for key in keys:
            answers = answers.with_key(key)
        return answers

    def with_key(self, key: str) -> Answers:
        """Return these answers and one more; errors as for `parse`."""
        name, _, value = key.partition("=")
        if name == "sheet" and value:
            return replace(self, sheet=value)
        if name == "id":
            return replace(self, identity=value)
        if name in {"decimal", "thousands"} and value in MARKS:
            decimal = value if name == "decimal" else MARKS[1 - MARKS.index(value)]
            return replace(self, decimal=decimal)
        if name.startswith(_FACTOR) and (factor := _positive(value)) is not None:
            return replace(self, factors={**self.factors, name.removeprefix(_FACTOR): factor})
        raise BadInput("That answer doesn't belong to this file. Send the file again.")

    def keys(self) -> tuple[str, ...]:
        """Return the answers as keys that `parse` reads back."""
        found = [] if self.decimal is None else [f"decimal={self.decimal}"]
        found += [] if self.sheet is None else [f"sheet={self.sheet}"]
        found += [] if self.identity is None else [f"id={self.identity}"]
        found += [f"{_FACTOR}{name}={factor!r}" for name, factor in sorted(self.factors.items())]
        return tuple(found)


def _positive(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 < value < float("inf") else None
