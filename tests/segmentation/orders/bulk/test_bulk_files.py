"""Orders read with the compiled kernel and without it: the same customers, notes, questions and refusals."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from campaigns import campaign
from dirty_orders import DirtyOrders

from segmentation.errors import BadInput
from segmentation.orders.answers import OrderAnswers
from segmentation.orders.rfm import derive_customers
from segmentation.reading.encoding import Limits
from segmentation.reading.questions import Question

_DECIDED = ("amounts-per=line", "repeats=keep", "currency=EUR", "orders-per=line", "dates=day-first")


def outcome(source: Path, answers: OrderAnswers, limits: Limits, part_lines: int) -> tuple[object, ...]:
    """What comes of a file: the customers and the report, or what is asked, or why it is refused."""
    target = source.with_name("customers.csv")
    try:
        report = derive_customers(source, target, answers=answers, limits=limits, part_lines=part_lines)
    except Question as question:
        return ("asked", question.sentence, question.choices)
    except BadInput as refusal:
        return ("refused", refusal.sentence)
    return target.read_bytes(), report.to_data()


@pytest.mark.parametrize("seed", range(campaign(25, 300)))
def test_the_kernel_makes_no_difference(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = DirtyOrders(seed).write(tmp_path / "orders.csv")
    rng = random.Random(seed)  # noqa: S311 - the same in every run
    answers = OrderAnswers.parse(key for key in _DECIDED if rng.random() < 0.8)
    limits = Limits(block_bytes=rng.choice((700, 5000, 1 << 20)))
    found = []
    for kernel, lines in (("off", 1_000_000), ("", rng.choice((40, 1_000_000)))):
        monkeypatch.setenv("SEGBOT_KERNEL", kernel)
        found.append(outcome(source, answers, limits, lines))
    assert found[0] == found[1]
