"""What the playground offers a newcomer."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from reference import rfm_trained

from bot.cli.service.newcomer import Offers, close_call, first_minute_of, shop_file
from bot.parsing.segment_text import read_command
from segmentation.model import SegmentModel
from segmentation.proposal.look import look_at
from segmentation.proposal.propose import propose
from segmentation.schema import Schema


def test_offers_a_customer_the_sample_and_a_retrain(schema: Schema) -> None:
    offers = first_minute_of(schema)
    assert [(one.command, one.role) for one in offers.suggestions] == [
        ("/segment age=35 income=60 score=70", "analyst"),
        ("", "analyst"),
        ("/retrain latest", "admin"),
        ("", "analyst"),
    ]
    assert [one.needs_file for one in offers.suggestions] == [False, False, True, False]
    assert [one.file.name for one in offers.suggestions if one.file] == ["synthetic-shop.csv"]
    assert offers.sample is not None
    assert offers.sample.name == "synthetic-customers.csv"
    head, *rows = offers.sample.data.decode().splitlines()
    assert head == "customer,age,income,score"
    assert len(rows) == 200
    assert all(row.startswith("synthetic-") for row in rows)


def test_the_shops_file_is_the_sample_once_its_columns_are_in_service(tmp_path: Path) -> None:
    source = tmp_path / "shop.csv"
    source.write_bytes(shop_file().data)
    look = look_at(source)
    offers = first_minute_of(propose(look, "shop").schema)
    assert offers.sample == shop_file()
    assert [one.command for one in offers.suggestions][1:] == ["", "/retrain latest"]


def test_has_no_sample_file_for_another_schema(schema: Schema) -> None:
    assert first_minute_of(replace(schema, features=schema.features[1:])).sample is None


def test_offers_a_close_call_beside_the_clear_customer(schema: Schema, model: SegmentModel) -> None:
    clear, close, *_ = first_minute_of(schema, model).suggestions
    values = [read_command(one.command.removeprefix("/segment "), schema) for one in (clear, close)]
    assert all(isinstance(one, dict) for one in values)
    assert [model.predict(dict(one)).borderline for one in values if isinstance(one, dict)] == [False, True]
    assert close.title == "A close call"


def test_a_close_call_is_written_as_people_type_it(model: SegmentModel) -> None:
    # Whole numbers, as the schema states them; the age, which decides nothing, as in the example.
    assert re.fullmatch(r"/segment age=35 income=\d+ score=\d+", close_call(model))


def test_without_a_close_call_none_is_offered(schema: Schema, model: SegmentModel) -> None:
    home = model.segment(model.predict({"age": 35, "income": 60, "score": 70}).segment)
    # All in one place: there is nobody between two segments.
    heaped = replace(model, segments=tuple(replace(one, mean=home.mean) for one in model.segments))
    assert close_call(heaped) == ""
    assert [one.title for one in first_minute_of(schema, heaped).suggestions][1] == "Score the sample file"


def test_offers_to_watch_a_table_of_the_schemas_columns(schema: Schema, model: SegmentModel) -> None:
    def watched(of: Schema, table: str) -> list[tuple[str, str]]:
        return [(one.command, one.role) for one in first_minute_of(of, None, table).suggestions if "Watch" in one.title]

    assert watched(schema, "shop") == [("/segments watch table=shop every monday 9:00", "admin")]
    assert watched(schema, "") == []
    assert watched(rfm_trained().model.schema, "shop") == []


def test_offers_are_worked_out_once_for_each_model(model: SegmentModel) -> None:
    live = [model]
    offers = Offers(lambda: live[0], table="")
    first = offers()
    assert offers() is first
    live[0] = replace(model, version="another")
    assert offers() is not first
    assert offers() == first
