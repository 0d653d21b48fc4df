"""Addresses are hashed as the platforms document; the hashes are the ones they print."""

from __future__ import annotations

import polars as pl
import pytest

from segmentation.lists.hashed_email import hashed_emails

# Meta's customer information parameters, `em`; the second is that of an address without anything to normalise.
JOHN = "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"
TEST = "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b"


@pytest.mark.parametrize(
    ("cell", "hashed"),
    [
        ("John_Smith@gmail.com", JOHN),
        ("john_smith@gmail.com", JOHN),
        ("  John_Smith@GMAIL.com\t", JOHN),
        ("John_Smith @gmail.com", JOHN),
        ("\ufeffjohn_smith@gmail.com\u00a0", JOHN),
        ("mailto:john_smith@gmail.com", JOHN),
        ("test@example.com", TEST),
    ],
)
def test_the_hash_is_the_one_the_platforms_print(cell: str, hashed: str) -> None:
    assert hashed_emails(pl.Series([cell])).to_list() == [hashed]


def test_dots_before_gmail_make_another_address() -> None:
    plain, dotted, other = hashed_emails(pl.Series(["ab@gmail.com", "a.b@gmail.com", "a.b@gmail.com"]))
    assert plain != dotted == other


@pytest.mark.parametrize(
    "cell", ["", None, "n/a", "a@b", "a@b.c", "a b c", "a@b.com;c@d.com", "a@b.com, c@d.com", "<a@b.com>", "a@@b.com"]
)
def test_a_cell_that_holds_not_one_address_has_no_hash(cell: str | None) -> None:
    assert hashed_emails(pl.Series([cell], dtype=pl.String)).to_list() == [None]
