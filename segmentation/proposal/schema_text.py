"""A proposal as TOML that loads, with the reason for everything in its comments."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from segmentation.numbers.values import quote
from segmentation.proposal.propose import Choice, Proposal, Use
from segmentation.writing.plain import format_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from segmentation.schema import Feature, SegmentRule


def schema_text(proposal: Proposal) -> str:
    """Return a proposal as TOML."""
    return "\n".join(_lines(proposal)) + "\n"


def _lines(proposal: Proposal) -> Iterator[str]:
    look = proposal.look
    yield _comment(
        f"Proposed from {look.rows:,} rows. Change what is wrong, save it, and train with SEGBOT_SCHEMA=this file."
    )
    yield from (_comment(note) for note in look.notes)
    identity = f"Customers are told apart by {quote(look.id.name)}" if look.id else "No column tells customers apart"
    yield _comment(f"{identity}. role: cluster makes distances, profile only describes.")
    yield f"name = {_text(proposal.schema.name)}"
    if proposal.schema.bands:
        yield "# Customers in no groups are cut into bands; a person looks first."
        yield "bands = true"
    for choice in proposal.choices:
        if choice.feature is not None:
            yield ""
            yield from _feature(choice, choice.feature)
    if left_out := proposal.of(Use.LEFT_OUT):
        yield ""
        yield "# Left out:"
        yield from (_comment(f"{quote(c.column.name)} ({c.column.kind}): {c.reason}") for c in left_out)
    yield ""
    if proposal.schema.rules:
        yield "# Segments are called by these rules where they are true of them."
        for rule in proposal.schema.rules:
            yield from _rule(rule)
        return
    yield "# Segments are named after their centres. Rules give them names of your own:"
    name = next(feature.name for feature in proposal.schema.features if feature.role.value == Use.CLUSTER.value)
    yield from _example(name)


def _feature(choice: Choice, feature: Feature) -> Iterator[str]:
    column = choice.column
    yield _comment(f"{quote(column.name)} is {_article(column.kind.value)}: {column.reason}.")
    yield _comment(f"{choice.reason[0].upper()}{choice.reason[1:]}.")
    yield "[[features]]"
    yield f"name = {_text(feature.name)}"
    yield f"label = {_text(feature.label)}"
    if feature.unit:
        yield f"unit = {_text(feature.unit)}"
    if feature.is_category:
        yield f"kind = {_text(feature.kind.value)}"
        yield f"categories = [{', '.join(map(_text, feature.categories))}]"
        if feature.other:
            yield "other = true"
    else:
        yield from _measure(feature)
    yield f"role = {_text(feature.role.value)}"
    if feature.is_log:
        yield f"scale = {_text(feature.scale.value)}"
    if not feature.is_category:
        yield f"example = {_number(feature.example)}"
    if feature.aliases:
        yield f"aliases = [{', '.join(map(_text, feature.aliases))}]"


def _measure(feature: Feature) -> Iterator[str]:
    yield f"minimum = {_number(feature.minimum)}"
    yield f"maximum = {_number(feature.maximum)}"
    yield f"decimals = {feature.decimals}"
    if feature.base_unit_factor != 1:
        yield f"base_unit_factor = {_number(feature.base_unit_factor)}"


def _example(name: str) -> Iterable[str]:
    return (
        "# [[segments]]",
        '# name = "Best customers"',
        f'# levels = {{ {name} = "high" }}',
        '# meaning = "Who they are."',
        '# action = "What to do for them."',
    )


def _rule(rule: SegmentRule) -> Iterator[str]:
    levels = ", ".join(f"{name} = {_text(level.value)}" for name, level in rule.levels)
    yield "[[segments]]"
    yield f"name = {_text(rule.name)}"
    yield f"levels = {{ {levels} }}"
    yield f"meaning = {_text(rule.meaning)}"
    yield f"action = {_text(rule.action)}"
    yield ""


def _article(kind: str) -> str:
    return {"id": "an id", "money": "money"}.get(kind, f"a {kind}")


def _comment(text: str) -> str:
    """Write one line of comment: a column's name may hold anything."""
    return "# " + "".join(character for character in " ".join(text.split()) if character.isprintable())


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _number(value: float) -> str:
    return format_number(value)
