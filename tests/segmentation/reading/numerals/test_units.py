"""A file in another unit than the model's is asked about; a file that plausibly is what it is never is."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from reference import MALL_CUSTOMERS
from scoring_cases import hand_made_model

from segmentation.reading.questions import Answers, Question
from segmentation.scoring.report import ScoreReport
from segmentation.scoring.score import score_file
from segmentation.training.points.dataset import gather_file

MODEL = replace(hand_made_model(), seen=((15.0, 137.0), (1.0, 99.0)))
CUSTOMERS = [
    (float(cells[3]), float(cells[4]))
    for cells in (line.split(",") for line in MALL_CUSTOMERS.read_text().splitlines()[1:])
]


def source(customers: list[tuple[float, float]], folder: Path) -> Path:
    path = folder / "customers.csv"
    path.write_text("income,score\n" + "".join(f"{income!r},{score!r}\n" for income, score in customers))
    return path


def score(customers: list[tuple[float, float]], folder: Path, *answers: str) -> ScoreReport:
    return score_file(source(customers, folder), folder / "out.csv", MODEL, answers=Answers.parse(answers))


def question(customers: list[tuple[float, float]], folder: Path, *answers: str) -> Question:
    with pytest.raises(Question) as asked:
        score(customers, folder, *answers)
    assert not (folder / "out.csv").exists()
    return asked.value


def test_scores_from_0_to_1_are_asked_about_and_read_as_points(tmp_path: Path) -> None:
    plain = score(CUSTOMERS, tmp_path).segments
    (tmp_path / "out.csv").unlink()
    fractions = [(income, points / 100) for income, points in CUSTOMERS]
    asked = question(fractions, tmp_path)
    assert [choice.key for choice in asked.choices] == ["factor.score=100", "factor.score=1"]
    assert asked.choices[0].label == "0.39 means 39 points"
    assert "expected from 1 to 99 points" in asked.asked
    assert "--factor score=100" in asked.sentence
    assert "--" not in asked.asked
    report = score(fractions, tmp_path, "factor.score=100")
    assert report.segments == plain
    assert any("every number was multiplied by 100" in note for note in report.notes)
    assert score(fractions, tmp_path, "factor.score=1").scored == len(CUSTOMERS)


def test_the_example_in_the_question_is_of_several_points(tmp_path: Path) -> None:
    asked = question([(60, 0.01), *((income, points / 100) for income, points in CUSTOMERS)], tmp_path)
    assert asked.asked.endswith("Does 0.39 mean 39 points?")
    assert asked.choices[1].label == "Take the numbers as they are: 0.39 points"


def test_dollars_are_asked_about_and_read_as_thousands(tmp_path: Path) -> None:
    plain = score(CUSTOMERS, tmp_path).segments
    (tmp_path / "out.csv").unlink()
    dollars = [(income * 1000, points) for income, points in CUSTOMERS]
    asked = question(dollars, tmp_path)
    assert [choice.key for choice in asked.choices] == ["factor.income=0.001", "factor.income=1"]
    assert score(dollars, tmp_path, "factor.income=0.001").segments == plain
    assert score(dollars, tmp_path, "factor.income=1").scored == 0


def test_two_columns_in_other_units_are_asked_about_one_after_the_other(tmp_path: Path) -> None:
    both = [(income * 1000, points / 100) for income, points in CUSTOMERS]
    first = question(both, tmp_path).choices[0].key
    second = question(both, tmp_path, first).choices[0].key
    assert (first, second) == ("factor.income=0.001", "factor.score=100")
    assert score(both, tmp_path, first, second).scored == len(CUSTOMERS)


def test_points_out_of_bounds_may_be_tenths(tmp_path: Path) -> None:
    asked = question([(income, points * 10 + 101) for income, points in CUSTOMERS if points < 90], tmp_path)
    assert [choice.key for choice in asked.choices] == ["factor.score=0.1", "factor.score=1"]


@pytest.mark.parametrize("seed", range(20))
def test_a_part_of_the_customers_is_not_asked_about(seed: int, tmp_path: Path) -> None:
    part = random.Random(seed).sample(CUSTOMERS, 1 + seed % 7)  # noqa: S311 - nothing secret
    assert score(part, tmp_path).scored == len(part)


@pytest.mark.parametrize(
    "customers",
    [
        [(5.0 + i % 10, 50.0) for i in range(100)],
        [(200.0 + 7 * i, 50.0) for i in range(100)],
        [(15.0, float(i % 100)) for i in range(100)],
        [(60.0, 0.0)] * 50,
        [(60.0, 1.0), (61.0, 2.0)],
        [(60.0, 0.5)],
        [(60.0, 0.5)] * 30,
        [(15.0, 1.0)],
        [(999.0, 100.0)],
        [(0.0, 0.0)],
    ],
    ids=["poor", "rich", "one income", "no points", "few points", "one", "alike", "least", "most", "nothing"],
)
def test_what_customers_plausibly_are_is_not_asked_about(customers: list[tuple[float, float]], tmp_path: Path) -> None:
    assert score(customers, tmp_path).scored == len(customers)


def test_training_asks_as_far_as_the_bounds_tell(tmp_path: Path) -> None:
    path = source([(income * 1000, points) for income, points in CUSTOMERS], tmp_path)
    with pytest.raises(Question) as asked:
        gather_file(path, MODEL.schema)
    assert asked.value.choices[0].key == "factor.income=0.001"
    data = gather_file(path, MODEL.schema, answers=Answers.parse([asked.value.choices[0].key])).data
    assert data.points[:, 1].max() <= 137
