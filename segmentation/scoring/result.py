"""What scoring adds to each row, the same in files, frames and warehouses: the columns, and the notes in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from segmentation.answers.explanation import far_outside_sentence
from segmentation.numbers.values import trim
from segmentation.writing.folding import fold_text

if TYPE_CHECKING:
    from segmentation.model import SegmentModel
    from segmentation.schema import Feature

SEGMENT: Final = "segment"
CONFIDENCE: Final = "confidence"
NOTE: Final = "note"
RESULT_COLUMNS: Final = (SEGMENT, CONFIDENCE, NOTE)


def result_names(taken: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the added columns: with a number at the end if the data have such a column already.

    >>> result_names(["id", "Segment"])
    ('segment_2', 'confidence', 'note')
    """
    folded, names = {fold_text(trim(name)) for name in taken}, []
    for name in RESULT_COLUMNS:
        free, number = name, 2
        while free in folded:
            free, number = f"{name}_{number}", number + 1
        names.append(free)
    return tuple(names)


def renamed(names: Sequence[str]) -> str:
    """Say which of `result_names` got a number: "segment is segment_2"; empty if none did."""
    pairs = zip(RESULT_COLUMNS, names, strict=True)
    return ", ".join(f"{name} is {given}" for name, given in pairs if name != given)


@dataclass(frozen=True, slots=True)
class FarNote:
    """What a row's note says if a feature's value is far outside what the model learned from.

    Parameters
    ----------
    feature
        The feature's index in the schema.
    least, most
        The values that are not far outside, both included, in the feature's unit.
    text
        The note.
    """

    feature: int
    least: float
    most: float
    text: str


def far_notes(model: SegmentModel) -> tuple[FarNote, ...]:
    """Return one note for each cluster feature of which some value within bounds is far outside."""
    found = []
    for (i, low, high), (_, least, most) in zip(model.learned, model.near, strict=True):
        minimum, maximum = model.limits[i]
        if minimum < least or most < maximum:
            text = far_outside_sentence(model.schema.features[i], None, low, high)
            found.append(FarNote(i, least, most, text))
    return tuple(found)


def far_rows_note(rows: int) -> str:
    """Say of a whole table how many of its rows are far outside.

    >>> far_rows_note(1)
    '1 row has a value far outside what the model learned from; its note names it. Check it before you act.'
    >>> far_rows_note(1_200)
    '1,200 rows have values far outside what the model learned from; the notes name them. Check them before you act.'
    """
    far = "far outside what the model learned from"
    if rows == 1:
        return f"1 row has a value {far}; its note names it. Check it before you act."
    return f"{rows:,} rows have values {far}; the notes name them. Check them before you act."


def borderline_note(runner_up: str) -> str:
    """Say, in a row's note, that the answer is close to another."""
    return f"borderline, next nearest: {runner_up}"


def assumed_notes(model: SegmentModel, absent: Sequence[str]) -> Iterator[str]:
    """Say what an old model's tree took in place of features that have no column; nothing of a model trained since."""
    for i, value in model.assumed.items():
        feature = model.schema.features[i]
        if feature.name in absent:
            yield (
                f"Some rules of this model ask for {feature.name}: {feature.show_typical(value)} was assumed. "
                "A model trained from now on does without."
            )


def not_given_note(feature: Feature, assumed: float | None) -> str:
    """Say, in a row's note, that a profile feature is not given.

    Parameters
    ----------
    assumed
        What the model's tree took in its place, as `SegmentModel.assumed` has it; None if the tree does not ask.
    """
    taken = "" if assumed is None else f", {feature.show_typical(assumed)} assumed"
    return f"{feature.label} is not given{taken}"
