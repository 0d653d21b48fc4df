"""What somebody sent → the text table in it: archives are unpacked, workbooks' sheets written out, texts left alone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from segmentation.errors import BadInput
from segmentation.reading.encoding import Limits, size_text
from segmentation.reading.file_kind import container_of
from segmentation.reading.packed.found import Source
from segmentation.schema import Schema


@contextmanager
def opened_source(
    path: Path,
    schema: Schema,
    *,
    sheet: str | None = None,
    limits: Limits,
    scratch: Path | None = None,
) -> Iterator[Source]:
    """Open whatever somebody sent; what is written on the way is gone afterwards.

    Parameters
    ----------
    sheet
        The workbook's sheet to read; None if nobody named one.
    scratch
        Where to write; None for the system's own folder.

    Raises
    ------
    Question
        When several sheets of a workbook could be meant.
    BadInput
        When the file is too large, damaged, protected, or of a kind that holds no table.
    OSError
        When it cannot be read, or there is no room.
    """
    container = container_of(path)
    if container is None:
        yield Source(path)
        return
    _check_size(path, limits)
    from segmentation.reading.packed.opener import Opener  # noqa: PLC0415 - texts are read without what opens workbooks

    with tempfile.TemporaryDirectory(prefix="segbot-", dir=scratch) as name:
        yield Opener(Path(name), schema, sheet, limits).open(path, container)


def _check_size(path: Path, limits: Limits) -> None:
    size = path.stat().st_size
    if size > limits.file_bytes:
        raise BadInput(
            f"The file has {size_text(size)}; the limit is {size_text(limits.file_bytes)}. Send it in parts."
        )
