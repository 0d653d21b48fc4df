"""Somebody who reads only the first two lines of an answer knows the fact and what to do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from harness import mrkdwn_texts

from bot.blocks.customers.segment import segment_reply
from bot.blocks.files.file_comparison import comparison_reply
from bot.blocks.files.lists import list_ready_reply
from bot.blocks.files.summary import Further, summary_reply
from bot.blocks.models.retrain import misread_reply
from bot.blocks.models.retrain_report import Choice, report_reply
from bot.blocks.models.versions import rollback_question
from bot.blocks.refusal import refusal_reply
from bot.blocks.reply import Reply
from bot.parsing.retrain_text import Misread
from bot.parsing.segment_text import Refusal
from bot.records.list_job import ListJob, ListOutcome
from segmentation.evaluation.comparison import Comparison, Moves, Verdict
from segmentation.model import SegmentModel
from segmentation.movement.movement import Movement
from segmentation.movement.snapshot import About
from segmentation.registry.registry import Registry
from segmentation.scoring.report import ScoreReport
from segmentation.training.train import Trained

MOVES = Moves(("Target", "Miser"), ("Target", "Miser"), ((10, 2), (0, 188)), estimated=False)
COMPARED = Comparison("v1", Verdict.SIMILAR, (), (), MOVES)
SIZES = {"Target": 9, "Miser": 1}
FILES = [About(f"file:{i}", "T1", "p", float(i), "v1", tuple(SIZES), SIZES, "k", f"{i}", 10) for i in (1, 2)]
TOO_HIGH = Refusal(("score 700 is too high",), corrected="score=70")
REPORT = {
    "rows": 3, "scored": 3, "rejected": 0, "segments": {"Target": 1, "Miser": 2}, "profiles": {}, "problems": [],
    "notes": [], "imputed": 0, "not_given": {}, "duplicate_ids": None, "model_version": "v1", "seconds": 0.1,
}  # fmt: skip


def first_two(reply: Reply) -> str:
    """The first two lines that people see, however they wrap."""
    lines: list[str] = []
    for block in reply.blocks:
        texts = [block["text"]["text"]] if block["type"] == "header" else mrkdwn_texts(block)
        lines += [line for text in texts for line in text.split("\n") if line]
    return "\n".join(lines[:2])


def answer(model: SegmentModel) -> Reply:
    explanation = model.explain({"age": 35, "income": 60, "score": 70})
    return segment_reply(explanation, model.schema, model.names, synthetic=False)


ANSWERS: dict[str, tuple[Callable[[SegmentModel], Reply], tuple[str, ...]]] = {
    "segment": (answer, ("Standard: 99 of 100 retrained models agree", "Test offers here first")),
    "refusal": (
        lambda model: refusal_reply("/segment", TOO_HIGH, model.schema),
        ("score 700 is too high", "Did you mean this? `/segment score=70`"),
    ),
    "misread": (lambda _: misread_reply(Misread(("no k",), "k=5")), ("No k.", "Try this: `/retrain k=5`")),
    "summary": (
        lambda _: summary_reply(
            "x.csv", ScoreReport.from_data(REPORT), {}, synthetic=False, further=Further({"Miser": "Call them."})
        ),
        ("Two thirds of the customers in *x.csv* are *Miser*", "Call them."),
    ),
    "list": (
        lambda _: list_ready_reply(
            ListJob("T1", "U1", "V1", "F1", ("Target",), False, 0.8, False, (), ""),
            ListOutcome("May.csv", 9, 10, {"Target": 9}, 0, 0),
        ),
        ("9 of 10 rows of *May.csv*", "Download the file here"),
    ),
    "movement": (
        lambda _: comparison_reply(FILES, Movement(1.0, "v1", 0, 0, {"Target": {"Miser": 1}}, {}), *FILES),
        ("1 of 1 customer in both files moved", "*Get a list…*"),
    ),
    "rollback": (
        lambda _: rollback_question(Choice("v1", "v2"), COMPARED),
        ("Go back to the model v1?", "2 of 200 customers move"),
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_the_first_two_lines_carry_the_fact_and_what_to_do(name: str, model: SegmentModel) -> None:
    build, expected = ANSWERS[name]
    said = first_two(build(model))
    for words in expected:
        assert words in said


def test_so_does_a_report(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> None:
    registry = Registry(tmp_path_factory.mktemp("first"), b"k" * 32)
    manifest = registry.manifest(registry.save(trained, actor="slack:U1", source="customers.csv"))
    said = first_two(report_reply(manifest, COMPARED, Choice("v2", "v1"), promotable=True))
    assert said.startswith("🟢 Promote: 2 of 200 customers move, quality is fine")
