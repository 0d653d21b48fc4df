"""A file's layout and a model as the arrays that the kernel reads: rules and words are those of the exact path."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Any, Final

from segmentation.numbers.number_forms import PLAIN
from segmentation.schema import Role
from segmentation.scoring.formula_guard import guard
from segmentation.scoring.kernel.cells import cell_count, filled_cells, strides_of
from segmentation.scoring.kernel.labels import PLACES, labels
from segmentation.scoring.kernel.library import MOST_COLUMNS, MOST_FEATURES, MOST_SEGMENTS, SHORT, PlanStruct
from segmentation.scoring.kernel.refusals import MOST_DECIDING, Refusals
from segmentation.scoring.result import borderline_note, far_notes, not_given_note
from segmentation.scoring.sums import sum_unit

if TYPE_CHECKING:
    from segmentation.reading.rows import RowReader
    from segmentation.scoring.rows import RowScorer

_CONFIDENCE_BYTES: Final = 8
# A tree with more of them has so many features that another way to answer is faster.
MOST_CELLS: Final = 4_000_000
# There is a note for each set of features that may lack; rows that lack others are left to the exact path.
_MOST_LACKING: Final = 3
# Where a column's cells are searched for a total's label: `enum`s of kernel.c.
_LABEL_BEGINS, _LABEL_BEGINS_OR_ENDS = 1, 2


def suits(scorer: RowScorer) -> bool:
    """Say whether the kernel can score a file's plain rows with this model."""
    table, model = scorer.table, scorer.model
    layout, schema = table.layout, model.schema
    plain_columns = all(style.dress == PLAIN and style.factor == 1 for style in table.rows.column_styles)
    return (
        plain_columns
        and not table.exact
        and not table.encoded.unknown
        and not schema.indicators
        and not any(feature.is_category for feature in schema.features)
        # A confidence with the delimiter in it would need quotes.
        and scorer.decimal_mark != layout.delimiter
        and 1 < layout.width <= MOST_COLUMNS
        and 0 < len(schema.features) <= MOST_FEATURES
        and 1 < len(model.names) <= MOST_SEGMENTS
        and cell_count(model.tree) <= MOST_CELLS
    )


class LayoutPlan:
    """How a file is laid out, for the kernel.

    Parameters
    ----------
    names
        The features in the order the kernel is to have them.
    """

    def __init__(self, rows: RowReader, names: Sequence[str]) -> None:
        self._kept: list[Any] = []
        self.struct = PlanStruct()
        layout = rows.layout
        features = [-1] * layout.width
        marks, doubtful, sought = bytearray(layout.width), bytearray(layout.width), bytearray(layout.width)
        for at, feature, style in zip(layout.columns, rows.schema.features, rows.column_styles, strict=True):
            if not feature.is_category:
                features[at], marks[at] = names.index(feature.name), ord(style.decimal)
                doubtful[at] = style.decimal in style.refused_marks
        for at in rows.label_columns:
            sought[at] = _LABEL_BEGINS
        sought[0] = _LABEL_BEGINS_OR_ENDS
        self._set("features", features)
        known = labels()
        self._set_bytes("marks", marks)
        self._set_bytes("doubtful", doubtful)
        self._set_bytes("labels", sought)
        self._set_bytes("folds", known.folds)
        self._set_bytes("words", known.words)
        self.struct.word_mask = PLACES - 1
        self.struct.width, self.struct.delimiter = layout.width, ord(layout.delimiter)
        self.struct.id_column = -1 if layout.id_column is None else layout.id_column
        # Only a longer row can hold a field that is too long.
        self.struct.longest_row = rows.limits.field_bytes
        self.struct.feature_count = len(names)
        self.struct.most_columns = min(rows.limits.columns, MOST_COLUMNS)

    def _set(self, name: str, values: Sequence[float]) -> None:
        """Hand over an array, which is kept as long as the plan; never empty, so that its address is one."""
        kind = _kind(name)
        self._point(name, (kind._type_ * max(1, len(values)))(*values))

    def _set_bytes(self, name: str, data: bytes | bytearray) -> None:
        """Hand over an array that is bytes already."""
        self._point(name, (ctypes.c_uint8 * len(data)).from_buffer_copy(data))

    def _point(self, name: str, array: ctypes.Array[Any]) -> None:
        self._kept.append(array)
        setattr(self.struct, name, ctypes.cast(array, _kind(name)))


