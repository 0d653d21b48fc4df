"""What people do with the form that sets up segments from a file's own columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from retrain_harness import RetrainHarness, buttons, candidate_of

from bot.blocks.files.setup_offer import SET_UP
from bot.blocks.models.naming import NAME_SEGMENTS
from bot.blocks.models.setup_form import ENTERED
from bot.playground.workspace.records import Channel, Message, User, View


@dataclass(frozen=True)
class SetupDesk:
    """A running bot in its workspace, and the form."""

    desk: RetrainHarness

    async def drop(self, name: str, data: bytes, channel: Channel | None = None) -> Message:
        """Drop a file of other columns and return the message that offers to set up segments from it."""
        file = await self.desk.files.score(name, data, channel)
        (message,) = self.desk.files.statuses(file)
        assert SET_UP in buttons(message), self.desk.said(message)
        return message

    async def open(self, offer: Message, user: User | None = None) -> View:
        """Click the button and return the form."""
        who = user or self.desk.workspace.admin
        return await self._opened(offer, SET_UP, who)

    async def _opened(self, message: Message, action: str, user: User) -> View:
        before = {view.id for view in self.desk.workspace.open_views(user)}
        await self.desk.click(message, action, user)

        def opened() -> View | None:
            return next((view for view in self.desk.workspace.open_views(user) if view.id not in before), None)

        view: View = await self.desk.workspace.wait_until(opened, 20)
        return view

    async def name(self, report: Message, prefix: str) -> Message:
        """Name a candidate's segments, `prefix` with a number, and return the report of the named one."""
        before = candidate_of(report)
        view = await self._opened(report, NAME_SEGMENTS, self.desk.workspace.admin)
        fields = [str(block["block_id"]) for block in view.blocks if str(block["block_id"]).startswith("name_")]
        names = {field: f"{prefix} {number}" for number, field in enumerate(fields, 1)}
        assert await self.submit(view, names) is None

        def named() -> Message | None:
            now = self.desk.now(report)
            return now if candidate_of(now) != before else None

        message: Message = await self.desk.workspace.wait_until(named, 20)
        return message

    async def submit(self, view: View, entered: Mapping[str, object] | None = None) -> View | None:
        """Submit a page, with something entered by block, and return what is shown then; None once it is closed."""
        state = {block: {ENTERED: value} for block, value in (entered or {}).items()}
        reply = await self.desk.pg.deliver.view_submission(view, state)
        assert reply.ok, reply.problem
        views: list[View] = self.desk.workspace.open_views(view.user)
        return views[-1] if views else None

    async def errors(self, view: View, entered: Mapping[str, object] | None = None) -> dict[str, str]:
        """Submit a page and return what is said to be wrong, by block."""
        shown = await self.submit(view, entered)
        assert shown is not None
        assert shown.id == view.id
        return dict(shown.errors)

    async def train(self, offer: Message, user: User | None = None, **entered: Any) -> Message:
        """Set up segments as proposed, with this many segments, and return the report."""
        before = set(self.desk.jobs())
        shown = await self.submit(await self.open(offer, user), entered)
        while shown is not None:
            assert not shown.errors, shown.errors
            shown = await self.submit(shown)
        return await self.desk.end(before)
