"""Scoring held against the csv module and `SegmentModel.predict`, and its ways of reading against each other."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pytest
from campaigns import campaign
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from scoring_cases import AGELESS_TREE, hand_made_model, is_safe_copy, read_independently

from segmentation.errors import BadInput
from segmentation.model import SegmentModel
from segmentation.numbers.number_forms import PLAIN, Dress, DressKind, NumberStyle
from segmentation.reading.blocks import CleanBlock
from segmentation.reading.encoding import Limits
from segmentation.reading.table import DEFAULT_LIMITS, open_table
from segmentation.scoring.answer_table import AnswerTable, answer_table
from segmentation.scoring.report import ScoreReport
from segmentation.scoring.score import score_table

MODEL = hand_made_model()
# A tree that leaves age alone, so that income and score say all.
AGELESS = hand_made_model(tree=AGELESS_TREE)
ANSWERS = answer_table(AGELESS)

HEADERS = {
    "age": ["age", "Age", " AGE ", "Years", "customer age"],
    "income": ["income", "Annual Income (k$)", "salary", "Yearly  Income"],
    "score": ["score", "Spending Score (1-100)", "spending_score"],
}
# Cells that are written alike whatever the decimal mark; most of them are no numbers.
ODD = ["", " 35", "40 ", "\u00a050\u200b", "６０", "-0", "1e1", "+5", "nan", "inf", "1e999", "60²", "1_0", "0x23",
       "007", "-5", "1E+1", "True", "2024-01-02", "-", "e5"]  # fmt: skip
# Cells in which the file's decimal mark, here a point, has its place.
POINTED = [".5", "5.", "45.5", "1.5.2", "60,000", "1,000.5", "$60", "1.938", "0.125"]
WHOLE = st.one_of(st.integers(0, 120).map(str), st.integers(-5, 1100).map(str), st.sampled_from(ODD))
FRACTIONS = st.one_of(
    WHOLE, st.floats(0, 130, allow_nan=False).map(lambda value: f"{value:.3f}"), st.sampled_from(POINTED)
)
TEXTS = st.one_of(
    st.sampled_from(
        ["Ann", "", "Bö", "=1+1", "+49 30", "-5", "-5,25", "@x", " =x", "\u200b=x", "＝1", "a,b", "a;b", "a|b", "a\tb",
         'say "hi"', "line\nbreak", "cr\r\nlf", "-x", "'quoted", "x^2", "\ufefftop", "\x1f", "\x01", "€uro"]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=6),
)  # fmt: skip


@dataclass(frozen=True)
class File:
    """A file as somebody could have written it, and what its writer knows of it."""

    text: str
    delimiter: str
    encoding: str
    styles: tuple[NumberStyle, ...] = (NumberStyle(),) * 3

    @property
    def data(self) -> bytes:
        return self.text.encode(self.encoding, errors="replace")

    @property
    def readable(self) -> str:
        """What the file says to one who knows its encoding."""
        return self.data.decode(self.encoding)


def number_cells(mark: str, *, fractions: bool) -> st.SearchStrategy[str]:
    """Return the cells of a number column as somebody writes them who uses that decimal mark throughout."""
    swapped = str.maketrans(".,", ".," if mark == "." else ",.")
    return FRACTIONS.map(lambda cell: cell.translate(swapped)) if fractions else WHOLE


@st.composite
def files(draw: st.DrawFn) -> File:
    delimiter = draw(st.sampled_from(",;\t|"))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    quoting: Literal[0, 1] = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    plain = draw(st.booleans())
    # Fields must not be quoted in a plain file, so it has no marks that are its delimiter.
    mark = draw(st.sampled_from([mark for mark in ".," if not plain or mark != delimiter]))
    fractions = draw(st.booleans()) and not (plain and delimiter == ",")
    columns = ["id", *(draw(st.sampled_from(names)) for names in HEADERS.values())]
    columns += draw(st.lists(st.sampled_from(["name", "city", "=note", "größe"]), max_size=2, unique=True))
    columns = draw(st.permutations(columns))
    features = {name: MODEL.schema.find(name) for name in columns}
    numbers = number_cells(mark, fractions=fractions)
    texts = TEXTS.filter(lambda text: not plain or not set(text) & set('"\r\n,;\t|'))
    cells = [st.integers(1, 30).map(str) if name == "id" else numbers if features[name] else texts for name in columns]
    rows = draw(st.lists(st.tuples(*cells), min_size=1, max_size=12))
    # Most rows are beyond doubt, in their marks and their unit: so the file itself says how its numbers are written.
    usual = f"45{mark}5" if fractions else "45"
    settling = tuple(usual if features[name] else "7" if name == "id" else "Ann" for name in columns)
    settled = [settling] * (len(rows) + 4)
    rows = [*rows, *settled] if draw(st.booleans()) else [*settled, *rows]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow(columns)
    for row in rows:
        ragged = not plain and row is not settling and draw(st.integers(0, 9)) == 0
        writer.writerow(draw(st.sampled_from([row[:-2], (*row, "more")])) if ragged else row)
        if not plain and draw(st.integers(0, 9)) == 0:
            text.write(end)
    written = text.getvalue()
    if draw(st.booleans()):
        written = written.removesuffix(end)
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16"]))
    return File(written, delimiter, encoding, _styles(columns, rows, mark))


def _styles(columns: Sequence[str], rows: Sequence[Sequence[str]], mark: str) -> tuple[NumberStyle, ...]:
    """Return how each feature's numbers are written; of all of them, only an income may stand beside a $."""
    found = []
    for feature in MODEL.schema.features:
        at = next(i for i, name in enumerate(columns) if MODEL.schema.find(name) is feature)
        dollars = feature.name == "income" and any(row[at] == "$60" for row in rows)
        dress = Dress(DressKind.CURRENCY, "$") if dollars else PLAIN
        found.append(NumberStyle(mark, grouped=True, dress=dress, undressed=True))
    return tuple(found)


