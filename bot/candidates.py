"""Candidates and the decisions people make about them: each has one effect, and an answer that says which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.blocks.model_names import model_text
from bot.blocks.models.report_details import details_reply
from bot.blocks.models.retrain_report import Choice, report_reply
from bot.blocks.models.versions import HistoryLine, rollback_question
from bot.blocks.reply import Reply
from bot.blocks.text import capital, escape
from bot.blocks.times import in_utc
from bot.slack.access import actor_of, user_of
from segmentation.errors import BrokenArtifact, Conflict, NotReady, UnknownVersion
from segmentation.evaluation.comparison import Verdict
from segmentation.proposal.setup import listed
from segmentation.registry.audit import DISCARDED, PROMOTED, ROLLED_BACK, AuditEntry
from segmentation.registry.registry import Registry
from segmentation.registry.states import State, VersionInfo, successor_of
from segmentation.versions.version_comparison import compare_versions

MOST_LISTED: Final = 20
_DONE: Final = {PROMOTED: "promoted", ROLLED_BACK: "put back in service", DISCARDED: "discarded"}


@dataclass(frozen=True, slots=True)
class Report:
    """A candidate's report: the message to decide by, and the details for its thread; None if they stay as they are."""

    message: Reply
    details: Reply | None


@dataclass(frozen=True, slots=True)
class Decided:
    """The result of a click.

    Parameters
    ----------
    report
        The candidate's report as it is to be now; None if that cannot be told just now.
    announcement
        What everybody is told, escaped; empty when nothing was changed.
    answer
        What the person who clicked is told, escaped; empty when the announcement says it all.
    naming
        The value of a button that names the segments of what is in service now; empty for none.
    small
        The announcement's small print, escaped: ids to copy; empty for none.
    """

    report: Report | None
    announcement: str = ""
    answer: str = ""
    naming: str = ""
    small: str = ""


