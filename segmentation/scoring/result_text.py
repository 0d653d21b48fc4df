"""The text of a result as it goes to its file: marked if a spreadsheet needs it, in the file's own bytes if unknown."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, BinaryIO, Final

from segmentation.reading.encodings.raw_bytes import to_bytes

if TYPE_CHECKING:
    from segmentation.reading.encoding import Encoded

_MARK: Final = codecs.BOM_UTF8
_CHUNK: Final = 1 << 20


class ResultText:
    """Writes UTF-8 parts to a file that is empty, open for reading and writing, and seekable.

    Spreadsheets take text for their country's encoding unless a byte order mark says UTF-8. So the result has one as
    soon as it holds anything beyond ASCII, be it in the notes alone. A text whose encoding nobody knows can have none:
    it is written back in its own bytes, with our words in ASCII.
    """

    def __init__(self, file: BinaryIO, encoded: Encoded) -> None:
        self._file, self._unknown = file, encoded.unknown
        self._marked = not self._unknown and (encoded.bom > 0 or not encoded.ascii)
        if self._marked:
            file.write(_MARK)

    def write(self, part: bytes) -> None:
        """Write the next part; it may be cut anywhere but inside a character."""
        if self._unknown:
            part = to_bytes(part.decode())
        elif not self._marked and not part.isascii():
            self._insert_mark()
        self._file.write(part)

    def _insert_mark(self) -> None:
        """Move what is written, which is ASCII, to make room: from its end, so that nothing is overwritten unread."""
        self._marked = True
        size = end = self._file.tell()
        while end:
            start = max(0, end - _CHUNK)
            self._file.seek(start)
            data = self._file.read(end - start)
            self._file.seek(start + len(_MARK))
            self._file.write(data)
            end = start
        self._file.seek(0)
        self._file.write(_MARK)
        self._file.seek(size + len(_MARK))
