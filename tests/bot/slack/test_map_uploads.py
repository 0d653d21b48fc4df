"""The segment map of a version: drawn and uploaded once, however many ask."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.slack.transfers import map_uploads
from bot.slack.transfers.files import UploadFailed
from bot.slack.transfers.map_uploads import MapUploads
from segmentation.model import SegmentModel


class Uploads:
    """Stands in for `upload_image`."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.images: list[bytes] = []
        self.fails = False

    async def __call__(self, _client: object, filename: str, data: bytes, *_about: object) -> str:
        if self.fails:
            raise UploadFailed("No.")
        self.names.append(filename)
        self.images.append(data)
        return f"F{len(self.names)}"


@pytest.fixture
def uploads(monkeypatch: pytest.MonkeyPatch) -> Uploads:
    found = Uploads()
    monkeypatch.setattr(map_uploads, "upload_image", found)
    return found


CLIENT: Any = object()


async def test_ten_askers_are_shown_one_file(uploads: Uploads, model: SegmentModel) -> None:
    maps = MapUploads()
    found = await asyncio.gather(*(maps.file_for(CLIENT, model) for _ in range(10)))
    assert set(found) == {"F1"}
    assert uploads.names == [f"segment-map-{model.version}.png"]
    assert uploads.images[0].startswith(b"\x89PNG")


async def test_another_version_has_another_map(
    uploads: Uploads, model: SegmentModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_uploads, "_draw", lambda _model: b"image")
    monkeypatch.setattr(map_uploads, "_KEPT", 2)
    maps = MapUploads()
    for version in ("a", "b", "c"):
        await maps.file_for(CLIENT, replace(model, version=version))
    assert await maps.file_for(CLIENT, replace(model, version="c")) == "F3"
    assert await maps.file_for(CLIENT, replace(model, version="a")) == "F4"  # the oldest was forgotten


async def test_a_failed_upload_is_tried_again_by_the_next_asker(
    uploads: Uploads, model: SegmentModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_uploads, "_draw", lambda _model: b"image")
    maps = MapUploads()
    uploads.fails = True
    with pytest.raises(UploadFailed):
        await maps.file_for(CLIENT, model)
    uploads.fails = False
    assert await maps.file_for(CLIENT, model) == "F1"
    maps.forget(model.version)
    maps.forget("never known")
    assert await maps.file_for(CLIENT, model) == "F2"
