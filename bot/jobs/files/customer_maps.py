"""The customers of a small file on the segment map, as a picture for its summary."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.customers.on_map import is_on_map
from bot.slack.transfers.files import upload_chart
from bot.timings import SlackTimings
from segmentation.charts.captions import customers_text
from segmentation.scoring.few_customers import FewCustomers

if TYPE_CHECKING:
    import polars as pl

    from segmentation.model import SegmentModel
    from segmentation.scoring.score import ValueWatch

# Of more customers no point could be told from the next.
FEW: Final = 400
TITLE: Final = "The customers of a file on the segment map"


@dataclass(frozen=True, slots=True)
class Picture:
    """An uploaded picture's id in Slack, and what it shows in words; both empty if there is none."""

    file: str = ""
    text: str = ""


class Watches:
    """Hands a file's customers on to several who watch them."""

    def __init__(self, *watches: ValueWatch | None) -> None:
        self._watches = tuple(watch for watch in watches if watch is not None)

    def begin(self) -> None:
        """Start anew."""
        for watch in self._watches:
            watch.begin()

    def add(self, values: pl.DataFrame, segments: pl.Series) -> None:
        """Take some rows."""
        for watch in self._watches:
            watch.add(values, segments)


class CustomerMaps:
    """Draws and uploads the maps.

    Parameters
    ----------
    most
        How many customers are few enough to be drawn one by one.
    """

    def __init__(self, client: AsyncWebClient, timings: SlackTimings, most: int = FEW) -> None:
        self._client = client
        self._timings = timings
        self._most = most

    def watch(self, model: SegmentModel) -> FewCustomers | None:
        """Return what is to watch the scoring of a file; None if the model's segments are not told by a map."""
        return FewCustomers(model, self._most) if self._most and is_on_map(model.schema) else None

    async def show(self, model: SegmentModel, few: FewCustomers | None) -> Picture:
        """Draw the customers and upload the picture; without one, or if that fails, the summary does without."""
        points = [] if few is None else few.points()
        if not points:
            return Picture()
        text = customers_text(model, points)
        data = await asyncio.to_thread(_drawn, model, points)
        file = await upload_chart(self._client, "customers-on-map.png", data, TITLE, text, self._timings)
        return Picture(file, text) if file else Picture()


def _drawn(model: SegmentModel, points: Sequence[Sequence[float]]) -> bytes:
    from segmentation.charts.segment_map import segment_map  # noqa: PLC0415 - matplotlib is only needed here, and is slow to load

    return segment_map(model, points)
