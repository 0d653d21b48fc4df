"""A figure → PNG bytes."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


def png(figure: Figure) -> bytes:
    """Write a figure as a PNG with a palette: a third of the size of full colour, and without metadata.

    The 256 most frequent colours stay exact; they include those of all areas and markers. The others, which occur on
    smoothed edges only, become the nearest of these. Metadata would hold matplotlib's version, and the same input is
    to give the same bytes.
    """
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]  # matplotlib annotates only a part
    pixels = np.asarray(canvas.buffer_rgba())[..., :3].astype(np.int32)  # type: ignore[no-untyped-call]  # matplotlib annotates only a part
    height, width = pixels.shape[:2]
    packed = pixels[..., 0] << 16 | pixels[..., 1] << 8 | pixels[..., 2]
    found, where, counts = np.unique(packed, return_inverse=True, return_counts=True)
    colours = np.column_stack([found >> 16, found >> 8 & 255, found & 255])
    # Stable: colours that are equally frequent keep their order, so the bytes stay the same.
    palette = colours[np.argsort(-counts, kind="stable")[:256]]
    # The squared distance |a - b|² without |a|², which is the same for every b of the palette.
    nearest = (np.square(palette).sum(axis=1) - 2 * colours @ palette.T).argmin(axis=1)
    rows = np.zeros((height, width + 1), dtype=np.uint8)  # each row starts with the number of its filter: 0, none
    rows[:, 1:] = nearest[where].reshape(height, width)
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = {b"IHDR": header, b"PLTE": palette.astype(np.uint8).tobytes(), b"IDAT": zlib.compress(rows.tobytes(), 9)}
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks.items()) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
