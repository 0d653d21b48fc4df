"""A scored file as it is remembered: which segment each customer was in, with hashes in place of ids."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

import polars as pl

from segmentation.errors import BrokenArtifact

CUSTOMER: Final = "customer"
SEGMENT_INDEX: Final = "segment"
_SCHEMA: Final = {CUSTOMER: pl.UInt64, SEGMENT_INDEX: pl.UInt8}


@dataclass(frozen=True, slots=True)
class About:
    """What is remembered of a file besides its customers.

    Parameters
    ----------
    id
        Names the scoring; the same scoring repeated replaces its own snapshot.
    team
        The workspace.
    population
        Which features the customers were read by: files of one population can be compared.
    taken
        When the file was scored: seconds since the epoch.
    version
        The model version it was scored with.
    segments
        The model's segments, in its order.
    sizes
        How many of the file's customers are in each, those without an id included.
    key
        The `MovementKey`'s name: hashes under another key cannot be compared.
    content
        A digest of the customers and their segments: the same file scored again by the same model has the same.
    customers
        How many customers are remembered.
    doubtful
        How many ids were left out because the file has them in two segments.
    name
        What the file was called.
    """

    id: str
    team: str
    population: str
    taken: float
    version: str
    segments: tuple[str, ...]
    sizes: Mapping[str, int]
    key: str
    content: str
    customers: int
    doubtful: int = 0
    name: str = ""

    def to_data(self) -> dict[str, Any]:
        """Return the JSON-ready form."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> About:
        """Rebuild it from `to_data`'s form; keys of later versions are ignored.

        Raises
        ------
        KeyError, TypeError
            When the data do not have that form.
        """
        known = {field.name: data[field.name] for field in fields(cls) if field.name in data}
        return cls(**{**known, "segments": tuple(data["segments"])})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One scored file.

    Parameters
    ----------
    customers
        One row a customer, sorted: `customer` (UInt64, hashed) and `segment` (UInt8, an index into the segments; null
        for one that could not be scored).
    """

    about: About
    customers: pl.DataFrame

    def to_bytes(self) -> bytes:
        """Return the customers as Parquet: at most 10 bytes each."""
        file = io.BytesIO()
        # Hashes cannot be compressed; the segments can.
        self.customers.write_parquet(file, compression="zstd", compression_level=1, statistics=False)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, about: About, data: bytes) -> Snapshot:
        """Rebuild a snapshot from `to_bytes`'s form.

        Raises
        ------
        BrokenArtifact
            When the data are damaged.
        """
        try:
            customers = pl.read_parquet(io.BytesIO(data))
        except pl.exceptions.PolarsError as error:
            raise BrokenArtifact("What was remembered of an earlier file is damaged; it was not used.") from error
        if dict(customers.schema) != _SCHEMA or content_of(customers, about.segments) != about.content:
            raise BrokenArtifact("What was remembered of an earlier file is damaged; it was not used.")
        return cls(about, customers)


def content_of(customers: pl.DataFrame, segments: Sequence[str]) -> str:
    """Return the digest of sorted customers and their segments' names.

    Parameters
    ----------
    customers
        As `Snapshot` has them.
    """
    digest = hashlib.sha256("\0".join(segments).encode())
    digest.update(customers[CUSTOMER].to_numpy().tobytes())
    digest.update(customers[SEGMENT_INDEX].fill_null(_SCHEMA[SEGMENT_INDEX].max()).to_numpy().tobytes())
    return digest.hexdigest()
