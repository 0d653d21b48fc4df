"""The form that sets up segments from a file's own columns: first which columns, then page by page how each is read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Self

from bot.blocks.limits import METADATA, OPTION_TEXT, OPTIONS
from bot.blocks.text import Block, context, cut, escape, section
from segmentation.numbers.values import quote
from segmentation.proposal.confirmed import LONGEST_UNIT, Field, Wanted, choice_notes, wanted_as_proposed
from segmentation.proposal.propose import Use
from segmentation.proposal.setup import Setup
from segmentation.schema import Role, Scale
from segmentation.training.bounds import LARGEST_K, SMALLEST_K
from segmentation.writing.plain import format_number

COLUMNS_FORM: Final = "setup_columns"
DETAILS_FORM: Final = "setup_details"
ENTERED: Final = "entered"
GROUPS_BLOCK: Final = "setup_groups"
DESCRIBE_BLOCK: Final = "setup_describe"
ID_BLOCK: Final = "setup_id"
K_BLOCK: Final = "setup_k"
AUTOMATIC: Final = "auto"
# Stands for the position of the column of ids if there is none.
NO_COLUMN: Final = -1
# A page holds at most 100 blocks, a column takes six, and three forms may lie on top of each other.
COLUMNS_ON_A_PAGE: Final = 10
# With quotes escaped, what ten columns can change is less than Slack keeps with a form.
LONGEST_NAME: Final = 40
_MOST_LEFT_OUT: Final = 12
_LONGEST_LIST: Final = 300
_BLOCKS: Final = {
    Role.CLUSTER: GROUPS_BLOCK,
    Role.PROFILE: DESCRIBE_BLOCK,
}
_SCALES: Final = {Scale.PLAIN: "As it is", Scale.LOG: "Logarithmic: twice as much counts the same anywhere"}


@dataclass(frozen=True, slots=True)
class Progress:
    """What a form carries from page to page.

    Parameters
    ----------
    job
        Where the setup is stored.
    attempt
        How many trainings this setup had led to when its form was opened.
    channel
        Where the report is to go.
    clustering, describing
        Positions of the chosen columns.
    identity
        Position of the column that tells customers apart, `NO_COLUMN` for none; None if it is as proposed.
    k
        Number of segments; None leaves it to elbow and silhouette.
    page
        The page of details shown, from 0.
    changed
        What was changed on the pages before: by position, the field's value by its name.
    """

    job: str
    attempt: int
    channel: str
    clustering: tuple[int, ...] = ()
    describing: tuple[int, ...] = ()
    identity: int | None = None
    k: int | None = None
    page: int = 0
    changed: Mapping[str, Mapping[str, Any]] | None = None

    def to_metadata(self) -> str:
        """Return what Slack keeps with a form and sends back."""
        packed = {name: value for name, value in asdict(self).items() if value not in (None, ())}
        return json.dumps(packed, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_metadata(cls, text: str) -> Self:
        """Read it back.

        Raises
        ------
        KeyError, TypeError, ValueError
            When it is not this app's.
        """
        data = json.loads(text)
        lists = {name: tuple(map(int, data.get(name, ()))) for name in ("clustering", "describing")}
        return cls(**{"attempt": 0, **data, **lists})

    @property
    def pages(self) -> int:
        """How many pages of details there are."""
        return -(-(len(self.clustering) + len(self.describing)) // COLUMNS_ON_A_PAGE)

    @property
    def is_last(self) -> bool:
        """Whether no page comes after this one."""
        return self.page + 1 >= self.pages

    def wanted(self, setup: Setup, pages: int) -> list[Wanted]:
        """Return the columns of the first pages as they are wanted so far.

        Raises
        ------
        KeyError, IndexError, ValueError
            When the setup has no such columns.
        """
        roles = [(at, Role.CLUSTER) for at in self.clustering] + [(at, Role.PROFILE) for at in self.describing]
        changed = self.changed or {}
        return [
            with_changes(wanted_as_proposed(setup, at, role), changed.get(str(at), {}))
            for at, role in roles[: pages * COLUMNS_ON_A_PAGE]
        ]

    def on_page(self, setup: Setup) -> list[Wanted]:
        """Return the columns of this page; errors as of `wanted`."""
        return self.wanted(setup, self.page + 1)[self.page * COLUMNS_ON_A_PAGE :]


def changes_of(setup: Setup, wanted: Wanted) -> dict[str, Any]:
    """Return what a person has changed of a column, as `with_changes` takes it."""
    proposed = wanted_as_proposed(setup, wanted.position, wanted.role)
    pairs = {field.value: (getattr(wanted, field), getattr(proposed, field)) for field in Field}
    return {name: value for name, (value, before) in pairs.items() if value != before}


def with_changes(wanted: Wanted, changed: Mapping[str, Any]) -> Wanted:
    """Return a column with what a person has changed of it."""
    values: dict[str, Any] = {Field(name).value: value for name, value in changed.items()}
    if Field.SCALE in values:
        values[Field.SCALE.value] = Scale(values[Field.SCALE])
    return replace(wanted, **values)


def field_block(position: int, field: Field) -> str:
    """Return the id of a field's block."""
    return f"{field.value}:{position}"


