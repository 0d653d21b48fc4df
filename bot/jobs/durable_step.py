"""Workflows and steps as the engine runs them: typed values in the code, plain JSON in the database, failures retried.

A workflow's arguments and each step's result are stored. The decorators here translate them, by the annotations of the
functions they decorate, so that workflows deal with dataclasses only.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial, wraps
from inspect import signature
from typing import Any, Final, ParamSpec, TypeVar, get_type_hints

from dbos import DBOS
from slack_sdk.errors import SlackApiError

from bot.records.stored import decode_as, encode
from bot.slack.transfers.files import error_word, is_passing, method_of, status_of

# With a first pause of one second, the pauses add up to half a minute.
STEP_ATTEMPTS: Final = 6
# For a step without which the person would never hear of the job: together its pauses outlast an outage of 17 minutes.
PATIENT_ATTEMPTS: Final = 11
GAVE_UP: Final = "Slack or this server failed again and again while I worked on it."
P = ParamSpec("P")
R = TypeVar("R")
_log = logging.getLogger(__name__)

Stored = Callable[..., Coroutine[Any, Any, Any]]


def workflow(name: str) -> Callable[[Callable[..., Awaitable[None]]], Stored]:
    """Decorate a workflow: the engine calls it with stored arguments, it is given values."""

    def decorate(function: Callable[..., Awaitable[None]]) -> Stored:
        hints = get_type_hints(function)
        kinds = [hints[parameter] for parameter in signature(function).parameters]

        @wraps(function)
        async def run(*stored: Any) -> None:  # noqa: ANN401 - JSON data
            await function(*(decode_as(kind, one) for kind, one in zip(kinds, stored, strict=True)))

        defined: Stored = DBOS.workflow(name=name)(run)
        return defined

    return decorate


def step(
    name: str, first_pause: float, attempts: int = STEP_ATTEMPTS, *, preemptible: bool = True
) -> Callable[[Callable[P, Awaitable[R]]], Callable[P, Coroutine[Any, Any, R]]]:
    """Decorate a step: its result is stored, and a failure that may pass is tried again.

    Parameters
    ----------
    name
        Under which its result is stored.
    first_pause
        Seconds before the second attempt; each further pause is twice as long.
    preemptible
        Whether it is interrupted when its workflow is cancelled: nothing more is done for a forgotten workspace.
    """

    def decorate(function: Callable[P, Awaitable[R]]) -> Callable[P, Coroutine[Any, Any, R]]:
        result = get_type_hints(function)["return"]

        @wraps(function)
        async def run(*arguments: P.args, **more: P.kwargs) -> Any:  # noqa: ANN401 - JSON data
            return encode(await function(*arguments, **more))

        stored = DBOS.step(
            name=name,
            retries_allowed=True,
            interval_seconds=first_pause,
            backoff_rate=2.0,
            max_attempts=attempts,
            # The engine asks this after each failed attempt, so it also logs them.
            should_retry=partial(note_failure, step=name),
            preemptible=preemptible,
        )(run)

        @wraps(function)
        async def typed(*arguments: P.args, **more: P.kwargs) -> R:
            value: R = decode_as(result, await stored(*arguments, **more))
            return value

        return typed

    return decorate


async def given_up_for(work: Awaitable[R], instead: R) -> R:
    """Return what a step gives; once its last attempt has failed, which the step has logged, `instead`."""
    try:
        return await work
    except Exception:  # noqa: BLE001 - after a crash a stored failure comes back as another type
        return instead


def note_failure(error: BaseException, step: str = "") -> bool:
    """Log a step's failure by its kind, never its message, which may quote what was sent; say whether to try again."""
    about: dict[str, object] = {"step": step, "failure": type(error).__name__}
    if isinstance(error, SlackApiError):
        about |= {"slack_error": error_word(error), "method": method_of(error), "status": status_of(error)}
    _log.warning("a step failed", extra=about)
    return isinstance(error, Exception) and is_passing(error)
