"""What the cells of a column say of its numbers: the decimal mark, grouping, signs beside them; or that a person must.

Only counts and a few cells are kept, so a column of any length is weighed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from segmentation.numbers.feature_units import unit_factor, unit_fits
from segmentation.numbers.number_forms import MARKS, PLAIN, Dress, DressKind, NumberStyle, readings, taken_apart
from segmentation.numbers.values import quote, styled_number
from segmentation.reading.numerals.evidence import NEARLY_ALL, Evidence, other_mark
from segmentation.reading.questions import Answers, Choice, Question
from segmentation.schema import Feature
from segmentation.writing.plain import format_number

# Share of cells that settles a column's kind by its cells.
_MOST: Final = 0.95
# In a column whose cells contradict each other, more of the minority than this leaves no cell that is beyond doubt.
_STRAY: Final = 0.02


@dataclass(frozen=True)
class Column:
    """One feature's column: its name in the file, what its cells say, and whether its numbers came typed."""

    name: str
    feature: Feature
    evidence: Evidence
    typed: bool = False


def common_mark(evidence: Sequence[Evidence]) -> str | None:
    """Return the decimal mark on which all columns that settle one agree; None if there is none or they differ."""
    marks = {column.mark for column in evidence if column.holds_numbers and column.mark is not None}
    return marks.pop() if len(marks) == 1 else None


def is_settled(column: Column) -> bool:
    """Tell whether a column needs no other column to say what its marks mean."""
    evidence = column.evidence
    return column.typed or evidence.mark is not None or not evidence.doubtful or _by_bounds(evidence) is not None


def style_of(column: Column, of_others: str | None, answers: Answers) -> NumberStyle:
    """Decide how a column's numbers are read.

    Parameters
    ----------
    of_others
        The decimal mark of the file's other number columns; None if they do not settle it.
    answers
        What a person has decided about the file.

    Raises
    ------
    Question
        When the cells can be read in two ways and `answers` does not say which.
    """
    evidence = column.evidence
    contradicted = min(evidence.settled["."], evidence.settled[","])
    own = "." if column.typed else evidence.mark
    if own is None and not contradicted and evidence.doubtful and not _dollars_alone(column):
        own = answers.decimal or _by_bounds(evidence) or of_others or _by_model(evidence)
        if own is None:
            raise _question(column)
    decimal = own or (of_others if contradicted else None) or "."
    if own is None and not contradicted and evidence.doubtful:  # dollars: the mark groups
        decimal = other_mark(next(mark for mark in evidence.doubtful_cells[0] if mark in MARKS))
    dress, factor, undressed = _dress(column, answers)
    grouped = bool(evidence.grouped) or evidence.doubtful > 0
    refused = other_mark(decimal) if contradicted else ""
    if contradicted > _STRAY * evidence.settled.total():
        refused = "".join(MARKS)
    return NumberStyle(decimal, grouped, dress, factor, undressed, refused)


def style_notes(column: Column, style: NumberStyle) -> Iterator[str]:
    """State what was assumed of a column's numbers, each with an example from the file."""
    evidence, name = column.evidence, quote(column.name)
    if style.dress != PLAIN:
        shown = [(cell, column.feature.show) for cell in evidence.dressed_cells[style.dress]]
    elif style.refused_marks:
        shown = []
    else:
        shown = [(cell, format_number) for cell in (*evidence.doubtful_cells, evidence.grouped)]
    readable = ((cell, show(number)) for cell, show in shown if (number := styled_number(cell, style)) is not None)
    # A workbook's own numbers are what they are; only its texts were read in one of two ways.
    examples = ((cell, shown) for cell, shown in readable if not column.typed or cell != shown)
    if example := next(examples, None):
        yield f"In the column {name}, {example[0]} was read as {example[1]}."
    if style.dress == PLAIN and style.factor != 1:
        yield f"In the column {name}, every number was {_factor_text(style.factor)}, as you said."
    if style.refused_marks and not style.assumed:
        yield f"The column {name} has decimal points and decimal commas; cells that can mean two numbers were refused."


def _factor_text(factor: float) -> str:
    if factor >= 1:
        return f"multiplied by {format_number(factor)}"
    return f"divided by {format_number(round(1 / factor, 9))}"


def _by_bounds(evidence: Evidence) -> str | None:
    """Return the mark with which the doubtful cells are in bounds, if with the other nearly all are not."""
    inside = {mark: evidence.doubtful_inside[mark] / max(1, evidence.doubtful) for mark in MARKS}
    for mark in MARKS:
        if inside[other_mark(mark)] <= 1 - NEARLY_ALL < inside[mark]:
            return mark
    return None


