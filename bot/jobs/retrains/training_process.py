"""Training in a process of its own, so that neither its memory nor its crash touches the process that answers.

The request goes in as one line of JSON on standard input, progress and result come out as lines of JSON on standard
output. Secrets travel in the environment, never in the arguments. The process ends as soon as the one that started it
is gone.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from traceback import walk_tb
from typing import Any, Final

from bot.jobs.retrains.training_request import NotTrained, TrainingRequest, version_of
from bot.jobs.retrains.training_work import work
from bot.settings import Settings, load_settings, read_environment
from segmentation.watching.check import TableCheck

SECONDS: Final = 3600.0
# The process that answers people comes first.
NICENESS: Final = 10
# If memory runs out, the kernel should end the training and nothing else.
OUT_OF_MEMORY_SCORE: Final = "800"
MODULE: Final = "bot.jobs.retrains.training_process"
_CRASHED: Final = 1
_ORPHANED: Final = 3
_OURS: Final = ("SLACK_", "SEGBOT_")
_LONGEST_LINE: Final = 1 << 20
_ROOT: Final = Path(__file__).resolve().parents[3]
_PACKAGES: Final = ("bot", "segmentation")
_log = logging.getLogger(__name__)


class TrainingProcess:
    """Starts the process and listens to it.

    Parameters
    ----------
    settings
        Where the registry is, its key, the schema and the thresholds.
    """

    def __init__(self, settings: Settings, seconds: float = SECONDS) -> None:
        self._environment = environment_of(settings, os.environ)
        self._seconds = seconds

    async def train(self, request: TrainingRequest, progress: Callable[[str], None]) -> str:
        """Train, save the candidate and return its version.

        Parameters
        ----------
        progress
            Called with the name of each step as it begins.

        Raises
        ------
        Question
            When the file can be read in several ways and the request does not say which.
        LookedAt
            When the request asks for no more than a look, or the file has other columns.
        BadInput
            When the file or its rows cannot be used.
        NotTrained
            When the process failed or died.
        NotReady
            When the shared database is away.
        """
        return await self._asked(request, progress)

    async def check(self, table: str) -> TableCheck:
        """Count a configured table beside what the model in service was trained on; errors as of `train`."""
        request = TrainingRequest("", None, "", "", f"check:{table}", "", table=table, checks=True)
        return TableCheck.from_data(json.loads(await self._asked(request, lambda _step: None)))

    async def _asked(self, request: TrainingRequest, progress: Callable[[str], None]) -> str:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            MODULE,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # A traceback would quote customers' values.
            stderr=asyncio.subprocess.DEVNULL,
            env=self._environment,
            # Ctrl+C is for the bot: what trains goes on after a restart.
            start_new_session=True,
            limit=_LONGEST_LINE,
        )
        try:
            async with asyncio.timeout(self._seconds):
                return await _listen(process, request, progress)
        except TimeoutError as error:
            raise NotTrained(
                f"The {_deed(request)} took longer than {self._seconds / 60:,.0f} minutes and was ended."
            ) from error
        finally:
            if process.returncode is None:
                # Safe at any instant: a version is saved whole or not at all.
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()


async def _listen(
    process: asyncio.subprocess.Process, request: TrainingRequest, progress: Callable[[str], None]
) -> str:
    if process.stdin is None or process.stdout is None:
        raise NotTrained(f"The {_deed(request)} process couldn't be reached.")
    with suppress(ConnectionError):  # it died at once; what is read below says so
        process.stdin.write(json.dumps(asdict(request)).encode() + b"\n")
        await process.stdin.drain()
    # Standard input stays open: its end tells the process that nobody waits any more.
    async for line in process.stdout:
        said: dict[str, Any] = json.loads(line)
        if "step" in said:
            progress(said["step"])
        if (version := version_of(said)) is not None:
            return version
        if "crash" in said:
            _log.error("the training process crashed", extra={"run": request.run, "crash": said["crash"]})
    code = await process.wait()
    how = f"was ended by the system (signal {-code})" if code < 0 else f"ended unexpectedly (exit code {code})"
    hint = " Perhaps this server ran out of memory." if code < 0 else ""
    raise NotTrained(f"The {_deed(request)} process {how}.{hint} Please try again.")


def _deed(request: TrainingRequest) -> str:
    return "check" if request.checks else "training"


def environment_of(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment to train in: the settings', and nothing that opens Slack."""
    others = {name: value for name, value in environ.items() if not name.startswith(_OURS)}
    return {**others, **settings.environment()}


def main() -> None:
    """Run as the training process: read the request, train, report how it went."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    # A library's own prints must not come between the lines.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def send(message: dict[str, str]) -> None:
        out.write(json.dumps(message) + "\n")
        out.flush()

    try:
        request = TrainingRequest(**json.loads(sys.stdin.readline()))
        # Only once the request is read: from here on, standard input brings nothing but its end.
        threading.Thread(target=_end_with_parent, daemon=True).start()
        os.nice(NICENESS)
        with suppress(OSError):  # another system than Linux has no such file
            Path("/proc/self/oom_score_adj").write_text(OUT_OF_MEMORY_SCORE, encoding="ascii")
        work(request, load_settings(read_environment(os.environ)), send)
    except BaseException as error:  # noqa: BLE001 - the process's last stop; a panic in Polars is not an `Exception`
        send({"crash": _whereabouts(error)})
        sys.exit(_CRASHED)


def _whereabouts(error: BaseException) -> str:
    """Return an error's type and the last place in our packages it came through; its words may quote what was read."""
    places = [
        f"{path.relative_to(_ROOT)}:{line}"
        for frame, line in walk_tb(error.__traceback__)
        if (path := Path(frame.f_code.co_filename).resolve()).is_relative_to(_ROOT)
        and path.relative_to(_ROOT).parts[0] in _PACKAGES
    ]
    return f"{type(error).__name__} at {places[-1] if places else 'an unknown place'}"


def _end_with_parent() -> None:
    """Wait for the end of standard input, which comes when the parent process is gone, and end."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    # `sys.exit` would end this thread only.
    os._exit(_ORPHANED)


if __name__ == "__main__":
    main()