class Candidates:
    """The registry as Slack's admins see it. Every method reads or writes files: call it in a thread.

    Parameters
    ----------
    registry
        Where the versions are.
    allow_unsafe
        Whether a candidate the gate objects to may be promoted all the same.
    """

    def __init__(self, registry: Registry, *, allow_unsafe: bool) -> None:
        self.registry = registry
        self._allow_unsafe = allow_unsafe

    @property
    def allow_unsafe(self) -> bool:
        """Whether a version the gate objects to may be put in service all the same."""
        return self._allow_unsafe

    def find_run(self, run: str) -> str | None:
        """Return the version a job has saved already."""
        return self.registry.find_run(run)

    def compared_with(self, version: str) -> str | None:
        """Return the version that was current when a candidate was compared; None when there was none."""
        comparison = self.registry.manifest(version).comparison
        return None if comparison is None else comparison.against

    def report(self, version: str, expected: str | None, charts: Mapping[str, str], closing: str = "") -> Report:
        """Render a candidate's report against the version `expected`.

        Parameters
        ----------
        charts
            Ids of uploaded pictures: `elbow`, `segments` and `sizes`, where there are any.
        closing
            What became of the candidate, escaped; the report then has no buttons.

        Raises
        ------
        UnknownVersion, BrokenArtifact
            When the candidate is gone or damaged.
        """
        manifest, choice = self.registry.manifest(version), Choice(version, expected, **charts)
        message = report_reply(
            manifest,
            compare_versions(self.registry, version, expected),
            choice,
            promotable=self._allow_unsafe or not manifest.objections,
            closing=closing or self._decision(version),
            renamed_by=_person(manifest.renamed_by),
        )
        return Report(message, self.details(version, expected, choice.elbow, choice.segments))

    def details(self, version: str, expected: str | None, elbow: str = "", segments: str = "") -> Reply:
        """Render what a candidate's report leaves out, with the uploaded pictures; errors as for `report`."""
        return details_reply(
            self.registry.manifest(version),
            self.registry.load(version).schema,
            compare_versions(self.registry, version, expected),
            elbow=elbow,
            segments=segments,
        )

    def promote(self, choice: Choice, user: str) -> Decided:
        """Promote a candidate if the version it was compared with is still current.

        Raises
        ------
        Unsafe
            When the gate objects and that is not allowed.
        UnknownVersion, BrokenArtifact
            When the candidate is gone or damaged; the current version stays.
        """
        if self._state(choice.version) is not State.CANDIDATE:
            return self._too_late(choice)
        try:
            before = self.registry.promote(
                choice.version, actor=actor_of(user), expected=choice.expected, allow_unsafe=self._allow_unsafe
            )
        except Conflict as conflict:
            # Somebody else was faster: they decided on this candidate, or brought another version into service.
            if self._state(choice.version) is not State.CANDIDATE:
                return self._too_late(choice)
            return self._overtaken(choice, conflict)
        now, then = _names(choice.version, before)
        told, small = f"*{capital(now)}* is now in service, promoted by <@{user}>.", choice.version
        if before is not None:
            told += (
                f" It replaces the {then}; undo with `/retrain rollback`.{self._asking_anew(choice.version, before)}"
            )
            small += f" · before: {before}"
        naming = Choice(choice.version, None).to_value()
        return Decided(self._after(choice), announcement=told, naming=naming, small=small)

    def discard(self, choice: Choice, user: str) -> Decided:
        """Mark a candidate as not to be promoted; errors as for `promote`."""
        if self._state(choice.version) is not State.CANDIDATE:
            return self._too_late(choice)
        try:
            self.registry.discard(choice.version, actor=actor_of(user))
        except Conflict:
            return self._too_late(choice)
        told = f"<@{user}> discarded a candidate, the *{escape(model_text(choice.version))}*."
        return Decided(self._after(choice), announcement=told, small=escape(choice.version))

    def rollback_asked(self, version: str | None) -> Reply:
        """Ask whether to go back to an earlier version, and say how many customers that moves.

        Raises
        ------
        Conflict, UnknownVersion, BrokenArtifact
            As for `Registry.way_back`.
        """
        target, current = self.registry.way_back(version)
        try:
            # As it was counted when the one in service was trained beside the other.
            compared = None if current is None else compare_versions(self.registry, current, target)
        except (BrokenArtifact, UnknownVersion):  # a rollback is the way out of a damaged version
            compared = None
        return rollback_question(Choice(target, current), compared)

    def rollback(self, choice: Choice, user: str) -> Decided:
        """Go back to an earlier version if the one that was in service when this was asked still is.

        Raises
        ------
        Conflict, UnknownVersion, BrokenArtifact
            As for `Registry.rollback`.
        """
        target, before = self.registry.rollback(choice.version, actor=actor_of(user), expected=choice.expected)
        now, then = _names(target, before)
        told, small = f"<@{user}> rolled back: the *{now}* is in service again.", target
        if before is not None:
            told += f" It replaces the {then}.{self._asking_anew(target, before)}"
            small += f" · undo with `/retrain rollback {before}`"
        return Decided(None, announcement=told, small=small)

    def _asking_anew(self, version: str, before: str) -> str:
        """Say what changes in how to ask if a version has other columns than the one before, escaped; else nothing."""
        try:
            now, then = self.registry.load(version).schema, self.registry.load(before).schema
        except (BrokenArtifact, UnknownVersion):  # the one before may be the damaged one that was replaced
            return ""
        if now.names == then.names:
            return ""
        gone = [feature.label_in_text for feature in then.features if feature.name not in now.names]
        new = [feature.label_in_text for feature in now.features if feature.name not in then.names]
        parts = [f"no longer uses {escape(listed(gone))}"] if gone else []
        parts += [f"now uses {escape(listed(new))}"] if new else []
        return f" It {' and '.join(parts)}. Ask like this: `/segment {escape(now.example)}`"

    def history(self) -> tuple[list[HistoryLine], int]:
        """Return the newest versions, newest first, and how many older ones there are."""
        versions = self.registry.versions()[::-1]
        return [_line(info) for info in versions[:MOST_LISTED]], max(0, len(versions) - MOST_LISTED)

    def in_service(self) -> str:
        """Say which version is in service and since when, escaped."""
        try:
            current = self.registry.current()
        except BrokenArtifact as error:
            return escape(error.sentence)
        if current is None:
            return "No version is in service yet."
        moved = self._last_move(current)
        since = (
            "" if moved is None else f", {_DONE.get(moved.event, moved.event)} by {_who(moved)} on {in_utc(moved.at)}"
        )
        name = model_text(current, [one.version for one in self.registry.versions()[-1:]])
        return f"In service: the *{escape(name)}*{since} (`{escape(current)}`)."

    def last(self) -> str:
        """Say what became of the newest version, escaped; empty when there is none, or it is the one in service."""
        versions = self.registry.versions()
        if not versions or versions[-1].state is State.CURRENT:
            return ""
        newest = versions[-1]
        name = model_text(newest.version, [one.version for one in versions])
        return f"Newest: the *{escape(name)}*, {newest.state} (`{escape(newest.version)}`)."

    def _state(self, version: str) -> State:
        try:
            return self.registry.state(version)
        except UnknownVersion as error:
            raise UnknownVersion(
                f"There is no model version {version} any more. /retrain history shows those there are."
            ) from error

    def _too_late(self, choice: Choice) -> Decided:
        """Answer a click on what was decided before: nothing is done, and the buttons go."""
        reply = self._as_decided(choice)
        return Decided(reply, answer=f"Nothing was changed. {self._fate(choice.version)}")

    def _overtaken(self, choice: Choice, conflict: Conflict) -> Decided:
        """Answer a click after another version came into service: compare anew, and ask again."""
        anew = self.report(choice.version, conflict.current, _charts(choice, compared=False))
        told = (
            f"{escape(conflict.sentence)} Nothing was changed. "
            "The report now compares with that version: look again, then decide."
        )
        return Decided(anew, answer=told)

    def _after(self, choice: Choice) -> Report | None:
        """Render the report after the decision; if that fails, the decision is announced all the same."""
        try:
            return self._as_decided(choice)
        except NotReady:
            return None

    def _as_decided(self, choice: Choice) -> Report:
        report = self.report(choice.version, choice.expected, _charts(choice), self._decision(choice.version))
        return replace(report, details=None)

    def _fate(self, version: str) -> str:
        """Say what became of a version and whether it is in service at this moment, escaped; empty for a candidate."""
        now = {State.CURRENT: "It is in service.", State.RETIRED: "Another version is in service now."}
        return f"{self._decision(version)} {now.get(self._state(version), '')}".rstrip()

    def _decision(self, version: str) -> str:
        """Say who decided what about a version, escaped; empty for a candidate.

        A report says no more than this: it stays as it is when another version comes into service later.
        """
        state = self._state(version)
        if state is State.CANDIDATE:
            return ""
        if state is State.SUPERSEDED:
            return self._renamed(version)
        last = self._last_move(version)
        how = f"*{state.value.capitalize()}*" if last is None else f"*{_DONE[last.event].capitalize()}* by {_who(last)}"
        when = "" if last is None else f" on {in_utc(last.at)}"
        return f"{how}{when}."

    def _renamed(self, version: str) -> str:
        """Say which candidate has the new names of one that was renamed."""
        entry = successor_of(version, self.registry.history())
        assert entry is not None  # noqa: S101 - told to the type checker: the same log says that it is superseded
        return f"*Renamed* by {_who(entry)} on {in_utc(entry.at)}: the candidate *{entry.version}* has the new names."

    def _last_move(self, version: str) -> AuditEntry | None:
        entries = self.registry.history()
        return next((one for one in reversed(entries) if one.version == version and one.event in _DONE), None)


