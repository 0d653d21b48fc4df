"""Slack's own slash commands, as far as a visitor needs them: inviting somebody to a channel, and help."""

from __future__ import annotations

from collections.abc import Sequence

from bot.playground.delivery.answers import slackbot_says
from bot.playground.delivery.reply import Command
from bot.playground.workspace.records import Channel, Message, User
from bot.playground.workspace.workspace import Workspace

INVITE = "/invite"
HELP = "/help"


def own_command(
    workspace: Workspace, name: str, text: str, user: User, channel: Channel, commands: Sequence[Command]
) -> Message | None:
    """Do what one of Slack's own commands does and return the message about it; None if the command is not Slack's.

    Parameters
    ----------
    commands
        The app's commands, which `/help` names.
    """
    if name == INVITE:
        return _invited(workspace, text, user, channel)
    if name == HELP:
        return slackbot_says(workspace, _help(workspace, commands), user, channel)
    return None


def _invited(workspace: Workspace, text: str, user: User, channel: Channel) -> Message:
    """Add the person or app to the channel, for everybody there to read; else say to the user alone why not."""
    wanted, usage = text.strip().casefold().removeprefix("@"), f"{INVITE} @{workspace.install.name}"
    there = [one for one in workspace.users.values() if not one.deleted]
    guest = next((one for one in there if wanted in (one.name.casefold(), f"<@{one.id.casefold()}>")), None)
    refusal = ""
    if channel.kind == "im":
        refusal = f"Only channels take invitations. In a channel, type {usage}"
    elif guest is None:
        refusal = f"Nobody here is called “{wanted}”. Type {usage}" if wanted else f"Type who should come: {usage}"
    elif guest.id in channel.members:
        refusal = f"{guest.real_name} is already in #{channel.name}."
    if guest is None or refusal:
        return slackbot_says(workspace, refusal, user, channel)
    workspace.change_channel(channel, members=channel.members | {guest.id})
    ts = workspace.ids.ts()
    joined = Message(channel.id, ts, guest.id, f"was added to #{channel.name} by {user.real_name}.", made_by="slack")
    workspace.emit(
        {
            "type": "member_joined_channel",
            "user": guest.id,
            "channel": channel.id,
            "channel_type": "C",
            "team": workspace.team.id,
            "inviter": user.id,
            "event_ts": ts,
        }
    )
    return workspace.put(joined)


def _help(workspace: Workspace, commands: Sequence[Command]) -> str:
    """Say where help is: in Slack this command opens Slack's own help, and the app has none under it."""
    app = workspace.install.name
    if not commands:
        return f"This is Slack's own help. Ask {app} with a command of its own, followed by help."
    return "\n".join(
        [f"This is Slack's own help. {app} explains itself after:", *(f"• `{one.name} help`" for one in commands)]
    )
