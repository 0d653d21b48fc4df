"""A file's layout and a model as the arrays that the kernel reads: rules and words are those of the exact path."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from segmentation.numbers.number_forms import PLAIN
from segmentation.scoring.batch import BatchPredictor
from segmentation.scoring.kernel.labels import labels
from segmentation.scoring.kernel.library import MOST_COLUMNS, MOST_FEATURES, MOST_SEGMENTS, SHORT, PlanStruct
from segmentation.scoring.result import far_notes
from segmentation.scoring.sums import sum_unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.reading.rows import RowReader
    from segmentation.scoring.rows import RowScorer

_CONFIDENCE_BYTES: Final = 8
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
        and BatchPredictor(model).cells is not None
    )


class LayoutPlan:
    """How a file is laid out, for the kernel.

    Parameters
    ----------
    names
        The features in the order the kernel is to have them.
    """

    def __init__(self, rows: RowReader, names: Sequence[str]) -> None:
        self._kept: list[NDArray[Any]] = []
        self.struct = PlanStruct()
        layout = rows.layout
        features = np.full(layout.width, -1)
        marks, doubtful = np.zeros(layout.width), np.zeros(layout.width)
        for at, feature, style in zip(layout.columns, rows.schema.features, rows.column_styles, strict=True):
            if not feature.is_category:
                features[at], marks[at] = names.index(feature.name), ord(style.decimal)
                doubtful[at] = style.decimal in style.refused_marks
        sought = np.zeros(layout.width)
        sought[list(rows.label_columns)] = _LABEL_BEGINS
        sought[0] = _LABEL_BEGINS_OR_ENDS
        self._set("features", features, "i4")
        for name, values in (("marks", marks), ("doubtful", doubtful), ("labels", sought)):
            self._set(name, values, "u1")
        known = labels()
        self._set("folds", known.folds, "u2")
        self._set("words", known.words, "u8")
        self.struct.word_mask = len(known.words) - 1
        self.struct.width, self.struct.delimiter = layout.width, ord(layout.delimiter)
        self.struct.id_column = -1 if layout.id_column is None else layout.id_column
        # Only a longer row can hold a field that is too long.
        self.struct.longest_row = rows.limits.field_bytes
        self.struct.feature_count = len(names)

    def _set(self, name: str, values: Sequence[float] | NDArray[Any], dtype: str) -> None:
        """Hand over an array, which is kept as long as the plan; never empty, so that its address is one."""
        array = np.array([0], dtype=dtype) if len(values) == 0 else np.ascontiguousarray(values, dtype=dtype)
        self._kept.append(array)
        kinds: dict[str, Any] = {field[0]: field[1] for field in PlanStruct._fields_}
        setattr(self.struct, name, ctypes.cast(array.ctypes.data, kinds[name]))


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
        self._set("low", low, "f8")
        self._set("high", high, "f8")
        self._set("usual_low", [least for least, _ in ranges], "f8")
        self._set("usual_high", [most for _, most in ranges], "f8")
        self._set("filled", model.fill, "f8")
        # Powers of two: multiplying by the inverse is exact.
        self._set("per_unit", [1 / sum_unit(feature) for feature in model.schema.features], "f8")

    def _grow_tree(self, scorer: RowScorer) -> None:
        tree = BatchPredictor(scorer.model).cells
        assert tree is not None  # noqa: S101 - for the type checker: `suits` has looked
        cuts, strides, cells = tree
        each = [cuts.get(feature, np.empty(0)) for feature in range(self.features)]
        self._set("cuts", np.concatenate(each), "f8")
        self._set("cut_starts", np.cumsum([0, *map(len, each)]), "i8")
        self._set("strides", [strides.get(feature, 0) for feature in range(self.features)], "i8")
        self._set("cells", cells, "i1")

    def _place_centroids(self, scorer: RowScorer) -> None:
        model = scorer.model
        scaled = model.schema.cluster_inputs
        features = [model.schema.features[i] for i in scaled]
        self.struct.scaled_count = len(scaled)
        self._set("scaled", scaled, "i8")
        self._set("log_from", [f.minimum if f.is_log else math.nan for f in features], "f8")
        self._set("mean", [model.mean[i] for i in scaled], "f8")
        self._set("factor", [model.factor[i] for i in scaled], "f8")
        self._set("centroids", np.array(model.centroids).ravel(), "f8")
        pieces = () if model.confidence is None else model.confidence.pieces
        self.struct.piece_count, self.struct.borderline_below = len(pieces), model.borderline_below
        self._set("piece_starts", [piece.start for piece in pieces], "f8")
        self._set("piece_ats", [piece.at for piece in pieces], "f8")
        self._set("piece_slopes", [piece.slope for piece in pieces], "f8")

    def _word(self, scorer: RowScorer) -> None:
        layout = scorer.table.layout
        delimiter, end = layout.delimiter, layout.line_end
        names, notes = scorer.names_and_notes()
        longest = 0
        for name, texts in (
            ("name", [f"{delimiter}{text}{delimiter}" for text in names]),
            ("note", [f"{delimiter}{text}{end}" for text in (*notes, "")]),
        ):
            data = [text.encode() for text in texts]
            longest += max(map(len, data))
            self._set(f"{name}s", np.frombuffer(b"".join(data) + bytes(SHORT), dtype=np.uint8), "u1")
            self._set(f"{name}_starts", np.cumsum([0, *map(len, data)]), "i8")
        self.struct.longest_end = longest + _CONFIDENCE_BYTES
        self.struct.decimal_mark = ord(scorer.decimal_mark)
