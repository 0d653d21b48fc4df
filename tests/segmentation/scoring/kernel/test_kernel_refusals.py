"""Rows that the kernel refuses by itself: for a deciding value that they lack, or for their width."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from campaigns import campaign
from kernel_cases import HEADER, MODELS, assert_same, kept_rows, rows_of

from segmentation.model import SegmentModel
from segmentation.reading.encoding import Limits
from segmentation.scoring.kernel.library import Kernel

CELLS = [
    "30", "45.5", "60", "12.25", "-5", "900", "1.234", "1,5", "5.", "", "", "", " ", " Chen", "Ann Lee", "Zoë", " =1",
    "-x", "Total", " Total", "Summe", "合計", "age", "income", "score", "k", "EUR", "６", "\ufeff",
    "€uro", "C7", "60 000",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("refused")


def with_rows(rows: list[str], delimiter: str = ",", header: str = "id,name,age,income,score\n") -> bytes:
    """Return a file in which some rows stand among plain ones."""
    usual = [row.replace(",", ",Ann,", 1) for row in rows_of(200)]
    usual[20 : 20 + 5 * len(rows) : 5] = rows
    return (header + "\n".join(usual)).replace(",", delimiter).encode()


@pytest.mark.parametrize("delimiter", ",;\t")
@pytest.mark.parametrize("model", MODELS, ids=["asked by the tree", "descriptive only"])
def test_rows_that_lack_deciding_values_are_refused(
    kernel: Kernel, folder: Path, model: SegmentModel, delimiter: str
) -> None:
    rows = [f"{number},{name},{age},{income},{score}" for number, name in enumerate(["Ann", '"Lee"'])
            for age in ("30", "", '""') for income, score in (("", "50"), ("40", ""), ("", ""))]  # fmt: skip
    data = with_rows(rows, delimiter)
    # The exact path reads none of them.
    assert kept_rows(kernel, data, folder, model) == (200, 0)
    outcome = assert_same(kernel, data, folder, model)
    assert not isinstance(outcome, str)
    assert [(problem.column, problem.rows) for problem in outcome[1].problems] == [("income", 12), ("score", 12)]


def test_names_of_columns_are_quoted_in_the_notes(kernel: Kernel, folder: Path) -> None:
    model, name = MODELS[0], 'what "they" earn, net'
    age, income, score = model.schema.features
    model = replace(model, schema=replace(model.schema, features=(age, replace(income, aliases=(name,)), score)))
    header = 'id,name,age,"what ""they"" earn, net",score\n'
    data = with_rows(["a,Ann,30,,50", "b,Ann,,,"], header=header)
    assert kept_rows(kernel, data, folder, model) == (200, 0)
    outcome = assert_same(kernel, data, folder, model)
    assert not isinstance(outcome, str)
    assert 'column “what ""they"" earn, net”'.encode() in outcome[0]


PLAIN_OF_ANOTHER_WIDTH = [
    "3,Bo, Chen,43,33.81,5.9", "4,Bo,30,40", "5", "6,Ann", "7,Ann,30", "8,Ann,,40", "9,Ann,30,40,x,y",
    "10,Ann,30,40,60.5,5.25", "11,Ann,30,40,,", "Ann Lee,x", "12,Ann,30,x", "13,Ann,x",
]  # fmt: skip
ODD_OF_ANOTHER_WIDTH = [
    "3,Bo,43,33,5,9", "4,Bo,43,33.5,1,234", "id,name,age,income,score,more", "Total,1", "5,Total,30,40,50,60",
    "6,=x,30",
    '7,"Ann",30', "8,Ann,30,40,Total,", "9,Ann,30,900,50,6", "10,Ann,30,40, ,", "12,Ann,30,40,-x,y",
    ",Ann,30", " ",
    "13,Ann,30,Total,x,y", "14,Ann,30,1e1,x,y", "15,Ann,30,60 000", "16,Ann,30,40,1.5,2,3", "17,Ann,30,40,６,x",
]  # fmt: skip


def test_rows_of_another_width_are_refused(kernel: Kernel, folder: Path) -> None:
    data = with_rows(PLAIN_OF_ANOTHER_WIDTH)
    assert kept_rows(kernel, data, folder, MODELS[0]) == (200, 0)
    outcome = assert_same(kernel, data, folder)
    assert not isinstance(outcome, str)
    assert [(problem.reason, problem.rows, problem.lines) for problem in outcome[1].problems] == [
        ("ragged", 12, (22, 27, 32, 37, 42))
    ]
    assert b'3,Bo, Chen,43,"33.81,5.9",,,"line 22, the row has 6 fields, the header 5"' in outcome[0]


@pytest.mark.parametrize("row", [*PLAIN_OF_ANOTHER_WIDTH, *ODD_OF_ANOTHER_WIDTH])
@pytest.mark.parametrize("delimiter", ",;\t|")
def test_any_row_of_another_width_comes_out_the_same(kernel: Kernel, folder: Path, row: str, delimiter: str) -> None:
    assert_same(kernel, with_rows([row], delimiter), folder)
    assert_same(kernel, with_rows([row], delimiter, "name,id,score,income,age\n"), folder, MODELS[1])
    assert_same(kernel, with_rows([row], delimiter, "score,income,age,name,id\n"), folder)


def test_what_may_be_more_than_its_width_is_left_to_the_exact_path(kernel: Kernel, folder: Path) -> None:
    for row in ODD_OF_ANOTHER_WIDTH:
        assert kept_rows(kernel, with_rows([row]), folder, MODELS[0], all_cells=True)[0] == 199, row


def test_a_file_of_another_width_throughout_is_refused(kernel: Kernel, folder: Path) -> None:
    data = (HEADER + "\n".join(f"{row},more" for row in rows_of(3000))).encode()
    refused = assert_same(kernel, data, folder)
    assert isinstance(refused, str)
    assert refused.startswith("Every row has 5 fields but the header has 4")


@pytest.mark.parametrize("seed", range(campaign(4, 25)))
def test_rows_of_any_width_and_lack_come_out_the_same(kernel: Kernel, folder: Path, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - the same file every time
    for number in range(10):
        columns = ["id", "age", "income", "score", *random.sample(["name", "city"], random.randint(0, 2))]
        random.shuffle(columns)
        delimiter = random.choice(",;\t|")
        some = random.sample(CELLS, random.choice([4, 12, len(CELLS)]))
        rows = []
        for row in range(120):
            cells = [str(row) if column == "id" else f"{20 + row % 50}.{row % 10}" for column in columns]
            for _ in range(random.choice([0, 0, 1, 1, 3])):
                cells[random.randrange(len(cells))] = random.choice(some)
            if random.random() < 0.2:
                at = random.randrange(len(cells))
                cells[at : at + random.choice([0, 0, 1, 2])] = random.sample(some, random.choice([0, 1, 2]))
            rows.append(delimiter.join(cells))
        data = "\n".join([delimiter.join(columns), *rows]).encode()
        limits = Limits(block_bytes=(500, 4 << 20, 2000)[number % 3])
        assert_same(kernel, data, folder, MODELS[number % 2], limits)
