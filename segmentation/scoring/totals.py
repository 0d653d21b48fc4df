"""What a file adds up to: its report, from pieces that were scored one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from segmentation.numbers.value_sentences import grouped_rows, unknown_rows
from segmentation.reading.batch import UNKNOWN
from segmentation.reading.encodings.raw_bytes import shown
from segmentation.reading.numerals.units import Expected, UnitCheck
from segmentation.reading.repeated_ids import count_repeats
from segmentation.scoring.report import ScoreReport
from segmentation.scoring.result import assumed_notes, far_rows_note, renamed
from segmentation.scoring.sums import SegmentSum, sum_unit

if TYPE_CHECKING:
    from segmentation.reading.blocks import Blocks
    from segmentation.reading.ids.duplicates import DuplicateCounter
    from segmentation.schema import Feature
    from segmentation.scoring.piece import Piece, PlainRows
    from segmentation.scoring.rows import RowScorer, ScoredBlock


class Totals:
    """Adds up the pieces of one file."""

    def __init__(self, scorer: RowScorer, duplicates: DuplicateCounter) -> None:
        self._scorer, self._tally, self.duplicates = scorer, scorer.table.tally(), duplicates
        segments, features = len(scorer.model.names), len(scorer.model.schema.names)
        self._customers = [0] * segments
        self._sums = [[0] * features for _ in range(segments)]
        self._counts = [[0] * features for _ in range(segments)]
        codes = [len(feature.codes) for feature in scorer.model.schema.features]
        self._categories = [[[0] * count for count in codes] for _ in range(segments)]
        self._lacking = Counter[str]()
        self.units = UnitCheck(_expected(scorer), scorer.table.factors)
        self.rows = self._rejected = self._imputed = self._far = self._borderline = 0
        # The last of the ids that rise from the file's beginning on; None once some did not.
        self._last_id: bytes | None = b""
        header = zip(scorer.guarded_header, scorer.table.layout.header, strict=True)
        self._guarded = sum(written != given for written, given in header)

    def add(self, piece: Piece) -> None:
        """Add the next piece."""
        for scored in piece.exact:
            self._add_exact(scored)
        if piece.plain is not None:
            self._add_plain(piece.plain)
        self.units.add_together([scored.batch for scored in piece.exact], piece.plain.counted if piece.plain else {})

    def _add_exact(self, scored: ScoredBlock) -> None:
        # Rows that stand for nobody are listed, but they do not count as refused customers.
        self.rows += scored.batch.rows - scored.batch.others
        self._rejected += scored.batch.rejected.height - scored.batch.others
        self._imputed += scored.batch.lacking["row"].n_unique()
        self._guarded += scored.guarded
        self._lacking.update(scored.batch.lacking["name"])
        self._far += scored.far
        self._borderline += scored.borderline
        scored.batch.count(self._tally)
        if scored.ids is not None:
            self.duplicates.add(scored.ids)
        self._add_segments(scored.segments)

    def _add_plain(self, plain: PlainRows) -> None:
        self.rows += plain.rows + plain.refused.rows
        self._rejected += plain.refused.rows
        for problem in plain.refused.problems:
            self._tally.add(problem.place, problem.reason, problem.rows, problem.lines)
        self._borderline += plain.borderline
        self._imputed += plain.lacking
        self._lacking.update({name: count for name, count in plain.not_given.items() if count})
        self._add_segments(plain.segments)
        if plain.ids is not None and len(plain.ids):
            rising, last = plain.rising, self._last_id
            goes_on = rising is not None and last is not None and rising.goes_on(last)
            self._last_id = rising.last if rising is not None and goes_on else None
            self.duplicates.add(plain.ids, distinct=goes_on)

    def _add_segments(self, segments: Iterable[SegmentSum]) -> None:
        for index, segment in enumerate(segments):
            self._customers[index] += segment.customers
            for feature, (total, count) in enumerate(zip(segment.sums, segment.counts, strict=True)):
                self._sums[index][feature] += total
                self._counts[index][feature] += count
            for feature, customers in enumerate(segment.categories):
                known = self._categories[index][feature]
                self._categories[index][feature] = [one + more for one, more in zip(known, customers, strict=True)]

    def report(self, blocks: Blocks, seconds: float) -> ScoreReport:
        """Return the report, after a pass that took so many seconds."""
        model, table = self._scorer.model, self._scorer.table
        duplicates = count_repeats(table.layout, self.duplicates)
        return ScoreReport(
            rows=self.rows,
            scored=self.rows - self._rejected,
            rejected=self._rejected,
            segments=dict(zip(model.names, self._customers, strict=True)),
            profiles={
                name: {feature: self._average(index, i) for i, feature in enumerate(model.schema.names)}
                for index, name in enumerate(model.names)
            },
            problems=self._tally.problems(),
            other_rows=self._tally.other_rows(),
            notes=(*table.notes(blocks, self._tally), *self._notes(duplicates or 0)),
            imputed=self.rows - self._rejected if table.layout.absent else self._imputed,
            not_given={name: self._lacking[name] for name in model.schema.names if name in self._lacking},
            duplicate_ids=duplicates,
            model_version=model.version,
            seconds=seconds,
            guarded_cells=self._guarded,
            far=self._far,
            borderline=self._borderline,
            columns=(*map(shown, self._scorer.table.layout.header), *self._scorer.result_names),
            shares=dict(zip(model.names, map(self._shares, range(len(model.names))), strict=True)),
        )

    def _grouped(self, feature: Feature) -> int:
        """Return how many scored customers have a category that is grouped with all others."""
        at = self._scorer.model.schema.names.index(feature.name)
        return sum(categories[at][-1] for categories in self._categories)

    def _shares(self, segment: int) -> dict[str, dict[str, float]]:
        found = {}
        for feature, counts in zip(self._scorer.model.schema.features, self._categories[segment], strict=True):
            if feature.is_category:
                total = max(1, sum(counts))
                found[feature.name] = {name: n / total for name, n in zip(feature.codes, counts, strict=True)}
        return found

    def _average(self, segment: int, feature: int) -> float | None:
        count = self._counts[segment][feature]
        if not count or self._scorer.model.schema.features[feature].is_category:
            return None
        # Whole numbers are exact until the last step: as floats the sum would lose digits before it is divided.
        above, below = sum_unit(self._scorer.model.schema.features[feature]).as_integer_ratio()
        return self._sums[segment][feature] * above / (count * below)

    def _notes(self, duplicates: int) -> Iterator[str]:
        if duplicates:
            about = "" if self.duplicates.exact else "About "
            rows, each = ("1 row repeats", "it") if duplicates == 1 else (f"{duplicates:,} rows repeat", "each")
            yield f"{about}{rows} the id of an earlier row; {each} was scored."
        if self._far:
            yield far_rows_note(self._far)
        for feature in self._scorer.model.schema.features:
            if feature.other and (grouped := self._grouped(feature)):
                yield grouped_rows(feature, grouped)
            if unknown := self._lacking[f"{feature.name}{UNKNOWN}"]:
                yield f"{unknown_rows(feature, unknown)}; it only describes, so it makes no difference to the segment."
        yield from assumed_notes(self._scorer.model, self._scorer.table.layout.absent)
        if names := renamed(self._scorer.result_names):
            yield f"The file has such columns already, so in the result {names}."


def _expected(scorer: RowScorer) -> Iterator[Expected]:
    model = scorer.model
    for i, low, high in model.learned:
        feature = model.schema.features[i]
        usual_low = min(tenth for segment in model.segments if (tenth := segment.low[i]) is not None)
        yield Expected(feature, scorer.table.column(feature.name), low, high, usual_low, model.spread[i])
