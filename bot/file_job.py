"""One uploaded file, from seen to summary: the steps of its job, each safe to repeat. Knows nothing of the engine."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import PurePosixPath
from time import monotonic
from typing import Any, Final

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.reply import Reply
from bot.blocks.summary import elsewhere_reply, failure_reply, progress_reply, seen_reply, summary_reply
from bot.downloads import Downloader
from bot.files import share_file
from bot.live_model import LiveModel
from bot.scratch import Scratch
from segmentation.errors import BadInput, NoModel, SegbotError
from segmentation.reader import DEFAULT_LIMITS, Limits
from segmentation.scoring import ScoreReport, score_file

EVENT_TYPE: Final = "segbot_file_job"
PROGRESS_AFTER: Final = 5.0
PROGRESS_EVERY: Final = 3.0
RESULT_SUFFIX: Final = ".segments.csv"
_TABULAR: Final = (".csv", ".tsv", ".tab", ".xlsx", ".xls", ".xlsm", ".ods", ".csv.gz", ".csv.zip")
_TABULAR_TYPES: Final = frozenset({"csv", "tsv", "xlsx", "xls", "ods"})
_LONGEST_STEM: Final = 80
_GONE: Final = frozenset({"file_not_found", "file_deleted"})
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FileJob:
    """Which file to score, for whom: ids only, as the signed event gave them.

    Parameters
    ----------
    attempt
        0, then one more for each time somebody pressed *Try again*.
    """

    team: str
    channel: str
    file: str
    user: str
    attempt: int = 0

    @property
    def id(self) -> str:
        """The job's id: the same event delivered twice is the same job."""
        base = f"file:{self.team}:{self.file}:{self.channel}"
        return f"{base}:{self.attempt}" if self.attempt else base

    @property
    def token(self) -> str:
        """A short mark by which the job's own upload is found again."""
        return hashlib.sha256(self.id.encode()).hexdigest()[:8]

    def again(self) -> FileJob:
        """Return the job for another try."""
        return replace(self, attempt=self.attempt + 1)


