"""Questions with one answer each: recognised however they are put, and nothing else taken for one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from category_cases import category_schema
from category_distances import distance_schema
from reference import FIVE_NAMES, rfm_schema

from bot.blocks.conversation import PROMPTS, prompts
from bot.parsing.plain_words import About, AboutSegment, AllSegments, Customer, Help, Thanks, Unclear, read_message
from bot.parsing.retrain_text import Order, Wish, read_retrain
from bot.parsing.segment_text import Refusal, Usage, read_command
from bot.parsing.topics import Topic, asks_for_help
from segmentation.schema import Schema
from segmentation.schema_data import default_schema

SCHEMA = default_schema()
HELP = ["help", "HELP!", "*help*", "Hilfe", "aide", "ayuda", "hjälp", "?", "-h", "--help", "/help", "what can you do?"]
QUESTIONS = {
    "who are the admins?": Topic.ADMINS,
    "Who is your admin": Topic.ADMINS,
    "admins": Topic.ADMINS,
    "which people are owners here?": Topic.ADMINS,
    "who can promote a model?": Topic.ADMINS,
    "who may undo a promotion?": Topic.ADMINS,
    "how do I invite you to a channel?": Topic.INVITING,
    "how can I add segbot to #sales": Topic.INVITING,
    "how do I undo that?": Topic.UNDOING,
    "can we roll back?": Topic.UNDOING,
    "go back to the previous model": Topic.UNDOING,
    "example": Topic.EXAMPLE,
    "Show me an example": Topic.EXAMPLE,
    "can you give me another example?": Topic.EXAMPLE,
    "how do I score a file?": Topic.FILES,
    "How do I have a file scored?": Topic.FILES,
    "can you segment this spreadsheet?": Topic.FILES,
    "files": Topic.FILES,
    "retrain": Topic.TRAINING,
    "how do I train a model?": Topic.TRAINING,
    "who may train it?": Topic.ADMINS,
    "who moved?": Topic.MOVING,
    "What has changed since last week?": Topic.MOVING,
    "what's new": Topic.MOVING,
    "history": Topic.MOVING,
    "can I get a list of them?": Topic.LISTS,
    "Give me a mailing list": Topic.LISTS,
    "list": Topic.LISTS,
    "delete my data": Topic.PRIVACY,
    "what do you store about customers?": Topic.PRIVACY,
    "is this GDPR compliant?": Topic.PRIVACY,
}


@pytest.mark.parametrize("text", HELP)
def test_words_like_help_are_understood_everywhere(text: str) -> None:
    assert asks_for_help(text)
    assert read_message(text, SCHEMA, FIVE_NAMES) == Help()
    assert read_command(text, SCHEMA) == Usage()
    assert read_retrain(text) == Order(Wish.HELP)


@pytest.mark.parametrize("text", ["helpful", "hi there, age 35", "k=6", "latest", "income=60", "history", "hides"])
def test_other_words_are_not_help(text: str) -> None:
    assert not asks_for_help(text)


@pytest.mark.parametrize(("text", "topic"), QUESTIONS.items())
def test_a_question_with_one_answer_is_recognised(text: str, topic: Topic) -> None:
    assert read_message(f"<@U012AB3CD> {text}", SCHEMA, FIVE_NAMES) == About(topic)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("the weather is nice, for example", Unclear()),
        ("what is Target?", AboutSegment("Target")),
        ("which segments are there?", AllSegments()),
        ("list the segments", AllSegments()),
        ("show me the map", AllSegments()),
        ("thanks a lot, segbot!", Thanks()),
        ("hi segbot", Help()),
        ("Hey there!", Help()),
        ("good morning, segbot", Help()),
        ("the train is late", Unclear()),
        ("my files are lost", Unclear()),
        ("score 70, income 60", Customer("income=60 score=70")),
    ],
)
def test_other_questions_stay_what_they_were(text: str, meant: object) -> None:
    assert read_message(text, SCHEMA, FIVE_NAMES) == meant


def test_numbers_that_belong_to_nothing_are_quoted_without_their_commas() -> None:
    read = read_message("can you score this? 35, 60, 70", SCHEMA, FIVE_NAMES)
    assert isinstance(read, Refusal)
    assert read.faults == ("I can't tell what “35” and “60” and “70” are",)


def test_a_segments_name_within_a_question_about_segbot_does_not_matter() -> None:
    assert read_message("how do I invite you to #target-group?", SCHEMA, FIVE_NAMES) == About(Topic.INVITING)


def suggested(schema: Schema) -> object:
    """How the first question that Slack suggests is read."""
    return read_message(prompts(schema)[0]["message"], schema, FIVE_NAMES)


def test_what_slack_suggests_is_understood_by_the_reader() -> None:
    read = suggested(SCHEMA)
    assert isinstance(read, Customer)
    assert read_command(read.text, SCHEMA) == {"income": 60.0, "score": 70.0}
    meant = [read_message(prompt["message"], SCHEMA, FIVE_NAMES) for prompt in PROMPTS]
    assert meant == [About(Topic.EXAMPLE), AllSegments(), About(Topic.FILES), Help()]
    assert prompts(SCHEMA)[1:] == list(PROMPTS[1:])


@pytest.mark.parametrize("schema", [rfm_schema(), category_schema(), distance_schema()], ids=lambda one: one.name)
def test_what_slack_suggests_for_other_columns_is_understood_too(schema: Schema) -> None:
    read = suggested(schema)
    assert isinstance(read, Customer)
    assert isinstance(read_command(read.text, schema), dict)


@pytest.mark.parametrize("label", ["<!channel>", "long " * 50])
def test_a_label_that_is_live_or_long_is_not_suggested(label: str) -> None:
    features = tuple(replace(one, label=label) if one.name == "income" else one for one in SCHEMA.features)
    assert prompts(replace(SCHEMA, features=features))[0] == PROMPTS[0]
