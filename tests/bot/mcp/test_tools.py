"""What assistants are told: the same as scripts and people are, whatever they ask."""

from __future__ import annotations

import logging
import random
from dataclasses import replace
from typing import Any

import pytest
from mcp import Client

from bot.answers.narrowed_data import narrowed_data
from bot.mcp.tools import tool_server
from segmentation.errors import NoModel
from segmentation.model import SegmentModel
from segmentation.narrowing import narrow


async def told(model: SegmentModel, tool: str, **arguments: str) -> tuple[bool, Any]:
    """Ask over a connection in memory; return whether it was refused, and the data or the sentence."""
    async with Client(tool_server(lambda: model, "1")) as client:
        result = await client.call_tool(tool, arguments)
    if result.is_error:
        return True, result.content[0].text  # type: ignore[union-attr]  # refusals are texts
    return False, result.structured_content


async def test_there_are_four_tools_and_none_changes_anything(model: SegmentModel) -> None:
    async with Client(tool_server(lambda: model, "1.2.3")) as client:
        tools = (await client.list_tools()).tools
        assert client.server_info is not None
        assert (client.server_info.name, client.server_info.version) == ("segbot", "1.2.3")
    assert [tool.name for tool in tools] == ["segment_customer", "explain", "list_segments", "segment_sizes"]
    for tool in tools:
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint is True
        assert tool.description


async def test_explains_as_the_command_line_does(model: SegmentModel) -> None:
    drawn = random.Random(5)  # noqa: S311 - values, not secrets
    async with Client(tool_server(lambda: model, "1")) as client:
        for _ in range(20):
            values = {"age": drawn.randint(18, 80), "income": drawn.randint(0, 900), "score": drawn.randint(0, 100)}
            text = " ".join(f"{key}={value}" for key, value in values.items())
            whole = model.explain({key: float(value) for key, value in values.items()}).to_json()
            explained = (await client.call_tool("explain", {"customer": text})).structured_content
            short = (await client.call_tool("segment_customer", {"customer": text})).structured_content
            assert explained == {**_as_json(whole), "synthetic": True}
            assert short is not None
            assert {key: explained[key] for key in short} == short
            assert {"segment", "confidence", "meaning", "action", "far_outside"} <= set(short)
            assert "profile" not in short


async def test_reads_a_customer_in_words(model: SegmentModel) -> None:
    in_words = await told(model, "segment_customer", customer="who is 35 years, 60k, score 70?")
    assert in_words == await told(model, "segment_customer", customer="age=35 income=60 score=70")
    assert in_words[1]["segment"] == "Standard"


async def test_says_which_segments_a_missing_value_leaves_open(model: SegmentModel) -> None:
    refused, data = await told(model, "explain", customer="income=60")
    assert not refused
    assert data == {**_as_json(narrowed_data(narrow(model, {"income": 60.0}), model)), "synthetic": True}
    assert (data["segment"], data["missing"]) == (None, ["score"])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("banana", "This is not one customer's values. Write it like “age=35 income=60 score=70”."),
        ("", "This is not one customer's values. Write it like “age=35 income=60 score=70”."),
        ("age=35 income=60 score=300", "0 to 100"),
        ("age=35 incme=60 score=70", "Did you mean “age=35 income=60 score=70”?"),
    ],
)
async def test_refuses_with_the_sentence_that_helps(model: SegmentModel, text: str, sentence: str) -> None:
    refused, said = await told(model, "segment_customer", customer=text)
    assert refused
    assert sentence in said


async def test_lists_segments_with_the_values_that_are_needed(model: SegmentModel) -> None:
    _, data = await told(model, "list_segments")
    assert data["example"] == model.schema.example
    assert [(one["key"], one["decides"]) for one in data["features"]] == [
        ("age", False),
        ("income", True),
        ("score", True),
    ]
    assert [one["name"] for one in data["segments"]] == list(model.names)
    target = next(one for one in data["segments"] if one["name"] == "Target")
    assert target["meaning"] == model.segment("Target").meaning
    assert target["typical"]["income"] == "85.7"


async def test_states_the_sizes_of_the_training(model: SegmentModel) -> None:
    _, data = await told(model, "segment_sizes")
    assert data["customers"] == sum(one["customers"] for one in data["segments"]) == 200
    assert {one["name"]: one["customers"] for one in data["segments"]} == {
        segment.name: segment.customers for segment in model.segments
    }


async def test_a_promotion_shows_in_the_next_answer(model: SegmentModel) -> None:
    in_service = [model]
    async with Client(tool_server(lambda: in_service[-1], "1")) as client:
        before = (await client.call_tool("segment_sizes", {})).structured_content or {}
        in_service.append(replace(model, version="20300101-000000-00000000"))
        after = (await client.call_tool("segment_sizes", {})).structured_content or {}
    assert [before["model_version"], after["model_version"]] == [one.version for one in in_service]


async def test_without_a_model_it_says_what_to_do() -> None:
    def none() -> SegmentModel:
        raise NoModel("There is no model yet. Train one.")

    async with Client(tool_server(none, "1")) as client:
        result = await client.call_tool("list_segments", {})
    assert result.is_error
    assert "There is no model yet. Train one." in str(result.content)


async def test_an_unexpected_error_is_logged_under_the_reference_that_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken() -> SegmentModel:
        raise RuntimeError("income=60 of somebody")

    async with Client(tool_server(broken, "1")) as client:
        result = await client.call_tool("explain", {"customer": "income=60"})
    assert result.is_error
    (record,) = [one for one in caplog.records if one.name == "bot.mcp.tools" and one.levelno == logging.ERROR]
    assert record.reference in str(result.content)  # type: ignore[attr-defined]  # an extra field
    assert "somebody" not in str(result.content)


def _as_json(data: Any) -> Any:
    """What data is after its way through JSON: tuples are lists."""
    if isinstance(data, dict):
        return {key: _as_json(value) for key, value in data.items()}
    return [_as_json(one) for one in data] if isinstance(data, list | tuple) else data
