"""What admins call segments: which version can be named, and what becomes of it and of its report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.blocks.models.retrain_report import Choice
from bot.blocks.text import escape
from bot.candidates import Candidates, Report
from bot.slack.access import actor_of
from segmentation.errors import NotReady
from segmentation.model import SegmentModel
from segmentation.registry.renames import Renamed
from segmentation.renaming import Wording
from segmentation.training.names.suggestions import suggested_names


@dataclass(frozen=True, slots=True)
class ToName:
    """A version that can be named: its model, a suggestion for each segment, and whether it is in service."""

    model: SegmentModel
    suggested: tuple[str, ...]
    in_service: bool


@dataclass(frozen=True, slots=True)
class Named:
    """What came of naming segments.

    Parameters
    ----------
    choice
        The new version as a button's value: of a candidate with the version it is compared with.
    told
        What was done, escaped: for everybody if the version is in service, else for the person alone if need be.
    in_service
        Whether the new version answers now.
    report
        The candidate's report as it is to be now; None if the version is in service, or if that cannot be told.
    small
        The small print, escaped: ids to copy.
    """

    choice: Choice
    told: str
    in_service: bool
    report: Report | None = None
    small: str = ""


class SegmentNames:
    """Names segments for Slack's admins. Every method reads or writes files: call it in a thread.

    Parameters
    ----------
    candidates
        The registry as admins see it.
    """

    def __init__(self, candidates: Candidates) -> None:
        self._candidates = candidates
        self._registry = candidates.registry

    def to_name(self, version: str) -> ToName:
        """Return what the form begins with.

        Raises
        ------
        Conflict
            When the version is neither a candidate nor in service.
        UnknownVersion, BrokenArtifact
            As for `Registry.load`.
        """
        in_service = self._registry.check_renamable(version)
        model = self._registry.load(version)
        return ToName(model, suggested_names(model), in_service)

    def name(self, choice: Choice, wordings: Sequence[Wording], user: str, run: str) -> Named:
        """Save the names as a new version; errors as for `Registry.rename`."""
        done = self._registry.rename(
            choice.version,
            wordings,
            actor=actor_of(user),
            run=run,
            allow_unsafe=self._candidates.allow_unsafe,
        )
        return self._serving(done, user) if done.in_service else self._waiting(done, choice)

    def illustrated(self, choice: Choice) -> Report:
        """Return a candidate's report with the charts of its button."""
        charts = {"elbow": choice.elbow, "segments": choice.segments, "sizes": choice.sizes}
        return self._candidates.report(choice.version, choice.expected, charts)

    def _serving(self, done: Renamed, user: str) -> Named:
        told = (
            f"<@{user}> renamed segments: {escape(done.changes)}. The model in service has these words now, and no "
            "customer changes segment. Undo with `/retrain rollback`."
        )
        small = f"{escape(done.version)} · before: {escape(done.parent)}"
        return Named(Choice(done.version, None), told, in_service=True, small=small)

    def _waiting(self, done: Renamed, choice: Choice) -> Named:
        # The pictures of segments show the old names.
        now = replace(choice, version=done.version, segments="", sizes="")
        told = (
            f"Saved: {escape(done.changes)}. The candidate has these names now. If its report doesn't show them, "
            "`/retrain history` lists the candidate."
        )
        small = escape(done.version)
        try:
            report = self.illustrated(now)
        except NotReady:
            return Named(now, told, in_service=False, small=small)
        return Named(now, told, in_service=False, report=report, small=small)
