"""Slash command, command line and model give one customer one answer."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from campaigns import campaign
from click.testing import CliRunner
from harness import Harness, ask, command_form, make_bot, signed
from reference import known
from stage import Staging

from bot.blocks.customers.segment import Shared
from bot.cli.main import main
from bot.cli.runtime import Runtime
from bot.server import create_asgi
from segmentation.answers.explanation import Prediction, share_text
from segmentation.model import SegmentModel
from segmentation.writing.plain import format_number

POINTS = campaign(300, 2000)
SEGBOT = [sys.executable, "-c", "from bot.cli import main; main()"]
Values = dict[str, float]


@pytest.fixture(scope="module")
def customers(model: SegmentModel) -> list[Values]:
    """Random customers, and those on a cut, a hair beside it, on a bound or on a centre."""
    draw = random.Random(7)  # noqa: S311 - not for secrets
    schema = model.schema
    edges: list[list[float]] = []
    for index, feature in enumerate(schema.features):
        cuts = [c + d for c in model.tree.cuts.get(index, ()) for d in (0.0, 1e-9, -1e-9, 1e-13)]
        means = [known(segment.mean)[index] for segment in model.segments]
        edges.append([feature.minimum, feature.maximum, *cuts, *means])
    corners = [dict(zip(schema.names, map(draw.choice, edges), strict=True)) for _ in range(POINTS // 2)]
    inside = [
        {f.name: draw.choice([draw.uniform(f.minimum, f.maximum), float(draw.randint(int(f.minimum), int(f.maximum)))])
         for f in schema.features}
        for _ in range(POINTS - len(corners))
    ]  # fmt: skip
    return corners + inside


def text_of(values: Values) -> str:
    return " ".join(f"{name}={format_number(value)}" for name, value in values.items())


def same(data: dict[str, object], prediction: Prediction) -> bool:
    return (data["segment"], data["confidence"], data["runner_up"], data["borderline"]) == (
        prediction.segment, prediction.confidence, prediction.runner_up, prediction.borderline
    )  # fmt: skip


async def test_the_slash_command_answers_as_the_model_does(
    harness: Harness, model: SegmentModel, customers: list[Values]
) -> None:
    app = create_asgi(make_bot(harness))
    for values in customers:
        body = command_form(text_of(values))
        answer = (await ask(app, body, signed(body))).json
        prediction = model.predict(values)
        assert answer["text"].startswith(f"{prediction.segment} (confidence "), values
        assert f", {share_text(prediction)}" in answer["text"]
        assert (f"borderline, next nearest {prediction.runner_up}" in answer["text"]) == prediction.borderline
        (buttons,) = [block for block in answer["blocks"] if block["type"] == "actions"]
        shared = Shared.from_value(buttons["elements"][0]["value"])
        assert shared == Shared(model.version, tuple(values.values()))  # read exactly, so predicted exactly


@dataclass(frozen=True)
class Loaded(Runtime):
    """A runtime that has its model: each run would read and verify the stored one again, and once is enough here."""

    model: SegmentModel = field(kw_only=True)

    def model_in_service(self) -> SegmentModel:
        return self.model


def test_the_command_line_answers_as_the_model_does(model: SegmentModel, customers: list[Values]) -> None:
    runtime = Loaded({}, model=model)
    for values in customers:
        result = CliRunner().invoke(main, ["predict", *text_of(values).split(), "--json"], obj=runtime)
        assert result.exit_code == 0, result.output
        assert same(json.loads(result.stdout), model.predict(values))


def test_a_process_answers_as_the_model_does(
    harness: Harness, model: SegmentModel, customers: list[Values], tmp_path: Path
) -> None:
    for values in itertools.islice(customers, 0, None, POINTS // 3):
        command = [*SEGBOT, "predict", *text_of(values).split(), "--json"]
        done = subprocess.run(command, cwd=tmp_path, env=harness.env, capture_output=True, check=True)
        assert same(json.loads(done.stdout), model.predict(values))


async def test_over_the_wire_it_is_the_same_answer(
    staging: Staging, harness: Harness, model: SegmentModel, customers: list[Values]
) -> None:
    async with staging(harness) as stage:
        for values in itertools.islice(customers, 0, None, 50):
            reply = await stage.pg.deliver.command("/segment", text_of(values))
            assert isinstance(reply.body, dict)
            assert reply.body["text"].startswith(f"{model.predict(values).segment} (confidence ")
