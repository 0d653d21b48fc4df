"""Tells whether Slack signed a request."""

from __future__ import annotations

import re
from typing import Final

from slack_sdk.signature import SignatureVerifier

TIMESTAMP: Final = b"x-slack-request-timestamp"
SIGNATURE: Final = b"x-slack-signature"
_TIMESTAMP: Final = re.compile(rb"[0-9]{1,12}")
_SIGNATURE: Final = re.compile(rb"v0=[0-9a-f]{64}")


class Signatures:
    """Verifies signatures with an app's signing secret.

    Parameters
    ----------
    secret
        The signing secret; empty verifies nothing.
    """

    def __init__(self, secret: str) -> None:
        self._verifier = SignatureVerifier(secret) if secret else None

    def are_there(self, headers: dict[bytes, bytes]) -> bool:
        """Say whether a request has the headers of a signed one, in their form; before its body is read."""
        timestamp, signature = headers.get(TIMESTAMP, b""), headers.get(SIGNATURE, b"")
        return bool(_TIMESTAMP.fullmatch(timestamp) and _SIGNATURE.fullmatch(signature))

    def fit(self, headers: dict[bytes, bytes], body: bytes) -> bool:
        """Say whether Slack signed that body within the last five minutes; `are_there` comes first."""
        try:
            timestamp, signature = headers[TIMESTAMP].decode(), headers[SIGNATURE].decode()
            return self._verifier is not None and self._verifier.is_valid(body, timestamp, signature)
        except UnicodeDecodeError:  # Slack sends UTF-8 only
            return False