@dataclass(frozen=True, slots=True)
class Upload:
    """What Slack says of the file.

    Parameters
    ----------
    name
        As uploaded; never used as a path.
    size
        Bytes, as Slack states.
    url
        Where its bytes are.
    thread
        The message it was shared with.
    private
        Whether others outside the organisation read the channel, so that the result must not be posted there.
    refusal
        The sentence with which to refuse the file; empty when it can be scored.
    """

    name: str
    size: int
    url: str
    thread: str
    private: bool = False
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the job ended: counts and sentences, nobody's values.

    Parameters
    ----------
    report
        `ScoreReport.to_json()`; empty on failure.
    failure
        The sentence to show; empty on success.
    retry
        Whether trying again may help.
    synthetic
        Whether the model was trained on sample customers.
    labels
        Feature labels with units, by feature name.
    """

    report: dict[str, Any] = field(default_factory=dict)
    failure: str = ""
    retry: bool = False
    synthetic: bool = False
    labels: dict[str, str] = field(default_factory=dict)


class FileJobSteps:
    """The steps. Each may run again after a crash, and then changes nothing that is there already.

    Parameters
    ----------
    client
        Slack's Web API as the bot.
    downloader
        Fetches the upload.
    live
        The model in service; a job finishes with the version it began to score with.
    scratch
        Where the file is while it is scored.
    limits
        How much of a file is taken on.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        downloader: Downloader,
        live: LiveModel,
        scratch: Scratch,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._client = client
        self._downloader = downloader
        self._live = live
        self._scratch = scratch
        self._limits = limits
        self._bot_user = ""

    async def look(self, job: FileJob) -> Upload | None:
        """Ask Slack about the file; None when there is nothing to say about it."""
        try:
            file: dict[str, Any] = (await self._client.files_info(file=job.file))["file"]
        except SlackApiError as error:
            if error.response.get("error") in _GONE:
                return None
            raise
        name = str(file.get("name") or file.get("title") or "file")
        tabular = name.casefold().endswith(_TABULAR) or file.get("filetype") in _TABULAR_TYPES
        if not tabular or file.get("mode") in {"tombstone", "hidden_by_limit"} or file.get("user") == await self._me():
            return None
        shares = [share for kind in (file.get("shares") or {}).values() for share in kind.get(job.channel, [])]
        if not shares:
            return None
        return Upload(
            name=name,
            size=int(file.get("size") or 0),
            url=str(file.get("url_private_download") or file.get("url_private") or ""),
            thread=str(shares[0].get("thread_ts") or shares[0]["ts"]),
            private=await self._others_read(job),
            refusal=await self._refusal(job, file),
        )

    async def announce(self, job: FileJob, upload: Upload, ahead: int) -> str:
        """Post the job's one message in the upload's thread, unless it is there already; return its ts."""
        found = await self._announced(job, upload)
        if found is not None:
            return found
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"job": job.id}}
        posted = await self._client.chat_postMessage(
            channel=job.channel,
            thread_ts=upload.thread,
            metadata=metadata,
            **_content(seen_reply(upload.name, ahead)),
        )
        return str(posted["ts"])

    async def score(self, job: FileJob, upload: Upload, status: str) -> Outcome:
        """Download, score and upload the result, unless this job's result is uploaded already.

        One step: what is on this machine's disk is gone when another machine takes the job over.
        """
        if upload.refusal:
            return Outcome(failure=upload.refusal)
        try:
            return await self._score(job, upload, status)
        except NoModel as error:
            return Outcome(failure=error.sentence, retry=True)
        except BadInput as error:
            return Outcome(failure=error.sentence)
        except SegbotError as error:
            return Outcome(failure=error.sentence, retry=True)

    async def publish(self, job: FileJob, upload: Upload, status: str, outcome: Outcome) -> None:
        """Turn the job's message into its summary or its failure."""
        if outcome.failure:
            retry = json.dumps(asdict(job.again())) if outcome.retry else None
            await self._edit(job.channel, status, failure_reply(upload.name, outcome.failure, retry))
            return
        if upload.private:
            await self._edit(job.channel, status, elsewhere_reply(upload.name))
            return
        try:
            await self._edit(job.channel, status, _summary(upload, outcome, chart=True))
        except SlackApiError as error:
            if error.response.get("error") != "invalid_blocks":
                raise
            # A workspace that does not know the chart block yet: the table says the same.
            await self._edit(job.channel, status, _summary(upload, outcome, chart=False))

    async def _score(self, job: FileJob, upload: Upload, status: str) -> Outcome:
        model = self._live.get()
        with self._scratch.folder() as folder:
            source, target = folder / "upload.csv", folder / "result.csv"
            await self._downloader.fetch(upload.url, upload.size, source)
            progress = _Progress(lambda rows: self._edit(job.channel, status, progress_reply(upload.name, rows)))
            report = await progress.watch(
                lambda: score_file(source, target, model, limits=self._limits, progress=progress.note)
            )
            labels = {f.name: f"{f.label} ({f.unit})" if f.unit else f.label for f in model.schema.features}
            outcome = Outcome(report.to_json(), synthetic=model.synthetic, labels=labels)
            name, channel, thread, comment = result_name(upload.name), job.channel, upload.thread, ""
            if upload.private:
                opened = await self._client.conversations_open(users=job.user)
                channel, thread, comment = str(opened["channel"]["id"]), "", _summary(upload, outcome, chart=False).text
            title = f"{name} ({job.token})"
            await share_file(
                self._client, target, name, title, channel, thread=thread, comment=comment, user=await self._me()
            )
        return outcome

    async def _announced(self, job: FileJob, upload: Upload) -> str | None:
        """Find the job's message, posted before a crash could note that it was."""
        answer = await self._client.conversations_replies(
            channel=job.channel, ts=upload.thread, limit=200, include_all_metadata=True
        )
        for message in answer.get("messages") or []:
            payload = (message.get("metadata") or {}).get("event_payload") or {}
            if message.get("user") == await self._me() and payload.get("job") == job.id:
                return str(message["ts"])
        return None

    async def _refusal(self, job: FileJob, file: dict[str, Any]) -> str:
        if file.get("is_external") or file.get("mode") == "external":
            return "It is stored outside Slack. Please upload the file itself."
        person: dict[str, Any] = (await self._client.users_info(user=job.user))["user"]
        if person.get("is_stranger") or person.get("team_id", job.team) != job.team:
            return "I work for members of this workspace only. Please ask a colleague there to upload it."
        size = int(file.get("size") or 0)
        if size > self._limits.file_bytes:
            return f"It has {size:,} bytes, and the limit is {self._limits.file_bytes:,}."
        return ""

    async def _others_read(self, job: FileJob) -> bool:
        channel: dict[str, Any] = (await self._client.conversations_info(channel=job.channel))["channel"]
        return bool(channel.get("is_ext_shared") or channel.get("is_pending_ext_shared"))

    async def _edit(self, channel: str, ts: str, reply: Reply) -> None:
        await self._client.chat_update(channel=channel, ts=ts, **_content(reply))

    async def _me(self) -> str:
        if not self._bot_user:
            self._bot_user = str((await self._client.auth_test())["user_id"])
        return self._bot_user


class _Progress:
    """Tells people how far a long scoring is, without slowing it down: an edit every few seconds at most."""

    def __init__(self, tell: Callable[[int], Any]) -> None:
        self._tell = tell
        self._rows = 0

    def note(self, rows: int) -> None:
        """Take down how many rows are done; called from the scoring's thread."""
        self._rows = rows

    async def watch(self, work: Callable[[], ScoreReport]) -> ScoreReport:
        """Run `work` in a thread and tell of its progress until it is done."""
        started = monotonic()
        working = asyncio.create_task(asyncio.to_thread(work))
        pause = PROGRESS_AFTER
        while True:
            done, _ = await asyncio.wait([working], timeout=pause)
            if done:
                return await working
            try:
                await self._tell(self._rows)
            except SlackApiError as error:
                _log.warning("progress could not be told", extra={"slack_error": error.response.get("error")})
            pause = PROGRESS_EVERY
            _log.debug("scoring", extra={"rows": self._rows, "seconds": round(monotonic() - started, 1)})


def result_name(name: str) -> str:
    """Return the result's file name, made from the upload's: letters, digits and a few marks, nothing else of it."""
    stem = PurePosixPath(name.replace("\\", "/")).name.rsplit(".", 1)[0]
    safe = "".join(character if character.isalnum() or character in "-_ ." else "_" for character in stem)
    return f"{safe.strip(' ._-')[:_LONGEST_STEM] or 'customers'}{RESULT_SUFFIX}"


def _summary(upload: Upload, outcome: Outcome, *, chart: bool) -> Reply:
    return summary_reply(upload.name, outcome.report, outcome.labels, chart=chart, synthetic=outcome.synthetic)


def _content(reply: Reply) -> dict[str, Any]:
    """Return a reply as arguments of the Web API: nothing in it is to be parsed or unfurled."""
    return {
        "text": reply.text,
        "blocks": reply.blocks,
        "parse": "none",
        "link_names": False,
    }