def _names(version: str, before: str | None) -> tuple[str, str]:
    """Name a version and the one before by the days they were trained, escaped; the second is empty if none was."""
    if before is None:
        return escape(model_text(version)), ""
    both = version, before
    return escape(model_text(version, both)), escape(model_text(before, both))


def _charts(choice: Choice, *, compared: bool = True) -> dict[str, str]:
    """Return a report's charts; two show the version compared with, so they are left out if that is another now."""
    return {"elbow": choice.elbow, **({"segments": choice.segments, "sizes": choice.sizes} if compared else {})}


def _line(info: VersionInfo) -> HistoryLine:
    manifest = info.manifest
    if manifest is None:
        return HistoryLine(info.version, info.state, "", None, "", info.problem, "broken")
    found = manifest.comparison.verdict if manifest.comparison else Verdict.FIRST
    # "In service, first" says nothing to people: a model that could not be compared with another has no verdict here.
    verdict = "" if found is Verdict.FIRST else found.word
    who, at = manifest.renamed_by or manifest.created_by, manifest.renamed_at or manifest.created_at
    source = f"{manifest.source} – {manifest.note}" if manifest.note else manifest.source
    return HistoryLine(info.version, info.state, who, user_of(who), at, source, verdict)


def _who(entry: AuditEntry) -> str:
    return _person(entry.actor)


def _person(actor: str) -> str:
    user = user_of(actor)
    return escape(actor) if user is None else f"<@{user}>"
