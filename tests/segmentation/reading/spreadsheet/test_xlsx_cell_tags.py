"""The tags of cells are read by their bytes as an expression would read their texts."""

from __future__ import annotations

import itertools
import random
import re

import numpy as np
import polars as pl
import pytest
from campaigns import campaign
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.reading.spreadsheet.xlsx_cell_tags import cell_tags
from segmentation.reading.spreadsheet.xml_tokens import TagBytes, TagNames

USUAL = re.compile(
    r'c r="([A-Z]{1,3})[0-9]{1,7}"(?: s="(0|[1-9][0-9]{0,4})")?(?: t="(n|s|b|e|str|inlineStr)")?', re.ASCII
)
letters = st.text("ABCXYZ@[a", max_size=4)
digits = st.text("0123456789:/", max_size=8)
STYLES = ("", ' s="0"', ' s="12345"', ' s="123456"', ' s="01"', ' s="7"', ' s=""', "  s='1'")
TYPES = ("", *(f' t="{name}"' for name in ("n", "s", "b", "e", "str", "inlineStr", "d", "")))
TAILS = ("", "", "", "/", " ", ' x="1"', "é", "\0")
styles, types, tails = map(st.sampled_from, (STYLES, TYPES, TAILS))
written = st.builds(
    lambda *parts: "".join(parts), st.just('c r="'), letters, digits, st.just('"'), styles, types, tails
)
tags = st.lists(st.one_of(written, written, st.text("c r=\"A1s'/é ", max_size=30)), min_size=1, max_size=8)


def expected(tag: str) -> tuple[int | None, int | None, str] | None:
    """Read a tag with an expression; None for one that is not as usual."""
    found = USUAL.fullmatch(tag)
    if found is None:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1, int(found[2]) if found[2] else None, found[3] or "n"


def read(tags: list[str]) -> list[tuple[int | None, int | None, str] | None]:
    piece = TagBytes("".join(f"<{tag}>" for tag in tags).encode())
    frame = cell_tags(piece, np.arange(len(tags)))
    rows = frame.select("column", "style", pl.col("type").cast(pl.String)).rows()
    return [row if row[0] is not None else None for row in rows]


@settings(deadline=None, max_examples=campaign(100, 1_000))
@given(tags=tags)
def test_tags_are_read_as_an_expression_reads_them(tags: list[str]) -> None:
    assert read(tags) == [expected(tag) for tag in tags]


@pytest.mark.parametrize("seed", range(campaign(1, 30)))
def test_many_tags_are_read_as_an_expression_reads_them(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - the same in every run
    some = ("".join(rng.choices("AXZ@[a", k=rng.randrange(5))) for _ in itertools.count())
    more = ("".join(rng.choices("0189:/", k=rng.randrange(9))) for _ in itertools.count())
    # So few different attributes that all of them are looked at.
    ends = [style + kind + tail for style in STYLES for kind in TYPES for tail in TAILS]
    tags = [f'c r="{next(some)}{next(more)}"{rng.choice(ends)}' for _ in range(3_000)]
    assert read(tags) == [expected(tag) for tag in tags]


@pytest.mark.parametrize("column", ["A", "Z", "AA", "XFD", "ZZZ"])
def test_a_cell_may_be_in_any_column(column: str) -> None:
    tag = f'c r="{column}1048576" s="12345" t="inlineStr"'
    assert read([tag]) == [expected(tag)]
    assert read([tag])[0] is not None


def test_more_different_attributes_than_a_sheet_has_are_left_to_the_parser() -> None:
    tags = [f'c r="A1" s="{style}"' for style in range(5_000)]
    found = read(tags)
    left = [row for row in found if row is None]
    assert len(left) == 5_000 - 4_096
    assert all(row in {None, expected(tag)} for row, tag in zip(found, tags, strict=True))


NAMES = {"c ": 1, "/c": 2, "v": 3, "/v": 4, 't xml:space="preserve"': 5, "t": 5, "row ": 6, "/row": 7}
near = st.sampled_from([*NAMES, "c r", "c", "vv", "row", "rows ", 't xml:space="preserved"', "t x", "c /", "é"])


@settings(deadline=None, max_examples=campaign(60, 1_000))
@given(tags=st.lists(near, min_size=1, max_size=8))
def test_tags_have_the_numbers_of_their_names(tags: list[str]) -> None:
    def number(tag: str) -> int:
        found = next((n for name, n in NAMES.items() if tag == name or (name[-1] == " " and tag.startswith(name))), 0)
        return 9 if found == 1 and tag.endswith("/") else found

    numbers = TagNames(NAMES, {1: 9}).of(TagBytes("".join(f"<{tag}>" for tag in tags).encode()), pl.Series(tags))
    assert numbers.tolist() == [number(tag) for tag in tags]
