"""A Slack-compatible workspace on loopback: try the app, or test it, without a Slack account."""

from __future__ import annotations

from bot.playground.courier import Timing
from bot.playground.delivery import Command, Reply
from bot.playground.faults import Fault, Faults
from bot.playground.first_minute import FirstMinute, Sample, Suggestion
from bot.playground.keep import CannotKeep, Keep
from bot.playground.records import ApiCall, Channel, Delivery, File, Message, User, View
from bot.playground.server import Playground
from bot.playground.workspace import Workspace

__all__ = [
    "ApiCall",
    "CannotKeep",
    "Channel",
    "Command",
    "Delivery",
    "Fault",
    "Faults",
    "File",
    "FirstMinute",
    "Keep",
    "Message",
    "Playground",
    "Reply",
    "Sample",
    "Suggestion",
    "Timing",
    "User",
    "View",
    "Workspace",
]
