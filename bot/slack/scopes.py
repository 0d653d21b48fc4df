"""The permissions the app asks for, as `manifest.yml` lists them."""

from __future__ import annotations

from typing import Final

SCOPES: Final = (
    "commands",
    "app_mentions:read",
    "assistant:write",
    "chat:write",
    "files:read",
    "files:write",
    "users:read",
    "channels:read",
    "groups:read",
    "im:read",
    "mpim:read",
    "im:write",
    "channels:history",
    "groups:history",
    "im:history",
    "mpim:history",
)
