"""The model in service: loaded and verified before use, followed as the pointer moves, the last good one kept."""

from __future__ import annotations

import asyncio
import logging
from threading import Lock
from typing import Final

from segmentation.errors import BrokenArtifact, NoModel, NotReady, SegbotError
from segmentation.model import SegmentModel
from segmentation.registry.registry import Registry
from segmentation.registry.versions import NO_MODEL

# A promotion in one replica is in service in the others after about this long.
POLL_SECONDS: Final = 1.0
_log = logging.getLogger(__name__)


class LiveModel:
    """Holds the model that answers. Reading it costs an attribute access; following the registry happens elsewhere.

    Parameters
    ----------
    registry
        Where versions come from.
    """

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._model: SegmentModel | None = None
        self._problem: SegbotError | None = None
        # After a click two threads refresh at once: a result read earlier must not replace one read later.
        self._looking = Lock()

    @property
    def problem(self) -> SegbotError | None:
        """Why the current version is not the one in service, None when all is well."""
        return self._problem

    @property
    def loaded(self) -> bool:
        """Whether there is a model to answer with."""
        return self._model is not None

    def get(self) -> SegmentModel:
        """Return the model in service.

        Raises
        ------
        NoModel
            When there never was one.
        SegbotError
            What is wrong with the registry, when nothing good was ever loaded.
        """
        if self._model is None:
            raise self._problem or NoModel(NO_MODEL)
        return self._model

    def refresh(self) -> None:
        """Follow the pointer: load and verify a version that is new, keep the last good one if it is broken."""
        with self._looking:
            self._refresh()

    async def look(self) -> None:
        """Refresh, off the event loop; a failure is logged, and the next look tries again."""
        try:
            await asyncio.to_thread(self.refresh)
        except OSError as error:
            _log.warning("the models folder cannot be read", extra={"errno": error.errno})
        except Exception as error:  # noqa: BLE001 - any error: a process that stops looking serves an old model for ever
            _log.error("the model in service could not be followed", extra={"failure": type(error).__name__})

    async def follow(self, seconds: float = POLL_SECONDS) -> None:
        """Look every second until it is cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(seconds)

    def _refresh(self) -> None:
        found: SegmentModel | None
        problem: SegbotError | None
        try:
            # Mostly only the pointer is read; after a problem the version is tried again, though it has not moved.
            if self._model is not None and self._problem is None and self.registry.current() == self._model.version:
                return
            serving = self.registry.load_serving()
            found, problem = serving.model, serving.problem
        except (NoModel, NotReady, BrokenArtifact) as error:
            found, problem = None, error
        # Only when it changes: there is a look every second.
        if problem is not None and str(problem) != str(self._problem or ""):
            level = logging.ERROR if isinstance(problem, BrokenArtifact) else logging.WARNING
            _log.log(level, "the current model version is not in service", extra={"reason": problem.sentence})
        self._problem = problem
        # The model loaded before is at least as good as the version that a broken registry falls back to.
        if found is not None and (problem is None or self._model is None):
            if self._model is None or self._model.version != found.version:
                _log.info("model in service", extra={"version": found.version})
            self._model = found
