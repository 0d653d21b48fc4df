"""Stores files and takes each through Slack's stages: announced, received, completed, shared, processed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Final

from bot.playground.workspace.api_json import shared_files_json
from bot.playground.workspace.file_types import kind_of
from bot.playground.workspace.host import Host
from bot.playground.workspace.records import File, Json, Message

UPLOAD_WORD: Final = 32


class FileStore:
    """The workspace's files by id.

    Parameters
    ----------
    workspace
        The workspace that gets the messages and events of shared files.
    sharing_delay
        Seconds until a completed upload is shared and processed.
    """

    def __init__(self, workspace: Host, sharing_delay: float) -> None:
        self._workspace = workspace
        self.sharing_delay = sharing_delay
        # False imitates the moment in which Slack has announced a file but does not say yet where it is shared.
        self.lists_shares = True
        self.by_id: dict[str, File] = {}
        self._tickets: dict[str, str] = {}
        self._handed: set[str] = set()
        self._timers: set[asyncio.TimerHandle] = set()

    def announce(self, user: str, name: str, length: int, alt_text: str = "") -> tuple[File, str]:
        """Register a file to be uploaded; return it and the path to upload its bytes to."""
        workspace = self._workspace
        mimetype, filetype = kind_of(name, b"")
        created = int(workspace.clock())
        file = File(workspace.ids.new("F"), name, name, user, created, mimetype, filetype, length, alt_text=alt_text)
        self.by_id[file.id] = file
        path = f"/upload/v1/{workspace.ids.word(UPLOAD_WORD)}"
        self._tickets[path] = file.id
        return file, path

    def ticket(self, path: str) -> File | None:
        """Return the file an upload path belongs to."""
        return self.by_id.get(self._tickets.get(path, ""))

    def receive(self, file: File, data: bytes) -> File:
        """Store the bytes of an announced file."""
        mimetype, filetype = kind_of(file.name, data)
        return self._put(replace(file, data=data, mimetype=mimetype, filetype=filetype))

    def complete(self, file: File, title: str) -> File:
        """Finish an upload; it is processed after `sharing_delay`."""
        self._later(lambda: self._process(file.id))
        return self._put(replace(file, complete=True, title=title))

    def share_later(self, file_ids: list[str], channel: str, user: str, comment: str, thread_ts: str | None) -> None:
        """Share completed uploads in a channel as one message, after `sharing_delay`."""
        self._later(lambda: self._share(file_ids, channel, user, comment, thread_ts))

    def drop(self, user: str, channel: str, name: str, data: bytes) -> File:
        """Upload and share a file in one step, as a person does by dropping it into a channel."""
        file, path = self.announce(user, name, len(data))
        del self._tickets[path]
        whole = replace(self.receive(file, data), complete=True, processed=True, is_listed=self.lists_shares)
        self._put(whole)
        self._share([file.id], channel, user, "", None)
        return self.by_id[file.id]

    def share_again(self, file: File, channel: str, user: str, thread_ts: str | None = None) -> str:
        """Share a file once more, as a person does by forwarding it, and return the ts of the new message."""
        return self._share([file.id], channel, user, "", thread_ts)

    def list_shares(self, file: File) -> None:
        """Let Slack say where a file is shared that was dropped while `lists_shares` was False."""
        self._put(replace(self.by_id[file.id], is_listed=True))

    def hold(self, user: str, name: str, data: bytes) -> File:
        """Store a file a person puts into a modal: it is not shared, and the app gets its id with the submission."""
        file, path = self.announce(user, name, len(data))
        del self._tickets[path]
        return self._put(replace(self.receive(file, data), complete=True, processed=True))

    def hand_over(self, names: Collection[str]) -> None:
        """Let the app see the files a modal was submitted with."""
        self._handed.update(names)

    def restore(self, file: File) -> None:
        """Add a file kept from an earlier run; if it is shared nowhere, it was submitted to the app."""
        self.by_id[file.id] = file
        if not file.shares:
            self._handed.add(file.id)

    def delete(self, file: File) -> None:
        """Delete a file and remove it from its messages."""
        del self.by_id[file.id]
        workspace = self._workspace
        for channel, ts in file.all_shares:
            message = workspace.message(channel, ts)
            if message is not None:
                workspace.put(replace(message, files=tuple(f for f in message.files if f != file.id)))
        workspace.changed("file", file.id)

    def visible_to_app(self, file: File) -> bool:
        """Whether the app may see a file: its own, submitted to it, or shared in a channel it is in."""
        bot = self._workspace.bot.id
        channels = self._workspace.channels
        return file.user == bot or file.id in self._handed or any(bot in channels[name].members for name in file.shares)

    def picture(self, reference: Json) -> File | None:
        """Return the file a ``slack_file`` object names, if an image block of the app may show it now."""
        file = self.by_id.get(str(reference.get("id", "")))
        if "url" in reference:
            file = next((f for f in self.by_id.values() if f"-{f.id}/" in str(reference["url"])), None)
        usable = file is not None and file.is_image and file.processed and self.visible_to_app(file)
        return file if usable else None

    def close(self) -> None:
        """Cancel pending shares and processing."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _put(self, file: File) -> File:
        self.by_id[file.id] = file
        self._workspace.changed("file", file.id)
        return file

    def _process(self, file_id: str) -> None:
        if file_id in self.by_id:
            self._put(replace(self.by_id[file_id], processed=True))

    def _share(self, file_ids: list[str], channel: str, user: str, comment: str, thread_ts: str | None) -> str:
        workspace = self._workspace
        present = tuple(name for name in file_ids if name in self.by_id)
        ts = workspace.ids.ts()
        for name in present:
            file = self.by_id[name]
            if channel in file.shares:
                self._put(replace(file, reshares=(*file.reshares, (channel, ts))))
            else:
                self._put(replace(file, shares={**file.shares, channel: ts}))
        bot_id = workspace.install.bot_id if user == workspace.bot.id else None
        message = Message(
            channel, ts, user, comment, bot_id=bot_id, thread_ts=thread_ts, files=present, made_by="upload"
        )
        workspace.put(message)
        for name in present:
            self._announce_share(name, message)
        workspace.emit_message(message, subtype="file_share", files=shared_files_json(workspace, message), upload=False)
        return ts

    def _announce_share(self, file_id: str, message: Message) -> None:
        if self._workspace.bot.id in self._workspace.channels[message.channel].members:
            self._workspace.emit(
                {
                    "type": "file_shared",
                    "file_id": file_id,
                    "user_id": message.user,
                    "file": {"id": file_id},
                    "channel_id": message.channel,
                    "event_ts": message.ts,
                }
            )

    def _later(self, action: Callable[[], object]) -> None:
        def run() -> None:
            self._timers.discard(timer)
            action()

        timer = asyncio.get_running_loop().call_later(self.sharing_delay, run)
        self._timers.add(timer)
