"""The schema: what ships, what a team can write itself, and that a wrong one is refused with file, key and reason."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import FIVE_NAMES, RFM, rfm_schema

from segmentation.errors import BadInput, BadSchema
from segmentation.schema import Feature, Level, Role, Scale, Schema
from segmentation.schema_data import default_schema, load_schema, parse_schema, schema_from_data
from segmentation.writing.folding import fold_key, fold_text
from segmentation.writing.plain import format_number

SMALL = """
name = "small"
borderline_below = 0.25
[[features]]
name = "visits"
minimum = 0
maximum = 10
role = "cluster"
[[segments]]
name = "Often"
levels = { visits = "high" }
meaning = "They come."
action = "Greet them."
"""


def test_the_default_schema_segments_customers_on_income_and_score() -> None:
    schema = default_schema()
    assert schema.names == ("age", "income", "score")
    assert [schema.features[i].name for i in schema.cluster_indices] == ["income", "score"]
    assert tuple(rule.name for rule in schema.rules) == FIVE_NAMES
    assert schema.rules[0].levels == (("income", Level.HIGH), ("score", Level.HIGH))
    assert all(rule.meaning and rule.action for rule in schema.rules)
    assert schema.example == "age=35 income=60 score=70"
    assert schema.features[1].range_text == "0 to 1000 k$"
    assert load_schema(None) == schema


@pytest.mark.parametrize(
    ("label", "inside"),
    [
        ("Age", "age"),
        ("Annual Income", "annual income"),
        ("VIP Spend", "VIP spend"),
        ("Share of RFM Orders", "share of RFM orders"),
        ("E-Mail opens", "e-mail opens"),
        ("Minutes in iPhone app", "minutes in iPhone app"),
        ("Orders on plan A", "orders on plan A"),
        ("K€ a year", "K€ a year"),
        ("A Customer's Age", "a customer's age"),
        ("İade Tutarı", "iade tutarı"),
    ],
)
def test_a_label_inside_a_sentence_keeps_only_the_capitals_of_abbreviations(label: str, inside: str) -> None:
    assert replace(default_schema().features[1], label=label).label_in_text == inside


def test_a_label_has_its_unit_behind_it_if_there_is_one() -> None:
    income = default_schema().features[1]
    assert income.label_with_unit == "Annual income (k$)"
    assert replace(income, unit="").label_with_unit == "Annual income"


def test_a_schema_of_other_features_is_read_whole() -> None:
    schema = rfm_schema()
    assert schema.names == ("recency", "tenure", "frequency", "monetary")
    assert schema.cluster_indices == (0, 2, 3)
    assert schema.borderline_below == 0.2
    assert schema.features[0].weight == 0.5
    assert schema.features[1].role is Role.PROFILE
    assert schema.features[2].unit == ""
    assert schema.features[2].range_text == "0 to 200"
    assert schema.features[3].decimals == 2
    assert schema.features[3].base_unit_factor == 100
    assert schema.example == "recency=365 tenure=20 frequency=100 monetary=1234.5"


def test_a_scale_is_read_and_an_unknown_one_refused() -> None:
    visits = SMALL.replace('name = "visits"', 'name = "visits"\nscale = "log"')
    assert parse_schema(visits, "small.toml").features[0].scale is Scale.LOG
    with pytest.raises(BadSchema, match='"plain" or "log"'):
        parse_schema(visits.replace('"log"', '"root"'), "small.toml")


def test_what_is_not_said_has_a_plain_default() -> None:
    feature = parse_schema(SMALL, "small.toml").features[0]
    assert feature == Feature("visits", "Visits", "", 0, 10, Role.CLUSTER, example=5)
    labelled = parse_schema(
        SMALL.replace('name = "visits"', 'name = "shop_visits"').replace("visits =", "shop_visits ="), "x"
    )
    assert labelled.features[0].label == "Shop visits"


def test_the_example_stays_in_bounds_too_narrow_for_a_rounded_middle() -> None:
    text = SMALL.replace("minimum = 0", "minimum = 0.1").replace("maximum = 10", "maximum = 0.4")
    assert parse_schema(text, "small.toml").example == "visits=0.1"


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ('name = "small"', "", "name", "a text is required"),
        ('name = "small"', "name = 7", "name", "a text is required"),
        ('name = "small"', 'name = " "', "name", "a text is required"),
        ('name = "small"', 'name = "small"\nflavour = 1', "flavour", "this key is not known"),
        ("= 0.25", "= 1.5", "borderline_below", "it must be from 0 to 1"),
        ("= 0.25", '= "x"', "borderline_below", "a number is required"),
        ("= 0.25", "= nan", "borderline_below", "a number is required"),
        ("= 0.25", "= true", "borderline_below", "a number is required"),
        ('"visits"\n', '"Visits"\n', "features[0] → name", "use lower-case letters"),
        ('"visits"\n', f'"{"v" * 33}"\n', "features[0] → name", "use lower-case letters"),
        ("minimum = 0\n", "", "features[0] → minimum", "a number is required"),
        ("maximum = 10", "maximum = 0", "features[0] → maximum", "it must be above the minimum"),
        ("maximum = 10", "maximum = inf", "features[0] → maximum", "a number is required"),
        ("maximum = 10", "maximum = 1e16", "features[0] → maximum", "it must be from"),
        ("maximum = 10", f"maximum = 1{'0' * 400}", "features[0] → maximum", "a number is required"),
        ('role = "cluster"', 'role = "clusters"', "features[0] → role", '"cluster" or "profile"'),
        ('role = "cluster"', "", "features[0] → role", "a text is required"),
        ('role = "cluster"', 'role = "profile"', "features", "at least one feature needs role"),
        ('role = "cluster"', 'role = "cluster"\nweight = 0', "features[0] → weight", "it must be from"),
        ('role = "cluster"', 'role = "cluster"\nweight = -1', "features[0] → weight", "it must be from"),
        ('role = "cluster"', 'role = "cluster"\ndecimals = 1.5', "features[0] → decimals", "a whole number"),
        ('role = "cluster"', 'role = "cluster"\ndecimals = 7', "features[0] → decimals", "it must be from 0 to 6"),
        ('role = "cluster"', 'role = "cluster"\nexample = 11', "features[0] → example", "it must be from 0 to 10"),
        ('role = "cluster"', 'role = "cluster"\naliases = "x"', "features[0] → aliases", "a list of texts"),
        ('role = "cluster"', "role = \"cluster\"\naliases = ['x', 1]", "features[0] → aliases", "a list of texts"),
        ('role = "cluster"', 'role = "cluster"\naliases = 0', "features[0] → aliases", "a list of texts"),
        ('role = "cluster"', 'role = "cluster"\naliases = ["€"]', "features", '"€" has no letter or digit'),
        ('role = "cluster"', 'role = "cluster"\nunits = "x"', "features[0] → units", "this key is not known"),
        ('{ visits = "high" }', "{}", "segments[0] → levels", "are required"),
        ('{ visits = "high" }', '"high"', "segments[0] → levels", "are required"),
        ('{ visits = "high" }', '{ visits = "top" }', "segments[0] → levels.visits", '"low", "mid" or "high"'),
        ('{ visits = "high" }', '{ visits = ["high"] }', "segments[0] → levels.visits", '"low", "mid" or "high"'),
        ('{ visits = "high" }', '{ other = "high" }', "segments[0] → levels.other", "no number of that name"),
        ('meaning = "They come."', "", "segments[0] → meaning", "a text is required"),
        ('action = "Greet them."', "", "segments[0] → action", "a text is required"),
        ('action = "Greet them."', 'action = "x"\ncolour = "red"', "segments[0] → colour", "this key is not known"),
        ('name = "small"', 'name = "small', "the TOML", "line 2"),
        ('name = "small"', f"name = 1{'0' * 5000}", "the TOML", "limit"),
        ('name = "small"', f"name = {'[' * 100_000}", "the TOML", "recursion"),
    ],
)
def test_a_wrong_schema_is_refused_with_file_key_and_reason(old: str, new: str, key: str, reason: str) -> None:
    assert old in SMALL
    with pytest.raises(BadSchema) as caught:
        parse_schema(SMALL.replace(old, new, 1), "team.toml")
    assert caught.value.file == "team.toml"
    assert caught.value.key == key
    assert reason in caught.value.reason
    assert caught.value.sentence == f"The schema team.toml is wrong at {key}: {caught.value.reason}."
    assert isinstance(caught.value, BadInput)


FEATURE = '[[features]]\nname = "{}"\nminimum = 0\nmaximum = 1\nrole = "cluster"\n'
SEGMENT = '[[segments]]\nname = "{}"\nlevels = {{ visits = "{}" }}\nmeaning = "m"\naction = "a"\n'


@pytest.mark.parametrize(
    ("more", "key", "reason"),
    [
        (FEATURE.format("visits"), "features", "two features have the same name"),
        (FEATURE.format("v_isits"), "features", '"v_isits" names both visits and v_isits'),
        (FEATURE.format("other") + 'aliases = ["VISITS"]\n', "features", '"VISITS" names both visits and other'),
        (FEATURE.format("other") + 'label = "Visits"\n', "features", '"Visits" names both visits and other'),
        ("".join(FEATURE.format(f"f{i}") for i in range(20)), "features", "at most 20 are supported"),
        ("".join(SEGMENT.format(f"s{i}", "low") for i in range(20)), "segments", "at most 20 are supported"),
        (SEGMENT.format("OFTEN", "low"), "segments[1] → name", '"OFTEN" is there twice'),
        (SEGMENT.format("Rarely", "high"), "segments[1] → levels", "another segment has the same levels"),
    ],
)
def test_tables_that_clash_are_refused(more: str, key: str, reason: str) -> None:
    with pytest.raises(BadSchema) as caught:
        parse_schema(SMALL + more, "team.toml")
    assert (caught.value.key, caught.value.reason) == (key, reason)


@pytest.mark.parametrize(
    ("text", "key"), [("", "name"), ('name = "x"', "features"), ('name = "x"\nfeatures = [1]', "features[0]")]
)
def test_a_schema_without_tables_is_refused(text: str, key: str) -> None:
    with pytest.raises(BadSchema) as caught:
        parse_schema(text, "team.toml")
    assert caught.value.key == key


def test_a_file_that_cannot_be_read_is_refused_by_name_alone(tmp_path: Path) -> None:
    with pytest.raises(BadSchema, match=r"The schema none\.toml is wrong at the file itself: .*No such file") as caught:
        load_schema(tmp_path / "none.toml")
    assert str(tmp_path) not in caught.value.sentence
    (tmp_path / "latin.toml").write_bytes('name = "Käufer"'.encode("latin-1"))
    with pytest.raises(BadSchema, match="not UTF-8 text"):
        load_schema(tmp_path / "latin.toml")


def test_a_file_is_read_as_its_text(tmp_path: Path) -> None:
    (tmp_path / "orders.toml").write_text(RFM, encoding="utf-8")
    assert load_schema(tmp_path / "orders.toml") == rfm_schema()


def test_features_are_found_by_name_label_and_alias_whatever_the_case_and_spacing() -> None:
    schema = default_schema()
    income = schema.features[1]
    for key in ("income", "INCOME", " Annual_Income ", "Annual Income (k$)", "annual-income", "ｉｎｃｏｍｅ", "salary"):
        assert schema.find(key) is income, key
    assert schema.find("incom") is None
    assert schema.find("") is None
    assert fold_key("Straße (m²)") == "strassem2"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Yıllık gelir", "YILLIK GELİR"), ("Yıllık gelir", "Yillik Gelir"), ("İl", "ıl"), ("Prénom", "PRENOM"),
        ("Prénom", "Pre\u0301nom"), ("Größe", "GROSSE"), ("Ηλικία", "ΗΛΙΚΙΑ"), ("Ὀδός", "οδοσ"), ("Возраст", "ВОЗРАСТ"),
        ("ガク", "ｶﾞｸ"), ("שָׁלוֹם", "שלום"), ("مُدِير", "مدير"), ("score ⭐\ufe0f", "score"),
    ],
)  # fmt: skip
def test_one_word_has_one_key_whatever_its_case_accents_and_form(one: str, other: str) -> None:
    assert fold_key(one) == fold_key(other)


@pytest.mark.parametrize(("one", "other"), [("カク", "ガク"), ("कि", "का"), ("가", "나"), ("ба", "бо")])
def test_marks_that_make_another_word_make_another_key(one: str, other: str) -> None:
    assert fold_key(one) != fold_key(other)


@given(st.text(max_size=8))
def test_a_folded_text_folds_to_itself_and_so_do_its_capitals(text: str) -> None:
    folded = fold_text(text)
    assert fold_text(folded) == folded
    assert fold_key(folded) == fold_key(text)


def test_bands_are_wanted_only_where_the_schema_says_so() -> None:
    assert parse_schema(SMALL, "small.toml").bands is False
    assert parse_schema(f"bands = true\n{SMALL}", "small.toml").bands is True
    with pytest.raises(BadSchema, match="bands: it must be true or false"):
        parse_schema(f'bands = "yes"\n{SMALL}', "small.toml")
    # What a version from before bands stored means none, under the same fingerprint.
    assert "bands" not in default_schema().to_data()


def on_log(schema: Schema) -> Schema:
    """Put the last feature on a log scale."""
    return replace(schema, features=(*schema.features[:-1], replace(schema.features[-1], scale=Scale.LOG)))


def test_the_fingerprint_follows_every_field_and_nothing_else() -> None:
    schema = default_schema()
    assert schema.fingerprint == default_schema().fingerprint
    others = [
        replace(schema, name="other"),
        replace(schema, borderline_below=0.31),
        replace(schema, bands=True),
        replace(schema, features=schema.features[::-1]),
        replace(schema, features=(replace(schema.features[0], maximum=121), *schema.features[1:])),
        replace(schema, features=(replace(schema.features[0], aliases=()), *schema.features[1:])),
        on_log(schema),
        replace(schema, rules=schema.rules[:-1]),
    ]
    assert len({schema.fingerprint, *(other.fingerprint for other in others)}) == len(others) + 1


@pytest.mark.parametrize(
    "schema",
    [default_schema(), rfm_schema(), on_log(rfm_schema()), replace(rfm_schema(), bands=True)],
    ids=["customers", "orders", "orders on log", "bands"],
)
def test_the_stored_form_reads_back_equal(schema: Any) -> None:
    again = schema_from_data(json.loads(json.dumps(schema.to_data())))
    assert again == schema
    assert again.fingerprint == schema.fingerprint


def test_plain_scales_are_stored_as_by_versions_without_scales() -> None:
    stored = [feature.keys() for feature in on_log(default_schema()).to_data()["features"]]
    assert ["scale" in keys for keys in stored] == [False, False, True]
    assert (
        parse_schema(SMALL, "small.toml").fingerprint
        == "e8a693d55133a198779909dbf734c87348c1af7f31cc6d510535bfd36a42f022"
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("name",), 3),
        (("borderline_below",), "0.3"),
        (("borderline_below",), float("nan")),
        (("features", 0, "label"), None),
        (("features", 0, "aliases"), [1]),
        (("features", 0, "minimum"), "0"),
        (("features", 0, "minimum"), 10**400),
        (("features", 0, "minimum"), 120),
        (("features", 0, "maximum"), float("inf")),
        (("features", 0, "decimals"), 1.5),
        (("features", 0, "decimals"), 99),
        (("features", 0, "base_unit_factor"), 0),
        (("features", 1, "weight"), -1),
        (("features", 1, "name"), "age"),
        (("features", 1, "role"), "other"),
        (("features", 1, "colour"), "red"),
        (("features", 1, "scale"), "square root"),
        (("features", 1, "scale"), None),
        (("rules", 0, "levels"), [["income", "top"]]),
        (("rules", 0, "levels"), [[1, "high"]]),
        (("rules", 0, "action"), 5),
        (("features",), []),
    ],
)
def test_a_corrupted_stored_form_is_refused(path: tuple[str | int, ...], value: object) -> None:
    data: Any = json.loads(json.dumps(asdict(default_schema())))
    place = data
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises((KeyError, TypeError, ValueError)):
        schema_from_data(data)


def test_bounds_whose_difference_no_number_can_hold_have_no_logarithm() -> None:
    data: Any = on_log(default_schema()).to_data()
    data["features"][2].update({"minimum": -1.5e308, "maximum": 1.5e308})
    with pytest.raises(ValueError, match="too far apart"):
        schema_from_data(data)


def test_numbers_are_written_plainly() -> None:
    assert [format_number(value) for value in (60.0, 60.5, -0.0, 1e15, 0.1)] == [
        "60",
        "60.5",
        "0",
        "1000000000000000",
        "0.1",
    ]
    assert format_number(61.26, 1) == "61.3"
    assert format_number(-0.04, 1) == "0"
    assert format_number(60, 0) == "60"
    assert default_schema().features[1].show(60) == "60 k$"
    income = default_schema().features[1]
    assert income.show_typical(60.26) == "60.3 k$"
    assert [replace(income, decimals=n).show_typical(60.2638) for n in (1, 2, 3)] == [
        "60.26 k$",
        "60.26 k$",
        "60.264 k$",
    ]
    assert rfm_schema().features[2].show(3) == "3"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_written_exactly_reads_back_as_itself(value: float) -> None:
    assert float(format_number(value)) == value
