"""No cell of a result file can run as a formula, and no number is touched."""

from __future__ import annotations

import re
import sys

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from segmentation.scoring.formula_guard import _SPACES, any_suspicious, guard, guarded

RISKY = [
    "=1+1", "+x", "@SUM(A1)", "-x", "-", "\t1", "\tx", "\r=1", "\n=1", " =1", "\u00a0=1", "\u200b=1", "\ufeff=1",
    "\ufeff \u200b+1", "＝1", "＋1", "－1", "＠x", "-1-1", "--1", "-1e999", " \t5", "-2+3", "\0x",
    "+", "+()", "+ -", "+1e5", "+1=2", "+A1", "+1+1", "+1*2", "＋49 30 1", "+４９ 30 1", "+49\t30", "\t+49 30", "+49\n",
    "\ufeff\u3000＝1", "\u200b\r", "\u2009\0", "\ufeff\t", "\ufeff+49 30 1",
]  # fmt: skip
HARMLESS = [
    "", "x", "1", "-5", " -5", "-5.25", "-5,25", "-1e5", "-６０", "-0", "a=b", "'=1", "x-1", "1-2", "2024-01-02", " ",
    "\u200b", "-1.5\u200b", "-12345678901234567890",
    "+49 30 1", "+5", "+49 (170) 000/00-01", "+1.202.555.0100", " +49 30", "+49\u00a0170 1",
    "'+49 30 1", "'=1+1", "'", "''=x",
]  # fmt: skip


@pytest.mark.parametrize("text", RISKY)
def test_what_could_run_is_led_by_an_apostrophe(text: str) -> None:
    assert guard(text) == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_numbers_and_harmless_texts_are_left_alone(text: str) -> None:
    assert guard(text) == text


@given(
    st.lists(st.text("=+-@\t\r\n1,.eE ()x\u200b＝\ufeff'", max_size=5) | st.text(max_size=4), min_size=1, max_size=20)
)
def test_a_column_is_guarded_as_its_cells_are(texts: list[str]) -> None:
    column = pl.Series([None, *texts], dtype=pl.String)
    safe, changed = guarded(column)
    assert safe.to_list() == [None, *map(guard, texts)]
    assert changed == sum(guard(text) != text for text in texts)


CELLS = st.text("=+-@\t\0\v\x1f1a \u200b\u3000＝＋－＠", max_size=4) | st.sampled_from(RISKY + HARMLESS)


@example(["a", "\0x"], ",")
@example(["a", "\tx"], ",")
@example(["", "a"], "\t")
@given(st.lists(CELLS, min_size=1, max_size=6), st.sampled_from(",;\t|"))
def test_the_quick_look_at_a_block_finds_what_the_guard_itself_may_change(cells: list[str], delimiter: str) -> None:
    cells = [re.sub(rf"[{delimiter}\r\n]", "", cell) for cell in cells]
    line = delimiter.join(cells)
    looked_at = any_suspicious(line.encode() + b"\n", pl.Series([line]), delimiter)
    assert looked_at == any(any_suspicious(cell.encode() + b"\n", pl.Series([cell]), delimiter) for cell in cells)
    # It may take a number or a phone for a formula, but nothing else.
    assert looked_at == any(guard(f"{cell}x") != f"{cell}x" for cell in cells)
    assert looked_at >= any(guard(cell) != cell for cell in cells)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_block_of_plain_cells_is_not_looked_at_closely(end: bytes) -> None:
    for delimiter in ",;\t|":
        line = delimiter.join(["Ann", "", "35", "2.5"])
        assert not any_suspicious(line.encode() + end, pl.Series([line]), delimiter)


def test_every_unicode_space_is_looked_through() -> None:
    spaces = {chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()}
    assert spaces == set(_SPACES) | set("\t\r\n")
