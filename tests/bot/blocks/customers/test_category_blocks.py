"""Categories in Slack: the commonest and its share in tables, all that most customers have beside an answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from category_cases import category_trained, subscribers_file
from harness import everything_said

from bot.blocks.customers.portrait import portrait_reply
from bot.blocks.customers.segment import segment_reply
from bot.blocks.customers.segments import segments_reply
from bot.blocks.files.summary import summary_labels, summary_reply
from bot.blocks.refusal import refusal_reply, usage_reply
from bot.blocks.reply import Reply
from bot.cli.text.explanation import explanation_text
from bot.cli.text.models import schema_lines
from bot.cli.text.training import segments_table
from bot.parsing.segment_text import Refusal, read_command
from bot.playground.block_kit.rules import check_blocks
from segmentation.schema import Feature, FeatureKind, Role
from segmentation.schema_checks import LONGEST_CATEGORY, MAX_CATEGORIES
from segmentation.schema_data import MAX_FEATURES
from segmentation.scoring.score import score_file


def cells(reply: Reply) -> list[list[str]]:
    (table,) = (block for block in reply.blocks if block["type"] == "table")
    return [[cell["text"] for cell in row] for row in table["rows"]]


def test_a_reply_shows_the_category_and_those_of_the_segment(tmp_path: Path) -> None:
    model = category_trained(tmp_path).model
    explanation = model.explain({"spend": 100, "visits": 20, "plan": "Pro Plus"})
    reply = segment_reply(explanation, model.schema, model.names, synthetic=False)
    assert check_blocks(reply.blocks) == []
    basic, pro, _plus = explanation.segment.shares[2]
    plan = next(row for row in cells(reply) if row[0] == "Plan")
    assert plan == ["Plan", "Pro Plus", f"Basic ({basic:.0%})", f"Basic {basic:.0%}, Pro {pro:.0%}"]
    assert "plan Pro Plus, country not given" in reply.text


def test_the_list_of_segments_shows_each_ones_commonest_category(tmp_path: Path) -> None:
    model = category_trained(tmp_path).model
    reply = segments_reply(model)
    assert check_blocks(reply.blocks) == []
    head, *rows = cells(reply)
    at = head.index("Plan")
    assert [row[at].partition(" (")[0] for row in rows] == [
        max(zip(s.shares[2], model.schema.features[2].codes, strict=True))[1] for s in model.segments
    ]
    assert "averages, and the commonest categories, per segment" in everything_said(reply)


def test_a_summary_shows_the_commonest_category_of_the_files_customers(tmp_path: Path) -> None:
    model = category_trained(tmp_path).model
    report = score_file(subscribers_file(tmp_path), tmp_path / "out.csv", model)
    reply = summary_reply("s.csv", report, summary_labels(model.schema), synthetic=False)
    assert check_blocks(reply.blocks) == []
    head, *rows = cells(reply)
    shown = {row[head.index("Plan")] for row in rows}
    commonest = [max(shares["plan"].items(), key=lambda item: item[1]) for shares in report.shares.values()]
    assert shown == {f"{plan} ({share:.0%})" for plan, share in commonest}
    empty = dict(report.shares) | {
        model.names[0]: {"plan": dict.fromkeys(("Basic", "Pro", "Pro Plus"), 0.0), "country": {}}
    }
    nobody = type(report).from_data(report.to_data() | {"shares": empty})
    reply = summary_reply("s.csv", nobody, summary_labels(model.schema), synthetic=False)
    assert any(row[head.index("Plan")] == "–" for row in cells(reply))


def test_the_command_line_shows_the_same(tmp_path: Path) -> None:
    model = category_trained(tmp_path).model
    text = explanation_text(model.explain({"spend": 100, "visits": 20, "plan": "Pro"}), model.schema, synthetic=False)
    basic = model.explain({"spend": 100, "visits": 20}).segment.shares[2][0]
    assert f"Basic ({basic:.0%})" in " ".join(text.split())
    assert f"Basic ({basic:.0%})" in segments_table(model)
    assert schema_lines(model.schema)[1] == (
        "Described by: plan (Basic, Pro or Pro Plus); country (DE, FR, Österreich or other)"
    )


def test_as_many_and_as_long_categories_as_a_schema_may_have_fit_into_slack(tmp_path: Path) -> None:
    trained = category_trained(tmp_path).model
    names = tuple(f"{i:02}" + "x" * (LONGEST_CATEGORY - 2) for i in range(MAX_CATEGORIES))
    longest = Feature(
        *("plan", "Plan", "", 0.0, MAX_CATEGORIES - 1, Role.PROFILE), kind=FeatureKind.CATEGORY, categories=names
    )
    plans = tuple(replace(longest, name=f"plan_{i}", label=f"Plan {i}") for i in range(MAX_FEATURES - 2))
    schema = replace(trained.schema, features=(*trained.schema.features[:2], *plans))
    shares = ((), (), *((1 / MAX_CATEGORIES,) * MAX_CATEGORIES for _ in plans))

    def padded(values: tuple[float | None, ...]) -> tuple[float | None, ...]:
        return (*values[:2], *(None for _ in plans))

    segments = tuple(
        replace(segment, mean=padded(segment.mean), low=padded(segment.low), high=padded(segment.high), shares=shares)
        for segment in trained.segments
    )
    model = replace(
        trained,
        schema=schema,
        segments=segments,
        fill=(*trained.fill[:2], *(0.0 for _ in plans)),
        mean=(*trained.mean[:2], *(0.0 for _ in plans)),
        factor=(*trained.factor[:2], *(1.0 for _ in plans)),
    )
    explanation = model.explain({"spend": 100, "visits": 20, **{plan.name: 49.0 for plan in plans}})
    unknown = read_command("spend=1 visits=1 " + " ".join(f"{plan.name}=01xxy" for plan in plans), schema)
    assert isinstance(unknown, Refusal)
    for reply in (
        segment_reply(explanation, schema, model.names, synthetic=False),
        segments_reply(model),
        portrait_reply(model, model.names[0]),
        usage_reply("/segment", schema),
        refusal_reply("/segment", unknown, schema),
    ):
        assert check_blocks(reply.blocks) == []


def test_a_segment_is_shown_with_a_chart_of_each_categorys_shares(tmp_path: Path) -> None:
    model = category_trained(tmp_path).model
    segment = model.segments[0]
    reply = portrait_reply(model, segment.name, charts=True)
    assert f"Typical {segment.name}" in str(reply.blocks), "the name it has in an answer"
    assert check_blocks(reply.blocks) == []
    charts = [block for block in reply.blocks if block["type"] == "data_visualization"]
    assert charts[0]["title"] == f"Plan, {segment.name}"
    (series,) = charts[0]["chart"]["series"]
    shares = dict(zip(model.schema.features[2].categories, segment.shares[2], strict=False))
    assert {point["label"]: point["value"] for point in series["data"]} == {
        category: round(100 * share) for category, share in shares.items()
    }
    assert [point["value"] for point in series["data"]] == sorted(
        (point["value"] for point in series["data"]), reverse=True
    )
    plain = portrait_reply(model, segment.name)
    assert not any(block["type"] == "data_visualization" for block in plain.blocks)