def role_block(role: Role) -> str:
    """Return the id of the block in which columns are chosen for a role."""
    return _BLOCKS[role]


def columns_form(name: str, setup: Setup, progress: Progress) -> dict[str, Any]:
    """Return the first form: which columns make groups, which describe them, and how many segments there are to be."""
    without = "" if setup.ids else " No column tells customers apart, so every row counts as a customer."
    blocks = [
        section(f"*{escape(name)}*: {escape(setup.seen)}{without}"),
        _columns_input(setup, Use.CLUSTER, "Make groups by", "Customers who are alike in these get one segment."),
        _columns_input(setup, Use.PROFILE, "Describe them with", "Shown for each segment; decides nothing.")
        | {"optional": True},
        *([_input(ID_BLOCK, "Customers are told apart by", _id_menu(setup))] if setup.ids else []),
        _input(K_BLOCK, "Number of segments", _k_menu()),
        *_left_out(setup),
    ]
    return _modal(COLUMNS_FORM, "Set up segments", "Next", "Cancel", blocks, progress)


def details_form(setup: Setup, progress: Progress) -> dict[str, Any]:
    """Return a page of details: the name, unit, bounds and scale of each chosen column."""
    page = f" (page {progress.page + 1} of {progress.pages})" if progress.pages > 1 else ""
    head = f"How people ask, and what is possible{page}. A value outside its bounds is refused."
    notes = choice_notes(setup, progress.clustering, progress.describing) if progress.page == 0 else []
    blocks = [section(head), *([context("⚠️ " + escape(" ".join(notes)))] if notes else [])]
    for one in progress.on_page(setup):
        blocks += _details(setup, one)
    submit = "Train" if progress.is_last else "Next"
    return _modal(DETAILS_FORM, "Names and bounds", submit, "Back", blocks, progress)


def _details(setup: Setup, one: Wanted) -> list[Block]:
    at = one.position
    name = _input(field_block(at, Field.NAME), "Name in /segment", _text(one.name, LONGEST_NAME))
    if setup.feature(at).is_category:  # it has neither a unit nor bounds
        return [section(_about(setup, one)), name]
    scales = [_option(text, scale.value) for scale, text in _SCALES.items()]
    initial = next(option for option in scales if option["value"] == one.scale.value)
    return [
        section(_about(setup, one)),
        name,
        _input(field_block(at, Field.UNIT), "Unit", _text(one.unit, LONGEST_UNIT)) | {"optional": True},
        _input(field_block(at, Field.MINIMUM), "Lower bound", _number(one.minimum)),
        _input(field_block(at, Field.MAXIMUM), "Upper bound", _number(one.maximum)),
        _input(
            field_block(at, Field.SCALE),
            "Scale",
            {"type": "static_select", "action_id": ENTERED, "options": scales, "initial_option": initial},
        ),
    ]


def _about(setup: Setup, one: Wanted) -> str:
    """Say what a column is for and what it holds, and what the proposal says where that differs or needs a reason."""
    column, proposed = setup.columns[one.position], setup.feature(one.position)
    use = "makes groups" if one.role is Role.CLUSTER else "describes"
    if proposed.is_category:
        listed = escape(cut(proposed.range_text, _LONGEST_LIST))
        return f"*{escape(quote(column.name))}* {use}. The file's values are {listed}."
    seen = f"{format_number(column.low)} to {format_number(column.high)}"
    text = (
        f"*{escape(quote(column.name))}* {use}. The file's values go from {seen}; bounds leave room for new customers."
    )
    if column.use is Use.PROFILE and one.role is Role.CLUSTER:
        text += f" I proposed another use: {escape(column.use_reason)}."
    if proposed.is_log:
        text += " Most values are small and a few very large, so I propose a logarithm."
    return text


