"""The schema of customers derived from orders, and how to tell that a model knows them."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from segmentation.orders.derivation.customers import CUSTOMER_COLUMNS
from segmentation.schema import Schema
from segmentation.schema_data import load_schema

_MONEY: Final = "monetary"


@lru_cache(maxsize=1)
def _shipped() -> Schema:
    return load_schema(Path(__file__).with_name("rfm.toml"))


def rfm_schema(currency: str | None) -> Schema:
    """Return the schema for customers whose money is in a currency.

    Parameters
    ----------
    currency
        As `RfmReport.currency`; None if the orders name none.

    Examples
    --------
    >>> rfm_schema("EUR").find("monetary").show(300.0)
    '300 EUR'
    """
    shipped = _shipped()
    features = tuple(
        replace(feature, unit=currency or "") if feature.name == _MONEY else feature for feature in shipped.features
    )
    return replace(shipped, features=features)


def reads_customers(schema: Schema) -> bool:
    """Tell whether customers derived from orders have everything that makes distances in a schema.

    >>> reads_customers(rfm_schema(None)), reads_customers(model.schema)
    (True, False)
    """
    known = {feature.name for column in CUSTOMER_COLUMNS if (feature := schema.find(column)) is not None}
    return all(schema.names[i] in known for i in schema.cluster_indices)


def money_unit(schema: Schema) -> str:
    """Return the currency that a schema's money is in; empty if it names none, or has no money."""
    feature = schema.find(_MONEY)
    return "" if feature is None else feature.unit
