"""The form of `/segment`: a number field or a menu for each feature, and what is read out of them."""

from __future__ import annotations

from dataclasses import replace

from bot.blocks.customers.segment_form import Entered, block_of, entered_in, segment_form
from bot.parsing.segment_text import Incomplete
from bot.playground.block_kit.rules import check_blocks
from bot.records.origin import Origin
from bot.views.segment_form import OTHER_MODEL, Faults, read_form
from segmentation.schema import Feature, FeatureKind, Role, Schema
from segmentation.schema_data import MAX_FEATURES

PLANS = ("Basic", "Pro Plus" + "x" * 200)
SCHEMA = Schema(
    "subscribers",
    (
        Feature("spent", "Money spent", "€", -1e20, 1e20, Role.CLUSTER, decimals=2),
        Feature("visits", "Visits", "", 0, 100, Role.CLUSTER),
        Feature("plan", "Plan", "", 0, 2, Role.PROFILE, kind=FeatureKind.CATEGORY, categories=PLANS, other=True),
    ),
    (),
)
ORIGIN = Origin("C1", "https://hooks.slack.com/commands/T1/2/three")


def test_the_form_is_within_slack_s_limits_for_the_most_features() -> None:
    features = tuple(replace(SCHEMA.features[i % 3], name=f"f{i}", label="L" * 3000) for i in range(MAX_FEATURES))
    view = segment_form(Schema("many", features, ()), ORIGIN)
    assert check_blocks(view["blocks"], "modal") == []
    assert len(view["private_metadata"]) < 3000


def test_bounds_and_categories_are_offered() -> None:
    spent, visits, plan = [block["element"] for block in segment_form(SCHEMA, ORIGIN)["blocks"][1:]]
    # Slack reads no scientific notation.
    assert {"min_value", "max_value"}.isdisjoint(spent)
    assert (visits["min_value"], visits["max_value"], visits["is_decimal_allowed"]) == ("0", "100", True)
    assert [(one["text"]["text"][:8], one["value"]) for one in plan["options"]] == [
        ("Basic", "0"),
        ("Pro Plus", "1"),
        ("other", "2"),
    ]


def test_what_decides_the_segment_is_asked_for_first() -> None:
    plan_first = replace(SCHEMA, features=(SCHEMA.features[2], *SCHEMA.features[:2]))
    _, *fields = segment_form(plan_first, ORIGIN)["blocks"]
    assert [one["block_id"] for one in fields] == [block_of(name) for name in ("spent", "visits", "plan")]


def test_what_was_entered_is_read() -> None:
    menu = segment_form(SCHEMA, ORIGIN)["blocks"][3]["element"]
    view = {
        "state": {
            "values": {
                block_of("spent"): {"entered": {"value": "12.50"}},
                block_of("visits"): {"entered": {"value": None}},
                block_of("plan"): {"entered": {"selected_option": menu["options"][1]}},
                "note": {"entered": {"value": "not a feature"}},
            }
        }
    }
    assert read_form(entered_in(view), SCHEMA) == Incomplete({"spent": 12.5, "plan": 1.0})


def test_a_choice_that_this_model_does_not_offer_is_refused() -> None:
    known = {"spent": Entered("1"), "visits": Entered("2")}
    for chosen in (Entered("Gold", 1), Entered("Basic", 7), Entered("Basic", -1)):
        assert read_form({**known, "plan": chosen}, SCHEMA) == {block_of("plan"): OTHER_MODEL}
    assert read_form({"spent": Entered("Basic", 0), "visits": Entered("2")}, SCHEMA) == {block_of("spent"): OTHER_MODEL}
    assert read_form({**known, "plan": Entered("Basic", 0)}, SCHEMA) == {"spent": 1.0, "visits": 2.0, "plan": 0.0}
    assert isinstance(read_form({"plan": Entered("Basic", 0)}, SCHEMA), Faults)
