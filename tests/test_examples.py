"""The examples in docstrings print what they say they print."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest
from reference import sample_trained

import bot
import segmentation

# Only these are imported: a warehouse's engine takes seconds to load.
MODULES = [
    ".".join((package.__name__, *path.relative_to(root).with_suffix("").parts))
    for package in (bot, segmentation)
    for root in map(Path, package.__path__)
    for path in sorted(root.rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_print_what_they_say(name: str) -> None:
    module = import_module(name)
    # What an example would need minutes of reading to set up: the model trained on the sample customers.
    known = {**vars(module), "model": sample_trained().model}
    result = doctest.testmod(module, globs=known, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert result.attempted > 0
    assert result.failed == 0


def test_the_main_modules_have_examples() -> None:
    assert {
        "bot.parsing.formatting",
        "segmentation.model",
        "segmentation.numbers.values",
        "segmentation.schema",
    } <= set(MODULES)