def _columns_input(setup: Setup, use: Use, label: str, hint: str) -> Block:
    element: dict[str, Any] = {
        "type": "multi_static_select",
        "action_id": ENTERED,
        "placeholder": _plain("Choose columns"),
        "option_groups": list(_groups(setup)),
    }
    if initial := [_column_option(setup, at) for at in setup.proposed(use)]:
        element["initial_options"] = initial
    return _input(_BLOCKS[Role(use.value)], label, element) | {"hint": _plain(hint)}


def _groups(setup: Setup) -> Iterable[dict[str, Any]]:
    """Group columns by what they are proposed for; a group holds as many options as Slack allows."""
    titles = {
        Use.CLUSTER: "Proposed to make groups",
        Use.PROFILE: "Proposed to describe",
        Use.LEFT_OUT: "Left out of the proposal",
    }
    for use, title in titles.items():
        found = setup.proposed(use)
        for start in range(0, len(found), OPTIONS):
            options = [_column_option(setup, at) for at in found[start : start + OPTIONS]]
            yield {"label": _plain(title), "options": options}


def _column_option(setup: Setup, position: int) -> dict[str, Any]:
    column = setup.columns[position]
    feature = setup.feature(position)
    values = f"{format_number(column.low)} to {format_number(column.high)}"
    seen = f"{column.kind.value}, {feature.range_text if feature.is_category else values}"
    if column.use is Use.LEFT_OUT:
        seen = column.use_reason
    text = " ".join(column.name.split())
    return _option(text, str(position)) | {"description": _plain(cut(seen, OPTION_TEXT))}


def _left_out(setup: Setup) -> list[Block]:
    """Say why columns cannot be chosen."""
    lines = [f"• {escape(quote(c.name))}: {_sentence(c.use_reason)}" for c in setup.columns if not c.feature]
    if not lines:
        return []
    more = [f"• and {len(lines) - _MOST_LEFT_OUT} more"] if len(lines) > _MOST_LEFT_OUT else []
    return [context("\n".join(["Not to be chosen:", *lines[:_MOST_LEFT_OUT], *more]))]


def _sentence(reason: str) -> str:
    return escape(f"{reason[:1].upper()}{reason[1:]}.")


def _id_menu(setup: Setup) -> dict[str, Any]:
    """Return the menu of columns that hold ids; the one that is proposed is chosen to begin with."""
    columns = [(setup.columns[at].name, at) for at in setup.ids[: OPTIONS - 1]]
    options = [_option(" ".join(name.split()), str(at)) for name, at in columns]
    options.append(_option("No column: every row is a customer", str(NO_COLUMN)))
    first = next((at for at, (name, _at) in enumerate(columns) if name == setup.identity), len(columns))
    return {"type": "static_select", "action_id": ENTERED, "options": options, "initial_option": options[first]}


def _k_menu() -> dict[str, Any]:
    options = [_option("Automatic: by elbow and silhouette", AUTOMATIC)]
    options += [_option(f"{count} segments", str(count)) for count in range(SMALLEST_K, LARGEST_K + 1)]
    return {"type": "static_select", "action_id": ENTERED, "options": options, "initial_option": options[0]}


def _text(value: str, longest: int) -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": ENTERED, "max_length": longest}
    return element | ({"initial_value": value} if value else {})


def _number(value: float) -> dict[str, Any]:
    return {
        "type": "number_input",
        "action_id": ENTERED,
        "is_decimal_allowed": True,
        "initial_value": format_number(value),
    }


def _modal(
    callback: str, title: str, submit: str, close: str, blocks: Sequence[Block], progress: Progress
) -> dict[str, Any]:
    metadata = progress.to_metadata()
    assert len(metadata) <= METADATA  # noqa: S101 - what a page can change is bounded, see COLUMNS_ON_A_PAGE
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": metadata,
        "title": _plain(title),
        "submit": _plain(submit),
        "close": _plain(close),
        "blocks": list(blocks),
    }


def _input(block_id: str, label: str, element: dict[str, Any]) -> Block:
    return {"type": "input", "block_id": block_id, "label": _plain(label), "element": element}


def _option(text: str, value: str) -> dict[str, Any]:
    return {"text": _plain(cut(text, OPTION_TEXT)), "value": value}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": True}
