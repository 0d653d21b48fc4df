"""Which schema reads a file that lacks the usual one's columns: that of the version in service, or of made customers.

Made customers are those that segbot derived from orders before, such as a file that `segbot rfm` wrote. Their columns
tell them, and they are segmented as those of `segbot train --orders` are: by recency, frequency and money.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from segmentation.errors import BrokenArtifact, NoModel
from segmentation.orders.recognise import are_made_customers, lists_made_customers
from segmentation.orders.rfm_schema import rfm_schema
from segmentation.proposal.propose import Choice, Proposal, Use, propose
from segmentation.reading.table import holds_table

if TYPE_CHECKING:
    from pathlib import Path

    from segmentation.proposal.look import Look
    from segmentation.reading.questions import Answers
    from segmentation.reading.table import Limits
    from segmentation.registry.registry import Registry
    from segmentation.schema import Schema

_NO_FACTORS: Final[Mapping[str, float]] = MappingProxyType({})
_MADE: Final = (
    "These are customers that segbot made of orders: segments are made from recency, frequency and money, as from the "
    "orders themselves. Customers without an order that counts have no recency, and get no segment."
)
_THREE: Final = "segments of customers made of orders are made from recency, frequency and money"
_OTHERS: Final = f"{_THREE} only"


@dataclass(frozen=True)
class KnownSchema:
    """A schema that reads a file.

    Parameters
    ----------
    schema
        The schema.
    factors
        What is known of the units of its columns, as `Answers.factors` has it.
    notes
        What was recognised, as sentences.
    """

    schema: Schema
    factors: Mapping[str, float] = field(default_factory=lambda: _NO_FACTORS)
    notes: tuple[str, ...] = ()


def schema_instead(
    source: Path, registry: Registry, schema: Schema, *, limits: Limits, answers: Answers
) -> KnownSchema | None:
    """Return what reads a file that lacks a schema's columns; None if only a person can say.

    Raises
    ------
    OSError
        When it cannot be read.
    """
    try:
        served = registry.load_serving().model.schema
    except (NoModel, BrokenArtifact):
        served = schema
    if served != schema and holds_table(source, served, limits=limits):
        return KnownSchema(served)
    if not lists_made_customers(source, sheet=answers.sheet, limits=limits):
        return None
    made = rfm_schema(None)
    # The numbers are ours, so nobody is asked what their unit may be.
    return KnownSchema(made, dict.fromkeys(made.names, 1.0), (_MADE,))


def propose_for(look: Look, name: str) -> Proposal:
    """Propose a schema as `propose` does; for made customers the one that segbot has for them."""
    proposal = propose(look, name)
    if not are_made_customers(column.name for column in look.columns):
        return proposal
    schema = rfm_schema(None)
    choices = tuple(_choice(choice, schema) for choice in proposal.choices)
    features = tuple(choice.feature for choice in choices if choice.feature is not None)
    look = replace(look, notes=(_MADE, *look.notes))
    return replace(proposal, schema=replace(schema, features=features), choices=choices, look=look)


def _choice(choice: Choice, schema: Schema) -> Choice:
    column = choice.column
    if (feature := schema.find(column.name)) is not None:
        return Choice(column, Use.CLUSTER, _THREE, feature)
    return choice if choice.use is Use.LEFT_OUT else Choice(column, Use.LEFT_OUT, _OTHERS)
