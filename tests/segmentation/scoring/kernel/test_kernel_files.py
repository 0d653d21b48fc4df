"""Files scored with the kernel and without: the same bytes, the same report, or the same refusal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from campaigns import campaign
from fuzzed_files import fuzzed_file
from kernel_cases import HEADER, MODELS, Ids, Values, assert_same, kept_rows, rows_of, scored
from log_scale import shop_customers, shop_trained
from reference import SHARED, sample_trained
from scoring_cases import MALL

from segmentation.model import SegmentModel
from segmentation.reading.encoding import Limits
from segmentation.reading.ids.duplicates import DuplicateCounter
from segmentation.reading.others.totals import label_forms, unspaced_label_forms
from segmentation.reading.table import open_table
from segmentation.scoring.kernel.library import Kernel
from segmentation.scoring.kernel.odd_rows import MOST_LABELLED
from segmentation.scoring.kernel.plan import suits
from segmentation.scoring.kernel.run import NumberedIds
from segmentation.scoring.kernel.scorer import KernelScorer
from segmentation.scoring.rows import RowScorer
from segmentation.scoring.totals import Totals

CASES = sorted(path for path in (SHARED / "cases").rglob("*") if path.suffix in {".csv", ".tsv"})

T = TypeVar("T")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("both")


@pytest.mark.parametrize("seed", range(campaign(4, 60)))
def test_any_file_comes_out_the_same(kernel: Kernel, folder: Path, seed: int) -> None:
    # Ten files each, in blocks of any size: what a test costs beside would be more than one file does.
    for number in range(10):
        limits = Limits(block_bytes=(500, 4 << 20, 2000, 4 << 20)[number % 4], block_rows=(7, 65_536)[number % 2])
        assert_same(kernel, fuzzed_file(10 * seed + number), folder, MODELS[number % 2], limits)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_files_that_people_sent_come_out_the_same(kernel: Kernel, folder: Path, case: Path) -> None:
    for model in (MODELS[0], shop_trained().model):
        assert_same(kernel, case.read_bytes(), folder, model)


def test_features_on_a_log_scale_come_out_the_same(kernel: Kernel, folder: Path) -> None:
    model, (customers, _) = shop_trained().model, shop_customers(3)
    rows = (",".join("" if np.isnan(value) else f"{value:.2f}" for value in customer) for customer in customers)
    data = (",".join(model.schema.names) + "\n" + "\n".join(rows)).encode()
    plain, odd = kept_rows(kernel, data, folder, model)
    assert plain > 5 * odd
    assert_same(kernel, data, folder, model)


def test_the_kernel_scores_all_rows_of_a_plain_file(kernel: Kernel, folder: Path) -> None:
    model = sample_trained().model
    assert kept_rows(kernel, MALL.read_bytes(), folder, model) == (200, 0)
    for text in (
        HEADER + "\n".join(rows_of(5000)) + "\n",
        HEADER + "\r\n".join(rows_of(5000)),
        HEADER.replace(",", ";") + "\n".join(row.replace(",", ";").replace(".", ",") for row in rows_of(5000)),
        HEADER + "\n".join(",".join(f'"{cell}"' for cell in row.split(",")) for row in rows_of(5000)),
        "name," + HEADER + "\n".join(f'"Müller, Zoë",{row}' for row in rows_of(5000)),
        "name," + HEADER + "\n".join(f'"two\nlines",{row}' for row in rows_of(5000)),
    ):
        assert kept_rows(kernel, text.encode(), folder, model) == (5000, 0)
        assert_same(kernel, text.encode(), folder, model)


@pytest.mark.parametrize("model", MODELS, ids=["asked by the tree", "descriptive only"])
def test_rows_that_lack_a_profile_value_are_scored_by_the_kernel(
    kernel: Kernel, folder: Path, model: SegmentModel
) -> None:
    rows = [row.split(",") for row in rows_of(300)]
    for number, row in enumerate(rows):
        row[1] = ("30", "", '""')[number % 3]
    comma = HEADER + "\n".join(map(",".join, rows)) + "\n"
    outcome = assert_same(kernel, comma.encode(), folder, model)
    assert not isinstance(outcome, str)
    assert (outcome[1].imputed, outcome[1].not_given) == (200, {"age": 200})
    for text in (comma, comma.replace(",", ";"), comma.replace("\n", "\r\n")):
        assert kept_rows(kernel, text.encode(), folder, model) == (300, 0)
        assert_same(kernel, text.encode(), folder, model)
    # A row that begins with nothing may be a total; a column of nothing at all says nothing of its unit.
    for text in (
        "age,id,income,score\n" + "".join(f"{row[1]},{row[0]},{row[2]},{row[3]}\n" for row in rows),
        HEADER + "".join(f"{row[0]},,{row[2]},{row[3]}\n" for row in rows),
    ):
        assert_same(kernel, text.encode(), folder, model)


def model_of_many_profile_features() -> SegmentModel:
    """Return a model with four profile features, of which some labels need quotes and an apostrophe."""
    model = MODELS[0]
    age, *deciding = model.schema.features
    labels = {"visits": "visits, per year", "stays": '"stays"', "calls": "=calls"}
    more = tuple(replace(age, name=name, label=label, aliases=()) for name, label in labels.items())

    def wider(values: tuple[T, ...]) -> tuple[T, ...]:
        return (values[0], *values[:1] * len(more), *values[1:])

    segments = tuple(
        replace(segment, mean=wider(segment.mean), low=wider(segment.low), high=wider(segment.high))
        for segment in model.segments
    )
    tree = replace(model.tree, feature=tuple(i + len(more) if i > 0 else i for i in model.tree.feature))
    schema = replace(model.schema, features=(age, *more, *deciding))
    mean, factor, fill = map(wider, (model.mean, model.factor, model.fill))
    return replace(model, schema=schema, segments=segments, mean=mean, factor=factor, fill=fill, tree=tree)


@pytest.mark.parametrize("delimiter", ",;")
def test_any_set_of_profile_values_may_lack(kernel: Kernel, folder: Path, delimiter: str) -> None:
    model = model_of_many_profile_features()
    rows = ["id,age,visits,stays,calls,income,score"]
    for number in range(160):
        given = ("30" if number >> place & 1 else "" for place in range(4))
        rows.append(f"{number},{','.join(given)},{20 + number % 90},{5 + number % 90}")
    data = "\n".join(rows).replace(",", delimiter).encode()
    # Half of them lack the last one, which is one too many.
    assert kept_rows(kernel, data, folder, model) == (80, 80)
    assert not isinstance(assert_same(kernel, data, folder, model), str)


def test_odd_rows_are_few_and_keep_their_lines(kernel: Kernel, folder: Path) -> None:
    rows = [f'"two\nlines",{row}' for row in rows_of(5000)]
    odd = ["a,1,x,40,50", "b,2,30,,50", "c,3,30,40", '"=1",4,30,40,50', "Total,,1,2,3", ",,,,", "d,5,30,9000,50"]
    rows[100:4300:600] = odd
    data = ("name," + HEADER + "\n".join(rows) + "\n").encode()
    model = sample_trained().model
    assert kept_rows(kernel, data, folder, model) == (5000 - 5, 4)  # two are refused by the kernel, one is blank
    outcome = assert_same(kernel, data, folder, model)
    assert not isinstance(outcome, str)
    result, report = outcome
    assert b"line 202, column" in result  # header, and a hundred rows of two lines
    assert report.guarded_cells == 1


@pytest.mark.parametrize(
    ("odd", "most"), [("{},30,x,50", 640), ("Totals: {},30,40,50", MOST_LABELLED)], ids=["no number", "labelled"]
)
def test_a_block_with_many_odd_rows_is_read_exactly_as_a_whole(
    kernel: Kernel, folder: Path, odd: str, most: int
) -> None:
    model, plain = sample_trained().model, 5120 - 640
    few = [*rows_of(plain), *map(odd.format, range(most))]
    assert kept_rows(kernel, (HEADER + "\n".join(few)).encode(), folder, model) == (plain, most)
    many = (HEADER + "\n".join([*few[1:], odd.format(7), odd.format(8)])).encode()
    assert kept_rows(kernel, many, folder, model) == (0, plain + most + 1)
    assert_same(kernel, many, folder, model)


def exact_calls(kernel: Kernel, data: bytes, folder: Path, limits: Limits) -> tuple[int, int]:
    """Return how many blocks a file has, and how often the exact path was called for rows of theirs."""
    source, model = folder / "called.csv", sample_trained().model
    source.write_bytes(data)
    rows = RowScorer(open_table(source, model.schema, limits=limits, all_cells=True), model)
    fast = KernelScorer(kernel, rows, Totals(rows, DuplicateCounter()).units, watched=False)
    pieces = list(fast.pieces(rows.table.blocks().unread(fast.whole_records)))
    return len(pieces), sum(len(piece.exact) for piece in pieces)


# Blocks of some 150 rows: a few are scored alone until the first one's odd rows are known.
SMALL_BLOCKS = Limits(block_bytes=2000)


def test_odd_rows_of_several_blocks_are_scored_in_one_call(kernel: Kernel, folder: Path) -> None:
    model, rows = sample_trained().model, list(rows_of(4000))
    odd = ["{},x,40,50", "{},30,,50", "{},30,40", "=1{},30,40,50", "Total {},1,2,3", ",,,", "{},30,9000,50"]
    for number, row in enumerate(range(20, 4000, 50)):
        rows[row] = odd[number % len(odd)].format(row)
    data = (HEADER + "\n".join(rows)).encode()
    blocks, calls = exact_calls(kernel, data, folder, SMALL_BLOCKS)
    assert blocks > 25
    assert 0 < calls <= blocks / 2
    assert not isinstance(assert_same(kernel, data, folder, model, SMALL_BLOCKS), str)


def test_rows_that_may_be_totals_are_not_gathered_beyond_what_a_block_may_have(kernel: Kernel, folder: Path) -> None:
    # Beside the id, where the exact path asks which share of what it sees looks like totals.
    rows = [f"{row},{'Total' if row % 9 == 0 else 'Ann'},30,40,50" for row in range(9_000)]
    data = ("id,name,age,income,score\n" + "\n".join(rows)).encode()
    limits = Limits(block_bytes=20_000)
    blocks, calls = exact_calls(kernel, data, folder, limits)
    assert calls == blocks > 7
    assert_same(kernel, data, folder, sample_trained().model, limits)


def test_a_fault_in_gathered_rows_is_told_with_the_files_line(kernel: Kernel, folder: Path) -> None:
    rows = list(rows_of(3000))
    rows[20::50] = [f"{row},30,x,50" for row in range(20, 3000, 50)]
    rows[2033] = rows[2400] = "5,x" + "," * 250
    data = (HEADER + "\n".join(rows)).encode()
    refused = assert_same(kernel, data, folder, sample_trained().model, SMALL_BLOCKS)
    assert refused == "Line 2035 has 252 columns; the limit is 200. Remove some."


def test_another_unit_is_noticed_beside_gathered_rows(kernel: Kernel, folder: Path) -> None:
    rows = [*rows_of(1000), *(f"{row},30,{row % 100 / 1000},50" for row in range(1000))]
    rows[20::50] = [f"{row},30,x,50" for row in range(20, 2000, 50)]
    rows[30::50] = [f"{row},30,,50" for row in range(30, 2000, 50)]
    assert_same(kernel, (HEADER + "\n".join(rows)).encode(), folder, sample_trained().model, SMALL_BLOCKS)


def test_every_label_of_a_total_is_seen(kernel: Kernel, folder: Path) -> None:
    forms = [
        form for label in sorted(label_forms()) for form in (label, label.title(), f"{label.upper()}: 3", f"x {label}")
    ]
    forms += [f"{label}x" for label in unspaced_label_forms()] + [f"x{label}" for label in unspaced_label_forms()]
    quoted = [form.replace('"', '""') for form in forms]
    for place in ('"{}",,30,40,50', 'North,"{}",30,40,50'):
        lines = [place.format(label) for label in quoted]
        # Blocks of fewer odd rows than are read as a whole.
        limits = Limits(block_bytes=8000)
        assert_same(kernel, ("name,city,age,income,score\n" + "\n".join(lines)).encode(), folder, limits=limits)


def test_watchers_are_told_of_every_row(kernel: Kernel, folder: Path) -> None:
    rows = list(rows_of(300))
    rows[50], rows[60], rows[70], rows[80] = "7,x,40,50", "a,30,,50", ",30,40,50", "80,,40,50"
    rows[90], rows[95], rows[99] = "b,,,50", "c,30", "d,30,4.5,x,y"
    source = folder / "watched.csv"
    source.write_text(HEADER + "\n".join(rows), encoding="utf-8")
    told = []
    for used in (None, kernel):
        ids, values = Ids(), Values()
        scored(source, folder / "out.csv", MODELS[0], used, Limits(), (ids, values))
        told.append((ids.told(), values.told()))
    assert told[0] == told[1]
    assert len(told[1][0][0]) == 299


def test_ids_that_rise_and_others_are_counted_alike(kernel: Kernel, folder: Path) -> None:
    ids = [f"C{number}" for number in range(90, 200)]
    for names, repeats in ((ids, 0), ([*ids, "C95", "C200"], 1), (["x", *ids, "x"], 1), ([*ids, *ids], 110)):
        text = HEADER + "\n".join(f"{name},30,40.5,50" for name in names)
        outcome = assert_same(kernel, text.encode(), folder, limits=Limits(block_bytes=400))
        assert not isinstance(outcome, str)
        assert outcome[1].duplicate_ids == repeats


@pytest.mark.parametrize(
    ("ids", "repeats"),
    [
        ([*range(90, 200)], 0),
        ([*range(90, 120), *range(130, 200), 125, 131, 199, 200], 2),  # 131 and 199
        ([*range(90, 200), "0131", " 131", "1e2", "131"], 1),
        ([*range(900), *range(10**15 - 2, 10**15 + 3), 10**15, 899], 2),
        ([0, "00", 1, 2, 3, 0], 1),
    ],
)
def test_ids_that_are_consecutive_numbers_are_counted_alike(
    kernel: Kernel, folder: Path, ids: list[int | str], repeats: int
) -> None:
    lines = [f"{name},30,40.5,50" for name in ids]
    lines[40::50] = [line.replace("40.5", "") for line in lines[40::50]]
    for limits in (Limits(block_bytes=400), Limits()):
        outcome = assert_same(kernel, (HEADER + "\n".join(lines)).encode(), folder, limits=limits)
        assert not isinstance(outcome, str)
        assert outcome[1].duplicate_ids == repeats


def test_consecutive_ids_are_not_kept_one_by_one(kernel: Kernel, folder: Path) -> None:
    lines = list(rows_of(5000))
    del lines[700], lines[100]
    source = folder / "consecutive.csv"
    source.write_text(HEADER + "\n".join(lines), encoding="utf-8")
    rows = RowScorer(open_table(source, MODELS[0].schema, all_cells=False), MODELS[0])
    fast = KernelScorer(kernel, rows, Totals(rows, DuplicateCounter()).units, watched=False)
    (piece,) = fast.pieces(rows.table.blocks().unread(fast.whole_records))
    assert piece.plain is not None
    assert isinstance(piece.plain.ids, NumberedIds)
    assert piece.plain.ids.runs == [(0, 99), (101, 699), (701, 4999)]
    assert len(piece.plain.ids) == 4998


def test_a_file_in_another_unit_is_asked_about_alike(kernel: Kernel, folder: Path) -> None:
    text = HEADER + "\n".join(f"{row},30,{row % 100 / 1000},50" for row in range(400))
    outcome = assert_same(kernel, text.encode(), folder, sample_trained().model)
    assert isinstance(outcome, str)
    assert "Does" in outcome


def test_numbers_are_the_nearest_floats(kernel: Kernel, folder: Path) -> None:
    numbers = ["0.1", "100000000000000", "0.00000000000001", "99.9999999999999", "12.34567890123", "-0", "-0.0", "00.5"]
    text = HEADER + "\n".join(f"{row},30,{number},{row % 99}" for row, number in enumerate(numbers * 4))
    ids, values = Ids(), Values()
    source = folder / "numbers.csv"
    source.write_text(text, encoding="utf-8")
    scored(source, folder / "out.csv", MODELS[0], kernel, Limits(), (ids, values))
    without = Values()
    scored(source, folder / "out.csv", MODELS[0], None, Limits(), (Ids(), without))
    assert values.told() == without.told()


def test_a_fault_in_an_odd_row_is_told_with_the_files_line(kernel: Kernel, folder: Path) -> None:
    # Far behind the beginning by which a file's numbers are judged.
    rows, model = list(rows_of(12_000)), sample_trained().model
    rows[11_000] = "5,x" + "," * 250
    outcome = assert_same(kernel, (HEADER + "\n".join(rows)).encode(), folder, model)
    assert outcome == "Line 11002 has 252 columns; the limit is 200. Remove some."
    german = [f"{row};30;{row % 90 + 20},5;{row % 80},5" for row in range(12_000)]
    german[11_000] = "5;x" + ";" * 250
    text = HEADER.replace(",", ";") + "\n".join(german)
    assert assert_same(kernel, text.encode(), folder, model) == outcome


def test_a_file_whose_quotes_go_astray_is_read_on_with_the_kernel(kernel: Kernel, folder: Path) -> None:
    rows = [f'"n{row}",{line}' for row, line in enumerate(rows_of(12_000))]
    rows[3_000] = '"n"x,3000,30,60,50'
    data = ("name," + HEADER + "\n".join(rows)).encode()
    plain, odd = kept_rows(kernel, data, folder, sample_trained().model)
    assert plain + odd == 12_000
    assert odd < (64 << 10) / 20
    assert_same(kernel, data, folder, sample_trained().model)


def test_what_the_kernel_does_not_suit_is_scored_without_it(kernel: Kernel, folder: Path) -> None:
    model = MODELS[0]
    for text in (
        "income;score;age\n$60;50;30\n$61;50;30\n",  # amounts in a currency
        'id,income,score,age\n1,"60,5","50,5",30\n2,"61,5","50,5",30\n',  # the decimal mark is the delimiter
    ):
        source = folder / "unsuited.csv"
        source.write_text(text, encoding="utf-8")
        assert not suits(RowScorer(open_table(source, model.schema), model))
        assert_same(kernel, text.encode(), folder)


def test_one_segment_alone_is_scored_without_it(kernel: Kernel, folder: Path) -> None:
    model = replace(MODELS[0], segments=MODELS[0].segments[:1], centroids=MODELS[0].centroids[:1])
    source = folder / "one.csv"
    source.write_text(HEADER + "1,30,60,50\n", encoding="utf-8")
    assert not suits(RowScorer(open_table(source, model.schema), model))


def german_rows(count: int) -> list[str]:
    return [f"{row};30;{row % 90 + 20},5;{row % 80},5" for row in range(count)]


@pytest.mark.parametrize(
    "cell", ["1,234", "1.234", "35.5", "1.234,5", "60 €", "x", "", "60,-", "1,234.-", "+1,234", "1,5e1", "6,1234", ",5"]
)
def test_decimal_commas_far_from_the_beginning_come_out_as_if_all_were_looked_at(
    kernel: Kernel, folder: Path, cell: str
) -> None:
    rows, model = german_rows(500), sample_trained().model
    rows[400] = f"400;30;{cell};50,5"
    source = folder / "commas.csv"
    source.write_text(HEADER.replace(",", ";") + "\n".join(rows), encoding="utf-8")
    outcomes = []
    for used, looks in ((None, (True,)), (None, (False, True)), (kernel, (False, True))):
        outcomes.append(scored(source, folder / "out.csv", model, used, Limits(block_bytes=2000), looks=looks))
    assert outcomes[0] == outcomes[1] == outcomes[2]


def test_a_file_of_decimal_commas_is_read_once(kernel: Kernel, folder: Path) -> None:
    data = (HEADER.replace(",", ";") + "\n".join(german_rows(9_000))).encode()
    # A look at all cells has not taken place: the styles are assumed, and nothing contradicts them.
    assert kept_rows(kernel, data, folder, sample_trained().model) == (9_000, 0)
    source = folder / "assumed.csv"
    source.write_bytes(data)
    styles = open_table(source, MODELS[0].schema, all_cells=False).rows.column_styles
    assert [(style.decimal, style.assumed) for style in styles] == [(".", True), (",", True), (",", True)]
