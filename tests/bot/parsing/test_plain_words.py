"""What people mean by what they write: each number goes to one feature, or somebody is asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import FIVE_NAMES, rfm_schema

from bot.parsing.plain_words import (
    AboutSegment,
    AllSegments,
    Customer,
    Help,
    PastedTable,
    Thanks,
    Unclear,
    plain_text,
    read_message,
)
from bot.parsing.segment_text import Refusal, read_command
from segmentation.schema_data import default_schema

SCHEMA = default_schema()
WHOLE = {"age": 35.0, "income": 60.0, "score": 70.0}


def meant(text: str) -> object:
    return read_message(text, SCHEMA, FIVE_NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "35 years, 60k, score 70",
        "35 years old, 60k income, spending score of 70",
        "<@U012AB3CD> age 35 income 60 score 70",
        "a 35-year-old with an annual income of 60 and a spending score of 70",
        "35 age 60 income 70 score",
        "someone aged 35 earning 60k with score 70",
        "who is 35 with income 60 and a score of 70?",
        "35yo 60 k$ 70 points",
        "who is 35 years, 60k, score 70?",
        "score 70, 35 years, income 60",
        "age=35 income=60 score=70",
        "age: 35, income: 60, score: 70",
        "Which segment is a customer of 35 years, income 60, score 70 in?",
    ],
)
def test_numbers_are_read_by_the_names_and_units_beside_them(text: str) -> None:
    said = meant(text)
    assert isinstance(said, Customer)
    assert read_command(said.text, SCHEMA) == WHOLE


def test_what_is_not_said_is_left_out() -> None:
    assert meant("who has income 60 and score 70?") == Customer("income=60 score=70")
    assert meant("income 60k") == Customer("income=60k")


@pytest.mark.parametrize(
    ("text", "either", "corrected"),
    [
        ("35 income 60 score 70", ("age=35 income=60 score=70", "age=70 income=35 score=60"), None),
        ("income 60, score 70, 35", (), "age=35 income=60 score=70"),
        ("what about $60,000 and 70 points?", (), None),
        ("call me at 5", (), None),
    ],
)
def test_a_number_of_which_nobody_says_what_it_is_is_asked_about(
    text: str, either: tuple[str, ...], corrected: str | None
) -> None:
    said = meant(text)
    assert isinstance(said, Refusal)
    assert (said.either, said.corrected) == (either, corrected)


def test_bare_numbers_are_left_to_the_commands_reader() -> None:
    assert meant("35, 60, 70") == Customer("35, 60, 70")


@pytest.mark.parametrize(
    "text", ["what is Target", "Target?", "tell me about TARGET.", "who are the Targets", "¿tárget?"]
)
def test_one_segments_name_asks_about_it(text: str) -> None:
    assert meant(text) == AboutSegment("Target")


def test_a_name_within_a_longer_name_is_not_meant() -> None:
    names = ("High value", "High value, new")
    assert read_message("what is high value, new?", SCHEMA, names) == AboutSegment("High value, new")
    assert read_message("what is high value?", SCHEMA, names) == AboutSegment("High value")


@pytest.mark.parametrize("text", ["segments", "which segments are there?", "difference between Target and Miser?"])
def test_several_segments_or_the_word_ask_for_all(text: str) -> None:
    assert meant(text) == AllSegments()


@pytest.mark.parametrize("text", ["", "help", "Hi!", "hello", "?", "<@U012AB3CD>", "what can you do?"])
def test_a_greeting_asks_for_help(text: str) -> None:
    assert meant(text) == Help()


def test_thanks_are_not_a_question() -> None:
    assert meant("Thanks!") == meant("ok") == Thanks()


@pytest.mark.parametrize("text", ["the weather is nice", "🙂", "x" * 5_000])
def test_anything_else_is_unclear(text: str) -> None:
    assert meant(text) == Unclear()


@pytest.mark.parametrize("delimiter", ["\t", ";", ",", "|"])
def test_a_few_rows_with_a_header_are_a_table(delimiter: str) -> None:
    rows = [["name", "age", "Annual income", "score"], ["Ann", "35", "60", "70"], ["Bob", "20", "15", "80"]]
    text = "\n".join(delimiter.join(row) for row in rows)
    assert meant(text) == PastedTable(text)
    assert not isinstance(meant("\n".join(["age,income,score", *["35,60,70"] * 31])), PastedTable)
    assert not isinstance(meant("age,income,score"), PastedTable)


def test_other_features_are_read_by_their_own_names() -> None:
    schema = rfm_schema()
    text = ", ".join(f"{feature.label_in_text} {feature.example:g}" for feature in schema.features)
    said = read_message(text, schema, ("New",))
    assert isinstance(said, Customer)
    assert read_command(said.text, schema) == {feature.name: feature.example for feature in schema.features}


def test_marks_of_mentions_links_and_escapes_are_taken_out() -> None:
    assert plain_text("<@U012AB3CD|seg> <https://a.b|income> 60 &amp; <tel:70|70> &lt;3") == "income 60 & 70 <3"


@given(st.text(max_size=200))
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    said = meant(text)
    if isinstance(said, Customer):
        read_command(said.text, SCHEMA)
