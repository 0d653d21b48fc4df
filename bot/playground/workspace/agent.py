"""What the app shows as an agent, and the workflow steps it was asked to run: prompts, status lines, outcomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot.playground.workspace.records import Json

Changed = Callable[[Literal["agent", "step"], str], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One run of a custom step of Workflow Builder.

    Parameters
    ----------
    id
        The `function_execution_id`.
    token
        Valid for this run alone, beside the app's own.
    outputs
        What the step handed on; None until it succeeded.
    error
        Why it failed; empty unless it did.
    """

    id: str
    callback_id: str
    inputs: Json
    token: str
    outputs: Json | None = None
    error: str = ""

    @property
    def ended(self) -> bool:
        """Whether the workflow has gone on, or stopped here."""
        return self.outputs is not None or bool(self.error)


class AgentView:
    """What Slack keeps for an app with `agent_view`, and for one with custom steps.

    Attributes
    ----------
    prompts
        The suggested prompts of a direct message, each with title and message, by the channel's id.
    statuses
        What the app is doing in a thread, by channel and ts of the thread.
    steps
        Runs of custom steps, by id.
    """

    def __init__(self, changed: Changed) -> None:
        self.prompts: dict[str, tuple[Json, ...]] = {}
        self.statuses: dict[tuple[str, str], str] = {}
        self.steps: dict[str, Step] = {}
        self._changed = changed

    def suggest(self, channel: str, prompts: Sequence[Json]) -> None:
        """Show these prompts in a direct message instead of those before."""
        self.prompts[channel] = tuple(prompts)
        self._changed("agent", channel)

    def show_status(self, channel: str, thread: str, status: str) -> None:
        """Show what the app is doing in a thread; an empty status takes the line away."""
        before = self.statuses.pop((channel, thread), "")
        if status:
            self.statuses[channel, thread] = status
        if status != before:
            self._changed("agent", channel)

    def put_step(self, step: Step) -> Step:
        """Add a run, or replace the one with the same id."""
        self.steps[step.id] = step
        self._changed("step", step.id)
        return step

    def end_step(self, step: Step, outputs: Json | None = None, error: str = "") -> None:
        """Let a run end with its outputs or its error."""
        self.put_step(replace(step, outputs=outputs, error=error))
