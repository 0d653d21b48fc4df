"""The segment map of each model version, drawn and uploaded to Slack once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.transfers.files import upload_image
from bot.timings import DEFAULT_SLACK_TIMINGS, SlackTimings
from segmentation.charts.captions import overview_text, overview_title
from segmentation.model import SegmentModel

_KEPT: Final = 50


class MapUploads:
    """Remembers which file shows which version's map. One upload at a time: ten askers are shown the same file."""

    def __init__(self, timings: SlackTimings = DEFAULT_SLACK_TIMINGS) -> None:
        self._timings = timings
        self._files: OrderedDict[str, str] = OrderedDict()
        self._lock = asyncio.Lock()

    async def file_for(self, client: AsyncWebClient, model: SegmentModel) -> str:
        """Return the id of the uploaded map, uploading it first if it is new.

        Raises
        ------
        UploadFailed
            As `files.upload_image`.
        """
        async with self._lock:
            if model.version not in self._files:
                image = await asyncio.to_thread(_draw, model)
                self._files[model.version] = await upload_image(
                    client,
                    f"segment-map-{model.version}.png",
                    image,
                    f"{overview_title(model.schema)} (model {model.version})",
                    overview_text(model),
                    self._timings,
                )
                while len(self._files) > _KEPT:
                    self._files.popitem(last=False)
            return self._files[model.version]

    def forget(self, version: str) -> None:
        """Drop a remembered file, for when Slack no longer has it."""
        self._files.pop(version, None)


def _draw(model: SegmentModel) -> bytes:
    from segmentation.charts.overview import overview_chart  # noqa: PLC0415 - matplotlib is only needed here, and is slow to load

    return overview_chart(model)
