"""What a person has chosen of a setup → the schema to train with, or what is wrong with the choice, and where."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from segmentation.numbers.values import quote, trim
from segmentation.proposal.columns.heading import read_heading, unit_of
from segmentation.proposal.features import slug_of
from segmentation.proposal.propose import MOST_CLUSTERING, Use
from segmentation.proposal.setup import listed
from segmentation.schema import Feature, Role, Scale, Schema
from segmentation.schema_data import MAX_FEATURES
from segmentation.writing.folding import fold_key
from segmentation.writing.plain import format_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from segmentation.proposal.setup import Setup, SetupColumn

LONGEST_UNIT: Final = 24
_MOST_NAMED: Final = 3
_WIDEST: Final = 1e15


class Field(StrEnum):
    """What can be changed of a feature."""

    NAME = "name"
    UNIT = "unit"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    SCALE = "scale"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A column as a person wants it.

    Parameters
    ----------
    position
        Which column of the setup; it must be a usable one.
    role
        Whether it makes distances or describes.
    name
        As typed: the key of commands is made of it.
    unit
        As typed; empty for none.
    minimum, maximum
        Bounds in `unit`.
    scale
        What distances are measured on.
    """

    position: int
    role: Role
    name: str
    unit: str
    minimum: float
    maximum: float
    scale: Scale


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field of one column, as a sentence."""

    position: int
    field: Field
    sentence: str


def wanted_as_proposed(setup: Setup, position: int, role: Role) -> Wanted:
    """Return a column as it is proposed, for a role that a person has chosen."""
    feature = setup.feature(position)
    return Wanted(position, role, feature.name, feature.unit, feature.minimum, feature.maximum, feature.scale)


def choice_fault(
    columns: Sequence[SetupColumn], clustering: Sequence[int], describing: Sequence[int]
) -> tuple[Role, str] | None:
    """Say what is wrong with a choice of columns, and for which role; None if nothing is.

    Parameters
    ----------
    columns
        Those of the file.
    clustering, describing
        Positions of the columns that are to make distances, and of those that are to describe.
    """
    if not clustering:
        return Role.CLUSTER, "Choose at least one column to make groups by: without one there are no segments."
    if both := set(clustering) & set(describing):
        names = [quote(columns[at].name) for at in sorted(both)]
        which = listed(names) if len(names) <= _MOST_NAMED else f"{len(names)} columns"
        said, it = (f"{which} is", "it") if len(names) == 1 else (f"{which} are", "them")
        return Role.PROFILE, f"{said} chosen to make groups, too, and can't do both. Take {it} out of one of the two."
    count = len(clustering) + len(describing)
    if count > MAX_FEATURES:
        role = Role.CLUSTER if len(clustering) > len(describing) else Role.PROFILE
        more = count - MAX_FEATURES
        return role, f"That is {count} columns in all, and segments can have {MAX_FEATURES}. Take out {more}."
    return None


def choice_notes(setup: Setup, clustering: Sequence[int], describing: Sequence[int]) -> list[str]:
    """Return what a person should know of a choice that is possible all the same, as sentences."""
    notes = []
    if len(clustering) == 1:
        only = setup.feature(clustering[0]).label_in_text
        notes.append(f"Only {only} makes groups, so the segments will be slices of it.")
    if len(clustering) > MOST_CLUSTERING:
        notes.append(
            f"{len(clustering)} columns make groups. Customers differ in so many ways then that groups blur: "
            f"{MOST_CLUSTERING} are enough."
        )
    for position in (*clustering, *describing):
        column = setup.columns[position]
        if column.use is Use.LEFT_OUT:
            notes.append(f"I would leave {quote(column.name)} out: {column.use_reason}.")
    return notes


def faults_of(setup: Setup, wanted: Sequence[Wanted]) -> list[Fault]:
    """Return what is wrong with the columns as a person wants them; of two that clash, at the later one."""
    return [fault for at, one in enumerate(wanted) for fault in _faults(setup, one, wanted[:at])]


def confirmed_schema(setup: Setup, wanted: Sequence[Wanted]) -> Schema:
    """Return the schema of columns in which `faults_of` finds nothing wrong, in file order."""
    in_order = sorted(wanted, key=lambda one: one.position)
    features = tuple(_feature(setup, one) for one in in_order)
    schema = replace(setup.schema, features=features)
    named = {name for rule in schema.rules for name, _level in rule.levels}
    # Names, and bands for want of groups, are right for the columns that they were proposed with only.
    kept = named == {feature.name for feature in features if feature.role is Role.CLUSTER}
    return schema if kept else replace(schema, rules=(), bands=False)


def _faults(setup: Setup, one: Wanted, before: Sequence[Wanted]) -> Iterator[Fault]:
    if sentence := _name_fault(setup, one, before):
        yield Fault(one.position, Field.NAME, sentence)
    if setup.feature(one.position).is_category:
        return
    if len(one.unit) > LONGEST_UNIT:
        yield Fault(one.position, Field.UNIT, f"Use at most {LONGEST_UNIT} characters for a unit.")
    for field, value in ((Field.MINIMUM, one.minimum), (Field.MAXIMUM, one.maximum)):
        if not math.isfinite(value) or abs(value) > _WIDEST:
            yield Fault(one.position, field, "That number is too large to be a bound.")
            return
    column = setup.columns[one.position]
    if one.minimum >= one.maximum:
        lower = format_number(one.minimum)
        yield Fault(one.position, Field.MAXIMUM, f"The upper bound must be above the lower one, {lower}.")
    elif one.maximum < column.low or one.minimum > column.high:
        field = Field.MAXIMUM if one.maximum < column.low else Field.MINIMUM
        low, high = format_number(column.low), format_number(column.high)
        yield Fault(
            one.position, field, f"The file's values go from {low} to {high}, so no customer lies within these bounds."
        )


def _name_fault(setup: Setup, one: Wanted, before: Sequence[Wanted]) -> str:
    typed = trim(one.name)
    if not slug_of(typed):
        example = setup.feature(one.position).name
        return (
            f"People type this name in /segment. Use letters from a to z, digits and _, with a letter first, such as "
            f"{example}."
        )
    keys = _keys(setup, one)
    others = {fold_key(column.name): column.name for at, column in enumerate(setup.columns) if at != one.position}
    for key in keys:
        if key in others:
            return f"{quote(others[key])} is another column of this file. Choose another name."
    for other in before:
        if keys & _keys(setup, other):
            column = setup.columns[other.position].name
            return f"{quote(column)} is called that already. Choose another name."
    return ""


def _keys(setup: Setup, one: Wanted) -> set[str]:
    """Return what a column as a person wants it can be called by."""
    feature = _feature(setup, one)
    return {fold_key(key) for key in (feature.name, feature.label, *feature.aliases)}


def _feature(setup: Setup, one: Wanted) -> Feature:
    proposed, typed = setup.feature(one.position), trim(one.name)
    name, label = proposed.name, proposed.label
    if fold_key(typed) != fold_key(name):
        name, label = slug_of(typed), read_heading(typed).label
    # The file's own heading, by which the column is read, must stay one of its names.
    header = " ".join(trim(setup.columns[one.position].name).split())
    aliases = (header,) if fold_key(header) not in {fold_key(name), fold_key(label)} else ()
    unit, factor = " ".join(one.unit.split()), proposed.base_unit_factor
    if unit != proposed.unit:
        factor = (unit_of(unit) or (unit, 1.0))[1]
    return replace(
        proposed,
        name=name,
        label=label,
        unit=unit,
        minimum=one.minimum,
        maximum=one.maximum,
        role=one.role,
        base_unit_factor=factor,
        aliases=aliases,
        example=min(max(proposed.example, one.minimum), one.maximum),
        scale=one.scale,
    )
