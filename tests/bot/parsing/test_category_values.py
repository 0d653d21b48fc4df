"""Categories behind `/segment`: one word or several, quoted or not, in any spelling; refused with those known."""

from __future__ import annotations

import pytest
from category_cases import category_schema
from harness import everything_said

from bot.blocks.refusal import refusal_reply
from bot.parsing.plain_words import Customer, read_message
from bot.parsing.segment_text import Refusal, read_command

SCHEMA = category_schema()
NUMBERS = {"spend": 100.0, "visits": 20.0}


@pytest.mark.parametrize(
    ("text", "plan", "country"),
    [
        ("spend=100 visits=20 plan=Pro", 1, None),
        ("plan=pro spend=100 visits=20 country=fr", 1, 1),
        ('spend=100 plan="Pro Plus" visits=20', 2, None),
        ("spend=100 plan=pro plus visits=20", 2, None),
        ("spend=100, visits=20, tariff: PRO PLUS, country: Osterreich", 2, 2),
        ("spend=100 visits=20 plan=“pro plus”, country=japan", 2, 3),
        ("spend=100 visits=20 plan=*Basic*", 0, None),
        ("spend=100 visits=20 plan=Basic.", 0, None),
        ("plan=ProPlus;spend=100;visits=20", 2, None),
    ],
)
def test_a_category_is_read_in_any_spelling(text: str, plan: int, country: int | None) -> None:
    expected = NUMBERS | {"plan": float(plan)} | ({} if country is None else {"country": float(country)})
    assert read_command(text, SCHEMA) == expected


@pytest.mark.parametrize(
    ("text", "fault", "corrected"),
    [
        (
            "spend=100 visits=20 plan=gold",
            "Plan “gold” is not one I know: it is Basic, Pro or Pro Plus",
            None,
        ),
        (
            "spend=100 visits=20 plan=bassic",
            "Plan “bassic” is not one I know (did you mean Basic?): it is Basic, Pro or Pro Plus",
            "spend=100 visits=20 plan=Basic",
        ),
        (
            "spend=100 visits=20 plan=pro-plus",
            "Plan “pro-plus” is not one I know (did you mean Pro Plus?): it is Basic, Pro or Pro Plus",
            'spend=100 visits=20 plan="Pro Plus"',
        ),
        (
            "spend=100 visits=20 country=Östereich",
            "Country “Östereich” is not one I know (did you mean Österreich?): it is DE, FR, Österreich or other",
            "spend=100 visits=20 country=Österreich",
        ),
        ("spend=100 visits=20 plan=1", "Plan “1” is not one I know: it is Basic, Pro or Pro Plus", None),
        ("spend=100 visits=20 plan=", "plan has no value", None),
        ("spend=100 visits=20 plan=Pro extra", "I don't know what to do with “extra”", "spend=100 visits=20 plan=Pro"),
    ],
)
def test_another_category_is_refused_with_those_known(text: str, fault: str, corrected: str | None) -> None:
    read = read_command(text, SCHEMA)
    assert isinstance(read, Refusal)
    assert read.faults == (fault,)
    assert read.corrected == corrected
    if corrected is not None:
        assert isinstance(read_command(corrected, SCHEMA), dict), "what is offered to paste is understood"


def test_json_is_answered_with_the_command_it_stands_for() -> None:
    read = read_command('{"spend": 100, "visits": 20, "plan": "pro plus"}', SCHEMA)
    assert isinstance(read, Refusal)
    assert read.corrected == 'spend=100 visits=20 plan="Pro Plus"'


def test_the_refusal_shows_an_example_with_a_category() -> None:
    read = read_command("spend=100 visits=20 plan=gold", SCHEMA)
    assert isinstance(read, Refusal)
    said = everything_said(refusal_reply("/segment", read, SCHEMA))
    assert "spend=500 visits=50 plan=Basic country=DE" in said
    assert "Plan “gold” is not one I know: it is Basic, Pro or Pro Plus" in said


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("a customer with 100 € spend and 20 visits on the Pro Plus plan?", 'spend=100 visits=20 plan="Pro Plus"'),
        ("spend 100, visits 20, the plan is pro", "spend=100 visits=20 plan=Pro"),
        ("Basic plan customer with spend of 100 and 20 visits", "spend=100 visits=20 plan=Basic"),
        ("spend 100, 20 visits, from FR country, no tariff", "spend=100 visits=20 country=FR"),
        ("spend 100, 20 visits, a pro", "spend=100 visits=20"),
    ],
)
def test_a_category_beside_its_name_is_read_in_plain_words(text: str, command: str) -> None:
    assert read_message(text, SCHEMA, ()) == Customer(command)


def test_no_number_is_taken_for_a_category() -> None:
    assert read_message("plan 5 spend 100 visits 20", SCHEMA, ()) == Refusal(("I can't tell what “5” is",))
    # One number is left for one feature, whatever categories are not given.
    assert read_message("spend 100 and 20", SCHEMA, ()) == Refusal(
        ("I can't tell what “20” is",), corrected="spend=100 visits=20"
    )
