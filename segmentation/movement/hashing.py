"""Turns ids into numbers that say nothing of the ids to anyone without the workspace's key."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from segmentation.numbers.values import BLANK

_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class MovementKey:
    """The key of one workspace; two workspaces with the same customers cannot be told to have them.

    Parameters
    ----------
    secret
        32 bytes, derived by `of`.
    name
        Tells this key from the one a new signing key would give; says nothing about the key itself.
    """

    secret: bytes = field(repr=False)
    name: str

    @classmethod
    def of(cls, signing_key: bytes, team: str) -> MovementKey:
        """Derive a workspace's key from the key that signs versions.

        >>> MovementKey.of(b"signing key", "T1").name == MovementKey.of(b"signing key", "T2").name
        False
        """
        secret = hmac.digest(signing_key, f"movement\0{team}".encode(), "sha256")
        return cls(secret, hmac.digest(secret, b"name", "sha256").hex()[:16])

    def hashed(self, ids: pl.Series) -> pl.Series:
        """Return the 64-bit hash (UInt64) of each id without the spaces around it; null for an empty one.

        Keyed BLAKE2b: nobody who has the hashes alone can try out ids. Of ten million ids, two share a hash once in
        some 400,000 files.
        """
        trimmed, blake2b, secret = ids.fill_null("").str.strip_chars(BLANK), hashlib.blake2b, self.secret
        digests = b"".join([blake2b(text.encode(), digest_size=_BYTES, key=secret).digest() for text in trimmed])
        hashes = pl.Series("customer", np.frombuffer(digests, dtype="<u8"))
        return hashes.scatter((trimmed == "").arg_true(), None)
