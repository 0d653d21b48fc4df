"""The one rule for numbers, and what is said to people who break it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import rfm_schema

from segmentation.numbers.number_forms import NumberStyle
from segmentation.numbers.values import (
    ZERO_WIDTH,
    Reason,
    ValueFault,
    check_range,
    parse_number,
    quote,
    read_value,
    trim,
    typed_value,
)
from segmentation.schema import Feature, Role
from segmentation.schema_data import default_schema

AGE, INCOME, SCORE = default_schema().features
MONETARY = rfm_schema().features[3]
SPENT = Feature("spent", "Total spent", "€", 0, 1_000_000, Role.CLUSTER, decimals=2)


def suggestion(feature: Feature, text: str) -> str | None:
    fault = read_value(feature, text)
    assert isinstance(fault, ValueFault), text
    return fault.suggestion


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("35", 35),
        ("-3", -3),
        ("0", 0),
        ("-0", 0),
        ("007", 7),
        ("60.5", 60.5),
        (".75", 0.75),
        ("-.5", -0.5),
        ("６０.5", 60.5),
        ("6e1", 60),
        ("6E+1", 60),
        ("600e-1", 60),
        ("  60\t", 60),
        ("\u00a060\u3000", 60),
        ("\ufeff\u200b 60 \u200b", 60),
        ("３５", 35),
        ("３５.５", 35.5),
        ("1e-999", 0),
    ],
)
def test_plain_numbers_are_read(text: str, value: float) -> None:
    assert parse_number(text) == value


def test_minus_zero_is_zero() -> None:
    assert math.copysign(1, parse_number("-0.0") or 0.0) == 1


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "-", ".", "e5", "abc", "1_000", "0x23", "nan", "NaN", "inf", "-Infinity", "1e999", "60²", "½", "٣٥"),
        *(
            "True",
            "2024-01-01",
            "1,5",
            "1,000",
            "60 000",
            "6 0",
            "+5",
            "5.",
            "..5",
            ".5.",
            "--5",
            "1e",
            "1e5.5",
            "$60",
            "60k",
        ),
        *("70%", "=60", "6\u200b0", "６０．５", "－５", "1\n2", "1\x00"),
    ],
)
def test_anything_else_is_no_number(text: str) -> None:
    assert parse_number(text) is None


def test_a_decimal_comma_is_read_only_where_it_is_asked_for() -> None:
    assert parse_number("60,5", decimal_comma=True) == 60.5
    assert parse_number("60", decimal_comma=True) == 60
    assert parse_number(",5", decimal_comma=True) == 0.5
    assert parse_number("6,0e1", decimal_comma=True) == 60
    for text in ("60.5", "1,000,5", "1.000,5", ".5", "5,"):
        assert parse_number(text, decimal_comma=True) is None, text
    assert read_value(INCOME, "60,5", style=NumberStyle(",")) == 60.5


@given(st.text() | st.from_regex(r"[ -]?[0-9０-９]{0,4}[.,eE_]?[0-9]{0,4}[eE]?[+-]?[0-9]{0,4}\s?", fullmatch=True))
def test_an_accepted_text_is_the_number_python_reads(text: str) -> None:
    value = parse_number(text)
    if value is not None:
        assert value == float(trim(text))
        assert math.isfinite(value)
    for style in (None, NumberStyle(), NumberStyle(","), NumberStyle(",", grouped=True)):
        for feature in (AGE, INCOME, SCORE, MONETARY):
            read = read_value(feature, text, style=style)
            if isinstance(read, ValueFault):
                assert "\n" not in read.sentence
            else:
                assert feature.minimum <= read <= feature.maximum


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_written_by_python_is_read_back(value: float) -> None:
    assert parse_number(repr(value)) == value


@given(st.text(alphabet=" \t\n\u00a0\u3000" + ZERO_WIDTH), st.text(alphabet=" \u2009" + ZERO_WIDTH))
def test_invisible_characters_around_a_value_do_not_matter(before: str, after: str) -> None:
    assert trim(f"{before}6 0{after}") == "6 0"
    assert parse_number(f"{before}60{after}") == 60


@pytest.mark.parametrize("text", ["", "  ", "\u200b", "\ufeff \u3000"])
def test_nothing_is_called_missing(text: str) -> None:
    assert read_value(INCOME, text) == ValueFault(Reason.MISSING, "Annual income is missing")


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("60000", "60"),
        ("$60,000", "60"),
        ("$60 000", "60"),
        ("60'000 €", "60"),
        ("£ 60,000.00", "60"),
        ("60k", "60"),
        ("60K$", "60"),
        ("$60k", "60"),
        ("61.5k", "61.5"),
        ("60,000", "60"),
        ("$60", "60"),
        ("６０k", "60"),
    ],
)
def test_income_in_another_dress_is_refused_with_what_to_type(text: str, typed: str) -> None:
    assert suggestion(INCOME, text) == typed


@pytest.mark.parametrize(
    ("text", "typed"), [("(60)", "60"), ("( 61.5 )", "61.5"), ("($60,000)", "60"), ("(60k)", "60"), ("(0)", "0")]
)
def test_brackets_are_refused_with_the_number_to_type_where_none_may_be_negative(text: str, typed: str) -> None:
    fault = read_value(INCOME, text)
    assert isinstance(fault, ValueFault)
    assert fault.suggestion == typed
    if typed != "0":
        assert fault.advice == fault.sentence
        assert fault.advice == (
            f"Annual income is not a plain number: “{text}” stands for a negative number, outside 0 to 1000 k$; "
            f"if you mean {typed}, write {typed}"
        )
    assert read_value(INCOME, typed) == float(typed)


def test_brackets_are_a_negative_number_where_one_is_in_bounds() -> None:
    assert suggestion(MONETARY, "(60)") == "-60"
    for text in ("(9,000,000)", "(abc)", "()", "(", "(60"):
        assert suggestion(INCOME, text) is None, text
    assert suggestion(SPENT, "(2,288)") is None  # 2288 or 2.288


def test_a_price_that_can_mean_two_numbers_is_refused_with_both() -> None:
    fault = read_value(SPENT, "€123,400")
    assert isinstance(fault, ValueFault)
    assert fault.advice == "Total spent “€123,400” can mean 123400 or 123.4: write 123400 or 123.4"
    assert fault.suggestion is None
    fault = read_value(SPENT, "€123,456")
    assert isinstance(fault, ValueFault)
    assert fault.advice.endswith("can mean 123456 or 123.456: write 123456 or 123.4560")
    assert read_value(SPENT, "123.4560") == 123.456


def test_a_percent_sign_is_taken_off() -> None:
    assert suggestion(SCORE, "70%") == "70"
    assert suggestion(SCORE, "70 %") == "70"


@pytest.mark.parametrize("text", ["60k", "200%", "abc", "1.2.3", "$", "-$5", "$" + "9" * 50, "9" * 39 + "%"])
def test_no_value_is_suggested_where_none_can_be_told(text: str) -> None:
    assert suggestion(AGE, text) is None


def test_the_unit_s_factor_is_the_feature_s_own() -> None:
    assert suggestion(MONETARY, "€12340050") is None
    assert suggestion(MONETARY, "€123400") == "1234"  # cents
    assert suggestion(MONETARY, "9k") == "90"
    assert suggestion(MONETARY, "€1,234.50") == "1234.5"


@given(
    st.sampled_from([AGE, INCOME, SCORE, MONETARY]),
    st.from_regex(r"-?[$€]? ?[0-9]{1,9}(,[0-9]{3})?(\.[0-9]{1,3})? ?[kK%]?[$€]?", fullmatch=True),
)
def test_what_is_suggested_is_accepted(feature: Feature, text: str) -> None:
    read = read_value(feature, text)
    if isinstance(read, ValueFault) and read.suggestion is not None:
        assert isinstance(read_value(feature, read.suggestion), float)


def test_a_value_out_of_range_is_told_the_range_and_the_unit() -> None:
    fault = check_range(AGE, 130)
    assert fault == ValueFault(Reason.OUT_OF_RANGE, "Age 130 is outside 0 to 120 years")
    fault = check_range(INCOME, 60000)
    assert isinstance(fault, ValueFault)
    assert fault.sentence == "Annual income 60000 is outside 0 to 1000 k$; the unit is k$, so 60000 is 60"
    assert fault.suggestion == "60"
    assert isinstance(check_range(INCOME, 1e9), ValueFault)


def test_bounds_belong_to_the_range() -> None:
    assert check_range(SCORE, 0) == 0
    assert check_range(SCORE, 100) == 100
    for value in (math.nextafter(100, 101), -1e-300, math.nan, math.inf, -math.inf):
        assert isinstance(check_range(SCORE, value), ValueFault), value
    for value in (math.nan, math.inf, -math.inf):
        assert isinstance(check_range(INCOME, value), ValueFault), value


def test_a_quoted_text_is_one_short_line() -> None:
    assert quote("  a\nb\t c ") == "“a b c”"
    assert quote("x" * 41) == f"“{'x' * 39}…”"
    assert quote("x" * 40) == f"“{'x' * 40}”"
    fault = read_value(AGE, "thirty\nfive")
    assert fault == ValueFault(Reason.NOT_A_NUMBER, "Age is not a plain number: “thirty five”")


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("$60,000", "Annual income is not a plain number: “$60,000”; write 60"),
        ("abc", "Annual income is not a plain number: “abc”"),
        ("60000", "Annual income 60000 is outside 0 to 1000 k$; the unit is k$, so 60000 is 60"),
    ],
)
def test_a_faults_advice_says_what_to_write_once(text: str, advice: str) -> None:
    fault = read_value(default_schema().features[1], text)
    assert isinstance(fault, ValueFault)
    assert fault.advice == advice


@pytest.mark.parametrize(
    ("text", "typed"),
    [("60,5", "60.5"), ("1.234,50 €", "1234.5"), ("1'234.50", "1234.5"), ("1 234,5", "1234.5"), ("12,34", "12.34")],
)
def test_a_number_written_as_elsewhere_is_refused_with_what_to_type(text: str, typed: str) -> None:
    assert suggestion(MONETARY, text) == typed


def test_years_after_an_age_are_taken_off() -> None:
    assert suggestion(AGE, "35yrs") == suggestion(AGE, "35 years") == "35"
    assert suggestion(AGE, "35 apples") is None


@pytest.mark.parametrize("text", ["2,288", "2.288", "€2,288", "2.288 €"])
def test_a_value_that_can_mean_two_numbers_is_refused_with_both(text: str) -> None:
    fault = read_value(MONETARY, text)
    assert isinstance(fault, ValueFault)
    assert fault.suggestion is None
    assert fault.sentence == f"Yearly spend {quote(text)} can mean 2288 or 2.288: write 2288 or 2.2880"
    assert read_value(MONETARY, "2288") == 2288
    assert read_value(MONETARY, "2.2880") == 2.288


def test_the_bounds_can_tell_which_number_is_meant() -> None:
    assert read_value(SCORE, "60.125") == 60.125  # not 60125
    assert typed_value(SCORE, 60.125) == "60.125"


@given(st.sampled_from([AGE, INCOME, SCORE, MONETARY]), st.floats(-600, 60000, allow_nan=False))
def test_a_typed_value_is_read_back(feature: Feature, value: float) -> None:
    read = read_value(feature, typed_value(feature, value))
    assert read == value or (isinstance(read, ValueFault) and read.reason is Reason.OUT_OF_RANGE)


def test_a_column_with_both_decimal_marks_leaves_nothing_to_guess() -> None:
    style = NumberStyle(".", grouped=True, refused_marks=".,")
    fault = read_value(MONETARY, "2.288", style=style)
    assert isinstance(fault, ValueFault)
    assert "can mean 2288 or 2.288" in fault.sentence
    assert read_value(MONETARY, "2,288.5", style=style) == 2288.5
    minority = read_value(MONETARY, "35,5", style=style)
    assert isinstance(minority, ValueFault)
    assert minority.suggestion == "35.5"


@pytest.mark.parametrize(
    ("text", "decimal", "written"),
    [
        (".75", ",", "0,75"),
        (",75", ".", "0.75"),
        ("60.-", ".", "60"),
        ("60,-", ",", "60"),
        ("60.", ".", "60"),
        ("+60", ".", "60"),
        ("-.5", ".", ""),
        ("+380", ".", ""),
        ("..5", ".", ""),
        ("-", ".", ""),
    ],
)
def test_what_is_nearly_a_number_is_refused_with_the_number(text: str, decimal: str, written: str) -> None:
    (score,) = (feature for feature in default_schema().features if feature.name == "score")
    for style in (None, NumberStyle(decimal)) if decimal == "." else (NumberStyle(decimal),):
        fault = read_value(score, text, style=style)
        assert isinstance(fault, ValueFault)
        assert fault.suggestion == (written or None)
        if written:
            assert not isinstance(read_value(score, written, style=style), ValueFault)