def _by_model(evidence: Evidence) -> str | None:
    """Return the mark with which most doubtful cells are what the model learned from, if hardly any can be the other.

    Beyond bounds a number is refused, beyond what a model learned from it is only unlikely: so most must fit, and with
    the other mark they must be beyond even the best customers, who spend many times what others do.
    """
    for mark in MARKS:
        conceivable = evidence.doubtful_conceivable[other_mark(mark)]
        if (
            conceivable <= (1 - NEARLY_ALL) * evidence.doubtful
            and evidence.doubtful_learned[mark] >= _MOST * evidence.doubtful > 0
        ):
            return mark
    return None


def _dollars_alone(column: Column) -> bool:
    """Tell whether a column such as `$15,000` is in doubt only since its feature is in k$: it means 15 either way."""
    evidence = column.evidence
    return (
        column.feature.base_unit_factor == 1000  # noqa: PLR2004 - a mark before three digits moves the point by as much
        and evidence.doubtful > 0
        and sum(n for dress, n in evidence.dresses.items() if dress.kind is DressKind.CURRENCY) >= evidence.doubtful
    )


def _dress(column: Column, answers: Answers) -> tuple[Dress, float, bool]:
    """Decide which dress is read, by what its numbers are multiplied, and whether undressed numbers are read too."""
    evidence, feature = column.evidence, column.feature
    chosen = answers.factors.get(feature.name)
    if not evidence.dresses:
        return PLAIN, chosen or 1.0, False
    dress, count = evidence.dresses.most_common(1)[0]
    alike = count == evidence.numbers
    rest_is_plain = sum(evidence.dresses.values()) == count
    one_currency = len(evidence.currencies) < 2  # noqa: PLR2004 - US$ and A$ are both written $
    if not unit_fits(feature, dress) or not rest_is_plain or not one_currency:
        return PLAIN, chosen or 1.0, False
    if dress.kind in {DressKind.PERCENT, DressKind.THOUSANDS} or dress.thousands:
        return (dress, unit_factor(feature, dress) * (chosen or 1.0), False) if alike else (PLAIN, chosen or 1.0, False)
    if chosen is not None:
        return dress, chosen, not alike
    if count > (1 - _MOST) * evidence.numbers and _only_divided_fits(evidence, dress, count):
        raise _unit_question(column, dress)
    return dress, 1.0, not alike


def _only_divided_fits(evidence: Evidence, dress: Dress, count: int) -> bool:
    whole, divided = (evidence.dressed_inside[dress, divided] / count for divided in (False, True))
    return whole <= 1 - _MOST and divided >= _MOST


def _question(column: Column) -> Question:
    """Ask which mark is the decimal one, with three cells of the file."""
    cells = column.evidence.doubtful_cells
    core = cells[0]
    mark = next(character for character in core if character in MARKS)
    apart = taken_apart(core)
    assert apart is not None  # noqa: S101 - told to the type checker: doubtful cells are numbers
    point, comma = readings(apart.core)
    assert point is not None and comma is not None  # noqa: S101, PT018 - told to the type checker, as above
    whole, fraction = max(point, comma, key=abs), min(point, comma, key=abs)
    large, small = format_number(whole), format_number(fraction)
    asked = (
        f"The numbers in the column {quote(column.name)}, such as {_listed(cells)}, can be read in two ways. "
        f"Does {core} mean {large} or {small}?"
    )
    return Question(
        f"{asked} Say so with --thousands {mark} or --decimal {mark}.",
        asked,
        (
            Choice(f"thousands={mark}", f"{core} means {large}"),
            Choice(f"decimal={mark}", f"{core} means {small}"),
        ),
    )


def _unit_question(column: Column, dress: Dress) -> Question:
    """Ask whether amounts in the base unit, such as dollars in a column of k$, are to be divided."""
    feature, cells = column.feature, column.evidence.dressed_cells[dress]
    factor = 1 / feature.base_unit_factor
    apart = taken_apart(cells[0])
    assert apart is not None  # noqa: S101 - told to the type checker: dressed cells are numbers
    number = next(value for value in readings(apart.core) if value is not None)
    meant = feature.show(float(f"{number * factor:.12g}"))
    asked = (
        f"The column {quote(column.name)} holds amounts such as {_listed(cells)}, but {feature.label_in_text} is in "
        f"{feature.unit}. Does {cells[0]} mean {meant}?"
    )
    return Question(
        f"{asked} Say so with --factor {feature.name}={factor!r}, or leave these rows out with "
        f"--factor {feature.name}=1.",
        asked,
        (
            Choice(f"factor.{feature.name}={factor!r}", f"{cells[0]} means {meant}"),
            Choice(f"factor.{feature.name}=1", "Leave these rows out"),
        ),
    )


def _listed(cells: Sequence[str]) -> str:
    return cells[0] if len(cells) == 1 else f"{', '.join(cells[:-1])} and {cells[-1]}"