Outcome = tuple[bytes, ScoreReport] | str


def _score(
    data: bytes,
    folder: Path,
    *,
    exact: bool = False,
    model: SegmentModel = MODEL,
    answers: AnswerTable | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Outcome:
    """Return the result and the report, or the sentence of the refusal."""
    source, target = folder / "in.csv", folder / "out.csv"
    source.write_bytes(data)
    try:
        table = open_table(source, model.schema, exact=exact, limits=limits)
        report = score_table(table, target, model, answers=answers)
    except BadInput as refusal:
        return refusal.sentence
    return target.read_bytes(), replace(report, seconds=0.0)


def _check(file: File, result: bytes, report: ScoreReport) -> None:
    expected = read_independently(file.readable, file.delimiter, MODEL, file.styles)
    header, *rows = csv.reader(io.StringIO(result.decode("utf-8-sig"), newline=""), delimiter=file.delimiter)
    assert len(rows) == len(expected) == report.rows + sum(kind.rows for kind in report.other_rows)
    width = len(header) - 3
    assert header[width:] == ["segment", "confidence", "note"]
    for row, known in zip(rows, expected, strict=True):
        if len(known.cells) == width:
            assert all(is_safe_copy(copy, cell) for copy, cell in zip(row[:width], known.cells, strict=True))
        segment, confidence, note = row[width:]
        if known.segment is None:
            assert (segment, confidence) == ("", "")
            assert note.startswith("line ")
            continue
        assert segment == known.segment, note
        assert float(confidence.replace(",", ".")) == pytest.approx(known.confidence, abs=1e-6)
        assert (f"next nearest: {known.borderline}" in note) == (known.borderline is not None)
        assert ("assumed" in note) == known.imputed
    assert report.scored == sum(known.segment is not None for known in expected)
    assert report.borderline == sum(known.borderline is not None for known in expected)
    assert len(report.columns) == len(header)
    assert report.scored + report.rejected == report.rows
    assert sum(report.segments.values()) == report.scored


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scored")


@settings(max_examples=campaign(25, 1000), deadline=None, suppress_health_check=list(HealthCheck))
@given(files())
@example(File("id,income,score,customer age\n1,0,0,\u00ad@\n", ",", "utf-8"))
def test_agrees_with_the_csv_module_and_the_model_on_any_dialect_whichever_way_it_reads(
    folder: Path, file: File
) -> None:
    outcome = _score(file.data, folder)
    if isinstance(outcome, str):
        assert outcome.startswith("Every row has")
        return
    result, report = outcome
    _check(file, result, report)
    if _has_clean_block(folder):
        assert _score(file.data, folder, exact=True) == (result, report)


def _has_clean_block(folder: Path) -> bool:
    blocks = open_table(folder / "in.csv", MODEL.schema).blocks()
    return any(isinstance(block, CleanBlock) for block in blocks)


CUT = "id,age,income,score\n" + "1,0,0,0\n" * 5 + "1,0,0,6\n1,0,0,1.000\n1,0,0,1.938\n"
TWO_MARKS = "id,age,income,score\n" + "1,0,0,0\n" * 9 + '1,0,0,"60,000"\n1,0,0,1.000\n'


@settings(max_examples=campaign(8, 100), deadline=None, suppress_health_check=list(HealthCheck))
@given(files(), st.integers(16, 200))
@example(File(CUT, ",", "utf-8"), 24)  # sums of floats would differ in the last bit
@example(File(TWO_MARKS, ",", "utf-8"), 24)  # which of the doubtful cells is shown would differ
def test_agrees_wherever_the_file_is_cut_into_blocks(folder: Path, file: File, size: int) -> None:
    whole = _score(file.data, folder)
    assert _score(file.data, folder, limits=Limits(block_bytes=size, block_rows=3)) == whole


@settings(max_examples=campaign(8, 100), deadline=None, suppress_health_check=list(HealthCheck))
@given(files())
def test_agrees_when_answers_to_whole_numbers_are_looked_up(folder: Path, file: File) -> None:
    assert _score(file.data, folder, model=AGELESS, answers=ANSWERS) == _score(file.data, folder, model=AGELESS)
