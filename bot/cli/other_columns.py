"""`segbot train` on a file that does not name the schema's features: which schema then reads it, and who decides."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from bot.cli.progress import progress
from bot.cli.text.prose import say
from bot.cli.text.tables import table
from segmentation.errors import BadInput, OtherColumns
from segmentation.proposal.look import look_at
from segmentation.proposal.propose import Proposal, Use
from segmentation.reading.encoding import ANY_SIZE
from segmentation.versions.known_schemas import propose_for

if TYPE_CHECKING:
    from bot.cli.runtime import Runtime
    from segmentation.reading.questions import Answers
    from segmentation.schema import Schema


@dataclass(frozen=True)
class OtherSchema:
    """What a file is trained with.

    Parameters
    ----------
    schema, answers
        For the training.
    proposal
        What the schema was proposed from.
    """

    schema: Schema
    answers: Answers
    proposal: Proposal


def other_schema(runtime: Runtime, file: Path, answers: Answers, refusal: OtherColumns, *, yes: bool) -> OtherSchema:
    """Propose a schema for a file whose columns nobody knows, and let a person agree to it.

    Parameters
    ----------
    refusal
        What the usual schema said of the file.
    yes
        Whether to take the proposal without asking.

    Raises
    ------
    OtherColumns
        When SEGBOT_SCHEMA says what the columns are, so that nothing else is proposed; or when nobody agrees.
    BadInput
        When the file's columns make no segments either.
    """
    if runtime.settings.schema_path is not None:
        raise refusal
    with progress("Looking", source=file) as advance:
        look = look_at(file, limits=ANY_SIZE, answers=answers, progress=advance)
    try:
        proposal = propose_for(look, file.stem)
    except BadInput as error:
        raise BadInput(f"{refusal.sentence} {error.sentence}") from error
    if not yes:
        _ask(runtime, file, proposal, refusal)
    # The schema was made of this file's numbers as they are, so their unit is not in doubt.
    factors = dict.fromkeys(proposal.schema.names, 1.0) | dict(answers.factors)
    return OtherSchema(proposal.schema, replace(answers, decimal=look.decimal, factors=factors), proposal)


def _ask(runtime: Runtime, file: Path, proposal: Proposal, refusal: OtherColumns) -> None:
    """Let the person at the terminal agree to a proposal.

    Raises
    ------
    OtherColumns
        With what to type, when they don't, or when there is no terminal.
    """
    name = shlex.quote(str(file))
    by_hand = f"segbot schema {name} > schema.toml\n  SEGBOT_SCHEMA=schema.toml segbot train {name}"
    if not runtime.interactive():
        raise OtherColumns(
            f"{refusal.sentence} {_in_words(proposal)} To train on them:\n  {_typed_again()} --yes\n"
            f"To look at them and change them first:\n  {by_hand}"
        )
    say(f"{refusal.sentence}\n\nThis is what I see in it:\n\n{proposal_text(proposal)}\n", err=True)
    if not click.confirm("Train with that?", err=True):
        raise OtherColumns(f"Nothing was trained. To change the proposal first:\n  {by_hand}")


def _in_words(proposal: Proposal) -> str:
    def named(use: Use) -> str:
        return ", ".join(choice.feature.name for choice in proposal.of(use) if choice.feature is not None)

    describing = f", described by {named(Use.PROFILE)}" if proposal.of(Use.PROFILE) else ""
    return f"Its own columns can make segments: from {named(Use.CLUSTER)}{describing}."


def proposal_text(proposal: Proposal) -> str:
    """Return a proposal as a table: each column, what it is, what it is proposed for, and why."""
    rows = [
        [choice.column.name, choice.column.kind.value, choice.use.value, choice.reason] for choice in proposal.choices
    ]
    return table(["Column", "Kind", "Use", ""], rows)


def _typed_again() -> str:
    """Write the command as it was typed."""
    context = click.get_current_context()
    words = ["segbot", *context.command_path.split()[1:]]
    for parameter in context.command.params:
        name = parameter.name or ""
        if context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        value = context.params[name]
        if isinstance(parameter, click.Argument):
            words.append(str(value))
        elif isinstance(parameter, click.Option) and parameter.is_flag:
            words.append(parameter.opts[-1])
        else:
            values = value if isinstance(value, tuple) else (value,)
            words += [word for item in values for word in (parameter.opts[-1], str(item))]
    return shlex.join(words)
