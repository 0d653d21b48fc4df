"""The text behind `/segment`: what is read, what is refused, and how the refusal helps."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from functools import partial
from itertools import permutations

import pytest
from campaigns import campaign
from harness import EXAMPLE, everything_said, live_markup, mrkdwn_texts
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import MALL_CUSTOMERS, SHARED

from bot.answers.segment_answers import reply_to
from bot.blocks.refusal import refusal_reply
from bot.parsing import pairs
from bot.parsing.segment_text import LONGEST_TEXT, MOST_FAULTS, Incomplete, Refusal, Usage, read_command, read_plain
from bot.playground.block_kit.rules import check_blocks
from segmentation.model import SegmentModel
from segmentation.schema import Feature, Role, Schema
from segmentation.schema_data import default_schema, load_schema, parse_schema

SCHEMA = default_schema()
SHOP = load_schema(SHARED / "cases" / "shop.toml")
READ = {"age": 35.0, "income": 60.0, "score": 70.0}
RFM = parse_schema(
    """
name = "shop"
[[features]]
name = "recency"
label = "Days since last order"
unit = "days"
minimum = 0
maximum = 3650
role = "cluster"
aliases = ["last order"]
[[features]]
name = "frequency"
label = "Orders"
unit = "orders"
minimum = 0
maximum = 1000
role = "cluster"
[[features]]
name = "monetary"
label = "Revenue"
unit = "€"
minimum = -100
maximum = 100000
role = "profile"
[[segments]]
name = "Loyal"
levels = { recency = "low", frequency = "high" }
meaning = "They come often."
action = "Thank them."
""",
    "rfm.toml",
)


def refused(text: str, schema: Schema = SCHEMA) -> Refusal:
    """The refusal of a text; its corrected command, if any, must be one that is accepted."""
    read = read_command(text, schema)
    assert isinstance(read, Refusal), read
    assert 0 < len(read.faults) <= MOST_FAULTS
    if read.corrected is not None:
        assert isinstance(read_command(read.corrected, schema), dict | Incomplete)
    return read


# What is accepted


@pytest.mark.parametrize("pairs", list(permutations(["age=35", "income=60", "score=70"])))
def test_reads_any_order(pairs: tuple[str, ...]) -> None:
    assert read_command(" ".join(pairs), SCHEMA) == READ


@pytest.mark.parametrize(
    "text",
    [
        "AGE=35 Income=60 sCoRe=70",
        "age:35 income:60 score:70",
        "age＝35 income：60 score=70",
        "age = 35 income : 60 score =70",
        "age== 35 income := 60 score=70",
        "age=35,income=60,score=70",
        "age=35, income=60, score=70,",
        "age=35;income=60; score=70",
        "age=35，income=60、score=70；",
        "age=35\nincome=60\r\nscore=70\n",
        "age=35\u00a0income=60\u3000score=70",
        "  age=35\tincome=60   score=70  ",
        "\u200bage=35 \u200bincome=60\ufeff score=70",
        'age="35" income="60" score="70"',
        "age='35' income='60' score='70'",
        "age=“35” income=‘60’ score=„70“",
        "age=`35` income=«60» score=’70’",
        'age=" 35 " income=60 score=70',
        '"age"=35 "income"=60 "score"=70',
        "‘age’=35 `income`=60 “score”=70",
        "years=35 salary=60 spending=70",
        "customer age=35 annual income=60 spending score=70",
        "Age=35 Annual Income (k$)=60 Spending Score (1-100)=70",
        "Spending Score (1-100): 70, annual income (k$): 60, Customer Age: 35",
        "spending_score=70 annual-income=60 age=35",
        "age=３５ income=６０ score=７０",
        "age=35.0 income=6e1 score=7E+1",
        "age=035 income=60.00 score=70",
    ],
)
def test_reads_every_documented_way_of_writing(text: str) -> None:
    assert read_command(text, SCHEMA) == READ


def test_reads_the_bounds_themselves() -> None:
    assert read_command("age=0 income=1000 score=100", SCHEMA) == {"age": 0.0, "income": 1000.0, "score": 100.0}
    assert math.copysign(1, read_command("age=-0 income=0 score=0", SCHEMA)["age"]) == 1  # type: ignore[index]  # it was read: no refusal


def test_reads_a_text_of_exactly_the_longest_length() -> None:
    assert read_command(EXAMPLE.ljust(LONGEST_TEXT), SCHEMA) == READ


@pytest.mark.parametrize("text", ["", " ", "\n", "\u200b", "help", "HELP", " Help ", "?", "-h", "--help"])
def test_explains_itself_when_asked(text: str) -> None:
    assert read_command(text, SCHEMA) == Usage()


def test_reads_another_schema() -> None:
    assert read_command("last order=3 Orders: 12 monetary=-4.5", RFM) == {
        "recency": 3.0,
        "frequency": 12.0,
        "monetary": -4.5,
    }
    refusal = refused("age=35 frequency=9999", RFM)
    assert "I don't know “age”; the keys are recency, frequency, monetary" in refusal.faults
    assert "Orders 9999 is outside 0 to 1000 orders" in refusal.faults
    assert refusal.faults[-1] == "Missing: recency (days since last order, 0 to 3650 days)"


def test_a_cluster_feature_that_is_missing_leaves_the_others_to_be_answered() -> None:
    assert read_command("age=35 income=60", SCHEMA) == Incomplete({"age": 35.0, "income": 60.0})
    assert read_command("/segment score: 70.", SCHEMA) == Incomplete({"score": 70.0})
    # Without any of those that decide, or with another fault, there is nothing to answer.
    assert "Missing: income" in refused("age=35").faults[0]
    assert "I don't know “height”" in refused("income=60 height=2").faults[0]
    assert "Missing: score" in refused("income=60000 height=2").faults[-1]
    assert refused('{"income": 60}').corrected is None


def test_a_profile_feature_may_be_left_out() -> None:
    assert read_command("income=60 score=70", SCHEMA) == {"income": 60.0, "score": 70.0}
    assert read_command("score: 70, salary: 60", SCHEMA) == {"income": 60.0, "score": 70.0}
    assert read_command("last order=3 Orders: 12", RFM) == {"recency": 3.0, "frequency": 12.0}


def test_corrects_a_command_without_a_profile_feature() -> None:
    assert refused("income=60 scroe=70").corrected == "income=60 score=70"
    assert refused("income 60 score 70").corrected == "income=60 score=70"
    assert refused('{"income": 60, "score": 70}').corrected == "income=60 score=70"


# What chat and people add to a command

COPIED = {"age": 41.0, "income": 33.0, "score": 12.0}


def test_understands_or_corrects_every_command_text_of_the_shared_cases() -> None:
    path = MALL_CUSTOMERS.parents[1] / "cases" / "slack" / "command-texts.txt"
    if not path.exists():
        pytest.skip("the shared cases are not here")
    *understood, stray = path.read_text(encoding="utf-8").splitlines()
    assert len(understood) == 7
    for text in understood:
        assert read_command(text, SCHEMA) == COPIED, text
    assert refused(stray).corrected == "age=41 income=33 score=12"


@pytest.mark.parametrize(
    "text",
    [
        "age=41. income=33. score=12.",
        "age=41, income=33, score=12!",
        "age=41 income=33 score=12?",
        "(age=41 income=33 score=12)",
        "[age=41 income=33 score=12]",
        "“age=41 income=33 score=12”",
        '"age=41 income=33 score=12".',
        "«age=41 income=33 score=12»",
        "```age=41 income=33 score=12```",
        "```\nage=41 income=33\nscore=12\n```",
        "*age=41* *income=33* *score=12*",
        "**age**=41 **income**=33 **score**=12",
        "*age:* 41 *income:* 33 *score:* 12",
        "_age=41 income=33 score=12_",
        "~age=41~ income=*33* score=_12_",
        "• age=41\n• income=33\n• score=12",
        "- age=41\n- income=33\n- score=12",
        "1. age=41\n2. income=33\n3. score=12",
        "1) age=41\n2) income=33\n3) score=12",
        "age=41yrs income=33k score=12",
        "age=41 years, income=33 k$, score=12 pts.",
        "age=41 yrs income=33K score=12points",
        "age=41y income=33k$ score=12",
        "*/segment age=41 income=33 score=12*",
    ],
)
def test_takes_off_what_chat_and_people_add(text: str) -> None:
    assert read_command(text, SCHEMA) == COPIED


def test_a_value_far_out_of_range_is_offered_in_the_units_it_may_be_in() -> None:
    refusal = refused("age=41 income=33 score=7000")
    assert refusal.faults == ("Spending score 7000 is outside 0 to 100 points",)
    assert (refusal.corrected, refusal.either) == (None, ("age=41 income=33 score=70", "age=41 income=33 score=7"))
    assert refused("age=41 income=33 score=50000").corrected == "age=41 income=33 score=50"
    for text in ("score=170", "score=999", "score=70001", "score=-7000", "score=7000 score=3"):
        refusal = refused(f"age=41 income=33 {text}")
        assert (refusal.corrected, refusal.either) == (None, ()), text


def test_reads_a_fraction_that_begins_with_its_mark() -> None:
    assert read_command("age=35 income=.75 score=70", SCHEMA) == {"age": 35, "income": 0.75, "score": 70}
    refusal = read_command("age=35, income=,75, score=70", SCHEMA)
    assert isinstance(refusal, Refusal)
    assert refusal.corrected == "age=35 income=0.75 score=70"


def test_a_thousand_after_a_number_is_the_unit_only_if_the_feature_has_it() -> None:
    assert refused("age=41k income=33 score=12").faults == ("Age is not a plain number: “41k”",)
    assert refused("age=41 income=33 years score=12").corrected == "age=41 income=33 score=12"
    assert refused("recency=3 frequency=1k", RFM).corrected == "recency=3 frequency=1000"


@pytest.mark.parametrize("text", ["*help*", "help!", "`help`", "Help.", "/segment help", "*"])
def test_explains_itself_however_the_word_is_dressed(text: str) -> None:
    assert read_command(text, SCHEMA) == Usage()


def test_leaves_a_bracketed_number_to_the_one_reading_of_numbers() -> None:
    """`(60)` is an amount to accountants: what it means is not for this module to decide."""
    assert any("(60)" in fault for fault in refused("age=35 income=(60) score=70").faults)


# What is refused, and how


def test_lists_all_that_is_missing_with_range_and_unit() -> None:
    refusal = refused("age=35")
    assert refusal.faults == ("Missing: income (annual income, 0 to 1000 k$), score (spending score, 0 to 100 points)",)
    assert refusal.corrected is None


def test_asks_whether_a_misspelt_key_was_meant() -> None:
    refusal = refused("age=35 incmoe=60 score=70")
    assert refusal.faults == ("I don't know “incmoe”: did you mean income?",)
    assert refusal.corrected == EXAMPLE


def test_names_the_keys_when_one_is_like_none_of_them() -> None:
    refusal = refused(f"{EXAMPLE} colour=3")
    assert refusal.faults == ("I don't know “colour”; the keys are age, income, score",)
    assert refusal.corrected == EXAMPLE


@pytest.mark.parametrize("again", ["age=36", "AGE: 36", "years=36", "agee=36"])
def test_refuses_a_key_given_twice_without_choosing(again: str) -> None:
    refusal = refused(f"{EXAMPLE} {again}")
    assert any("twice" in fault or "did you mean age" in fault for fault in refusal.faults)
    assert refusal.corrected is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("age= income=60 score=70", "age has no value"),
        ("age=35 income=, score=70", "income has no value"),
        ("age=35 income=60 score=", "score has no value"),
        ('age="" income=60 score=70', "age has no value"),
        ("age=35 annual income= spending score=70", "income has no value"),
    ],
)
def test_names_the_key_without_a_value(text: str, fault: str) -> None:
    refusal = refused(text)
    assert refusal.faults == (fault,)
    assert refusal.corrected is None


@pytest.mark.parametrize(
    "value",
    ["abc", "1_000", "0x23", "nan", "inf", "-inf", "1e999", "60²", "½", "٣٥", "True", "2024-01-01", "3,5", "--5"],
)  # fmt: skip
def test_refuses_what_is_not_a_plain_number(value: str) -> None:
    refusal = refused(f"age={value} income=60 score=70")
    assert refusal.faults == (f"Age is not a plain number: “{value}”",)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("age=121 income=60 score=70", "Age 121 is outside 0 to 120 years"),
        ("age=-1 income=60 score=70", "Age -1 is outside 0 to 120 years"),
        ("age=35 income=60 score=100.5", "Spending score 100.5 is outside 0 to 100 points"),
        ("age=35 income=1e300 score=70", "Annual income 1e+300 is outside 0 to 1000 k$"),
    ],
)
def test_states_range_and_unit_when_a_value_is_out_of_range(text: str, fault: str) -> None:
    refusal = refused(text)
    assert refusal.faults == (fault,)
    assert refusal.corrected is None


def test_refuses_income_given_in_dollars_and_says_what_was_meant() -> None:
    refusal = refused("age=35 income=60000 score=70")
    assert refusal.faults == ("Annual income 60000 looks like dollars; I expect thousands (k$)",)
    assert refusal.corrected == EXAMPLE


def test_asks_about_a_unit_before_what_is_missing() -> None:
    refusal = refused("income=15000")
    assert refusal.faults == ("Annual income 15000 looks like dollars; I expect thousands (k$)",)
    assert refusal.corrected == "income=15"
    # With another fault, nobody can tell what was meant.
    assert refused("income=15000 age=1e9").corrected is None
    assert refused("age=35 income=15000 height=2").corrected is None


def test_a_conversation_is_told_what_to_write_without_a_command() -> None:
    said = refusal_reply("", refused("income=15000"), SCHEMA).blocks
    assert [block["text"]["text"] for block in said] == [
        "*I couldn't read that:* Annual income 15000 looks like dollars; I expect thousands (k$).",
        "Did you mean this? `income=15`",
    ]


@pytest.mark.parametrize("income", ["$60,000", "$60000", "60,000", "$60k", "€60.0", '"60 000"'])
def test_corrects_an_income_in_fancy_dress(income: str) -> None:
    refusal = refused(f"age=35 income={income} score=70")
    assert refusal.corrected == EXAMPLE
    assert len(refusal.faults) == 1


@pytest.mark.parametrize("score", ["70%", "70 %", "%70"])
def test_refuses_a_percent_sign(score: str) -> None:
    refusal = refused(f"age=35 income=60 score={score}")
    assert refusal.corrected == (None if score == "%70" else EXAMPLE)


@pytest.mark.parametrize("text", ["35 60 70", "35, 60, 70", "35;60;70", "35,60,70", "$35 60k 70%", "35\n60\n70"])
def test_asks_which_number_is_which(text: str) -> None:
    refusal = refused(text)
    assert refusal.faults == ("Say which number is which",)
    assert refusal.corrected == EXAMPLE


@pytest.mark.parametrize("text", ["35", "35 60", "35 60 70 80", "35 60 170"])
def test_forms_no_command_from_numbers_that_do_not_fit(text: str) -> None:
    refusal = refused(text)
    assert refusal.faults == ("Say which number is which",)
    assert refusal.corrected is None


def test_corrects_keys_and_values_without_an_equals_sign() -> None:
    refusal = refused("age 35 income 60 score 70")
    assert refusal.faults == ("I found no key=value pair in “age 35 income 60 score 70”",)
    assert refusal.corrected == EXAMPLE


@pytest.mark.parametrize("text", ["hello there", "my best customer", "age 35 income", ",;,", "}"])
def test_says_when_there_is_nothing_to_read(text: str) -> None:
    refusal = refused(text)
    assert refusal.faults[0].startswith("I found no key=value pair in “")
    assert refusal.corrected is None


def test_names_stray_words_and_leaves_them_out() -> None:
    refusal = refused(f"please tell me {EXAMPLE} thanks")
    assert refusal.faults == ("I don't know what to do with “please”, “tell”, “me”, “thanks”",)
    assert refusal.corrected == EXAMPLE
    assert refused(" ".join("abcdefg") + f" {EXAMPLE}").faults[0].endswith("“e” …")


def test_forms_no_command_when_a_number_is_cut_in_two() -> None:
    """`income=1 200` corrected to `income=1` would be a guess, and a wrong one."""
    refusal = refused("age=35 income=1 200 score=70")
    assert refusal.faults == ("I don't know what to do with “200”",)
    assert refusal.corrected is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [("= age=35 income=60 score=70", "An = stands alone"), ("=5 " + EXAMPLE, "“5” has no key in front of it")],
)
def test_says_where_a_key_is_lacking(text: str, fault: str) -> None:
    assert fault in refused(text).faults


@pytest.mark.parametrize(
    "data",
    [
        {"age": 35, "income": 60, "score": 70},
        {"score": "70", "income": "$60,000", "Age": 35.0},
        {"Annual Income (k$)": 60, "spending": 70, "years": 35},
    ],
)
def test_forms_the_command_a_json_object_stands_for(data: dict[str, object]) -> None:
    refusal = refused(json.dumps(data))
    assert refusal.faults == ("JSON is not read here: write key=value pairs",)
    assert refusal.corrected == EXAMPLE


@pytest.mark.parametrize(
    "text",
    [
        "[35, 60, 70]",
        '{"customer": {"age": 35, "income": 60, "score": 70}}',
        '{"age": 35, "income": null, "score": 70}',
        '{"age": NaN, "income": 60, "score": 70}',
        '{"age": 1e400, "income": 60, "score": 70}',
        '{"age": ' + "9" * 1900 + "}",
        '{"age": 35, "age": 36}',
        "{age: 35}",
        "{",
        "[" * LONGEST_TEXT,
        '{"a":' * 399,
    ],
)
def test_refuses_json_no_command_can_be_formed_of(text: str) -> None:
    refusal = refused(text)
    assert refusal.faults == ("JSON is not read here: write key=value pairs",)
    assert refusal.corrected is None


@pytest.mark.parametrize("length", [LONGEST_TEXT + 1, 100_000])
def test_refuses_a_text_that_is_too_long_and_states_the_limit(length: int) -> None:
    refusal = refused(EXAMPLE.ljust(length))
    assert refusal.faults == (f"The text has {length:,} characters; 2,000 is the limit",)


def test_lists_five_faults_at_most_and_counts_the_rest() -> None:
    refusal = refused("a=1 b=2 c=3 d=4 e=5 f=6 g=7")
    assert len(refusal.faults) == MOST_FAULTS
    assert refusal.faults[-1].startswith("Missing: income")  # what is missing is always said
    assert refusal.more == 3
    assert refusal_reply("/segment", refusal, SCHEMA).blocks[0]["text"]["text"].endswith(". And 3 more.")


# Properties

_WORDS = st.sampled_from(
    ["age", "income", "score", "Age", "annual income (k$)", "agee", "konfidence", "confidence", "payload", "k$", "…",
     "<!channel>", "<@U1>", "<#C1|x>", "<https://e.example|x>", "```", "`", "\n>", "&lt;", "*b*", "_i_", "\u202e", "\0",
     "\u200bcon\u200bfidence", "Confi\u202adence", "{", "[", '"', "“", "'", "«"]
)  # fmt: skip
_NUMBERS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True).map(str),
    st.integers(-10, 130).map(str),
    st.sampled_from(["$60,000", "60k", "70%", "３５", "60²", "1e999", "", " ", "60 000", "1,2,3"]),
)
_SEPARATORS = st.sampled_from(["=", ":", " = ", "＝", " ", ",", ", ", ";", "\n", "==", ",="])
NEAR_MISSES = st.lists(st.one_of(_WORDS, _NUMBERS, _SEPARATORS), max_size=30).map("".join)
ANYTHING = st.text(st.characters(exclude_categories=[]), max_size=200)  # lone surrogates too
TEXTS = st.one_of(NEAR_MISSES, ANYTHING)


@settings(max_examples=campaign(100, 1000), deadline=None)
@given(text=TEXTS)
def test_answers_whatever_is_typed_without_live_markup(model: SegmentModel, text: str) -> None:
    outcome, reply = reply_to(text, model)
    for part in [reply.text, *mrkdwn_texts(reply.blocks)]:
        assert not live_markup(part)
    assert "\n" not in reply.text
    assert not check_blocks(reply.blocks)
    said = everything_said(reply).casefold()
    assert ("confidence" in said) == (outcome == "scored")
    read = read_command(text, model.schema)
    if isinstance(read, dict):
        assert outcome == "scored"
        assert {"income", "score"} <= set(read) <= set(model.schema.names)
        for feature in model.schema.features:
            if feature.name in read:
                assert feature.minimum <= read[feature.name] <= feature.maximum
                assert feature.show(read[feature.name]) in reply.text
            else:
                assert f"{feature.name} not given" in reply.text
    elif isinstance(read, Refusal):
        refused(text, model.schema)


@settings(max_examples=campaign(50, 200), deadline=None)
@given(text=TEXTS)
def test_reads_any_text_by_any_schema(text: str) -> None:
    if not isinstance(read_command(text, RFM), dict | Usage):
        refused(text, RFM)


@settings(max_examples=campaign(50, 300), deadline=None)
@given(
    age=st.floats(0, 120),
    income=st.floats(0, 1000),
    score=st.floats(0, 100),
    order=st.permutations(["age", "income", "score"]),
    assign=st.sampled_from(["=", ":", " = ", "："]),
    between=st.sampled_from([" ", "\n", ";", ", "]),
    quotes=st.sampled_from(["", '""', "''", "“”", "``", "‘’"]),
)
def test_reads_back_exactly_what_was_written(
    age: float, income: float, score: float, order: list[str], assign: str, between: str, quotes: str
) -> None:
    values = {"age": age, "income": income, "score": score}
    opening, closing = quotes[:1], quotes[1:]
    text = between.join(f"{name}{assign}{opening}{values[name]!r}{closing}" for name in order)
    assert read_command(text, SCHEMA) == values


def _calls_made(call: Callable[[], object]) -> int:
    """Count the calls a call makes, of functions written in C too: work, whatever the clock says."""
    count = 0

    def trace(_frame: object, _event: str, _argument: object) -> None:
        nonlocal count
        count += 1

    before = sys.getprofile()
    sys.setprofile(trace)
    try:
        call()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("unit", ["a=", "=", "age=1 ", '"=', 'a="', "x ", "1,", "$ ", "age ", "<!channel> ", " \u200b"])
def test_work_grows_no_faster_than_the_text(unit: str) -> None:
    short, long = (
        _calls_made(partial(read_command, (unit * size)[:size], SCHEMA)) for size in (LONGEST_TEXT // 4, LONGEST_TEXT)
    )
    assert long < 4.5 * short + 500


@pytest.mark.parametrize("name", ["ASSIGN", "_SEPARATOR", "_VALUE"])
def test_no_pattern_tries_again_at_each_of_many_spaces(name: str) -> None:
    """Work inside a pattern is not counted above; one that begins with any number of spaces is quadratic in them."""
    pattern = getattr(pairs, name)
    assert not pattern.pattern.startswith(("\\s*", "\\s+"))


@pytest.mark.parametrize(
    "text",
    ["`age=35 income=60 score=70`", "/segment age=35 income=60 score=70", "`/segment age=35, income=60, score=70`"],
)
def test_reads_a_whole_command_as_people_copy_it(text: str) -> None:
    assert read_command(text, default_schema()) == {"age": 35.0, "income": 60.0, "score": 70.0}


def test_a_value_that_can_mean_two_numbers_is_refused_with_both() -> None:
    refusal = read_command("spent=2.288 orders=3", SHOP)
    assert isinstance(refusal, Refusal)
    assert refusal.faults == ("Total spent “2.288” can mean 2288 or 2.288: write 2288 or 2.2880",)
    assert read_command("spent=2.2880 orders=3", SHOP) == {"spent": 2.288, "orders": 3}
    assert read_command("spent=2.28 orders=3", SHOP) == {"spent": 2.28, "orders": 3}


def test_a_value_that_can_mean_two_numbers_is_answered_with_both_commands() -> None:
    refusal = read_command("orders=3 spent=2,288", SHOP)
    assert isinstance(refusal, Refusal)
    assert refusal.corrected is None
    assert set(refusal.either) == {"spent=2288 orders=3", "spent=2.2880 orders=3"}
    read = [read_command(command, SHOP) for command in refusal.either]
    assert sorted(values["spent"] for values in read if isinstance(values, dict)) == [2.288, 2288]
    said = "\n".join(mrkdwn_texts(refusal_reply("/segment", refusal, SHOP).blocks))
    assert all(f"`/segment {command}`" in said for command in refusal.either)
    assert SHOP.example not in said


@pytest.mark.parametrize("text", ["spent=2,288", "spent=2,288 orders=three", "spent=2,288 orders=3 orders=4"])
def test_nothing_is_offered_if_more_than_the_doubtful_value_is_open(text: str) -> None:
    refusal = read_command(text, SHOP)
    assert isinstance(refusal, Refusal)
    assert (refusal.corrected, refusal.either) == (None, ())
    assert SHOP.example in "\n".join(mrkdwn_texts(refusal_reply("/segment", refusal, SHOP).blocks))


@pytest.mark.parametrize(("letters", "answered"), [(10, True), (90, False)])
def test_the_plain_form_is_as_limited_as_any_other(letters: int, answered: bool) -> None:
    names = [letter * letters for letter in "abcdefghijklmnopqrstuvwxyz"]
    schema = Schema("wide", tuple(Feature(name, name, "", 0, 100, Role.CLUSTER) for name in names), ())
    text = " ".join(f"{name}=60" for name in names)
    assert (len(text) <= LONGEST_TEXT) is answered
    assert (read_plain(text, schema) is not None) is answered
    assert isinstance(read_command(text, schema), dict) is answered
