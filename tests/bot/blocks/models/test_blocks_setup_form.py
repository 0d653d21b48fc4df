"""The form that sets up segments: what it carries from page to page, within Slack's limits whatever is entered."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from campaigns import campaign
from customer_files import as_csv

from bot.blocks.limits import METADATA
from bot.blocks.models.setup_form import (
    COLUMNS_ON_A_PAGE,
    LONGEST_NAME,
    Progress,
    changes_of,
    columns_form,
    details_form,
    with_changes,
)
from bot.playground.block_kit.rules import check_blocks
from segmentation.errors import BadInput
from segmentation.proposal.confirmed import LONGEST_UNIT, Field, confirmed_schema, faults_of, wanted_as_proposed
from segmentation.proposal.look import look_at
from segmentation.proposal.propose import Use, propose
from segmentation.proposal.setup import Setup, setup_of
from segmentation.reading.questions import Answers
from segmentation.reading.table import holds_table
from segmentation.schema import Role, Scale

JOB = "retrain:T0123456789:setup-0123456789abcdef:19"


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    """Two hundred columns whose names are as long as can be, half of them texts."""
    rng = np.random.default_rng(2)
    path = tmp_path_factory.mktemp("form") / "wide.csv"
    numbers = {f"{'n' * 200} & <!channel> {i}": rng.normal(50, 9, 40).round(1) for i in range(100)}
    texts = {f"{'t' * 200} *{i}*": [f"text number {j} of {i}, which is long" for j in range(40)] for i in range(100)}
    path.write_text(as_csv({**numbers, **texts}), encoding="utf-8")
    return setup_of(propose(look_at(path), "wide"), Answers())


def test_every_page_is_within_slacks_limits(wide: Setup) -> None:
    progress = Progress(JOB, 0, "C0123456789")
    assert check_blocks(columns_form("x" * 300 + ".csv", wide, progress)["blocks"], "modal") == []
    chosen = replace(progress, clustering=wide.usable[:12], describing=wide.usable[12:20], k=15)
    for page in range(chosen.pages):
        form = details_form(wide, replace(chosen, page=page))
        assert check_blocks(form["blocks"], "modal") == []


def test_all_that_can_be_changed_of_a_page_fits_into_what_slack_keeps(wide: Setup) -> None:
    progress = Progress(JOB, 19, "C0123456789", wide.usable[:12], wide.usable[12:20], 15, page=1)
    changed = {
        str(position): {
            Field.NAME.value: '"' * LONGEST_NAME,
            Field.UNIT.value: "\\" * LONGEST_UNIT,
            Field.MINIMUM.value: -1.2345678901234567e-100,
            Field.MAXIMUM.value: 999999999999999.9,
            Field.SCALE.value: "plain",
        }
        for position in wide.usable[:COLUMNS_ON_A_PAGE]
    }
    full = replace(progress, changed=changed)
    assert len(full.to_metadata()) <= METADATA
    assert Progress.from_metadata(full.to_metadata()) == full


def test_what_was_changed_is_carried_and_nothing_else(wide: Setup) -> None:
    proposed = wanted_as_proposed(wide, wide.usable[0], Role.CLUSTER)
    assert changes_of(wide, proposed) == {}
    changed = replace(proposed, name="mine", maximum=7.5, scale=Scale.LOG)
    found = changes_of(wide, changed)
    assert found == {"name": "mine", "maximum": 7.5, "scale": "log"}
    assert with_changes(proposed, found) == changed


def test_headings_are_inert(wide: Setup) -> None:
    form = details_form(wide, Progress(JOB, 0, "C1", clustering=wide.proposed(Use.CLUSTER)))
    assert "<!channel>" not in str([block for block in form["blocks"] if block["type"] == "section"])


def test_why_a_use_or_a_logarithm_is_proposed_is_said(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    path = tmp_path / "shop.csv"
    columns = {"spend": rng.lognormal(4, 1.4, 300).round(2), "age": rng.integers(18, 80, 300)}
    path.write_text(as_csv(columns), encoding="utf-8")
    setup = setup_of(propose(look_at(path), "shop"), Answers())
    form = str(details_form(setup, Progress(JOB, 0, "C1", clustering=(0, 1)))["blocks"])
    assert "Most values are small and a few very large, so I propose a logarithm." in form
    assert "I proposed another use: it describes who customers are rather than what they do" in form


HEADINGS = (
    *("id", "Age", "Income (k$)", "amount €", "", "%", "spend", "a b", "a_b", "a,b", "Name", "E-Mail", "date", "rate"),
    *("Score (1-10)", "収入", "segment", 'q"q', "Total", "l\nb", "<!here>", "`c`", "x" * 300, "confidence", "0", "_"),
)
CELLS: tuple[Callable[[Random], object], ...] = (
    lambda r: r.randint(-50, 900),
    lambda r: f"{r.random() * 100:.2f}",
    lambda r: f"${r.random() * 1e4:,.2f}",
    lambda r: f"{r.randint(1, 99)}%",
    lambda r: r.randint(10**14, 10**18),
    lambda r: f"{r.random():.1e}",
    lambda r: r.choice(["n/a", "-", "1", "2"]),
    lambda r: r.choice(["yes", "no"]),
    lambda r: r.choice(["Basic", "Pro <b>", "`Gold`", "日本"]),
    lambda r: f"x{r.randint(0, 10**6)}@example.org",
    lambda r: round(r.lognormvariate(4, 1.5), 2),
    lambda _: "",
)


@pytest.mark.parametrize("seed", range(campaign(6, 300)))
def test_whatever_a_file_holds_its_form_is_one_that_slack_takes_and_its_schema_reads_it(
    seed: int, tmp_path: Path
) -> None:
    rng = Random(seed)  # noqa: S311 - spreads the cases, no secret
    names = rng.sample(HEADINGS, rng.randint(1, 14))
    columns = {name: [cell(rng) for _ in range(40)] for name in names for cell in [rng.choice(CELLS)]}
    path = tmp_path / "file.csv"
    path.write_text(as_csv(columns), encoding="utf-8")
    try:
        setup = setup_of(propose(look_at(path), "file"), Answers())
    except BadInput:  # it holds nothing to make segments of, or must be asked about
        return
    assert Setup.from_data(json.loads(json.dumps(setup.to_data()))) == setup
    assert "@example.org" not in json.dumps(setup.to_data())
    progress = Progress(JOB, 0, "C1", setup.proposed(Use.CLUSTER), setup.proposed(Use.PROFILE))
    assert check_blocks(columns_form("a.csv", setup, progress)["blocks"], "modal") == []
    assert check_blocks(details_form(setup, progress)["blocks"], "modal") == []
    wanted = progress.wanted(setup, progress.pages)
    assert faults_of(setup, wanted) == []
    assert holds_table(path, confirmed_schema(setup, wanted))
