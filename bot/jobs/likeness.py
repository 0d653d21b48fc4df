"""Looks up what the model of a file's job was trained on, so that the summary can say if the file is unlike it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from segmentation.errors import SegbotError
from segmentation.watching.file_values import FileValues

if TYPE_CHECKING:
    from segmentation.model import SegmentModel
    from segmentation.registry.registry import Registry

_log = logging.getLogger(__name__)


def values_beside(registry: Registry, model: SegmentModel) -> FileValues | None:
    """Return what is to watch the scoring of a file with a model; None if it is not known what that was trained on.

    Scoring never fails because of it.
    """
    try:
        profile = registry.manifest(model.version).report.profile
    except (SegbotError, OSError) as error:
        about = {"version": model.version, "failure": type(error).__name__}
        _log.warning("what a model was trained on cannot be read", extra=about)
        return None
    return None if profile is None else FileValues(model.schema, profile)
