"""How a file job ended → the message that says so."""

from __future__ import annotations

import json
from typing import Any

from bot.blocks.files.orders_offer import orders_elsewhere_reply, orders_reply
from bot.blocks.files.setup_offer import offer_reply
from bot.blocks.files.summary import Further, doubtful_reply, failure_reply, summary_reply
from bot.blocks.reply import Reply
from bot.records.file_job import FileJob, ScoringOutcome, Upload, scoring_of
from bot.records.orders import OfferedOrders
from bot.records.stored import decode, encode
from segmentation.movement.movement import Movement
from segmentation.scoring.report import ScoreReport


def failed_reply(job: FileJob, upload: Upload, outcome: ScoringOutcome) -> Reply:
    """Say why a file was not scored, and what can be done."""
    if outcome.setup:
        return offer_reply(upload.name, outcome.failure, scoring_of(job))
    if outcome.orders:
        if upload.private and upload.outsiders:
            return orders_elsewhere_reply(upload.name)
        asked: dict[str, Any] = {"job": job.id, "file": job.file, "answers": list(job.answers)}
        return orders_reply(upload.name, decode(OfferedOrders, outcome.orders), asked)
    if outcome.choices:
        return doubtful_reply(upload.name, outcome.failure, outcome.choices, encode(job.again()), outcome.parts)
    retry = json.dumps(encode(job.again())) if outcome.retry else None
    return failure_reply(upload.name, outcome.failure, retry)


def scored_reply(upload: Upload, outcome: ScoringOutcome) -> Reply:
    """Say how a file was scored."""
    report = ScoreReport.from_data(outcome.report)
    movement = Movement.from_data(outcome.movement) if outcome.movement else None
    return summary_reply(
        upload.name,
        report,
        outcome.labels,
        synthetic=outcome.synthetic,
        further=Further(outcome.actions, outcome.result, movement, outcome.picture, outcome.picture_text),
    )
