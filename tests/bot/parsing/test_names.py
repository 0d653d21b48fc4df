"""Names typed in one line, as a person types them."""

from __future__ import annotations

import pytest

from bot.parsing.names import names_in


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        (" , ,", ()),
        ("id, e-mail", ("id", "e-mail")),
        ('id, "name, first",', ("id", "name, first")),
        ("Target\nMiser", ("Target", "Miser")),
        ('say "hi"', ('say "hi"',)),
    ],
)
def test_names_are_separated_by_commas(text: str, names: tuple[str, ...]) -> None:
    assert names_in(text) == names
