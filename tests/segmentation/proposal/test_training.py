"""Files of six trades end at a model of sensible segments, by their own proposals alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from campaigns import campaign
from customer_files import TRADES, trade_file

from segmentation.proposal.look import look_at
from segmentation.proposal.propose import propose
from segmentation.training.points.dataset import gather_file
from segmentation.training.train import train_clean

# What the generator made of each trade's customers: how many groups, and how many of 240 rows can be used at least.
GROUPS = {"telecom": 3, "subscription": 3, "wholesale": 2, "shop": 3, "bank": 3, "cards": 3}


@pytest.mark.parametrize("trade", list(GROUPS)[: campaign(1, len(GROUPS))])
def test_a_trades_file_becomes_a_model(trade: str, tmp_path: Path) -> None:
    assert GROUPS.keys() == TRADES.keys()
    file = trade_file(trade, tmp_path, rows=240)
    schema = propose(look_at(file), trade).schema
    trained = train_clean(gather_file(file, schema).data, schema, k=GROUPS[trade])
    cleaning = trained.report.cleaning
    assert cleaning.used >= 0.9 * 240
    assert len(set(trained.model.names)) == GROUPS[trade]
    assert min(segment.share for segment in trained.model.segments) > 0.05
    assert trained.report.fidelity > 0.9
