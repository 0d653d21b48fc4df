"""What a file is, judged by its bytes before anything parses it: size, kind, encoding."""

from __future__ import annotations

import codecs
import re
import sys
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from segmentation.errors import BadInput
from segmentation.reading.encodings import raw_bytes
from segmentation.reading.encodings.detection import ENCODING_NAMES, detect, sample_cells
from segmentation.reading.encodings.raw_bytes import UNKNOWN
from segmentation.reading.file_kind import BLANK, refuse_other_kinds

_CHUNK: Final = 1 << 20
_HEAD: Final = 4096
_KIB: Final = 1024
# How many of the encodings that a text may be in are named.
_NAMED: Final = 2
# Letters or signs beyond ASCII, with up to three before and four behind: notes are kept, and it may be a name.
_FOREIGN: Final = re.compile(r"[^\s,;|\"]{0,3}?[^\s\x00-\x7f][^\s,;|\"]{0,4}")

_UTF16: Final = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_UTF32: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
# Latin text in UTF-16 is half zeros, all of them on one side.
_UTF16_ZEROS: Final = 0.35


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is accepted; each limit is checked on the raw bytes before a parser sees them.

    Parameters
    ----------
    file_bytes, columns, header_bytes, field_bytes
        The most a file, a line, its header and one cell may have.
    block_bytes, block_rows
        About how much of the file is read and scored at a time, and how many rows of it at most where they are read one
        by one; no limits on the file, only on memory.
    """

    file_bytes: int = 1 << 30
    columns: int = 200
    header_bytes: int = 64 * _KIB
    field_bytes: int = 32 * _KIB
    block_bytes: int = 4 << 20
    block_rows: int = 65_536

    @property
    def line_bytes(self) -> int:
        """The longest possible line: `columns` cells of `field_bytes`, and their delimiters."""
        return self.columns * (self.field_bytes + 1)

    def long_field(self, line: int) -> str:
        """Say that a field is longer than `field_bytes`, and what to do about it."""
        return f"A field in line {line} is longer than the limit of {size_text(self.field_bytes)}. Shorten it."


# For people who read files of their own on their own machine: memory stays the same however long a file is.
ANY_SIZE: Final = Limits(file_bytes=sys.maxsize)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text file and how its bytes are to be read.

    Parameters
    ----------
    source
        The file.
    encoding
        Python's name of the encoding; `UNKNOWN` if nobody can be sure, and the text stands for its own bytes.
    bom
        Length of the byte order mark, 0 without one.
    ascii
        Whether the file is known to hold nothing beyond ASCII.
    rivals
        If nobody can be sure, the encodings it may be in, the likeliest first.
    """

    source: Path
    encoding: str
    bom: int
    ascii: bool = False
    rivals: tuple[str, ...] = ()

    @property
    def unknown(self) -> bool:
        """Whether nobody can be sure of the encoding."""
        return self.encoding == UNKNOWN

    @property
    def doubt(self) -> str:
        """What to add to a refusal of the header: that the encoding may be the cause; empty if it can't be."""
        if self.unknown:
            return f" {self._uncertainty} Save it as CSV UTF-8 and send it again."
        if self.bom or self.encoding == "utf-8":
            return ""
        return (
            f" The text was read as {ENCODING_NAMES[self.encoding]}; if it looks wrong, save the file as CSV UTF-8 and "
            "send it again."
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """State in which encoding the text was read, unless that is UTF-8."""
        if self.unknown:
            return (
                f"{self._uncertainty} Numbers were read, and all other cells come back byte for byte. To be sure of "
                "names, save the file as CSV UTF-8.",
            )
        if self.encoding == "utf-8":
            return ()
        read = f"read as {ENCODING_NAMES[self.encoding]}."
        if self.bom:
            return (f"The text was {read}",)
        return (f"The text is not UTF-8, so it was {read}", *self._doubted_example())

    def _doubted_example(self) -> Iterator[str]:
        """Show some letters that another encoding would read otherwise, so that a person can judge them."""
        with closing(self.chunks()) as chunks:
            text = next(chunks, b"").decode(errors="ignore")
        if letters := _FOREIGN.search(text):
            yield f"If “{letters[0]}” in it looks wrong, save the file as CSV UTF-8 and send it again."

    @property
    def _uncertainty(self) -> str:
        names = " or ".join(ENCODING_NAMES[rival] for rival in self.rivals[:_NAMED])
        return "I can't tell the encoding of this text" + (f": it may be {names}." if names else ".")

    def chunks(self) -> Generator[bytes]:
        """Yield the text as UTF-8, without the mark, about a mebibyte at a time.

        Raises
        ------
        BadInput
            If UTF-16 text is broken, or the file changed since it was inspected.
        """
        with self.source.open("rb") as file:
            file.seek(self.bom)
            yield from iter(lambda: file.read(_CHUNK), b"") if self.encoding == "utf-8" else self._recoded(file)

    def tail(self, size: int) -> tuple[bytes, bool]:
        """Return the text's end as UTF-8, made of about the last `size` bytes, and whether that is all of it.

        Unless it is, it may begin inside a character: take it from the first line end on.
        """
        with self.source.open("rb") as file:
            length = file.seek(0, 2) - self.bom
            # Even, so that the units of UTF-16 stay whole.
            start = max(0, (length - size) // 4 * 4)
            file.seek(self.bom + start)
            data = file.read(length - start)
        if self.unknown:
            data = raw_bytes.to_text(data).encode()
        elif self.encoding != "utf-8":
            data = data.decode(self.encoding, errors="replace").encode()
        return data, start == 0

    def _recoded(self, file: BinaryIO) -> Iterator[bytes]:
        if self.unknown:
            yield from (raw_bytes.to_text(chunk).encode() for chunk in iter(lambda: file.read(_CHUNK), b""))
            return
        decoder = codecs.getincrementaldecoder(self.encoding)()
        try:
            while chunk := file.read(_CHUNK):
                yield decoder.decode(chunk).encode()
            yield decoder.decode(b"", final=True).encode()
        except UnicodeError as error:
            raise BadInput(
                f"The file starts as {ENCODING_NAMES[self.encoding]} but breaks off; export it again."
            ) from error


def size_text(size: int) -> str:
    """Write a number of bytes the way people say it.

    >>> size_text(1 << 30), size_text(1536), size_text(40)
    ('1 GB', '1.5 KB', '40 bytes')
    """
    for unit, name in ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB")):
        if size >= unit:
            return f"{size / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{size} bytes"


def inspect(source: Path, limits: Limits) -> Encoded:
    """Refuse a file that is too large or not text; otherwise find out its encoding.

    Reads the file once, a mebibyte at a time.

    Raises
    ------
    BadInput
        Saying what the file seems to be.
    """
    size = source.stat().st_size
    if size > limits.file_bytes:
        raise BadInput(
            f"The file has {size_text(size)}; the limit is {size_text(limits.file_bytes)}. Send it in parts."
        )
    with source.open("rb") as file:
        head = file.read(_HEAD)
    if not head.removeprefix(codecs.BOM_UTF8).strip(BLANK):
        _refuse_blank(source)
    refuse_other_kinds(head)
    if head.startswith(_UTF32):
        raise BadInput("The file is UTF-32 text, which is not supported; save it as CSV UTF-8.")
    for mark, name in _UTF16:
        if head.startswith(mark):
            return _without_nul(Encoded(source, name, len(mark)))
    if _seems_utf16(head):
        raise BadInput("The file seems to be UTF-16 text without a byte order mark; save it as CSV UTF-8.")
    bom = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    return _utf8(source, bom) or _detected(source, bom)


def _refuse_blank(source: Path) -> None:
    with source.open("rb") as file:
        file.seek(len(codecs.BOM_UTF8) if file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8 else 0)
        if not any(chunk.strip(BLANK) for chunk in iter(lambda: file.read(_CHUNK), b"")):
            raise BadInput("The file is empty. Export it again, and send that.")


def _seems_utf16(head: bytes) -> bool:
    sides = (head[0::2], head[1::2])
    zeros = [side.count(0) / max(1, len(side)) for side in sides]
    return max(zeros) > _UTF16_ZEROS and min(zeros) < _UTF16_ZEROS / 10


def _without_nul(encoded: Encoded) -> Encoded:
    for chunk in encoded.chunks():
        _refuse_nul(chunk)
    return encoded


def _refuse_nul(chunk: bytes) -> None:
    if b"\0" in chunk:
        raise BadInput(
            "The file holds NUL bytes, so it is binary data rather than a CSV. Send the table as CSV or xlsx."
        )


def _utf8(source: Path, bom: int) -> Encoded | None:
    """Return a file that is UTF-8, None for any other."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    only_ascii = True
    with source.open("rb") as file:
        file.seek(bom)
        while chunk := file.read(_CHUNK):
            _refuse_nul(chunk)
            if chunk.isascii() and decoder.getstate()[0] == b"":
                continue
            only_ascii = False
            if not _continues(decoder, chunk):
                return None
    if not _continues(decoder, b"", final=True):
        return None
    return Encoded(source, "utf-8", bom, ascii=only_ascii)


def _detected(source: Path, bom: int) -> Encoded:
    for chunk in _chunks(source):
        _refuse_nul(chunk)
    if bom:
        raise BadInput("The file starts as UTF-8 but is not UTF-8 throughout; save it as CSV UTF-8 and send it again.")
    found = detect(sample_cells(_chunks(source)), lambda encoding: _decodes(source, encoding))
    if found.encoding is None:
        return Encoded(source, UNKNOWN, 0, rivals=found.rivals)
    return Encoded(source, found.encoding, 0)


def _chunks(source: Path) -> Iterator[bytes]:
    with source.open("rb") as file:
        yield from iter(lambda: file.read(_CHUNK), b"")


def _decodes(source: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    return all(_continues(decoder, chunk) for chunk in _chunks(source)) and _continues(decoder, b"", final=True)


def _continues(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True
