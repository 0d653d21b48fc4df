"""Files scored with the kernel and without: the same bytes, the same report, or the same refusal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl
from scoring_cases import AGELESS_TREE, hand_made_model

from segmentation.errors import BadInput
from segmentation.model import SegmentModel
from segmentation.reading.columns import Undecided
from segmentation.reading.encoding import Limits
from segmentation.reading.ids.duplicates import DuplicateCounter
from segmentation.reading.numerals.column_styles import Survey
from segmentation.reading.rows import RowReader
from segmentation.reading.table import open_table
from segmentation.scoring.kernel.library import Kernel
from segmentation.scoring.kernel.plan import suits
from segmentation.scoring.kernel.scorer import KernelScorer
from segmentation.scoring.kernel.survey import kernel_survey
from segmentation.scoring.report import ScoreReport
from segmentation.scoring.rows import RowScorer
from segmentation.scoring.score import score_table
from segmentation.scoring.totals import Totals

MODELS = (hand_made_model(), hand_made_model(tree=AGELESS_TREE))
HEADER = "id,age,income,score\n"


@dataclass
class Watchers:
    """What watchers are told, in an order of its own."""

    ids: dict[str, list[int | None]] = field(default_factory=dict)
    values: list[tuple[float | None, ...]] = field(default_factory=list)

    def begin(self) -> None:
        self.ids, self.values = {}, []

    def told(self) -> tuple[dict[str, list[int | None]], list[str]]:
        by_id = {name: sorted(found, key=str) for name, found in sorted(self.ids.items())}
        return by_id, sorted(map(str, self.values))


class Ids(Watchers):
    def add(self, ids: pl.Series, segments: pl.Series) -> None:
        for name, segment in zip(ids, segments, strict=True):
            self.ids.setdefault(name, []).append(segment)


class Values(Watchers):
    def add(self, values: pl.DataFrame, segments: pl.Series) -> None:
        self.values += values.with_columns(segments.alias("segment")).rows()


def scored(
    source: Path,
    target: Path,
    model: SegmentModel,
    kernel: Kernel | None,
    limits: Limits,
    watchers: tuple[Ids, Values] | tuple[None, None] = (None, None),
    *,
    looks: Sequence[bool] = (False, True),
) -> tuple[bytes, ScoreReport] | str:
    """Return the result and the report, or what the file is refused for."""

    def survey(rows: RowReader) -> Survey | None:
        return None if kernel is None else kernel_survey(kernel, rows)

    for all_cells in looks:
        try:
            table = open_table(source, model.schema, limits=limits, all_cells=all_cells, survey=survey)
            report = score_table(table, target, model, kernel=kernel, watch=watchers[0], values=watchers[1])
        except Undecided:
            continue
        except BadInput as refusal:
            return refusal.sentence
        return target.read_bytes(), replace(report, seconds=0.0)
    raise AssertionError("undecided after a look at all cells")


def assert_same(
    kernel: Kernel, data: bytes, folder: Path, model: SegmentModel = MODELS[0], limits: Limits | None = None
) -> tuple[bytes, ScoreReport] | str:
    source, limits = folder / "in.csv", limits or Limits()
    source.write_bytes(data)
    without = scored(source, folder / "out.csv", model, None, limits)
    assert scored(source, folder / "out.csv", model, kernel, limits) == without
    return without


def kept_rows(
    kernel: Kernel, data: bytes, folder: Path, model: SegmentModel = MODELS[0], *, all_cells: bool = False
) -> tuple[int, int]:
    """Return how many of a file's rows the kernel has judged, and how many the exact path."""
    source = folder / "counted.csv"
    source.write_bytes(data)
    table = open_table(source, model.schema, all_cells=all_cells)
    rows = RowScorer(table, model)
    assert suits(rows)
    fast = KernelScorer(kernel, rows, Totals(rows, DuplicateCounter()).units, watched=False)
    pieces = list(fast.pieces(table.blocks().unread(fast.whole_records)))
    plain = sum(piece.plain.rows + piece.plain.refused.rows for piece in pieces if piece.plain is not None)
    return plain, sum(scored.batch.rows for piece in pieces for scored in piece.exact)


def rows_of(count: int) -> Iterator[str]:
    return (f"{row},{18 + row % 50},{20 + row % 900 / 10},{5 + row % 900 / 10}" for row in range(count))