class Plan(LayoutPlan):
    """A file and a model for the kernel, if that `suits`.

    Parameters
    ----------
    usual
        By feature name: the range whose values are counted as typical.
    """

    def __init__(self, scorer: RowScorer, usual: Mapping[str, tuple[float, float]]) -> None:
        super().__init__(scorer.table.rows, scorer.model.schema.names)
        self.features, self.segments = len(scorer.model.schema.features), len(scorer.model.names)
        self._may_lack = tuple(islice(_profile_features(scorer), _MOST_LACKING))
        self._deciding = scorer.model.schema.cluster_indices[:MOST_DECIDING]
        self.refusals = Refusals(scorer, self._deciding, self.struct.most_columns)
        self._bound(scorer, usual)
        self._grow_tree(scorer)
        self._place_centroids(scorer)
        self._word(scorer)

    @property
    def longest_end(self) -> int:
        """The most bytes that are added to a line."""
        return int(self.struct.longest_end)

    def _bound(self, scorer: RowScorer, usual: Mapping[str, tuple[float, float]]) -> None:
        model = scorer.model
        low, high = (list(ends) for ends in zip(*model.limits, strict=True))
        # A value far outside what the model learned from is said in the row's note: the exact path does that.
        for far in far_notes(model):
            low[far.feature], high[far.feature] = max(low[far.feature], far.least), min(high[far.feature], far.most)
        ranges = [usual.get(name, (-math.inf, math.inf)) for name in model.schema.names]
        self.struct.segment_count = self.segments
        self._set("low", low)
        self._set("high", high)
        self._set("usual_low", [least for least, _ in ranges])
        self._set("usual_high", [most for _, most in ranges])
        self._set("filled", model.fill)
        lacking = bytearray(self.features)
        for place, i in enumerate(self._may_lack):
            lacking[i] = 1 << place
        for place, i in enumerate(self._deciding, start=_MOST_LACKING):
            lacking[i] = 1 << place
        self._set_bytes("may_lack", lacking)
        self._set_bytes("decides", bytes(i in model.schema.cluster_indices for i in range(self.features)))
        # Powers of two: multiplying by the inverse is exact.
        self._set("per_unit", [1 / sum_unit(feature) for feature in model.schema.features])

    def _grow_tree(self, scorer: RowScorer) -> None:
        tree = scorer.model.tree
        each = [tree.cuts.get(feature, ()) for feature in range(self.features)]
        strides = strides_of(tree)
        self._set("cuts", [cut for cuts in each for cut in cuts])
        self._set("cut_starts", list(accumulate(map(len, each), initial=0)))
        self._set("strides", [strides.get(feature, 0) for feature in range(self.features)])
        self._set_bytes("cells", filled_cells(tree))

    def _place_centroids(self, scorer: RowScorer) -> None:
        model = scorer.model
        scaled = model.schema.cluster_inputs
        features = [model.schema.features[i] for i in scaled]
        self.struct.scaled_count = len(scaled)
        self._set("scaled", scaled)
        self._set("log_from", [f.minimum if f.is_log else math.nan for f in features])
        self._set("mean", [model.mean[i] for i in scaled])
        self._set("factor", [model.factor[i] for i in scaled])
        self._set("centroids", [at for centroid in model.centroids for at in centroid])
        pieces = () if model.confidence is None else model.confidence.pieces
        self.struct.piece_count, self.struct.borderline_below = len(pieces), model.borderline_below
        self._set("piece_starts", [piece.start for piece in pieces])
        self._set("piece_ats", [piece.at for piece in pieces])
        self._set("piece_slopes", [piece.slope for piece in pieces])

    def _word(self, scorer: RowScorer) -> None:
        layout = scorer.table.layout
        delimiter, end = layout.delimiter, layout.line_end
        model, said = scorer.model, [""]
        # By the set of features that lack, in the order of its bits: each feature doubles them.
        for i in self._may_lack:
            not_given = guard(not_given_note(model.schema.features[i], model.assumed.get(i)))
            said += [_joined(before, not_given) for before in said]
        notes = [_joined(close, lacking) for lacking in said for close in (*map(borderline_note, model.names), "")]
        longest = 0
        for name, texts in (
            ("name", [f"{delimiter}{_quoted(guard(text), delimiter)}{delimiter}" for text in model.names]),
            ("note", [f"{delimiter}{_quoted(text, delimiter)}{end}" for text in notes]),
        ):
            longest += max(map(len, self._set_texts(name, texts)))
        heads, tails = self.refusals.ends()
        self.struct.longest_refusal = self.refusals.longest(
            self._set_texts("head", heads), self._set_texts("tail", tails)
        )
        self.struct.longest_end = longest + _CONFIDENCE_BYTES
        self.struct.decimal_mark = ord(scorer.decimal_mark)

    def _set_texts(self, name: str, texts: Sequence[str]) -> list[bytes]:
        data = [text.encode() for text in texts]
        self._set_bytes(f"{name}s", b"".join(data) + bytes(SHORT))
        self._set(f"{name}_starts", list(accumulate(map(len, data), initial=0)))
        return data


def _profile_features(scorer: RowScorer) -> Iterator[int]:
    """Yield the indices of the features that only describe and have a column."""
    for i, feature in enumerate(scorer.model.schema.features):
        if feature.role is Role.PROFILE and feature.name not in scorer.table.layout.absent:
            yield i


def _joined(*notes: str) -> str:
    return "; ".join(filter(None, notes))


def _quoted(text: str, delimiter: str) -> str:
    """Write a text as a cell."""
    return text if {'"', "\r", "\n", delimiter}.isdisjoint(text) else '"' + text.replace('"', '""') + '"'


def _kind(name: str) -> Any:  # noqa: ANN401 - a ctypes pointer type, which has no type of its own
    kinds: dict[str, Any] = {field[0]: field[1] for field in PlanStruct._fields_}
    return kinds[name]
